"""Rounding of a body that is given as a field: what a ball of a given radius can reach from inside stays."""

from __future__ import annotations

import numpy as np

from anatofit.errors import GeometryError
from anatofit.geometry.bridge import mesh_of_field
from anatofit.geometry.field import FieldArray, unsigned_field
from anatofit.model.grid import Grid


def opened(values: FieldArray, grid: Grid, *, radius_mm: float) -> FieldArray:
    """Morphological opening with a ball: convex edges get `radius_mm`, anything thinner than twice that goes.

    Distances are exact to the triangles of the body's own surface; the result never lies outside the body.
    Raises GeometryError where nothing is left.
    """
    step = float(grid.spacing_ijk_mm.max())
    reach = radius_mm + 2 * step
    inside = values < 0
    depth = unsigned_field(mesh_of_field(values, grid), grid, band_mm=reach, region=inside)
    eroded = np.where(inside, radius_mm - depth, radius_mm).astype(np.float32)
    if not (eroded < 0).any():
        raise GeometryError(f"nothing of the body is thicker than {2 * radius_mm:.2f} mm; a larger defect or a smaller edge radius is wanted")
    core = mesh_of_field(eroded, grid)
    distance = unsigned_field(core, grid, band_mm=reach, region=(eroded >= 0) & (values < step))
    grown = np.where(eroded < 0, -radius_mm, distance - radius_mm).astype(np.float32)
    return np.asarray(np.maximum(values, grown))
