"""How two scans of one limb differ, unrolled, with a title, its scale, levels and angles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray, Laterality
from anatofit.report.colour import colours_of
from anatofit.report.written import write

SCALE_MM = 6.0  # to either side: what changes more within weeks is another posture, or another limb
_WIDE, _HIGH_PER_MM, _BAR, _GAP = 720, 3.0, 24, 12
_BEYOND = (170, 40, 60)
_LINE = (255, 255, 255)
_LEFT, _RIGHT, _TOP, _BOTTOM, _TICK = (
    84,
    84,
    44,
    64,
    6,
)  # margins for words and numbers, and the strokes that lead to them
_LEVELS_MM, _ANGLES_DEG = 50, (-180, -90, 0, 90, 180)
_TITLE_PX, _NAME_PX, _NUMBER_PX = 20, 16, 15  # size of letters
_TITLE = "The second scan's skin against the first's"
_SCALE = f"mm further out (+) or in (-); red: more than {SCALE_MM:g}"
_AROUND = {
    Laterality.RIGHT: "degrees around the limb from the front (0); medial to the right",
    Laterality.LEFT: "degrees around the limb from the front (0); medial to the left",
}
_EITHER = "degrees around the limb from the front (0), counter-clockwise seen from above"


def limb_map(
    change_mm: FloatArray, levels_mm: FloatArray, *, tendon_mm: float, side: Laterality = Laterality.UNPAIRED
) -> NDArray[np.uint8]:
    """(rows, columns, 3): proximal up, the front in the middle, a right limb's medial side to the right of it and a left one's to the left;
    beside it a bar from -SCALE_MM below to SCALE_MM above. A white line across at the level of the tendon, one down the front. Title, axes and
    scale are named; numbers: mm above the distal end, degrees from the front, mm of change.

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
    tendon_row = int(np.abs(level - tendon_mm).argmin())
    picture[tendon_row] = _LINE
    picture[:, _WIDE // 2] = _LINE
    bar = _coloured(np.repeat(np.linspace(SCALE_MM, -SCALE_MM, rows)[:, None], _BAR, axis=1))
    whole = np.concatenate([picture, np.full((rows, _GAP, 3), 255, np.uint8), bar], axis=1)
    pixels = np.pad(whole, ((_TOP, _BOTTOM), (_LEFT, _RIGHT), (0, 0)), constant_values=255)
    _number(pixels, levels_mm)
    _name(pixels, rows, tendon_row, side)
    return pixels


def _number(pixels: NDArray[np.uint8], levels_mm: FloatArray) -> None:
    """Levels to the left, angles below, the scale to the right."""
    low, high, bottom = float(levels_mm[0]), float(levels_mm[-1]), len(pixels) - _BOTTOM
    for level in range(-(-int(np.ceil(low)) // _LEVELS_MM) * _LEVELS_MM, int(high) + 1, _LEVELS_MM):
        row = _row(level, low, high, bottom)
        pixels[row, _LEFT - _TICK : _LEFT] = 20
        write(pixels, f"{level}", row=row, column=_LEFT - 26, size_px=_NUMBER_PX)
    for angle in _ANGLES_DEG:
        column = _LEFT + round((angle + 180) / 360 * (_WIDE - 1))
        pixels[bottom : bottom + _TICK, column] = 20
        write(pixels, f"{angle}", row=bottom + 18, column=column, size_px=_NUMBER_PX)
    for change in (-SCALE_MM, -SCALE_MM / 2, 0.0, SCALE_MM / 2, SCALE_MM):
        row = _row(change, -SCALE_MM, SCALE_MM, bottom)
        write(
            pixels, f"{change:+g}" if change else "0", row=row, column=pixels.shape[1] - _RIGHT + 22, size_px=_NUMBER_PX
        )


def _name(pixels: NDArray[np.uint8], rows: int, tendon_row: int, side: Laterality) -> None:
    """The title, and what each axis, the scale and the line across are."""
    middle, across = _TOP + rows // 2, _LEFT + _WIDE // 2
    write(pixels, _TITLE, row=_TOP // 2, column=across, size_px=_TITLE_PX)
    write(pixels, "mm above the first scan's distal end", row=middle, column=16, size_px=_NAME_PX, upright=True)
    write(pixels, _AROUND.get(side, _EITHER), row=len(pixels) - 20, column=across, size_px=_NAME_PX)
    write(pixels, _SCALE, row=middle, column=pixels.shape[1] - 20, size_px=_NAME_PX, upright=True)
    write(pixels, "patellar tendon", row=_TOP + tendon_row - 12, column=_LEFT + 64, size_px=_NUMBER_PX)


def _row(value: float, low: float, high: float, bottom: int) -> int:
    return round(bottom - 1 - (value - low) / (high - low) * (bottom - 1 - _TOP))


def _coloured(change_mm: FloatArray) -> NDArray[np.uint8]:
    flat = np.asarray(change_mm, dtype=np.float64).ravel()
    colours = colours_of(0.5 + flat / (2 * SCALE_MM))
    colours[np.abs(flat) > SCALE_MM] = _BEYOND
    return colours.reshape(*change_mm.shape, 3)
