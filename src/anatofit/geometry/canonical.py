"""A mesh whose bytes do not depend on how it was made, and that a float32 file gives back unchanged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import GeometryError
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

MOST_TURNS = 1000  # a plate of 50 000 triangles has one flat one, if any
PART_MM = 0.002  # two sheets that touch along an edge are drawn apart by so much: more than float32 rounds at a metre


def canonical(mesh: Mesh) -> Mesh:
    """Vertices at float32 values, each position once, sorted; each face begins at its lowest vertex, faces sorted.

    Two sheets of a manifold that touch along an edge or at a place are drawn apart by micrometres. Raises GeometryError where the rounded mesh is
    no longer closed and manifold all the same.
    """
    unique, faces, pinched = _rounded(mesh.vertices_lps_mm, mesh.faces)
    if len(pinched):
        unique, faces, _ = _rounded(_parted(mesh, pinched), mesh.faces)
    faces = without_caps(unique.astype(np.float64), faces)
    vertices, faces = _used(unique.astype(np.float64), faces)
    first = np.argmin(faces, axis=1)
    faces = np.stack([faces[np.arange(len(faces)), (first + n) % 3] for n in range(3)], axis=1)
    faces = faces[np.lexsort((faces[:, 2], faces[:, 0] * len(vertices) + faces[:, 1]))]
    bad = unmatched_edges(faces)
    if bad:
        raise GeometryError(
            f"{bad} edges are not shared by exactly two faces after rounding to float32; a manifold is wanted"
        )
    return Mesh(vertices, faces)


def _rounded(
    vertices: FloatArray, faces: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Positions, faces over them, and which vertices lie where two sheets then touch: along an edge, or at a place."""
    unique, where = _places(np.asarray(vertices, dtype=np.float32) + np.float32(0))
    found = _without_degenerate(where[faces])
    if unmatched_edges(found):
        found = _without_fins(found)
    many = np.flatnonzero(np.bincount(where) > 1)
    touched = [place for place in many[np.isin(many, found)] if _fans(found, int(place)) > 1]
    return unique, found, np.flatnonzero(np.isin(where, [*_shared(found), *touched]))


def _shared(faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ends of directed edges that occur more than once."""
    edges = np.stack([faces.ravel(), np.roll(faces, -1, axis=1).ravel()], axis=1)
    found, count = np.unique(edges, axis=0, return_counts=True)
    return np.unique(found[count > 1])


def _fans(faces: NDArray[np.int64], place: int) -> int:
    """How many fans of faces meet in a vertex: one on a manifold."""
    own = faces[(faces == place).any(axis=1)]
    left = [set(face[face != place].tolist()) for face in own]
    fans = 0
    while left:
        fans, fan = fans + 1, left.pop()
        while joined := [link for link in left if link & fan]:
            fan |= set().union(*joined)
            left = [link for link in left if link not in joined]
    return fans


def _parted(mesh: Mesh, pinched: NDArray[np.int64]) -> FloatArray:
    """The vertices, those that are pinched moved towards their own neighbours: into the wedge of their own sheet."""
    vertices = np.array(mesh.vertices_lps_mm, dtype=np.float64)
    for vertex in pinched:
        own = mesh.faces[(mesh.faces == vertex).any(axis=1)]
        way = mesh.vertices_lps_mm[own[own != vertex]].mean(axis=0) - mesh.vertices_lps_mm[vertex]
        vertices[vertex] += PART_MM * way / max(float(np.linalg.norm(way)), 1e-9)
    return vertices


def _places(rounded: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Each position once, sorted by x, y, z, and which of them each row is: whole numbers sort faster than rows."""
    bits = np.ascontiguousarray(rounded).view(np.uint32)
    rising = np.where(bits >> np.uint32(31), ~bits, bits | np.uint32(1 << 31)).astype(np.uint64)
    xy, z = rising[:, 0] << np.uint64(32) | rising[:, 1], rising[:, 2]
    order = np.lexsort((z, xy))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(xy[order]) != 0) | (np.diff(z[order]) != 0)
    where = np.empty(len(order), dtype=np.int64)
    where[order] = np.cumsum(new) - 1
    return rounded[order[new]], where


def _without_degenerate(faces: NDArray[np.int64]) -> NDArray[np.int64]:
    keep = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return np.asarray(faces[keep])


def _without_fins(faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """The faces without those that lie back to back on the same three corners: what rounding leaves of a sliver of a body."""
    _, which, count = np.unique(np.sort(faces, axis=1), axis=0, return_inverse=True, return_counts=True)
    return np.asarray(faces[count[which.ravel()] != 2])


def without_caps(vertices: FloatArray, faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Faces `(m, 3)` of which none has its corners in one line: the edge between the outer two is turned to the face beyond it.

    Rounding lays corners that were micrometres apart in a line. The surface stays where it was, to the last bit.
    """
    for _ in range(MOST_TURNS):
        flat = np.flatnonzero((_cross(vertices[faces]) == 0).all(axis=1))
        turned = _turned(vertices, faces, int(flat[0])) if len(flat) else faces
        if turned is faces:
            break
        faces = turned
    return faces


def _cross(corners: FloatArray) -> FloatArray:
    return np.asarray(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))


def _turned(vertices: FloatArray, faces: NDArray[np.int64], cap: int) -> NDArray[np.int64]:
    """A flat face and the one beyond its longest edge as the other two triangles of their four corners."""
    face = faces[cap]
    sides = np.linalg.norm(vertices[face] - vertices[np.roll(face, -1)], axis=1)
    c, a, b = np.roll(face, -int(np.argmax(sides)))
    beyond = np.flatnonzero((faces == a).any(axis=1) & (faces == c).any(axis=1))
    beyond = beyond[beyond != cap]
    if len(beyond) != 1:
        return faces
    d = next(int(v) for v in faces[beyond[0]] if v not in (a, c))
    out = faces.copy()
    out[cap], out[beyond[0]] = (a, b, d), (b, c, d)
    return out


def _used(vertices: FloatArray, faces: NDArray[np.int64]) -> tuple[FloatArray, NDArray[np.int64]]:
    used = np.zeros(len(vertices), dtype=bool)
    used[faces] = True
    return vertices[used], (np.cumsum(used) - 1)[faces]


def unmatched_edges(faces: NDArray[np.int64]) -> int:
    """The number of directed edges that do not occur exactly once with exactly one opposite."""
    if not len(faces):
        return 0
    n = int(faces.max()) + 1
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    forward, backward = np.sort(start * n + end), np.sort(end * n + start)
    doubled = int((forward[1:] == forward[:-1]).sum())
    return doubled + int((forward != backward).sum())
