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
