"""Pictures of a wedge: its cuts as far as the hinge line on the bone as it is, and the bone as it is to stand, from front and side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.geometry.joined import joined
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.report import colour
from anatofit.report.body import Body
from anatofit.report.data import Scene
from anatofit.report.directions import FRONT, View
from anatofit.report.display import kept_any, rod, sphere
from anatofit.report.figures import Planned
from anatofit.report.layout import Shot

CORRECTED = "corrected_bone"
_BEYOND_MM = 12.0  # a cut is drawn so far out of the bone
_NEAR_MM = 2.0  # of the bone beside a cut, whose width the drawn cut has
_SHEET_MM = 0.8  # thickness of a drawn cut
_OUT_MM = 4.0  # the hinge line is drawn so far out of the bone
_HINGE_MM = 1.0  # half the thickness of the drawn hinge line
_SEEN_THROUGH, _GHOST = 0.4, 0.3
_PAIR_PX = (1080, 600)
_CLOSE = 0.85  # of the width of the cut: half of what a close view shows


@dataclass(frozen=True)
class _Look:
    """Where a wedge is looked at from: along its hinge line or from the front, and from the saw's side."""

    front: FloatArray
    side: FloatArray
    up: FloatArray
    words: tuple[str, str]


def is_wedge_cut(slot: Mapping[str, Any]) -> bool:
    """The slot's cut ends at a hinge line."""
    return slot.get("hinge_mm") is not None


def sheets(plan: Mapping[str, Any], bone: Mesh) -> Iterator[Body]:
    """The cuts of a wedge as sheets from the hinge line out of the bone, and the hinge line."""
    wedge = plan.get("wedge")
    if not wedge:
        return
    hinge, axis = _hinge(wedge)
    ends = [0.0]
    for number in wedge["cuts"]:
        slot = plan["slots"][number - 1]
        out, along = _in_cut(slot, hinge, axis), _width(slot, hinge, axis, bone)
        ends += along
        far = (float(wedge["entry_mm"]) + _BEYOND_MM) * out
        normal = np.array(slot["normal_lps"], dtype=np.float64)
        sheet = _sheet(hinge, far, [t * axis for t in along], _SHEET_MM / 2 * normal)
        yield Body(sheet, colour.RIM, opacity=0.45, name=f"Cut {number}")
    line = _line(hinge + (min(ends) - _OUT_MM) * axis, hinge + (max(ends) + _OUT_MM) * axis)
    yield Body(line, colour.RIM, name="Hinge")


def _sheet(start: FloatArray, far: FloatArray, along: Sequence[FloatArray], half: FloatArray) -> Mesh:
    """A flat box, so that it is seen from its edge too."""
    corners = np.array([start + s * far + t + h * half for h in (-1, 1) for s in (0, 1) for t in along])
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return Mesh(corners, np.array([f for a, b, c, d in sides for f in ((a, b, c), (a, c, d))]))


def _line(start: FloatArray, end: FloatArray) -> Mesh:
    """A rod with a ball at either end, so that it is seen end on too."""
    balls = [sphere(at, radius_mm=1.5 * _HINGE_MM) for at in (start, end)]
    return joined([rod(start, end, radius_mm=_HINGE_MM), *balls])


def _hinge(wedge: Mapping[str, Any]) -> tuple[FloatArray, FloatArray]:
    return np.array(wedge["hinge_lps_mm"], dtype=np.float64), unit_vector(np.array(wedge["axis_lps"], dtype=np.float64))


def _in_cut(slot: Mapping[str, Any], hinge: FloatArray, axis: FloatArray) -> FloatArray:
    """In a cut, square to the hinge line, to the side of its slot."""
    out = unit_vector(np.cross(axis, np.array(slot["normal_lps"], dtype=np.float64)))
    return out if float((np.array(slot["point_lps_mm"]) - hinge) @ out) > 0 else -out


def _width(slot: Mapping[str, Any], hinge: FloatArray, axis: FloatArray, bone: Mesh) -> list[float]:
    """From where to where along the hinge line the bone beside a cut reaches."""
    normal = np.array(slot["normal_lps"], dtype=np.float64)
    rest = bone.vertices_lps_mm - hinge
    near = rest[(np.abs(rest @ normal) < _NEAR_MM)] @ axis
    return [float(near.min()), float(near.max())] if len(near) else [-_BEYOND_MM, _BEYOND_MM]


def wedge_figures(scene: Scene, names: Sequence[tuple[str, str]]) -> Iterator[Planned]:
    """Before and after, close by; and the whole bone after, the bone as it is behind it. Nothing where there is no wedge."""
    wedge, surfaces = scene.plan.get("wedge"), scene.anatomy.surfaces
    if not wedge or CORRECTED not in surfaces:
        return
    whole, after = surfaces["host"], Body(surfaces[CORRECTED], crisp=True)
    cuts = list(sheets(scene.plan, whole))
    look = _look(scene, wedge)
    views = [View(toward, look.up, tuple(names)) for toward in (look.front, look.side)]
    frames = [_around(scene.plan, wedge)] * 2
    close = {"captions": look.words, "frames": frames, "size_px": _PAIR_PX}
    shot = Shot([Body(whole, opacity=_SEEN_THROUGH), *cuts], views, **close)  # type: ignore[arg-type]
    yield "wedge-before", "plan", "Before: the cuts of the wedge (red) end at the hinge line (red rod); the bone is seen through.", shot  # fmt: skip
    shot = Shot([after, cuts[-1]], views, **close)  # type: ignore[arg-type]
    yield "wedge-after", "plan", _what(wedge), shot
    shot = Shot([after, _as_it_is(scene.plan, whole)], views, look.words, size_px=_PAIR_PX)
    yield (
        "wedge-whole",
        "plan",
        "The whole bone after the correction, and its distal part as it is now, seen through (orange).",
        shot,
    )


def _as_it_is(plan: Mapping[str, Any], bone: Mesh) -> Body:
    """The part of the bone that turns, before it does."""
    slot = plan["slots"][plan["wedge"]["cuts"][-1] - 1]
    point, normal = (np.array(slot[k], dtype=np.float64) for k in ("point_lps_mm", "normal_lps"))
    return Body(kept_any(bone, lambda points: (points - point) @ normal < 0), colour.RESTORED, opacity=_GHOST)


def _what(wedge: Mapping[str, Any]) -> str:
    moved = "opened" if wedge["kind"] == "opening" else "closed"
    return (
        f"After: the wedge of {float(wedge['angle_deg']):g}° {moved} about the hinge line (red rod). Both parts are drawn rigid: what the hinge "
        "bends and what the saw takes are not shown."
    )


def _look(scene: Scene, wedge: Mapping[str, Any]) -> _Look:
    """Along the anatomical planes where they were located, else along the hinge line, from in front as far as that goes."""
    planes, plan = scene.anatomy.planes, scene.plan
    hinge, axis = _hinge(wedge)
    first = plan["slots"][wedge["cuts"][0] - 1]
    out = _in_cut(first, hinge, axis)
    if {"coronal", "sagittal"} <= set(planes):
        front, side = planes["coronal"].normal_lps, planes["sagittal"].normal_lps
        side = side if float(side @ out) > 0 else -side
        return _Look(front, side, _proximal(np.cross(front, side), first), ("From the front", "From the side of the saw"))  # fmt: skip
    front = axis if float(axis @ FRONT) >= 0 else -axis
    return _Look(
        front,
        out,
        _upright(scene.anatomy.surfaces["host"], first),
        ("Along the hinge line", "From the side of the saw"),
    )


def _upright(bone: Mesh, slot: Mapping[str, Any]) -> FloatArray:
    """Along the bone's greatest extent, proximal up."""
    rest = bone.vertices_lps_mm - bone.vertices_lps_mm.mean(axis=0)
    along = np.linalg.eigh(rest.T @ rest)[1][:, -1]
    return _proximal(along, slot)


def _proximal(along: FloatArray, slot: Mapping[str, Any]) -> FloatArray:
    return np.asarray(along if float(along @ np.array(slot["normal_lps"])) > 0 else -along)


def _around(plan: Mapping[str, Any], wedge: Mapping[str, Any]) -> FloatArray:
    """What a close view contains: a ball around the middle of the cut."""
    hinge, axis = _hinge(wedge)
    across = float(wedge["entry_mm"]) + float(wedge["bridge_mm"])
    out = _in_cut(plan["slots"][wedge["cuts"][0] - 1], hinge, axis)
    middle = hinge + (across / 2 - float(wedge["bridge_mm"])) * out
    corners = np.array(np.meshgrid(*[(-1, 1)] * 3, indexing="ij")).reshape(3, -1).T
    return np.asarray(middle + corners * across * _CLOSE)
