"""Three slices through a scan with marks on them, made without a renderer, so that a refusal always has pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.volume import Volume
from anatofit.report import directions
from anatofit.report.directions import View, letters
from anatofit.report.png import encode_png

_LOW_HU, _HIGH_HU = -500.0, 1500.0  # bone window: width 2000, level 500
_OUTSIDE_HU = -1000.0
_LONGEST_PX = 480
_BONE_HU = 300.0  # only to aim the slices at the head where there is no mark; nothing is measured with it
_CROSS_PX = 9
_MARK = (255, 140, 0)
_LETTER_SCALE = 3
_GLYPHS: Mapping[str, str] = {
    "R": "1111010001100011111010100100101000 1".replace(" ", ""),
    "L": "10000100001000010000100001000011111",
    "A": "01110100011000111111100011000110001",
    "P": "11110100011000111110100001000010000",
    "H": "10001100011000111111100011000110001",
    "F": "11111100001000011110100001000010000",
}  # five columns by seven rows
_SLICES: Mapping[str, View] = {
    "Axial, seen from the feet": View(directions.FOOT, directions.FRONT),
    "Coronal, seen from the front": View(directions.FRONT, directions.HEAD),
    "Sagittal, seen from the left": View(directions.LEFT, directions.HEAD),
}


def slice_pictures(volume: Volume, marks: Mapping[str, FloatArray] | None = None) -> dict[str, bytes]:
    """PNG files by what they show: axial, coronal and sagittal slices through the first mark, else through the head.

    marks: name to `(3,)` or `(n, 3)` points in LPS mm, drawn as crosses on all three slices.
    """
    points = [np.atleast_2d(np.asarray(p, dtype=np.float64)) for p in (marks or {}).values()]
    centre = points[0].mean(axis=0) if points else _head_centre(volume)
    crosses = np.concatenate(points) if points else np.empty((0, 3))
    return {name: encode_png(_slice(volume, view, centre, crosses)) for name, view in _SLICES.items()}


def _head_centre(volume: Volume) -> FloatArray:
    """The middle of what is dense, else of the scan."""
    kji = np.argwhere(volume.hu[::4, ::4, ::4] > _BONE_HU) * 4
    shape = np.array(volume.grid.shape_kji)
    middle = np.median(kji, axis=0) if len(kji) else (shape - 1) / 2.0
    return volume.grid.to_lps(middle[::-1].astype(np.float64))


def _corners(volume: Volume) -> FloatArray:
    last = np.array(volume.grid.shape_kji[::-1]) - 1
    ijk = np.stack(np.meshgrid(*[(0, n) for n in last], indexing="ij"), axis=-1).reshape(-1, 3)
    return volume.grid.to_lps(ijk.astype(np.float64))


def _slice(volume: Volume, view: View, centre: FloatArray, crosses: FloatArray) -> NDArray[np.uint8]:
    corners = _corners(volume)
    across, upward = corners @ view.right_lps, corners @ view.up_lps
    pitch = max(np.ptp(across), np.ptp(upward), 1.0) / _LONGEST_PX
    x = np.arange(across.min(), across.max() + pitch / 2, pitch)
    y = np.arange(upward.max(), upward.min() - pitch / 2, -pitch)
    depth = float(centre @ view.toward_lps)
    points = x[None, :, None] * view.right_lps + y[:, None, None] * view.up_lps + depth * view.toward_lps
    grey = _grey(_sample(volume, points))
    pixels = np.repeat(grey[..., None], 3, axis=-1)
    for column, row in zip(
        (crosses @ view.right_lps - x[0]) / pitch, (y[0] - crosses @ view.up_lps) / pitch, strict=True
    ):
        _cross(pixels, round(float(row)), round(float(column)))
    _edge_letters(pixels, view)
    return pixels


def _sample(volume: Volume, points_lps_mm: FloatArray) -> FloatArray:
    from scipy.ndimage import map_coordinates

    kji = np.moveaxis(volume.grid.to_index(points_lps_mm)[..., ::-1], -1, 0)
    return np.asarray(map_coordinates(volume.hu, kji, np.float32, order=1, cval=_OUTSIDE_HU))


def _grey(hu: FloatArray) -> NDArray[np.uint8]:
    return np.asarray(np.clip((hu - _LOW_HU) / (_HIGH_HU - _LOW_HU), 0.0, 1.0) * 255.0, dtype=np.uint8)


def _cross(pixels: NDArray[np.uint8], row: int, column: int) -> None:
    rows, columns = pixels.shape[:2]
    for dr, dc in ((0, 1), (1, 0)):
        for step in range(-_CROSS_PX, _CROSS_PX + 1):
            r, c = row + dr * step, column + dc * step
            if 0 <= r < rows - 1 and 0 <= c < columns - 1:
                pixels[r : r + 2, c : c + 2] = _MARK


def _edge_letters(pixels: NDArray[np.uint8], view: View) -> None:
    rows, columns = pixels.shape[:2]
    places = (
        (view.right_lps, rows // 2, columns - 16), (-view.right_lps, rows // 2, 16),
        (view.up_lps, 18, columns // 2), (-view.up_lps, rows - 18, columns // 2),
    )  # fmt: skip
    for direction, row, column in places:
        _stamp(pixels, letters(direction)[:1], row, column)


def _stamp(pixels: NDArray[np.uint8], letter: str, row: int, column: int) -> None:
    """A letter centred at a pixel, white on a black box."""
    for r, c in _ink(letter, row, column, pad=True):
        pixels[r : r + _LETTER_SCALE, c : c + _LETTER_SCALE] = 0
    for r, c in _ink(letter, row, column, pad=False):
        pixels[r : r + _LETTER_SCALE, c : c + _LETTER_SCALE] = 255


def _ink(letter: str, row: int, column: int, *, pad: bool) -> Iterator[tuple[int, int]]:
    """Corners of the blocks of a letter, or of the whole box around it."""
    glyph = np.array([int(bit) for bit in _GLYPHS[letter]]).reshape(7, 5)
    shape = np.ones((9, 7)) if pad else np.pad(glyph, 1)
    for r, c in np.argwhere(shape):
        top = row + (int(r) - 4) * _LETTER_SCALE - 1
        left = column + (int(c) - 3) * _LETTER_SCALE - 1
        if top >= 0 and left >= 0:
            yield top, left
