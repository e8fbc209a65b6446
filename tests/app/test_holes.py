"""A hole where a device would face the skin is told on the pack's first page, or stops the order by name; one that it never faces does neither."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from anatofit.app import feet, limbs, stages
from anatofit.app.holes import HOLE_RULE
from anatofit.app.prescription import Job, read_job
from anatofit.errors import ScanUnsuitableError
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.foot import in_lps, skin
from anatofit.samples.residual_limb import residual_limb
from anatofit.samples.tibia import binary_stl

ORDER = """
[order]
case = "A-0009"
device = "{device}"
laterality = "R"
prescriber = "Prosthetics"
[source]
surface = "scan.stl"
unit = "mm"
[make]
material = "{material}"
printer = "filament-300"
"""
WAIVER = '[[waiver]]\nrule = "surface-hole"\nreason = "the place was looked at"\nby = "A. Person"\n'


@cache
def limb() -> Mesh:
    return residual_limb(Laterality.RIGHT, joint_mm=130.0, above_joint_mm=70.0, rings=80, around=72).skin


@cache
def foot() -> Mesh:
    return in_lps(skin(Laterality.RIGHT, step_mm=3.0))


def job_of(folder: Path, mesh: Mesh, place: FloatArray, half_mm: float, *, extra: str = "") -> Job:
    """An order for what fits the mesh, without the triangles so near to a place of it."""
    off = np.linalg.norm(mesh.triangles_lps_mm.mean(axis=1) - place, axis=1)
    (folder / "scan.stl").write_bytes(binary_stl(Mesh(mesh.vertices_lps_mm, mesh.faces[off > half_mm])))
    device, material = ("socket", "PA12") if mesh is limb() else ("insole", "TPU-85A")
    (folder / "order.toml").write_text(ORDER.format(device=device, material=material) + extra, encoding="utf-8")
    return read_job(folder / "order.toml")


def farthest(mesh: Mesh, way: tuple[float, float, float], *, at_z_mm: float | None = None) -> FloatArray:
    points = mesh.vertices_lps_mm
    near = points if at_z_mm is None else points[np.abs(points[:, 2] - at_z_mm) < 4.0]
    return near[int(np.argmax(near @ np.array(way)))]


def of_foot(job: Job) -> tuple[tuple[str, ...], list[str]]:
    """What is noticed of a foot, and which waivers it needs."""
    scan = stages.load_surface(job)
    found = feet.found_foot(scan, job)
    anatomy, _ = feet.anatomy_of(found, job)
    return feet.noticed(job, anatomy, found, scan), [w.rule for w in feet.used_waivers(job, scan, found)]


def heel(mesh: Mesh) -> FloatArray:
    """The lowest place of the rear third."""
    points = mesh.vertices_lps_mm
    rear = points[points[:, 1] > np.quantile(points[:, 1], 0.75)]
    return rear[int(np.argmin(rear[:, 2]))]


def test_a_hole_in_the_calf_that_is_known_is_told(tmp_path: Path) -> None:
    job = job_of(tmp_path, limb(), farthest(limb(), (0, 1, 0), at_z_mm=farthest(limb(), (0, 0, -1))[2] + 60), 8.0)
    scan = stages.load_surface(job)
    found = limbs.found_limb(scan, job)
    said = [s for s in limbs.noticed(job, limbs.anatomy_of(found), found, scan) if "hole" in s]
    assert len(said) == 1 and "closed by the skin around it" in said[0] and "look at it" in said[0]
    assert len(limbs.surface_facts(scan).mended) >= 1 and limbs.used_waivers(job, scan, found) == []


def planned(job: Job) -> list[str]:
    """Which waivers a limb needs; its plan is asked for no more than a brim 200 mm above its lower end."""
    scan = stages.load_surface(job)
    found = limbs.found_limb(scan, job)
    anatomy = limbs.anatomy_of(found)
    turn = np.linspace(-3.0, 3.0, 40)
    brim = farthest(limb(), (0, 0, -1)) + np.stack([60 * np.cos(turn), 60 * np.sin(turn), np.full(40, 110.0)], axis=1)
    limbs.stop_at_holes(job, scan, anatomy, {"brim_lps_mm": brim.tolist()})
    return [w.rule for w in limbs.used_waivers(job, scan, found)]


def test_a_hole_in_a_limb_that_is_not_known_stops_the_order_unless_waived(tmp_path: Path) -> None:
    place = farthest(limb(), (0, 0, -1))
    job = job_of(tmp_path, limb(), place, 40.0)
    with pytest.raises(ScanUnsuitableError, match=r"not known to 1 mm.*Scan again.*or waive surface-hole") as stopped:
        planned(job)
    assert [r.rule for r in stopped.value.reasons] == [HOLE_RULE]
    assert planned(job_of(tmp_path, limb(), place, 40.0, extra=WAIVER)) == [HOLE_RULE]


def test_a_hole_above_a_socket_s_brim_stops_nothing(tmp_path: Path) -> None:
    low = farthest(limb(), (0, 0, -1))[2]
    job = job_of(tmp_path, limb(), farthest(limb(), (1, 1, 0), at_z_mm=low + 160), 28.0)
    (hole,) = stages.load_surface(job).holes
    assert hole.facts.off_mm is None or hole.facts.off_mm > 1.0
    assert planned(job) == []


def test_a_hole_beneath_a_heel_is_told_and_a_wide_one_stops_the_order(tmp_path: Path) -> None:
    told, needed = of_foot(job_of(tmp_path, foot(), heel(foot()), 6.0))
    assert any("was closed by the skin around it" in said for said in told) and needed == []
    wide = job_of(tmp_path, foot(), heel(foot()), 26.0)
    with pytest.raises(ScanUnsuitableError, match=HOLE_RULE):
        of_foot(wide)


def test_a_hole_on_the_back_of_a_foot_is_no_insole_s(tmp_path: Path) -> None:
    points = foot().vertices_lps_mm
    middle = np.median(points, axis=0)
    over = points[np.hypot(*(points[:, :2] - middle[:2]).T) < 10]
    job = job_of(tmp_path, foot(), over[int(np.argmax(over[:, 2]))], 14.0, extra=WAIVER)
    told, needed = of_foot(job)
    assert len(stages.load_surface(job).holes) == 1
    assert not any("hole" in said for said in told) and needed == []
