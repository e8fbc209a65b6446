"""Label voxels brought onto the scan's grid: without a change where the grids have their voxels in common, else by the nearest one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.research.stops import stop
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.volume import Volume

# Positions in headers are decimal numbers: what lies no further apart is one place.
EQUAL_MM = 0.01
# Bone-like on both sides of where a label's grid ends: the bone goes on, the label does not.
DENSE_HU = 250
CUT_SHARE, CUT_VOXELS = 0.2, 20
SAME_GRID = "voxel by voxel: labels and scan have the same grid"
NEAREST = "from another grid: each voxel of the scan took the nearest voxel of the labels"


@dataclass(frozen=True)
class Block:
    """Label voxels `[k, j, i]` and the `(4, 4)` that places index (i, j, k) in LPS mm."""

    inside: NDArray[np.bool_]
    affine_lps_mm: FloatArray

    @property
    def shape_ijk(self) -> tuple[int, int, int]:
        k, j, i = self.inside.shape
        return i, j, k


def index_affine(affine_lps_mm: FloatArray, grid: Grid) -> FloatArray:
    """`(4, 4)` from index (i, j, k) of the labels to index coordinates of the scan."""
    out = np.eye(4)
    out[:3, :3] = grid.to_index(grid.origin_lps_mm + affine_lps_mm[:3, :3].T).T
    out[:3, 3] = grid.to_index(affine_lps_mm[:3, 3])
    return out


def lattice(affine_lps_mm: FloatArray, shape_ijk: tuple[int, int, int], grid: Grid) -> NDArray[np.int64] | None:
    """`(3, 4)` whole numbers from index to index where every label voxel is one of the scan's, to 0.01 mm; else None."""
    exact = index_affine(affine_lps_mm, grid)[:3]
    whole = np.rint(exact)
    turn = np.abs(whole[:, :3])
    if not (np.array_equal(turn.sum(axis=0), np.ones(3)) and np.array_equal(turn.sum(axis=1), np.ones(3))):
        return None
    last = np.array(shape_ijk) - 1
    corners = np.array([[i, j, k, 1] for i in (0, last[0]) for j in (0, last[1]) for k in (0, last[2])])
    off_mm = np.abs(corners @ (exact - whole).T) * grid.spacing_ijk_mm
    return whole.astype(np.int64) if float(off_mm.max()) <= EQUAL_MM else None


def place(blocks: Iterable[tuple[Block, NDArray[np.int64]]], grid: Grid) -> NDArray[np.bool_]:
    """Blocks whose voxels are the scan's, voxel by voxel. Raises ScanUnsuitableError where some lie beyond the scan."""
    out = np.zeros(grid.shape_kji, dtype=bool)
    total = beyond = 0
    for block, whole in blocks:
        for k, plane in enumerate(block.inside):
            j, i = np.nonzero(plane)
            at = (whole[:, :3] @ np.stack([i, j, np.full_like(i, k)]) + whole[:, 3:])[::-1]
            inside = ((at >= 0) & (at < np.array(grid.shape_kji)[:, None])).all(axis=0)
            out[tuple(at[:, inside])] = True
            total, beyond = total + len(i), beyond + int((~inside).sum())
    _refuse_beyond(beyond, total)
    return out


def resample(block: Block, grid: Grid) -> NDArray[np.bool_]:
    """Each voxel of the scan by the label voxel whose centre is nearest along the label's axes; none beyond the labels' grid."""
    _refuse_beyond(*_beyond(block, grid))
    back = np.linalg.inv(index_affine(block.affine_lps_mm, grid))
    out = np.zeros(grid.shape_kji, dtype=bool)
    j, i = (n.ravel() for n in np.indices(grid.shape_kji[1:]))
    flat = back[:3, :2] @ np.stack([i, j]) + back[:3, 3:]
    counts = np.array(block.shape_ijk)[:, None]
    for k in range(grid.shape_kji[0]):
        at = np.rint(flat + back[:3, 2:3] * k).astype(np.int64)
        inside = ((at >= 0) & (at < counts)).all(axis=0)
        plane = out[k].reshape(-1)
        plane[inside] = block.inside[tuple(at[::-1, inside])]
    return out


def _beyond(block: Block, grid: Grid) -> tuple[int, int]:
    """Label voxels that lie more than a voxel of either grid outside the scan, and all of them."""
    to_scan = index_affine(block.affine_lps_mm, grid)
    margin = 1.0 + np.abs(to_scan[:3, :3]).sum(axis=1)[:, None] / 2
    counts = np.array(grid.shape_kji[::-1])[:, None]
    total = beyond = 0
    for k, plane in enumerate(block.inside):
        j, i = np.nonzero(plane)
        at = to_scan[:3, :3] @ np.stack([i, j, np.full_like(i, k)]) + to_scan[:3, 3:]
        beyond += int(((at < -margin) | (at > counts - 1 + margin)).any(axis=0).sum())
        total += len(i)
    return beyond, total


def _refuse_beyond(beyond: int, total: int) -> None:
    if beyond:
        raise stop("labels-extent", f"{beyond} of the {total} labelled voxels lie outside the scan")


def refuse_cut(block: Block, volume: Volume) -> None:
    """Raises ScanUnsuitableError where the labels' grid ends within the scan and the labelled bone goes on beyond it."""
    to_scan = index_affine(block.affine_lps_mm, volume.grid)
    counts = np.array(volume.grid.shape_kji[::-1])[:, None]
    for axis in range(3):
        for at_end in (False, True):
            layer = block.shape_ijk[axis] - 1 if at_end else 0
            b, a = np.nonzero(np.take(block.inside, layer, axis=2 - axis))
            index = np.insert(np.stack([a, b]), axis, layer, axis=0)
            here = np.rint(to_scan[:3, :3] @ index + to_scan[:3, 3:]).astype(np.int64)
            index[axis] += 1 if at_end else -1
            next_to = np.rint(to_scan[:3, :3] @ index + to_scan[:3, 3:]).astype(np.int64)
            seen = ((here >= 0) & (here < counts) & (next_to >= 0) & (next_to < counts)).all(axis=0)
            dense = (volume.hu[tuple(here[::-1, seen])] > DENSE_HU) & (volume.hu[tuple(next_to[::-1, seen])] > DENSE_HU)
            if dense.sum() > max(CUT_VOXELS, CUT_SHARE * max(len(a), 1)):
                raise stop(
                    "labels-extent",
                    f"The labels' grid ends at {int(dense.sum())} places where the scan shows the bone going on",
                )
