"""Words set into the pixels of a picture that no window drew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_DPI = 72  # a point is a pixel


def write(pixels: NDArray[np.uint8], words: str, *, row: int, column: int, size_px: int, upright: bool = False) -> None:
    """Dark words with their middle at a pixel, in place; upright: to be read from below upwards."""
    ink = _ink(words, size_px)
    ink = np.rot90(ink) if upright else ink
    top, left = max(row - ink.shape[0] // 2, 0), max(column - ink.shape[1] // 2, 0)
    there = pixels[top : top + ink.shape[0], left : left + ink.shape[1]]
    share = ink[: there.shape[0], : there.shape[1], None] / 255.0
    there[:] = np.rint(there * (1.0 - share)).astype(np.uint8)


def _ink(words: str, size_px: int) -> NDArray[np.uint8]:
    """(rows, columns) of how much of each pixel is covered, 0 to 255."""
    import vtkmodules.vtkRenderingFreeType  # noqa: F401  (registers the engine)
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkRenderingCore import vtkTextProperty, vtkTextRenderer

    looks, image, size = vtkTextProperty(), vtkImageData(), [0, 0]
    looks.SetFontFamilyToArial()
    looks.SetFontSize(size_px)
    vtkTextRenderer.GetInstance().RenderString(looks, words, image, size, _DPI)
    wide, high, _ = image.GetDimensions()
    cover = np.asarray(vtk_to_numpy(image.GetPointData().GetScalars())).reshape(high, wide, 4)[::-1, :, 3]
    rows, columns = (np.flatnonzero(cover.any(axis=axis)) for axis in (1, 0))
    return np.asarray(cover[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], dtype=np.uint8)
