"""A region of relief that meets no bone is refused, one beside the base is told."""

from __future__ import annotations

import numpy as np

from anatofit.devices.guide.forms import Relief
from anatofit.devices.guide.hold import seat_at
from anatofit.devices.guide.reliefs import beside_base, off_bone
from tests.verify.shapes import box

BONE = box((40.0, 40.0, 20.0), (0.0, 0.0, -10.0))  # its top at z = 0


def relief(x: float, z: float) -> Relief:
    return Relief(point=(x, 0.0, z), radius_mm=5.0, offset_mm=1.0)


def test_a_region_without_bone_is_refused_with_how_far_it_lies_off() -> None:
    assert [*off_bone(BONE, [relief(0.0, 3.0), relief(0.0, -2.0)])] == []
    (said,) = off_bone(BONE, [relief(0.0, 3.0), relief(0.0, 14.6)])
    assert "relief 2 meets no bone: its point lies 14.6 mm off" in said.message


def test_a_region_past_the_base_is_told_with_how_far() -> None:
    seat = seat_at(np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]))
    seat = seat.model_copy(update={"low_mm": (-10.0, -10.0, -5.0), "shape_kji": (20, 41, 41), "step_mm": 0.5})
    height = np.zeros((41, 41))
    ground = np.full((41, 41), -1.0, dtype=np.float32)
    assert beside_base([relief(12.0, 0.0)], seat, height, ground) == []
    (said,) = beside_base([relief(18.0, 0.0)], seat, height, ground)
    assert said == "relief 1 relieves nothing: the base ends 3.0 mm before it"
