"""What a blade leaves to the hand before the hinge line, which way in is taken for it, and what is told to order so that it leaves less."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.across import across_cuts
from anatofit.devices.cutting_guide.approach import left_mm, ordered_approach
from anatofit.devices.cutting_guide.left import held_better, less_left
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, CuttingPlan, WedgeCut
from anatofit.devices.cutting_guide.ways import HOLDS, WayIn, best_first, ways_in
from anatofit.devices.cutting_guide.wedge import with_wedge
from anatofit.model.frame import FloatArray
from tests.devices.wedges import OPENING, SMALL, bone

OUT = np.array([-1.0, 0.0, 0.0])  # as near as that to where the saw of OPENING enters


def _spec(**plan: Any) -> CuttingGuideSpec:
    surgery = CuttingPlan.model_validate({"wedge": [{**OPENING, "length_mm": 24.0}], **plan})
    return with_wedge(bone(), DEVICE.spec(SMALL, surgery=surgery))[0]


def _aslant(degrees: float) -> FloatArray:
    turn = np.deg2rad(degrees)
    return np.array([-np.cos(turn), np.sin(turn), 0.0])


def test_what_is_left_is_that_by_which_the_blades_ways_at_both_ends_of_the_slot_differ() -> None:
    way = _aslant(30.0)
    plan = DEVICE.plan(bone(), DEVICE.spec(SMALL, surgery=_ordered(way)), case="A-1")
    near, far = sorted(plan.slots[0].hinge_mm)
    assert left_mm(_spec(), way) == pytest.approx(far - near, abs=0.01)
    said = next(note for note in plan.notes if "aslant" in note)
    assert f"leaves {far - near:.0f} mm" in said and "would leave none" in said


def _ordered(way: FloatArray) -> CuttingPlan:
    wedge = {**OPENING, "length_mm": 24.0}
    return CuttingPlan.model_validate({"wedge": [wedge], "approach": way.tolist()})


def test_a_way_in_that_was_tried_and_leaves_half_is_told_with_what_it_costs() -> None:
    spec, way = _spec(), _aslant(30.0)
    tried = [WayIn(way, 2.0, 2.0, left_mm(spec, way)), WayIn(OUT, 1.0, 1.0, 0.0)]
    (said,) = less_left(bone(), spec, way, tried)
    assert "approach = [-1.0000, 0.0000, 0.0000]" in said and "would leave 0 mm" in said and "0.5 times as well" in said


def test_where_no_way_is_better_a_shorter_slot_is_told_with_its_figure() -> None:
    spec, way = _spec(), _aslant(30.0)
    left = left_mm(spec, way)
    (said,) = less_left(bone(), spec, way, [WayIn(way, 2.0, 2.0, left)])
    assert f"With length_mm = 20 it would be {left * 20 / 24:.0f} mm" in said


def test_nothing_is_told_where_little_is_left() -> None:
    assert less_left(bone(), _spec(), OUT, [WayIn(OUT, 1.0, 1.0, 0.0)]) == []


def _tried(*held_and_left: tuple[float, float]) -> list[WayIn]:
    return [WayIn(OUT, hold, hold, left) for hold, left in held_and_left]


def _taken(*held_and_left: tuple[float, float]) -> tuple[float, float]:
    first = best_first(_tried(*held_and_left))[0]
    return first.hold, first.left_mm


def test_of_ways_that_hold_well_enough_that_is_taken_which_leaves_least_and_no_other() -> None:
    assert _taken((8.0, 45.0), (6.0, 32.0), (3.0, 0.0)) == (3.0, 0.0)
    assert _taken((8.0, 45.0), (6.0, 32.0), (8.0 * HOLDS - 0.01, 0.0)) == (6.0, 32.0)


def test_what_one_narrow_blade_cuts_counts_as_nothing_left_and_the_hold_decides() -> None:
    assert _taken((8.0, 45.0), (3.0, 0.0), (4.0, 9.9)) == (4.0, 9.9)
    assert _taken((8.0, 0.0), (9.0, 0.0)) == (9.0, 0.0)


def test_on_a_bone_whose_way_of_the_best_hold_is_aslant_the_blade_gets_through() -> None:
    surgery = CuttingPlan.model_validate({"wedge": [OPENING]})
    spec, host = with_wedge(bone(), DEVICE.spec({}, surgery=surgery))[0], bone().surfaces["host"]
    tried = ways_in(bone(), spec, across_cuts(host, spec))
    assert tried[0].left_mm < 10.0 < 30.0 < max(tried, key=lambda way: way.hold).left_mm


def test_a_way_that_holds_twice_as_well_is_told_with_what_it_leaves() -> None:
    (said,) = held_better(bone(), _tried((3.0, 0.0), (9.0, 45.0)))
    assert "3.0 times as well with approach = [-1.0000, 0.0000, 0.0000]" in said and "leaves 45 mm" in said
    assert held_better(bone(), _tried((5.0, 0.0), (9.0, 45.0))) == [] == held_better(bone(), [])


def test_a_way_as_far_aslant_as_one_may_lie_is_taken_as_the_program_writes_it() -> None:
    cut, turn = _spec().surgery.cut[0], np.deg2rad(40.0)
    assert isinstance(cut, WedgeCut)
    for side in (-1.0, 1.0):
        way = np.cos(turn) * np.array(cut.out) + side * np.sin(turn) * np.cross(cut.normal, cut.out)
        assert ordered_approach(_spec(approach=way.round(4).tolist())) is not None
