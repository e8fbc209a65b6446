"""Where the nodes of a volume come to lie: the grid nearest to LPS, and the view of its array that takes slices as they are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from anatofit.ingest.series.stack import Stack
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid


@dataclass(frozen=True)
class Lattice:
    """Nodes at `origin + axes @ (spacing * (i, j, k))`, in the order that the values come in.

    axes_lps: (3, 3) orthonormal, columns along i, j, k; of either hand. origin_lps_mm: (3,). counts_ijk: nodes along each.
    """

    axes_lps: FloatArray
    origin_lps_mm: FloatArray
    spacing_ijk_mm: FloatArray
    counts_ijk: tuple[int, int, int]


@dataclass(frozen=True)
class Target:
    """A grid, its array, and the view `[k, j, i]` of that array in the order of the lattice."""

    grid: Grid
    hu: NDArray[Any]
    slices: NDArray[Any]


def stack_lattice(stack: Stack, *, rows: int, columns: int, pixel_mm: tuple[float, ...]) -> Lattice:
    """The pixels of an even, unsheared stack, each where its slice is. `pixel_mm` steps (between rows, between columns)."""
    spacing = np.array([pixel_mm[1], pixel_mm[0], stack.step_mm])
    return Lattice(stack.axes_lps, stack.origin_lps_mm, spacing, (columns, rows, len(stack.order)))


def target_of(lattice: Lattice, dtype: DTypeLike) -> Target:
    """An array on the right-handed grid nearest to LPS that has the lattice's nodes."""
    grid, turn = target_grid(lattice)
    hu = np.empty(grid.shape_kji, dtype=dtype)
    # array axes are [k, j, i]; lattice axis b lies along final axis a
    final = [int(np.argmax(np.abs(turn[b]))) for b in range(3)]
    view = hu.transpose([2 - final[b] for b in (2, 1, 0)])
    flips = tuple(slice(None, None, -1 if turn[b].sum() < 0 else 1) for b in (2, 1, 0))
    return Target(grid, hu, view[flips])


def target_grid(lattice: Lattice) -> tuple[Grid, FloatArray]:
    """The grid nearest to LPS, and the `(3, 3)` signed permutation: column a: the lattice axis along final axis a."""
    counts = np.array(lattice.counts_ijk)
    turn = _nearest_turn(lattice.axes_lps)
    # the final first node is the lattice's last one along every axis that is turned round
    first = np.where(turn.sum(axis=1) < 0, counts - 1, 0)
    origin = lattice.origin_lps_mm + lattice.axes_lps @ (lattice.spacing_ijk_mm * first)
    nx, ny, nz = (int(n) for n in np.abs(turn).T @ counts)
    return Grid((nz, ny, nx), origin, np.abs(turn).T @ lattice.spacing_ijk_mm, lattice.axes_lps @ turn), turn


def _nearest_turn(axes: FloatArray) -> FloatArray:
    """The signed permutation T for which `axes @ T` is right-handed and nearest to LPS."""
    turns = []
    for order in permutations(range(3)):
        for signs in np.ndindex(2, 2, 2):
            turn = np.zeros((3, 3))
            turn[list(order), range(3)] = 1 - 2 * np.array(signs)
            if np.linalg.det(axes @ turn) > 0:
                turns.append(turn)
    return max(turns, key=lambda turn: round(float(np.trace(axes @ turn)), 9))
