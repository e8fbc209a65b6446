"""Points turned and moved element by element: no number of threads changes a digit, as it may in a matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid


def turned(matrix: FloatArray, columns: Sequence[NDArray[Any]], offset: FloatArray) -> FloatArray:
    """`matrix @ (x, y, z) + offset` for columns x, y, z; element by element, so that no number of threads changes a digit."""
    result = np.empty((len(columns[0]), 3))
    for n in range(3):
        a, b, c = matrix[n]
        result[:, n] = a * columns[0] + b * columns[1] + c * columns[2] + offset[n]
    return result


def index_of(grid: Grid, points_lps_mm: FloatArray) -> FloatArray:
    """`(n, 3)` index coordinates i, j, k of points; as `Grid.to_index`, whatever the number of threads."""
    matrix = (grid.direction_lps / grid.spacing_ijk_mm).T
    origin = [
        -(
            matrix[n, 0] * grid.origin_lps_mm[0]
            + matrix[n, 1] * grid.origin_lps_mm[1]
            + matrix[n, 2] * grid.origin_lps_mm[2]
        )
        for n in range(3)
    ]
    return turned(matrix, list(np.asarray(points_lps_mm).T), np.array(origin))
