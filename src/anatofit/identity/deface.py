"""The face taken out of a head CT that is stored to be looked at: soft tissue in front of the facial skeleton becomes air."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.volume import Volume

# Nothing within this distance of bone is touched: the edge of bone and what its partial volume needs.
KEEP_MM = 3.0
# Where a face is taken away there is air without noise, as outside the head.
AIR_HU = -1000
_BONE_HU, _BODY_HU = 300.0, -400.0
_BLOCK_MM = 2.0  # the face is found on blocks of this size; a block that holds one voxel of bone is bone
_SPECK_MM3 = 1000.0  # a jaw or a tooth with its root is larger; noise, a wire or a piercing is not
# An orbit is some 40 mm wide and 35 mm high, its mouth closed by a disc of this radius; behind it bone lies 12 to 60 mm deep
# (a hole in the forehead is deeper: the back of the head is behind it).
_CLOSING_MM = 26.0
_ORBIT_DEPTH_MM = (12.0, 60.0)
_ORBIT_WIDTH_MM, _ORBIT_HEIGHT_MM = 14.0, 12.0
_BROW_MM = 8.0  # the brow's soft tissue begins this far above the roof of the orbit's mouth
_DEEPEST_MM = 25.0  # behind the closed front: the mouths of orbits and nose, not what lies behind them
_Mask = NDArray[np.bool_]
_Map = NDArray[np.float64]


@dataclass(frozen=True)
class Defaced:
    """The volume without a face. brow_lps_mm: z of the brow; None where no orbits were found, and the whole front was taken."""

    volume: Volume
    removed_mm3: float
    brow_lps_mm: float | None

    @property
    def sentence(self) -> str:
        """For the methods paragraph."""
        where = "in front of the skull at every height (no orbits were found)"
        if self.brow_lps_mm is not None:
            where = f"in front of the facial skeleton below z = {self.brow_lps_mm:.0f} mm"
        return (
            f"For what is stored to be looked at, {self.removed_mm3 / 1000:.0f} cm³ of soft tissue {where} were set to air; "
            f"nothing within {KEEP_MM:g} mm of bone was changed."
        )


def deface(volume: Volume) -> Defaced:
    """The head without the soft tissue that makes a face; bone and all within 3 mm of it keep every bit.

    Seen from the front along the grid's axis nearest to LPS y: below the brow all that lies before bone goes, at most 25 mm deep
    behind the front of the facial skeleton whose orbits and nose are closed. The method is this project's own; it is meant for
    heads, and takes no ears.
    """
    factor = tuple(max(1, int(_BLOCK_MM // s)) for s in volume.grid.spacing_ijk_mm[::-1])
    size_mm = np.array(factor) * volume.grid.spacing_ijk_mm[::-1]
    dense = _blocks(volume.hu, factor, np.maximum) > _BONE_HU
    bone, kept = _skull_and_kept(dense, float(np.prod(size_mm)))
    front = _front_map(bone, float(size_mm[1]))
    closed = _closed(front, size_mm)
    depth = np.where(np.isfinite(front), front, 0.0) - np.where(np.isfinite(front), closed, 0.0)
    top = _brow_row(depth, bone, size_mm)
    face = _in_front(front, closed, bone.shape, float(size_mm[1]))
    if top is not None:
        face[top:] = False
    face &= ~_near(kept, size_mm)
    hu, removed = _without(volume.hu, face, factor)
    return Defaced(Volume(volume.grid, hu), removed * volume.grid.cell_mm3, _height(volume, top, factor))


def _blocks(hu: NDArray[Any], factor: tuple[int, ...], reduce: np.ufunc) -> NDArray[Any]:
    """One value for each block of voxels; the last ones may be smaller."""
    for axis, step in enumerate(factor):
        hu = reduce.reduceat(hu, np.arange(0, hu.shape[axis], step), axis=axis)
    return hu


def _skull_and_kept(dense: _Mask, block_mm3: float) -> tuple[_Mask, _Mask]:
    """The largest connected piece (a tube or a head rest is no skull), and all pieces that are no speck of noise."""
    from scipy.ndimage import label

    labels, count = label(dense, np.ones((3, 3, 3)))
    if count == 0:
        return dense, dense
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(labels == int(sizes.argmax())), np.asarray((sizes * block_mm3 >= _SPECK_MM3)[labels])


def _front_map(bone: _Mask, step_mm: float) -> _Map:
    """`(k, i)` how far behind the front of the volume the first bone lies, in mm; inf where there is none."""
    first = bone.argmax(axis=1).astype(np.float64) * step_mm
    return np.where(bone.any(axis=1), first, np.inf)


def _closed(front: _Map, size_mm: NDArray[np.float64]) -> _Map:
    """The front with its mouths closed: the grey closing of what is bone or lies behind it, by a disc."""
    from scipy.ndimage import grey_dilation, grey_erosion

    k, i = (int(np.ceil(_CLOSING_MM / s)) for s in (size_mm[0], size_mm[2]))
    rows, columns = np.ogrid[-k : k + 1, -i : i + 1]
    disc = (rows / max(k, 1)) ** 2 + (columns / max(i, 1)) ** 2 <= 1.0
    far = 1e6
    finite = np.where(np.isfinite(front), front, far)
    grown = grey_erosion(finite, footprint=disc, mode="nearest")
    made = grey_dilation(grown, footprint=disc, mode="nearest")
    return np.asarray(np.where(made >= far, np.inf, np.minimum(made, finite)))


def _brow_row(depth: _Map, bone: _Mask, size_mm: NDArray[np.float64]) -> int | None:
    """The first row of blocks above the brow; None where no orbits are seen on both sides."""
    low, high = _ORBIT_DEPTH_MM
    deep = (depth >= low) & (depth <= high)
    middle = int(np.median(np.nonzero(bone.any(axis=1))[1])) if bone.any() else 0
    wide = _ORBIT_WIDTH_MM / size_mm[2]
    both = (deep[:, :middle].sum(axis=1) >= wide) & (deep[:, middle:].sum(axis=1) >= wide)
    tall = [(a, b) for a, b in _runs(both) if (b - a) * size_mm[0] >= _ORBIT_HEIGHT_MM]
    if not tall:
        return None
    return tall[-1][1] + int(np.ceil(_BROW_MM / size_mm[0]))


def _runs(rows: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and end of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rows, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _in_front(front: _Map, closed: _Map, shape: tuple[int, ...], step_mm: float) -> _Mask:
    """What lies before bone, and not deeper than the mouths of the face."""
    until = np.minimum(front, closed + _DEEPEST_MM)
    until = np.where(np.isfinite(closed), until, 0.0)
    behind = np.arange(shape[1]) * step_mm
    return np.asarray(behind[None, :, None] < until[:, None, :])


def _near(bone: _Mask, size_mm: NDArray[np.float64]) -> _Mask:
    """Blocks that hold a voxel within the kept distance of bone, and some that do not."""
    from scipy.ndimage import distance_transform_edt

    reach = KEEP_MM + float(np.linalg.norm(size_mm))
    return np.asarray(distance_transform_edt(~bone, sampling=size_mm) <= reach)


def _without(hu: NDArray[Any], face: _Mask, factor: tuple[int, ...]) -> tuple[NDArray[Any], int]:
    """A copy in which the blocks of `face` are air, and how many voxels of the body that took."""
    out, removed = hu.copy(), 0
    columns = [np.arange(n) // f for n, f in zip(hu.shape, factor, strict=True)]
    for k in range(hu.shape[0]):
        plane = face[columns[0][k]]
        if plane.any():
            here = plane[np.ix_(columns[1], columns[2])]
            removed += int((out[k][here] > _BODY_HU).sum())
            out[k][here] = AIR_HU
    return out, removed


def _height(volume: Volume, row: int | None, factor: tuple[int, ...]) -> float | None:
    """z of the lower end of a row of blocks."""
    if row is None:
        return None
    shape = volume.grid.shape_kji
    middle = np.array([shape[2] / 2.0, shape[1] / 2.0, min(row * factor[0], shape[0] - 1)])
    return float(volume.grid.to_lps(middle)[2])
