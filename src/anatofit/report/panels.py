"""Panels of pixels side by side and above each other, and lines drawn into them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

Pixels = NDArray[np.uint8]

_BETWEEN_PX = 6
_BETWEEN = 90  # a grey that parts one black panel from the next


def beside(panels: Sequence[Pixels]) -> Pixels:
    """Panels of one height in a row."""
    gap = np.full((len(panels[0]), _BETWEEN_PX, 3), _BETWEEN, np.uint8)
    return np.hstack([strip for panel in panels for strip in (gap, panel)][1:])


def stacked(rows: Sequence[Pixels]) -> Pixels:
    """Rows of one width above each other."""
    return np.ascontiguousarray(np.swapaxes(beside([np.swapaxes(row, 0, 1) for row in rows]), 0, 1))


def trace(pixels: Pixels, pieces: FloatArray, ink: tuple[int, int, int], *, wide: bool = True) -> None:
    """Draws straight pieces `(k, 2, 2)`, columns and rows, two pixels wide, or one."""
    if not len(pieces):
        return
    steps = int(np.ceil(np.abs(pieces[:, 1] - pieces[:, 0]).max() * 2)) + 1
    along = np.linspace(0.0, 1.0, steps)[None, :, None]
    places = np.rint(pieces[:, :1] * (1 - along) + pieces[:, 1:] * along).astype(int).reshape(-1, 2)
    for right, down in ((0, 0), (1, 0), (0, 1), (1, 1)) if wide else ((0, 0),):
        column, row = places[:, 0] + right, places[:, 1] + down
        good = (column >= 0) & (row >= 0) & (column < pixels.shape[1]) & (row < pixels.shape[0])
        pixels[row[good], column[good]] = ink
