"""Three slices through a scan with marks on them, made without a renderer, so that a refusal always has pictures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.volume import Volume
from anatofit.report.directions import View
from anatofit.report.png import encode_png
from anatofit.report.slices import VIEWS, columns_and_rows, corners, cut, grey
from anatofit.report.stamps import edge_letters

_LONGEST_PX = 480
_BONE_HU = 300.0  # only to aim the slices at the head where there is no mark; nothing is measured with it
_CROSS_PX = 9
_MARK = (255, 140, 0)


def slice_pictures(volume: Volume, marks: Mapping[str, FloatArray] | None = None) -> dict[str, bytes]:
    """PNG files by what they show: axial, coronal and sagittal slices through the first mark, else through the head.

    marks: name to `(3,)` or `(n, 3)` points in LPS mm, drawn as crosses on all three slices.
    """
    points = [np.atleast_2d(np.asarray(p, dtype=np.float64)) for p in (marks or {}).values()]
    centre = points[0].mean(axis=0) if points else _head_centre(volume)
    crosses = np.concatenate(points) if points else np.empty((0, 3))
    return {name: encode_png(_slice(volume, view, centre, crosses)) for name, view in VIEWS.items()}


def _head_centre(volume: Volume) -> FloatArray:
    """The middle of what is dense, else of the scan."""
    kji = np.argwhere(volume.hu[::4, ::4, ::4] > _BONE_HU) * 4
    shape = np.array(volume.grid.shape_kji)
    middle = np.median(kji, axis=0) if len(kji) else (shape - 1) / 2.0
    return volume.grid.to_lps(middle[::-1].astype(np.float64))


def _slice(volume: Volume, view: View, centre: FloatArray, crosses: FloatArray) -> NDArray[np.uint8]:
    across, upward = (np.ptp(corners(volume) @ axis) for axis in (view.right_lps, view.up_lps))
    flat = cut(volume, view, centre, max(across, upward, 1.0) / _LONGEST_PX)
    pixels = np.repeat(grey(flat.hu)[..., None], 3, axis=-1)
    for column, row in columns_and_rows(flat, crosses):
        _cross(pixels, round(float(row)), round(float(column)))
    edge_letters(pixels, view)
    return pixels


def _cross(pixels: NDArray[np.uint8], row: int, column: int) -> None:
    rows, columns = pixels.shape[:2]
    for dr, dc in ((0, 1), (1, 0)):
        for step in range(-_CROSS_PX, _CROSS_PX + 1):
            r, c = row + dr * step, column + dc * step
            if 0 <= r < rows - 1 and 0 <= c < columns - 1:
                pixels[r : r + 2, c : c + 2] = _MARK
