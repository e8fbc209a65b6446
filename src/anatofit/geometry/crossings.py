"""Which triangles of a surface cut each other: near pairs by grids of doubling size, then edge against triangle."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import GeometryError
from anatofit.geometry.order import stable_order
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh

BoolArray = NDArray[np.bool_]

# Cuts less deep than this are rounding: float32 keeps 3e-5 mm at 500 mm from the origin.
SHALLOW_MM = 1e-4
# Neighbours that share a grid's cell, a triangle; a clean surface has some fifty. Far beyond it triangles lie in heaps.
MOST_NEAR = 2000
SPARE = 10_000_000
_CHUNK = 250_000
_LEVELS = 24
_WAITING = 4  # chunks of near pairs that may wait to be looked at: a bound on memory
_Pairs = tuple[IntArray, IntArray]


def crossing_pairs(mesh: Mesh, *, most: int) -> IntArray:
    """`(p, 2)` pairs of faces that cut by more than 0.1 µm; stops beyond `most` pairs.

    Faces that share a vertex count where they cut elsewhere, faces that share an edge where one is folded onto the other. Raises GeometryError where so many
    triangles lie in a heap that the pairs cannot be looked at.
    """
    corners = mesh.triangles_lps_mm
    look = partial(_cutting, mesh, _Planes(mesh, corners))
    found, count = [np.zeros((0, 2), dtype=np.int64)], 0
    for pairs in _beside(look, _near_pairs(corners.min(axis=1), corners.max(axis=1))):
        found.append(pairs)
        count += len(pairs)
        if count > most:
            break
    return np.concatenate(found)


def _beside(work: Callable[[_Pairs], IntArray], items: Iterable[_Pairs]) -> Iterator[IntArray]:
    """What the work makes of each item, in order: while it is at one, this thread looks for the next."""
    waiting: deque[Future[IntArray]] = deque()
    with ThreadPoolExecutor(1) as other:
        for item in items:
            waiting.append(other.submit(work, item))
            if len(waiting) > _WAITING:
                yield waiting.popleft().result()
        yield from (future.result() for future in waiting)


def _near_pairs(low: FloatArray, high: FloatArray) -> Iterator[_Pairs]:
    """Pairs whose boxes overlap, each once: the larger one in the grid of its own size, the smaller one put into the same grid."""
    extent = (high - low).max(axis=1)
    smallest = max(float(np.median(extent)) / 4, float(extent.max()) / 2**_LEVELS, 1e-9)
    level = np.clip(np.ceil(np.log2(np.maximum(extent, 1e-12) / smallest)), 0, _LEVELS).astype(np.int64)
    boxes = _Boxes(np.ascontiguousarray(low.T), np.ascontiguousarray(high.T), low.min(axis=0), level)
    budget = MOST_NEAR * len(low) + SPARE
    for n in np.unique(level):
        for first, second, looked in boxes.in_one_cell(int(n), smallest * 2.0**n):
            budget -= looked
            if budget < 0:
                raise GeometryError("so many triangles lie upon each other that the surface is none")
            if len(first):
                yield first, second


@dataclass(frozen=True, eq=False)
class _Boxes:
    """The boxes of triangles: low and high corners (3, n), and the level of the grid that fits each one's size."""

    low: FloatArray
    high: FloatArray
    origin: FloatArray
    level: IntArray

    def in_one_cell(self, level: int, cell: float) -> Iterator[tuple[IntArray, IntArray, int]]:
        """Overlapping pairs of one box of this level and one of it or a lower one; and how many pairs were looked at."""
        smaller, of_level = np.flatnonzero(self.level < level), np.flatnonzero(self.level == level)
        key, owner = self._cells(of_level, cell)
        yield from self._meeting(key, owner, key, owner, cell, once=True)
        if len(smaller):
            yield from self._meeting(key, owner, *self._cells(smaller, cell), cell, once=False)

    def _cells(self, rows: IntArray, cell: float) -> tuple[IntArray, IntArray]:
        """Each of the rows with the keys of the cells, at most eight, that its box touches, sorted by cell."""
        a = [np.floor((line[rows] - o) / cell).astype(np.int64) for line, o in zip(self.low, self.origin, strict=True)]
        b = [np.floor((line[rows] - o) / cell).astype(np.int64) for line, o in zip(self.high, self.origin, strict=True)]
        wide = [start < end for start, end in zip(a, b, strict=True)]
        keys, owners = [], []
        for step in np.ndindex(2, 2, 2):
            touched = np.ones(len(rows), dtype=bool)
            for n in np.flatnonzero(step):
                touched &= wide[n]
            keys.append(self._key([start[touched] + one for start, one in zip(a, step, strict=True)], cell))
            owners.append(rows[touched])
        key, owner = np.concatenate(keys), np.concatenate(owners)
        order = stable_order(key)
        return key[order], owner[order]

    def _meeting(
        self, key: IntArray, owner: IntArray, other_key: IntArray, other: IntArray, cell: float, *, once: bool
    ) -> Iterator[tuple[IntArray, IntArray, int]]:
        begin = np.searchsorted(other_key, key, "left")
        counts = np.searchsorted(other_key, key, "right") - begin
        total = np.cumsum(counts)
        start = 0
        while start < len(counts):
            done = int(total[start - 1]) if start else 0
            stop = max(start + 1, int(np.searchsorted(total, done + _CHUNK, "right")))
            part = counts[start:stop]
            looked = int(part.sum())
            row = np.repeat(np.arange(start, stop), part)
            a, b = owner[row], other[np.arange(looked) + (begin - total + counts + done)[row]]
            start = stop
            keep = np.flatnonzero(a < b) if once else np.arange(looked)
            for low, high in zip(self.low, self.high, strict=True):
                p, q = a[keep], b[keep]
                keep = keep[np.maximum(low[p], low[q]) <= np.minimum(high[p], high[q])]
            a, b = a[keep], b[keep]
            # a pair that shares several cells is looked at in the one that holds the low corner of what the boxes share
            at = [np.maximum(low[a], low[b]) for low in self.low]
            cells = [np.floor((m - o) / cell).astype(np.int64) for m, o in zip(at, self.origin, strict=True)]
            kept = self._key(cells, cell) == key[row[keep]]
            yield a[kept], b[kept], looked

    def _key(self, cells: list[IntArray], cell: float) -> IntArray:
        """One number for a cell; of a grid with more than 2^63 cells some share one, which costs time alone."""
        spans = np.floor((self.high.max(axis=1) - self.origin) / cell).astype(np.int64) + 2
        i, j, k = cells
        return np.asarray((i * spans[1] + j) * spans[2] + k)


class _Planes:
    """The plane of every triangle, worked out once: most pairs are told apart by one of the two."""

    def __init__(self, mesh: Mesh, corners: FloatArray) -> None:
        normals, origins = _plane(corners)
        self._normals = np.ascontiguousarray(normals.T)
        self._levels = (origins * normals).sum(axis=1)
        self._points = np.ascontiguousarray(mesh.vertices_lps_mm.T)
        self._faces = np.ascontiguousarray(mesh.faces.T)

    def beside(self, faces: IntArray, others: IntArray) -> BoolArray:
        """All corners of the other that are no corner of the face lie on one side of its plane."""
        x, y, z = (line[faces] for line in self._normals)
        own, level = [line[faces] for line in self._faces], self._levels[faces]
        above, below = np.ones(len(faces), dtype=bool), np.ones(len(faces), dtype=bool)
        for line in self._faces:
            corner = line[others]
            common = (corner == own[0]) | (corner == own[1]) | (corner == own[2])
            height = x * self._points[0][corner] + y * self._points[1][corner] + z * self._points[2][corner] - level
            above &= common | (height > SHALLOW_MM)
            below &= common | (height < -SHALLOW_MM)
        return above | below


def _cutting(mesh: Mesh, planes: _Planes, pairs: _Pairs) -> IntArray:
    """`(p, 2)` those of the pairs that cut: most are told apart by one of the two planes."""
    first, second = pairs
    near = np.flatnonzero(~planes.beside(first, second))
    near = near[~planes.beside(second[near], first[near])]
    first, second = first[near], second[near]
    cut = _cut(mesh.vertices_lps_mm, mesh.faces[first], mesh.faces[second])
    return np.stack([first[cut], second[cut]], axis=1)


def _cut(vertices: FloatArray, first: IntArray, second: IntArray) -> BoolArray:
    """Whether faces `(n, 3)` cut their partners."""
    shared = (first[:, :, None] == second[:, None, :]).any(axis=2)
    count = shared.sum(axis=1)
    out = np.zeros(len(first), dtype=bool)
    apart = np.flatnonzero(count == 0)
    a, b = vertices[first[apart]], vertices[second[apart]]
    crossing = np.zeros(len(apart), dtype=bool)
    for n in range(3):
        crossing |= _pierces(a[:, n], a[:, (n + 1) % 3], b) | _pierces(b[:, n], b[:, (n + 1) % 3], a)
    crossing |= _upon(a, b)
    out[apart] = crossing
    touching = np.flatnonzero(count == 1)
    # only the edge that does not begin at the common corner can pierce the other face
    out[touching] = _opposite_pierces(vertices, first[touching], second[touching], shared[touching])
    back = (second[touching][:, :, None] == first[touching][:, None, :]).any(axis=2)
    out[touching] |= _opposite_pierces(vertices, second[touching], first[touching], back)
    edge = np.flatnonzero(count == 2)
    out[edge] = _folded(vertices, first[edge], second[edge], shared[edge])
    return out


def _folded(vertices: FloatArray, faces: IntArray, others: IntArray, shared: BoolArray) -> BoolArray:
    """Faces with a common edge of which the other's third corner lies upon the face, not beyond the edge."""
    rows, k = np.arange(len(faces)), (~shared).argmax(axis=1)
    third, start, end = (faces[rows, (k + n) % 3] for n in range(3))
    beyond = others[rows, (~(others[:, :, None] == faces[:, None, :]).any(axis=2)).argmax(axis=1)]
    normal, origin = _plane(vertices[faces])
    flat = np.abs(((vertices[beyond] - origin) * normal).sum(axis=1)) <= SHALLOW_MM
    edge = vertices[end] - vertices[start]
    side = np.cross(normal, edge)
    same = ((vertices[beyond] - vertices[start]) * side).sum(axis=1) * ((vertices[third] - vertices[start]) * side).sum(
        axis=1
    )
    return np.asarray(flat & (same > 0))


def _opposite_pierces(vertices: FloatArray, faces: IntArray, others: IntArray, shared: BoolArray) -> BoolArray:
    corner, rows = shared.argmax(axis=1), np.arange(len(faces))
    start, end = faces[rows, (corner + 1) % 3], faces[rows, (corner + 2) % 3]
    return _pierces(vertices[start], vertices[end], vertices[others])


def _plane(triangles: FloatArray) -> tuple[FloatArray, FloatArray]:
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    return normal / np.where(length > 0, length, 1.0), triangles[:, 0]


def _heights(triangles: FloatArray, points: FloatArray) -> FloatArray:
    normal, origin = _plane(triangles)
    return np.asarray(np.einsum("nij,nj->ni", points - origin[:, None], normal))


def _pierces(start: FloatArray, end: FloatArray, triangles: FloatArray) -> BoolArray:
    """Segments that go through the inside of their triangles, by more than rounding on either side."""
    normal, origin = _plane(triangles)
    below = ((start - origin) * normal).sum(axis=1)
    above = ((end - origin) * normal).sum(axis=1)
    through = (np.minimum(below, above) < -SHALLOW_MM) & (np.maximum(below, above) > SHALLOW_MM)
    out = np.zeros(len(start), dtype=bool)
    if through.any():
        t = below[through] / (below[through] - above[through])
        point = start[through] + t[:, None] * (end[through] - start[through])
        out[through] = _within(point, triangles[through], normal[through])
    return out


def _within(points: FloatArray, triangles: FloatArray, normal: FloatArray) -> BoolArray:
    """Points in their triangles' planes that lie inside, farther than rounding from every edge."""
    inside = np.ones(len(points), dtype=bool)
    for n in range(3):
        a, b = triangles[:, n], triangles[:, (n + 1) % 3]
        edge = b - a
        length = np.linalg.norm(edge, axis=1)
        reach = (np.cross(edge, points - a) * normal).sum(axis=1)
        inside &= reach > SHALLOW_MM * length
    return inside


def _upon(first: FloatArray, second: FloatArray) -> BoolArray:
    """Triangles in one plane that overlap: no edge of either parts them."""
    flat = np.abs(_heights(first, second)).max(axis=1, initial=0.0) <= SHALLOW_MM
    out = np.zeros(len(first), dtype=bool)
    if not flat.any():
        return out
    a, b = first[flat], second[flat]
    normal, _ = _plane(a)
    overlap = np.ones(len(a), dtype=bool)
    for own in (a, b):
        for n in range(3):
            edge = own[:, (n + 1) % 3] - own[:, n]
            axis = np.cross(normal, edge / np.maximum(np.linalg.norm(edge, axis=1, keepdims=True), 1e-30))
            p, q = (np.einsum("nij,nj->ni", t, axis) for t in (a, b))
            overlap &= (p.max(axis=1) > q.min(axis=1) + SHALLOW_MM) & (q.max(axis=1) > p.min(axis=1) + SHALLOW_MM)
    out[flat] = overlap
    return out
