"""Closed curves through points."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray


def length_mm(points_mm: FloatArray) -> float:
    """Length of the closed curve through `(n, 3)` points."""
    return float(np.linalg.norm(np.roll(points_mm, -1, axis=0) - points_mm, axis=1).sum())


def resample(points_mm: FloatArray, *, count: int) -> FloatArray:
    """`(count, 3)` points evenly spaced along a closed curve, the first one kept."""
    closed = np.vstack([points_mm, points_mm[:1]])
    at = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    wanted = np.arange(count) * (at[-1] / count)
    return np.stack([np.interp(wanted, at, closed[:, axis]) for axis in range(3)], axis=1)


def smooth(points_mm: FloatArray, *, passes: int) -> FloatArray:
    """A closed curve of evenly spaced points, each pass averaging neighbours with weights 1, 2, 1."""
    for _ in range(passes):
        points_mm = 0.25 * np.roll(points_mm, 1, axis=0) + 0.5 * points_mm + 0.25 * np.roll(points_mm, -1, axis=0)
    return points_mm


def tangents(points_mm: FloatArray) -> FloatArray:
    """`(n, 3)` unit tangents of a closed curve by central differences."""
    along = np.roll(points_mm, -1, axis=0) - np.roll(points_mm, 1, axis=0)
    return np.asarray(along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12))
