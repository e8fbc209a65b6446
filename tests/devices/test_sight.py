"""Letters of a guide stand where nothing of the guide stands before them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.spatial import cKDTree

from anatofit.devices.cutting_guide import DEVICE as CUTTING
from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.cutting_guide.marks import _Wall, beside_pins
from anatofit.devices.cutting_guide.sight import Around as AroundSlots
from anatofit.devices.cutting_guide.spec import CuttingPlan
from anatofit.devices.drill_guide.apart import Box
from anatofit.devices.drill_guide.sight import Around
from anatofit.devices.guide.layout import Seat, Sleeve
from anatofit.devices.guide.letters import engraved
from anatofit.devices.guide.sight import Base, hidden_by, left_by

X, Y, Z = np.eye(3)
LETTERS = engraved(("A-1",), origin=6.0 * Z, right=X, up=Z, height_mm=3.0, depth_mm=0.5)  # they look along -y
SEAT = Seat(
    origin_lps_mm=(0, 0, 0),
    axes_lps=((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    low_mm=(-1, -1, 0),
    shape_kji=(1, 3, 3),
    step_mm=1.0,
)
CUT = {"point": [0.0, 3.0, 0.0], "normal": [0.0, 1.0, 0.0]}
SPEC = CUTTING.spec({"text_height_mm": 3.0}, surgery=CuttingPlan.model_validate({"cut": [CUT]}))
WALL = Slot(
    point_lps_mm=(0.0, 3.0, 0.0), normal_lps=(0.0, 1.0, 0.0), blade_way_lps=(0.0, 0.0, 1.0), opening_mm=1.2, blade_mm=1.0, length_mm=34.0,
    wall_mm=2.4, low_mm=0.0, top_mm=14.0, lead_in_mm=0.6,
)  # fmt: skip
NONE = cKDTree(np.array([[0.0, 90.0, 0.0]]))


def around(*ground: tuple[float, float, float], tubes: tuple[Sleeve, ...] = ()) -> Around:
    return Around(SEAT, np.full((3, 3), np.nan), base(*ground), 2.0, tubes)


def base(*ground: tuple[float, float, float]) -> Base:
    return Base(cKDTree(np.array(ground)) if ground else NONE, 3.0)


def about(*slots: Slot, ground: Sequence[tuple[float, float, float]] = ()) -> AroundSlots:
    return AroundSlots(slots, base(*ground), 2.0)


def ridge(away: float, high: float) -> list[tuple[float, float, float]]:
    return [(x, -away, z) for x in np.arange(-30.0, 31.0) for z in np.arange(0.0, high, 1.0)]


def test_letters_with_nothing_before_them_show() -> None:
    assert around().shows([LETTERS], [])


def test_base_on_ground_that_rises_before_them_hides_them_unless_it_is_looked_over() -> None:
    assert not around(*ridge(5.0, 12.0)).shows([LETTERS], [])
    assert around(*ridge(12.0, 6.0)).shows([LETTERS], [])


def test_a_bar_or_a_sleeve_that_no_look_passes_hides_them() -> None:
    wide = Box(-8.0 * Y + 6.0 * Z, np.eye(3), np.array([25.0, 1.0, 15.0]))
    assert not around().shows([LETTERS], [wide])
    tube = Sleeve(
        entry_lps_mm=(0.0, -9.0, -20.0), axis_lps=(0.0, 0.0, 1.0), diameter_mm=10.0, outer_diameter_mm=16.0, low_mm=0.0, top_mm=60.0, depth_mm=None
    )  # fmt: skip
    assert not around(tubes=(tube,)).shows([LETTERS], [])
    low = tube.model_copy(update={"top_mm": 15.0})
    assert around(tubes=(low,)).shows([LETTERS], [])
    free = list(around().looks(LETTERS, []))
    assert hidden_by(tube, left_by([low], [free, [], free])) == 2
    assert hidden_by(low, left_by([], [free])) == hidden_by(tube, left_by([], [[]])) == 0


def test_letters_of_a_wall_move_aside_from_a_pin_before_them_and_stay_where_none_is() -> None:
    pin = Sleeve(
        entry_lps_mm=(2.0, -4.0, -1.0), axis_lps=(0.0, 0.0, 1.0), diameter_mm=2.0, outer_diameter_mm=5.0, low_mm=0.0, top_mm=15.0, depth_mm=None
    )  # fmt: skip
    assert beside_pins([LETTERS], SPEC, about(WALL), []) == (LETTERS,)
    (moved,) = beside_pins([LETTERS], SPEC, about(WALL), [pin])
    assert abs(moved.origin_lps_mm[0]) > 8.0 and moved.lines == LETTERS.lines
    assert about(WALL).shows(moved, [pin]) and not about(WALL).shows(LETTERS, [pin])


def test_a_sleeve_beside_a_wall_hides_what_its_fillet_covers() -> None:
    tube = Sleeve(
        entry_lps_mm=(0.0, -3.3, -1.0), axis_lps=(0.0, 0.0, 1.0), diameter_mm=2.0, outer_diameter_mm=5.0, low_mm=0.0, top_mm=5.3, depth_mm=None
    )  # fmt: skip
    assert not about(WALL).shows(LETTERS, [tube])
    bare = AroundSlots([WALL], base(), 0.1)
    assert bare.shows(LETTERS, [tube])


def test_base_that_rises_before_a_wall_makes_its_letters_stand_higher_or_smaller() -> None:
    spec = CUTTING.spec({"text_height_mm": 5.0}, surgery=CuttingPlan.model_validate({"cut": [CUT]}))
    found = [
        _Wall(WALL, about(WALL, ground=ridge(8.0, high)), -1, "", 0.0, 12.0, 30.0).letters([("A-1",)], spec)
        for high in (0.0, 8.0, 11.0, 12.0)
    ]
    assert [f and (f.height_mm, f.origin_lps_mm[2]) for f in found] == [(5.0, 6.0), (5.0, 9.5), (3.0, 10.5), None]


@pytest.mark.parametrize(("top_mm", "stands_mm"), [(None, 6.0), (12.0, 10.5), (15.0, None)])
def test_letters_behind_another_slots_block_stand_at_the_top_of_their_wall_or_not_at_all(
    top_mm: float | None, stands_mm: float | None
) -> None:
    before = [] if top_mm is None else [WALL.model_copy(update={"point_lps_mm": (0.0, -8.0, 0.0), "top_mm": top_mm})]
    found = _Wall(WALL, about(WALL, *before), -1, "", 0.0, 12.0, 30.0).letters([("A-1",)], SPEC)
    assert (None if found is None else found.origin_lps_mm[2]) == stands_mm
