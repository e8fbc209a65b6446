"""What a part leaves open, of caps that close a known share of a round hole in a hollow sphere."""

from __future__ import annotations

import host_plate as bodies
import numpy as np
import pytest

from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.coverage import coverage
from anatofit.verify.subject import Measurement, Subject

ANY = Requirement(id="R", what="w", check="coverage", part="plate", unit="mm²")
# The hole lies about the z axis above this plane, the whole bone of the other side beneath it.
ACROSS = {"midsagittal": {"point_lps_mm": [0.0, 0.0, 0.0], "normal_lps": [0.0, 0.0, 1.0]}}
ALONG = {"midsagittal": {"point_lps_mm": [0.0, 0.0, 0.0], "normal_lps": [1.0, 0.0, 0.0]}}
NOTHING = {"midsagittal": None}


def _cap(from_mm: float, to_mm: float) -> Mesh:
    """Bone between two spheres, from one distance to the axis to another."""
    turned = [np.arcsin(np.array([from_mm, to_mm]) / bodies.OUTER_MM)]
    angle = np.linspace(*turned[0], 40)
    outer = bodies.OUTER_MM * np.c_[np.sin(angle), np.cos(angle)]
    return bodies.revolved(np.concatenate([outer, outer[::-1] * bodies.INNER_MM / bodies.OUTER_MM]))


def _below(mesh: Mesh) -> Mesh:
    return Mesh(mesh.vertices_lps_mm * [1.0, 1.0, -1.0], mesh.faces[:, ::-1])


def _joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0, *(len(m.vertices_lps_mm) for m in meshes)])
    faces = np.concatenate([m.faces + start for m, start in zip(meshes, starts, strict=False)])
    return Mesh(np.concatenate([m.vertices_lps_mm for m in meshes]), faces)


HOST = bodies.host()
WHOLE = _joined(_cap(0.0, 74.0), _below(_cap(0.0, 74.0)))


def _cut(plate: Mesh, beyond_mm: float) -> Mesh:
    """The plate without what lies farther along x; what is seen from outside needs no wall there."""
    return Mesh(plate.vertices_lps_mm, plate.faces[plate.triangles_lps_mm[:, :, 0].mean(axis=1) < beyond_mm])


def _measured(plate: Mesh, middle: dict[str, object], *, host: Mesh = HOST, whole: Mesh = WHOLE) -> Measurement:
    plan = bodies.plan() | middle
    return coverage(Subject(part=plate, host=host, missing=_cap(0.0, bodies.HOLE_MM), plan=plan, whole=whole), ANY)


def _segment_mm2(beyond_mm: float) -> float:
    """Area of the sphere inside the hole and beyond a plane, by a fine sum."""
    x, y = np.meshgrid(np.arange(-25.0, 25.0, 0.05), np.arange(-25.0, 25.0, 0.05))
    inside = (np.hypot(x, y) < bodies.HOLE_MM) & (x > beyond_mm)
    return float((0.05**2 * bodies.OUTER_MM / np.sqrt(bodies.OUTER_MM**2 - x**2 - y**2))[inside].sum())


@pytest.mark.parametrize("middle", [ACROSS, ALONG, NOTHING])
def test_a_plate_that_fills_the_hole_leaves_nothing_open(middle: dict[str, object]) -> None:
    found = _measured(bodies.plate(), middle)
    assert found.value == 0.0
    assert not found.failed
    assert found.values["compared_share"] == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("middle", [ACROSS, ALONG, NOTHING])
@pytest.mark.parametrize("beyond_mm", [12.3, 4.0])  # a fifth of the hole stays open, and two fifths
def test_what_stays_open_is_measured(middle: dict[str, object], beyond_mm: float) -> None:
    found = _measured(_cut(bodies.plate(), beyond_mm), middle)
    assert found.value == pytest.approx(_segment_mm2(beyond_mm), rel=0.1)
    assert found.values["openings"] == 1.0


def test_the_place_of_the_opening_is_said() -> None:
    where = _measured(_cut(bodies.plate(), 12.3), ACROSS).detail.split("(")[1].split(")")[0]
    assert [float(v) for v in where.split(",")] == pytest.approx([17.0, 0.0, 73.0], abs=2.0)


@pytest.mark.parametrize(("gap_mm", "closed"), [(1.5, True), (3.5, True), (8.0, False)])
def test_a_slit_around_the_plate_is_no_opening(gap_mm: float, closed: bool) -> None:
    assert (_measured(bodies.plate(gap_mm=gap_mm), ACROSS).value == 0.0) == closed


def test_what_is_open_on_the_other_side_too_does_not_count() -> None:
    """An orbit beside the defect: bone ends at the same line on both sides."""
    host, whole = (_cut(mesh, 14.0) for mesh in (HOST, WHOLE))
    assert _measured(_cut(bodies.plate(), 13.0), ACROSS, host=host, whole=whole).value == 0.0
    assert _measured(_cut(bodies.plate(), 13.0), ACROSS, host=host).value > 300.0


def test_deep_bone_does_not_close_an_opening() -> None:
    """A wall of a sinus lies behind the hole, 15 mm deep: the outer face is missing all the same."""
    behind = bodies.moved(_cap(0.0, 40.0), (0.0, 0.0, -15.0))
    host = _joined(HOST, behind)
    assert _measured(_cut(bodies.plate(), 12.3), ACROSS, host=host).value == pytest.approx(_segment_mm2(12.3), rel=0.1)


def test_a_skull_that_leans_to_one_side_is_levelled() -> None:
    """The other side is 5 mm flatter at one end: the bone itself is no opening."""
    points = WHOLE.vertices_lps_mm
    whole = Mesh(points + np.outer(0.12 * points[:, 0], [0.0, 0.0, 1.0]), WHOLE.faces)
    assert _measured(bodies.plate(), ACROSS, whole=whole).value == 0.0
    assert _measured(_cut(bodies.plate(), 12.3), ACROSS, whole=whole).value > 200.0


def test_without_a_witness_nothing_passes() -> None:
    bare = _measured(bodies.plate(), ACROSS, whole=_cap(0.0, 74.0))
    assert bare.failed
    assert "the other side shows bone opposite 0%" in bare.detail
    with pytest.raises(ValueError, match=r"models/restored\.stl"):
        coverage(Subject(part=bodies.plate(), host=HOST, missing=None, plan=bodies.plan() | ACROSS), ANY)
