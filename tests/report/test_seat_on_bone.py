"""What the report says of the cuts of a guide comes from the plan."""

from __future__ import annotations

from typing import Any

import pytest

from anatofit.report.seat_on_bone import seat_on_bone


def slot(z: float, normal: tuple[float, float, float]) -> dict[str, Any]:
    return {"point_lps_mm": (3.0, 0.0, z), "normal_lps": normal, "resting": 0, "open_end": 0, "opening_mm": 1.2, "blade_mm": 1.0,
            "length_mm": 20.0, "wall_mm": 3.0}  # fmt: skip


def told(**plan: Any) -> dict[str, str]:
    return dict(seat_on_bone({"insertion_direction_lps": (1.0, 0.0, 0.0), **plan}, "guide"))


@pytest.mark.parametrize("normal", [(0.0, 0.5, 0.8660254), (0.0, -0.5, -0.8660254)])
def test_the_segment_between_two_cuts_is_told_with_its_length_and_the_angle_of_its_ends(normal: Any) -> None:
    words = told(slots=[slot(10.0, (0.0, 0.0, 1.0)), slot(52.0, normal)])
    assert (
        words["Cuts 1 and 2"].startswith("42.0 mm from the middle")
        and "at 30.0° to each other" in words["Cuts 1 and 2"]
    )


def test_bones_that_touch_are_told_to_be_one_of_a_scan_alone() -> None:
    plan = {"insertion_direction_lps": (1.0, 0.0, 0.0), "beside_mm": 1.0}
    scanned, named = (dict(seat_on_bone(plan, "guide", scanned=s))["Other bones"] for s in (True, False))
    assert "were scanned" in scanned and scanned.endswith("Bones that touch in the scan are one.")
    assert "stand in the files" in named and "scan" not in named


def screw(**changed: Any) -> dict[str, Any]:
    return {"number": 1, "kind": "round", "screw_mm": 2.7, "diameter_mm": 2.9, "at_mm": 12.0, "lean_deg": 0.0, "entry_lps_mm": (1.0, 2.0, 3.0),
            "axis_lps": (1.0, 0.0, 0.0), "depth_mm": 20.0, "hold": "bicortical", "needed_mm": 23.4, "length_mm": 24.0, "beyond_mm": 1.1,
            **changed}  # fmt: skip


def test_a_monocortical_screw_is_told_as_one_and_no_far_cortex_is_claimed_of_it() -> None:
    plate = {"stations": [{"width_mm": 8.0, "thickness_mm": 2.5}], "length_mm": 40.0, "end_thickness_mm": 1.5, "wrapped_deg": 30.0,
             "contact_offset_mm": 0.3, "footing_mm2": 300.0}  # fmt: skip
    near = screw(number=2, hold="monocortical", needed_mm=8.9, length_mm=8.0, beyond_mm=-14.9)
    words = told(**plate, screws=[screw(), near])
    assert "bicortical, 24 mm long in the catalogue's steps (23.4 mm at least)" in words["Screw 1"]
    assert "far cortex ends after 20.0 mm, and its tip stands 1.1 mm out of it" in words["Screw 1"]
    assert "monocortical, 8 mm long in the catalogue's steps (8.9 mm at most)" in words["Screw 2"]
    assert "ends 5.1 mm deep in the bone, 14.9 mm before" in words["Screw 2"] and "far cortex" not in words["Screw 2"]
