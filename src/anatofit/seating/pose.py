"""Where guides are: a rotation and a shift each, and how they go from one to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Pose:
    """Where guides are: rotations (n, 3, 3) about the middle of the contact, then shifts_mm (n, 3), from where the plan has it."""

    rotations: FloatArray
    shifts_mm: FloatArray

    def __getitem__(self, some: slice | BoolArray) -> Pose:
        return Pose(self.rotations[some], self.shifts_mm[some])


def moved(pose: Pose, move: FloatArray, reach_mm: float) -> Pose:
    """Every guide turned about its middle by move[:, 3:] (mm at the places' reach) and shifted by move[:, :3] mm."""
    turn = rotations_of(move[:, 3:] / reach_mm)
    return Pose(np.einsum("nij,njk->nik", turn, pose.rotations), pose.shifts_mm + move[:, :3])


def chosen(yes: NDArray[np.bool_], a: Pose, b: Pose) -> Pose:
    """Of each guide the pose of `a` where `yes`, else that of `b`."""
    return Pose(
        np.where(yes[:, None, None], a.rotations, b.rotations), np.where(yes[:, None], a.shifts_mm, b.shifts_mm)
    )


def rotations_of(vectors: FloatArray) -> FloatArray:
    """(n, 3, 3) turns about (n, 3) vectors by their length in radians (Rodrigues)."""
    angle = np.sqrt(np.square(vectors).sum(axis=1))[:, None, None]
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    first, second = np.sinc(angle / np.pi), 0.5 * np.sinc(angle / (2 * np.pi)) ** 2
    return np.asarray(np.eye(3) + first * cross + second * np.einsum("nij,njk->nik", cross, cross))


def vector_of(rotations: FloatArray) -> FloatArray:
    """(n, 3) the turn of each rotation as a vector, radians; below a half turn."""
    r = rotations
    twice = np.stack([r[:, 2, 1] - r[:, 1, 2], r[:, 0, 2] - r[:, 2, 0], r[:, 1, 0] - r[:, 0, 1]], axis=1)
    sine = 0.5 * np.sqrt(np.square(twice).sum(axis=1))
    angle = np.arctan2(sine, 0.5 * (r[:, 0, 0] + r[:, 1, 1] + r[:, 2, 2] - 1.0))
    return np.asarray(twice * np.where(sine > 1e-9, angle / np.maximum(2 * sine, 1e-12), 0.5)[:, None])
