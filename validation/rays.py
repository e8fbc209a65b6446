"""A view of the skull from its middle, made for scoring alone: it shares no code with what it judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.grid import Grid
from anatofit.model.volume import Field

FloatArray = NDArray[np.float64]
NEAREST_MM, FARTHEST_MM, RAY_STEP_MM = 34.0, 125.0, 0.5
LARGEST_GAP_MM = 5.0  # diploe and a frontal sinus lie within one wall; the cheek bone beyond a wider gap does not
THICKEST_MM = 18.0


@dataclass(frozen=True)
class View:
    """Directions around `axis` seen from `centre`: cells of equal angle (azimuthal equidistant), `half` to each side."""

    centre_lps_mm: FloatArray
    axis: FloatArray
    cell_rad: float
    half: int

    def frame(self) -> tuple[FloatArray, FloatArray]:
        """Two unit vectors across the axis."""
        helper = np.array([0.0, 0.0, 1.0]) if abs(self.axis[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
        first = np.cross(helper, self.axis)
        first /= np.linalg.norm(first)
        return first, np.cross(self.axis, first)

    def directions(self) -> FloatArray:
        """(n, n, 3) unit vectors."""
        steps = np.arange(-self.half, self.half + 1) * self.cell_rad
        b, a = np.meshgrid(steps, steps, indexing="ij")
        angle = np.hypot(a, b)
        ratio = np.sinc(angle / np.pi)
        first, second = self.frame()
        return np.asarray(
            np.cos(angle)[..., None] * self.axis + (ratio * a)[..., None] * first + (ratio * b)[..., None] * second
        )

    def polar(self, points_lps_mm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(..., 3) points to radius (mm), angle from the axis (rad), turn about it (rad)."""
        offset = np.asarray(points_lps_mm) - self.centre_lps_mm
        first, second = self.frame()
        u, v, w = offset @ first, offset @ second, offset @ self.axis
        return np.linalg.norm(offset, axis=-1), np.arctan2(np.hypot(u, v), w), np.arctan2(v, u)

    def read(self, values: NDArray[Any], angle: FloatArray, turn: FloatArray) -> FloatArray:
        """Bilinear value of an (n, n) map at polar coordinates; NaN beyond the view."""
        from scipy import ndimage

        rows = angle * np.sin(turn) / self.cell_rad + self.half
        columns = angle * np.cos(turn) / self.cell_rad + self.half
        return np.asarray(ndimage.map_coordinates(values, [rows, columns], order=1, mode="constant", cval=np.nan))


def sample(field: Field, points_lps_mm: FloatArray, outside: float) -> FloatArray:
    """Linear value of a field at (..., 3) points, `outside` beyond it."""
    from scipy import ndimage

    index = np.moveaxis(field.grid.to_index(points_lps_mm)[..., ::-1], -1, 0)
    return np.asarray(
        ndimage.map_coordinates(field.values, index, order=1, mode="constant", cval=outside, output=np.float64)
    )


@dataclass(frozen=True)
class Wall:
    """The skull's wall along each ray: inner and outer radius in mm, NaN where there is none."""

    inner_mm: FloatArray
    outer_mm: FloatArray

    @property
    def intact(self) -> NDArray[np.bool_]:
        """Rays that meet one wall of believable thickness."""
        return np.isfinite(self.outer_mm) & (self.outer_mm - self.inner_mm < THICKEST_MM)


def find_wall(field: Field, view: View, directions: FloatArray | None = None) -> Wall:
    """First body met from inside (negative values), together with what follows it without a wide gap."""
    rays = view.directions() if directions is None else directions
    radii = np.arange(NEAREST_MM, FARTHEST_MM, RAY_STEP_MM)
    inner, outer = np.full(rays.shape[:-1], np.nan), np.full(rays.shape[:-1], np.nan)
    for row in range(rays.shape[0]):
        points = view.centre_lps_mm + rays[row][:, None, :] * radii[None, :, None]
        values = sample(field, points, outside=1e3)
        inner[row], outer[row] = _first_run(values, radii)
    return Wall(inner, outer)


def _first_run(values: FloatArray, radii: FloatArray) -> tuple[FloatArray, FloatArray]:
    inside = values < 0
    found = inside.any(axis=1)
    first = np.argmax(inside, axis=1)
    steps = np.arange(len(radii))
    seen = np.where(inside, steps, -1)
    latest = np.maximum.accumulate(seen, axis=1)
    gap = (steps - latest) * RAY_STEP_MM
    over = (gap > LARGEST_GAP_MM) & (latest >= 0)
    end = np.where(over.any(axis=1), np.argmax(over, axis=1), len(radii) - 1)
    last = latest[np.arange(len(values)), end]
    inner = _crossing(values, radii, first - 1)
    outer = _crossing(values, radii, last)
    return np.where(found & (first > 0), inner, np.nan), np.where(found & (last < len(radii) - 1), outer, np.nan)


def _crossing(values: FloatArray, radii: FloatArray, index: NDArray[Any]) -> FloatArray:
    """Radius of the zero between sample `index` and the next one."""
    at = np.clip(index, 0, len(radii) - 2)
    rows = np.arange(len(values))
    a, b = values[rows, at], values[rows, at + 1]
    share = np.where(a != b, a / np.where(a != b, a - b, 1.0), 0.5)
    return np.asarray(radii[at] + np.clip(share, 0.0, 1.0) * RAY_STEP_MM)


def head_centre_lps_mm(field: Field) -> FloatArray:
    """The middle of the vault: midway between its sides 30 to 70 mm below its top, 82 mm below the top."""
    from scipy import ndimage

    labels, _ = ndimage.label(field.values[::2, ::2, ::2] < 0)
    skull = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    k, j, i = np.nonzero(skull)
    points = field.grid.to_lps(2.0 * np.stack([i, j, k], axis=1).astype(np.float64))
    top = np.percentile(points[:, 2], 99.98)
    band = points[(points[:, 2] < top - 30.0) & (points[:, 2] > top - 70.0)]
    low, high = band.min(axis=0), band.max(axis=0)
    return np.array([0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1]), top - 82.0])


def node_points(grid: Grid, low_kji: tuple[int, int, int], high_kji: tuple[int, int, int]) -> FloatArray:
    """(k, j, i, 3) LPS of the nodes of a box of a grid."""
    axes = [np.arange(a, b, dtype=np.float64) for a, b in zip(low_kji, high_kji, strict=True)]
    k, j, i = np.meshgrid(*axes, indexing="ij")
    return grid.to_lps(np.stack([i, j, k], axis=-1))
