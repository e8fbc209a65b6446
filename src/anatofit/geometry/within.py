"""Which points lie within a closed mesh."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.field import BoolArray, occupancy
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

STEP_MM = 0.4  # a point is taken to its nearest node; over a volume what is won and lost at the surface evens out


def within(mesh: Mesh, points_lps_mm: FloatArray) -> BoolArray:
    """`(n,)` whether points `(n, 3)` lie within a closed mesh, to 0.4 mm. Raises GeometryError for an open mesh."""
    low, high = (end(mesh.vertices_lps_mm, axis=0) for end in (np.min, np.max))
    count = np.ceil((high - low) / STEP_MM).astype(int) + 3
    grid = Grid((int(count[2]), int(count[1]), int(count[0])), low - STEP_MM, np.full(3, STEP_MM))
    index = np.clip(np.rint(grid.to_index(points_lps_mm)).astype(np.int64), 0, count - 1)
    return np.asarray(occupancy(mesh, grid).inside[index[:, 2], index[:, 1], index[:, 0]])
