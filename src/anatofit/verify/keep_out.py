"""How far each drilled hole stays from what a plan keeps out of, and how far its drill may lean before it gets there.

A drilled hole is all that lies within the drill's radius of the way from entry to target, its tip as round as the drill; of a pin
within its channel's radius of the way from entry to the end of the far cortex. Distances are of both, leans of trajectories. What is
kept out of is the closed surface models/keep_out.stl and the balls of the plan. Distances are exact from the way to the
surface's triangles; the lean is that about the entry, over places a few tenths of a millimetre apart on the surface.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.verify.regions import planned
from anatofit.verify.segments import segments_mm
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface, face_vectors, spread_points

_PLACES_MM2, _MOST = 0.1, 400_000  # of surface to a place
_INSIDE_STEP_MM = 0.25
_ENDLESS_MM = 300.0  # longer than any drill


@dataclass(frozen=True)
class _Hole:
    """A drilled hole: from its entry along the unit vector `way` for `depth_mm`; play_deg: what a sleeve lets its drill lean."""

    name: str
    entry_lps_mm: FloatArray
    way_lps: FloatArray
    depth_mm: float
    radius_mm: float
    play_deg: float


def keep_out_mm(subject: Subject, _: Requirement) -> Measurement:
    """The least distance in mm of a drilled hole from what is kept out of; less than nothing, and failed, where it reaches in."""
    holes = [*_holes(subject.plan), *_pins(subject.plan)]
    found = [_away_mm(subject, hole) for hole in holes]
    return _least(holes, found, "mm", [a for a in found if a <= 0])


def keep_out_deg(subject: Subject, _: Requirement) -> Measurement:
    """The least lean in degrees that would bring a drill there, less what its sleeve lets it lean; 90 where no lean does."""
    holes = _holes(subject.plan)
    leans = [_lean_deg(subject, hole) for hole in holes]
    spare = [lean - hole.play_deg for lean, hole in zip(leans, holes, strict=True)]
    measured = _least(holes, spare, "spare_deg", [])
    told = {f"{h.name}_deg": lean for h, lean in zip(holes, leans, strict=True)}
    return Measurement(measured.value, measured.detail, {**measured.values, **told})


def _least(holes: Sequence[_Hole], found: Sequence[float], unit: str, bad: Sequence[float]) -> Measurement:
    least = int(np.argmin(found))
    values = {f"{h.name}_{unit}": value for h, value in zip(holes, found, strict=True)}
    said = f"least of {len(holes)} drilled holes: {holes[least].name.replace('_', ' ')}"
    return Measurement(found[least], said, values, failed=bool(bad))


def _holes(plan: Mapping[str, Any]) -> list[_Hole]:
    found = [
        _Hole(
            name=f"sleeve_{n}",
            entry_lps_mm=np.asarray(entry["entry_lps_mm"], dtype=np.float64),
            way_lps=-unit_vector(np.asarray(entry["axis_lps"], dtype=np.float64)),
            depth_mm=float(entry["target_mm"]),
            radius_mm=float(entry["drill_mm"]) / 2,
            play_deg=float(entry["play_deg"]),
        )
        for n, entry in enumerate(planned(plan, "sleeves"), start=1)
    ]
    if not found:
        raise ValueError("the plan has no sleeves; this requirement is made only where it has some")
    return found


def _pins(plan: Mapping[str, Any]) -> list[_Hole]:
    """The holes of pins, as wide as their channels and as deep as the far cortex ends; endless where the plan tells no depth."""
    return [
        _Hole(
            name=f"pin_{n}",
            entry_lps_mm=np.asarray(pin["entry_lps_mm"], dtype=np.float64),
            way_lps=-unit_vector(np.asarray(pin["axis_lps"], dtype=np.float64)),
            depth_mm=_ENDLESS_MM if pin["depth_mm"] is None else float(pin["depth_mm"]),
            radius_mm=float(pin["diameter_mm"]) / 2,
            play_deg=0.0,
        )
        for n, pin in enumerate(planned(plan, "pins"), start=1)
    ]


def _surface(subject: Subject) -> Mesh | None:
    """The surface that is kept out of. Raises ValueError where the plan has one and the pack has none, or has nothing at all."""
    if subject.plan.get("keep_out_surface"):
        if subject.keep_out is None:
            raise subject.absent("models/keep_out.stl")
        return subject.keep_out
    if not planned(subject.plan, "keep_outs"):
        raise ValueError("the plan keeps out of nothing; this requirement is made only where it does")
    return None


def _away_mm(subject: Subject, hole: _Hole) -> float:
    found = [_ball_mm(hole, ball) for ball in planned(subject.plan, "keep_outs")]
    surface = _surface(subject)
    if surface is not None:
        found.append(_from_surface_mm(surface, hole) - hole.radius_mm)
    return min(found)


def _ball_mm(hole: _Hole, ball: Mapping[str, Any]) -> float:
    rest = np.asarray(ball["point_lps_mm"], dtype=np.float64) - hole.entry_lps_mm
    along = float(np.clip(rest @ hole.way_lps, 0.0, hole.depth_mm))
    return float(np.linalg.norm(rest - along * hole.way_lps)) - float(ball["radius_mm"]) - hole.radius_mm


def _from_surface_mm(mesh: Mesh, hole: _Hole) -> float:
    """The least distance of a way from a closed surface, less than nothing by how far it comes within."""
    start, end = hole.entry_lps_mm, hole.entry_lps_mm + hole.depth_mm * hole.way_lps
    if deep := _inside_mm(mesh, hole):
        return -deep
    through = np.isfinite(Surface(mesh).first_hits(start[None], end[None])[0]).any()
    return 0.0 if through else _way_to_triangles_mm(start, end, mesh.triangles_lps_mm)


def _inside_mm(mesh: Mesh, hole: _Hole) -> float:
    """How far within a closed surface the way comes, 0 where it stays outside."""
    surface = Surface(mesh)
    depth = np.linspace(0.0, hole.depth_mm, max(2, int(hole.depth_mm / _INSIDE_STEP_MM) + 1))
    places = hole.entry_lps_mm + np.multiply.outer(depth, hole.way_lps)
    inside = np.array([_winds_around(mesh, place) for place in places])
    return float(surface.distance_mm(places[inside]).max(initial=0.0)) if inside.any() else 0.0


def _winds_around(mesh: Mesh, place: FloatArray) -> bool:
    """Whether a closed surface goes around a place: its solid angle (Van Oosterom and Strackee 1983)."""
    a, b, c = np.moveaxis(mesh.triangles_lps_mm - place, 1, 0)
    la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
    top = np.einsum("ij,ij->i", a, np.cross(b, c))
    ab, bc, ca = (np.einsum("ij,ij->i", p, q) for p, q in ((a, b), (b, c), (c, a)))
    angle = 2 * np.arctan2(top, la * lb * lc + ab * lc + bc * la + ca * lb)
    return abs(float(angle.sum())) > 2 * np.pi


def _way_to_triangles_mm(start: FloatArray, end: FloatArray, triangles: FloatArray) -> float:
    """The least distance between a way and triangles that it does not go through: at its ends, or at their edges."""
    edges = [segments_mm(start, end, triangles[:, n], triangles[:, (n + 1) % 3]) for n in range(3)]
    mesh = Mesh(triangles.reshape(-1, 3), np.arange(3 * len(triangles)).reshape(-1, 3))
    ends = Surface(mesh).distance_mm(np.stack([start, end]))
    return min(float(np.min(edges)), float(ends.min()))


def _lean_deg(subject: Subject, hole: _Hole) -> float:
    """The least lean about the entry that brings the drill to what is kept out of; 90 where none up to there does."""
    found = [
        _turn_deg(hole, np.asarray(b["point_lps_mm"], dtype=np.float64)[None], hole.radius_mm + float(b["radius_mm"]))
        for b in planned(subject.plan, "keep_outs")
    ]
    surface = _surface(subject)
    if surface is not None:
        area = float(np.linalg.norm(face_vectors(surface), axis=1).sum()) / 2
        places = subject.once(
            "keep-out places", lambda: spread_points(surface, int(np.clip(area / _PLACES_MM2, 1000, _MOST)))[0]
        )
        found.append(_turn_deg(hole, np.concatenate([places, surface.vertices_lps_mm]), hole.radius_mm))
    return min(90.0, *found)


def _turn_deg(hole: _Hole, places: FloatArray, within_mm: float) -> float:
    """The least turn of the way about its beginning after which it ends, or passes, within a distance of a place."""
    rest = places - hole.entry_lps_mm
    along = rest @ hole.way_lps
    beside = np.linalg.norm(rest - np.multiply.outer(along, hole.way_lps), axis=1)
    far = np.hypot(along, beside)
    reached = far - within_mm <= hole.depth_mm
    if not reached.any():
        return 90.0
    angle, far = np.arctan2(beside, along)[reached], far[reached]
    if (far <= within_mm).any():
        return 0.0
    touch = np.sqrt(far**2 - within_mm**2)  # where a line from the entry touches the ball around the place
    side = np.arctan2(within_mm, touch)
    tip = np.arccos(np.clip((hole.depth_mm**2 + far**2 - within_mm**2) / (2 * hole.depth_mm * far), -1.0, 1.0))
    return float(np.rad2deg(np.maximum(angle - np.where(touch <= hole.depth_mm, side, tip), 0.0)).min())
