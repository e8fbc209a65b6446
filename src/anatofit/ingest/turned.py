"""Voxels stored along any axes, in any order and mirrored or not, put on the right-handed grid nearest to LPS: the same places."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid

# Axes this near to those of the patient are theirs: headers of single precision round by 1e-7, and over 500 mm this moves no
# voxel by more than half a micrometre.
STRAIGHT = 1e-6


@dataclass(frozen=True)
class Turned:
    """The final grid, and the `(3, 3)` signed permutation to it: column a holds the stored axis along final axis a."""

    grid: Grid
    turn: FloatArray

    def as_stored(self, array: NDArray[Any]) -> NDArray[Any]:
        """A view of an array on the final grid that is indexed as the file is: `[slowest, …, fastest]`."""
        final = [int(np.argmax(np.abs(self.turn[b]))) for b in range(3)]
        view = array.transpose([2 - final[b] for b in (2, 1, 0)])
        return view[tuple(slice(None, None, -1 if self.turn[b].sum() < 0 else 1) for b in (2, 1, 0))]


def turned(affine_lps_mm: FloatArray, shape_ijk: tuple[int, int, int]) -> Turned:
    """The grid of the voxels that `(4, 4)` `affine_lps_mm` places; its axes must be at right angles (see `skew_of`)."""
    spacing = np.linalg.norm(affine_lps_mm[:3, :3], axis=0)
    axes = _straightened(affine_lps_mm[:3, :3] / spacing)
    turn = nearest_turn(axes)
    counts = np.array(shape_ijk)
    # the final first node is the stored last one along every axis that is turned round
    first = np.where(turn.sum(axis=1) < 0, counts - 1, 0)
    origin = affine_lps_mm[:3, 3] + affine_lps_mm[:3, :3] @ first
    nx, ny, nz = (int(n) for n in np.abs(turn).T @ counts)
    return Turned(Grid((nz, ny, nx), origin, np.abs(turn).T @ spacing, axes @ turn), turn)


def nearest_turn(axes: FloatArray) -> FloatArray:
    """The signed permutation T for which `axes @ T` is right-handed and nearest to LPS; it mirrors where `axes` do."""
    hand = np.sign(np.linalg.det(axes))
    turns = []
    for order in permutations(range(3)):
        for signs in np.ndindex(2, 2, 2):
            turn = np.zeros((3, 3))
            turn[list(order), range(3)] = 1 - 2 * np.array(signs)
            if np.linalg.det(turn) * hand > 0:
                turns.append(turn)
    return max(turns, key=lambda turn: round(float(np.trace(axes @ turn)), 9))


def skew_of(affine_lps_mm: FloatArray) -> float:
    """The largest cosine between two axes: 0 at right angles."""
    axes = affine_lps_mm[:3, :3] / np.linalg.norm(affine_lps_mm[:3, :3], axis=0)
    return float(np.abs(axes.T @ axes - np.eye(3)).max())


def _straightened(axes: FloatArray) -> FloatArray:
    """The nearest axes at right angles (Schönemann, Psychometrika 31:1, 1966), and the patient's own where they are those."""
    whole = np.rint(axes)
    if float(np.abs(axes - whole).max()) < STRAIGHT:
        return np.asarray(whole + 0.0)
    u, _, v = np.linalg.svd(axes)
    return np.asarray(u @ v)
