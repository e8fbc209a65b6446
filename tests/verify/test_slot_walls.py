"""Slots as planned, shifted, turned, too wide, wedged, shut, or not there: measured to a hundredth of what is allowed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.verify.guide_shapes import LENGTH, OFFSET, OPENING, TOP, Guide, brick, found, slot_plan

AXIS = {"limit_high": 0.05}
ALL = ("slot_plane_mm", "slot_plane_deg", "slot_opening")


@pytest.mark.parametrize("check", ALL)
def test_a_slot_as_planned_deviates_by_rounding_alone(check: str) -> None:
    finding = found(check, Guide(), **AXIS)
    assert finding.passed
    assert finding.measured < 2e-3


@pytest.mark.parametrize("shift", [0.1, -0.1])
def test_a_tenth_of_a_millimetre_beside_its_plane_is_measured_and_fails(shift: float) -> None:
    finding = found("slot_plane_mm", Guide(slot_shift=(shift, 0, 0)), **AXIS)
    assert not finding.passed
    assert finding.measured == pytest.approx(0.1, abs=2e-3)
    assert found("slot_plane_deg", Guide(slot_shift=(shift, 0, 0)), **AXIS).passed


@pytest.mark.parametrize("turn, reach", [((0, 0.1, 0), TOP), ((0, 0, 0.1), LENGTH / 2)])
def test_a_tenth_of_a_degree_is_measured_and_fails_and_its_far_end_is_told_in_millimetres(
    turn: Any, reach: float
) -> None:
    guide = Guide(slot_turn_deg=turn)
    finding = found("slot_plane_deg", guide, **AXIS)
    assert not finding.passed
    assert finding.measured == pytest.approx(0.1, abs=2e-3)
    assert found("slot_plane_mm", guide).measured == pytest.approx(reach * np.tan(np.deg2rad(0.1)), abs=2e-3)


def test_a_slot_that_is_a_tenth_too_wide_is_measured_and_fails() -> None:
    finding = found("slot_opening", Guide(opening=OPENING + 0.1), limit_high=0.03)
    assert not finding.passed
    assert finding.measured == pytest.approx(0.1, abs=2e-3)


def test_a_wedged_slot_is_wider_at_its_far_end() -> None:
    other = brick((OPENING, LENGTH, 80)).rotate([0, 0.2, 0])
    assert found("slot_opening", Guide(cut=[other])).measured == pytest.approx(TOP * np.tan(np.deg2rad(0.2)), abs=5e-3)


@pytest.mark.parametrize("check", [*ALL, "blade_free"])
@pytest.mark.parametrize(
    "guide",
    [
        Guide(slot=False),
        Guide(slot_shift=(1.0, 0, 0)),
        Guide(slot_turn_deg=(0, 8, 0)),
        Guide(added=[brick((OPENING, 12, 20), (0, -4, 10))]),
    ],
    ids=["none", "elsewhere", "askew", "filled over more than half"],
)
def test_a_slot_that_is_not_there_fails_whatever_the_limit(check: str, guide: Guide) -> None:
    finding = found(check, guide, limit_low=-1e6, limit_high=1e6)
    assert not finding.passed
    assert "slot 1" in finding.detail
    assert not finding.not_measured


def test_what_stands_in_a_slot_does_not_move_its_plane() -> None:
    assert found("slot_plane_mm", Guide(added=[brick((OPENING, 2, 3), (0, 5, 10))])).measured < 2e-3


@pytest.mark.parametrize("end", [1, -1])
def test_an_open_slot_is_measured_like_a_closed_one(end: int) -> None:
    # towards plus of the column that is blade's way x normal: here plus y
    away = brick((OPENING, 40, 80), (0, end * (LENGTH / 2 + 19), 0))
    guide = Guide(cut=[away], plan_changes={"slots": [slot_plan(open_end=end)]})
    for check in ALL:
        assert found(check, guide, **AXIS).passed
    assert found("blade_free", guide, limit_low=0.0).measured == pytest.approx(0.125, abs=2e-3)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("off", [0.0, 0.1])
def test_a_single_wall_stands_half_a_blade_from_the_plane(side: int, off: float) -> None:
    free = brick((60, 120, 80), (side * (0.5 - 30 + off), 0, 0))
    guide = Guide(cut=[free], slot=False, pins=(), plan_changes={"slots": [slot_plan(resting=side)]})
    finding = found("slot_plane_mm", guide, **AXIS)
    assert finding.passed is (off == 0.0)
    assert finding.measured == pytest.approx(off, abs=2e-3)
    assert found("slot_opening", guide).measured == pytest.approx(off, abs=2e-3)
    if off == 0.0:
        assert found("blade_free", guide, limit_low=0.0).passed


def test_a_wall_that_is_missing_from_a_one_sided_slot_fails() -> None:
    gone = brick((200, 200, 80), (0, 0, 40 + OFFSET + 3))
    guide = Guide(cut=[gone], slot=False, plan_changes={"slots": [slot_plan(resting=1)]})
    assert not found("slot_plane_mm", guide, limit_high=1e6).passed


def test_each_slot_has_its_own_number() -> None:
    twice = Guide(plan_changes={"slots": [slot_plan(), slot_plan(opening_mm=1.15)]})
    finding = found("slot_opening", twice)
    assert finding.values["slot_1_mm"] < 2e-3
    assert finding.values["slot_2_mm"] == pytest.approx(0.1, abs=2e-3)
    assert "slot 2" in finding.detail
