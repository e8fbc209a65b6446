"""An order for a guide on the surface of a bone, from the file to the pack."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from anatofit.app.check import check
from anatofit.app.personalize import Outcome, Request, personalize
from anatofit.app.prescription import read_job
from anatofit.app.routes import ROUTES, route_of
from anatofit.app.turned import ras_to_lps
from anatofit.errors import PrescriptionError, ScanUnsuitableError
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone
from anatofit.samples.tibia import binary_stl

ORDER = """
[order]
case = "A-0001"
device = "cutting-guide"
laterality = "L"
prescriber = "Department of Orthopaedics"
[source]
surface = "bone.stl"
unit = "mm"
[plan]
approach = [-0.6, -1.0, 0.0]
[[plan.cut]]
point = [0.0, -3.0, 292.0]
normal = [0.0, 0.0, 1.0]
marks = ["PROX", "DIST"]
[design]
foot_reach_mm = 14
foot_width_mm = 28
slot_length_mm = 18
window_mm = 0
"""


def written(folder: Path, text: str = ORDER) -> Path:
    (folder / "bone.stl").write_bytes(binary_stl(long_bone(Laterality.LEFT)))
    order = folder / "order.toml"
    order.write_text(text, encoding="utf-8")
    return order


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("guide")
    return personalize(Request(written(folder), folder / "pack", overrides=("seating.count=20",)))


def test_a_guide_on_a_bone_passes_all_that_is_asked_of_it(outcome: Outcome) -> None:
    assert [f.id for f in outcome.findings if not f.holds] == []
    assert outcome.fit and not outcome.unmeasured


def test_the_pack_tells_the_surface_and_no_skull(outcome: Outcome) -> None:
    manifest = json.loads((outcome.pack / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["surface"]["unit"] == "mm" and "scan" not in manifest
    assert any("bears no patient identity" in said for said in outcome.remarks)
    page = (outcome.pack / "report.html").read_text(encoding="utf-8")
    text = page[: page.index('id="meshes"')]
    assert "host bone" not in text.lower() and "implant" not in text.replace("#implant", "").replace('id="implant"', "")
    assert "x, y, z: the axes of the file" in text


def test_a_seat_that_is_asked_for_is_tried_and_told(outcome: Outcome) -> None:
    manifest = json.loads((outcome.pack / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seating"][0]["asked"]["count"] == 20 and manifest["seating"][0]["axes"]
    assert (outcome.pack / "seating.json").is_file()
    assert any("is predicted, not measured" in said for said in outcome.remarks)
    page = (outcome.pack / "report.html").read_text(encoding="utf-8")
    assert "Seating, predicted" in page and "Cut 1 is moved most by" in page and "share of placements (%)" in page


def test_the_pack_holds_when_it_is_measured_again(outcome: Outcome) -> None:
    assert [f.id for f in check(outcome.pack) if not f.holds] == []


def test_the_pack_is_known_by_the_surface_that_it_was_made_from(outcome: Outcome) -> None:
    findings = check(outcome.pack, scan=outcome.pack.parent / "bone.stl")
    assert [f.id for f in findings if not f.holds] == []


def test_a_route_is_told_by_device_and_source(tmp_path: Path) -> None:
    by_surface = route_of(read_job(written(tmp_path)))
    by_ct = route_of(read_job(written(tmp_path, ORDER.replace('surface = "bone.stl"\nunit = "mm"', 'dicom = "."'))))
    assert (by_surface.name, by_ct.name) == ("bone-surface", "bone-ct")
    assert len({route.name for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize(
    ("was", "now", "rule"),
    [
        ("normal = [0.0, 0.0, 1.0]", "normal = [0, 0, 0]", "plan.cut[1].normal"),
        ("normal = [0.0, 0.0, 1.0]", "norm = [0, 0, 1]", "plan.cut[1].norm"),
        ("[[plan.cut]]", "[[plan.cutt]]", "plan.cutt"),
        ("[plan]", "[patient]\nid = 'X'\n[plan]", "research-patient"),
        ("foot_reach_mm = 14", "foot_reach_mm = 1", "design.foot_reach_mm"),
    ],
)
def test_a_wrong_plan_is_told_by_its_key(was: str, now: str, rule: str, tmp_path: Path) -> None:
    with pytest.raises(PrescriptionError) as caught:
        read_job(written(tmp_path, ORDER.replace(was, now, 1)))
    assert rule in {reason.rule for reason in caught.value.reasons}


def test_a_device_without_a_plan_refuses_one(tmp_path: Path) -> None:
    text = ORDER.replace("cutting-guide", "cranial-plate").replace('surface = "bone.stl"\nunit = "mm"', 'dicom = "."')
    with pytest.raises(PrescriptionError, match="takes no plan of a surgeon"):
        read_job(written(tmp_path, text[: text.index("[design]")]))


def test_an_open_bone_is_refused_by_name_with_a_page_that_says_why(tmp_path: Path) -> None:
    order = written(tmp_path)
    bone = long_bone(Laterality.LEFT)
    keep = (bone.vertices_lps_mm[:, 2] > 110.0)[bone.faces].all(axis=1)
    used, faces = np.unique(bone.faces[keep], return_inverse=True)
    (tmp_path / "bone.stl").write_bytes(binary_stl(Mesh(bone.vertices_lps_mm[used], faces.reshape(-1, 3))))
    with pytest.raises(ScanUnsuitableError, match="surface-open"):
        personalize(Request(order, tmp_path / "pack", refusal=tmp_path / "why"))
    page = (tmp_path / "why" / "refusal.html").read_text(encoding="utf-8")
    assert "AF-1618 surface-open" in page and "1 file received" in page


def test_a_plan_is_turned_with_the_surface_that_it_was_made_on(tmp_path: Path) -> None:
    in_lps = read_job(written(tmp_path, ORDER.replace('unit = "mm"', 'unit = "mm"\nframe = "LPS"')))
    text = ORDER.replace('unit = "mm"', 'unit = "mm"\nframe = "RAS"').replace("[-0.6, -1.0, 0.0]", "[0.6, 1.0, 0.0]")
    in_ras = read_job(written(tmp_path, text.replace("[0.0, -3.0, 292.0]", "[0.0, 3.0, 292.0]")))
    assert in_ras.spec == in_lps.spec


def test_sizes_of_a_plan_are_not_turned() -> None:
    from anatofit.devices.bone_plate.spec import PlatePlan

    form = PlatePlan.model_validate({"path": [[1, 2, 3], [4, 5, 6], [7, 8, 9]], "width_mm": [7, 8, 7]})
    turned = ras_to_lps(form)
    assert turned.path == ((-1, -2, 3), (-4, -5, 6), (-7, -8, 9)) and turned.width_mm == (7, 8, 7)
