"""Corners at one place become one vertex: exactly, or within a tolerance along open edges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

# Corners at one place that are looked at together; about six triangles meet at a vertex.
NEIGHBOURS = 12


def welded(points: NDArray[Any]) -> tuple[FloatArray, IntArray]:
    """Each position of `(n, 3)` points once, in order of place, and `(n,)` which of them each point is; -0 and 0 are one."""
    points = points + points.dtype.type(0)
    order = np.lexsort((points[:, 2], points[:, 1], points[:, 0]))
    placed = points[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (placed[1:] != placed[:-1]).any(axis=1)
    index = np.empty(len(order), dtype=np.int64)
    index[order] = np.cumsum(new) - 1
    return placed[new].astype(np.float64), index


def welded_near(points: FloatArray, chosen: IntArray, *, tolerance: float) -> IntArray:
    """`(n,)` for each of all points the one that it becomes: itself, or the first of its near neighbours among `chosen`.

    Points further apart than `tolerance` become one only through others between them.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    index = np.arange(len(points))
    if len(chosen) < 2:
        return index
    distance, nearest = cKDTree(points[chosen]).query(points[chosen], k=NEIGHBOURS, distance_upper_bound=tolerance)
    near = np.isfinite(distance)
    start, end = np.nonzero(near)[0], nearest[near]
    graph = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(len(chosen), len(chosen)))
    labels = connected_components(graph, directed=False)[1]
    _, first = np.unique(labels, return_index=True)
    index[chosen] = chosen[first[labels]]
    return index


def used_vertices(faces: IntArray, count: int) -> NDArray[np.bool_]:
    """`(count,)` whether a face names the vertex."""
    used = np.zeros(count, dtype=bool)
    used[faces.ravel()] = True
    return used


def used_only(vertices: FloatArray, faces: IntArray) -> tuple[FloatArray, IntArray]:
    """The vertices that a face names, in their order, and the faces by their new numbers."""
    used = used_vertices(faces, len(vertices))
    return vertices[used], (np.cumsum(used) - 1)[faces]
