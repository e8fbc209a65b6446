"""Lighter copies of meshes, for the eye only: nothing that is measured or printed comes from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.report.data import Scene


def reduced(mesh: Mesh, *, triangles: int) -> Mesh:
    """The mesh with about `triangles` triangles; itself where it has no more than that."""
    if len(mesh.faces) <= triangles * 1.15:
        return mesh
    import fast_simplification  # type: ignore[import-untyped, unused-ignore]

    points, faces = fast_simplification.simplify(
        mesh.vertices_lps_mm.astype(np.float32), mesh.faces.astype(np.int32), target_count=triangles
    )
    return Mesh(points, faces)


def lightened(scene: Scene, triangles: Mapping[str, int]) -> Scene:
    """The same scene with light copies of the surfaces named, reduced once for all pictures and the 3D view."""
    surfaces = {
        name: reduced(mesh, triangles=triangles[name]) if name in triangles else mesh
        for name, mesh in scene.anatomy.surfaces.items()
    }
    return replace(scene, anatomy=replace(scene.anatomy, surfaces=surfaces))


def kept(mesh: Mesh, keep: Callable[[FloatArray], NDArray[np.bool_]]) -> Mesh:
    """The triangles whose three corners all satisfy `keep((n, 3) vertices) -> (n,)`; unused vertices dropped."""
    return _only(mesh, np.asarray(keep(mesh.vertices_lps_mm)[mesh.faces].all(axis=1)))


def kept_any(mesh: Mesh, keep: Callable[[FloatArray], NDArray[np.bool_]]) -> Mesh:
    """The triangles of which one corner at least satisfies `keep`: those across the border stay."""
    return _only(mesh, np.asarray(keep(mesh.vertices_lps_mm)[mesh.faces].any(axis=1)))


def _only(mesh: Mesh, mask: NDArray[np.bool_]) -> Mesh:
    faces = mesh.faces[mask]
    used, renumbered = np.unique(faces, return_inverse=True)
    return Mesh(mesh.vertices_lps_mm[used], renumbered.reshape(-1, 3))


def vertex_areas_mm2(mesh: Mesh) -> FloatArray:
    """`(n,)` a third of the area of the triangles around each vertex."""
    a, b, c = np.moveaxis(mesh.triangles_lps_mm, 1, 0)
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 6.0
    sums = np.bincount(mesh.faces.ravel(), np.repeat(areas, 3), len(mesh.vertices_lps_mm))
    return sums.astype(np.float64)


def capped(mesh: Mesh) -> Mesh:
    """The mesh with each opening closed by triangles to its middle."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = len(mesh.vertices_lps_mm)
    start, end = mesh.faces.ravel(), np.roll(mesh.faces, -1, axis=1).ravel()
    open_ = ~np.isin(start * size + end, end * size + start)
    if not open_.any():
        return mesh
    start, end = start[open_], end[open_]
    used, at = np.unique(np.concatenate([start, end]), return_inverse=True)
    one, other = at[: len(start)], at[len(start) :]
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(len(used), len(used)))
    count, loop = connected_components(graph, directed=False)
    middles = np.stack([mesh.vertices_lps_mm[used[loop == n]].mean(axis=0) for n in range(count)])
    fans = np.stack([end, start, size + loop[one]], axis=1)
    return Mesh(np.concatenate([mesh.vertices_lps_mm, middles]), np.concatenate([mesh.faces, fans]))


def tube(loop_lps_mm: FloatArray, *, radius_mm: float, sides: int = 8) -> Mesh:
    """A closed line `(n, 3)` made thick enough to be seen."""
    points = np.asarray(loop_lps_mm, dtype=np.float64)
    tangent = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    outward = points - points.mean(axis=0)
    second = _unit(np.cross(tangent, outward))
    first = _unit(np.cross(second, tangent))
    angles = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    rings = points[:, None] + radius_mm * (
        np.cos(angles)[None, :, None] * first[:, None] + np.sin(angles)[None, :, None] * second[:, None]
    )
    return Mesh(rings.reshape(-1, 3), _tube_faces(len(points), sides))


def _unit(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


def _tube_faces(rings: int, sides: int) -> NDArray[np.int64]:
    ring, side = np.meshgrid(np.arange(rings), np.arange(sides), indexing="ij")
    next_ring, next_side = (ring + 1) % rings, (side + 1) % sides
    a, b = ring * sides + side, ring * sides + next_side
    c, d = next_ring * sides + next_side, next_ring * sides + side
    return np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])


def rod(start_lps_mm: FloatArray, end_lps_mm: FloatArray, *, radius_mm: float, sides: int = 12) -> Mesh:
    """A straight round rod between two points, open at its ends."""
    first, second = _beside(end_lps_mm - start_lps_mm)
    angles = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    ring = radius_mm * (np.cos(angles)[:, None] * first + np.sin(angles)[:, None] * second)
    this, after = np.arange(sides), (np.arange(sides) + 1) % sides
    faces = [np.stack([this, after, this + sides], -1), np.stack([after, after + sides, this + sides], -1)]
    return Mesh(np.concatenate([start_lps_mm + ring, end_lps_mm + ring]), np.concatenate(faces))


def disc(centre_lps_mm: FloatArray, normal_lps: FloatArray, *, radius_mm: float, sides: int = 64) -> Mesh:
    """A flat round plate without thickness."""
    first, second = _beside(normal_lps)
    angles = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    ring = centre_lps_mm + radius_mm * (np.cos(angles)[:, None] * first + np.sin(angles)[:, None] * second)
    this = np.arange(sides)
    faces = np.stack([np.full(sides, sides), this, (this + 1) % sides], -1)
    return Mesh(np.concatenate([ring, centre_lps_mm[None]]), faces)


def _beside(direction_lps: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two unit vectors across a direction and across each other."""
    along = direction_lps / np.linalg.norm(direction_lps)
    first = np.cross(along, np.eye(3)[int(np.argmin(np.abs(along)))])
    first = first / np.linalg.norm(first)
    return first, np.cross(along, first)


def sphere(centre_lps_mm: FloatArray, *, radius_mm: float, sides: int = 24) -> Mesh:
    """A ball, as rings between two poles."""
    polar = np.pi * np.arange(1, sides // 2) / (sides // 2)
    turn = 2.0 * np.pi * np.arange(sides) / sides
    around = np.stack([np.cos(turn), np.sin(turn)], axis=-1)[None] * np.sin(polar)[:, None, None]
    rings = np.concatenate([around, np.broadcast_to(np.cos(polar)[:, None, None], (*around.shape[:2], 1))], axis=-1)
    points = np.concatenate([rings.reshape(-1, 3), [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]])
    this, after, last = np.arange(sides), (np.arange(sides) + 1) % sides, (len(polar) - 1) * sides
    faces = [np.stack([this, after, np.full(sides, len(points) - 2)], -1)]
    for low in range(0, last, sides):
        faces += [np.stack([low + this, low + sides + this, low + after], -1)]
        faces += [np.stack([low + after, low + sides + this, low + sides + after], -1)]
    faces += [np.stack([last + after, last + this, np.full(sides, len(points) - 1)], -1)]
    return Mesh(centre_lps_mm + radius_mm * points, np.concatenate(faces))
