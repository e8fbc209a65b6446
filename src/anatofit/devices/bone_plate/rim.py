"""Where the rim of a hole meets a face of the plate: how deep beneath its middle, and how sharp an edge is left there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.nearest import Nearest
from anatofit.model.frame import FloatArray

_SOLVE, _CLOSE_MM = 12, 1e-3
_AROUND = 32


@dataclass(frozen=True, eq=False)
class Rim:
    """Places around a hole, `(32,)` each: down from its middle on the outer face to a face, and what angle the hole's wall makes with the
    side of that face away from the bone, as the plate has at its underside; square is 90°."""

    deep_mm: FloatArray
    edge_deg: FloatArray


def rim_of(
    near: Nearest,
    middle: FloatArray,
    axis: FloatArray,
    along: FloatArray,
    *,
    radius_mm: float,
    stretch_mm: float,
    level_mm: float,
) -> Rim:
    """The rim of a hole around `middle`, a place on its axis, where it meets the face that stands so far off the bone.

    That face is the bone grown by the level, so its normal is the way from the bone's nearest place: a step of the bone shows,
    however narrow.
    """
    turns = 2 * np.pi * np.arange(_AROUND) / _AROUND
    ways = np.outer(np.cos(turns), along) + np.outer(np.sin(turns), np.cross(axis, along))
    ends = np.outer(np.clip(2 * np.cos(turns), -1.0, 1.0), stretch_mm / 2 * along)  # two half circles and two sides
    deep, normals = let_down(near, middle + radius_mm * ways + ends, axis, level_mm=level_mm)
    inward = -np.einsum("ij,ij->i", normals, ways)
    return Rim(deep, 90.0 - np.rad2deg(np.arcsin(np.clip(inward, -1.0, 1.0))))


def let_down(
    near: Nearest, places: FloatArray, up: FloatArray, *, level_mm: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """How far places `(n, 3)` lie above the surface that stands off the bone by a level, down along `up`, and its unit normals there."""
    deep = np.zeros(len(places))
    for _ in range(_SOLVE):  # steps as long as nothing is met in any direction
        point = places - deep[:, None] * up
        away = point - near.asked(point)[0]
        step = np.linalg.norm(away, axis=1) - level_mm
        deep += step
        if np.abs(step).max() < _CLOSE_MM:
            break
    return deep, away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
