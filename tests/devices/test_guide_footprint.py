"""The footprint of a base: feet that stand so near to each other that only a slit is left between them are one."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.devices.guide.footprint import SLIT_MM, border_of
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
