"""A face as heights above a plane: where it begins, and how smooth it is."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.field import FieldArray, sample
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid


def surface_offset(
    body: FieldArray,
    grid: Grid,
    points_lps_mm: FloatArray,
    outward_lps: FloatArray,
    *,
    reach_mm: float,
    step_mm: float = 0.2,
) -> FloatArray:
    """How far along `outward` from each point the body begins, coming from inside the skull; nan where it does not."""
    at = np.arange(-reach_mm, reach_mm + step_mm, step_mm)
    ways = points_lps_mm[:, None, :] + at[None, :, None] * np.broadcast_to(outward_lps, points_lps_mm.shape)[:, None, :]
    values = sample(body, grid, ways.reshape(-1, 3)).reshape(len(points_lps_mm), len(at))
    enters = (values[:, :-1] > 0) & (values[:, 1:] <= 0)
    first = np.argmax(enters, axis=1)
    rows = np.arange(len(values))
    a, b = values[rows, first], values[rows, first + 1]
    offset = at[first] + step_mm * a / np.where(a - b > 0, a - b, 1.0)
    return np.asarray(np.where(enters.any(axis=1), offset, np.nan))


def roughness_mm(offset_mm: FloatArray, x_mm: FloatArray, y_mm: FloatArray) -> FloatArray:
    """How far each row of `(n, places)` offsets leaves the parabolic face that fits it best, root mean square in mm."""
    terms = np.stack([np.ones_like(x_mm), x_mm, y_mm, x_mm**2, x_mm * y_mm, y_mm**2], axis=1)
    rest = offset_mm - offset_mm @ (terms @ np.linalg.pinv(terms)).T
    return np.asarray(np.sqrt(np.mean(np.square(rest), axis=1)))
