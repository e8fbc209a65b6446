"""Pictures and 3D view of a socket: on its limb, alone from all sides, cut open, and its rectification as a map on the limb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.errors import GeometryError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.pictures import Pictures
from anatofit.report import colour
from anatofit.report.body import Body, trimmed
from anatofit.report.data import Scene
from anatofit.report.directions import PATIENT_AXES, SOURCE_AXES, View
from anatofit.report.display import capped, reduced, sphere, tube
from anatofit.report.figures import Planned, developed
from anatofit.report.layout import ColourBar, Shot
from anatofit.report.letters_on_bone import inked_part, letters
from anatofit.report.studio import Studio
from anatofit.report.viewer import Actor, payload

_LIMB_TRIANGLES = 60_000
_VIEWER_LIMB, _VIEWER_PART = 40_000, 80_000  # what any laptop turns without a jerk
_SEEN_THROUGH, _CLEAR = 0.35, 0.45
_PAIR_PX, _TALL_PX = (1080, 640), (720, 760)
_LINE_MM, _MARK_MM = 1.1, 3.0
_TILTED = 0.35  # straight on, the floor of a hole looks like the face
_BEHIND_MM = 0.3  # the limb's cut lies so far behind the socket's: where a region presses in, the socket is seen
_LEAST_SHOWN_MM = 2.0  # to either side of 0 on the map
_SECTION_LEVELS = {
    "tendon": 0.0,
    "shank": -0.5,
}  # of the length from the patellar tendon (0) down to the distal end (-1)


@dataclass(frozen=True)
class _Cast:
    """The bodies and the limb's own directions; beside is medial where the side is known."""

    anatomy: Anatomy
    limb: Body
    part: Body
    whole: Mesh
    plan: Mapping[str, Any]
    origin: FloatArray
    front: FloatArray
    beside: FloatArray
    up: FloatArray
    names: tuple[tuple[str, str], ...]

    @property
    def sided(self) -> bool:
        """Whether medial and lateral are known."""
        return bool(self.plan["shape"]["frame"]["medial_sign"])

    def view(self, toward: FloatArray, up: FloatArray | None = None) -> View:
        return View(toward, self.up if up is None else up, self.names)

    def side(self, *, medial: bool) -> str:
        """What a side is called."""
        if not self.sided:
            return "From one side" if medial else "From the other side"
        return f"From the {'medial' if medial else 'lateral'} side"


def depict(scene: Scene, rectified: Mapping[str, FloatArray], *, patient_axes: bool) -> Pictures:
    """Everything that the report shows; the source's own axes where it states no frame. rectified: mm at the corners of the limb's
    skin by their caption, nan where there is no socket."""
    cast = _cast(scene, patient_axes)
    studio = Studio()
    try:
        read = letters(scene, dict.fromkeys(scene.parts, cast.part), cast.names)
        shots = [*_plan(cast), *_views(cast), *_sections(cast), *read, *_maps(cast, rectified)]
        figures = developed(shots, studio)
    finally:
        studio.close()
    return Pictures(figures, {}, _viewer(scene, cast))


def _cast(scene: Scene, patient_axes: bool) -> _Cast:
    frame = scene.plan["shape"]["frame"]
    front, beside, up = (unit_vector(np.array(axis, dtype=np.float64)) for axis in frame["axes_lps"])
    (whole,) = scene.parts.values()
    return _Cast(
        anatomy=scene.anatomy,
        limb=Body(reduced(scene.anatomy.surfaces["host"], triangles=_LIMB_TRIANGLES)),
        part=inked_part(whole, scene.plan),
        whole=whole,
        plan=scene.plan,
        origin=np.array(frame["origin_lps_mm"], dtype=np.float64),
        front=front,
        beside=(frame["medial_sign"] or 1) * beside,
        up=up,
        names=PATIENT_AXES if patient_axes else SOURCE_AXES,
    )


def _plan(cast: _Cast) -> Iterator[Planned]:
    """The limb with its landmarks, its crest and the planned trim line."""
    marks = {name.replace("_", " "): np.asarray(at) for name, at in cast.anatomy.landmarks.items() if name != "origin"}
    bodies = [
        cast.limb,
        _trim(cast),
        *(Body(sphere(at, radius_mm=_MARK_MM), colour.RESTORED) for at in marks.values()),
        *(Body(sphere(at, radius_mm=_MARK_MM / 2), colour.RIM) for at in cast.anatomy.curves["crest"]),
    ]
    said = (
        "The limb as it was scanned, its landmarks (orange), the crest of the tibia (red) and the planned trim line (blue): are they where you "
        "feel them? Each may be marked by hand."
    )
    oblique = 0.7 * cast.front - cast.beside
    views, captions = (
        [cast.view(cast.front), cast.view(oblique)],
        ("From the front", cast.side(medial=False) + ", in front"),
    )
    yield (
        "plan",
        "plan",
        said,
        Shot(bodies, views, captions, names=[_seen(cast, v, marks) for v in views], size_px=_PAIR_PX),
    )
    views, captions = [cast.view(cast.beside), cast.view(-cast.front)], (cast.side(medial=True), "From behind")
    names = [_seen(cast, v, marks) for v in views]
    yield (
        "plan-back",
        "plan",
        "The same from the other sides.",
        Shot(bodies, views, captions, names=names, size_px=_PAIR_PX),
    )


def _trim(cast: _Cast) -> Body:
    return Body(tube(np.array(cast.plan["brim_lps_mm"]), radius_mm=_LINE_MM), colour.IMPLANT)


def _seen(cast: _Cast, view: View, marks: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The landmarks that a view shows within 60 degrees of its middle: beside that names lie over each other."""
    across = {name: at - cast.origin - cast.up * float((at - cast.origin) @ cast.up) for name, at in marks.items()}
    return {n: at for n, at in marks.items() if across[n] @ view.toward_lps >= 0.5 * np.linalg.norm(across[n])}


def _views(cast: _Cast) -> Iterator[Planned]:
    clear = Body(cast.part.mesh, colour.IMPLANT, opacity=_CLEAR)
    three = cast.front - 0.8 * cast.beside + 0.35 * cast.up
    axis = np.array(cast.plan["adapter"]["axis_lps"])
    named: dict[str, tuple[str, list[Body], FloatArray, FloatArray]] = {
        "three-quarter": ("The socket, seen through, on the limb", [cast.limb, clear], three, cast.up),
        "alone": ("The socket alone, from in front, outside and above", [cast.part], three, cast.up),
        "front": ("From the front", [cast.part], cast.front, cast.up),
        "lateral": (cast.side(medial=False), [cast.part], -cast.beside, cast.up),
        "back": ("From behind, with its letters", [cast.part], -cast.front, cast.up),
        "medial": (cast.side(medial=True), [cast.part], cast.beside, cast.up),
        "above": ("Into the socket from above", [cast.part], cast.up, cast.front),
        "adapter": (
            "The face of the adapter, a little from behind",
            [cast.part],
            axis - _TILTED * cast.front,
            cast.front,
        ),
    }
    for name, (caption, bodies, toward, up) in named.items():
        yield f"view-{name}", "views", caption, Shot(bodies, [cast.view(toward, up)], size_px=_TALL_PX)


def _sections(cast: _Cast) -> Iterator[Planned]:
    """Cut along the limb from front to back and from side to side, and across at two levels; cut faces are closed."""
    from anatofit.geometry.bridge import solid_of

    solids = [(solid_of(cast.whole), colour.IMPLANT)]
    with suppress(GeometryError):  # a scan that is none when its openings are closed is left out
        solids.append((solid_of(capped(cast.limb.mesh)), colour.BONE))
    level = float(cast.plan["tendon_mm"])
    cuts: dict[str, tuple[str, FloatArray, FloatArray, FloatArray]] = {
        "sagittal": (
            f"Cut along the limb from front to back, {cast.side(medial=False).lower()}.",
            cast.beside,
            cast.origin,
            cast.up,
        ),
        "coronal": ("Cut along the limb from side to side, from the front.", -cast.front, cast.origin, cast.up),
    }
    for name, share in _SECTION_LEVELS.items():
        at = cast.origin + level * (1.0 + share) * cast.up
        where = "at the patellar tendon" if name == "tendon" else "half way down the shank"
        cuts[name] = (f"Cut across {where}, seen from above, the front up.", -cast.up, at, cast.front)
    liner = "; between them lies the liner" if cast.plan["shape"]["liner_mm"] else ""
    for name, (caption, keep, at, up) in cuts.items():
        bodies = [trimmed(solid, keep, at + n * _BEHIND_MM * keep, shade) for n, (solid, shade) in enumerate(solids)]
        frame = _around(cast, keep, at)
        yield (
            f"section-{name}",
            "sections",
            f"{caption} Limb light, socket dark{liner}.",
            Shot(bodies, [cast.view(-keep, up)], frames=[frame], size_px=_TALL_PX),
        )


def _around(cast: _Cast, keep: FloatArray, at: FloatArray) -> FloatArray:
    """What a cut is about: the socket's own places, in the plane of the cut."""
    points = cast.part.mesh.vertices_lps_mm[::50]
    flat = points - np.outer((points - at) @ keep, keep)
    return np.asarray(flat)


def _maps(cast: _Cast, rectified: Mapping[str, FloatArray]) -> Iterator[Planned]:
    """Millimetres on the limb, on one scale to either side of 0."""
    mesh = cast.anatomy.surfaces["host"]
    for number, (caption, off_mm) in enumerate(rectified.items(), start=1):
        most = float(np.ceil(max(_LEAST_SHOWN_MM, float(np.nanmax(np.abs(off_mm))))))
        bodies = [Body(mesh, vertex_colours=colour.colours_of((off_mm + most) / (2 * most))), _trim(cast)]
        bar = ColourBar(-most, most, "Pressed in (-) or relieved (+), mm", "above the trim line (blue)")
        pairs = {"front": ("From the front", cast.front), "lateral": (cast.side(medial=False), -cast.beside)}
        others = {"back": ("From behind", -cast.front), "medial": (cast.side(medial=True), cast.beside)}
        for name, pair in ((f"map-rectification-{number}", pairs), (f"map-rectification-{number}-back", others)):
            captions = tuple(said for said, _ in pair.values())
            views = [cast.view(toward) for _, toward in pair.values()]
            yield name, "maps", caption, Shot(bodies, views, captions, bar=bar, size_px=_PAIR_PX)


def _viewer(scene: Scene, cast: _Cast) -> dict[str, Any]:
    """The bodies of the 3D view and where it looks from at first."""
    actors = [Actor(f"Device: {n}", m, _VIEWER_PART, colour.IMPLANT) for n, m in scene.parts.items()]
    actors.append(Actor("Limb", scene.anatomy.surfaces["host"], _VIEWER_LIMB, colour.BONE, _SEEN_THROUGH))
    sides = ("Medial", "Lateral") if cast.sided else ("One side", "Other side")
    views = {
        "Front": cast.front, "Back": -cast.front, sides[0]: cast.beside, sides[1]: -cast.beside, "Above": cast.up, "Beneath": -cast.up,
    }  # fmt: skip
    first = unit_vector(cast.front - 0.8 * cast.beside + 0.35 * cast.up)
    return {
        "meshes": payload(actors),
        "names": cast.names,
        "toward": [round(float(v), 6) for v in first],
        "buttons": {name: [round(float(v), 6) for v in toward] for name, toward in views.items()},
    }
