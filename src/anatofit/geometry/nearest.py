"""The place of a surface that is nearest to a point, with the triangle that it lies on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from anatofit.geometry.closest import sample_triangles
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

SPACING_MM = 0.8  # between the samples that a triangle is found by; the place on it is exact
_CANDIDATES = 6  # triangles looked at for each point


class Nearest:
    """A mesh, or what of it lies within a box `(2, 3)`, ready to be asked for the nearest place."""

    def __init__(self, mesh: Mesh, *, bounds_mm: FloatArray | None = None) -> None:
        triangles = mesh.triangles_lps_mm
        if bounds_mm is not None:
            low, high = bounds_mm
            triangles = triangles[((triangles.max(axis=1) >= low) & (triangles.min(axis=1) <= high)).all(axis=1)]
        self.triangles_mm = triangles
        self._tree, self._owner = None, np.zeros(0, dtype=np.int64)
        if len(triangles):
            samples, self._owner = sample_triangles(triangles, spacing_mm=SPACING_MM)
            self._tree = cKDTree(samples)

    @property
    def empty(self) -> bool:
        """Nothing of the mesh lies in the box."""
        return self._tree is None

    def asked(self, points_mm: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
        """`(n, 3)` nearest places and `(n,)` the triangles they lie on. Raises ValueError where the mesh is empty."""
        if self._tree is None:
            raise ValueError("there is no surface near the points")
        points = np.asarray(points_mm, dtype=np.float64)
        _, found = self._tree.query(points, k=min(_CANDIDATES, len(self._owner)))
        owners = self._owner[found.reshape(len(points), -1)]
        best = np.full(len(points), np.inf)
        place, owner = points.copy(), owners[:, 0].copy()
        for column in owners.T:
            at = foot_on(points, self.triangles_mm[column])
            away = np.square(points - at).sum(axis=1)
            nearer = away < best
            best[nearer], place[nearer], owner[nearer] = away[nearer], at[nearer], column[nearer]
        return place, owner

    def planes(self, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """`(n, 3)` places within `SPACING_MM` of the nearest ones, and the surface's unit normals there: ten times as fast as `asked`."""
        if self._tree is None:
            raise ValueError("there is no surface near the points")
        _, found = self._tree.query(points_mm)
        return np.asarray(self._tree.data[found]), self.normals(self._owner[found])

    def normals(self, owners: NDArray[np.int64]) -> FloatArray:
        """`(n, 3)` unit normals of triangles."""
        a, b, c = np.moveaxis(self.triangles_mm[owners], 1, 0)
        cross = np.cross(b - a, c - a)
        return np.asarray(cross / np.maximum(np.linalg.norm(cross, axis=1, keepdims=True), 1e-12))

    def facing(self, points_mm: FloatArray, *, radius_mm: float) -> FloatArray:
        """`(n, 3)` the surface's unit normal around each point, by area over all that lies within a radius."""
        if self._tree is None:
            raise ValueError("there is no surface near the points")
        a, b, c = np.moveaxis(self.triangles_mm, 1, 0)
        each = np.cross(b - a, c - a)
        counts = np.bincount(self._owner, minlength=len(each))
        each = (each / np.maximum(counts, 1)[:, None])[self._owner]
        near = self._tree.query_ball_point(points_mm, radius_mm, return_sorted=True)
        _, own = self._tree.query(points_mm)
        unit = self.normals(self._owner[own])
        sums = [
            each[n][(each[n] * u).sum(axis=1) > 0].sum(axis=0) if len(n) else u for n, u in zip(near, unit, strict=True)
        ]
        found = np.array(sums)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(np.where(length > 1e-12, found / np.maximum(length, 1e-12), unit))


def foot_on(points: FloatArray, triangles: FloatArray) -> FloatArray:
    """`(n, 3)` the place of each point's own triangle that is nearest to it (Ericson 2005, 5.1.5)."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    normal = np.cross(b - a, c - a)
    area2 = np.maximum(np.einsum("ij,ij->i", normal, normal), 1e-300)
    ap = points - a
    v = np.einsum("ij,ij->i", np.cross(ap, c - a), normal) / area2
    w = np.einsum("ij,ij->i", np.cross(b - a, ap), normal) / area2
    place = a + v[:, None] * (b - a) + w[:, None] * (c - a)
    out = (v < 0) | (w < 0) | (v + w > 1)
    if out.any():
        p = points[out]
        sides = [_on_segment(p, s[out], e[out]) for s, e in ((a, b), (b, c), (c, a))]
        away = np.stack([np.square(p - s).sum(axis=1) for s in sides])
        place[out] = np.stack(sides)[np.argmin(away, axis=0), np.arange(len(p))]
    return np.asarray(place)


def _on_segment(points: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    way = end - start
    length2 = np.maximum(np.einsum("ij,ij->i", way, way), 1e-300)
    share = np.clip(np.einsum("ij,ij->i", points - start, way) / length2, 0.0, 1.0)
    return np.asarray(start + share[:, None] * way)
