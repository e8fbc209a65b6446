"""Faces turned alike, and outwards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import GeometryError
from anatofit.geometry.halfedges import bodies_of, edges_of, loops_of, twins_of
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

# 36 pi V^2 / A^3 is 1 for a ball and 0.01 for a plate of 1 : 12; below it the volume under a cap tells no side.
FLATTEST = 0.01


def turned_alike(faces: IntArray) -> tuple[IntArray, NDArray[np.bool_]]:
    """The faces so that neighbours run along their common edge in opposite directions, and which were turned: the fewer of each body.

    Neighbours are faces that share an edge with no third. Raises GeometryError for a surface with one side only.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    a, b = edges_of(faces).pairs()
    start = faces.ravel()
    alike = start[a] != start[b]
    count, f, g = len(faces), a // 3, b // 3
    # two copies of each face, as it stands and turned: neighbours join those copies that agree
    rows = np.concatenate([f, f + count])
    columns = np.concatenate([np.where(alike, g, g + count), np.where(alike, g + count, g)])
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(2 * count, 2 * count))
    labels = connected_components(graph, directed=False)[1]
    as_is, turned = labels[:count], labels[count:]
    if (as_is == turned).any():
        raise GeometryError("the surface has one side only")
    # of the two ways to turn a patch the one whose label has more faces as they stand
    votes = np.bincount(as_is, minlength=int(labels.max()) + 1)
    flip = (votes[turned] > votes[as_is]) | ((votes[turned] == votes[as_is]) & (turned < as_is))
    return _turned(faces, flip), flip


def turned_outward(vertices: FloatArray, faces: IntArray) -> tuple[IntArray, NDArray[np.bool_], int]:
    """The faces with every body's inside within, which were turned, and how many bodies are too flat and open to tell.

    A closed body by the sign of its volume; an open one by that of the volume under caps over its openings.
    """
    bodies = bodies_of(faces)
    volume, area = capped_volumes(vertices, faces, bodies), body_areas(vertices, faces, bodies)
    unclear = 36 * np.pi * volume**2 < FLATTEST * area**3
    flip = ((volume < 0) & ~unclear)[bodies]
    return _turned(faces, flip), flip, int(unclear.sum())


def _turned(faces: IntArray, flip: NDArray[np.bool_]) -> IntArray:
    out = faces.copy()
    out[flip] = out[flip][:, [0, 2, 1]]
    return out


def face_areas(vertices: FloatArray, faces: IntArray) -> FloatArray:
    """`(m, 3)` vector of each face: its normal times its area."""
    a, b, c = (vertices[faces[:, n]] for n in range(3))
    return np.asarray(np.cross(b - a, c - a) / 2)


def body_areas(vertices: FloatArray, faces: IntArray, bodies: IntArray) -> FloatArray:
    """Area of each body."""
    return np.asarray(np.bincount(bodies, weights=np.linalg.norm(face_areas(vertices, faces), axis=1)))


def capped_volumes(vertices: FloatArray, faces: IntArray, bodies: IntArray) -> FloatArray:
    """Signed volume of each body, its openings closed by fans round their middles."""
    count = np.bincount(bodies)
    origin = np.stack([np.bincount(bodies, weights=vertices[faces[:, 0], n]) / count for n in range(3)], axis=1)
    corners = vertices[faces] - origin[bodies][:, None]
    six = (corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])).sum(axis=1)
    volume = np.bincount(bodies, weights=six / 6)
    body_of_vertex = np.zeros(len(vertices), dtype=np.int64)
    body_of_vertex[faces] = bodies[:, None]
    for loop in loops_of(faces, twins_of(vertices, faces)):
        body = body_of_vertex[loop[0]]
        points = vertices[loop] - origin[body]
        middle = points.mean(axis=0)
        # a cap runs against the edge of the faces
        volume[body] += float((np.cross(np.roll(points, -1, axis=0), points) @ middle).sum() / 6)
    return np.asarray(volume)
