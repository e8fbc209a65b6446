"""Where the nodes of a lattice lie, seen from a place."""

from __future__ import annotations

from anatofit.devices.guide.planned import GuidePlan
from anatofit.geometry.ground import Ground
from anatofit.model.frame import FloatArray


def relative(ground: Ground, plan: GuidePlan, point_lps_mm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Coordinates of the nodes from a point, along the seat's axes."""
    x, y, z = ground.xyz_mm
    px, py, pz = plan.seat.to_seat(point_lps_mm)
    return x - px, y - py, z - pz


def along_axes(ground: Ground, plan: GuidePlan, point_lps_mm: FloatArray, frame_lps: FloatArray) -> list[FloatArray]:
    """Coordinates of the nodes from a point, along the three columns of a frame."""
    x, y, z = relative(ground, plan, point_lps_mm)
    return [a * x + b * y + c * z for a, b, c in (plan.seat.turned(axis) for axis in frame_lps.T)]
