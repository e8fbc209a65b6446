"""Clearance and thickness at the implant's vertices, for maps and histograms; what counts is measured by verify/."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.normals import vertex_normals_lps
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.pictures import PartMaps
from anatofit.report.body import poly_data
from anatofit.report.display import kept, reduced, vertex_areas_mm2

MAP_TRIANGLES = 24_000  # about 1 mm apart on a 100 mm plate: what a printed map can show
CLEARANCE_SHOWN_MM = 3.0  # further from the host than this is not a gap any more but open space
THICKNESS_SHOWN_MM = 8.0  # walls are 1 to 6.3 mm; what is more is a line along an edge, not a wall
_NEAREST = 6  # triangles around the nearest corner among which the nearest point is looked for
_INSIDE_MM = 0.02  # a ray starts this far under the surface, so that it does not meet where it starts
_FACE_COSINE = (
    0.7  # a face looks in or out within 45 degrees; the walls of rim and holes have no thickness of their own
)
_LONGEST_MM = 60.0  # no wall of an implant is thicker


def measure_maps(part: Mesh, host: Mesh | None, *, outward_lps: FloatArray) -> PartMaps:
    """Both maps on a light copy of the part."""
    light = reduced(part, triangles=MAP_TRIANGLES)
    count = len(light.vertices_lps_mm)
    clearance = clearance_mm(light, host) if host is not None else np.full(count, np.nan)
    facing = np.abs(vertex_normals_lps(light) @ outward_lps) > _FACE_COSINE
    thickness = np.full(count, np.nan)
    thickness[facing] = thickness_mm(light, facing)
    return PartMaps(light, clearance, thickness, vertex_areas_mm2(light))


def clearance_mm(part: Mesh, host: Mesh) -> FloatArray:
    """`(n,)` distance of each vertex to the host's triangles; NaN beyond `CLEARANCE_SHOWN_MM`."""
    from scipy.spatial import cKDTree

    low, high = part.bounds_lps_mm + np.array([[-2.0], [2.0]]) * CLEARANCE_SHOWN_MM
    near = kept(host, lambda points: ((points > low) & (points < high)).all(axis=1))
    values = np.full(len(part.vertices_lps_mm), np.nan)
    if not len(near.faces):
        return values
    corners = near.triangles_lps_mm
    count = min(_NEAREST, len(corners))
    rough, found = cKDTree(corners.mean(axis=1)).query(
        part.vertices_lps_mm, k=count, distance_upper_bound=2.0 * CLEARANCE_SHOWN_MM
    )
    rough, found = rough.reshape(-1, count), found.reshape(-1, count)
    row, column = np.nonzero(np.isfinite(rough))
    exact = _to_triangles_mm(part.vertices_lps_mm[row], corners[found[row, column]])
    best = np.full(len(values), np.inf)
    np.minimum.at(best, row, exact)
    return np.where(best <= CLEARANCE_SHOWN_MM, best, np.nan)


def _to_triangles_mm(points: FloatArray, triangles: FloatArray) -> FloatArray:
    """`(n,)` distance of each point to its own triangle: to the face where the foot lies in it, else to an edge."""
    a, b, c = np.moveaxis(triangles, 1, 0)
    normal = np.cross(b - a, c - a)
    area = np.einsum("ij,ij->i", normal, normal)
    offset = points - a
    u = np.einsum("ij,ij->i", np.cross(offset, c - a), normal) / np.maximum(area, 1e-18)
    v = np.einsum("ij,ij->i", np.cross(b - a, offset), normal) / np.maximum(area, 1e-18)
    face = np.abs(np.einsum("ij,ij->i", offset, normal)) / np.sqrt(np.maximum(area, 1e-18))
    edge = np.minimum.reduce([_to_segment_mm(points, p, q) for p, q in ((a, b), (b, c), (c, a))])
    return np.asarray(np.where((u >= 0) & (v >= 0) & (u + v <= 1) & (area > 1e-18), face, edge))


def _to_segment_mm(points: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    along = end - start
    t = np.einsum("ij,ij->i", points - start, along) / np.maximum(np.einsum("ij,ij->i", along, along), 1e-18)
    return np.asarray(np.linalg.norm(points - start - np.clip(t, 0.0, 1.0)[:, None] * along, axis=1))


def thickness_mm(part: Mesh, asked: NDArray[np.bool_]) -> FloatArray:
    """Length of the ray from each vertex that is asked for straight into the part until it leaves; NaN where it does not."""
    from vtkmodules.vtkCommonCore import mutable
    from vtkmodules.vtkCommonDataModel import vtkStaticCellLocator

    locator: Any = vtkStaticCellLocator()
    locator.SetDataSet(poly_data(part))
    locator.BuildLocator()
    inward = -vertex_normals_lps(part)[asked]
    starts = part.vertices_lps_mm[asked] + _INSIDE_MM * inward
    ends = part.vertices_lps_mm[asked] + _LONGEST_MM * inward
    t: Any = mutable(0.0)
    hit, coordinates, sub_id = [0.0] * 3, [0.0] * 3, mutable(0)
    values = np.full(len(starts), np.nan)
    for i, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        if locator.IntersectWithLine(start, end, 1e-6, t, hit, coordinates, sub_id):
            values[i] = _INSIDE_MM + float(t) * (_LONGEST_MM - _INSIDE_MM)
    return values
