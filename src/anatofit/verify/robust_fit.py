"""Least squares over the area of triangles, in which what stands off from the rest weighs little."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray

_ROUNDS = 12
_WIDTHS = 3.0  # of the median residual: what lies farther off is told by something else than the surface
_LEAST_MM = 2e-4  # rounding to float32 at 1000 mm


def over_faces(triangles: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`(4m, 3)` places and `(4m,)` weights in mm² over which sums of squares are the integrals over `(m, 3, 3)` triangles."""
    a, b, c = np.moveaxis(triangles, 1, 0)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    points = np.concatenate([a, b, c, (a + b + c) / 3])
    return points, np.concatenate([area / 12, area / 12, area / 12, area * 0.75])


def fitted(basis: FloatArray, values: FloatArray, weights: FloatArray) -> FloatArray:
    """The coefficients of `basis @ x = values`, by weighted least squares reweighted after Cauchy."""
    trust = np.ones(len(values))
    found: FloatArray = np.zeros(basis.shape[1])
    for _ in range(_ROUNDS):
        root = np.sqrt(weights * trust)
        found = np.asarray(np.linalg.lstsq(basis * root[:, None], values * root, rcond=None)[0])
        rest = np.abs(basis @ found - values)
        width = max(_WIDTHS * _median(rest, weights), _LEAST_MM)
        trust = 1.0 / (1.0 + np.square(rest / width))
    return found


def _median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values, kind="stable")
    run = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(run, run[-1] / 2)])
