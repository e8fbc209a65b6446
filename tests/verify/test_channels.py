"""Round channels as planned, shifted, leaned, too narrow, shut, or not there; and the bone along their axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.model.mesh import Mesh
from anatofit.verify.bore_room import free_radius_mm
from tests.verify.guide_shapes import HOLE, PINS, Guide, bone, brick, found, mesh_of, pin_plan, rod, turned

AXIS = {"limit_high": 0.05}


@pytest.mark.parametrize("check", ["channel_axis_mm", "channel_axis_deg", "channels"])
@pytest.mark.parametrize("sides", [12, 48])
def test_a_channel_as_planned_deviates_little_whatever_its_polygon(check: str, sides: int) -> None:
    finding = found(check, Guide(sides=sides), limit_high=0.1 if check == "channels" else 0.05)
    assert finding.passed
    assert finding.measured < (0.06 if check == "channels" else 2e-3)


@pytest.mark.parametrize("shift", [(0.1, 0, 0), (0.06, -0.08, 0)])
def test_a_tenth_of_a_millimetre_beside_its_axis_is_measured_and_fails(shift: Any) -> None:
    finding = found("channel_axis_mm", Guide(pin_shift=shift), **AXIS)
    assert not finding.passed
    assert finding.measured == pytest.approx(0.1, abs=2e-3)
    assert found("channel_axis_deg", Guide(pin_shift=shift), **AXIS).passed


@pytest.mark.parametrize("guide", [Guide(pin_shift=(0.1, 0, 0)), Guide(pin_lean_deg=0.2)], ids=["shifted", "leaned"])
def test_a_channel_in_the_wrong_place_is_as_wide_as_planned(guide: Guide) -> None:
    assert found("channels", guide).measured < 0.01


def test_a_tenth_of_a_degree_is_measured_and_fails() -> None:
    finding = found("channel_axis_deg", Guide(pin_lean_deg=0.1), **AXIS)
    assert not finding.passed
    assert finding.measured == pytest.approx(0.1, abs=2e-3)
    assert found("channel_axis_mm", Guide(pin_lean_deg=0.1), **AXIS).measured < 2e-3


@pytest.mark.parametrize("off", [0.2, -0.2])
def test_a_channel_too_wide_or_narrow_deviates_by_its_difference(off: float) -> None:
    finding = found("channels", Guide(hole=HOLE + off), limit_high=0.1)
    assert not finding.passed
    assert finding.measured == pytest.approx(0.2, abs=0.01)


def test_a_channel_that_is_not_there_fails_every_check_whatever_the_limit() -> None:
    guide = Guide(pins=PINS[:1], plan_changes={"pins": [pin_plan(at) for at in PINS]})
    for check in ("channel_axis_mm", "channel_axis_deg", "channels"):
        finding = found(check, guide, limit_high=1e6)
        assert not finding.passed
        assert "channel 2" in finding.detail


@pytest.mark.parametrize(
    "stands",
    [rod(3, 5, 5.05, PINS[1]), brick((0.01, 3, 0.01), (PINS[1][0], PINS[1][1], 6)), brick((10, 3, 2), (20, -8, 30))],
    ids=["a skin", "a hair", "a roof above"],
)
def test_a_channel_that_is_shut_or_has_something_above_it_fails_whatever_the_limit(stands: Any) -> None:
    finding = found("channels", Guide(added=[stands]), limit_high=1e6)
    assert not finding.passed
    assert finding.measured == HOLE
    assert "channel 2" in finding.detail


@pytest.mark.parametrize(
    "stands",
    [brick((0.02, 0.02, 0.02), (PINS[1][0] + HOLE / 2 - 0.1, PINS[1][1], 6)) + brick((0.2, 0.01, 0.01), (19.26, -8, 6)),
     brick((3, 3, 2), (PINS[1][0], PINS[1][1] + 1.5 + HOLE / 2 - 0.11, 30))],
    ids=["a burr", "a corner above"],
)  # fmt: skip
def test_what_narrows_a_channel_at_one_place_counts_twice_its_height(stands: Any) -> None:
    finding = found("channels", Guide(added=[stands]), limit_high=0.1)
    assert not finding.passed
    assert finding.measured == pytest.approx(0.22, abs=0.01)


def test_the_free_radius_is_that_of_dense_samples() -> None:
    rng = np.random.default_rng(7)
    weights = rng.dirichlet(np.ones(3) * 0.8, size=40_000)
    axis = np.array([0.0, 0.0, 1.0])
    for _ in range(30):
        corners = rng.normal(size=(3, 3)) * 1.5
        inside = weights @ corners
        inside = inside[(inside[:, 2] >= -0.5) & (inside[:, 2] <= 0.8)]
        dense = np.linalg.norm(inside[:, :2], axis=1).min(initial=9.0)
        exact = free_radius_mm(
            Mesh(corners, np.array([[0, 1, 2]])), np.zeros(3), axis, low_mm=-0.5, high_mm=0.8, reach_mm=9.0
        )
        assert dense - 0.1 <= exact <= dense + 1e-9


@pytest.mark.parametrize("high, free", [(30.0, False), (70.0, True)])
def test_bone_above_a_channel_is_in_the_way_as_far_as_a_drill_reaches(high: float, free: bool) -> None:
    host = mesh_of(
        brick((90, 60, 20), (0, 0, -10)) + brick((4, 60, 100), (-40, 0, 40)) + brick((50, 8, 8), (-20, 7, high))
    )
    finding = found("channels", Guide(), host=host, limit_high=0.1)
    assert finding.passed is free
    assert ("channel 1" in finding.detail and "bone" in finding.detail) is not free


def test_a_channel_with_half_its_wall_is_no_channel() -> None:
    guide = Guide(cut=[brick((20, 10, 40), (28, -8, 0))])
    assert not found("channel_axis_mm", guide, limit_high=1e6).passed


def test_bone_is_counted_from_the_entry_to_the_far_side() -> None:
    finding = found("channel_bone", Guide(), limit_low=5.0)
    assert finding.passed
    assert finding.measured == pytest.approx(20.0, abs=1e-3)


def test_pins_leave_bone_between_their_ways_and_a_drill_s() -> None:
    """The shape's pins stand square to a block 20 mm high; one 6 mm beside the first that leans to it meets it 12 mm deep."""
    first, width = pin_plan(PINS[0]), pin_plan(PINS[0])["diameter_mm"]
    apart = float(np.hypot(*np.subtract(*PINS)))
    assert found("pins_apart", Guide(), limit_low=2.0).measured == pytest.approx(apart - width, abs=1e-3)
    leaning = pin_plan((PINS[0][0] + 6.0, PINS[0][1]), axis_lps=turned(np.array([0.6, 0.0, 1.2]) / np.hypot(0.6, 1.2)))
    finding = found("pins_apart", Guide(plan_changes={"pins": [first, leaning]}), limit_low=2.0)
    assert finding.measured == 0.0 and finding.detail == "least of 1 pair: pin 1 and pin 2"
    for depth, free in ((15.0, False), (1.0, True)):
        plan = {"pins": [first], "sleeves": [{**leaning, "target_mm": depth}]}
        assert found("pins_apart", Guide(plan_changes=plan), limit_low=2.0).passed is free


def test_a_hollow_is_crossed_and_both_cortices_are_told() -> None:
    host = mesh_of(brick((90, 60, 20), (0, 0, -10)) - brick((80, 50, 14), (0, 0, -9)))
    finding = found("channel_bone", Guide(), host=host, limit_low=5.0)
    assert finding.measured == pytest.approx(20.0, abs=1e-3)
    told = {name.removeprefix("channel_1_"): value for name, value in finding.values.items()}
    assert told["near_cortex_mm"] == pytest.approx(2.0, abs=1e-3)
    assert told["far_cortex_mm"] == pytest.approx(4.0, abs=1e-3)
    assert told["bone_mm"] == pytest.approx(6.0, abs=1e-3)


def test_a_filled_bone_has_no_near_and_no_far_cortex() -> None:
    finding = found("channel_bone", Guide(), limit_low=5.0)
    assert "cortices are not told apart" in finding.detail and not any("cortex" in name for name in finding.values)
    assert finding.values["channel_1_bone_mm"] == pytest.approx(finding.values["channel_1_depth_mm"], abs=1e-3)


def test_another_bone_far_behind_is_not_the_far_cortex() -> None:
    host = mesh_of(brick((90, 60, 20), (0, 0, -10)) + brick((90, 60, 10), (0, 0, -75)))
    assert found("channel_bone", Guide(), host=host).measured == pytest.approx(20.0, abs=1e-3)


@pytest.mark.parametrize("depth", [18.0, None])
def test_a_plan_that_tells_another_depth_fails(depth: float | None) -> None:
    plan = {"pins": [pin_plan(at, depth_mm=depth) for at in PINS]}
    finding = found("channel_bone", Guide(plan_changes=plan), limit_low=5.0)
    assert not finding.passed
    assert "the plan says" in finding.detail


def test_an_entry_that_lies_off_the_bone_has_none() -> None:
    low = bone()
    away = type(low)(low.vertices_lps_mm, low.faces)
    plan = {"pins": [pin_plan((70.0, 0.0))]}
    assert found("channel_bone", Guide(plan_changes=plan), host=away, limit_low=5.0).measured == 0.0


def test_a_plan_without_channels_is_not_measured() -> None:
    finding = found("channels", Guide(plan_changes={"pins": []}))
    assert finding.not_measured
    assert "no channels" in finding.detail


def test_an_axis_is_found_in_walls_made_of_crooked_triangles() -> None:
    guide = Guide()
    rough = guide.solid().refine(3)
    assert len(mesh_of(rough).faces) > 4 * len(guide.mesh().faces)
    guide.solid = lambda: rough  # type: ignore[method-assign]
    assert found("channel_axis_mm", guide).measured < 2e-3
    assert np.isfinite(found("channel_axis_deg", guide).measured)
