"""Scores of a restored piece against the bone that was removed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]


def dice(first: Mask, second: Mask) -> float:
    """Twice the common volume over the sum of both; 1 for two empty masks."""
    total = int(first.sum()) + int(second.sum())
    return 1.0 if total == 0 else 2.0 * int((first & second).sum()) / total


def boundary(mask: Mask) -> Mask:
    """Voxels of a mask with a face neighbour outside it."""
    from scipy import ndimage

    return np.asarray(mask & ~ndimage.binary_erosion(mask, border_value=0))


def hausdorff_mm(first: Mask, second: Mask, spacing_kji_mm: Any, percentile: float = 95.0) -> float:
    """The larger of both directed distances between boundary voxels at a percentile; inf if one is empty."""
    from scipy import ndimage

    a, b = boundary(first), boundary(second)
    if not a.any() or not b.any():
        return float("inf")
    to_b = ndimage.distance_transform_edt(~b, sampling=spacing_kji_mm)[a]
    to_a = ndimage.distance_transform_edt(~a, sampling=spacing_kji_mm)[b]
    return float(max(np.percentile(to_b, percentile), np.percentile(to_a, percentile)))


def normal_share(radius_mm: FloatArray, cell_rad: float) -> FloatArray:
    """Cosine between ray and normal of a surface given by its radius on cells of equal angle."""
    down, across = np.gradient(radius_mm, cell_rad)
    return np.asarray(1.0 / np.sqrt(1.0 + (down**2 + across**2) / radius_mm**2))


def rms(values: FloatArray) -> float:
    """Root of the mean square; NaN of nothing."""
    return float(np.sqrt(np.mean(np.square(values)))) if len(values) else float("nan")
