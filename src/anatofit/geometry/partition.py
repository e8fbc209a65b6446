"""A closed mesh cut into closed pieces by planes; where two pieces meet, they have the same triangles, turned over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.errors import GeometryError
from anatofit.geometry.bridge import frame_on
from anatofit.geometry.canonical import unmatched_edges
from anatofit.model.frame import FloatArray, Plane
from anatofit.model.mesh import IntArray, Mesh

# No corner lies nearer to a plane than this: the plane is moved by steps of it, so that no sliver is cut.
_CLEAR_MM = 0.002
_MOST_MOVES = 40


@dataclass(frozen=True, eq=False)
class Cells:
    """A body cut by planes: faces (m, 3) over common vertices, each of a cell. Bit n of a cell's number: it lies in front of plane n."""

    vertices: FloatArray
    faces: IntArray
    cell: IntArray


def cells_of(mesh: Mesh, planes: Sequence[Plane]) -> Cells:
    """The cells of a closed mesh, vertices at float32 values. Raises GeometryError where a cut is no closed line."""
    cells = Cells(mesh.vertices_lps_mm, mesh.faces, np.zeros(len(mesh.faces), dtype=np.int64))
    for number, plane in enumerate(planes):
        cells = _cut(cells, plane, bit=1 << number)
    return cells


def pieces_of(cells: Cells, piece: IntArray) -> tuple[Mesh, list[Mesh]]:
    """The whole body without what two of its pieces share, and the pieces. piece: number of the piece of each number of a cell."""
    own = piece[cells.cell]
    whole = _without_pairs(cells.faces, np.zeros(len(own), dtype=np.int64))
    found = []
    inner = _without_pairs(cells.faces, own)
    for number in range(int(piece.max()) + 1):
        faces = cells.faces[inner & (own == number)]
        if unmatched_edges(faces):
            raise GeometryError("a piece of the body is not closed")
        if len(faces):
            found.append(_compact(cells.vertices, faces))
        else:
            found.append(Mesh(np.zeros((0, 3)), faces))
    return _compact(cells.vertices, cells.faces[whole]), found


def _cut(cells: Cells, plane: Plane, *, bit: int) -> Cells:
    normal = np.asarray(plane.normal_lps)
    height = _clear((cells.vertices - np.asarray(plane.point_lps_mm)) @ normal)
    front = height > 0
    many = front[cells.faces].sum(axis=1)
    crossed = np.flatnonzero((many == 1) | (many == 2))
    vertices, faces, source, in_front = _split(cells, height, crossed)
    rest = np.setdiff1d(np.arange(len(cells.faces)), crossed)
    all_faces = np.concatenate([cells.faces[rest], faces])
    cell = np.concatenate([cells.cell[rest], cells.cell[source]])
    ahead = np.concatenate([many[rest] == 3, in_front])
    caps, cap_cell = _caps(vertices, faces[in_front], cells.cell[source][in_front], len(cells.vertices), normal)
    return Cells(
        vertices,
        np.concatenate([all_faces, caps, caps[:, ::-1]]),
        np.concatenate([cell + bit * ahead, cap_cell + bit, cap_cell]),
    )


def _clear(height: FloatArray) -> FloatArray:
    """Heights over a plane that is moved until no corner lies on it."""
    for move in range(_MOST_MOVES):
        moved = height + _CLEAR_MM * ((move + 1) // 2) * (-1) ** move
        if np.abs(moved).min() > _CLEAR_MM / 4:
            return np.asarray(moved)
    return np.where(height == 0, _CLEAR_MM / 4, height)


def _split(cells: Cells, height: FloatArray, crossed: IntArray) -> tuple[FloatArray, IntArray, IntArray, IntArray]:
    """All vertices with those of the cut, the triangles of the crossed faces, the face that each comes from, and whether it lies in front."""
    faces = cells.faces[crossed]
    front = height[faces] > 0
    lone = np.where(front.sum(axis=1) == 1, front.argmax(axis=1), (~front).argmax(axis=1))
    a, b, c = (faces[np.arange(len(faces)), (lone + n) % 3] for n in range(3))
    ends = np.sort(np.concatenate([np.stack([a, b], axis=1), np.stack([a, c], axis=1)]), axis=1)
    edges, which = np.unique(ends, axis=0, return_inverse=True)
    low, high = height[edges[:, 0]], height[edges[:, 1]]
    share = (low / (low - high))[:, None]
    new = cells.vertices[edges[:, 0]] + share * (cells.vertices[edges[:, 1]] - cells.vertices[edges[:, 0]])
    new, where = np.unique(new.astype(np.float32), axis=0, return_inverse=True)
    which = where.ravel()[
        which
    ]  # a sliver may be narrower than float32 tells: both its edges are then cut in one place
    vertices = np.concatenate([cells.vertices, new.astype(np.float64)])
    ab, ac = len(cells.vertices) + which.reshape(2, -1)
    from_b = b < c  # the diagonal runs from the lower of both: on the same face turned over it is the same
    third, fourth = np.where(from_b, ac, c), np.where(from_b, b, ab)
    out = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ac), (ab, b, third), (fourth, c, ac))])
    lone_front = height[a] > 0
    kept = (out != np.roll(out, 1, axis=1)).all(axis=1)
    in_front = np.concatenate([lone_front, ~lone_front, ~lone_front])
    return vertices, out[kept], np.tile(crossed, 3)[kept], in_front[kept]


def _caps(
    vertices: FloatArray, faces: IntArray, cell: IntArray, first_new: int, normal: FloatArray
) -> tuple[IntArray, IntArray]:
    """Triangles over the cut of each cell, looking back from the piece in front, and their cells."""
    u, v, _ = frame_on(-normal).T
    found, owners = [np.zeros((0, 3), dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for number in np.unique(cell):
        caps = _cap(vertices, faces[cell == number], first_new, u, v)
        found.append(caps)
        owners.append(np.full(len(caps), number))
    return np.concatenate(found), np.concatenate(owners)


def _cap(vertices: FloatArray, faces: IntArray, first_new: int, u: FloatArray, v: FloatArray) -> IntArray:
    """Triangles over the lines that the new edges of faces close."""
    from manifold3d import triangulate

    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    on_cut = (start >= first_new) & (end >= first_new)
    loops = _loops(start[on_cut], end[on_cut])
    flat = [np.column_stack([vertices[loop] @ u, vertices[loop] @ v]) for loop in loops]
    corners = np.concatenate(loops)
    return np.asarray(corners[np.asarray(triangulate(flat), dtype=np.int64).reshape(-1, 3)])


def _loops(start: IntArray, end: IntArray) -> list[IntArray]:
    """Closed lines of directed edges, the other way round. Raises GeometryError where they do not close."""
    after = dict(zip(end.tolist(), start.tolist(), strict=True))
    if len(after) != len(end) or set(after) != set(after.values()):
        raise GeometryError("a cut through the body is no closed line")
    loops = []
    while after:
        at, line = next(iter(after)), []
        while at in after:
            line.append(at)
            at = after.pop(at)
        loops.append(np.array(line))
    return loops


def _without_pairs(faces: IntArray, group: IntArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which faces have no other of their group on the same three corners."""
    key = np.column_stack([np.sort(faces, axis=1), group])
    _, which, count = np.unique(key, axis=0, return_inverse=True, return_counts=True)
    return np.asarray(count[which.ravel()] == 1)


def _compact(vertices: FloatArray, faces: IntArray) -> Mesh:
    used, where = np.unique(faces, return_inverse=True)
    return Mesh(vertices[used], where.reshape(-1, 3))
