"""The skull made whole: for looking at and for a model to hold, not for fitting."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.cranium import BoneEdge, RestoredCranium
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh
from anatofit.model.volume import Field
from anatofit.surface.extract import Extraction, closed_surface

RESTORED = Extraction(tolerance_mm=0.1, smallest_mm3=200.0)
RESTORED_MM = 1.0
PLANES_A_PASS = 16  # a few MB at a time beside the surfaces that are made meanwhile


def skull_surface(field: Field) -> Mesh:
    """The closed surface of the skull made whole, LPS mm. Raises GeometryError if empty."""
    return closed_surface(field, RESTORED)


def whole_skull(bone: BoneEdge, restored: RestoredCranium) -> Field:
    """Bone and missing bone on blocks of about a millimetre."""
    grid = bone.volume.grid
    factor = np.maximum(1, np.rint(RESTORED_MM / grid.spacing_ijk_mm)).astype(int)[::-1]
    shape = tuple(int(n // f) for n, f in zip(grid.shape_kji, factor, strict=True))
    coarse = Grid(
        (shape[0], shape[1], shape[2]),
        grid.to_lps((factor[::-1] - 1) / 2.0),
        grid.spacing_ijk_mm * factor[::-1],
        grid.direction_lps,
    )
    block = (int(factor[0]), int(factor[1]), int(factor[2]))
    end = (shape[1] * block[1], shape[2] * block[2])
    values = np.empty(coarse.shape_kji, dtype=np.float32)
    for first in range(0, shape[0], PLANES_A_PASS):
        planes = values[first : first + PLANES_A_PASS]
        low, high = first * block[0], (first + len(planes)) * block[0]
        hu = block_mean(bone.volume.hu[low:high, : end[0], : end[1]], block)
        planes[:] = bone.edge_at((low, 0, 0), (high, *end), block) - hu
    values /= np.float32(bone.figures["edge_slope_hu_per_mm"])
    return Field(coarse, _with_missing(values, coarse, restored.missing))


def block_mean(array: NDArray[Any], block_kji: tuple[int, int, int]) -> NDArray[np.float32]:
    """The mean of whole blocks of `block_kji` voxels."""
    k, j, i = block_kji
    out = np.empty((array.shape[0] // k, array.shape[1] // j, array.shape[2] // i), dtype=np.float32)
    for plane, slab in zip(out, array.reshape(-1, k, *array.shape[1:]), strict=True):
        places = ((dk, dj, di) for dk in range(k) for dj in range(j) for di in range(i))
        plane[:] = sum(slab[dk, dj::j, di::i].astype(np.int32) for dk, dj, di in places)
    out /= np.float32(k * j * i)
    return out


def _with_missing(values: NDArray[np.float32], grid: Grid, missing: Field) -> NDArray[np.float32]:
    """The smaller of two fields where the second one reaches."""
    from scipy import ndimage

    corners = missing.grid.to_lps(
        np.array(
            [
                [i, j, k]
                for i in (0, missing.grid.shape_kji[2])
                for j in (0, missing.grid.shape_kji[1])
                for k in (0, missing.grid.shape_kji[0])
            ],
            dtype=float,
        )
    )
    index = grid.to_index(corners)[:, ::-1]
    low = np.clip(np.floor(index.min(axis=0)).astype(int), 0, np.array(grid.shape_kji))
    high = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, 0, np.array(grid.shape_kji))
    k, j, i = np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij")
    points = grid.to_lps(np.stack([i, j, k], axis=-1).astype(float))
    kji = np.moveaxis(missing.grid.to_index(points)[..., ::-1], -1, 0)
    other = ndimage.map_coordinates(missing.values, kji, output=np.float32, order=1, mode="constant", cval=10.0)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    values[box] = np.minimum(values[box], other - 0.15)  # a hair's overlap joins the piece to its host for display
    return values
