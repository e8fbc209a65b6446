"""Round channels against their planned axes: from the triangles of their walls, whatever polygon or mesh they are made of.

Each face of a wall lies in a plane that touches the same cylinder; the axis is the line that stands equally far before all of
them, found by least squares over the faces' whole area. Position is said where the planned axis enters the bone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.words import bracketed, counted
from anatofit.verify.bore_rays import walled_diameter_mm
from anatofit.verify.bore_room import free_radius_mm
from anatofit.verify.plan_bores import PlannedBore, bores_asked
from anatofit.verify.robust_fit import fitted, over_faces
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, Surface, face_vectors, spokes, unit_rows

_LEAN_DEG = 5.0  # a hundred times what is allowed
_NEAR_MM = 0.6  # twelve times what is allowed, and less than any wall is thick
_TOWARD = (
    0.3  # cosine to the axis above which a face looks at it: of a channel that stands off by all of `_NEAR_MM`, too
)
_SECTORS, _LEAST_SECTORS = 16, 12  # of directions in which there is wall, three quarters of the way round
_OUT_MM = 40.0  # from a channel's top outward: a drill and its chuck come from there
_SHUT = 0.5  # of the diameter: what lets pass no more is no channel
_HEIGHTS_MM = 0.4  # between the places where a diameter is measured


@dataclass(frozen=True)
class _Axis:
    """A channel's own axis, how far it is from the planned one at the entry, and how it leans against it."""

    place_lps_mm: FloatArray
    axis_lps: FloatArray
    off_mm: float
    lean_deg: float


def channel_axis_mm(subject: Subject, requirement: Requirement) -> Measurement:
    """The largest distance in mm of a channel's axis from the planned one at the bone; a missing channel counts its diameter."""
    bores, axes = _axes(subject, requirement)
    return _worst(bores, [a.off_mm if a else b.diameter_mm for a, b in zip(axes, bores, strict=True)], axes, "mm")


def channel_axis_deg(subject: Subject, requirement: Requirement) -> Measurement:
    """The largest angle in degrees between a channel's axis and the planned one; a missing channel counts 90."""
    bores, axes = _axes(subject, requirement)
    return _worst(bores, [a.lean_deg if a else 90.0 for a in axes], axes, "deg")


def channels(subject: Subject, requirement: Requirement) -> Measurement:
    """The largest difference in mm between a channel's diameter and the planned one, its mean and at its narrowest, about its own axis.

    Its narrowest is looked for from 40 mm above its top to its lowest place: a drill comes in from there, past all that stands on
    the part, and past the bone. A channel that is shut by half or more counts its whole diameter, and so does one above which bone
    stands.
    """
    surface = subject.once("surface", lambda: Surface(subject.part))
    bores, axes = _axes(subject, requirement)
    found = [
        b.diameter_mm if a is None or _under_bone(subject, b) else _deviation(surface, b, a)
        for a, b in zip(axes, bores, strict=True)
    ]
    worst = int(np.argmax(found))
    shut = [str(b.number) for b, off in zip(bores, found, strict=True) if off >= b.diameter_mm]
    said = f"not open, not walled, or under bone: channel {', '.join(shut)}" if shut else ""
    values = {f"channel_{b.number}_mm": off for b, off in zip(bores, found, strict=True)}
    return Measurement(found[worst], said or _said(bores, worst), values, failed=bool(shut))


def _worst(
    bores: Sequence[PlannedBore], found: Sequence[float], axes: Sequence[_Axis | None], unit: str
) -> Measurement:
    worst = int(np.argmax(found))
    missing = [str(b.number) for b, axis in zip(bores, axes, strict=True) if axis is None]
    said = f"no wall three quarters of the way round: channel {', '.join(missing)}" if missing else _said(bores, worst)
    values = {f"channel_{b.number}_{unit}": value for b, value in zip(bores, found, strict=True)}
    return Measurement(found[worst], said, values, failed=bool(missing))


def _said(bores: Sequence[PlannedBore], worst: int) -> str:
    place = f"{bracketed(bores[worst].entry_lps_mm, 1)} mm"
    return f"worst of {counted(len(bores), 'channel')}: channel {bores[worst].number}, which enters at {place}"


def _axes(subject: Subject, requirement: Requirement) -> tuple[list[PlannedBore], list[_Axis | None]]:
    bores = bores_asked(subject, requirement)
    key = f"axes of {requirement.parameters.get('of', 'pins')}"
    return bores, subject.once(key, lambda: [_axis(subject, bore) for bore in bores])


def _axis(subject: Subject, bore: PlannedBore) -> _Axis | None:
    triangles, normals = subject.part.triangles_lps_mm, unit_rows(face_vectors(subject.part))
    keep = _faces(triangles.mean(axis=1), normals, bore)
    triangles, normals = triangles[keep], normals[keep]
    u, v = spokes(bore.axis_lps, 4)[:2]
    facing = np.stack([normals @ u, normals @ v], axis=1)
    if not _all_round(facing):
        return None
    points, weights = over_faces(triangles)
    facing = np.tile(facing, (4, 1))
    place = np.stack([(points - bore.entry_lps_mm) @ w for w in (u, v)], axis=1)
    along = bore.along_mm(points)[:, None]
    basis = np.concatenate([facing, facing * along, -np.ones_like(along)], axis=1)
    x, y, lean_x, lean_y, _ = fitted(basis, np.einsum("ij,ij->i", place, facing), weights)
    own = unit_vector(bore.axis_lps + lean_x * u + lean_y * v)
    lean = float(np.rad2deg(np.arctan(np.hypot(lean_x, lean_y))))
    return _Axis(bore.entry_lps_mm + x * u + y * v, own, float(np.hypot(x, y)), lean)


def _faces(centres: FloatArray, normals: FloatArray, bore: PlannedBore) -> BoolArray:
    """Which faces are a channel's wall: along its axis, at its radius, turned to the axis."""
    aside, along = bore.aside(centres), bore.along_mm(centres)
    away = np.linalg.norm(aside, axis=1)
    near = (np.abs(away - bore.diameter_mm / 2) < _NEAR_MM) & (along > bore.low_mm) & (along < bore.top_mm)
    upright = np.abs(normals @ bore.axis_lps) < np.sin(np.deg2rad(_LEAN_DEG))
    return np.asarray(near & upright & (-np.einsum("ij,ij->i", normals, unit_rows(aside)) > _TOWARD))


def _all_round(facing: FloatArray) -> bool:
    turn = np.arctan2(facing[:, 1], facing[:, 0])
    sectors = np.unique(np.floor(turn / (2 * np.pi / _SECTORS)).astype(np.int64) % _SECTORS)
    return len(sectors) >= _LEAST_SECTORS


def _under_bone(subject: Subject, bore: PlannedBore) -> bool:
    """Whether bone stands in the way of a drill above the channel's top."""
    if subject.host is None:
        return False
    high, reach = bore.top_mm + _OUT_MM, bore.diameter_mm
    free = free_radius_mm(
        subject.host, bore.entry_lps_mm, bore.axis_lps, low_mm=bore.top_mm, high_mm=high, reach_mm=reach
    )
    return free < bore.diameter_mm / 2


def _deviation(surface: Surface, bore: PlannedBore, own: _Axis) -> float:
    """The greater of: how much less wide than planned it is at its narrowest, and how much its mean diameter differs."""
    entry, axis, diameter = own.place_lps_mm, own.axis_lps, bore.diameter_mm
    free = 2 * free_radius_mm(
        surface.mesh, entry, axis, low_mm=bore.low_mm, high_mm=bore.top_mm + _OUT_MM, reach_mm=diameter
    )
    along = np.arange(bore.low_mm, bore.top_mm, _HEIGHTS_MM)
    mean = walled_diameter_mm(surface, entry, axis, along_mm=along, widest_mm=diameter / 2 + _NEAR_MM)
    if free < _SHUT * diameter or mean is None:
        return diameter
    return max(diameter - free, abs(mean - diameter))
