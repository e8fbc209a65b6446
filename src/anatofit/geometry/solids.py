"""Signed distances of simple solids at the nodes of a lattice: negative inside, exact outside; a field may round and join them.

Coordinates come as arrays that broadcast against each other, in mm, each along its own axis of the solid.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.geometry.field import FieldArray
from anatofit.model.frame import FloatArray

Triple = tuple[float, float, float]


def rounded_box(x: FloatArray, y: FloatArray, z: FloatArray, *, half_mm: Triple, radius_mm: float) -> FieldArray:
    """A box around the origin whose edges are rounded by `radius_mm`; `half_mm` are its half sides, rounding counted in."""
    beyond = [np.abs(c) - (h - radius_mm) for c, h in zip((x, y, z), half_mm, strict=True)]
    outside = np.sqrt(sum(np.square(np.maximum(b, 0.0)) for b in beyond))
    inside = np.minimum(np.maximum(np.maximum(beyond[0], beyond[1]), beyond[2]), 0.0)
    return np.asarray(outside + inside - radius_mm, dtype=np.float32)


def rounded_rectangle(
    x: FloatArray, y: FloatArray, *, centre_mm: tuple[float, float], half_mm: tuple[float, float], radius_mm: float
) -> FieldArray:
    """A rectangle in the plane, corners rounded."""
    beyond = [np.abs(c - m) - (h - radius_mm) for c, m, h in zip((x, y), centre_mm, half_mm, strict=True)]
    outside = np.hypot(np.maximum(beyond[0], 0.0), np.maximum(beyond[1], 0.0))
    inside = np.minimum(np.maximum(beyond[0], beyond[1]), 0.0)
    return np.asarray(outside + inside - radius_mm, dtype=np.float32)


def rod(
    x: FloatArray, y: FloatArray, z: FloatArray, *, axis: Triple, low_mm: float, high_mm: float, radius_mm: float
) -> FieldArray:
    """A round rod through the origin along `axis`, flat at both ends; a bound from below beside its rims."""
    along = x * axis[0] + y * axis[1] + z * axis[2]
    beside = np.sqrt(np.maximum(np.square(x) + np.square(y) + np.square(z) - np.square(along), 0.0)) - radius_mm
    return np.asarray(np.maximum(beside, np.maximum(along - high_mm, low_mm - along)), dtype=np.float32)


def rounded_meeting(fields: Sequence[FloatArray], *, radius_mm: float) -> FieldArray:
    """What lies within all of several solids, the edges where two of them meet rounded by about `radius_mm`.

    Exactly by that radius where they meet square; faces stay where they are. Solids thinner than twice the radius are eaten.
    """
    deepest = np.maximum.reduce(list(fields))
    beyond = np.sqrt(sum(np.square(np.maximum(field + radius_mm, 0.0)) for field in fields))
    return np.asarray(np.where(deepest <= -radius_mm, deepest, beyond - radius_mm), dtype=np.float32)
