"""Where a straight line goes through a mesh: every wall with its distance, and whether the line goes in or out there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh

_ROUNDING = 1e-9  # of squared lengths
_SAME_MM = 1e-6  # walls nearer to each other than this are one wall, met at an edge between two triangles


def pierced(mesh: Mesh, start_lps_mm: FloatArray, way_lps: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """`(n,)` signed distances from `start` along the unit vector `way`, sorted, and whether the mesh is entered there.

    Moeller and Trumbore 1997, over all triangles at once that are near enough: for the few lines of a plan, not for fields of rays.
    """
    a, b, c = np.moveaxis(mesh.vertices_lps_mm[_near(mesh, start_lps_mm, way_lps)], 1, 0)
    ab, ac, to = b - a, c - a, np.asarray(start_lps_mm) - a
    p = np.cross(way_lps, ac)
    det = _dot(ab, p)
    safe = np.where(det == 0.0, 1.0, det)
    q = np.cross(to, ab)
    u, v = _dot(to, p) / safe, _dot(np.broadcast_to(way_lps, q.shape), q) / safe
    hit = (det != 0.0) & (u >= 0.0) & (v >= 0.0) & (u + v <= 1.0)
    at, entered = (_dot(ac, q) / safe)[hit], det[hit] > 0
    order = np.argsort(at, kind="stable")
    return _once(at[order], entered[order])


def _near(mesh: Mesh, start_lps_mm: FloatArray, way_lps: FloatArray) -> IntArray:
    """`(k, 3)` the faces of which no corner lies further from the line than the longest edge: it goes through no other."""
    rest = mesh.vertices_lps_mm - start_lps_mm
    away = _dot(rest, rest) - np.square(_dot(rest, np.broadcast_to(way_lps, rest.shape)))
    near = away <= np.square(mesh.longest_edge_mm) * (1 + _ROUNDING) + _ROUNDING * np.square(rest).max(initial=0.0)
    return np.asarray(mesh.faces[near[mesh.faces].all(axis=1)])


def _once(at: FloatArray, entered: NDArray[np.bool_]) -> tuple[FloatArray, NDArray[np.bool_]]:
    new = np.ones(len(at), dtype=bool)
    new[1:] = (np.diff(at) > _SAME_MM) | (entered[1:] != entered[:-1])
    return at[new], entered[new]


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1] + a[:, 2] * b[:, 2])
