"""A base ends a little beneath the edge of a cliff, on steps and slopes that we can compute."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.spec import CuttingPlan
from anatofit.devices.guide.cliffs import HANG_MM, RIM_MM, hem_mm, past_cliffs_mm
from anatofit.devices.guide.footprint import lattice
from anatofit.devices.guide.hold import seat_at
from anatofit.geometry.canonical import unmatched_edges
from anatofit.geometry.field import FieldArray
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh

STEP_MM = 0.5
X = STEP_MM * np.arange(-40, 41)
FALL_MM = RIM_MM * np.tan(np.deg2rad(60.0))


def hem(height: FloatArray, ground: FloatArray) -> FieldArray:
    across = np.ones((41, 1))
    return hem_mm(across * height, np.float32(across * ground), step_mm=STEP_MM, steepest_deg=60.0)[20]


def past(height: FloatArray, held: float) -> FieldArray:
    seat = lattice(
        seat_at(np.zeros(3), np.eye(3)[0], np.eye(3)[2]), X[[0, 0]], X[[-1, -1]], (0.0, 0.0), step_mm=STEP_MM
    )
    plane = np.ones((len(X), 1)) * height
    return past_cliffs_mm(plane, np.full(plane.shape, -1.0, dtype=np.float32), seat, np.array([[held, 0.0]]))[40]


def test_a_base_ends_before_an_edge_and_reaches_for_no_shelf_far_beneath_it() -> None:
    for beneath in (-14.0, np.nan):
        edge = past(np.where(X < 14.0, 0.0, beneath), -5.0)
        assert (edge[X >= 13.5] > 0).all() and (edge[X < 13.0] < 0).all()
    assert (
        past(np.where(X < 14.0, 0.0, -14.0), 18.0) < 0
    ).all()  # a sleeve stands down there: a step between two grounds


@pytest.mark.parametrize("height", [-X * np.tan(np.deg2rad(70.0)), np.where(np.abs(X) < 1.3, -9.0, 0.0)])
def test_a_slope_and_a_cleft_that_a_tread_bridges_are_no_cliffs(height: FloatArray) -> None:
    assert (past(height, -5.0) < 0).all()


def test_past_an_edge_the_hem_hangs_a_little_beneath_the_edge_however_deep_the_fall() -> None:
    for deep in (10.0, 40.0):
        found = hem(np.where(X < 0, 0.0, -deep), X)
        np.testing.assert_allclose(found[X > 0], -FALL_MM - HANG_MM, atol=1e-3)


def test_ground_on_a_cliff_itself_does_not_lower_the_hem() -> None:
    falling = np.clip(-12.0 * X, -24.0, 0.0)  # 85°, and the tread's border lies a millimetre down it
    found = hem(falling, X - 1.0)
    assert found[X == 1.0] > falling[X == 1.0] + 2.0


@pytest.mark.parametrize("deep", [9.0, 20.0])
def test_a_base_that_stands_above_and_beneath_a_step_reaches_down_it(deep: float) -> None:
    found = hem(np.where(X < 0, 0.0, -deep), X - 10.0)
    assert (found[np.abs(X) < 2.0] < -deep - 1.0).all() and found[X > 10.0].max() < -deep


@pytest.mark.parametrize("slope_deg", [0.0, 30.0, 60.0])
def test_ground_that_may_be_stood_on_lies_above_its_hem(slope_deg: float) -> None:
    height = -X * np.tan(np.deg2rad(slope_deg))
    assert (hem(height, X - 10.0) < height)[np.abs(X) < 10].all()


def test_without_ground_or_beside_the_bone_nothing_is_cut_off() -> None:
    assert (hem(0 * X, 0 * X + 1.0) < -1000.0).all()
    assert np.isfinite(hem(np.where(X < 0, 0.0, np.nan), X - 2.0)).all()


@cache
def cliff() -> Anatomy:
    """A step 20 mm high whose face leans by 4 degrees: a strip of 1.4 mm as seen from above, and ground again at its foot."""
    outline = [
        (-30.0, -40.0),
        (30.0, -40.0),
        (30.0, -20.0),
        (10.0 + 20 * np.tan(np.deg2rad(4.0)), -20.0),
        (10.0, 0.0),
        (-30.0, 0.0),
    ]
    points = np.array([(x, y, z) for y in (-25.0, 25.0) for x, z in outline])
    fan = [(0, n, n + 1) for n in range(1, 5)]
    sides = [f for n in range(6) for f in ((n, n + 6, (n + 1) % 6), ((n + 1) % 6, n + 6, (n + 1) % 6 + 6))]
    faces = np.array([*fan, *((c + 6, b + 6, a + 6) for a, b, c in fan), *sides])
    mesh = Mesh(points, faces)
    assert unmatched_edges(faces) == 0
    return Anatomy("bone", Laterality.LEFT, {"host": mesh if mesh.volume_mm3 > 0 else Mesh(points, faces[:, ::-1])})


def test_a_guide_at_the_edge_of_a_cliff_has_no_finger_down_it() -> None:
    cut = {"point": [0.0, 0.0, 0.0], "normal": [1.0, 0.0, 0.0]}
    surgery = CuttingPlan.model_validate({"cut": [cut], "approach": [0.0, 0.0, 1.0]})
    small = {"foot_reach_mm": 12.0, "foot_width_mm": 18.0, "slot_length_mm": 14.0, "pin_count": 0, "window_mm": 0.0}
    spec = DEVICE.spec(small, surgery=surgery)
    plan = DEVICE.plan(cliff(), spec, case="A-1")
    corner = np.array(
        [26.0, 14.0]
    )  # the lattice reaches to the foot of the cliff, as it does where other ground lies deep
    deep = lattice(plan.seat, -corner, corner, (-26.0, 18.0), step_mm=0.4)
    (part,) = DEVICE.build(cliff(), plan.model_copy(update={"seat": deep}))
    assert part.mesh.vertices_lps_mm[:, 2].min() > -FALL_MM - HANG_MM - 1.0
