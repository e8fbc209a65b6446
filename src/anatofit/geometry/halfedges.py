"""Edges of triangles with their two sides: which faces hang together, where a surface is open, and where too many meet.

Half-edge `3 f + k` runs from corner k of face f to the next one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import GeometryError
from anatofit.geometry.order import stable_order
from anatofit.geometry.weld import used_vertices
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

NONE = -1
# Faces at one edge beyond which nothing is told apart: three or four meet where bodies touch.
MOST_AT_EDGE = 64


@dataclass(frozen=True)
class Edges:
    """Half-edges grouped by the two vertices that they join.

    order: half-edges so that those of one edge stand together; starts and counts: where each edge's group begins in it, and how
    many it has.
    """

    order: IntArray
    starts: IntArray
    counts: IntArray

    def pairs(self) -> tuple[IntArray, IntArray]:
        """The two half-edges of every edge that has exactly two."""
        at = self.starts[self.counts == 2]
        return self.order[at], self.order[at + 1]

    @property
    def open_count(self) -> int:
        """Edges with one face alone."""
        return int((self.counts == 1).sum())

    @property
    def crowded_count(self) -> int:
        """Edges at which more than two faces meet."""
        return int((self.counts > 2).sum())


def edges_of(faces: IntArray) -> Edges:
    """The edges of faces `(m, 3)`."""
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    size = int(faces.max()) + 1 if len(faces) else 1
    keys = np.minimum(start, end) * size + np.maximum(start, end)
    order = stable_order(keys)
    placed = keys[order]
    first = np.flatnonzero(np.r_[True, placed[1:] != placed[:-1]]) if len(placed) else np.zeros(0, np.int64)
    return Edges(order, first, np.diff(np.r_[first, len(placed)]))


def bodies_of(faces: IntArray) -> IntArray:
    """`(m,)` number of the body of each face: faces that share a vertex are of one body."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    size = int(faces.max()) + 1 if len(faces) else 0
    graph = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][faces[:, 0]]
    numbers = np.cumsum(used_vertices(labels, size)) - 1  # without the gaps that unused vertices leave
    return np.asarray(numbers[labels], dtype=np.int64)


def twins_of(vertices: FloatArray, faces: IntArray) -> IntArray:
    """`(3 m,)` the half-edge on the other side of each, `NONE` where the surface is open.

    Where more than two faces meet, each is joined to the one that it encloses a wedge of the body with, as two bodies that touch
    along an edge are told apart; what finds no partner is open there. Faces must be turned alike. Raises GeometryError where more than 64
    faces share an edge.
    """
    edges = edges_of(faces)
    if len(edges.counts) and int(edges.counts.max()) > MOST_AT_EDGE:
        raise GeometryError(
            f"{int(edges.counts.max())} triangles share one edge, at most {MOST_AT_EDGE} are told apart"
        )
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    twins = np.full(len(start), NONE)
    a, b = edges.pairs()
    opposite = start[a] == end[b]
    twins[a[opposite]], twins[b[opposite]] = b[opposite], a[opposite]
    for n in np.flatnonzero(edges.counts > 2):
        group = edges.order[edges.starts[n] : edges.starts[n] + edges.counts[n]]
        for one, other in _wedges(vertices, faces, group):
            twins[one], twins[other] = other, one
    return twins


def _wedges(vertices: FloatArray, faces: IntArray, group: IntArray) -> list[tuple[int, int]]:
    """Pairs of half-edges of one edge, in opposite directions, next to each other round it with the body between them."""
    face, corner = group // 3, group % 3
    start, end, third = faces[face, corner], faces[face, (corner + 1) % 3], faces[face, (corner + 2) % 3]
    low = min(int(start[0]), int(end[0]))
    origin = vertices[low]
    axis = vertices[max(int(start[0]), int(end[0]))] - origin
    out = vertices[third] - origin
    first = np.cross(axis, out[0])
    second = np.cross(axis, first)
    angles = np.arctan2(out @ first, out @ second)
    order = np.argsort(angles, kind="stable")
    forward = (start == low)[order]
    ring = group[order]
    # seen along the edge, a face that runs with it has its inside towards greater angles or smaller ones, all of them alike
    return _bracketed(ring, forward)


def _bracketed(ring: IntArray, opens: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Opening and closing ones that follow each other round the ring are pairs; again until none is left."""
    left, pairs = list(zip(ring.tolist(), opens.tolist(), strict=True)), list[tuple[int, int]]()
    while True:
        k = next((k for k in range(len(left)) if left[k - 1][1] and not left[k][1] and len(left) > 1), None)
        if k is None:
            return pairs
        pairs.append((left[k - 1][0], left[k][0]))
        left = [x for j, x in enumerate(left) if j not in (k, (k - 1) % len(left))]


def parted(vertices: FloatArray, faces: IntArray, twins: IntArray) -> tuple[FloatArray, IntArray, int]:
    """Vertices and faces with a vertex of its own for each fan of faces that `twins` join, and how many were added so."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    here = np.flatnonzero(twins != NONE)
    after = twins[here] // 3 * 3 + (twins[here] + 1) % 3
    graph = coo_array((np.ones(len(here), dtype=np.int8), (here, after)), shape=(faces.size, faces.size))
    fans = connected_components(graph, directed=False)[1]
    old = np.zeros(int(fans.max()) + 1, dtype=np.int64)
    old[fans] = faces.ravel()
    # fans in the order of their old vertices, so that a surface without a fault keeps its numbers
    order = np.argsort(old, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    before = int(used_vertices(faces, len(vertices)).sum())
    return vertices[old[order]], rank[fans].reshape(-1, 3), len(old) - before


def loops_of(faces: IntArray, twins: IntArray) -> list[IntArray]:
    """The openings: vertices along each edge, in the direction in which the faces run; at most one at each vertex."""
    open_edges = np.flatnonzero(twins == NONE)
    start, end = faces.ravel()[open_edges], np.roll(faces, -1, axis=1).ravel()[open_edges]
    following = dict(zip(start.tolist(), end.tolist(), strict=True))
    loops = []
    while following:
        at, stop = next(iter(following.items()))
        loop = [at]
        del following[at]
        while stop in following:
            loop.append(stop)
            stop = following.pop(stop)
        loops.append(np.array(loop, dtype=np.int64))
    return loops
