"""CR-MESH-2: how many pairs of triangles of one surface cut each other, or lie upon each other."""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.crossing import BoolArray, IntArray, cut_beside_corner, cut_each_other, folded_on_edge
from anatofit.verify.cut_depth import overlap_depth
from anatofit.verify.neighbours import overlapping_pairs
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import face_vectors, unit_rows

# Cuts less deep than this are float32 rounding (about 1e-5 mm at 200 mm), not a fault of the shape.
SHALLOW_MM = 1e-4


def self_intersection(subject: Subject, _: Requirement) -> Measurement:
    """Pairs of triangles that cut deeper than 1e-4 mm; neighbours count where they cut elsewhere or fold back on each other."""
    count = self_crossings(subject.part)
    detail = "" if count == 0 else f"{count} pairs of triangles cut each other or lie upon each other"
    return Measurement(float(count), detail)


def self_crossings(mesh: Mesh) -> int:
    """Pairs of triangles of the mesh that cut."""
    corners = mesh.triangles_lps_mm
    planes = _Planes(mesh)
    total = 0
    for first, second in overlapping_pairs(corners.min(axis=1), corners.max(axis=1)):
        same = mesh.faces[first].T[:, None] == mesh.faces[second].T[None]
        shared = same.sum(axis=(0, 1))
        left = np.flatnonzero(~planes.separate(first, second, shared))
        left = left[~planes.separate(second[left], first[left], shared[left])]
        cut = left[_cutting(mesh, first[left], second[left], same[..., left].reshape(9, -1))]
        total += _deep(mesh, first[cut], second[cut])
    return total


def _deep(mesh: Mesh, first: IntArray, second: IntArray) -> int:
    """How many of the pairs that cut do so by more than rounding."""
    corners = mesh.vertices_lps_mm
    depth_mm = overlap_depth(corners[mesh.faces[first]], corners[mesh.faces[second]])
    return int((depth_mm > SHALLOW_MM).sum())


class _Planes:
    """The plane of every triangle, worked out once: most pairs are told apart by one of the two planes."""

    def __init__(self, mesh: Mesh) -> None:
        points = mesh.vertices_lps_mm - mesh.vertices_lps_mm.mean(axis=0)
        normals = unit_rows(face_vectors(mesh))
        self._points = np.ascontiguousarray(points.T)
        self._normals = np.ascontiguousarray(normals.T)
        self._offsets = np.einsum("ij,ij->i", normals, points[mesh.faces[:, 0]])
        self._faces = np.ascontiguousarray(mesh.faces.T)
        # float64 leaves about 1e-14 of the distance from the middle; ten thousand times that is still far under 1e-6 mm
        self._flat_mm = 1e-10 * (1.0 + float(np.abs(points).max()))

    def separate(self, first: IntArray, second: IntArray, shared: IntArray) -> BoolArray:
        """All corners of `second` that are not shared lie strictly on one side of the plane of `first`."""
        x, y, z = (axis[first] for axis in self._normals)
        offset = self._offsets[first]
        above, below = np.zeros(len(first), dtype=np.int8), np.zeros(len(first), dtype=np.int8)
        for corner in self._faces:
            at = corner[second]
            height = x * self._points[0][at] + y * self._points[1][at] + z * self._points[2][at] - offset
            above += height > self._flat_mm
            below += height < -self._flat_mm
        return np.asarray((shared < 3) & ((above == 3 - shared) | (below == 3 - shared)))


def _cutting(mesh: Mesh, first: IntArray, second: IntArray, same: BoolArray) -> BoolArray:
    shared = same.sum(axis=0)
    out = np.zeros(len(first), dtype=bool)
    out[shared == 0] = _apart(mesh, first[shared == 0], second[shared == 0])
    out[shared == 1] = _at_corner(mesh, first[shared == 1], second[shared == 1], same[:, shared == 1])
    out[shared == 2] = _at_edge(mesh, first[shared == 2], second[shared == 2], same[:, shared == 2])
    out[shared >= 3] = True  # the same triangle twice
    return out


def _apart(mesh: Mesh, first: IntArray, second: IntArray) -> BoolArray:
    corners = mesh.vertices_lps_mm
    return cut_each_other(corners[mesh.faces[first]], corners[mesh.faces[second]])


def _at_corner(mesh: Mesh, first: IntArray, second: IntArray, same: BoolArray) -> BoolArray:
    """Both turned so that the common corner comes first."""
    which = same.argmax(axis=0)
    a = _turned(mesh.faces[first], which // 3)
    b = _turned(mesh.faces[second], which % 3)
    return cut_beside_corner(mesh.vertices_lps_mm[a], mesh.vertices_lps_mm[b])


def _at_edge(mesh: Mesh, first: IntArray, second: IntArray, same: BoolArray) -> BoolArray:
    """Both turned so that the corner that is not shared comes last, and the shared ones in one order."""
    own_a = (~same.reshape(3, 3, -1).any(axis=1)).argmax(axis=0)
    own_b = (~same.reshape(3, 3, -1).any(axis=0)).argmax(axis=0)
    a, b = _turned(mesh.faces[first], own_a + 1), _turned(mesh.faces[second], own_b + 1)
    swap = a[:, 0] != b[:, 0]
    b[swap] = b[swap][:, [1, 0, 2]]
    return folded_on_edge(mesh.vertices_lps_mm[a], mesh.vertices_lps_mm[b])


def _turned(faces: IntArray, by: IntArray) -> IntArray:
    rows = np.arange(len(faces))
    return np.stack([faces[rows, (by + n) % 3] for n in range(3)], axis=1)
