"""A long bone laid along its own axis: its two ends, its shaft, and how high its surface stands over either end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatofit.geometry.field import BoolArray
from anatofit.geometry.ground import heights_mm
from anatofit.geometry.section_areas import Section, sections, solid_axes
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

STEP_MM = 1.0  # of the lattice on which an end is looked at: joint surfaces change by tenths of a millimetre from node to node
EVEN_MM = 1.5  # standard deviation by which heights are evened out before slopes are taken: noise of 0.3 mm tilts facets by 20 degrees
CAP_MM = 1.0  # points so near to the furthest count as furthest
END_SHARE = 0.15  # of the length: joint, condyles and metaphysis
_LEVELS = 12  # cuts through an end
# A bone that is shorter than this many times its depth has no shaft, and its longest axis says nothing.
LEAST_SLENDER = 3.0


@dataclass(frozen=True, eq=False)
class Stood:
    """A bone with a direction that counts as up; levels are measured along it from the bone's lowest point.

    axes_lps: (3, 3) orthonormal rows; the last is up.
    """

    mesh: Mesh
    axes_lps: FloatArray

    @cached_property
    def _levels_mm(self) -> FloatArray:
        return np.asarray(self.mesh.vertices_lps_mm @ self.axes_lps[2])

    @cached_property
    def low_mm(self) -> float:
        """Where the bone begins along the way up."""
        return float(self._levels_mm.min())

    @cached_property
    def length_mm(self) -> float:
        """From the lowest to the highest point."""
        return float(np.ptp(self._levels_mm))

    @property
    def up_lps(self) -> FloatArray:
        """(3,) the direction that counts as up."""
        return np.asarray(self.axes_lps[2])

    def turned_over(self) -> Stood:
        """The same bone with its other end up."""
        return Stood(self.mesh, self.axes_lps * np.array([[1.0], [-1.0], [-1.0]]))

    def cuts(self, shares: FloatArray) -> list[Section]:
        """Cuts across at these shares of the length."""
        return sections(self.mesh, self.axes_lps, self.low_mm + shares * self.length_mm)

    def middles_lps_mm(self, shares: FloatArray) -> FloatArray:
        """(n, 3) the middles of cuts at these shares of the length."""
        found = self.cuts(shares)
        along = self.low_mm + shares * self.length_mm
        local = np.array([[*cut.middle_mm, level] for cut, level in zip(found, along, strict=True)])
        return np.asarray(local @ self.axes_lps)

    def largest_mm2(self) -> float:
        """The largest cut through the upper end."""
        return max(cut.area_mm2 for cut in self.cuts(1 - np.linspace(0.01, END_SHARE, _LEVELS)))

    def narrowest_mm2(self) -> float:
        """The smallest cut through the shaft."""
        return min(cut.area_mm2 for cut in self.cuts(np.linspace(0.2, 0.8, _LEVELS)))

    def lower_end(self, deep_mm: float) -> Mesh:
        """What of the surface lies no higher than so much above the lowest point; open at its border."""
        return self._where(self._levels_mm < self.low_mm + deep_mm)

    def upper_end(self, deep_mm: float) -> Mesh:
        """What of the surface lies no deeper than so much below the highest point; open at its border."""
        return self._where(self._levels_mm > self.low_mm + self.length_mm - deep_mm)

    def _where(self, chosen: BoolArray) -> Mesh:
        faces = self.mesh.faces[chosen[self.mesh.faces.T].any(axis=0)]
        used, renumbered = np.unique(faces, return_inverse=True)
        return Mesh(self.mesh.vertices_lps_mm[used], renumbered.reshape(-1, 3))

    def tip_lps_mm(self) -> FloatArray:
        """(3,) the lowest place."""
        return furthest(self.mesh.vertices_lps_mm, -self.up_lps)


def furthest(points: FloatArray, direction: FloatArray) -> FloatArray:
    """(3,) the point in the middle of those that reach furthest: of one alone, noise would choose which."""
    reach = points @ direction
    cap = points[reach >= reach.max() - CAP_MM]
    return np.asarray(cap[int(np.linalg.norm(cap - cap.mean(axis=0), axis=1).argmin())])


def stood(mesh: Mesh, up_lps: FloatArray, front_lps: FloatArray | None = None) -> Stood:
    """The bone with that direction up; the second of its axes as near to `front` as can be."""
    up = unit_vector(up_lps)
    front = np.eye(3)[int(np.abs(up).argmin())] if front_lps is None else front_lps
    side = unit_vector(np.cross(front, up))
    return Stood(mesh, np.stack([side, np.cross(up, side), up]))


def laid(mesh: Mesh) -> Stood | None:
    """The bone along its longest axis, either end up; None where it is too stout to have one."""
    _, axes = solid_axes(mesh)
    bone = Stood(mesh, axes)
    depth = float(np.ptp(mesh.vertices_lps_mm @ axes[1]))
    return bone if bone.length_mm >= LEAST_SLENDER * depth else None


@dataclass(frozen=True, eq=False)
class Top:
    """A bone seen from above: how high its surface stands. x_mm, y_mm: coordinates of the nodes along the first two axes.

    height_mm: (nj, ni), nan beside the bone.
    """

    bone: Stood
    x_mm: FloatArray
    y_mm: FloatArray
    height_mm: FloatArray

    def points_lps_mm(self, mask: BoolArray) -> FloatArray:
        """(n, 3) the surface's points over the nodes of a mask."""
        j, i = np.nonzero(mask)
        local = np.stack([self.x_mm[i], self.y_mm[j], self.height_mm[j, i]], axis=1)
        return np.asarray(local @ self.bone.axes_lps)

    @cached_property
    def _even(self) -> FloatArray:
        """The heights without noise and facets, borders kept: each node the mean of those of the bone around it."""
        from scipy.ndimage import gaussian_filter

        there = np.isfinite(self.height_mm)
        summed = gaussian_filter(np.where(there, self.height_mm, 0.0), EVEN_MM / STEP_MM)
        weight = gaussian_filter(there.astype(np.float64), EVEN_MM / STEP_MM)
        return np.where(there, summed / np.maximum(weight, 1e-9), np.nan)

    def summit_lps_mm(self, mask: BoolArray) -> FloatArray:
        """(3,) the middle of what stands highest within a mask of nodes, at the height of the evened surface's highest node there."""
        even = np.where(mask, self._even, np.nan)
        highest = float(np.nanmax(even))
        j, i = np.nonzero(even >= highest - CAP_MM)
        local = np.array([self.x_mm[i].mean(), self.y_mm[j].mean(), highest])
        return np.asarray(local @ self.bone.axes_lps)

    def steep(self) -> FloatArray:
        """(nj, ni) slope of the evened surface in degrees, nan beside the bone."""
        rise_y, rise_x = np.gradient(self._even, STEP_MM)
        return np.asarray(np.degrees(np.arctan(np.hypot(rise_x, rise_y))))


def seen_from_above(bone: Stood, *, deep_mm: float) -> Top:
    """What is seen of the bone from above, down to so far below its highest point."""
    near = bone.upper_end(deep_mm)
    local = near.vertices_lps_mm @ bone.axes_lps.T
    seen = local[near.faces].reshape(-1, 3)
    low = np.floor(seen.min(axis=0)) - STEP_MM
    count = np.ceil((seen.max(axis=0) - low) / STEP_MM).astype(int) + 2
    grid = Grid((2, int(count[1]), int(count[0])), np.zeros(3), np.full(3, STEP_MM))
    height = heights_mm(Mesh(local - low, near.faces), grid, low_z_mm=float(low[2]))
    height = np.where(height >= bone.low_mm + bone.length_mm - deep_mm, height, np.nan)
    return Top(bone, low[0] + STEP_MM * np.arange(count[0]), low[1] + STEP_MM * np.arange(count[1]), height)
