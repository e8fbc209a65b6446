"""A surface's faces as they are asked for their areas, ways and middles, and where it is open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatofit.geometry.halfedges import edges_of
from anatofit.geometry.orient import face_areas
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import IntArray, Mesh

FACES_ASKED = 8000  # so many, spread evenly, answer for all where only a rough answer is needed


@dataclass(frozen=True, eq=False)
class Faces:
    """A mesh with what is asked of its faces."""

    mesh: Mesh

    @cached_property
    def vectors(self) -> FloatArray:
        return face_areas(self.mesh.vertices_lps_mm, self.mesh.faces)

    @cached_property
    def areas(self) -> FloatArray:
        return np.asarray(np.linalg.norm(self.vectors, axis=1))

    @cached_property
    def middles(self) -> FloatArray:
        return np.asarray(self.mesh.triangles_lps_mm.mean(axis=1))

    @cached_property
    def axes(self) -> FloatArray:
        """(3, 3) principal axes of the surface as rows, the longest first."""
        off = self.middles - np.average(self.middles, axis=0, weights=self.areas)
        return np.asarray(np.linalg.eigh((off * self.areas[:, None]).T @ off)[1].T[::-1])

    @cached_property
    def open_vertices(self) -> IntArray:
        """(n,) vertices of edges with one face alone."""
        return np.asarray(np.unique(open_edges(self.mesh.faces)))

    @cached_property
    def longest_mm(self) -> float:
        return float(np.ptp(self.mesh.vertices_lps_mm @ self.axes[0]))


def open_edges(faces: IntArray) -> IntArray:
    """(n, 2) vertices of edges with one face alone."""
    edges = edges_of(faces)
    half = edges.order[edges.starts[edges.counts == 1]]
    return np.stack([faces.ravel()[half], np.roll(faces, -1, axis=1).ravel()[half]], axis=1)


def facing(mesh: Mesh, way_lps: FloatArray) -> Mesh:
    """The sheet with its triangles turned so that most of them look that way."""
    looks = float(face_areas(mesh.vertices_lps_mm, mesh.faces).sum(axis=0) @ way_lps)
    return mesh if looks >= 0 else Mesh(mesh.vertices_lps_mm, mesh.faces[:, ::-1])


def in_plane(normal: FloatArray) -> FloatArray:
    """(2, 3) two axes in the plane."""
    first = unit_vector(np.cross(normal, np.eye(3)[int(np.abs(normal).argmin())]))
    return np.stack([first, np.cross(normal, first)])
