"""A surface carried on over a hole by the thin plate through what lies around it, and how well the same does where the surface is known.

A plate that is bent as little as can be (Duchon 1977, splines minimizing rotation-invariant semi-norms) carries on slope and bend of its
surroundings: over a round limb it leaves the truth by the fourth power of the hole's width, flat triangles by the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from anatofit.errors import GeometryError
from anatofit.geometry.bridge import frame_on
from anatofit.geometry.halved import halved
from anatofit.geometry.normals import vertex_normals_lps
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import IntArray, Mesh

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

_STEEPEST_COS = 0.17  # 80 degrees: what leans further over the plane of the hole is no height over it
_RING_SHARE, _RING_EDGES = (
    1.0,
    2.5,
)  # of half the width, and of a mean edge: so far around a hole the surface tells how it bends
_MOST_KNOWN = 400  # places that a plate is laid through, beside the edge: more change it by less than a scanner's noise
_MOST_ASKED = 200  # places that a trial is judged at
_ROUNDED_MM = 6  # digits: a solver's last bits depend on the machine
_TRIALS, _FEWEST = 8, 4  # around a hole; with fewer nothing is known
_AWAY = 2.2  # of half the width, from the hole's middle to a trial's: beside it, not over it
_RIM_EDGES = 1.5
_EVEN_MM = 3.0  # standard deviation over which what a trial is off by is evened: noise is no shape, and devices even a skin as far
_LONGEST = 1.4  # of a mean edge of the hole's: so triangles inside are about as large as those around
_WIDEST_GAP = 1.0  # rad around a trial without any surface: it lies at an edge, and its plate would reach out


@dataclass(frozen=True, eq=False)
class Plate:
    """Heights over a plane. axes: rows, the last one the plane's normal, out of the surface."""

    origin_mm: FloatArray
    axes: FloatArray
    height: Any

    def flat(self, points_mm: FloatArray) -> FloatArray:
        """(n, 3) in the plate's own coordinates."""
        return np.asarray((points_mm - self.origin_mm) @ self.axes.T)

    def on(self, flat_mm: FloatArray) -> FloatArray:
        """(n, 3) places on the plate over (n, 2) of its plane."""
        local = np.column_stack([flat_mm, self.height(flat_mm)])
        return np.round(local @ self.axes + self.origin_mm, _ROUNDED_MM)


@dataclass(frozen=True, eq=False)
class Around:
    """A surface as plates are laid on it."""

    mesh: Mesh

    @cached_property
    def normals(self) -> FloatArray:
        return vertex_normals_lps(self.mesh)

    @cached_property
    def tree(self) -> cKDTree:
        from scipy.spatial import cKDTree

        return cKDTree(self.mesh.vertices_lps_mm)

    @cached_property
    def edge_mm(self) -> float:
        corners = self.mesh.triangles_lps_mm
        return float(np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).mean())

    def ring_mm(self, half_mm: float) -> float:
        """How far around a hole of that half width its surroundings are asked."""
        return _RING_SHARE * half_mm + _RING_EDGES * self.edge_mm

    def near(self, points_mm: FloatArray, reach_mm: float) -> IntArray:
        """Vertices that lie so near to any of the points."""
        from scipy.spatial import cKDTree

        off, _ = cKDTree(points_mm).query(self.mesh.vertices_lps_mm, distance_upper_bound=reach_mm)
        return np.flatnonzero(np.isfinite(off))

    def plate(self, rim: IntArray, near: IntArray) -> Plate | None:
        """The plate through the vertices of a hole's edge, exactly, and those near it; None where the surface turns away from any plane."""
        normal = self.normals[rim].mean(axis=0)
        if not normal.any():
            return None
        normal = unit_vector(normal)
        if (self.normals[rim] @ normal < _STEEPEST_COS).any():
            return None
        near = near[(self.normals[near] @ normal > _STEEPEST_COS) & ~np.isin(near, rim)]
        points = self.mesh.vertices_lps_mm
        origin, axes = points[rim].mean(axis=0), frame_on(normal).T
        edge, beyond = ((points[some] - origin) @ axes.T for some in (rim, near))
        height = _bent_least(np.concatenate([edge, _thinned(beyond)]))
        return None if height is None else Plate(origin, axes, height)


def width_mm(points_mm: FloatArray) -> float:
    """The greatest distance between two of the points."""
    from scipy.spatial.distance import pdist

    return float(pdist(points_mm).max())


def spanned(around: Around, loop: IntArray) -> tuple[FloatArray, IntArray] | None:
    """New vertices (k, 3) and faces over a hole whose edge runs as the faces beside it do, and as close-set as it is. Faces number the
    loop's points first, then the new ones, and look out as their surroundings do. None where the edge is no simple line over a plane."""
    edge = around.mesh.vertices_lps_mm[loop]
    plate = around.plate(loop, around.near(edge, around.ring_mm(width_mm(edge) / 2)))
    if plate is None:
        return None
    ring = plate.flat(edge)[::-1, :2]
    steps = np.hypot(*(ring - np.roll(ring, 1, axis=0)).T)
    try:
        flat, faces = halved(ring, longest_mm=_LONGEST * float(steps.mean()))
    except GeometryError:
        return None
    new = plate.on(flat[len(loop) :]) if len(flat) > len(loop) else np.zeros((0, 3))
    return new, np.where(faces < len(loop), len(loop) - 1 - faces, faces)


def tried_mm(around: Around, middle_mm: FloatArray, half_mm: float, *, made_up: IntArray) -> FloatArray:
    """(t,) how far plates over round holes of that half width lie off the evened surface at most, each beside the place in another way, where it is
    known: not among the vertices that were `made_up`."""
    _, start = around.tree.query(middle_mm)
    axes = frame_on(around.normals[start]).T
    found = []
    for turn in np.arange(_TRIALS) * 2 * np.pi / _TRIALS:
        away = _AWAY * half_mm * (np.cos(turn) * axes[0] + np.sin(turn) * axes[1])
        off, at = around.tree.query(middle_mm + away)
        beside = np.linalg.norm(around.mesh.vertices_lps_mm[at] - middle_mm) > 1.5 * half_mm
        if off < 1.5 * half_mm and beside:
            found += list(_tried(around, int(at), half_mm, made_up))
    return np.array(found if len(found) >= _FEWEST else [])


def _tried(around: Around, at: int, half_mm: float, made_up: IntArray) -> Iterator[float]:
    points, normals = around.mesh.vertices_lps_mm, around.normals
    near = np.array(around.tree.query_ball_point(points[at], half_mm + around.ring_mm(half_mm)))
    near = near[normals[near] @ normals[at] > 0]
    off = np.linalg.norm(points[near] - points[at], axis=1)
    hidden, known = near[off <= half_mm], near[off > half_mm]
    rim = near[(off > half_mm) & (off < half_mm + _RIM_EDGES * around.edge_mm)]
    if len(rim) < 3 or np.isin(hidden, made_up).any():
        return
    plate = around.plate(rim, known)
    if plate is None or _gap(plate.flat(points[known]) - plate.flat(points[at])) > _WIDEST_GAP:
        return
    local = plate.flat(points[hidden[:: len(hidden) // _MOST_ASKED + 1]])
    yield float(np.abs(_evened(local[:, :2], plate.height(local[:, :2]) - local[:, 2])).max())


def _evened(places_mm: FloatArray, values: FloatArray) -> FloatArray:
    from scipy.spatial.distance import cdist

    weight = np.exp(-cdist(places_mm, places_mm, "sqeuclidean") / (2 * _EVEN_MM**2))
    return np.asarray((weight * values).sum(axis=1) / weight.sum(axis=1))


def _gap(flat_mm: FloatArray) -> float:
    """The widest angle around the origin, in rad, in which no point lies."""
    angle = np.sort(np.arctan2(flat_mm[:, 1], flat_mm[:, 0]))
    return float(np.diff(np.append(angle, angle[0] + 2 * np.pi)).max())


def _thinned(local_mm: FloatArray) -> FloatArray:
    """Means of what lies together, where there is more than enough: so noise is evened."""
    if len(local_mm) <= _MOST_KNOWN:
        return local_mm
    cell = np.sqrt(float(np.prod(np.ptp(local_mm[:, :2], axis=0))) / _MOST_KNOWN)
    cells = np.floor((local_mm[:, :2] - local_mm[:, :2].min(axis=0)) / cell).astype(np.int64)
    _, group, count = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    return np.stack([np.bincount(group.ravel(), column) / count for column in local_mm.T], axis=1)


def _bent_least(local_mm: FloatArray) -> Any:
    """Heights by places in the plane; None where two of the places are one."""
    from scipy.interpolate import RBFInterpolator

    try:
        return RBFInterpolator(local_mm[:, :2], local_mm[:, 2], kernel="thin_plate_spline")
    except np.linalg.LinAlgError:
        return None
