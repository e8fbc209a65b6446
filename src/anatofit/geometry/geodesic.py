"""Smooth ways over a surface: the shortest between two places, and one curve through several."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from anatofit.geometry.nearest import Nearest
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

COARSE = 8  # spans of the first, coarse way between two places; halved until they are short
_SETTLE = 40  # passes of shortening at each fineness


def way_over(mesh: Mesh, near: Nearest, start_mm: FloatArray, end_mm: FloatArray, *, step_mm: float) -> FloatArray:
    """`(n, 3)` points of a shortest way over a surface between two places on it, about a step apart.

    Along the edges of the mesh (Dijkstra) first, then shortened like a rubber band that is held to the surface, from few points to
    many: so long ways straighten as quickly as short ones. Raises ValueError where the surface does not join the places.
    """
    points = evenly(_along_edges(mesh, start_mm, end_mm), count=COARSE + 1)
    while True:
        points = _shortened(points, near)
        if float(np.linalg.norm(np.diff(points, axis=0), axis=1).max()) <= step_mm:
            return points
        points = evenly(points, count=2 * len(points) - 1)


def joined(ways: list[FloatArray]) -> FloatArray:
    """Ways that follow each other as one, each shared point once."""
    return np.concatenate([ways[0], *(way[1:] for way in ways[1:])])


def rounded(points_mm: FloatArray, near: Nearest, *, passes: int) -> FloatArray:
    """An open curve over a surface whose corners are rounded off: each pass averages neighbours 1, 2, 1; the ends stay."""
    points = points_mm
    for number in range(passes):
        points = _averaged(points)
        if number % 5 == 4 or number == passes - 1:
            points, _ = near.asked(points)
            points[[0, -1]] = points_mm[[0, -1]]
    return points


def evenly(points_mm: FloatArray, *, count: int) -> FloatArray:
    """`(count, 3)` points evenly spaced along an open curve, both ends kept."""
    at = lengths_mm(points_mm)
    wanted = np.linspace(0.0, at[-1], count)
    return np.stack([np.interp(wanted, at, points_mm[:, axis]) for axis in range(3)], axis=1)


def lengths_mm(points_mm: FloatArray) -> FloatArray:
    """`(n,)` length along an open curve from its first point to each."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points_mm, axis=0), axis=1))])


def _averaged(points: FloatArray) -> FloatArray:
    moved = points.copy()
    moved[1:-1] = 0.25 * points[:-2] + 0.5 * points[1:-1] + 0.25 * points[2:]
    return moved


def _shortened(points: FloatArray, near: Nearest) -> FloatArray:
    ends = points[[0, -1]]
    for _ in range(_SETTLE):
        points, _ = near.asked(_averaged(points))
        points[[0, -1]] = ends
    return evenly(points, count=len(points))


def _along_edges(mesh: Mesh, start_mm: FloatArray, end_mm: FloatArray) -> FloatArray:
    """The shortest way along the edges of a mesh between the vertices nearest to two places, and those places."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    places, where = np.unique(np.round(mesh.vertices_lps_mm, 6), axis=0, return_inverse=True)
    where = where.ravel()
    pairs = np.unique(
        np.sort(np.concatenate([where[mesh.faces[:, [a, b]]] for a, b in pairwise((0, 1, 2, 0))]), axis=1), axis=0
    )
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    long = np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1)
    graph = coo_array((long, (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places))).tocsr()
    first, last = (int(np.argmin(np.square(places - p).sum(axis=1))) for p in (start_mm, end_mm))
    _, before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)
    chain = [last]
    while chain[-1] != first:
        chain.append(int(before[chain[-1]]))
        if chain[-1] < 0:
            raise ValueError("the surface does not join the two places")
    return np.concatenate([[start_mm], places[chain[::-1]][1:-1], [end_mm]])
