"""The footprint of a base: feet that stand so near to each other that only a slit is left between them are one."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.devices.guide.footprint import SLIT_MM, border_of, without_holes
from anatofit.devices.guide.layout import Pad

HALF = (15.0, 20.0)


def _feet(gap_mm: float, *, across: int) -> list[Pad]:
    far = 2 * HALF[0] + gap_mm
    places = [(0.0, 0.0), (far, 3.0)]
    halves = HALF
    if across:
        places, halves = [place[::-1] for place in places], HALF[::-1]
    return [Pad(centre_mm=at, half_mm=halves, radius_mm=4.0) for at in places]


def _between(feet: list[Pad], across: int) -> np.ndarray:
    along = np.linspace(-16.0, 19.0, 36)
    middle = np.full(36, (feet[0].centre_mm[across] + feet[1].centre_mm[across]) / 2)
    x, y = (middle, along) if across == 0 else (along, middle)
    return border_of(feet, (), x, y)


@pytest.mark.parametrize("across", [0, 1])
def test_a_slit_between_two_feet_is_a_part_of_the_base_along_all_of_it(across: int) -> None:
    assert (_between(_feet(SLIT_MM - 1.0, across=across), across) < 0).all()


@pytest.mark.parametrize("across", [0, 1])
def test_a_gap_that_a_brush_goes_through_stays(across: int) -> None:
    assert (_between(_feet(SLIT_MM + 0.5, across=across), across) > 0).all()


def _holed(*, radius_mm: float, at_mm: float = 0.0, height_mm: float = 0.0) -> np.ndarray:
    """Ground of 15 mm to each side around a round hole, spanned where that is narrow; height_mm: of the bone in the hole."""
    side = 0.5 * np.arange(-40, 41)
    away = np.hypot(side[None, :] - at_mm, side[:, None])
    ground = np.maximum(np.maximum(np.abs(side)[None, :], np.abs(side)[:, None]) - 15.0, radius_mm - away)
    return without_holes(ground, np.where(away < radius_mm, height_mm, 0.0), step_mm=0.5)


def test_a_base_spans_steep_bone_that_its_ground_surrounds_if_no_brush_goes_through() -> None:
    spanned, open_ = _holed(radius_mm=SLIT_MM / 2 - 0.4), _holed(radius_mm=SLIT_MM / 2 + 0.6)
    assert spanned[25:56, 25:56].max() < -SLIT_MM + 0.5 and open_[40, 40] > 0


def test_a_hole_through_the_bone_and_a_notch_at_the_border_stay_open() -> None:
    assert _holed(radius_mm=1.6, height_mm=np.nan)[40, 40] > 0
    assert _holed(radius_mm=1.6, at_mm=15.0)[40, 68] > 0
