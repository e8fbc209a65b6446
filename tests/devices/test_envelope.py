"""The envelope of the cranial plate, and what it says of an order outside it."""

from __future__ import annotations

import math

import pytest

from anatofit.devices.base import Device
from anatofit.devices.cranial_plate import DEVICE
from anatofit.errors import PrescriptionError
from anatofit.rules import RULES


def _rules(design: dict[str, object]) -> dict[str, str]:
    with pytest.raises(PrescriptionError) as caught:
        DEVICE.spec(design)
    return {r.rule: r.message for r in caught.value.reasons}


def test_the_device_keeps_the_protocol() -> None:
    assert isinstance(DEVICE, Device)


def test_an_empty_order_takes_the_defaults() -> None:
    spec = DEVICE.spec({})
    assert (spec.gap_mm, spec.thickness_mm, spec.fixation) == (0.5, 3.0, "tabs")


def test_every_row_has_a_source_and_says_whether_it_is_a_proposal() -> None:
    for row in DEVICE.envelope.rows.values():
        assert row.source and row.help
        assert row.proposal == ("proposal" in row.source)


def test_defaults_lie_inside_their_own_rows() -> None:
    for row in DEVICE.envelope.rows.values():
        if row.settable:
            assert row.reason_against(row.default) is None, row.name


def test_all_violations_are_named_at_once_with_range_and_source() -> None:
    rules = _rules(
        {
            "gap_mm": 9.0,
            "thickness_mm": math.nan,
            "colour": "blue",
            "fixation": "glue",
            "tab_count": 2.5,
            "text_depth_mm": "deep",
            "screw_diameter_mm": True,
        }
    )
    assert set(rules) == {
        "design.gap_mm",
        "design.thickness_mm",
        "design.colour",
        "design.fixation",
        "design.tab_count",
        "design.text_depth_mm",
        "design.screw_diameter_mm",
    }
    assert "0.3 to 1.5 mm" in rules["design.gap_mm"]
    assert "K231834" in rules["design.thickness_mm"]


@pytest.mark.parametrize(
    ("design", "rule"),
    [
        ({"perforation_diameter_mm": 3.0, "perforation_pitch_mm": 4.0}, "design.perforation_pitch_mm"),
        ({"thickness_mm": 5.0, "thickness_max_mm": 4.0}, "design.thickness_max_mm"),
        ({"screw_diameter_mm": 2.7, "tab_width_mm": 5.0}, "design.tab_width_mm"),
        ({"tab_width_mm": 12.0, "tab_length_mm": 8.0}, "design.tab_length_mm"),
    ],
)
def test_rows_that_disagree_are_named(design: dict[str, object], rule: str) -> None:
    assert list(_rules(design)) == [rule]


def test_rows_that_disagree_are_named_beside_one_that_is_outside() -> None:
    rules = _rules(
        {"gap_mm": 9.0, "thickness_mm": 5.0, "thickness_max_mm": 4.0, "tab_width_mm": 99.0, "tab_length_mm": 6.0}
    )
    assert set(rules) == {"design.gap_mm", "design.thickness_max_mm", "design.tab_width_mm"}
    assert rules["design.thickness_max_mm"].endswith("Raise it, or lower thickness_mm")


def test_a_measure_that_is_only_measured_cannot_be_ordered() -> None:
    assert "design.extent_mm" in _rules({"extent_mm": 40.0})


def test_the_scan_limits_bear_the_names_of_their_rules() -> None:
    rules = {row["rule"] for row in DEVICE.scan_limits().values()}
    assert {"slice-thickness", "pixel-size", "scan-age", "patient-age"} <= rules <= set(RULES)
    assert len(rules) == len(DEVICE.scan_limits())
