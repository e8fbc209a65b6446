"""A skull cap with a round hole and a plate in it: surfaces of revolution, so that every distance is known."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

OUTER_MM, INNER_MM = 75.0, 69.0
HOLE_MM = 25.0  # radius of the hole
GAP_MM = 0.5
AROUND = 180


def revolved(profile: FloatArray) -> Mesh:
    """The closed (radius, height) polygon turned about z; corners on the axis become one point each."""
    angle = np.arange(AROUND) / AROUND * 2 * np.pi
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    count = len(profile)
    points = np.concatenate([np.c_[r * ring, np.full(AROUND, z)] for r, z in profile])
    faces = []
    now, after = np.arange(AROUND), (np.arange(AROUND) + 1) % AROUND
    for n in range(count):
        m = (n + 1) % count
        a, b, c, d = n * AROUND + now, n * AROUND + after, m * AROUND + now, m * AROUND + after
        if profile[n, 0] == 0 and profile[m, 0] == 0:
            continue
        if profile[n, 0] > 0:
            faces.append(np.c_[a, b, d])
        if profile[m, 0] > 0:
            faces.append(np.c_[a, d, c])
    where = np.concatenate(faces)
    for n in np.flatnonzero(profile[:, 0] == 0):
        where[(where >= n * AROUND) & (where < (n + 1) * AROUND)] = n * AROUND
    used, index = np.unique(where, return_inverse=True)
    mesh = Mesh(points[used], index.reshape(-1, 3))
    return mesh if mesh.volume_mm3 > 0 else Mesh(mesh.vertices_lps_mm, mesh.faces[:, ::-1])


def _arc(sphere: float, start: float, end: float, count: int) -> FloatArray:
    """(radius, height) on a sphere from one radius to another."""
    r = np.linspace(start, end, count)
    return np.c_[r, np.sqrt(sphere**2 - r**2)]


def _wall(start: FloatArray, end: FloatArray) -> FloatArray:
    """Points between two corners, without them."""
    return start + (end - start) * np.linspace(0, 1, 9)[1:-1, None]


def host() -> Mesh:
    """A cap between two spheres with a cylindrical hole about z."""
    outer, inner = _arc(OUTER_MM, HOLE_MM, 45.0, 24), _arc(INNER_MM, 45.0, HOLE_MM, 24)
    return revolved(np.concatenate([outer, _wall(outer[-1], inner[0]), inner, _wall(inner[-1], outer[0])]))


def with_orbit(
    bone: Mesh, plan: dict[str, object], *, half_angle_deg: float = 40.0, deep_mm: float = 8.0, strip_mm: float = 6.0
) -> tuple[Mesh, dict[str, object]]:
    """Host and plan opened in a sector: beside the hole a strip of bone lies `deep_mm` deep, its rim with it, then there is none."""

    def lowered(points: FloatArray) -> tuple[FloatArray, FloatArray]:
        inside = np.abs(np.degrees(np.arctan2(points[:, 1], points[:, 0]))) < half_angle_deg
        return points - np.outer(inside, [0.0, 0.0, deep_mm]), inside

    points, sector = lowered(bone.vertices_lps_mm)
    gone = (sector & (np.hypot(points[:, 0], points[:, 1]) > HOLE_MM + strip_mm))[bone.faces].any(axis=1)
    rim = lowered(np.array(plan["rim_lps_mm"]))[0]
    return Mesh(points, bone.faces[~gone]), plan | {"rim_lps_mm": rim.tolist()}


def plate(*, gap_mm: float = GAP_MM, raised_mm: float = 0.0, undercut_mm: float = 0.0, rounded_mm: float = 0.0) -> Mesh:
    """A disc in the hole. `undercut_mm`: how far its inner edge reaches out beneath, wider than the way. `rounded_mm`: of its outer edge."""
    radius = HOLE_MM - gap_mm
    outer = _arc(OUTER_MM, radius - rounded_mm, 0.0, 28) + np.array([0.0, raised_mm])
    if rounded_mm:
        turn = np.radians(np.arange(90.0, 0.0, -10.0))
        drop = np.c_[radius - rounded_mm + rounded_mm * np.sin(turn), rounded_mm * (np.cos(turn) - 1)]
        outer = np.concatenate([drop + np.array([0.0, outer[0, 1]]), outer])
    inner = _arc(INNER_MM, 0.0, radius, 28)
    if undercut_mm:
        inner[-1] = [radius + undercut_mm, inner[-1, 1] - 3.0]
    return revolved(np.concatenate([outer, inner, _wall(inner[-1], outer[0])]))


def moved(mesh: Mesh, by_mm: tuple[float, float, float]) -> Mesh:
    """The mesh at another place."""
    return Mesh(mesh.vertices_lps_mm + np.array(by_mm), mesh.faces)


def plan() -> dict[str, object]:
    """What a plan says of the way in and the rim."""
    angle = np.arange(90) / 90 * 2 * np.pi
    z = float(np.sqrt(OUTER_MM**2 - HOLE_MM**2))
    rim = np.c_[HOLE_MM * np.cos(angle), HOLE_MM * np.sin(angle), np.full(90, z)]
    way = [0.0, 0.0, 1.0]
    return {
        "case": "A-0001",
        "device": "cranial-plate",
        "laterality": "R",
        "insertion_direction_lps": way,
        "insertion_length_mm": 30.0,
        "rim_lps_mm": rim.tolist(),
        "tabs": [],
    }
