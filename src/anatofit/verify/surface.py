"""A triangle surface that can be asked for distances and rays; VTK is the engine, so that the builder's is checked by another."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import AnatofitError, Reason
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.verify.signs import false_depths
from anatofit.verify.subject import Measurement, Subject

__all__ = ["Measurement", "Subject", "Surface", "UnreadableFileError", "ray_hits", "sample_faces", "vtk_surface"]

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
# Nearest points are looked for on so many threads; each point's answer is its own, so their number changes nothing.
WORKERS = 2
# Rays that begin on a surface begin this far off it, so that they do not meet the triangle that they leave.
RAY_START_MM = 1e-3
# Float32 files place a corner to about 4e-6 mm at 100 mm; rays get this much grace at a triangle's edge.
RAY_TOLERANCE_MM = 1e-6
# Float32 rounding turns the normal of a narrower triangle by more than half a degree.
_NARROWEST_MM = 1e-3
# Rays pass through few triangles of a plate: buckets for ten, as VTK makes them, take half as long again.
_CELLS_A_BUCKET = 2


class UnreadableFileError(AnatofitError, ValueError):
    """A file is not what it claims to be; says what was found, what was wanted, what to do."""

    def __init__(self, rule: str, *, what: str, wanted: str, do: str = "export the file again") -> None:
        super().__init__(Reason(rule, f"{what}; {wanted} is wanted; {do}"))
        self.what = what


def face_vectors(mesh: Mesh) -> FloatArray:
    """`(m, 3)` normals with the length of twice the area."""
    a, b, c = np.moveaxis(mesh.triangles_lps_mm, 1, 0)
    return np.asarray(np.cross(b - a, c - a))


def unit_rows(vectors: FloatArray) -> FloatArray:
    """Each row at length one; a row of zeros stays."""
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return np.asarray(vectors / np.where(length > 0, length, 1.0)[:, None])


def spokes(axis: FloatArray, count: int) -> FloatArray:
    """`(count, 3)` unit vectors square to an axis, evenly around it."""
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    first = unit_vector(np.cross(axis, helper))
    turn = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)[:, None]
    return np.asarray(np.cos(turn) * first + np.sin(turn) * np.cross(axis, first))


def cropped(mesh: Mesh, low_mm: FloatArray, high_mm: FloatArray) -> Mesh:
    """The triangles whose boxes touch the box from `low_mm` to `high_mm`; their vertices renumbered in order."""
    near = np.ones(len(mesh.faces), dtype=bool)
    for axis in range(3):
        values = mesh.vertices_lps_mm[:, axis]
        below, above = values < low_mm[axis], values > high_mm[axis]
        near &= ~below[mesh.faces].all(axis=1) & ~above[mesh.faces].all(axis=1)
    return submesh(mesh, near)


def submesh(mesh: Mesh, keep: BoolArray) -> Mesh:
    """The faces that are kept, with the vertices that they use."""
    faces = mesh.faces[keep]
    used = np.zeros(len(mesh.vertices_lps_mm), dtype=bool)
    used[faces] = True
    return Mesh(mesh.vertices_lps_mm[used], (np.cumsum(used) - 1)[faces])


def vtk_surface(mesh: Mesh) -> Any:
    """The triangles as VTK keeps them (vtkPolyData)."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    points, cells, data = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetData(numpy_to_vtk(np.array(mesh.vertices_lps_mm), deep=True))
    cells.SetData(3, numpy_to_vtkIdTypeArray(np.ascontiguousarray(mesh.faces).ravel(), deep=True))
    data.SetPoints(points)
    data.SetPolys(cells)
    return data


def ray_hits(locator: Any, starts_lps_mm: FloatArray, ends_lps_mm: FloatArray) -> tuple[FloatArray, IntArray]:
    """For `(n, 3)` segments: `(n,)` millimetres from the start to the first wall (inf: none) and `(n,)` its face (-1)."""
    from vtkmodules.vtkCommonCore import reference

    share: Any = reference(0.0)
    cell: Any = reference(-1)
    sub = reference(0)
    point, inside = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    hit = locator.IntersectWithLine
    shares = np.full(len(starts_lps_mm), np.inf)
    faces = np.full(len(starts_lps_mm), -1, dtype=np.int64)
    for n, (a, b) in enumerate(zip(starts_lps_mm.tolist(), ends_lps_mm.tolist(), strict=True)):
        if hit(a, b, RAY_TOLERANCE_MM, share, point, inside, sub, cell):
            shares[n] = share.get()
            faces[n] = cell.get()
    return shares * np.linalg.norm(ends_lps_mm - starts_lps_mm, axis=1), faces


def wide(mesh: Mesh) -> BoolArray:
    """`(m,)` which faces are a micrometre wide at least: the normals of narrower ones are turned by rounding to float32."""
    corners = mesh.triangles_lps_mm
    edges = corners - np.roll(corners, 1, axis=1)
    longest = np.sqrt(np.einsum("ijk,ijk->ij", edges, edges).max(axis=1, initial=0.0))
    return np.asarray(np.linalg.norm(face_vectors(mesh), axis=1) > _NARROWEST_MM * longest)


def sample_faces(mesh: Mesh, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """At most `count` centroids, unit normals outward and areas in mm², by an even stride over the faces, always the same.

    Faces narrower than a micrometre are left out: rounding to float32 has turned their normals.
    """
    corners, vectors = mesh.triangles_lps_mm, face_vectors(mesh)
    sound = np.flatnonzero(wide(mesh))
    if len(sound) > count:
        sound = sound[(np.arange(count) * len(sound)) // count]
    return corners[sound].mean(axis=1), unit_rows(vectors[sound]), np.linalg.norm(vectors[sound], axis=1) / 2


class Surface:
    """Distances to and rays through the triangles of a mesh; exact to floating point, asked point by point."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh

    @cached_property
    def vertex_tree(self) -> Any:
        """Nearest-vertex search: only for bounds that VTK's distances then settle."""
        from scipy.spatial import cKDTree

        return cKDTree(self.mesh.vertices_lps_mm)

    @cached_property
    def polydata(self) -> Any:
        """The triangles as VTK keeps them."""
        return vtk_surface(self.mesh)

    @cached_property
    def face_normals(self) -> FloatArray:
        """`(m, 3)` unit normals."""
        return unit_rows(face_vectors(self.mesh))

    @cached_property
    def _implicit(self) -> Any:
        from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

        implicit = vtkImplicitPolyDataDistance()
        implicit.SetInput(self.polydata)
        return implicit

    @cached_property
    def locator(self) -> Any:
        """Finds the triangles that a line meets, and the nearest one."""
        from vtkmodules.vtkCommonDataModel import vtkStaticCellLocator

        locator = vtkStaticCellLocator()
        locator.SetNumberOfCellsPerNode(_CELLS_A_BUCKET)
        locator.SetDataSet(self.polydata)
        locator.BuildLocator()
        return locator

    def signed_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(n, 3)` points to `(n,)` millimetres, negative inside (by the normals at the nearest point)."""
        from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkDoubleArray

        if not len(points_lps_mm):
            return np.zeros(0)
        out = vtkDoubleArray()
        self._implicit.FunctionValue(numpy_to_vtk(np.array(points_lps_mm, dtype=np.float64), deep=True), out)
        signed = np.array(vtk_to_numpy(out), dtype=np.float64)
        inside = np.flatnonzero(signed < 0)
        signed[inside[false_depths(self, points_lps_mm[inside])]] *= -1
        return signed

    def distance_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(n, 3)` points to `(n,)` millimetres to the nearest triangle, without a sign."""
        from vtkmodules.vtkCommonCore import reference
        from vtkmodules.vtkCommonDataModel import vtkGenericCell

        square: Any = reference(0.0)
        found, cell, face, sub = [0.0, 0.0, 0.0], vtkGenericCell(), reference(0), reference(0)
        out = np.empty(len(points_lps_mm))
        for n, point in enumerate(points_lps_mm.tolist()):
            self.locator.FindClosestPoint(point, found, cell, face, sub, square)
            out[n] = square.get()
        return np.asarray(np.sqrt(out))

    def nearest(self, points_lps_mm: FloatArray) -> tuple[FloatArray, IntArray]:
        """`(n, 3)` points to the `(n, 3)` nearest places on the surface and the `(n,)` triangles that they lie on."""
        from vtkmodules.vtkCommonCore import reference
        from vtkmodules.vtkCommonDataModel import vtkGenericCell

        square: Any = reference(0.0)
        face: Any = reference(0)
        found, cell, sub = [0.0, 0.0, 0.0], vtkGenericCell(), reference(0)
        places = np.empty((len(points_lps_mm), 3))
        faces = np.empty(len(points_lps_mm), dtype=np.int64)
        for n, point in enumerate(points_lps_mm.tolist()):
            self.locator.FindClosestPoint(point, found, cell, face, sub, square)
            places[n], faces[n] = found, face.get()
        return places, faces

    def first_hits(self, starts_lps_mm: FloatArray, ends_lps_mm: FloatArray) -> tuple[FloatArray, IntArray]:
        """For `(n, 3)` segments: `(n,)` millimetres from the start to the first wall (inf: none) and `(n,)` its face (-1)."""
        return ray_hits(self.locator, starts_lps_mm, ends_lps_mm)

    def rays(
        self, starts_lps_mm: FloatArray, directions: FloatArray, *, reach_mm: float
    ) -> tuple[FloatArray, IntArray]:
        """`first_hits` along unit directions, from just off the start."""
        begin = starts_lps_mm + directions * RAY_START_MM
        distances, faces = self.first_hits(begin, starts_lps_mm + directions * reach_mm)
        return distances + RAY_START_MM, faces


def spread_points(mesh: Mesh, count: int) -> tuple[FloatArray, FloatArray, IntArray]:
    """`count` points spread evenly over the area, always the same: places, unit normals, faces.

    Each point stands for the same area; the golden-ratio sequence places it within its triangle.
    """
    vectors = face_vectors(mesh)
    area = np.cumsum(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)))
    if not len(area) or area[-1] <= 0:
        return np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0, dtype=np.int64)
    steps = (np.arange(count) + 0.5) / count
    faces = np.minimum(np.searchsorted(area, steps * area[-1], side="right"), len(area) - 1)
    # plastic-number sequence (Roberts 2018): two irrational steps that fill the unit square evenly
    u, v = np.modf(np.outer(np.arange(1, count + 1), (0.7548776662466927, 0.5698402909980532)))[0].T
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    a, b, c = np.moveaxis(mesh.triangles_lps_mm[faces], 1, 0)
    points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
    return points, unit_rows(vectors[faces]), faces.astype(np.int64)
