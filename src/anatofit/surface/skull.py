"""The skull made whole: for looking at and for a model to hold, not for fitting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.model.cranium import BoneEdge, RestoredCranium
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh
from anatofit.model.volume import Field
from anatofit.surface.extract import Extraction, closed_surface

RESTORED = Extraction(tolerance_mm=0.1, smallest_mm3=200.0)
RESTORED_MM = 1.0


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
    values = np.empty(coarse.shape_kji, dtype=np.float32)
    for k in range(shape[0]):
        slab = bone.field(
            (k * int(factor[0]), 0, 0), ((k + 1) * int(factor[0]), shape[1] * int(factor[1]), shape[2] * int(factor[2]))
        ).values
        blocks = slab.reshape(slab.shape[0], shape[1], int(factor[1]), shape[2], int(factor[2]))
        values[k] = blocks.mean(axis=(0, 2, 4)) / np.float32(bone.figures["edge_slope_hu_per_mm"])
    return Field(coarse, _with_missing(values, coarse, restored.missing))


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
