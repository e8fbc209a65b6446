"""A blade through its slot: room beside it, and whatever stands in its way, however thin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.verify.blade import across_over
from tests.verify.guide_shapes import BLADE, LENGTH, OPENING, TOP, Guide, bone, brick, found, mesh_of, rod, slot_plan

ROOM = (OPENING - BLADE) / 2


def test_the_room_beside_a_blade_is_half_of_what_the_slot_is_wider() -> None:
    finding = found("blade_free", Guide(), limit_low=0.0)
    assert finding.passed
    assert finding.measured == pytest.approx(ROOM, abs=2e-3)


def test_a_shifted_slot_leaves_less_room_on_one_side() -> None:
    assert found("blade_free", Guide(slot_shift=(0.1, 0, 0))).measured == pytest.approx(ROOM - 0.1, abs=2e-3)


@pytest.mark.parametrize("high", [0.05, 0.2])
def test_a_bump_on_a_wall_takes_its_height_from_the_room(high: float) -> None:
    bump = brick((high + 0.1, 0.2, 0.2), (OPENING / 2 - high / 2 + 0.05, 3.03, 9.01))
    finding = found("blade_free", Guide(added=[bump]), limit_low=0.0)
    assert finding.measured == pytest.approx(ROOM - high, abs=2e-3)
    assert finding.passed is (high < ROOM)


@pytest.mark.parametrize(
    "stands",
    [
        brick((OPENING, 0.01, 0.01), (0, 3.031, 9.017)),
        brick((OPENING + 1, LENGTH + 1, 0.2), (0, 0, TOP - 0.1)),
        brick((OPENING + 1, 3, 0.2), (0, -LENGTH / 2 + 1, 1.0)),
        brick((6, 3, TOP + 20), (0, 11.5, (TOP + 20) / 2 + 0.5)) + brick((6, 5, 2), (0, 10, TOP + 19)),
        rod(5, 10, TOP + 17, (-14, 0)).rotate([0, 25, 0]),
    ],
    ids=["a hair", "a skin", "a web at the bone", "a hook above the mouth", "a leaning sleeve"],
)
def test_what_stands_in_a_blades_way_fails_whatever_the_limit(stands: Any) -> None:
    finding = found("blade_free", Guide(added=[stands]), limit_low=-1e6)
    assert not finding.passed
    assert "in the way" in finding.detail
    assert finding.measured == pytest.approx(-BLADE / 2)


def test_what_stands_beyond_the_slots_ends_is_not_in_the_way() -> None:
    post = brick((6, 2, 30), (0, LENGTH / 2 + 2, 20))
    assert found("blade_free", Guide(added=[post]), limit_low=0.0).passed


def test_an_open_end_must_be_free_beyond_the_guide() -> None:
    away = brick((OPENING, 40, 80), (0, LENGTH / 2 + 19, 0))
    plan = {"slots": [slot_plan(open_end=1)]}
    assert found("blade_free", Guide(cut=[away], plan_changes=plan), limit_low=0.0).passed
    arm = brick((2, 2, 12), (4, 14, 8)) + brick((8, 2, 2), (0, 24, 13)) + brick((2, 12, 2), (4, 19, 13))
    assert not found("blade_free", Guide(cut=[away], added=[arm], plan_changes=plan), limit_low=-9.0).passed


def test_the_way_goes_down_to_the_bone_where_it_lies_deeper_than_the_slot() -> None:
    low = brick((OPENING + 1, 3, 0.1), (0, 0, 0.05 + 0.31))
    plan = {"slots": [slot_plan(low_mm=6.0)]}
    assert not found("blade_free", Guide(added=[low], plan_changes=plan), limit_low=-9.0).passed


@pytest.mark.parametrize("high, free", [(30.0, False), (70.0, True)])
def test_bone_above_the_mouth_is_in_the_way_as_far_as_a_saw_reaches(high: float, free: bool) -> None:
    host = mesh_of(
        brick((90, 60, 20), (0, 0, -10)) + brick((4, 60, 100), (-40, 0, 40)) + brick((50, 8, 8), (-20, 5, high))
    )
    finding = found("blade_free", Guide(), host=host, limit_low=-9.0)
    assert finding.passed is free
    assert ("bone stands in the way" in finding.detail) is not free


def test_without_bone_beneath_it_a_slot_is_judged_over_its_own_height() -> None:
    far = bone()
    far = type(far)(far.vertices_lps_mm + 500.0, far.faces)
    assert found("blade_free", Guide(), host=far, limit_low=0.0).measured == pytest.approx(ROOM, abs=2e-3)


def test_over_a_rectangle_a_triangle_is_extreme_where_dense_samples_are() -> None:
    rng = np.random.default_rng(4)
    low, high = np.array([-1.0, -0.5]), np.array([1.0, 0.8])
    corners = np.array([(-1.0, -0.5), (1.0, -0.5), (1.0, 0.8), (-1.0, 0.8)])
    weights = rng.dirichlet(np.ones(3) * 0.8, size=20_000)
    for _ in range(40):
        triangle = rng.normal(size=(1, 3, 3)) * 1.5
        least, most = across_over(triangle, low, high, corners)
        inside = weights @ triangle[0]
        inside = inside[((inside[:, 1:] >= low) & (inside[:, 1:] <= high)).all(axis=1)]
        if len(inside) > 50:
            assert least[0] <= inside[:, 0].min()
            assert most[0] >= inside[:, 0].max()
            spread = np.ptp(inside[:, 0])
            assert least[0] == pytest.approx(inside[:, 0].min(), abs=0.15 * spread + 0.02)
        if not len(least):
            assert not len(inside)
