"""The gyroid: how far places lie from its middle surface, and how much of its cell a sheet of a given thickness fills."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.field import FieldArray
from anatofit.model.frame import FloatArray

# Area of the surface in a cubic cell of edge one (Schoen 1970: 3.0915), and the volume that parallel surfaces lose to their curvature:
# Steiner's formula with the Euler characteristic of that cell, -8.
AREA, CURVED = 3.0915, 8.0 * np.pi / 6.0
_LEAST_SLOPE = 0.5  # of the field, where it has none: far from the surface, where no exact distance is asked for


def gyroid_mm(x: FloatArray, y: FloatArray, z: FloatArray, *, cell_mm: float) -> FieldArray:
    """Unsigned distance in mm to the middle surface, to first order: right near it, too much further off (by a tenth at a tenth of a cell).

    Coordinates broadcast against each other, each along its own axis.
    """
    turn = np.float32(2.0 * np.pi / cell_mm)
    (sx, cx), (sy, cy), (sz, cz) = (
        (np.sin(turn * v, dtype=np.float32), np.cos(turn * v, dtype=np.float32))
        for v in (np.asarray(c, dtype=np.float32) for c in (x, y, z))
    )
    slope2 = np.square(cx * cy - sz * sx) + np.square(cy * cz - sx * sy) + np.square(cz * cx - sy * sz)
    level = np.abs(sx * cy + sy * cz + sz * cx)
    return np.asarray(level / (turn * np.sqrt(np.maximum(slope2, _LEAST_SLOPE**2))), dtype=np.float32)


def density_of(sheet_mm: float, *, cell_mm: float) -> float:
    """The share of a cell that a sheet of that thickness fills."""
    thick = sheet_mm / cell_mm
    return AREA * thick - CURVED * thick**3


def sheet_of(density: FloatArray, *, cell_mm: float) -> FloatArray:
    """How thick the sheet is that fills that share of a cell, in mm; shares up to 0.9."""
    thick = np.asarray(density, dtype=np.float64) / AREA
    for _ in range(12):
        thick = thick - (AREA * thick - CURVED * thick**3 - density) / (AREA - 3.0 * CURVED * thick**2)
    return np.asarray(thick * cell_mm)
