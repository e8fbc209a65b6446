"""Where the rim of a hole meets the plate's underside: how deep beneath the outer face, and how sharp an edge is left there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.nearest import Nearest
from anatofit.model.frame import FloatArray

SHARPEST_DEG = 61.0  # an edge of less than 60° is a feather that breaks (BP-WALL-1); a degree for facets
_SOLVE, _CLOSE_MM = 12, 1e-3
_AROUND = 32


@dataclass(frozen=True, eq=False)
class Rim:
    """Places around a hole, `(32,)` each: from the outer face's level down to the underside, and the plate's angle between the hole's
    wall and the underside; square is 90°."""

    deep_mm: FloatArray
    edge_deg: FloatArray


def rim_of(
    near: Nearest,
    level: FloatArray,
    axis: FloatArray,
    along: FloatArray,
    *,
    radius_mm: float,
    stretch_mm: float,
    offset_mm: float,
) -> Rim:
    """The rim of a hole around `level`, a place on its axis. The underside is the bone grown by the offset, so its normal is the way
    from the bone's nearest place: a step of the bone shows, however narrow."""
    turns = 2 * np.pi * np.arange(_AROUND) / _AROUND
    ways = np.outer(np.cos(turns), along) + np.outer(np.sin(turns), np.cross(axis, along))
    ends = np.outer(np.clip(2 * np.cos(turns), -1.0, 1.0), stretch_mm / 2 * along)  # two half circles and two sides
    start, deep = level + radius_mm * ways + ends, np.zeros(_AROUND)
    for _ in range(_SOLVE):  # steps as long as nothing is met in any direction
        point = start - deep[:, None] * axis
        away = point - near.asked(point)[0]
        step = np.linalg.norm(away, axis=1) - offset_mm
        deep += step
        if np.abs(step).max() < _CLOSE_MM:
            break
    turned = -np.einsum("ij,ij->i", away, ways) / np.maximum(np.linalg.norm(away, axis=1), 1e-9)
    return Rim(deep, 90.0 - np.rad2deg(np.arcsin(np.clip(turned, -1.0, 1.0))))
