"""A smooth closed line in the plane: points evenly along it, and lines a given way inside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.frame import FloatArray


@dataclass(frozen=True, eq=False)
class Loop:
    """Points (n, 2), counter-clockwise, and the unit normals outward there."""

    points_mm: FloatArray
    normals: FloatArray

    def inside(self, inset_mm: FloatArray) -> FloatArray:
        """(n, 2) each point moved inwards by its own amount."""
        return np.asarray(self.points_mm - self.normals * np.asarray(inset_mm)[..., None])


def loop_through(points_mm: FloatArray, *, spacing_mm: float) -> Loop:
    """The periodic cubic spline through (m, 2) points, at about `spacing_mm`."""
    from scipy.interpolate import CubicSpline

    closed = np.vstack([points_mm, points_mm[:1]])
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    curve = CubicSpline(way, closed, bc_type="periodic")
    fine = np.linspace(0.0, way[-1], 8 * len(points_mm) + 1)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(curve(fine), axis=0).T))])
    count = max(16, round(length[-1] / spacing_mm))
    at = np.interp(np.linspace(0.0, length[-1], count, endpoint=False), length, fine)
    along = curve(at, 1)
    along = along / np.hypot(*along.T)[:, None]
    return Loop(np.asarray(curve(at)), np.column_stack([along[:, 1], -along[:, 0]]))
