"""Which of the dense things in the scan are the patient's bone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DENSE_HU = 250  # bone-like for finding bodies only; no surface is ever placed at this number
TISSUE_SURROUNDS_HU = -350  # bone lies in soft tissue; a holder, pillow or tube lies in air or foam
SMALLEST_BODY_MM3 = 3000.0  # a mandible or a free half vault is larger, a loose fragment or a tooth crown smaller
COARSE_MM = 1.6  # bodies are told apart on blocks of about this size


@dataclass(frozen=True)
class Bodies:
    """`keep` marks the coarse blocks of the patient's bone, `drop` those of everything else that is dense."""

    factor_kji: tuple[int, int, int]
    keep: NDArray[np.bool_]
    drop: NDArray[np.bool_]
    dropped_count: int
    fragment_mm3: float
    foreign_mm3: float


def block_max(array: NDArray[Any], factor_kji: tuple[int, int, int]) -> NDArray[Any]:
    """The largest value in blocks of `factor_kji` voxels; edge blocks may be smaller."""
    out = array
    for axis, factor in enumerate(factor_kji):
        lines = np.moveaxis(out, axis, 0)
        most = lines[::factor].copy()
        for start in range(1, factor):
            other = lines[start::factor]
            np.maximum(most[: len(other)], other, out=most[: len(other)])
        out = np.moveaxis(most, 0, axis)
    return np.ascontiguousarray(out)


def find_bodies(hu: NDArray[Any], spacing_ijk_mm: NDArray[np.float64]) -> Bodies:
    """The patient's bone is dense, large and lies in soft tissue; holders lie in air, fragments are small."""
    from scipy import ndimage

    k, j, i = (max(1, round(COARSE_MM / s)) for s in spacing_ijk_mm[::-1])
    factor = (k, j, i)
    dense = block_max(hu, factor) > DENSE_HU
    labels, count = ndimage.label(dense)
    if count == 0:
        return Bodies(factor, dense, np.zeros_like(dense), 0, 0.0, 0.0)
    block_mm3 = float(np.prod(spacing_ijk_mm) * k * j * i)
    sizes = ndimage.sum_labels(dense, labels, np.arange(count + 1)) * block_mm3
    around = _surroundings_hu(hu[::k, ::j, ::i], labels, count)
    in_tissue = around > TISSUE_SURROUNDS_HU
    wanted = in_tissue & (sizes >= SMALLEST_BODY_MM3)
    if not wanted[1:].any():
        wanted[1 + int(np.argmax(sizes[1:]))] = True
    wanted[0] = False
    keep = wanted[labels]
    drop = dense & ~keep
    fragments = in_tissue & ~wanted
    return Bodies(
        factor, keep, drop, int(count - wanted.sum()),
        float(sizes[1:][fragments[1:]].sum()), float(sizes[1:][~in_tissue[1:] & ~wanted[1:]].sum()),
    )  # fmt: skip


def _surroundings_hu(hu: NDArray[Any], labels: NDArray[Any], count: int) -> NDArray[np.float64]:
    """`(count + 1,)` mean HU of the blocks two steps outside each body (0 for the background)."""
    from scipy import ndimage

    grown = ndimage.grey_dilation(labels, size=5)
    near = ndimage.grey_dilation(labels, size=3)
    ring = (grown > 0) & (near == 0)
    totals = np.bincount(grown[ring], weights=hu[: ring.shape[0]][ring].astype(np.float64), minlength=count + 1)
    counts = np.bincount(grown[ring], minlength=count + 1)
    mean = np.where(counts > 0, totals / np.maximum(counts, 1), 0.0)
    mean[0] = -np.inf
    return np.asarray(mean)
