"""Unit and axis traps of a foot and of a limb, as an order meets them: named and refused (exit 3), or confirmed, never guessed.

The traps are those of issue 5: metres, inches and a normalised size that are said to be millimetres, another axis up, a mirrored scan, and a
side that nobody knows.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from anatofit.app import limbs, stages
from anatofit.app.feet import anatomy_of, found_foot
from anatofit.app.prescription import read_job
from anatofit.errors import ScanUnsuitableError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.foot import in_lps, skin
from anatofit.samples.residual_limb import residual_limb
from anatofit.samples.tibia import binary_stl

LINES = ("insole", "socket")
CELL_MM = 3.0  # of the computed foot: what is told by one of its points moves by up to half of it
ORDER = """
[order]
case = "A-0001"
device = "{device}"
laterality = "{side}"
prescriber = "Department of Orthotics"
[source]
surface = "scan.stl"
unit = "{unit}"
[make]
material = "{material}"
printer = "filament-300"
"""
MATERIAL = {"insole": "TPU-85A", "socket": "PA12"}
Y_UP = Rotation.from_euler("x", -90, degrees=True).as_matrix()


@cache
def scan_of(device: str) -> Mesh:
    if device == "insole":
        return in_lps(skin(Laterality.LEFT, length_mm=230.0, step_mm=CELL_MM))
    return residual_limb(Laterality.LEFT, joint_mm=130.0, above_joint_mm=70.0, rings=80, around=72).skin


def located(
    device: str, folder: Path, points: FloatArray, *, unit: str = "mm", side: str = "L", mirrored: bool = False
) -> Anatomy:
    """What the route's own first steps make of the scan with these points."""
    faces = scan_of(device).faces
    (folder / "scan.stl").write_bytes(binary_stl(Mesh(points, faces[:, ::-1] if mirrored else faces)))
    text = ORDER.format(device=device, side=side, unit=unit, material=MATERIAL[device])
    (folder / "order.toml").write_text(text, encoding="utf-8")
    job = read_job(folder / "order.toml")
    scan = stages.load_surface(job)
    return anatomy_of(found_foot(scan, job), job)[0] if device == "insole" else limbs.locate_limb(scan, job)


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The lengths of each scan as it stands, in millimetres."""
    found = {d: located(d, tmp_path_factory.mktemp(d), points_of(d)).figures for d in LINES}
    return {d: {name: value for name, value in of.items() if name.endswith("_mm")} for d, of in found.items()}


def points_of(device: str) -> FloatArray:
    return scan_of(device).vertices_lps_mm


@pytest.mark.parametrize("device", LINES)
@pytest.mark.parametrize("size", [0.001, 1 / 25.4, None], ids=["metres", "inches", "normalised"])
def test_a_size_that_is_no_person_s_is_refused_by_name(device: str, size: float | None, tmp_path: Path) -> None:
    points = points_of(device) - points_of(device).mean(axis=0)
    scale = size or 1.0 / float(np.ptp(points, axis=0).max())
    with pytest.raises(ScanUnsuitableError) as caught:
        located(device, tmp_path, points * scale)
    assert caught.value.exit_code == 3 and {r.rule for r in caught.value.reasons} <= {
        "surface-unit",
        "surface-size",
        "not-located",
    }
    assert any("unit" in r.message for r in caught.value.reasons)


@pytest.mark.parametrize("device", LINES)
@pytest.mark.parametrize(("unit", "scale"), [("m", 0.001), ("in", 1 / 25.4)])
def test_a_unit_that_is_stated_is_taken_as_stated(
    device: str, unit: str, scale: float, tmp_path: Path, figures: Any
) -> None:
    """The same lengths as in millimetres, to what float32 holds and a search that begins from other digits finds."""
    found = located(device, tmp_path, points_of(device) * scale, unit=unit).figures
    for name, value in figures[device].items():
        assert found[name] == pytest.approx(value, rel=2e-3, abs=CELL_MM / 2), name


@pytest.mark.parametrize("device", LINES)
def test_another_axis_up_changes_no_length(device: str, tmp_path: Path, figures: Any) -> None:
    found = located(device, tmp_path, points_of(device) @ Y_UP.T).figures
    for name, value in figures[device].items():
        assert found[name] == pytest.approx(value, rel=2e-3, abs=CELL_MM / 2), name


@pytest.mark.parametrize("device", LINES)
def test_a_mirrored_scan_is_of_the_other_side_and_refused(device: str, tmp_path: Path) -> None:
    with pytest.raises(ScanUnsuitableError, match="right one by its shape") as caught:
        located(device, tmp_path, points_of(device) * np.array([-1.0, 1.0, 1.0]), mirrored=True)
    assert [r.rule for r in caught.value.reasons] == ["wrong-side"] and caught.value.exit_code == 3


@pytest.mark.parametrize("device", LINES)
def test_a_side_that_nobody_knows_is_ordered_as_such_and_found_by_the_shape(device: str, tmp_path: Path) -> None:
    assert located(device, tmp_path, points_of(device), side="U").laterality is Laterality.LEFT
