"""Letters and a scale bar set into the pixels of a picture, where no renderer is at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from anatofit.report.directions import View, letters

_SCALE = 3
_BARS_MM, _BAR_PX = (50, 20, 10, 5), 5
_BAR_SHARE = 1 / 3  # of the picture's width, which a bar may take up
_GLYPHS: Mapping[str, str] = {
    "R": "1111010001100011111010100100101000 1".replace(" ", ""),
    "L": "10000100001000010000100001000011111",
    "A": "01110100011000111111100011000110001",
    "P": "11110100011000111110100001000010000",
    "H": "10001100011000111111100011000110001",
    "1": "00100011000010000100001000010001110",
    "2": "01110100010000100010001000100011111",
    "3": "11111000100010000010000011000101110",
    "4": "00010001100101010010111110001000010",
    "6": "00110010001000011110100011000101110",
    "7": "11111000010001000100010000100001000",
    "8": "01110100011000101110100011000101110",
    "9": "01110100011000101111000010001001100",
    "5": "11111100001111000001000011000101110",
    "0": "01110100011001110101110011000101110",
    "m": "00000000001101010101101011010110101",
    " ": "0" * 35,
    "F": "11111100001000011110100001000010000",
}  # five columns by seven rows


def edge_letters(pixels: NDArray[np.uint8], view: View) -> None:
    """The patient's letters at the four edges of a picture."""
    rows, columns = pixels.shape[:2]
    places = (
        (view.right_lps, rows // 2, columns - 16), (-view.right_lps, rows // 2, 16),
        (view.up_lps, 18, columns // 2), (-view.up_lps, rows - 18, columns // 2),
    )  # fmt: skip
    for direction, row, column in places:
        _stamp(pixels, letters(direction)[:1], row, column)


def number(pixels: NDArray[np.uint8], value: int) -> None:
    """A number in the upper left corner: of what in the plan the picture is about."""
    for i, digit in enumerate(str(value)):
        _stamp(pixels, digit, 20, 20 + 6 * _SCALE * i)


def scale_bar(pixels: NDArray[np.uint8], pitch_mm: float) -> None:
    """A bar of a round length with its number, white in the lower left corner."""
    room_mm = pixels.shape[1] * _BAR_SHARE * pitch_mm
    bar_mm = next((mm for mm in _BARS_MM if mm <= room_mm), _BARS_MM[-1])
    length, row = round(bar_mm / pitch_mm), len(pixels) - 16
    pixels[row : row + _BAR_PX, 14 : 14 + length] = 255
    for i, letter in enumerate(f"{bar_mm} mm"):
        _stamp(pixels, letter, row - 20, 24 + 6 * _SCALE * i)


def _stamp(pixels: NDArray[np.uint8], letter: str, row: int, column: int) -> None:
    """A letter centred at a pixel, white on a black box."""
    for r, c in _ink(letter, row, column, pad=True):
        pixels[r : r + _SCALE, c : c + _SCALE] = 0
    for r, c in _ink(letter, row, column, pad=False):
        pixels[r : r + _SCALE, c : c + _SCALE] = 255


def _ink(letter: str, row: int, column: int, *, pad: bool) -> Iterator[tuple[int, int]]:
    """Corners of the blocks of a letter, or of the whole box around it."""
    glyph = np.array([int(bit) for bit in _GLYPHS[letter]]).reshape(7, 5)
    shape = np.ones((9, 7)) if pad else np.pad(glyph, 1)
    for r, c in np.argwhere(shape):
        top = row + (int(r) - 4) * _SCALE - 1
        left = column + (int(c) - 3) * _SCALE - 1
        if top >= 0 and left >= 0:
            yield top, left
