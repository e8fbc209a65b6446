"""The inside of the head, found by looking around: a place with bone in nearly every direction lies inside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.model.cranium import BoneEdge
from anatofit.model.frame import FloatArray

BLOCK_MM = 4.0
REACH_MM = 110.0  # no inside of a skull is farther from bone than this
BLIND_DIRECTIONS = 5  # of 26: a hole in the skull or the foramen magnum may lie in that many
SMALLEST_CM3 = 300.0  # a newborn's cranial cavity holds more


def cavity_points(bone: BoneEdge) -> FloatArray:
    """`(n, 3)` LPS mm of evenly spaced places inside the cranial cavity.

    Raises ScanUnsuitableError where the scan encloses none.
    """
    from scipy import ndimage

    grid = bone.volume.grid
    factor = np.maximum(1, np.rint(BLOCK_MM / grid.spacing_ijk_mm[::-1])).astype(int)
    solid = _solid_blocks(bone, (int(factor[0]), int(factor[1]), int(factor[2])))
    step_kji_mm = factor * grid.spacing_ijk_mm[::-1]
    inside = (_directions_with_bone(solid, step_kji_mm) >= 26 - BLIND_DIRECTIONS) & ~solid
    labels, count = ndimage.label(inside)
    sizes = ndimage.sum_labels(inside, labels, np.arange(1, count + 1)) if count else np.zeros(1)
    if sizes.max() * np.prod(step_kji_mm) < SMALLEST_CM3 * 1000:
        raise ScanUnsuitableError(
            Reason(
                "field-of-view",
                f"the bone encloses {sizes.max() * np.prod(step_kji_mm) / 1000:.0f} cm³, a head over {SMALLEST_CM3:.0f} cm³; scan the whole skull vault",
            )
        )
    blocks = np.argwhere(labels == 1 + int(np.argmax(sizes)))
    centres = (blocks + 0.5) * factor - 0.5
    return np.asarray(grid.to_lps(centres[:, ::-1]))


def _solid_blocks(bone: BoneEdge, factor: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Blocks that hold bone; slab by slab, so that no second volume is needed."""
    middle = bone.figures["edge_median_hu"]
    slabs = []
    for low in range(0, bone.volume.hu.shape[0], factor[0]):
        top = bone.volume.hu[low : low + factor[0]].max(axis=0)
        rows = np.maximum.reduceat(top, np.arange(0, top.shape[0], factor[1]), axis=0)
        slabs.append(np.maximum.reduceat(rows, np.arange(0, rows.shape[1], factor[2]), axis=1) > middle)
    return np.stack(slabs)


def _directions_with_bone(solid: NDArray[np.bool_], step_kji_mm: NDArray[np.float64]) -> NDArray[np.int64]:
    """In how many of the 26 grid directions a block sees bone within reach."""
    seen = np.zeros(solid.shape, dtype=np.int64)
    for offset in np.ndindex(3, 3, 3):
        direction = np.array(offset) - 1
        if direction.any():
            steps = int(REACH_MM / np.linalg.norm(direction * step_kji_mm))
            seen += _sees(solid, direction, steps)
    return seen


def _sees(solid: NDArray[np.bool_], direction: NDArray[np.int64], steps: int) -> NDArray[np.bool_]:
    """Blocks from which walking up to `steps` blocks along `direction` meets a solid one."""
    take = tuple(slice(d, None) if d > 0 else slice(None, d if d < 0 else None) for d in direction)
    put = tuple(slice(None, -d) if d > 0 else slice(-d if d < 0 else None, None) for d in direction)
    reached = solid.copy()
    for _ in range(steps):
        walked = solid.copy()
        walked[put] |= reached[take]
        reached = walked
    return reached
