"""Masks on a chart and closed loops in space, one from the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.chart import Chart, read_map
from anatofit.model.frame import FloatArray


def outline_loop(mask: NDArray[np.bool_], chart: Chart, radius_mm: FloatArray) -> FloatArray:
    """`(n, 3)` closed loop around the largest part of a mask, at `radius_mm` (n, n) from the chart's centre."""
    from scipy import ndimage
    from skimage import measure

    soft = ndimage.gaussian_filter(np.pad(mask, 3).astype(np.float64), 1.0)
    loops = measure.find_contours(soft, 0.5)
    cells = max(loops, key=len)[:-1] - 3.0
    return np.asarray(chart.centre_lps_mm + chart.directions_at(cells) * read_map(radius_mm, cells)[:, None])


def mask_inside(loop_lps_mm: FloatArray, chart: Chart) -> NDArray[np.bool_]:
    """Cells of a chart inside a closed loop in space."""
    from skimage import draw

    cells, _ = chart.to_cells(loop_lps_mm)
    return np.asarray(draw.polygon2mask((chart.size, chart.size), cells))
