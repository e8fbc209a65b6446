"""Measures that share no code with the builder: rays against every triangle, winding numbers and distances by libigl."""

from __future__ import annotations

import igl
import numpy as np

from anatofit.model.mesh import Mesh


def ray_hits(mesh: Mesh, start: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Sorted distances along `way` at which a ray meets the mesh (Moeller and Trumbore)."""
    a, b, c = np.moveaxis(mesh.triangles_lps_mm, 1, 0)
    ab, ac, to = b - a, c - a, start - a
    p = np.cross(way, ac)
    volume = np.einsum("ij,ij->i", ab, p)
    safe = np.where(np.abs(volume) > 1e-12, volume, np.inf)
    u = np.einsum("ij,ij->i", to, p) / safe
    q = np.cross(to, ab)
    v = (q @ way) / safe
    t = np.einsum("ij,ij->i", ac, q) / safe
    return np.sort(t[(u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0) & np.isfinite(safe)])


def inside(mesh: Mesh, points: np.ndarray) -> np.ndarray:
    """Which points lie inside a closed mesh, by winding number."""
    winding = igl.fast_winding_number(*_arrays(mesh), np.ascontiguousarray(points))
    return np.asarray(winding > 0.5)


def distance(mesh: Mesh, points: np.ndarray) -> np.ndarray:
    """Unsigned distance of each point."""
    return np.sqrt(igl.point_mesh_squared_distance(np.ascontiguousarray(points), *_arrays(mesh))[0])


def _arrays(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    return np.array(mesh.vertices_lps_mm), np.array(mesh.faces)
