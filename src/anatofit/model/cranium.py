"""What the cranial line knows between the scan and the anatomy: bone edge, located defect, restored bone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray, Laterality, Plane
from anatofit.model.grid import crop_to
from anatofit.model.volume import Field, Volume


def _linear_weights(positions: FloatArray, count: int) -> tuple[NDArray[np.int64], FloatArray]:
    """Lower neighbour and weight of the upper one for positions on a line of `count` nodes, clamped at its ends."""
    clamped = np.clip(positions, 0.0, count - 1.0)
    low = np.minimum(clamped.astype(np.int64), max(count - 2, 0))
    return low, clamped - low


def _stretch(array: NDArray[np.float32], axis: int, positions: FloatArray) -> NDArray[np.float32]:
    """`array` interpolated linearly at fractional `positions` along one axis."""
    low, weight = _linear_weights(positions, array.shape[axis])
    high = np.minimum(low + 1, array.shape[axis] - 1)
    shape = [1, 1, 1]
    shape[axis] = -1
    w = weight.astype(np.float32).reshape(shape)
    return np.asarray(np.take(array, low, axis) * (1 - w) + np.take(array, high, axis) * w)


@dataclass(frozen=True)
class BoneEdge:
    """The scan without what is not the patient's bone, and the HU at which bone ends, place by place.

    volume: the head; foreign bodies (holder, tubes, loose fragments) replaced by their surroundings.
    edge_hu: what the scan shows at the true edge of bone, on a coarse grid parallel to the volume's.
    """

    volume: Volume
    edge_hu: Field
    figures: Mapping[str, float]
    sentence: str

    def edge_at(
        self,
        low_kji: tuple[int, int, int],
        high_kji: tuple[int, int, int],
        block_kji: tuple[int, int, int] = (1, 1, 1),
    ) -> NDArray[np.float32]:
        """The edge HU at the middles of the blocks of voxels from `low_kji` to before `high_kji`; blocks are voxels unless told."""
        grid, coarse = self.volume.grid, self.edge_hu.grid
        offset = coarse.to_index(grid.origin_lps_mm)
        out: NDArray[np.float32] = self.edge_hu.values
        for axis in range(3):
            ijk = 2 - axis
            step = grid.spacing_ijk_mm[ijk] / coarse.spacing_ijk_mm[ijk]
            block = block_kji[axis]
            middles = np.arange(low_kji[axis], high_kji[axis] - block + 1, block) + (block - 1) / 2
            positions = offset[ijk] + middles * step
            out = _stretch(out, axis, positions)
        return out

    def field(self, low_kji: tuple[int, int, int], high_kji: tuple[int, int, int]) -> Field:
        """Edge HU minus HU (negative inside bone, zero on its edge) on a part of the scan's grid."""
        box = tuple(slice(low, high) for low, high in zip(low_kji, high_kji, strict=True))
        hu = self.volume.hu[box].astype(np.float32)
        return Field(crop_to(self.volume.grid, low_kji, high_kji), self.edge_at(low_kji, high_kji) - hu)

    def whole_field(self) -> Field:
        """`field` over the whole scan."""
        shape = self.volume.grid.shape_kji
        return self.field((0, 0, 0), shape)


@dataclass(frozen=True)
class Defect:
    """One hole in the skull. outline_lps_mm: (n, 3) closed loop halfway between the tables."""

    number: int
    laterality: Laterality
    centre_lps_mm: FloatArray
    outline_lps_mm: FloatArray
    extent_mm: float
    area_mm2: float
    right_share: float


@dataclass(frozen=True)
class LocatedCranium:
    """Where the head's midplane, its inside and its defects are; `chosen` is the number of the defect to restore."""

    midsagittal: Plane
    symmetry_rms_mm: float
    cavity_centre_lps_mm: FloatArray
    superior_lps: FloatArray
    defects: tuple[Defect, ...]
    chosen: int
    laterality: Laterality
    figures: Mapping[str, float]
    sentence: str

    @property
    def defect(self) -> Defect:
        """The chosen defect."""
        return next(d for d in self.defects if d.number == self.chosen)


@dataclass(frozen=True)
class RestoredCranium:
    """The bone as it should be, near the defect; fields are negative inside, in millimetres near their surfaces.

    host: the bone that is there. missing: the restored piece, diploe and sinus filled, up to the host's edge.
    contour: host and missing piece with the cranial cavity filled. disagreement_mm: spread of the restorations
    (0 away from the piece). rim_lps_mm: (n, 3) closed loop.
    """

    host: Field
    missing: Field
    contour: Field
    disagreement_mm: Field
    rim_lps_mm: FloatArray
    figures: Mapping[str, float]
    sentence: str
