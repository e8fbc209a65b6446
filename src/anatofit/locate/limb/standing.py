"""A limb stood on its distal end: its long axis, its open top, and cuts across it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatofit.geometry.section_areas import Section, Sliced
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import IntArray, Mesh

ROUNDS = 6  # of axis and middles of cuts, each from the last: a limb that was 40 degrees off stands to 0.1 after four
LEAST_SLENDER = 1.0  # length below the opening over the mean diameter: less is a foot, a bowl or a slice
_CUTS = 16
# Shares of the length: below, the rounded end says little of the axis; above, the opening may be oblique.
_FROM, _TO = 0.15, 0.95


@dataclass(frozen=True, eq=False)
class Standing:
    """A limb with its distal end down. axes_lps: (3, 3) orthonormal rows, right-handed, the last is proximal.

    origin_lps_mm: (3,) on the long axis, at the level of the distal end; `local` coordinates are measured from there.
    top_mm: the level up to which every cut is whole. rim_lps_mm: (n, 3) the points of the opening's edge.
    """

    mesh: Mesh
    origin_lps_mm: FloatArray
    axes_lps: FloatArray
    top_mm: float
    rim_lps_mm: FloatArray

    @cached_property
    def _sliced(self) -> Sliced:
        return Sliced(self.local(self.mesh.vertices_lps_mm)[self.mesh.faces])

    def local(self, points_lps_mm: FloatArray) -> FloatArray:
        """(n, 3) points in the limb's own axes, levels last."""
        return np.asarray((points_lps_mm - self.origin_lps_mm) @ self.axes_lps.T)

    def lps(self, points_mm: FloatArray) -> FloatArray:
        """(n, 3) points of the limb's own axes where they lie."""
        return np.asarray(points_mm @ self.axes_lps + self.origin_lps_mm)

    @property
    def up_lps(self) -> FloatArray:
        """(3,) the proximal direction."""
        return np.asarray(self.axes_lps[2])

    def cuts(self, levels_mm: FloatArray) -> list[Section]:
        """Cuts across at these levels above the distal end."""
        return self._sliced.sections(levels_mm)

    def met(self, level_mm: float) -> FloatArray:
        """(k, 3, 3) corners of the triangles that a cut at that level meets, in the limb's own axes."""
        return self._sliced.met(level_mm)

    @property
    def bottom_mm(self) -> float:
        """The level of the lowest point: 0 in the limb's own frame."""
        return float(((self.mesh.vertices_lps_mm - self.origin_lps_mm) @ self.up_lps).min())


def standing_as(mesh: Mesh, origin_lps_mm: FloatArray, up_lps: FloatArray, front_lps: FloatArray) -> Standing:
    """A limb in a frame that another one stands in; its levels then count from there. Its second axis is the front."""
    across = unit_vector(np.cross(front_lps, up_lps))
    axes = np.stack([across, np.cross(up_lps, across), up_lps])
    rim = mesh.vertices_lps_mm[rim_of(mesh)]
    top = float(((rim - origin_lps_mm) @ up_lps).min())
    return Standing(mesh, origin_lps_mm, axes, top, rim)


def rim_of(mesh: Mesh) -> IntArray:
    """Indices of the points around the longest opening; none where the surface is closed."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = _open_edges(mesh.faces)
    if not len(edges):
        return np.zeros(0, dtype=np.int64)
    names, at = np.unique(edges, return_inverse=True)
    pairs = at.reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(names), len(names)))
    count, ring = connected_components(graph, directed=False)
    ends = mesh.vertices_lps_mm[edges]
    length = np.bincount(ring[pairs[:, 0]], np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1), minlength=count)
    return np.asarray(names[ring == int(length.argmax())])


def _open_edges(faces: IntArray) -> IntArray:
    """(n, 2) edges that one triangle alone has."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    low, high = edges.min(axis=1), edges.max(axis=1)
    _, first, count = np.unique(low << 32 | high, return_index=True, return_counts=True)
    return np.asarray(edges[first[count == 1]])


def stand(mesh: Mesh) -> Standing | None:
    """The limb stood up along its own axis, in whatever pose it came; None where it has no opening, or no length below it."""
    rim = rim_of(mesh)
    if len(rim) < 3:
        return None
    opening = mesh.vertices_lps_mm[rim]
    up = _first_up(mesh, opening)
    for _ in range(ROUNDS):
        limb = _upright(mesh, up, opening)
        if limb.top_mm <= 0:
            return None
        fitted = _line(limb, limb.top_mm * np.linspace(_FROM, _TO, _CUTS))
        if fitted is None:
            return None
        up = fitted[1]
    return centred(limb, _FROM * limb.top_mm, _TO * limb.top_mm) if _slender(limb) else None


def centred(limb: Standing, low_mm: float, high_mm: float) -> Standing:
    """The limb along the line that fits the middles of its cuts between two levels best."""
    fitted = _line(limb, np.linspace(low_mm, high_mm, _CUTS))
    return limb if fitted is None else _upright(limb.mesh, fitted[1], limb.rim_lps_mm, fitted[0], limb.axes_lps[1])


def _first_up(mesh: Mesh, opening: FloatArray) -> FloatArray:
    """From the middle of the surface to the middle of its opening."""
    corners = mesh.triangles_lps_mm
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    middle = (corners.mean(axis=1) * area[:, None]).sum(axis=0) / area.sum()
    return np.asarray((opening.min(axis=0) + opening.max(axis=0)) / 2 - middle)


def _upright(
    mesh: Mesh, up: FloatArray, opening: FloatArray, on: FloatArray | None = None, front: FloatArray | None = None
) -> Standing:
    up = unit_vector(up)
    near = np.eye(3)[int(np.abs(up).argmin())] if front is None else front
    across = unit_vector(np.cross(near, up))
    axes = np.stack([across, np.cross(up, across), up])
    on = opening.mean(axis=0) if on is None else on
    low = float((mesh.vertices_lps_mm @ up).min())
    origin = on + up * (low - float(on @ up))
    return Standing(mesh, origin, axes, float((opening @ up).min() - low), opening)


def _line(limb: Standing, levels_mm: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """A point (3,) and the direction (3,) of the line through the middles of cuts; None where a cut is empty."""
    middles = np.array([[*cut.middle_mm, level] for cut, level in zip(limb.cuts(levels_mm), levels_mm, strict=True)])
    if not np.isfinite(middles).all():
        return None
    centre = middles.mean(axis=0)
    off = middles - centre
    slope = (off[:, :2] * off[:, 2:]).sum(axis=0) / (off[:, 2] ** 2).sum()
    return limb.lps(centre[None])[0], np.array([*slope, 1.0]) @ limb.axes_lps


def _slender(limb: Standing) -> bool:
    areas = [cut.area_mm2 for cut in limb.cuts(limb.top_mm * np.linspace(0.3, 0.9, 5))]
    return limb.top_mm >= LEAST_SLENDER * 2 * float(np.sqrt(np.mean(areas) / np.pi))
