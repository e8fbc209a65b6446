"""Triangles that fill a closed line in the plane, evenly; the line's own points come first and its edges stay."""

from __future__ import annotations

import numpy as np

from anatofit.errors import GeometryError
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

_OFF_EDGE = 0.62  # of the spacing, or of the line's own edges: no point inside lies nearer to the line
_ROW = float(np.sqrt(0.75))


def filled(ring_mm: FloatArray, *, spacing_mm: float) -> tuple[FloatArray, IntArray]:
    """Points (m, 2), the first of them the ring's, and faces (k, 3), counter-clockwise as the ring.

    Points inside stand on a lattice of equal triangles, so that no four lie on one circle. Raises GeometryError where an edge of the
    ring does not stay: it comes too near to itself.
    """
    from scipy.spatial import Delaunay

    inner = _lattice(ring_mm, spacing_mm)
    points = np.concatenate([ring_mm, inner])
    faces = Delaunay(points).simplices.astype(np.int64)
    a, b, c = points[faces[:, 0]], points[faces[:, 1]], points[faces[:, 2]]
    turned = _cross(b - a, c - a) < 0
    faces[turned] = faces[turned][:, [0, 2, 1]]
    on_ring = (faces < len(ring_mm)).all(axis=1)
    keep = ~on_ring
    keep[on_ring] = inside(ring_mm, points[faces[on_ring]].mean(axis=1))
    faces = faces[keep]
    _check(faces, len(ring_mm))
    return points, faces


def _lattice(ring: FloatArray, spacing: float) -> FloatArray:
    from scipy.spatial import cKDTree

    low, high = ring.min(axis=0), ring.max(axis=0)
    rows = np.arange(low[1], high[1], spacing * _ROW)
    columns = np.arange(low[0] - spacing, high[0] + spacing, spacing)
    x = columns[None, :] + (np.arange(len(rows)) % 2)[:, None] * spacing / 2
    points = np.column_stack([x.ravel(), np.repeat(rows, len(columns))])
    points = points[inside(ring, points)]
    edges = np.hypot(*(np.roll(ring, -1, axis=0) - ring).T)
    least = _OFF_EDGE * max(spacing, float(edges.max()))
    distance, _ = cKDTree(np.concatenate([ring, (ring + np.roll(ring, -1, axis=0)) / 2])).query(points)
    return np.asarray(points[distance > least])


def inside(ring: FloatArray, points: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) which points lie within a closed line: an odd number of its edges lies to the right of them."""
    odd = np.zeros(len(points), dtype=bool)
    order = np.argsort(points[:, 1], kind="stable")
    y = points[order, 1]
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        first, last = np.searchsorted(y, [min(y0, y1), max(y0, y1)])
        some = order[first:last]
        odd[some] ^= points[some, 0] < x0 + (points[some, 1] - y0) * (x1 - x0) / (y1 - y0)
    return odd


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _check(faces: IntArray, count: int) -> None:
    """The border of the faces is the ring, each edge once."""
    size = int(faces.max()) + 1
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    ahead, back = start * size + end, end * size + start
    border = np.sort(ahead[~np.isin(ahead, back)])
    ring = np.arange(count)
    wanted = np.sort(ring * size + np.roll(ring, -1))
    if not np.array_equal(border, wanted):
        raise GeometryError("a closed line comes too near to itself to be filled with triangles")
