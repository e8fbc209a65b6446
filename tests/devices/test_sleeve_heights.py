"""Heights of sleeves beside each other: a little is evened out and told, more is refused with the height that passes, and pins keep off."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from manifold3d import Manifold

from anatofit.devices.drill_guide.apart import in_collars, in_tenths, up_beside
from anatofit.devices.drill_guide.layout import DrillGuidePlan
from anatofit.errors import PrescriptionError
from anatofit.geometry.bridge import mesh_of
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from tests.devices.test_drill_guide import planned

APART_MM = 8.5


def _slope(rise_mm: float, *own: dict[str, Any]) -> DrillGuidePlan:
    """A guide with two upright axes 8.5 mm apart on a slope, whose second entry lies so much higher."""
    lean = float(np.rad2deg(np.arctan(rise_mm / APART_MM)))
    bone = mesh_of(Manifold.cube((80.0, 40.0, 30.0)).translate((-40.0, -20.0, -30.0)).rotate((0.0, -lean, 0.0)))
    axes = [
        {"entry": [x, 0.0, z], "target": [x, 0.0, z - 10.0], "diameter_mm": 3.2}
        for x, z in ((-APART_MM / 2, -rise_mm / 2), (APART_MM / 2, rise_mm / 2))
    ]
    axes = [{**axis, **more} for axis, more in zip(axes, own or ({}, {}), strict=True)]
    return planned(
        *axes,
        approach=[0, 0, 1],
        anatomy=Anatomy("bone", Laterality.UNPAIRED, {"host": bone}),
        design={"text": "none", "tissue_mm": 0.0},
    )


def _tops(plan: DrillGuidePlan) -> list[float]:
    return [sleeve.top_mm for sleeve in plan.sleeves]


def test_sleeves_that_leave_each_other_s_collar_its_room_keep_their_height() -> None:
    plan = _slope(0.5)
    assert _tops(plan) == [16.0, 16.0] and not any("collar" in note for note in plan.notes)


def test_where_the_order_leaves_heights_to_the_design_a_little_is_evened_out_and_told() -> None:
    plan = _slope(2.0)
    assert _tops(plan) == [17.0, 16.0]
    one, other = plan.sleeves
    assert max(up_beside(one, other, least_mm=2.0), up_beside(other, one, least_mm=2.0)) <= 0.0
    assert sum("sleeve of trajectory 1 is 17 mm high" in note for note in plan.notes) == 1


def test_ordered_heights_are_left_and_refused_with_the_one_that_passes_which_does() -> None:
    with pytest.raises(PrescriptionError, match=r"no-room.*trajectory 2 stands 1\.0 mm up .*sleeve_mm = ") as refused:
        _slope(2.0, {"sleeve_mm": 16.0}, {"sleeve_mm": 16.0})
    found = re.findall(r"sleeve_mm = ([\d.]+) of trajectory (\d)", str(refused.value))
    own = [{"sleeve_mm": 16.0}, {"sleeve_mm": 16.0}]
    for top, number in found:
        own[int(number) - 1] = {"sleeve_mm": float(top)}
    assert found and _tops(_slope(2.0, *own)) == [axis["sleeve_mm"] for axis in own]


def test_where_drills_set_both_heights_no_height_is_named() -> None:
    with pytest.raises(PrescriptionError, match="no sleeve_mm of theirs leaves it room"):
        _slope(2.0, {"drill_mm": 26.0}, {"drill_mm": 26.0})


def test_what_lacks_room_by_a_hair_is_never_told_as_nothing() -> None:
    assert [in_tenths(length) for length in (0.001, 0.1, 0.11)] == ["0.1", "0.1", "0.2"]


def test_a_pin_that_stands_up_where_a_collar_stops_is_refused_and_a_lower_one_not() -> None:
    plan = _slope(0.5)
    (one, other) = plan.sleeves
    pin = other.model_copy(update={"top_mm": 19.0})
    (reason,) = in_collars([one], [pin], least_mm=2.0)
    assert (
        reason.rule == "no-room" and "pin 1 stands 2.5 mm up beside the top of that of trajectory 1" in reason.message
    )
    assert not list(in_collars([one], [other], least_mm=2.0))
