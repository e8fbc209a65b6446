"""Normals at the vertices of a mesh."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh


def vertex_normals_lps(mesh: Mesh) -> FloatArray:
    """`(n, 3)` unit normals at the vertices, weighted by the area of the triangles around; zero where none are."""
    a, b, c = np.moveaxis(mesh.triangles_lps_mm, 1, 0)
    face_normals = np.cross(b - a, c - a)
    corners = mesh.faces.ravel()
    sums = [np.bincount(corners, np.repeat(face_normals[:, i], 3), len(mesh.vertices_lps_mm)) for i in range(3)]
    normals = np.stack(sums, axis=1)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))
