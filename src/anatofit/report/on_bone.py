"""Pictures, maps and 3D view of a device on a bone: the plan, the device in its seat, the device alone, its contact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from anatofit.model.frame import unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.pictures import PartMaps, Pictures, ScanLook
from anatofit.report import colour
from anatofit.report.body import Body
from anatofit.report.bone_captions import BENEATH, captions_of
from anatofit.report.bone_cast import Cast, across_of, up_of
from anatofit.report.bone_slices import draw_bone_slices
from anatofit.report.data import Scene
from anatofit.report.directions import PATIENT_AXES, SOURCE_AXES
from anatofit.report.display import disc, lightened, rod, sphere
from anatofit.report.figures import Planned, developed
from anatofit.report.layout import ColourBar, Shot
from anatofit.report.letters_on_bone import inked_part, letters
from anatofit.report.maps import measure_maps
from anatofit.report.plate_on_bone import lines
from anatofit.report.studio import Studio
from anatofit.report.viewer import Actor, payload
from anatofit.report.wedge_on_bone import CORRECTED, is_wedge_cut, sheets, wedge_figures

_TRIANGLES = {"host": 80_000, CORRECTED: 80_000, "neighbours": 30_000, "keep_out": 10_000}  # what is drawn of each
_VIEWER_BONE, _VIEWER_PART, _VIEWER_PLAN = 40_000, 40_000, 2_000  # what any laptop turns without a jerk
_PAIR_PX = (1080, 600)
_PLANE_BEYOND = 1.15  # a planned plane is drawn so much wider than the bone and the part around it
_AXIS_MM = 0.6  # half the thickness of a drawn axis
_LINE_NEAR_MM = 18.0  # a fracture plane is drawn no further from its point: as wide as the shaft of a long bone
_HEAD_MM = 1.0  # a screw is drawn so far out of its plate, so that it is seen
_SEEN_THROUGH = 0.35  # of a bone in which screws, pins and drills end, or whose canal is kept out of
_BEYOND_MM = 25.0  # an axis is drawn so far out of the bone
_CONTACT_SHOWN_MM = 1.5


def depict(scene: Scene, *, patient_axes: bool, seen: ScanLook | None = None) -> Pictures:
    """Everything that the report shows of a device on its bone; the source's own axes where it states no frame.

    seen: cuts through the scan, where it was made from one.
    """
    light = lightened(scene, _TRIANGLES)
    cast, host = _cast(light, patient_axes), scene.anatomy.surfaces["host"]
    maps = {name: measure_maps(mesh, host, outward_lps=cast.out) for name, mesh in scene.parts.items()}
    studio = Studio()
    try:
        wedge = wedge_figures(light, cast.names)
        alone = [*_alone(cast), *letters(scene, cast.parts, cast.names)]
        figures = developed([*_plan(cast), *wedge, *_views(cast), *alone, *_contact(cast, maps)], studio)
    finally:
        studio.close()
    slices = () if seen is None else tuple(draw_bone_slices(seen, scene))
    return Pictures((*figures, *slices), maps, _viewer(light, cast))


def _cast(scene: Scene, patient_axes: bool) -> Cast:
    plan = scene.plan
    out = unit_vector(np.array(plan["insertion_direction_lps"], dtype=np.float64))
    up = up_of(scene, out, patient_axes)
    parts = {name: inked_part(mesh, plan) for name, mesh in scene.parts.items()}
    bone = Body(scene.anatomy.surfaces["host"])
    extent = float(np.linalg.norm(np.ptp(np.concatenate([b.mesh.bounds_lps_mm for b in parts.values()]), axis=0)))
    planned = (*_planes(plan, bone.mesh, extent), *lines(plan), *_axes(plan), *_kept_out(scene))
    names = PATIENT_AXES if patient_axes else SOURCE_AXES
    return Cast(
        bone,
        parts,
        planned,
        out,
        across_of(plan, out, up),
        up,
        names,
        captions_of(plan),
        (*_others(scene),),
    )


def _others(scene: Scene) -> Iterator[Body]:
    """Other bones, seen through: what they are in the way of must be seen."""
    if "neighbours" in scene.anatomy.surfaces:
        yield Body(scene.anatomy.surfaces["neighbours"], colour.OTHER, opacity=_SEEN_THROUGH)


def _planes(plan: Mapping[str, Any], bone: Mesh, extent_mm: float) -> Iterator[Body]:
    """Each planned plane as a disc that stands out of the bone around it."""
    for number, slot in enumerate(plan.get("slots", ()), start=1):
        if is_wedge_cut(slot):
            continue
        point, normal = (np.array(slot[k], dtype=np.float64) for k in ("point_lps_mm", "normal_lps"))
        away = (bone.vertices_lps_mm - point) @ normal
        ring = bone.vertices_lps_mm[(np.abs(away) < 2.0)]
        near = ring[np.linalg.norm(ring - point, axis=1) < extent_mm]
        radius = float(np.linalg.norm(near - point, axis=1).max()) if len(near) else extent_mm / 3
        yield Body(
            disc(point, normal, radius_mm=_PLANE_BEYOND * radius), colour.RIM, opacity=0.45, name=f"Cut {number}"
        )
    yield from sheets(plan, bone)
    yield from _keeps(plan, bone)


def _keeps(plan: Mapping[str, Any], bone: Mesh) -> Iterator[Body]:
    """Each fracture or cut line: a plane as wide as the bone where it goes through it, a line over the surface as it was drawn."""
    for number, keep in enumerate(plan.get("keeps", ()), start=1):
        points = np.array(keep["points_lps_mm"], dtype=np.float64).reshape(-1, 3)
        for a, b in pairwise(points):
            yield Body(rod(a, b, radius_mm=_AXIS_MM), colour.RIM, name=f"Line {number}")
        if len(points):
            continue
        point, normal = (np.array(keep[k], dtype=np.float64) for k in ("point_lps_mm", "normal_lps"))
        rest = bone.vertices_lps_mm - point
        near = rest[(np.abs(rest @ normal) < 2.0) & (np.linalg.norm(rest, axis=1) < _LINE_NEAR_MM)]
        radius = float(np.linalg.norm(near, axis=1).max()) if len(near) else _LINE_NEAR_MM / 2
        yield Body(
            disc(point, normal, radius_mm=_PLANE_BEYOND * radius), colour.RIM, opacity=0.45, name=f"Line {number}"
        )


def _axes(plan: Mapping[str, Any]) -> Iterator[Body]:
    """Each planned axis as a rod as thick as pin or drill, from its end in the bone to beyond the device; a screw as long as it is ordered."""
    for screw in (*plan.get("screws", ()), *plan.get("oblongs", ())):
        head, axis = (np.array(screw[k], dtype=np.float64) for k in ("centre_lps_mm", "axis_lps"))
        tip = head - float(screw["length_mm"]) * axis
        body = rod(tip, head + _HEAD_MM * axis, radius_mm=float(screw["screw_mm"]) / 2)
        yield Body(body, colour.RESTORED, name=f"Screw {screw.get('number', '')}".rstrip())
    for what, key in (("Pin", "pins"), ("Trajectory", "sleeves")):
        for number, entry in enumerate(plan.get(key, ()), start=1):
            start, axis = (np.array(entry[k], dtype=np.float64) for k in ("entry_lps_mm", "axis_lps"))
            ends = start - float(entry.get("depth_mm") or 10.0) * axis, start + _BEYOND_MM * axis
            body = rod(*ends, radius_mm=float(entry["diameter_mm"]) / 2)
            yield Body(body, colour.RESTORED, name=f"{what} {number}")


def _kept_out(scene: Scene) -> Iterator[Body]:
    """What drills keep out of: the surface, and balls."""
    if "keep_out" in scene.anatomy.surfaces:
        yield Body(scene.anatomy.surfaces["keep_out"], colour.RIM, opacity=0.45, name="Kept out of")
    for ball in scene.plan.get("keep_outs", ()):
        middle = np.array(ball["point_lps_mm"], dtype=np.float64)
        yield Body(
            sphere(middle, radius_mm=max(float(ball["radius_mm"]), _AXIS_MM)),
            colour.RIM,
            opacity=0.45,
            name="Kept out of",
        )


def _plan(cast: Cast) -> Iterator[Planned]:
    if not cast.plan:
        return
    side = np.cross(cast.across, cast.out)
    bone = replace(cast.beneath, opacity=_SEEN_THROUGH)
    shot = Shot(
        [bone, *cast.plan, *cast.others], [cast.view(cast.out + 0.6 * cast.across), cast.view(side + 0.5 * cast.out + 0.5 * cast.across)],
        ("From the way in", "From the side"), [cast.around, cast.around], size_px=_PAIR_PX,
    )  # fmt: skip
    yield "plan", "plan", cast.said.plan + (BENEATH if cast.beneath is not cast.bone else ""), shot


def _views(cast: Cast) -> Iterator[Planned]:
    side = np.cross(cast.across, cast.out)
    bodies = [cast.bone, *cast.parts.values(), *cast.others]
    named = {
        "three-quarter": ("Three-quarter view", cast.out + 0.7 * side + 0.6 * cast.across, True),
        "way-in": ("Along the way in", cast.out, True),
        "side": (cast.said.side, side, True),
        "other-side": ("From the other side", -side, True),
        "end": (cast.said.end, cast.across + 0.25 * cast.out, True),
        "whole": ("The whole bone", cast.out + 0.5 * side, False),
    }
    for name, (caption, toward, close) in named.items():
        yield f"view-{name}", "views", caption, Shot(bodies, [cast.view(toward)], frames=[cast.frame] if close else [])


def _alone(cast: Cast) -> Iterator[Planned]:
    for name, body in cast.parts.items():
        shot = Shot(
            [body], [cast.view(cast.out), cast.view(-cast.out)], ("Outer face", "Face to the bone"), size_px=_PAIR_PX
        )
        yield f"part-{name}", "implant", f"The {name} alone: outer face and the face to the bone.", shot


def _contact(cast: Cast, maps: Mapping[str, PartMaps]) -> Iterator[Planned]:
    for name, part in maps.items():
        values = np.where(part.clearance_mm <= _CONTACT_SHOWN_MM, part.clearance_mm, np.nan)
        body = Body(part.mesh, vertex_colours=colour.colours_of(values / _CONTACT_SHOWN_MM))
        bar = ColourBar(
            0.0, _CONTACT_SHOWN_MM, "Distance from the bone (mm)", f"no bone within {_CONTACT_SHOWN_MM:g} mm"
        )
        side = np.cross(cast.across, cast.out)
        views = [cast.view(-cast.out), cast.view(side - 0.6 * cast.out)]
        shot = Shot([body], views, ("Face to the bone", "From the side"), bar=bar, size_px=_PAIR_PX)
        yield (
            f"contact-{name}",
            "maps",
            f"Distance of the {name} from the bone. Grey: no bone within {_CONTACT_SHOWN_MM:g} mm.",
            shot,
        )


def _viewer(scene: Scene, cast: Cast) -> dict[str, Any]:
    """The bodies of the 3D view and where it looks from at first."""
    actors = [Actor(f"Device: {n}", b.mesh, _VIEWER_PART, colour.IMPLANT) for n, b in cast.parts.items()]
    actors.append(Actor("Bone", scene.anatomy.surfaces["host"], _VIEWER_BONE, colour.BONE))
    if CORRECTED in scene.anatomy.surfaces:
        corrected = scene.anatomy.surfaces[CORRECTED]
        actors.append(Actor("Bone after the correction", corrected, _VIEWER_BONE, colour.BONE, 1.0, False))
    actors += [Actor("Other bones", b.mesh, _VIEWER_PART, b.colour, b.opacity, False) for b in cast.others]
    actors += [Actor(f"Plan: {b.name}", b.mesh, _VIEWER_PLAN, b.colour, b.opacity, False) for b in cast.plan]
    side = np.cross(cast.across, cast.out)
    views = {"Way in": cast.out, "Side": side, "Other side": -side, "Beneath": -cast.out, "End": cast.across}
    first = unit_vector(cast.out + 0.7 * side + 0.6 * cast.across)
    return {
        "meshes": payload(actors),
        "names": cast.names,
        "toward": [round(float(v), 6) for v in first],
        "buttons": {name: [round(float(v), 6) for v in toward] for name, toward in views.items()},
    }
