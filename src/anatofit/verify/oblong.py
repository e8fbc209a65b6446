"""BP-OBLONG: oblong holes against their plan, by rays across and along each at several heights of its straight part.

The middles of opposite walls lie on a line; where it passes the bone and how it leans is the hole's axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.bore_rays import is_clear
from anatofit.verify.regions import planned
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface

_HEIGHTS = 9
_EDGE_MM = 0.15  # from either end of the straight part: the underside is rounded there
_REACH_MM = 15.0
_UPRIGHT = 0.34  # cosine to the axis (70°) above which a face is no wall: hundreds of times the lean that is allowed
_CLEAR_MM = 12.0  # a screw comes from so far


@dataclass(frozen=True)
class _Hole:
    """What was measured of one hole: its middle off the planned one at the bone, its lean, width and length."""

    off_mm: float
    lean_deg: float
    width_mm: float
    length_mm: float


def oblong_middle(subject: Subject, requirement: Requirement) -> Measurement:
    """The largest distance in mm of a hole's middle from the planned axis, where it enters the bone."""
    return _worst(subject, requirement, lambda hole, _: hole.off_mm)


def oblong_deg(subject: Subject, requirement: Requirement) -> Measurement:
    """The largest angle in degrees between a hole and its planned axis."""
    return _worst(subject, requirement, lambda hole, _: hole.lean_deg)


def oblong_sizes(subject: Subject, requirement: Requirement) -> Measurement:
    """The largest difference in mm between a hole's width or length and the plan's."""

    def off(hole: _Hole, entry: Mapping[str, Any]) -> float:
        width = float(entry["diameter_mm"])
        return max(abs(hole.width_mm - width), abs(hole.length_mm - width - float(entry["stretch_mm"])))

    return _worst(subject, requirement, off)


def _worst(subject: Subject, requirement: Requirement, value: Any) -> Measurement:
    key = str(requirement.parameters.get("of", "oblongs"))
    entries = planned(subject.plan, key)
    if not entries:
        raise ValueError(f"the plan's list {key!r} has no holes; this requirement is made only where it has some")
    surface = subject.once("surface", lambda: Surface(subject.part))
    holes = subject.once(f"oblong {key}", lambda: [_measured(surface, entry) for entry in entries])
    shut = [str(entry["number"]) for entry, hole in zip(entries, holes, strict=True) if hole is None]
    if shut:
        return Measurement(90.0, f"not open, or walled nowhere: hole {', '.join(shut)}", failed=True)
    found = [float(value(hole, entry)) for hole, entry in zip(holes, entries, strict=True)]
    worst = int(np.argmax(found))
    values = {f"hole_{entry['number']}": v for entry, v in zip(entries, found, strict=True)}
    return Measurement(found[worst], f"worst of {len(found)} oblong holes: hole {entries[worst]['number']}", values)


def _measured(surface: Surface, entry: Mapping[str, Any]) -> _Hole | None:
    start, axis = (
        np.asarray(entry["entry_lps_mm"], dtype=np.float64),
        unit_vector(np.asarray(entry["axis_lps"], dtype=np.float64)),
    )
    along = np.asarray(entry["along_lps"], dtype=np.float64)
    along = unit_vector(along - axis * float(along @ axis))
    across = np.cross(axis, along)
    if not _open(surface, entry, start, axis, along):
        return None
    heights = np.linspace(float(entry["low_mm"]) + _EDGE_MM, float(entry["top_mm"]) - _EDGE_MM, _HEIGHTS)
    places = start + heights[:, None] * axis
    reach = [_walls_mm(surface, places, way, axis) for way in (across, -across, along, -along)]
    walled = np.isfinite(reach).all(axis=0)
    if walled.sum() < 3:
        return None
    right, left, front, back = (np.asarray(r)[walled] for r in reach)
    lines = [np.polyfit(heights[walled], (a - b) / 2, 1) for a, b in ((right, left), (front, back))]
    lean = float(np.rad2deg(np.arctan(np.hypot(lines[0][0], lines[1][0]))))
    off = float(np.hypot(lines[0][1], lines[1][1]))
    return _Hole(off, lean, float(np.median(right + left)), float(np.median(front + back)))


def _walls_mm(surface: Surface, places: FloatArray, way: FloatArray, axis: FloatArray) -> FloatArray:
    """How far the hole's wall is from each place; inf where none is met, or what is met is no wall: an underside over uneven bone."""
    away, face = surface.first_hits(places, places + _REACH_MM * way)
    upright = np.abs(surface.face_normals[face] @ axis) < _UPRIGHT
    return np.where((face >= 0) & upright, away, np.inf)


def _open(surface: Surface, entry: Mapping[str, Any], start: FloatArray, axis: FloatArray, along: FloatArray) -> bool:
    half = float(entry["stretch_mm"]) / 2
    top = float(entry["top_mm"])
    return all(
        is_clear(surface, start + s * half * along, axis, float(entry["diameter_mm"]), from_mm=top + _CLEAR_MM, to_mm=float(entry["low_mm"]))
        for s in (-1, 0, 1)
    )  # fmt: skip
