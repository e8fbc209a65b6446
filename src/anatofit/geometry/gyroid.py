"""The gyroid: how far places lie from its middle surface, and how much of its cell a sheet of a given thickness fills."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.field import FieldArray
from anatofit.model.frame import FloatArray

# Area of the surface in a cubic cell of edge one (Schoen 1970: 3.0915), and the volume that parallel surfaces lose to their curvature:
# Steiner's formula with the Euler characteristic of that cell, -8.
AREA, CURVED = 3.0915, 8.0 * np.pi / 6.0
_Three = tuple[FieldArray, FieldArray, FieldArray]
_LEAST_SLOPE = 0.5  # of the field, where it has none: far from the surface, where no exact distance is asked for


def gyroid_mm(x: FloatArray, y: FloatArray, z: FloatArray, *, cell_mm: float) -> FieldArray:
    """Unsigned distance in mm to the middle surface: right to a thousandth of a cell up to a tenth of one off, rougher further away.

    The root of the level along its slope, a fifth of it of first order and four fifths of second: their errors are opposite, and so weighed
    sheets of up to 0.65 of the cell fill what Steiner's formula says, to 0.004. Coordinates broadcast, each along its own axis.
    """
    turn = np.float32(2.0 * np.pi / cell_mm)
    (sx, cx), (sy, cy), (sz, cz) = (
        (np.sin(turn * v, dtype=np.float32), np.cos(turn * v, dtype=np.float32))
        for v in (np.asarray(c, dtype=np.float32) for c in (x, y, z))
    )
    terms = sx * cy, sy * cz, sz * cx
    level = terms[0] + terms[1] + terms[2]
    rise = cx * cy - sz * sx, cy * cz - sx * sy, cz * cx - sy * sz
    squared = np.square(rise[0]) + np.square(rise[1]) + np.square(rise[2])
    slope = np.sqrt(np.maximum(squared, np.float32(_LEAST_SLOPE**2)))
    bent = _bent(terms, rise, (cx * sy, cy * sz, cz * sx))
    first = np.abs(level) / slope
    second = 2 * first / (1 + np.sqrt(np.maximum(1 - 2 * first * np.sign(level) * bent / slope**3, np.float32(0))))
    return np.asarray((first + 4 * second) / (5 * turn), dtype=np.float32)


def _bent(terms: _Three, rise: _Three, mixed: _Three) -> FieldArray:
    """The second derivative of the level along its slope, times the square of the slope. mixed: second derivatives by two axes, negative."""
    (a, b, c), (u, v, w), (xy, yz, zx) = terms, rise, mixed
    own = np.square(u) * (a + c) + np.square(v) * (a + b) + np.square(w) * (b + c)
    return np.asarray(-own - 2 * (u * v * xy + v * w * yz + w * u * zx), dtype=np.float32)


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
