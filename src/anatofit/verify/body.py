"""Checks of a part as a body: closed and oriented, in one piece, mass, extent, side, and the printer's room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, Plane
from anatofit.model.mesh import Mesh
from anatofit.verify.bench import Bench, vector
from anatofit.verify.measurement import CannotMeasureError, Measurement
from anatofit.verify.surface import face_vectors


def closed_manifold(mesh: Mesh) -> Measurement:
    """Directed edges without exactly one opposite, plus faces without area, pinched vertices and a body turned inside out."""
    edges = bad_edges(mesh)
    area = face_vectors(mesh)
    flat = int((np.einsum("ij,ij->i", area, area) == 0).sum())
    pinched = 0 if edges else _pinched_vertices(mesh)
    inside_out = int(mesh.volume_mm3 <= 0)
    values = {"edges": edges, "flat_faces": flat, "pinched_vertices": pinched, "inside_out": inside_out}
    detail = ", ".join(f"{v} {k.replace('_', ' ')}" for k, v in values.items() if v)
    return Measurement(float(sum(values.values())), detail, {k: float(v) for k, v in values.items()})


def bad_edges(mesh: Mesh) -> int:
    """Edges not used once in each direction."""
    start, end = mesh.faces.ravel(), np.roll(mesh.faces, -1, axis=1).ravel()
    count = len(mesh.vertices_lps_mm)
    low, high = np.minimum(start, end), np.maximum(start, end)
    keys, at = np.unique(low * count + high, return_inverse=True)
    forward = np.bincount(at, weights=start < end, minlength=len(keys))
    backward = np.bincount(at, weights=start > end, minlength=len(keys))
    return int(((forward != 1) | (backward != 1)).sum())


def _pinched_vertices(mesh: Mesh) -> int:
    """Vertices whose faces form more than one fan: of corners that turn into each other across edges, one ring a vertex."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    start, end = mesh.faces.ravel(), np.roll(mesh.faces, -1, axis=1).ravel()
    count = len(mesh.vertices_lps_mm)
    corner = np.arange(len(start))
    outgoing, incoming = np.argsort(start * count + end), np.argsort(end * count + start)
    # the edge out of this corner comes back, in the other face, into the next corner at the same vertex
    twin = np.empty(len(start), dtype=np.int64)
    twin[outgoing] = incoming
    follows = twin // 3 * 3 + (twin + 1) % 3
    graph = coo_array((np.ones(len(start)), (corner, follows)), shape=(len(start), len(start)))
    rings = connected_components(graph, directed=False, return_labels=False)
    return int(rings) - len(np.unique(start))


def components(mesh: Mesh) -> Measurement:
    """The number of pieces that share no vertex."""
    return Measurement(float(count_components(mesh)))


def count_components(mesh: Mesh) -> int:
    """Pieces of the surface; an enclosed hollow counts as one of its own."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    used = np.unique(mesh.faces)
    size = len(mesh.vertices_lps_mm)
    rows, columns = mesh.faces.ravel(), np.roll(mesh.faces, -1, axis=1).ravel()
    labels = connected_components(coo_array((np.ones(len(rows)), (rows, columns)), shape=(size, size)), directed=False)[
        1
    ]
    return len(np.unique(labels[used]))


def mass_g(mesh: Mesh, requirement: Requirement) -> Measurement:
    """Volume times the material's density."""
    density = float(requirement.parameters.get("density_g_cm3", np.nan))
    if not (np.isfinite(density) and density > 0):
        raise CannotMeasureError("the requirement names no density_g_cm3; a positive number is wanted")
    volume = mesh.volume_mm3
    return Measurement(
        volume / 1000.0 * density, "", {"volume_mm3": volume, "density_g_cm3": density}, holds=volume > 0
    )


def _box_axes(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sides, largest first in the plane, of the smallest box around the hull whose thin side follows the part's thin axis."""
    from scipy.spatial import ConvexHull

    hull = points[ConvexHull(points).vertices]
    axes = np.linalg.svd(hull - hull.mean(axis=0), full_matrices=False)[2]
    flat = hull @ axes[:2].T
    angles = np.deg2rad(np.arange(0.0, 90.0, 0.5))
    first = np.ptp(np.outer(flat[:, 0], np.cos(angles)) + np.outer(flat[:, 1], np.sin(angles)), axis=0)
    second = np.ptp(np.outer(flat[:, 1], np.cos(angles)) - np.outer(flat[:, 0], np.sin(angles)), axis=0)
    best = int((first * second).argmin())
    plane = np.sort([first[best], second[best]])[::-1]
    return np.asarray(plane), np.asarray(np.ptp(hull @ axes[2]))


def extent(mesh: Mesh) -> Measurement:
    """The longer side of the smallest rectangle around the part, seen along its thin direction."""
    plane, thin = _box_axes(mesh.vertices_lps_mm)
    return Measurement(
        float(plane[0]), "", {"length_mm": float(plane[0]), "width_mm": float(plane[1]), "height_mm": float(thin)}
    )


def fits_printer(mesh: Mesh, requirement: Requirement) -> Measurement:
    """The room left in the printer in mm, as exported or turned: negative where no way round fits.

    The part's sides are those of its own box; box and printer are compared side by side, largest with largest.
    """
    room = np.asarray(requirement.parameters.get("build_volume_mm", ()), dtype=np.float64)
    if room.shape != (3,) or not np.isfinite(room).all():
        raise CannotMeasureError("the requirement names no build_volume_mm; three sides are wanted")
    plane, thin = _box_axes(mesh.vertices_lps_mm)
    turned = np.sort([*plane, float(thin)])
    straight = np.sort(np.ptp(mesh.bounds_lps_mm, axis=0))
    spare = max(float((np.sort(room) - sides).min()) for sides in (turned, straight))
    sides = dict(zip(("height_mm", "width_mm", "length_mm"), map(float, turned), strict=True))
    return Measurement(
        spare, "" if spare >= 0 else "the part is larger than the printer's room", sides, holds=spare >= 0
    )


def side(bench: Bench) -> Measurement:
    """How far the part's centre of mass lies on the side that was ordered; without a side (B, U), how far from the midplane."""
    plane = _midsagittal(bench.plan)
    from_middle = float(plane.signed_distance_mm(centre_of_mass(bench.mesh)[None])[0])
    ordered = str(bench.plan.get("laterality", ""))
    values = {"to_patient_left_mm": from_middle}
    if ordered not in ("R", "L"):
        return Measurement(abs(from_middle), f"no side was ordered ({ordered or 'none named'})", values)
    measured = from_middle if ordered == "L" else -from_middle
    found = "left" if from_middle > 0 else "right"
    return Measurement(measured, f"ordered {ordered}, found on the patient's {found}", values, holds=measured > 0)


def centre_of_mass(mesh: Mesh) -> FloatArray:
    """Of the enclosed volume; of the surface's corners where nothing is enclosed."""
    middle = mesh.vertices_lps_mm.mean(axis=0)
    a, b, c = np.moveaxis(mesh.triangles_lps_mm - middle, 1, 0)
    volumes = np.einsum("ij,ij->i", a, np.cross(b, c))
    total = float(volumes.sum())
    return np.asarray(middle + (volumes[:, None] * (a + b + c)).sum(axis=0) / (4 * total)) if total > 0 else middle


def _midsagittal(plan: Mapping[str, Any]) -> Plane:
    plane = plan.get("midsagittal")
    if not plane:
        raise CannotMeasureError("the plan has no midsagittal plane; it is wanted to tell the sides apart")
    return Plane(vector(plane, "point_lps_mm"), vector(plane, "normal_lps"))
