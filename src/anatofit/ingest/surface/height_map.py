"""A height map of a sole as text becomes an open surface, right-handed whichever way it was looked at."""

from __future__ import annotations

import numpy as np

from anatofit.ingest.surface.grid_text import read_grid
from anatofit.ingest.surface.raw import RawSurface, checked, refused
from anatofit.model.surface_scan import Unit

MARK = b"# anatofit height map"
_CELLS_MM = (0.1, 5.0)  # finer than any scanner of feet resolves, to coarser than an arch can be told by
_MOST_MM = 200.0  # a sole with its flanks, or a deep foam box, is no higher


def read_height_map(data: bytes) -> RawSurface:
    """The surface through the cells' middles, triangles where all four corners were measured; z dorsal. Raises ScanUnsuitableError."""
    grid = read_grid(data, what="height map", cells_mm=_CELLS_MM)
    unit = grid.header.get("unit", "mm")
    if unit != "mm":
        raise refused("grid-header", "The height map states a unit other than mm")
    z = grid.values
    if np.isfinite(z).sum() < 4:
        raise refused("surface-empty", "The height map has fewer than four measured cells")
    if float(np.nanmax(z) - np.nanmin(z)) > _MOST_MM:
        raise refused("grid-numbers", f"Heights in the map differ by more than {_MOST_MM:g} mm")
    x, y = grid.xy_mm()
    number = np.cumsum(np.isfinite(z).ravel()).reshape(z.shape) - 1
    there = np.isfinite(z)
    whole = there[:-1, :-1] & there[1:, :-1] & there[:-1, 1:] & there[1:, 1:]
    a, b, c, d = (corner[whole] for corner in (number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]))
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])
    if grid.from_above:
        faces = faces[:, ::-1]
    notes = (f"A height map of {z.shape[0]} by {z.shape[1]} cells of {grid.cell_mm:g} mm became a surface, z dorsal",)
    return checked(RawSurface("height map", np.stack([x[there], y[there], z[there]], 1), faces, Unit.MM, notes))
