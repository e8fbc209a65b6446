"""Where neither a point nor a wedge tells a side, a guide is set down from the side on which no other bone stands."""

from __future__ import annotations

import numpy as np

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.across import across_cuts
from anatofit.devices.cutting_guide.facing import FACING_DEG, free_sides, turned_away
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, CuttingPlan
from anatofit.devices.cutting_guide.ways import ways_in
from anatofit.devices.guide.behind import behind_notes
from anatofit.devices.guide.exits import CORNER
from anatofit.geometry.joined import joined
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality, Plane, unit_vector
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


def anatomy(others: Mesh | None = None, *, back: FloatArray | None = None) -> Anatomy:
    """The bone, with others beside it; recognised where its back is known."""
    surfaces = {"host": BONE} if others is None else {"host": BONE, "neighbours": others}
    planes = {} if back is None else {"coronal": Plane(MIDDLE, -back)}
    return Anatomy("bone", Laterality.LEFT, surfaces, planes=planes, bone="" if back is None else "femur")


def to_left(ways: list[FloatArray]) -> float:
    return max(float(way[0]) for way in ways)


def test_ways_that_face_a_near_bone_are_left_out_and_those_along_its_side_are_not() -> None:
    left = turned_away(CIRCLE, spec(), beside((28.0, 0.0)))
    assert np.cos(np.deg2rad(FACING_DEG + 15.0)) - 0.02 <= to_left(left) <= np.cos(np.deg2rad(FACING_DEG)) + 0.02
    assert (
        len(turned_away(CIRCLE, spec(), beside((60.0, 0.0))))
        == len(free_sides(anatomy(), CIRCLE, spec()))
        == len(CIRCLE)
    )


def test_each_bone_beside_a_cut_counts_and_one_beyond_it_does_not() -> None:
    above = finer(box((30.0, 30.0, 10.0), (3.0, -3.0, 170.0)), 3)  # nearer than the one beside
    left = turned_away(CIRCLE, spec(), joined([above, beside((28.0, 0.0))]))
    assert to_left(left) < 0.4 and len(left) == len(turned_away(CIRCLE, spec(), beside((28.0, 0.0))))
    assert len(turned_away(CIRCLE, spec(), above)) == len(CIRCLE)


def test_the_way_that_is_taken_leads_away_from_the_bone_beside() -> None:
    for side in (1.0, -1.0):
        others = beside((28.0 * side, 0.0))
        ways = ways_in(anatomy(others), spec(), across_cuts(BONE, spec(), others))
        assert ways and to_left([side * way.way_lps for way in ways]) < 0.3


def test_where_other_bones_stand_all_around_the_ways_between_them_are_tried() -> None:
    others = beside(*((28.0 * way[0], 28.0 * way[1]) for way in CIRCLE[::6]))
    assert ways_in(anatomy(others), spec(), across_cuts(BONE, spec(), others))


def test_a_recognised_bone_is_not_entered_from_behind_where_nothing_tells_a_side_and_it_is_told_where_it_is() -> None:
    for back in (np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])):
        known = anatomy(back=back)
        ways = ways_in(known, spec(), across_cuts(BONE, spec()))
        assert ways and max(float(way.way_lps @ back) for way in ways) <= CORNER
        assert [*behind_notes(known, -back)] == [] == [*behind_notes(anatomy(), back)]
        (said,) = behind_notes(known, unit_vector(back + np.array([0.0, 0.0, 0.2])))
        assert "on the femur from behind, 11° off straight back" in said
