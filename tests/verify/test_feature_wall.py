"""Walls around slots and channels: as thick as made, where another feature comes near, and not where a channel ends."""

from __future__ import annotations

from typing import Any

import pytest

from anatofit.model.finding import Requirement
from anatofit.verify.run import verify
from tests.verify.guide_shapes import (
    OFFSET,
    OPENING,
    SLEEVE,
    TOP,
    Guide,
    bone,
    brick,
    found,
    mesh_of,
    pin_plan,
    rod,
    slot_plan,
)

PIN_WALL = (SLEEVE - 2.5) / 2


def test_the_smallest_wall_of_a_sound_guide_is_that_of_its_sleeves() -> None:
    finding = found("feature_wall", Guide(), limit_low=1.85)
    assert finding.passed
    assert finding.measured == pytest.approx(PIN_WALL, abs=0.02)
    assert finding.values["slot_1_mm"] == pytest.approx(3.0, abs=0.01)


@pytest.mark.parametrize("thin", [{"wall": 1.2}, {"end_wall": 1.2}])
def test_a_thin_wall_beside_or_behind_a_slot_is_measured(thin: Any) -> None:
    finding = found("feature_wall", Guide(**thin), limit_low=1.85)
    assert not finding.passed
    assert finding.measured == pytest.approx(1.2, abs=0.01)
    assert "slot 1" in finding.detail


@pytest.mark.parametrize("gap", [1.0, 0.3])
def test_a_pin_near_a_slot_leaves_the_wall_between_them(gap: float) -> None:
    pins = ((1.25 / 2 + gap + 1.25, 0.0), (18.0, -8.0))
    sleeve = rod(SLEEVE, OFFSET, 9, pins[0])
    guide = Guide(pins=pins, added=[sleeve - rod(2.5, -9, 60, pins[0]) - brick((1.25, 20, 80))])
    assert found("feature_wall", guide).measured == pytest.approx(gap, abs=0.02)


def test_a_pin_that_breaks_into_a_slot_leaves_no_wall() -> None:
    guide = Guide(pins=((1.5, 0.0), (18.0, -8.0)))
    finding = found("feature_wall", guide, limit_low=0.5)
    assert not finding.passed
    assert finding.measured == 0.0


def test_a_pocket_in_the_outside_thins_a_wall() -> None:
    pocket = brick((1, 3, 3), (0.625 + 3 - 0.2, 4, 11))
    assert found("feature_wall", Guide(cut=[pocket])).values["slot_1_mm"] == pytest.approx(2.3, abs=0.01)


def test_what_lies_beneath_a_thin_bone_is_no_wall_of_the_guide() -> None:
    """A cut's plan on a skull reaches as deep as the bone falls away along the slot: at its other end into the cavity."""
    shell = mesh_of(brick((120, 90, 5), (0, 0, -2.5)))
    plan = Guide().plan() | {"slots": [slot_plan(low_mm=-20.0)]}
    requirement = Requirement(id="T", what="", check="feature_wall", part="guide", unit="mm")
    (finding,) = verify({"guide": Guide().mesh()}, requirements=[requirement], models={"host": shell}, plan=plan)
    assert finding.measured == pytest.approx(PIN_WALL, abs=0.02)
    assert finding.values["slot_1_mm"] == pytest.approx(3.0, abs=0.01)


@pytest.mark.parametrize(("level", "thin"), [(-1.5, False), (3.0, True)])
def test_beside_the_bone_walls_are_asked_for_down_to_where_the_blade_meets_it(level: float, thin: bool) -> None:
    """The slot is longer than the bone is wide: its ends hang beside the bone, where one wall is missing beneath a level."""
    host = mesh_of(brick((90, 12, 20), (0, 0, -10)))
    ends = [brick((OPENING + 6, 7, 8.4), (0, y, -3.8)) - brick((OPENING, 20, 80)) for y in (10.0, -10.0)]
    gone = brick((3.2, 7, 10), (OPENING / 2 + 1.5, 10.0, level - 5))
    plan = {"slots": [slot_plan(low_mm=-8.0)]}
    finding = found("feature_wall", Guide(added=ends, cut=[gone], plan_changes=plan), host=host)
    assert finding.values["slot_1_mm"] == pytest.approx(0.0 if thin else 3.0, abs=0.01)


def test_the_rounded_and_led_in_mouth_and_the_bones_side_are_not_judged() -> None:
    mouth = brick((40, 40, 4), (0, 0, TOP + 1)) - brick((4.5, 22, 9), (0, 0, TOP))
    under = brick((120, 90, 40)).rotate([0, 20, 0]).translate([0, 0, -20])
    foot = brick((54, 30, 24), (0, 0, -11)) - brick((1.25, 20, 80))
    for at in Guide().pins:
        foot -= rod(2.5, -40, 60, at)
    whole = mesh_of(Guide().solid() + foot - mouth - under)
    plan = Guide().plan() | {"slots": [slot_plan(lead_in_mm=1.0, low_mm=-8.0)]}
    requirement = Requirement(id="T", what="", check="feature_wall", part="guide", unit="mm")
    (finding,) = verify({"guide": whole}, requirements=[requirement], models={"host": mesh_of(under)}, plan=plan)
    assert finding.measured == pytest.approx(PIN_WALL, abs=0.02)


def test_an_open_end_and_the_free_side_of_a_single_wall_are_no_walls() -> None:
    away = brick((1.25, 40, 80), (0, 29, 0))
    ended = Guide(cut=[away], plan_changes={"slots": [slot_plan(open_end=1)]})
    assert found("feature_wall", ended).measured == pytest.approx(PIN_WALL, abs=0.02)
    free = brick((60, 120, 80), (-29.5, 0, 0))
    pins = ((18.0, -8.0),)
    single = Guide(cut=[free], slot=False, pins=pins, plan_changes={"slots": [slot_plan(resting=1)]})
    assert found("feature_wall", single).values["slot_1_mm"] == pytest.approx(3.125, abs=0.02)


def test_the_knife_edge_of_a_leaning_channel_at_the_bone_is_no_thin_wall_and_a_thin_base_is() -> None:
    def thinnest(*, thin: bool) -> float:
        guide = Guide(pin_lean_deg=40.0)
        lean = guide.solid() - (
            brick((8, 8, 9), (22, 11, 0)) - brick((8, 8, 4), (22, 11, 2.8)) if thin else brick((1, 1, 1), (0, 0, 99))
        )
        axis = [0.0, -0.6427876097, 0.7660444431]
        from tests.verify.guide_shapes import turned

        plan = guide.plan() | {"pins": [pin_plan(at, axis_lps=turned(axis)) for at in guide.pins]}
        requirement = Requirement(
            id="T", what="", check="min_wall", part="guide", unit="mm", parameters={"region": "all"}
        )
        models = {"host": bone()}
        return verify({"guide": mesh_of(lean)}, requirements=[requirement], models=models, plan=plan)[0].measured

    assert thinnest(thin=False) > 1.5
    assert thinnest(thin=True) < 1.0


@pytest.mark.parametrize("name", ["slots", "pins"])
def test_a_plan_with_one_kind_of_feature_is_measured(name: str) -> None:
    other = {"slots": "pins", "pins": "slots"}[name]
    assert found("feature_wall", Guide(plan_changes={other: []})).measured > 1.5


def test_a_plan_without_features_is_not_measured() -> None:
    assert found("feature_wall", Guide(plan_changes={"slots": [], "pins": []})).not_measured
