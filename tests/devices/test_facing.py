"""Where neither a point nor a wedge tells a side, a guide is set down from the side on which no other bone stands."""

from __future__ import annotations

import numpy as np

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.across import across_cuts
from anatofit.devices.cutting_guide.facing import FACING_DEG, turned_away
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, CuttingPlan
from anatofit.devices.cutting_guide.ways import ways_in
from anatofit.geometry.joined import joined
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone
from tests.verify.shapes import box, finer

BONE = long_bone(Laterality.LEFT, rings=60, around=36)
MIDDLE = np.array([0.0, -3.0, 150.0])
CIRCLE = [np.array([np.cos(a), np.sin(a), 0.0]) for a in np.deg2rad(np.arange(0.0, 360.0, 15.0))]


def spec() -> CuttingGuideSpec:
    cut = {"point": MIDDLE.tolist(), "normal": [0.0, 0.0, 1.0], "length_mm": 24.0}
    return DEVICE.spec({"text": "none"}, surgery=CuttingPlan.model_validate({"cut": [cut]}))


def beside(*places: tuple[float, float]) -> Mesh:
    """Thin bones along the bone's own, their middles at x and y from the cut's point."""
    return joined([finer(box((6.0, 6.0, 200.0), (x, y - 3.0, 150.0)), 5) for x, y in places])


def to_left(ways: list[FloatArray]) -> float:
    return max(float(way[0]) for way in ways)


def test_ways_that_face_a_near_bone_are_left_out_and_those_along_its_side_are_not() -> None:
    left = turned_away(CIRCLE, spec(), beside((28.0, 0.0)))
    assert np.cos(np.deg2rad(FACING_DEG + 15.0)) - 0.02 <= to_left(left) <= np.cos(np.deg2rad(FACING_DEG)) + 0.02
    assert (
        len(turned_away(CIRCLE, spec(), beside((60.0, 0.0)))) == len(turned_away(CIRCLE, spec(), None)) == len(CIRCLE)
    )


def test_the_way_that_is_taken_leads_away_from_the_bone_beside() -> None:
    for side in (1.0, -1.0):
        others = beside((28.0 * side, 0.0))
        ways = ways_in(BONE, spec(), across_cuts(BONE, spec(), others), others)
        assert ways and to_left([side * way.way_lps for way in ways]) < 0.3


def test_where_other_bones_stand_all_around_the_ways_between_them_are_tried() -> None:
    others = beside(*((28.0 * way[0], 28.0 * way[1]) for way in CIRCLE[::6]))
    assert ways_in(BONE, spec(), across_cuts(BONE, spec(), others), others)
