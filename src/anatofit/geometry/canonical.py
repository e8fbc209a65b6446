"""A mesh whose bytes do not depend on how it was made, and that a float32 file gives back unchanged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import GeometryError
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh


def canonical(mesh: Mesh) -> Mesh:
    """Vertices at float32 values, each position once, sorted; each face begins at its lowest vertex, faces sorted.

    Raises GeometryError where the rounded mesh is no longer closed and manifold.
    """
    rounded = np.asarray(mesh.vertices_lps_mm, dtype=np.float32) + np.float32(0)
    unique, where = np.unique(rounded, axis=0, return_inverse=True)
    faces = _without_degenerate(where.reshape(-1)[mesh.faces])
    vertices, faces = _used(unique.astype(np.float64), faces)
    first = np.argmin(faces, axis=1)
    faces = np.stack([faces[np.arange(len(faces)), (first + n) % 3] for n in range(3)], axis=1)
    faces = faces[np.lexsort(faces.T[::-1])]
    bad = unmatched_edges(faces)
    if bad:
        raise GeometryError(
            f"{bad} edges are not shared by exactly two faces after rounding to float32; a manifold is wanted"
        )
    return Mesh(vertices, faces)


def _without_degenerate(faces: NDArray[np.int64]) -> NDArray[np.int64]:
    keep = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return np.asarray(faces[keep])


def _used(vertices: FloatArray, faces: NDArray[np.int64]) -> tuple[FloatArray, NDArray[np.int64]]:
    kept, where = np.unique(faces, return_inverse=True)
    return vertices[kept], where.reshape(-1, 3).astype(np.int64)


def unmatched_edges(faces: NDArray[np.int64]) -> int:
    """The number of directed edges that do not occur exactly once with exactly one opposite."""
    if not len(faces):
        return 0
    n = int(faces.max()) + 1
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    forward, backward = np.sort(start * n + end), np.sort(end * n + start)
    doubled = int((forward[1:] == forward[:-1]).sum())
    return doubled + int((forward != backward).sum())
