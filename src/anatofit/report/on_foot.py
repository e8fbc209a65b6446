"""Pictures and 3D view of an insole: under its foot, alone, cut across, and as maps of thickness, of room beneath the foot, of pressure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from anatofit.errors import GeometryError
from anatofit.model.frame import FloatArray, Plane, unit_vector
from anatofit.model.mesh import IntArray
from anatofit.model.pictures import Pictures
from anatofit.report import colour
from anatofit.report.body import Body, trimmed
from anatofit.report.data import Scene
from anatofit.report.directions import PATIENT_AXES, SOURCE_AXES
from anatofit.report.display import capped, sphere, tube
from anatofit.report.figures import Planned, developed
from anatofit.report.foot_cast import SEEN_THROUGH, FootCast
from anatofit.report.layout import ColourBar, Shot
from anatofit.report.letters_on_bone import letters
from anatofit.report.studio import Studio
from anatofit.report.viewer import Actor, payload

_VIEWER_FOOT, _VIEWER_PART = 40_000, 60_000  # what any laptop turns without a jerk
_WIDE_PX, _PAIR_PX, _ZONES_PX = (1080, 560), (1080, 600), (900, 900)
_LINE_MM, _MARK_MM = 0.9, 2.2
_BEHIND_MM = 0.3  # the foot's cut lies so far behind the insole's: where both are in one place, the insole is seen
_ROOM_SHOWN_MM, _PRESSED_SHOWN_MM = 4.0, -1.0
_SECTIONS = {"heel": "heel", "arch": "arch_apex", "ball": "second_metatarsal_head"}  # by landmark
_FROM_END_MM = 12.0  # an insole that ends behind a landmark is cut so far behind its end: its front edge is thinned out
_OFF_SOLE_MM = 1.5
_FILLED_SHOWN = 0.7  # somewhat more than the densest zone
_BORDER, _NAME_MM = (255, 255, 255), 12.0  # between zones; names begin so far to the left of a zone's middle
_STEP_MAPS = {
    "mean_kpa": ("Mean pressure of each place while it bears, over the frames of one step.", "Mean pressure (kPa)"),
    "pressure_time_kpa_s": ("Pressure by time over one step.", "Pressure by time (kPa·s)"),
    "contact_s": ("How long each place bears in one step.", "Contact (s)"),
}
_MARKS = ("heel", "arch_apex", "first_metatarsal_head", "second_metatarsal_head", "fifth_metatarsal_head")


def depict(
    scene: Scene,
    predicted: Mapping[str, FloatArray],
    *,
    lifted_mm: FloatArray | None,
    zone_at: Callable[[FloatArray], IntArray] | None = None,
    patient_axes: bool,
) -> Pictures:
    """Everything that the report shows; the source's own axes where it states no frame. predicted: pressures in kPa by their caption,
    lifted_mm: by how much the part raises the foot that stands on it (None: nowhere), both on the nodes of the anatomy's sole. zone_at: the number of the
    zone of the plan's filling at (n, 2) places (None: it has none)."""
    cast = FootCast.of(scene, lifted_mm, names=PATIENT_AXES if patient_axes else SOURCE_AXES)
    studio = Studio()
    try:
        shots = [
            *_plan(cast),
            *_zones(cast, zone_at),
            *_views(cast),
            *_sections(cast),
            *letters(scene, dict.fromkeys(scene.parts, cast.part), cast.names),
            *_maps(cast),
            *_pressures(cast, predicted),
            *_of_step(cast),
        ]
        figures = developed(shots, studio)
    finally:
        studio.close()
    return Pictures(figures, {}, _viewer(scene, cast))


def _plan(cast: FootCast) -> Iterator[Planned]:
    """The sole from beneath with what the plan is told by."""
    bodies = [
        Body(cast.scanned),
        Body(tube(_raised(cast, np.array(cast.plan["outline_mm"])), radius_mm=_LINE_MM), colour.IMPLANT),
    ]
    bodies += [Body(tube(_raised(cast, _rim(r)), radius_mm=_LINE_MM), colour.RIM) for r in cast.plan["raised"]]
    marks = [np.asarray(cast.anatomy.landmarks[name]) for name in _MARKS]
    bodies += [Body(sphere(mark, radius_mm=_MARK_MM), colour.RESTORED) for mark in marks]
    views = [cast.view(-cast.dorsal, cast.distal), cast.view(cast.medial + 0.25 * cast.dorsal)]
    said = (
        "The plan on the foot: the outline of the insole (blue), pads and pockets (red; pockets under peaks by their number in the plan), landmarks "
        "of the sole (orange: heel, apex of the arch, heads of the first, second and fifth metatarsal)."
    )
    captions, names = ("From beneath", "From the medial side"), [_named(cast)]
    yield "plan", "plan", said, Shot(bodies, views, captions, names=names, size_px=_PAIR_PX)


def _named(cast: FootCast) -> dict[str, FloatArray]:
    """The middle of what is raised or lowered, by its name; of pockets under peaks, the numbers that the plan is told by."""
    found, number = {}, 0
    for oval in cast.plan["raised"]:
        name = oval["why"] if oval["why"].startswith("element") else oval["kind"]
        if name == "pocket":
            name = str(number := number + 1)
        found[name] = _raised(cast, np.array([oval["at_mm"]]))[0]
    return found


def _zones(cast: FootCast, zone_at: Callable[[FloatArray], IntArray] | None) -> Iterator[Planned]:
    """The insole from above, each zone named and coloured by how much of it is filled."""
    if zone_at is None:
        return
    mesh, zones = cast.part.mesh, cast.plan["filling"]["zones"]
    local = cast.local_mm(mesh.vertices_lps_mm)
    number = zone_at(local[:, :2])
    share = np.array([zone["density"] for zone in zones])
    view = cast.view(cast.dorsal, cast.distal)
    names = {
        f"{zone['name'].replace('_', ' ')} {share[n]:.0%}": mesh.vertices_lps_mm[number == n].mean(axis=0)
        - _NAME_MM * view.right_lps
        for n, zone in enumerate(zones)
        if (number == n).any()
    }
    of_face = number[mesh.faces]
    shades = colour.colours_of(share[of_face[:, 0]] / _FILLED_SHOWN)
    shades[(of_face != of_face[:, :1]).any(axis=1)] = _BORDER
    body = Body(mesh, face_colours=shades)
    bar = ColourBar(0.0, 100.0 * _FILLED_SHOWN, "Filled share of the room (%): the more, the stiffer")
    said = "The zones of the insole from above, each with the share of its room that is filled; they meet in upright planes."
    shot = Shot([body], [view], names=[names], bar=bar, size_px=_ZONES_PX)
    yield "plan-zones", "plan", said, shot


def _raised(cast: FootCast, xy: FloatArray) -> FloatArray:
    """Places in the plan's plane, drawn a little beneath the sole."""
    x, y, z = (np.array(axis, dtype=np.float64) for axis in cast.plan["frame"]["axes_lps"])
    return np.asarray(cast.origin + xy[:, :1] * x + xy[:, 1:] * y - _OFF_SOLE_MM * z)


def _rim(oval: Mapping[str, Any]) -> FloatArray:
    turn, around = np.radians(oval["turn_deg"]), np.linspace(0.0, 2 * np.pi, 48, endpoint=False)
    u, v = oval["half_mm"][0] * np.cos(around), oval["half_mm"][1] * np.sin(around)
    way = np.column_stack([u * np.cos(turn) - v * np.sin(turn), u * np.sin(turn) + v * np.cos(turn)])
    return np.asarray(way + np.array(oval["at_mm"]))


def _views(cast: FootCast) -> Iterator[Planned]:
    out, front, side = cast.dorsal, cast.distal, cast.medial
    named = {
        "three-quarter": ("The insole under the foot", [cast.foot, cast.part], side + 0.45 * out + 0.5 * front, out),
        "alone": (
            "The insole alone, from the medial side, above and behind",
            [cast.part],
            0.8 * side + 0.8 * out - 0.8 * front,
            out,
        ),
        "above": ("From above", [cast.part], out, front),
        "ground": ("From beneath, with its letters", [cast.part], -out, cast.reading_up),
        "medial": ("From the medial side", [cast.part], side, out),
        "lateral": ("From the lateral side", [cast.part], -side, out),
        "heel": ("From behind, a little from above", [cast.part], -front + 0.35 * out, out),
        "front": ("From the front, a little from above", [cast.part], front + 0.35 * out, out),
    }
    for name, (caption, bodies, toward, up) in named.items():
        yield f"view-{name}", "views", caption, Shot(bodies, [cast.view(toward, up)])


def _sections(cast: FootCast) -> Iterator[Planned]:
    """Cut across at heel, arch and ball, seen from the front; cut faces are closed, and the insole's lies in front of the foot's."""
    from anatofit.geometry.bridge import solid_of

    solid, foot, back = solid_of(cast.whole), _solid_foot(cast), -cast.distal
    for name, (where, x) in _cuts(cast).items():
        at = cast.origin + x * cast.distal
        behind = at + _BEHIND_MM * back
        of_foot = (
            Body(cast.standing, cut=Plane(behind, back)) if foot is None else trimmed(foot, back, behind, colour.BONE)
        )
        low, high = at - 62.0 * cast.medial - 12.0 * cast.dorsal, at + 62.0 * cast.medial + 58.0 * cast.dorsal
        said = (
            f"Cut across {where}, seen from the front: the foot (light) as it stands on the insole, raised and turned by lift and posting; "
            "what a pad or a raised arch presses into it is not drawn."
        )
        bodies, frames = [trimmed(solid, back, at, colour.IMPLANT), of_foot], [np.stack([low, high])]
        yield f"section-{name}", "sections", said, Shot(bodies, [cast.view(cast.distal)], frames=frames)


def _cuts(cast: FootCast) -> dict[str, tuple[str, float]]:
    """Where each cut is, in words and along the foot."""
    last = float(np.array(cast.plan["outline_mm"])[:, 0].max()) - _FROM_END_MM
    marks = {name: np.asarray(cast.anatomy.landmarks[mark])[None] for name, mark in _SECTIONS.items()}
    at = {name: float(cast.local_mm(mark)[0, 0]) for name, mark in marks.items()}
    shorter = (f"{_FROM_END_MM:g} mm behind the front end", last)
    return {name: (f"at the {name}", x) if x < last else shorter for name, x in at.items()}


def _solid_foot(cast: FootCast) -> Any:
    """None where the scan is no solid when its openings are closed: it is shown hollow."""
    from anatofit.geometry.bridge import solid_of

    with suppress(GeometryError):
        return solid_of(capped(cast.standing))
    return None


def _maps(cast: FootCast) -> Iterator[Planned]:
    local = cast.local_mm(cast.part.mesh.vertices_lps_mm)
    thick = local[:, 2] - float(cast.plan["ground_mm"])
    high = float(np.ceil(thick.max() / 5.0) * 5.0)
    views = [cast.view(cast.dorsal, cast.distal), cast.view(0.8 * cast.medial + 0.8 * cast.dorsal - 0.8 * cast.distal)]
    said = ("From above", "From the medial side")
    body = Body(cast.part.mesh, vertex_colours=colour.colours_of(thick / high))
    bar = ColourBar(0.0, high, "Height over the ground face (mm)")
    yield (
        "map-height",
        "maps",
        "Height of the insole over its ground face.",
        Shot([body], views, said, bar=bar, size_px=_PAIR_PX),
    )
    xy = local[:, :2]
    room = cast.anatomy.heights["sole"].at_mm(xy) + cast.lifted_mm(xy) - local[:, 2]
    upper = thick > 0.6 * float(cast.plan["floor_mm"])
    shown = room[upper & np.isfinite(room)]
    low = min(_PRESSED_SHOWN_MM, float(np.floor(np.percentile(shown, 1)))) if len(shown) else _PRESSED_SHOWN_MM
    share = np.where(upper & (room < 3 * _ROOM_SHOWN_MM), (room - low) / (_ROOM_SHOWN_MM - low), np.nan)
    body = Body(cast.part.mesh, vertex_colours=colour.colours_of(share))
    bar = ColourBar(low, _ROOM_SHOWN_MM, "Foot above the bed (mm)", "no foot above, or far from it")
    caption = "Room between the foot, raised and turned as lift and posting do, and the bed; less than 0: the bed presses into it (pads, a raised arch)."
    yield "map-room", "maps", caption, Shot([body], views, said, bar=bar, size_px=_PAIR_PX)


def _pressures(cast: FootCast, predicted: Mapping[str, FloatArray]) -> Iterator[Planned]:
    """Pressures on one scale, as seen from beneath the foot."""
    if not predicted:
        return
    most = float(np.ceil(max(float(v.max()) for v in predicted.values()) / 50.0) * 50.0)
    bar = ColourBar(0.0, most, "Plantar pressure (kPa)", "no pressure")
    for number, (caption, kpa) in enumerate(predicted.items(), start=1):
        yield f"pressure-{number}", "maps", caption, _on_sole(cast, kpa, bar)


def _of_step(cast: FootCast) -> Iterator[Planned]:
    """What the frames of a step say of each place, where there are some."""
    for name, (caption, title) in _STEP_MAPS.items():
        values = cast.anatomy.node_values.get(name)
        if values is not None:
            bar = ColourBar(0.0, float(values.max()), title, "no pressure")
            yield f"step-{name.replace('_', '-')}", "maps", caption, _on_sole(cast, values, bar)


def _on_sole(cast: FootCast, values: FloatArray, bar: ColourBar) -> Shot:
    """Values on the nodes of the sole's lattice, seen from beneath the foot."""
    sole, seen = cast.anatomy.heights["sole"], cast.anatomy.surfaces["sole"]
    local = sole.to_local_mm(seen.vertices_lps_mm)
    index = np.rint((local[:, :2] - sole.low_mm) / sole.step_mm).astype(int)
    index = np.clip(index, 0, np.array(sole.height_mm.shape[::-1]) - 1)
    at = values[index[:, 1], index[:, 0]]
    body = Body(seen, vertex_colours=colour.colours_of(np.where(at > 0, at / bar.high, np.nan)))
    return Shot([body], [cast.view(-cast.dorsal, cast.distal)], bar=bar)


def _viewer(scene: Scene, cast: FootCast) -> dict[str, Any]:
    """The bodies of the 3D view and where it looks from at first."""
    actors = [Actor(f"Device: {n}", m, _VIEWER_PART, colour.IMPLANT) for n, m in scene.parts.items()]
    actors.append(Actor("Foot", cast.foot.mesh, _VIEWER_FOOT, colour.BONE, SEEN_THROUGH))
    views = {
        "Above": cast.dorsal, "Beneath": -cast.dorsal, "Medial": cast.medial, "Lateral": -cast.medial, "Heel": -cast.distal,
        "Toes": cast.distal,
    }  # fmt: skip
    first = unit_vector(cast.medial + 0.6 * cast.dorsal + 0.4 * cast.distal)
    return {
        "meshes": payload(actors),
        "names": cast.names,
        "toward": [round(float(v), 6) for v in first],
        "buttons": {name: [round(float(v), 6) for v in toward] for name, toward in views.items()},
    }
