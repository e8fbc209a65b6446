"""What a blade leaves to the hand before the hinge line, and what is told to order so that it leaves less."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.approach import WayIn, left_mm
from anatofit.devices.cutting_guide.left import less_left
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, CuttingPlan
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
    (said,) = less_left(spec, way, tried)
    assert "(-1.00, 0.00, 0.00)" in said and "would leave 0 mm" in said and "0.5 times as well" in said


def test_where_no_way_is_better_a_shorter_slot_is_told_with_its_figure() -> None:
    spec, way = _spec(), _aslant(30.0)
    left = left_mm(spec, way)
    (said,) = less_left(spec, way, [WayIn(way, 2.0, 2.0, left)])
    assert f"With length_mm = 20 it would be {left * 20 / 24:.0f} mm" in said


def test_nothing_is_told_where_little_is_left() -> None:
    assert less_left(_spec(), OUT, [WayIn(OUT, 1.0, 1.0, 0.0)]) == []
