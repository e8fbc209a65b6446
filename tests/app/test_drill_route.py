"""An order for a drill guide on the surface of a bone with a canal to keep out of, from the files to the pack."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from anatofit.app import parameters
from anatofit.app.bones import locate_bone
from anatofit.app.check import check
from anatofit.app.personalize import Outcome, Request, personalize
from anatofit.app.prescription import read_job
from anatofit.app.stages import load_surface
from anatofit.errors import PrescriptionError, ScanUnsuitableError
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone
from anatofit.samples.tibia import binary_stl

ORDER = """
[order]
case = "A-0001"
device = "drill-guide"
laterality = "L"
prescriber = "Department of Orthopaedics"
[source]
surface = "bone.stl"
unit = "mm"
[plan]
approach = [-0.6, -1.0, 0.0]
[[plan.trajectory]]
entry = [-5.1, -31.9, 292.0]
target = [12.4, -2.8, 292.0]
diameter_mm = 3.2
[[plan.trajectory]]
entry = [-5.1, -31.9, 268.0]
target = [12.4, -2.8, 268.0]
diameter_mm = 2.5
[[plan.keep_out]]
surface = "mustermann.stl"
[design]
foot_reach_mm = 14
pin_count = 0
window_mm = 0
"""
# A rod in the bone's middle, some 10 mm wide, that the drill passes 12 mm beside its axis.
CANAL = long_bone(Laterality.LEFT, length_mm=340.0, rings=40, around=24)
CANAL = Mesh(CANAL.vertices_lps_mm * np.array([0.15, 0.15, 0.9]) + np.array([0.0, 0.0, 17.0]), CANAL.faces)


def written(folder: Path, text: str = ORDER, canal: Mesh = CANAL) -> Path:
    (folder / "bone.stl").write_bytes(binary_stl(long_bone(Laterality.LEFT, rings=80, around=36)))
    (folder / "mustermann.stl").write_bytes(binary_stl(canal))
    order = folder / "order.toml"
    order.write_text(text, encoding="utf-8")
    return order


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("drill")
    return personalize(Request(written(folder), folder / "pack"))


def test_a_guide_passes_all_that_is_asked_of_it(outcome: Outcome) -> None:
    assert [f.id for f in outcome.findings if not f.holds] == []
    measured = {f.id: f.measured for f in outcome.findings}
    assert measured["DG-SLEEVE-1"] < 0.05 and measured["DG-SLEEVE-2"] < 0.05


def test_distances_of_plan_and_check_are_the_same_by_two_ways(outcome: Outcome) -> None:
    plan = json.loads((outcome.pack / "plan.json").read_text(encoding="utf-8"))
    measured = {f.id: f for f in outcome.findings}
    assert measured["DG-SAFE-1"].measured == pytest.approx(plan["sleeves"][0]["keep_out_mm"], abs=0.02)
    assert measured["DG-SAFE-2"].values["sleeve_1_deg"] == pytest.approx(plan["sleeves"][0]["breach_deg"], abs=0.2)


def test_the_pack_holds_the_surface_and_not_its_name_and_is_measured_again(outcome: Outcome) -> None:
    assert (outcome.pack / "models" / "keep_out.stl").is_file()
    for name in ("manifest.json", "ledger.jsonl", "resolved.toml", "plan.json", "report.html"):
        assert "mustermann" not in (outcome.pack / name).read_text(encoding="utf-8").lower()
    assert [f.id for f in check(outcome.pack) if not f.holds] == []


def test_the_report_tells_depths_stops_and_the_safe_zone(outcome: Outcome) -> None:
    page = (outcome.pack / "report.html").read_text(encoding="utf-8")
    assert "Trajectory 1" in page and "beyond the collar" in page and "about its entry would reach it" in page


def test_another_canal_under_the_same_name_is_another_step(tmp_path: Path) -> None:
    first = parameters.companions(read_job(written(tmp_path)))
    moved = Mesh(CANAL.vertices_lps_mm + np.array([1.0, 0.0, 0.0]), CANAL.faces)
    assert first and parameters.companions(read_job(written(tmp_path, canal=moved))) != first


def test_a_canal_that_is_open_is_refused(tmp_path: Path) -> None:
    whole = long_bone(Laterality.LEFT, rings=40, around=24)
    keep = (whole.vertices_lps_mm[:, 2] < 300.0)[whole.faces].all(axis=1)
    used, faces = np.unique(whole.faces[keep], return_inverse=True)
    job = read_job(written(tmp_path, canal=Mesh(whole.vertices_lps_mm[used], faces.reshape(-1, 3))))
    with pytest.raises(ScanUnsuitableError, match=r"keeps out of .* has \d+ open edges"):
        locate_bone(load_surface(job).mesh, job)


def test_a_canal_whose_file_is_missing_is_not_taken_for_the_bone_s(tmp_path: Path) -> None:
    job = read_job(written(tmp_path))
    surface = load_surface(job).mesh
    (tmp_path / "mustermann.stl").unlink()
    with pytest.raises(PrescriptionError, match=r"surface 1 that the plan keeps out of .* cannot be read") as caught:
        locate_bone(surface, job)
    assert [r.rule for r in caught.value.reasons] == ["plan-surface"]


def test_what_is_kept_out_of_far_from_the_bone_is_refused(tmp_path: Path) -> None:
    """Of a surface in another frame every distance would pass."""
    elsewhere = Mesh(CANAL.vertices_lps_mm + np.array([0.0, 900.0, 0.0]), CANAL.faces)
    job = read_job(written(tmp_path, canal=elsewhere))
    with pytest.raises(PrescriptionError, match=r"lies 8\d\d mm from the bone") as caught:
        locate_bone(load_surface(job).mesh, job)
    assert [r.rule for r in caught.value.reasons] == ["plan-misses-bone"]


@pytest.mark.parametrize(
    ("was", "now", "rule"),
    [
        ("diameter_mm = 3.2", "diameter_mm = 32", "plan.trajectory[1].diameter_mm"),
        ("diameter_mm = 3.2", 'diameter_mm = "3.2"', "plan.trajectory[1].diameter_mm"),
        ("[[plan.trajectory]]", "[[plan.trajectorie]]", "plan.trajectorie"),
        ('surface = "mustermann.stl"', "point = [0, 0, 0]", "plan.keep_out[1]"),
        ("foot_reach_mm = 14", "foot_reach_mm = 1", "design.foot_reach_mm"),
    ],
)
def test_a_wrong_plan_is_told_by_its_key(was: str, now: str, rule: str, tmp_path: Path) -> None:
    with pytest.raises(PrescriptionError) as caught:
        read_job(written(tmp_path, ORDER.replace(was, now, 1)))
    assert rule in {reason.rule for reason in caught.value.reasons}
