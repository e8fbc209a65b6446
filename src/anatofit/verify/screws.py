"""CR-SCREW: how deep the bone beneath each screw of a tab is, so that none ends in a sinus or at the dura."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.words import bracketed, counted
from anatofit.verify.regions import planned
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import RAY_TOLERANCE_MM, BoolArray, Surface, cropped, spokes

_SPOKES = 8  # places around the shaft, beside the one in its middle
_HIGHEST_MM = 1.5  # bone must begin within this of the screw's planned place on it
_DEEPEST_MM = 25.0  # thicker than any skull beside its base
_HOLLOW_MM = 5.0  # a wider hollow without air is no diploe: the bone ends before it
_CROP_MM = 3.0
_HEAD_MM = 0.6  # beside the hole, where the head rests on the tab
_SAME_MM = 1e-3  # float32 files place a corner to about 4e-6 mm


@dataclass(frozen=True)
class _Bone:
    """Bone around a screw, and which of its faces air lies on."""

    surface: Surface
    airy: BoolArray

    @classmethod
    def near(cls, host: Mesh, walls: Any | None, place: FloatArray) -> _Bone:
        """The bone around a place; `walls` finds the middles of the triangles that air lies on (None: there are none)."""
        reach = _DEEPEST_MM + _CROP_MM
        bone = cropped(host, place - reach, place + reach)
        if walls is None:
            return cls(Surface(bone), np.zeros(len(bone.faces), dtype=bool))
        away, _ = walls.query(bone.triangles_lps_mm.mean(axis=1), distance_upper_bound=_SAME_MM)
        return cls(Surface(bone), np.isfinite(away))


def screw_bone(subject: Subject, _: Requirement) -> Measurement:
    """The least depth in mm of the bone beneath a screw, of all screws in tabs and all places of their shafts.

    Bone ends where air lies behind it, or where no bone follows within `_HOLLOW_MM`: hollow diploe does not end it. The values
    name each screw's own depth, and how far it is from where its head rests to that end: the longest screw.
    """
    if subject.host is None:
        raise subject.absent("models/host.stl")
    screws = [s for s in planned(subject.plan, "screws") if s["kind"] == "tab"]
    if not screws:
        raise ValueError("the plan has no screws in tabs; this requirement is made only where it has some")
    part = subject.once("surface", lambda: Surface(subject.part))
    walls = _walls(subject.air)
    found = [_beneath(_Bone.near(subject.host, walls, np.array(s["centre_lps_mm"])), part, s) for s in screws]
    least = int(np.argmin([one["bone"] for one in found]))
    values = {
        f"screw_{n}_{name}_mm": value
        for n, one in enumerate(found, 1)
        for name, value in one.items()
        if np.isfinite(value)
    }
    place = f"{bracketed(screws[least]['centre_lps_mm'], 1)} mm"
    said = f"least of {counted(len(found), 'screw')}: screw {least + 1} at {place}"
    return Measurement(found[least]["bone"], said, values)


def _walls(air: Mesh | None) -> Any | None:
    from scipy.spatial import cKDTree

    return cKDTree(air.triangles_lps_mm.mean(axis=1)) if air is not None and len(air.faces) else None


def _beneath(bone: _Bone, part: Surface, screw: Mapping[str, Any]) -> dict[str, float]:
    """Along a screw's shaft, in mm: bone, and from where its head rests to the end of that bone."""
    centre, axis = np.array(screw["centre_lps_mm"]), unit_vector(np.array(screw["axis_lps"]))
    radius = float(screw["diameter_mm"]) / 2
    around = spokes(axis, _SPOKES)
    runs = [_run(bone, place, axis) for place in [centre, *(centre + radius * around)]]
    begins = centre + (radius + _HEAD_MM) * around + _DEEPEST_MM * axis
    heads, _ = part.first_hits(begins, begins - 2 * _DEEPEST_MM * axis)
    end = min(end for _, end in runs)
    return {
        "bone": min(depth for depth, _ in runs),
        "longest": float(end + _DEEPEST_MM - np.median(heads)),
    }


def _run(bone: _Bone, place: FloatArray, axis: FloatArray) -> tuple[float, float]:
    """How deep the bone below a place is, and how far below the place it ends; zeros where none begins there."""
    begin, end = float("nan"), 0.0
    inside, air = False, False
    for depth, entering, airy in _crossings(bone, place, axis):
        if entering == inside:  # met twice at an edge between two triangles
            continue
        inside = entering
        if not entering:
            end, air = depth, airy
        elif begin != begin:
            if depth > _HIGHEST_MM:
                return 0.0, 0.0
            begin = depth
        elif air or depth - end > _HOLLOW_MM:
            break
    return (end - begin, end) if end > begin else (0.0, 0.0)


def _crossings(bone: _Bone, place: FloatArray, axis: FloatArray) -> list[tuple[float, bool, bool]]:
    """Depth below the place in mm, whether bone is entered there, whether air lies on that wall; by depth."""
    from vtkmodules.vtkCommonCore import vtkIdList, vtkPoints

    hits, cells = vtkPoints(), vtkIdList()
    top = place + _HIGHEST_MM * axis
    bone.surface.locator.IntersectWithLine(top, place - _DEEPEST_MM * axis, RAY_TOLERANCE_MM, hits, cells)
    found = []
    for n in range(cells.GetNumberOfIds()):
        face = cells.GetId(n)
        depth = float((top - np.array(hits.GetPoint(n))) @ axis) - _HIGHEST_MM
        found.append((depth, bool(bone.surface.face_normals[face] @ axis > 0), bool(bone.airy[face])))
    return sorted(found)
