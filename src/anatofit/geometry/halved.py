"""Triangles over any simple closed line in the plane, jagged ones too, halved until no edge inside is long; the line's own edges stay."""

from __future__ import annotations

import numpy as np

from anatofit.errors import GeometryError
from anatofit.geometry.halfedges import edges_of
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

_ROUNDS = 60  # each takes a longest edge of every third triangle or so: twenty halve a thousand times over


def halved(ring_mm: FloatArray, *, longest_mm: float) -> tuple[FloatArray, IntArray]:
    """Points (m, 2), the first of them the ring's, and faces (k, 3), counter-clockwise as the ring. Raises GeometryError where it crosses itself."""
    from manifold3d import triangulate

    points, faces = ring_mm, np.asarray(triangulate([ring_mm]), dtype=np.int64).reshape(-1, 3)
    _check(ring_mm, faces)
    for _ in range(_ROUNDS):
        first, other, cut = _longest(points, faces, longest_mm)
        if not len(first):
            break
        points, faces = _split(points, faces, first, other, cut)
    return points, faces


def _check(ring: FloatArray, faces: IntArray) -> None:
    edges = edges_of(faces)
    whole = len(faces) == len(ring) - 2 and edges.open_count == len(ring) and not edges.crowded_count
    if not whole or (_areas(ring, faces) < 0).any():
        raise GeometryError("a closed line crosses itself and cannot be filled with triangles")


def _areas(points: FloatArray, faces: IntArray) -> FloatArray:
    """(k,) twice the area of each face, negative where it runs clockwise."""
    (ax, ay), (bx, by), (cx, cy) = (points[faces[:, k]].T for k in range(3))
    return np.asarray((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))


def _longest(points: FloatArray, faces: IntArray, longest_mm: float) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs of half-edges, each the longest inside both its faces and longer than wanted, and a new vertex's number for each pair."""
    one, other = edges_of(faces).pairs()
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    length = np.hypot(*(points[end[one]] - points[start[one]]).T)
    rank = np.zeros(faces.size, dtype=np.int64)
    order = np.argsort(length, kind="stable")
    rank[one[order]] = rank[other[order]] = 1 + np.arange(len(order))
    most = rank.reshape(-1, 3).max(axis=1)
    chosen = (length > longest_mm) & (most[one // 3] == rank[one]) & (most[other // 3] == rank[other])
    one, other = one[chosen], other[chosen]
    return one, other, len(points) + np.arange(len(one))


def _split(
    points: FloatArray, faces: IntArray, one: IntArray, other: IntArray, cut: IntArray
) -> tuple[FloatArray, IntArray]:
    """The faces at those half-edges, each halved at the edge's middle."""
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    points = np.concatenate([points, (points[start[one]] + points[end[one]]) / 2])
    half, cut = np.concatenate([one, other]), np.concatenate([cut, cut])
    apex = np.roll(faces, -2, axis=1).ravel()[half]
    kept = np.ones(len(faces), dtype=bool)
    kept[half // 3] = False
    near, far = np.stack([start[half], cut, apex], axis=1), np.stack([cut, end[half], apex], axis=1)
    return points, np.concatenate([faces[kept], near, far])
