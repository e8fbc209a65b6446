"""Signed distances from points to a triangle surface by VTK; nearest vertices only bound them, so that most points need no VTK."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

BoolArray = NDArray[np.bool_]
# Three fixed directions for counting walls, along no axis of a grid, so that rays seldom graze an edge.
_RAYS = ((0.5377, 0.2719, 0.7981), (-0.6183, 0.7341, 0.2808), (0.1193, -0.8467, 0.5185))
# A cloud of points on a surface lies so densely that bounds are good to about this.
_CLOUD_MM = 0.6
_MOST_LARGE = 100_000


class Walls:
    """The surface of a body that may be asked for distances, bounds of distances, and what lies inside."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh

    @cached_property
    def polydata(self) -> Any:
        """The triangles as VTK keeps them."""
        from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
        from vtkmodules.vtkCommonCore import vtkPoints
        from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

        points, cells, data = vtkPoints(), vtkCellArray(), vtkPolyData()
        points.SetData(numpy_to_vtk(np.array(self.mesh.vertices_lps_mm), deep=True))
        cells.SetData(3, numpy_to_vtkIdTypeArray(np.array(self.mesh.faces).ravel(), deep=True))
        data.SetPoints(points)
        data.SetPolys(cells)
        return data

    @cached_property
    def _implicit(self) -> Any:
        from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

        implicit = vtkImplicitPolyDataDistance()
        implicit.SetInput(self.polydata)
        return implicit

    @cached_property
    def locator(self) -> Any:
        """Finds the triangles that a line meets."""
        from vtkmodules.vtkCommonDataModel import vtkStaticCellLocator

        locator = vtkStaticCellLocator()
        locator.SetDataSet(self.polydata)
        locator.BuildLocator()
        return locator

    @cached_property
    def _cloud(self) -> tuple[Any, float]:
        """A search tree over the surface, and how far a place on the surface may be from the nearest of its points."""
        from scipy.spatial import cKDTree

        points, slack = cloud_of(self.mesh)
        return cKDTree(points), slack

    def signed_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(n, 3)` points to `(n,)` millimetres, negative inside by the normal at the nearest place."""
        from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkDoubleArray

        if not len(points_lps_mm):
            return np.zeros(0)
        out = vtkDoubleArray()
        self._implicit.FunctionValue(numpy_to_vtk(np.array(points_lps_mm, dtype=np.float64), deep=True), out)
        return np.array(vtk_to_numpy(out), dtype=np.float64)

    def at_least_mm(self, points_lps_mm: FloatArray, *, up_to_mm: float) -> FloatArray:
        """Lower bounds of the distance; inf where it is certainly more than `up_to_mm`."""
        tree, slack = self._cloud
        distance, _ = tree.query(points_lps_mm, distance_upper_bound=up_to_mm + slack)
        return np.asarray(np.maximum(distance - slack, 0.0))

    @cached_property
    def closed(self) -> bool:
        """Every edge has two triangles that run along it in opposite directions."""
        faces = self.mesh.faces
        edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        size = len(self.mesh.vertices_lps_mm)
        ahead, back = edges[:, 0] * size + edges[:, 1], edges[:, 1] * size + edges[:, 0]
        return bool(len(ahead) and np.array_equal(np.sort(ahead), np.sort(back)))

    def inside_by_rays(self, points_lps_mm: FloatArray) -> BoolArray:
        """Which points lie inside a closed body: two of three rays meet an odd number of walls."""
        votes = np.zeros(len(points_lps_mm), dtype=np.int64)
        low, high = self.mesh.bounds_lps_mm
        reach = float(np.linalg.norm(high - low)) + 1.0
        within = np.flatnonzero(((points_lps_mm >= low) & (points_lps_mm <= high)).all(axis=1))
        for n, direction in enumerate(_RAYS):
            ray = np.array(direction) / np.linalg.norm(direction) * reach
            ask = within if n < 2 else within[votes[within] == 1]
            votes[ask] += self._odd(points_lps_mm[ask], ray)
        return np.asarray(votes >= 2)

    def meets(self, starts_lps_mm: FloatArray, ends_lps_mm: FloatArray) -> BoolArray:
        """Which of the segments meet a wall."""
        from vtkmodules.vtkCommonCore import reference

        share, sub, cell, point, inside = reference(0.0), reference(0), reference(-1), [0.0] * 3, [0.0] * 3
        ask = self.locator.IntersectWithLine
        pairs = zip(starts_lps_mm.tolist(), ends_lps_mm.tolist(), strict=True)
        return np.array([bool(ask(a, b, 1e-6, share, point, inside, sub, cell)) for a, b in pairs], dtype=bool)

    def _odd(self, starts: FloatArray, ray: FloatArray) -> NDArray[np.int64]:
        from vtkmodules.vtkCommonCore import vtkIdList, vtkPoints

        hits, cells = vtkPoints(), vtkIdList()
        out = np.zeros(len(starts), dtype=np.int64)
        for n, (a, b) in enumerate(zip(starts.tolist(), (starts + ray).tolist(), strict=True)):
            self.locator.IntersectWithLine(a, b, 0.0, hits, cells)
            out[n] = cells.GetNumberOfIds() % 2
        return out


def cloud_of(mesh: Mesh) -> tuple[FloatArray, float]:
    """Points on the surface, and the farthest that a place on it may be from the nearest of them.

    No place of a triangle is farther from its nearest corner than its longest edge by the root of three; larger triangles
    are quartered until that is `_CLOUD_MM`, or ten thousandfold.
    """
    clouds, slack, large = [mesh.vertices_lps_mm], 0.0, mesh.triangles_lps_mm
    for _ in range(8):
        edges = large - np.roll(large, 1, axis=1)
        reach = np.sqrt(np.einsum("ijk,ijk->ij", edges, edges).max(axis=1, initial=0.0) / 3.0)
        slack = max(slack, float(reach[reach <= _CLOUD_MM].max(initial=0.0)))
        large, reach = large[reach > _CLOUD_MM], reach[reach > _CLOUD_MM]
        if not len(large) or len(large) > _MOST_LARGE:
            break
        large = _quarters(large)
        clouds.append(large.reshape(-1, 3))
    return np.concatenate(clouds), max(slack, float(reach.max(initial=0.0)))


def _quarters(triangles: FloatArray) -> FloatArray:
    a, b, c = np.moveaxis(triangles, 1, 0)
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    return np.stack([a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca], axis=1).reshape(-1, 3, 3)


def even_points(mesh: Mesh, count: int) -> tuple[FloatArray, FloatArray]:
    """`count` points spread evenly over the area, always the same (plastic-number sequence, Roberts 2018); their unit normals."""
    a, b, c = np.moveaxis(mesh.triangles_lps_mm, 1, 0)
    normals = np.cross(b - a, c - a)
    size = np.linalg.norm(normals, axis=1)
    area = np.cumsum(size)
    if not len(area) or area[-1] <= 0:
        return np.zeros((0, 3)), np.zeros((0, 3))
    at = np.minimum(np.searchsorted(area, (np.arange(count) + 0.5) / count * area[-1], side="right"), len(area) - 1)
    u, v = np.modf(np.outer(np.arange(1, count + 1), (0.7548776662466927, 0.5698402909980532)))[0].T
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u)[:, None], np.where(fold, 1 - v, v)[:, None]
    return a[at] + u * (b - a)[at] + v * (c - a)[at], normals[at] / np.where(size[at] > 0, size[at], 1.0)[:, None]


def near_box(mesh: Mesh, low_mm: FloatArray, high_mm: FloatArray) -> Mesh:
    """The triangles whose boxes touch the box; their vertices renumbered in order."""
    keep = np.ones(len(mesh.faces), dtype=bool)
    for axis in range(3):
        values = mesh.vertices_lps_mm[:, axis]
        keep &= ~(values < low_mm[axis])[mesh.faces].all(axis=1) & ~(values > high_mm[axis])[mesh.faces].all(axis=1)
    used = np.zeros(len(mesh.vertices_lps_mm), dtype=bool)
    used[mesh.faces[keep]] = True
    return Mesh(mesh.vertices_lps_mm[used], (np.cumsum(used) - 1)[mesh.faces[keep]])
