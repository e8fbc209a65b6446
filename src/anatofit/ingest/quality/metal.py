"""Metal in the image: how much, where the largest piece is, and which slices it lies in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.volume import Volume

# Dense cortex ends near 2000 HU and enamel, the densest tissue, near 3000; titanium has 8000 HU and more, steel over 16000, and
# scanners without the extended scale store all of it at the end of 12 bits, 3071 HU (PS3.3, C.11.1: 4095 less 1024).
METAL_HU = 3000
# Smaller bodies are not counted: enamel beside noise or a sharp kernel's overshoot; a screw of 1.5 x 4 mm has 7 mm3.
SMALLEST_MM3 = 5.0
# Metal that is worth a count fills no more voxels than this; beyond it (no CT values) only the sum is told.
MOST_VOXELS = 2_000_000
_HALF = [o for o in product((-1, 0, 1), repeat=3) if o > (0, 0, 0)]


@dataclass(frozen=True)
class Metal:
    """volume_mm3: all of it. largest_mm3 and centre_lps_mm: the largest piece. slices: indices of the slices that hold metal."""

    volume_mm3: float = 0.0
    largest_mm3: float = 0.0
    bodies: int = 0
    centre_lps_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    slices: tuple[int, ...] = ()


def metal_of(volume: Volume, *, slice_axis: int) -> Metal:
    """Every connected body at or above METAL_HU; slice_axis: the array axis (of k, j, i) that runs from slice to slice."""
    places = _places(volume.hu)
    if not len(places):
        return Metal()
    labels = _bodies(places, volume.hu.shape)
    sizes_mm3 = np.bincount(labels) * volume.grid.cell_mm3
    counted = sizes_mm3 >= SMALLEST_MM3
    if not counted.any():
        return Metal()
    largest = int(np.argmax(sizes_mm3))
    centre = volume.grid.to_lps(places[labels == largest].mean(axis=0)[::-1])
    slices = np.unique(places[counted[labels], slice_axis])
    return Metal(
        float(sizes_mm3[counted].sum()), float(sizes_mm3[largest]), int(counted.sum()),
        (float(centre[0]), float(centre[1]), float(centre[2])), tuple(map(int, slices)),
    )  # fmt: skip


def _places(hu: NDArray[Any]) -> NDArray[np.intp]:
    """(n, 3) k, j, i of every voxel of metal, in order."""
    found = [(k, np.argwhere(plane >= METAL_HU)) for k, plane in enumerate(hu) if plane.max() >= METAL_HU]
    rows = [np.insert(places, 0, k, axis=1) for k, places in found]
    return np.concatenate(rows) if rows else np.empty((0, 3), dtype=np.intp)


def _bodies(places: NDArray[np.intp], shape: tuple[int, ...]) -> NDArray[np.intp]:
    """The number of the body that each voxel belongs to; voxels that touch, corners counted, are one body."""
    if len(places) > MOST_VOXELS:
        return np.zeros(len(places), dtype=np.intp)
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    # one line of room on every side, so that no neighbour wraps round
    stride = np.array([(shape[1] + 2) * (shape[2] + 2), shape[2] + 2, 1])
    key = (places + 1) @ stride
    one, two = [], []
    for offset in _HALF:
        at = np.minimum(np.searchsorted(key, key + np.array(offset) @ stride), len(key) - 1)
        touching = np.flatnonzero(key[at] == key + np.array(offset) @ stride)
        one.append(touching)
        two.append(at[touching])
    pairs = np.concatenate(one), np.concatenate(two)
    graph = coo_matrix((np.ones(len(pairs[0]), dtype=bool), pairs), shape=(len(key), len(key)))
    return np.asarray(connected_components(graph, directed=False)[1])
