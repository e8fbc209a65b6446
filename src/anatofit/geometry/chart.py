"""Directions around a centre laid out flat, so that a surface around it becomes a height map.

Lambert's azimuthal equal-area projection (Snyder, USGS Professional Paper 1395, 1987, p. 182): areas are true
everywhere, so a square millimetre counts the same at the rim of a large hole as in its middle.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.grid import Grid

RAYS_A_PASS = 2048  # some 20 MB of coordinates


@dataclass(frozen=True)
class Chart:
    """A square of `size` by `size` directions around `axis_lps`, seen from `centre_lps_mm`.

    step_mm: size of one chart cell on a sphere of `radius_mm`. Rows run along `down`, columns along `right`.
    """

    centre_lps_mm: FloatArray
    axis_lps: FloatArray
    radius_mm: float
    step_mm: float
    size: int

    @cached_property
    def frame(self) -> FloatArray:
        """`(3, 3)` rows: column direction, row direction, axis; right-handed and fixed by the axis alone."""
        axis = unit_vector(self.axis_lps)
        helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
        right = unit_vector(np.cross(helper, axis))
        return np.stack([right, np.cross(axis, right), axis])

    def directions(self) -> FloatArray:
        """`(size, size, 3)` unit vectors in LPS; beyond the antipode they stay at it."""
        half = (self.size - 1) / 2
        line = (np.arange(self.size) - half) * self.step_mm / self.radius_mm
        x, y = np.meshgrid(line, line)
        return self._from_plane(x, y)

    def directions_at(self, cells: FloatArray) -> FloatArray:
        """`(n, 2)` fractional cells (row, column) to `(n, 3)` unit vectors."""
        plane = (np.asarray(cells) - (self.size - 1) / 2) * self.step_mm / self.radius_mm
        return self._from_plane(plane[..., 1], plane[..., 0])

    def _from_plane(self, x: FloatArray, y: FloatArray) -> FloatArray:
        rho2 = np.minimum(x * x + y * y, 4.0)
        scale = np.sqrt(np.maximum(0.0, 1.0 - rho2 / 4.0))
        local = np.stack([x * scale, y * scale, 1.0 - rho2 / 2.0], axis=-1)
        local /= np.linalg.norm(local, axis=-1, keepdims=True)
        return np.asarray(local @ self.frame)

    def to_cells(self, points_lps_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """`(..., 3)` points to fractional `(..., 2)` cells (row, column) and their `(...)` distance from the centre."""
        offset = np.asarray(points_lps_mm) - self.centre_lps_mm
        distance = np.linalg.norm(offset, axis=-1)
        local = offset @ self.frame.T / np.maximum(distance, 1e-9)[..., None]
        scale = np.sqrt(2.0 / np.maximum(1.0 + local[..., 2], 1e-6)) * self.radius_mm / self.step_mm
        half = (self.size - 1) / 2
        return np.stack([local[..., 1] * scale + half, local[..., 0] * scale + half], axis=-1), distance


def ray_profiles(
    grid: Grid,
    values: NDArray[Any],
    centre_lps_mm: FloatArray,
    directions_lps: FloatArray,
    distances_mm: FloatArray,
    *,
    outside: float,
) -> NDArray[np.float32]:
    """`values` on `grid` read linearly along rays: `(n, 3)` directions and `(m,)` distances give `(n, m)` values."""
    from scipy import ndimage

    start = grid.to_index(centre_lps_mm)
    step = (directions_lps @ grid.direction_lps) / grid.spacing_ijk_mm
    mode = "nearest" if np.isnan(outside) else "constant"
    out = np.empty((len(directions_lps), len(distances_mm)), dtype=np.float32)

    def read(low: int) -> None:
        ijk = start + step[low : low + RAYS_A_PASS, None, :] * distances_mm[None, :, None]
        kji = np.moveaxis(ijk[..., ::-1], -1, 0)
        here = out[low : low + RAYS_A_PASS]
        ndimage.map_coordinates(values, kji, output=here, order=1, mode=mode, cval=outside)

    with ThreadPoolExecutor(2) as passes:  # each ray by itself: the same numbers with one thread
        list(passes.map(read, range(0, len(step), RAYS_A_PASS)))
    return out


def read_map(values: FloatArray, cells: FloatArray) -> FloatArray:
    """A height map read linearly at `(..., 2)` fractional cells; the edge value beyond its edge."""
    from scipy import ndimage

    return np.asarray(ndimage.map_coordinates(values, np.moveaxis(cells, -1, 0), order=1, mode="nearest"))


def nearest_filled(values: FloatArray) -> FloatArray:
    """NaN cells take the value of the nearest finite one."""
    from scipy import ndimage

    index = ndimage.distance_transform_edt(~np.isfinite(values), return_distances=False, return_indices=True)
    return np.asarray(values[tuple(index)])
