"""Plane cuts through a closed mesh as areas with their middles and spreads, by Green's theorem over the cut edges: no loop is chained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh


@dataclass(frozen=True, eq=False)
class Section:
    """One cut: its area, the middle (2,) and the spread (2, 2) of the area, in the plane's own axes; nan without area."""

    area_mm2: float
    middle_mm: FloatArray
    spread_mm2: FloatArray


NOTHING = Section(0.0, np.full(2, np.nan), np.full((2, 2), np.nan))
_SMALLEST_MM2 = 1e-6
_SLACK_MM = 1e-6  # heights are rounded


class Sliced:
    """Triangles ordered by height, so that each of many planes across looks only at those near it."""

    def __init__(self, corners_mm: FloatArray) -> None:
        """corners_mm: (m, 3, 3), heights last."""
        self.corners_mm = corners_mm
        self._high = corners_mm[..., 2].max(axis=1)
        low = corners_mm[..., 2].min(axis=1)
        self._order = np.argsort(low, kind="stable")
        self._low = low[self._order]
        self._tallest = float((self._high - low).max(initial=0.0))

    def met(self, level_mm: float) -> FloatArray:
        """(k, 3, 3) the triangles that the plane at that height cuts, in the order in which they were given."""
        first, last = np.searchsorted(self._low, [level_mm - self._tallest - _SLACK_MM, level_mm])
        near = self._order[first:last]
        return np.asarray(self.corners_mm[np.sort(near[self._high[near] >= level_mm])])

    def sections(self, levels_mm: FloatArray) -> list[Section]:
        """The cuts at these heights, in the first two axes."""
        return [_section(self.met(float(level)), float(level)) for level in levels_mm]


def sections(mesh: Mesh, axes: FloatArray, levels_mm: FloatArray) -> list[Section]:
    """The cuts at right angles to the last of three orthonormal `axes` (rows), at `levels_mm` along it; in the first two axes."""
    along = (mesh.vertices_lps_mm @ axes[2])[mesh.faces.T]
    low, high = along.min(axis=0), along.max(axis=0)
    cut = [mesh.faces[(low < level) & (high >= level)] for level in levels_mm]
    return [_section(mesh.vertices_lps_mm[f] @ axes.T, float(level)) for f, level in zip(cut, levels_mm, strict=True)]


def _section(corners: FloatArray, level_mm: float) -> Section:
    """Each triangle gives one edge, the area on its left as the triangles look outwards."""
    above = corners[..., 2] >= level_mm
    alone = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), (~above).argmax(axis=1))
    row = np.arange(len(corners))
    first, second = (_crossing(corners, row, alone, (alone + n) % 3, level_mm) for n in (1, 2))
    forward = (above.sum(axis=1) == 1)[:, None]
    start, end = np.where(forward, second, first), np.where(forward, first, second)
    return _moments(start, end)


def _crossing(corners: FloatArray, row: IntArray, i: IntArray, j: IntArray, level_mm: float) -> FloatArray:
    a, b = corners[row, i], corners[row, j]
    share = (level_mm - a[:, 2]) / (b[:, 2] - a[:, 2])
    return np.asarray(a[:, :2] + share[:, None] * (b - a)[:, :2])


def _moments(start: FloatArray, end: FloatArray) -> Section:
    """Area, middle and spread of what the edges enclose (Steger 1996, moments of polygons)."""
    cross = start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]
    area = float(cross.sum()) / 2
    if abs(area) < _SMALLEST_MM2:
        return NOTHING
    middle = ((start + end) * cross[:, None]).sum(axis=0) / (6 * area)
    p, q = start - middle, end - middle
    turn = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
    outer = p[:, :, None] * p[:, None, :] + q[:, :, None] * q[:, None, :]
    mixed = p[:, :, None] * q[:, None, :] + q[:, :, None] * p[:, None, :]
    spread = ((outer + mixed / 2) * turn[:, None, None]).sum(axis=0) / (12 * area)
    return Section(abs(area), middle, spread)


def solid_axes(mesh: Mesh) -> tuple[FloatArray, FloatArray]:
    """The middle (3,) of the enclosed solid and its principal axes (rows), the longest last; right-handed."""
    middle, spread = _solid_moments(mesh)
    _, columns = np.linalg.eigh(spread)
    axes = columns.T.copy()
    if np.linalg.det(axes) < 0:
        axes[0] = -axes[0]
    return middle, axes


def _solid_moments(mesh: Mesh) -> tuple[FloatArray, FloatArray]:
    """By the tetrahedra between the triangles and the mean of the corners."""
    origin = mesh.vertices_lps_mm.mean(axis=0)
    corners = mesh.triangles_lps_mm - origin
    volume = np.einsum("ni,ni->n", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    total, summed = float(volume.sum()), corners.sum(axis=1)
    middle = (summed * volume[:, None]).sum(axis=0) / (4 * total)
    squares = np.einsum("nci,ncj,n->ij", corners, corners, volume) + np.einsum("ni,nj,n->ij", summed, summed, volume)
    return origin + middle, np.asarray(squares / (20 * total) - np.outer(middle, middle))
