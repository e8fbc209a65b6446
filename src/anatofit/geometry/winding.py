"""How often a surface goes round a point: near one inside, near zero outside, in between where it is open."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray

_CHUNK = 500_000


def winding_numbers(triangles_mm: FloatArray, points_mm: FloatArray) -> FloatArray:
    """`(n,)` generalized winding number of outward triangles `(m, 3, 3)` round points `(n, 3)` (van Oosterom and Strackee 1983;
    Jacobson et al. 2013)."""
    return np.array([_solid_angle(triangles_mm, point) for point in points_mm]) / (4 * np.pi)


def _solid_angle(triangles: FloatArray, point: FloatArray) -> float:
    total = 0.0
    for start in range(0, len(triangles), _CHUNK):
        a, b, c = np.moveaxis(triangles[start : start + _CHUNK] - point, 1, 0)
        la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
        volume = (a * np.cross(b, c)).sum(axis=1)
        rest = la * lb * lc + (a * b).sum(axis=1) * lc + (b * c).sum(axis=1) * la + (c * a).sum(axis=1) * lb
        total += float(np.arctan2(volume, rest).sum() * 2)
    return total
