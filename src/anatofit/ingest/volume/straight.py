"""Slices that are shifted or unevenly spaced, resampled to a straight grid: every value from where its slice truly lies.

A tilted gantry shifts each slice against the one before: the slices are parallel, their stack is a sheared block. The straight
grid keeps that in-plane axis of the pixels along which slices shift least, runs along the table (the mean step between slices,
square to the kept axis), and steps no wider than a pixel. Along the slices values come by Keys' cubic convolution (IEEE Trans.
ASSP 29, 1981, a = -1/2: exact for parabolas), between them linearly along their common normal.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.pixel.fault import LOWEST_HU
from anatofit.ingest.series.stack import SIDEWAYS_MM, Stack
from anatofit.ingest.volume.place import Lattice, Target
from anatofit.model.frame import FloatArray

# Nodes this far outside the first and last slice (rounding of sums) are on them.
ON_MM = 1e-6
# Two threads fill the cores that a run is made for; numpy lets go of the interpreter in each plane.
THREADS = 2


@dataclass(frozen=True)
class Shear:
    """Where the slices of a stack lie in the frame of the straight grid.

    kept: which in-plane axis stays an axis of the grid, 0 along a row or 1 along a column. along_mm, across_mm, kept_mm: (n,)
    each slice's first pixel along normal, crossed and kept in-plane axis, from that of the first slice. lean_rad: angle
    between the grid's long axis and the normal. pixel_mm: pixel steps (kept, crossed). first_lps_mm: (3,) the first pixel of all.
    """

    kept: int
    along_mm: FloatArray
    across_mm: FloatArray
    kept_mm: FloatArray
    lean_rad: float
    pixel_mm: tuple[float, float]
    first_lps_mm: FloatArray


def shear_of(stack: Stack, *, pixel_mm: tuple[float, float]) -> Shear:
    """The shear of a stack whose pixels step `pixel_mm` = (between rows, between columns)."""
    offsets = (stack.positions_lps_mm - stack.positions_lps_mm[0]) @ stack.axes_lps
    drift = np.abs(offsets[-1, :2])
    kept = 0 if drift[0] <= drift[1] else 1
    across = offsets[:, 1 - kept]
    tilted = stack.tilt_deg > 0
    lean = float(np.arctan2(across[-1], offsets[-1, 2])) if tilted else 0.0
    steps = (pixel_mm[1], pixel_mm[0])
    sizes = (steps[kept], steps[1 - kept])
    return Shear(kept, offsets[:, 2], across, offsets[:, kept], lean, sizes, stack.positions_lps_mm[0])


def straight_lattice(stack: Stack, shear: Shear, *, rows: int, columns: int) -> Lattice:
    """The straight grid around the whole stack: nodes (kept, crossed, table), no step wider than a pixel or a slice step."""
    cos, sin = np.cos(shear.lean_rad), np.sin(shear.lean_rad)
    kept_count, cross_count = (columns, rows) if shear.kept == 0 else (rows, columns)
    ends = np.array([0.0, (cross_count - 1) * shear.pixel_mm[1]])
    across, along = (a.ravel() for a in np.broadcast_arrays(shear.across_mm[:, None] + ends, shear.along_mm[:, None]))
    y, z = across * cos - along * sin, across * sin + along * cos
    fine = min(*shear.pixel_mm, float(np.median(np.diff(shear.along_mm))) / cos)
    spacing = np.array([shear.pixel_mm[0], shear.pixel_mm[1], fine])
    low = np.array([shear.kept_mm.min(), y.min(), z.min()])
    high = np.array([shear.kept_mm.max() + (kept_count - 1) * shear.pixel_mm[0], y.max(), z.max()])
    kept, crossed, table = (int(n) + 1 for n in np.ceil((high - low) / spacing - 1e-6))
    axes = _axes(stack, shear)
    return Lattice(axes, stack.positions_lps_mm[0] + axes @ low, spacing, (kept, crossed, table))


def _axes(stack: Stack, shear: Shear) -> FloatArray:
    """Columns: kept axis, crossed axis, long axis; those off an LPS axis by the rounding of tags only are set on it."""
    e, f, n = stack.axes_lps[:, shear.kept], stack.axes_lps[:, 1 - shear.kept], stack.axes_lps[:, 2]
    cos, sin = np.cos(shear.lean_rad), np.sin(shear.lean_rad)
    axes = np.stack([e, f * cos - n * sin, f * sin + n * cos], axis=1)
    snapped = np.rint(axes)
    return snapped if np.abs(axes - snapped).max() < 1e-6 else axes


def resample(native_hu: NDArray[Any], shear: Shear, lattice: Lattice, into: NDArray[Any]) -> None:
    """Fills `into` `[table, crossed, kept]` from `native_hu` `[slice, row, column]`; outside the slices: the scale's lowest value."""
    pictures = native_hu if shear.kept == 0 else native_hu.transpose(0, 2, 1)
    low = (lattice.origin_lps_mm - shear.first_lps_mm) @ lattice.axes_lps
    lines = _shifted(pictures, shear, low_mm=float(low[0]), count=lattice.counts_ijk[0])
    flat = lines.reshape(-1, lines.shape[2])

    def fill(k: int) -> None:
        table_mm = float(low[2]) + k * float(lattice.spacing_ijk_mm[2])
        across_mm = low[1] + lattice.spacing_ijk_mm[1] * np.arange(lattice.counts_ijk[1])
        _fill_plane(into[k], flat, _taps(shear, across_mm, table_mm, width=pictures.shape[1]))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(fill, range(lattice.counts_ijk[2])))


def _shifted(pictures: NDArray[Any], shear: Shear, *, low_mm: float, count: int) -> NDArray[Any]:
    """Every slice on the grid's nodes along the kept axis, `(slices, crossed, count)`; as it is where no slice is shifted so."""
    offsets = (low_mm - shear.kept_mm) / shear.pixel_mm[0]
    if float(np.ptp(shear.kept_mm)) <= SIDEWAYS_MM and count == pictures.shape[2]:
        return np.ascontiguousarray(pictures)
    out = np.full((*pictures.shape[:2], count), LOWEST_HU, dtype=np.float32)
    for k, offset in enumerate(offsets):
        index, weights, valid = _cubic(offset + np.arange(count), pictures.shape[2])
        line = sum(pictures[k][:, i] * w for i, w in zip(index.T, weights.T, strict=True))
        out[k][:, valid] = line[:, valid]
    return out


@dataclass(frozen=True)
class _Taps:
    """For each node of a line across: the flat lines it is mixed from `(nodes, 8)`, their weights, and where there is none."""

    lines: NDArray[np.intp]
    weights: NDArray[np.float32]
    outside: NDArray[np.bool_]


def _taps(shear: Shear, across_mm: FloatArray, table_mm: float, *, width: int) -> _Taps:
    cos, sin = np.cos(shear.lean_rad), np.sin(shear.lean_rad)
    across, along = across_mm * cos + table_mm * sin, table_mm * cos - across_mm * sin
    below = np.clip(np.searchsorted(shear.along_mm, along, side="right") - 1, 0, len(shear.along_mm) - 2)
    part = (along - shear.along_mm[below]) / (shear.along_mm[below + 1] - shear.along_mm[below])
    outside = (along < shear.along_mm[0] - ON_MM) | (along > shear.along_mm[-1] + ON_MM)
    lines, weights = [], []
    for slices, share in ((below, 1 - part), (below + 1, part)):
        index, cubic, valid = _cubic((across - shear.across_mm[slices]) / shear.pixel_mm[1], width)
        lines.append(slices[:, None] * width + index)
        weights.append(cubic * share[:, None])
        # a slice that does not reach so far says nothing; one that would take no part need not reach
        outside |= ~valid & (share > ON_MM)
    return _Taps(np.hstack(lines), np.hstack(weights).astype(np.float32), outside)


def _cubic(places: FloatArray, count: int) -> tuple[NDArray[np.intp], FloatArray, NDArray[np.bool_]]:
    """Keys' four taps at fractional indices: indices and weights `(n, 4)`, and which places lie on the samples' cells."""
    base = np.floor(places + ON_MM).astype(np.intp)
    t = np.where(np.abs(places - base) < ON_MM, 0.0, places - base)
    weights = 0.5 * np.stack([
        ((2 - t) * t - 1) * t, (3 * t - 5) * t * t + 2, ((4 - 3 * t) * t + 1) * t, (t - 1) * t * t,
    ], axis=1)  # fmt: skip
    index = np.clip(base[:, None] + np.arange(-1, 3), 0, count - 1)
    return index, weights, (places > -0.5) & (places < count - 0.5)


def _fill_plane(plane: NDArray[Any], flat: NDArray[Any], taps: _Taps) -> None:
    """One plane `(nodes, kept)` of the grid; taps without weight are not fetched."""
    mixed = np.zeros(plane.shape, dtype=np.float32)
    for lines, weights in zip(taps.lines.T, taps.weights.T, strict=True):
        if weights.any():
            mixed += flat[lines] * weights[:, None]
    mixed[taps.outside] = LOWEST_HU
    np.maximum(mixed, LOWEST_HU, out=mixed)
    plane[...] = np.rint(mixed, out=mixed) if plane.dtype.kind == "i" else mixed


@dataclass(frozen=True)
class Fidelity:
    """How far the resampled values lie from the slices' own, read again at their own places: what resampling cost in HU."""

    places: int
    median_hu: float
    p95_hu: float


# Pixels are compared at about so many places, evenly spread over slices, rows and columns.
COMPARED = 200_000


def fidelity(native_hu: NDArray[Any], stack: Stack, pixel_mm: tuple[float, float], target: Target) -> Fidelity:
    """The grid read back by trilinear interpolation at a part of the pixels of every slice."""
    from scipy.ndimage import map_coordinates

    stride = max(1, round((native_hu[0].size * len(native_hu) / COMPARED) ** 0.5))
    k, j, i = (
        a.ravel() for a in np.mgrid[: len(native_hu), : native_hu.shape[1] : stride, : native_hu.shape[2] : stride]
    )
    in_plane = np.stack([i * pixel_mm[1], j * pixel_mm[0]], axis=1) @ stack.axes_lps[:, :2].T
    index = target.grid.to_index(stack.positions_lps_mm[k] + in_plane)
    read = map_coordinates(target.hu, index.T[::-1], output=np.float32, order=1, mode="nearest")
    off = np.abs(read - native_hu[k, j, i])
    median, p95 = np.percentile(off, [50, 95])
    return Fidelity(len(off), float(median), float(p95))
