"""Bounds of distances by the nearest of many points on a surface, so that most places need not ask VTK; and what lies inside."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.verify.surface import WORKERS, BoolArray, Surface, cropped, spread_points

# Three fixed directions for counting walls, along no axis of a grid, so that rays seldom graze an edge.
_RAYS = ((0.5377, 0.2719, 0.7981), (-0.6183, 0.7341, 0.2808), (0.1193, -0.8467, 0.5185))
# A cloud of points on a surface lies so densely that bounds are good to about this.
_CLOUD_MM = 0.9
_MOST_LARGE = 100_000
_LEAF = 40  # points in a leaf of the search tree


class Walls(Surface):
    """A surface that also gives bounds of distances, and tells what lies inside."""

    @cached_property
    def _cloud(self) -> tuple[Any, float]:
        """A search tree over the surface, and how far a place on the surface may be from the nearest of its points."""
        from scipy.spatial import cKDTree

        points, slack = cloud_of(self.mesh)
        return cKDTree(points, balanced_tree=False, compact_nodes=False, leafsize=_LEAF), slack

    def at_least_mm(self, points_lps_mm: FloatArray, *, up_to_mm: float) -> FloatArray:
        """Lower bounds of the distance; inf where it is certainly more than `up_to_mm`."""
        tree, slack = self._cloud
        distance, _ = tree.query(points_lps_mm, distance_upper_bound=up_to_mm + slack, workers=WORKERS)
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
    """`count` points spread evenly over the area, always the same; their unit normals."""
    return spread_points(mesh, count)[:2]


near_box = cropped
