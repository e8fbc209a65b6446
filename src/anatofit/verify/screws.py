"""CR-SCREW: how much unbroken bone lies beneath each screw of a tab, so that none ends in a sinus or at the dura."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.regions import planned
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface, cropped

_SPOKES = 8  # places around the shaft, beside the one in its middle
_HIGHEST_MM = 1.5  # bone must begin within this of the screw's planned place on it
_DEEPEST_MM = 25.0  # thicker than any skull beside its base
_CROP_MM = 3.0
_HEAD_MM = 0.6  # beside the hole, where the head rests on the tab


def screw_bone(subject: Subject, _: Requirement) -> Measurement:
    """The least depth in mm of unbroken bone, of all screws in tabs and all places of their shafts.

    The detail names each screw's own, and how far it is from where its head rests to the end of that bone: the longest screw.
    """
    if subject.host is None:
        raise ValueError("the model 'host' is missing; models/host.stl is wanted")
    screws = [s for s in planned(subject.plan, "screws") if s["kind"] == "tab"]
    if not screws:
        raise ValueError("the plan has no screws in tabs; this requirement is made only where it has some")
    part = subject.once("surface", lambda: Surface(subject.part))
    found = [_beneath(subject, part, screw) for screw in screws]
    least = int(np.argmin([bone for bone, _ in found]))
    values = {f"screw_{n}_bone_mm": bone for n, (bone, _) in enumerate(found, 1)}
    values |= {f"screw_{n}_longest_mm": longest for n, (_, longest) in enumerate(found, 1) if np.isfinite(longest)}
    place = "({:.1f}, {:.1f}, {:.1f}) mm".format(*screws[least]["centre_lps_mm"])
    return Measurement(found[least][0], f"least of {len(found)} screws: screw {least + 1} at LPS {place}", values)


def _beneath(subject: Subject, part: Surface, screw: Mapping[str, Any]) -> tuple[float, float]:
    """Unbroken bone along a screw's shaft, and from where its head rests to the end of that bone; in mm."""
    assert subject.host is not None
    centre, axis = np.array(screw["centre_lps_mm"]), unit_vector(np.array(screw["axis_lps"]))
    reach = _DEEPEST_MM + _CROP_MM
    bone = Surface(cropped(subject.host, centre - reach, centre + reach))
    radius = float(screw["diameter_mm"]) / 2
    runs = [_run(bone, place, axis) for place in [centre, *(centre + radius * _spokes(axis))]]
    begins = centre + (radius + _HEAD_MM) * _spokes(axis) + _DEEPEST_MM * axis
    heads, _ = part.first_hits(begins, begins - 2 * _DEEPEST_MM * axis)
    ends = min((end for _, end in runs), default=0.0)
    return min(depth for depth, _ in runs), float(ends + _DEEPEST_MM - np.median(heads))


def _run(bone: Surface, place: FloatArray, axis: FloatArray) -> tuple[float, float]:
    """How deep the first bone below a place is in mm, and how far below the place it ends; (0, 0) where none begins there."""
    top = place + _HIGHEST_MM * axis
    above, face = bone.first_hits(top[None], (place - _HIGHEST_MM * axis)[None])
    if not np.isfinite(above[0]) or bone.face_normals[face[0]] @ axis <= 0:
        return 0.0, 0.0
    depth, _ = bone.rays((top - axis * above[0])[None], -axis[None], reach_mm=_DEEPEST_MM)
    run = min(float(depth[0]), _DEEPEST_MM)
    return run, float(above[0]) - _HIGHEST_MM + run


def _spokes(axis: FloatArray) -> FloatArray:
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    first = unit_vector(np.cross(axis, helper))
    turn = np.linspace(0.0, 2.0 * np.pi, _SPOKES, endpoint=False)[:, None]
    return np.asarray(np.cos(turn) * first + np.sin(turn) * np.cross(axis, first))
