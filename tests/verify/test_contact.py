"""The surface that rests on bone: its distance, its evenness, its places; relieved and hanging parts are told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.verify.contact import spread_out
from tests.verify.guide_shapes import OFFSET, PINS, Guide, bone, brick, found, mesh_of, placed

AREA = 54 * 30 - 1.25 * 20 - len(PINS) * np.pi * 1.25**2
POCKET = brick((12, 10, 2), (-18, -8, 1.3 - 1 + 0.4))  # up to 1.7 above the bone


def test_a_flat_base_stands_at_its_offset_everywhere() -> None:
    median, spread = found("contact_median", Guide()), found("contact_p99", Guide(), limit_high=0.1)
    assert median.measured == pytest.approx(OFFSET, abs=1e-3)
    assert spread.measured == pytest.approx(0.0, abs=1e-3)
    assert median.values["contact_mm2"] == pytest.approx(AREA, rel=0.01)


@pytest.mark.parametrize("low", [0.2, 0.4])
def test_a_base_at_another_height_is_told_by_median_and_spread(low: float) -> None:
    guide = Guide(plan_changes={"contact_offset_mm": low})
    assert found("contact_median", guide).measured == pytest.approx(OFFSET, abs=1e-3)
    assert found("contact_p99", guide, limit_high=0.05).measured == pytest.approx(0.1, abs=1e-3)


def test_a_base_that_leans_is_told_by_the_spread_and_not_by_the_median() -> None:
    guide = Guide()
    leaning = guide.solid().rotate([0, 0.5, 0]).translate([0, 0, 0.0])
    guide.solid = lambda: leaning  # type: ignore[method-assign]
    assert found("contact_median", guide).measured == pytest.approx(OFFSET, abs=0.01)
    assert found("contact_p99", guide).measured == pytest.approx(27 * np.sin(np.deg2rad(0.5)), abs=0.02)


def test_what_reaches_into_bone_counts_as_contact_of_less_than_nothing() -> None:
    guide = Guide()
    deep = guide.solid().translate([0, 0, -0.5])
    guide.solid = lambda: deep  # type: ignore[method-assign]
    assert found("contact_median", guide).measured == pytest.approx(-0.2, abs=1e-3)


def test_a_pocket_is_no_contact_its_area_is_told_and_in_a_planned_relief_it_is_left_out() -> None:
    finding = found("contact_median", Guide(cut=[POCKET]))
    assert finding.values["off_mm2"] == pytest.approx(120, rel=0.05)
    relief = {"point_lps_mm": placed((-18, -8, 0)).tolist(), "radius_mm": 8.0, "offset_mm": 1.0}
    relieved = found("contact_p99", Guide(cut=[POCKET], plan_changes={"reliefs": [relief]}))
    assert relieved.values["off_mm2"] == 0.0
    assert relieved.values["relieved_mm2"] > 120
    assert "relieved" in relieved.detail


def test_a_guide_that_stands_on_little_of_its_footing_fails_whatever_the_limit() -> None:
    most = brick((40, 40, 1.5), (10, 0, 0.9))
    for check in ("contact_median", "contact_p99", "contact_places"):
        finding = found(check, Guide(cut=[most], plan_changes={"footing_mm2": 1500.0}), limit_high=1e6)
        assert not finding.passed
        assert "of the planned footing" in finding.detail


@pytest.mark.parametrize("lift", [3.0, 600.0])
def test_a_guide_that_rests_on_nothing_is_not_measured(lift: float) -> None:
    low = bone()
    away = type(low)(low.vertices_lps_mm - lift * np.asarray(placed((0, 0, 1)) - placed((0, 0, 0))), low.faces)
    assert found("contact_median", Guide(), host=away).not_measured


def test_places_are_as_many_as_fit_four_millimetres_apart() -> None:
    many = found("contact_places", Guide(), limit_low=12.0)
    assert many.passed
    assert AREA / (16 * np.pi) < many.measured < (54 + 4) * (30 + 4) / (8 * np.sqrt(3))
    small = found(
        "contact_places",
        Guide(cut=[brick((60, 40, 1.5), (0, 8, 0.9)) - brick((14, 60, 9), (20, 0, 0))]),
        limit_low=12.0,
    )
    assert small.measured < 0.6 * many.measured


@pytest.mark.parametrize("points, count", [(np.zeros((5, 3)), 1), (np.outer(np.arange(9.0), [1, 0, 0]), 3)])
def test_places_that_are_spread_out_keep_their_distance(points: Any, count: int) -> None:
    chosen = spread_out(points, apart_mm=4.0)
    assert len(chosen) == count
    apart = np.linalg.norm(points[chosen][:, None] - points[chosen][None], axis=2)
    assert (apart[np.triu_indices(count, 1)] >= 4.0).all()


def test_a_wall_along_the_way_out_past_bone_is_no_contact() -> None:
    knob = mesh_of(brick((90, 60, 20), (0, 0, -10)) + brick((6, 30, 3), (23, 0, 1)))
    guide = Guide(cut=[brick((8, 40, 5), (23.6, 0, 0.3))], pins=())
    finding = found("contact_p99", guide, host=knob, limit_high=0.1)
    assert finding.values["upright_mm2"] > 40
    assert finding.measured < 0.01


def test_of_a_part_that_no_straight_way_brings_off_every_wall_that_faces_bone_is_contact() -> None:
    side = {"insertion_direction_lps": (placed((1, 0, 0)) - placed((0, 0, 0))).tolist()}
    clasped = found("contact_median", Guide(plan_changes={**side, "comes_off": False}))
    assert clasped.values["contact_mm2"] == pytest.approx(AREA, rel=0.01)
    assert "are wanted" in found("contact_median", Guide(plan_changes=side)).detail
