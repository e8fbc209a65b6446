"""A bone cut in two whose far part is turned about a hinge: how it stands after a correction, as one closed body."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.bridge import checked, mesh_of, solid_of, united
from anatofit.geometry.canonical import canonical
from anatofit.model.frame import FloatArray, Plane
from anatofit.model.mesh import Mesh

# The turned part reaches so far into the part that stands, so that faces that would lie upon each other make one body.
JOINED_MM = 0.02


def corrected(
    bone: Mesh, *, stands: Plane, turns: Plane, hinge_lps_mm: FloatArray, axis_lps: FloatArray, angle_deg: float
) -> Mesh:
    """The part beyond the plane `stands`, as it stands, and the part beyond `turns`, turned about the hinge, LPS mm, float32.

    Normals point into the part that is kept. Where the two parts meet they are one; what lies between the planes is gone.
    Raises GeometryError where the bone is no solid, NothingLeftError where a plane leaves nothing of a part.
    """
    solid = solid_of(bone)
    standing = checked(_beyond(solid, stands, 0.0), "the part of the bone that stands")
    turning = checked(_beyond(solid, turns, JOINED_MM), "the part of the bone that is turned")
    rotation = rotation_of(axis_lps, angle_deg)
    hinge = np.asarray(hinge_lps_mm, dtype=np.float64)
    moved = np.array([hinge[n] - float((rotation[n] * hinge).sum()) for n in range(3)])
    return canonical(mesh_of(united([standing, turning.transform(np.column_stack([rotation, moved]))])))


def _beyond(solid: object, plane: Plane, more_mm: float) -> object:
    at = float((plane.point_lps_mm * plane.normal_lps).sum()) - more_mm
    return solid.trim_by_plane(tuple(plane.normal_lps), at)  # type: ignore[attr-defined]


def rotation_of(axis_lps: FloatArray, angle_deg: float) -> FloatArray:
    """`(3, 3)` the turn by an angle about an axis through the origin, by the right hand (Rodrigues)."""
    x, y, z = np.asarray(axis_lps, dtype=np.float64) / np.linalg.norm(axis_lps)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = np.deg2rad(angle_deg)
    outer = np.array([[x * x, x * y, x * z], [x * y, y * y, y * z], [x * z, y * z, z * z]])
    return np.asarray(np.cos(angle) * np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * outer)


def turned_about(
    points_lps_mm: FloatArray, *, hinge_lps_mm: FloatArray, axis_lps: FloatArray, angle_deg: float
) -> FloatArray:
    """`(..., 3)` points turned about a line in space."""
    rotation, rest = rotation_of(axis_lps, angle_deg), np.asarray(points_lps_mm) - np.asarray(hinge_lps_mm)
    x, y, z = np.moveaxis(rest, -1, 0)
    turned = [r[0] * x + r[1] * y + r[2] * z for r in rotation]
    return np.asarray(np.stack(turned, axis=-1) + np.asarray(hinge_lps_mm))
