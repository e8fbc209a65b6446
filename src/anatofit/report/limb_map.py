"""How two scans of one limb differ, unrolled, with the numbers of its scale, of levels and of angles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.report.colour import colours_of
from anatofit.report.stamps import dark_number

SCALE_MM = 6.0  # to either side: what changes more within weeks is another posture, or another limb
_WIDE, _HIGH_PER_MM, _BAR, _GAP = 720, 3.0, 24, 12
_BEYOND = (170, 40, 60)
_LINE = (255, 255, 255)
_LEFT, _RIGHT, _EDGE, _TICK = 84, 60, 36, 6  # margins for numbers, and the strokes that lead to them
_LEVELS_MM, _ANGLES_DEG = 50, (-180, -90, 0, 90, 180)


def limb_map(change_mm: FloatArray, levels_mm: FloatArray, *, tendon_mm: float) -> NDArray[np.uint8]:
    """(rows, columns, 3): proximal up, the front in the middle, a right limb's medial side to the right of it and a left one's to the left;
    beside it a bar from -SCALE_MM below to SCALE_MM above. A white line across at the level of the tendon, one down the front. Numbers: mm above
    the distal end, degrees from the front, mm of change.

    change_mm: (k, around) from the front on, counter-clockwise seen from above; by how much the second scan lies further out.
    """
    rows = round(float(levels_mm[-1] - levels_mm[0]) * _HIGH_PER_MM)
    around = change_mm.shape[1]
    # seen from outside, counter-clockwise from above runs to the right
    centred = np.roll(change_mm, around // 2, axis=1)
    level = np.linspace(levels_mm[-1], levels_mm[0], rows)
    row = np.clip(np.round(np.interp(level, levels_mm, np.arange(len(levels_mm)))), 0, len(levels_mm) - 1).astype(int)
    column = np.arange(_WIDE) * around // _WIDE
    picture = _coloured(centred[row][:, column])
    picture[int(np.abs(level - tendon_mm).argmin())] = _LINE
    picture[:, _WIDE // 2] = _LINE
    bar = _coloured(np.repeat(np.linspace(SCALE_MM, -SCALE_MM, rows)[:, None], _BAR, axis=1))
    whole = np.concatenate([picture, np.full((rows, _GAP, 3), 255, np.uint8), bar], axis=1)
    return _numbered(np.pad(whole, ((_EDGE, _EDGE), (_LEFT, _RIGHT), (0, 0)), constant_values=255), levels_mm)


def _numbered(pixels: NDArray[np.uint8], levels_mm: FloatArray) -> NDArray[np.uint8]:
    """Levels to the left, angles below, the scale to the right."""
    low, high, bottom = float(levels_mm[0]), float(levels_mm[-1]), len(pixels) - _EDGE
    for level in range(-(-int(np.ceil(low)) // _LEVELS_MM) * _LEVELS_MM, int(high) + 1, _LEVELS_MM):
        row = _row(level, low, high, bottom)
        pixels[row, _LEFT - _TICK : _LEFT] = 20
        dark_number(pixels, level, row=row, right=_LEFT - 2 * _TICK)
    for angle in _ANGLES_DEG:
        column = _LEFT + round((angle + 180) / 360 * (_WIDE - 1))
        pixels[bottom : bottom + _TICK, column] = 20
        dark_number(pixels, angle, row=bottom + _EDGE // 2 + 2, right=column + 9 * len(str(angle)))
    for change in (-SCALE_MM, -SCALE_MM / 2, 0.0, SCALE_MM / 2, SCALE_MM):
        row = _row(change, -SCALE_MM, SCALE_MM, bottom)
        dark_number(pixels, round(change), row=row, right=pixels.shape[1] - _TICK)
    return pixels


def _row(value: float, low: float, high: float, bottom: int) -> int:
    return round(bottom - 1 - (value - low) / (high - low) * (bottom - 1 - _EDGE))


def _coloured(change_mm: FloatArray) -> NDArray[np.uint8]:
    flat = np.asarray(change_mm, dtype=np.float64).ravel()
    colours = colours_of(0.5 + flat / (2 * SCALE_MM))
    colours[np.abs(flat) > SCALE_MM] = _BEYOND
    return colours.reshape(*change_mm.shape, 3)
