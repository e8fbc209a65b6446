"""The pictures of the report: which bodies, seen from where, with what to say below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from anatofit.model.frame import FloatArray, Plane
from anatofit.model.mesh import Mesh
from anatofit.model.pictures import Figure, PartMaps
from anatofit.report import colour, directions
from anatofit.report.body import Body
from anatofit.report.data import Scene
from anatofit.report.directions import View, view_from
from anatofit.report.display import kept_any, reduced, tube
from anatofit.report.engraved import inked, read_squarely
from anatofit.report.head import joined
from anatofit.report.layout import ColourBar, Shot
from anatofit.report.maps import CLEARANCE_SHOWN_MM, THICKNESS_SHOWN_MM
from anatofit.report.png import encode_png
from anatofit.report.studio import Studio

HOST_TRIANGLES = 75_000  # about 1 mm a triangle on a head: at these sizes more only costs time
WHOLE_TRIANGLES = 600_000  # seen in one picture only: to draw it is quicker than to reduce it
PART_TRIANGLES = 160_000  # an engraving stays legible
_PAIR_PX = (1080, 600)
_CLEARANCE = "Clearance to the host bone (mm)"
_NO_HOST = f"no host bone within {CLEARANCE_SHOWN_MM:g} mm"
_THICKNESS = "Thickness along the normal (mm)"
_NO_WALL = "not measured: sides of rim, holes and steps"
_WHAT_THICKNESS_IS = (
    "the way straight through the part from each place of a face. Beside the rim, holes, steps and where a tab joins, "
    "that way runs along the edge and is not a wall; walls are measured in the findings."
)
_WHAT_WHOLE_IS = (
    "The skull made whole: existing and restored bone in one colour. Its grooves are the seam around the restored piece, where it "
    "meets the worn edge of the bone, the skull's own sutures and, as fine rings, the steps from slice to slice of the scan."
)
_CLOSE_AND_WIDE = ("Close, along the way in", "Three-quarter")
_TEXT_FRAME_MM = 3.0  # face around the letters in the close view
_RIM_RADIUS_MM = 0.8
_INSIDE_MM = 12.0  # bone behind the implant that the view from within looks at
_CLOSE_UP = 1.7  # a close view is this much wider than the implant

Planned: TypeAlias = tuple[str, str, str, Shot]


@dataclass(frozen=True)
class Cast:
    """Everything that appears in pictures, prepared once; `head` is the host with the rest of the skull, `light` are the
    parts for views of it."""

    head: tuple[Body, ...]
    parts: Mapping[str, Body]
    light: Mapping[str, Body]
    outward: FloatArray

    @property
    def all(self) -> list[Body]:
        """The head with the implant."""
        return [*self.head, *self.light.values()]

    @property
    def corners(self) -> FloatArray:
        """Of the box around the implant, else around the head."""
        return _corners([b.mesh for b in (*self.parts.values(),) or self.head])

    @property
    def frame(self) -> FloatArray:
        """What a close view of the implant must contain: a box somewhat larger than the implant's."""
        corners = self.corners
        centre = corners.mean(axis=0)
        return np.asarray(centre + (corners - centre) * _CLOSE_UP)


def render_figures(scene: Scene, maps: Mapping[str, PartMaps], axes_lps: FloatArray) -> tuple[Figure, ...]:
    """Every picture that is rendered, in the order of the page; `axes_lps` are those of the scan."""
    studio = Studio()
    try:
        cast = _cast(scene, maps, axes_lps)
        shots = [
            *_views(cast),
            *_defect(scene, cast),
            *_restoration(scene, cast),
            *_implant(scene, cast),
            *_maps(cast, maps),
        ]
        return developed(shots, studio)
    finally:
        studio.close()


def developed(shots: Sequence[Planned], studio: Studio) -> tuple[Figure, ...]:
    """The pictures, each packed into its file while the next is drawn."""
    with ThreadPoolExecutor(max_workers=1) as packer:
        files = [packer.submit(encode_png, studio.picture(shot)) for *_, shot in shots]
        named = zip(shots, files, strict=True)
        return tuple(Figure(name, section, caption, file.result()) for (name, section, caption, _), file in named)


def _cast(scene: Scene, maps: Mapping[str, PartMaps], axes_lps: FloatArray) -> Cast:
    parts = {name: _part(reduced(mesh, triangles=PART_TRIANGLES), scene.plan) for name, mesh in scene.parts.items()}
    light = {name: Body(part.mesh, colour.IMPLANT, crisp=True) for name, part in maps.items()}
    return Cast(_head(scene, axes_lps), parts, light, directions.outward_lps(scene.plan, scene.anatomy))


def _part(mesh: Mesh, plan: Mapping[str, Any]) -> Body:
    colours = inked(mesh, plan["text"]) if _has_text(plan) else None
    return Body(mesh, colour.IMPLANT, face_colours=colours, crisp=True)


def _has_text(plan: Mapping[str, Any]) -> bool:
    text = plan.get("text")
    return isinstance(text, Mapping) and {"origin_lps_mm", "right_lps", "up_lps"} <= set(text)


def _head(scene: Scene, axes_lps: FloatArray) -> tuple[Body, ...]:
    """The skull around the implant, as one."""
    surfaces = scene.anatomy.surfaces
    if "restored" not in surfaces:
        return (Body(surfaces["host"]),)
    meshes = joined(surfaces["host"], surfaces["restored"], axes_lps)
    return tuple(Body(reduced(mesh, triangles=HOST_TRIANGLES)) for mesh in meshes)


def _corners(meshes: Sequence[Mesh]) -> FloatArray:
    """The eight corners of the box around the meshes."""
    bounds = np.concatenate([m.bounds_lps_mm for m in meshes])
    low, high = bounds.min(axis=0), bounds.max(axis=0)
    grid = np.stack(np.meshgrid(*zip(low, high, strict=True), indexing="ij"), axis=-1)
    return np.asarray(grid.reshape(-1, 3))


def _views(cast: Cast) -> Iterator[Planned]:
    named = {
        "front": ("From the front", view_from(directions.FRONT)),
        "right": ("From the patient's right", view_from(directions.RIGHT)),
        "left": ("From the patient's left", view_from(directions.LEFT)),
        "top": ("From above", view_from(directions.HEAD)),
        "three-quarter": ("Three-quarter view", directions.three_quarter(cast.outward)),
    }
    for name, (caption, view) in named.items():
        yield f"view-{name}", "views", caption, Shot(cast.all, [view])
    yield "view-inside", "views", "From inside the skull", _inside(cast)


def _inside(cast: Cast) -> Shot:
    """The implant and the bone on its side of the head, seen from within."""
    inner = (cast.corners @ cast.outward).min() - _INSIDE_MM
    cut = Plane(cast.outward * inner, cast.outward)
    near = [kept_any(body.mesh, lambda points: points @ cast.outward > inner) for body in cast.head]
    head = [Body(mesh, cut=cut) for mesh in near if len(mesh.faces)]
    return Shot([*head, *cast.light.values()], [view_from(-cast.outward)])


def _both(outward: FloatArray) -> list[View]:
    return [view_from(outward), directions.three_quarter(outward)]


def _defect(scene: Scene, cast: Cast) -> Iterator[Planned]:
    rim = scene.anatomy.curves.get("rim")
    if rim is None:
        return
    line = Body(tube(np.asarray(rim), radius_mm=_RIM_RADIUS_MM), colour.RIM)
    caption = (
        "The host bone with the defect's rim (red line): along the way the implant goes in, and three-quarter view."
    )
    yield (
        "defect", "defect", caption,
        Shot([*cast.head, line], _both(cast.outward), _CLOSE_AND_WIDE, frames=[cast.frame], size_px=_PAIR_PX),
    )  # fmt: skip


def _restoration(scene: Scene, cast: Cast) -> Iterator[Planned]:
    surfaces, values = scene.anatomy.surfaces, scene.anatomy.vertex_values.get("missing_bone")
    if "missing_bone" in surfaces and values is not None:
        yield _confidence(surfaces["missing_bone"], np.asarray(values), cast)
    if "restored" in surfaces:
        body = Body(reduced(surfaces["restored"], triangles=WHOLE_TRIANGLES))
        views = [view_from(directions.FRONT), directions.three_quarter(cast.outward)]
        shot = Shot([body], views, ("From the front", "Three-quarter"), size_px=_PAIR_PX)
        yield "restored", "restoration", _WHAT_WHOLE_IS, shot


def _confidence(mesh: Mesh, disagreement_mm: FloatArray, cast: Cast) -> Planned:
    high = _round_up(float(np.nanpercentile(disagreement_mm, 99.0)))
    body = Body(mesh, vertex_colours=colour.colours_of(disagreement_mm / high))
    bar = ColourBar(0.0, high, "Disagreement of the restorations (mm)")
    shot = Shot([*cast.head, body], _both(cast.outward), _CLOSE_AND_WIDE, [cast.frame], bar, _PAIR_PX)
    caption = (
        "The restored piece, coloured by how far the independent restorations disagree: dark where they agree, "
        "bright where the shape is less certain and a look at it is due."
    )
    return "restoration", "restoration", caption, shot


def _round_up(value: float) -> float:
    """The next of 0.1, 0.2, 0.5, 1, 2, 5 … that is not below the value."""
    if not np.isfinite(value) or value <= 0.1:
        return 0.1
    decade = 10.0 ** np.floor(np.log10(value))
    return float(next(step * decade for step in (1, 2, 5, 10) if step * decade >= value * (1 - 1e-9)))


def _faces(cast: Cast) -> list[View]:
    return [view_from(cast.outward), view_from(-cast.outward)]


def _implant(scene: Scene, cast: Cast) -> Iterator[Planned]:
    for name, body in cast.parts.items():
        shot = Shot([body], _faces(cast), ("Outer face", "Inner face"), size_px=_PAIR_PX)
        yield f"part-{name}", "implant", f"The {name} alone: outer face and inner face.", shot
    if cast.parts and _has_text(scene.plan):
        yield _engraving(scene.plan["text"], cast)


def _engraving(text: Mapping[str, Any], cast: Cast) -> Planned:
    view, frame = read_squarely(text, around_mm=_TEXT_FRAME_MM)
    shot = Shot(list(cast.parts.values()), [view], frames=[frame], size_px=(720, 420))
    caption = (
        f"The engraving on the inner face, to be read as {text.get('string', '')}: its strokes are coloured light."
    )
    return "engraving", "implant", caption, shot


def _maps(cast: Cast, maps: Mapping[str, PartMaps]) -> Iterator[Planned]:
    for name, part in maps.items():
        if np.isfinite(part.clearance_mm).any():
            bar = ColourBar(0.0, CLEARANCE_SHOWN_MM, _CLEARANCE, _NO_HOST)
            caption = f"{_CLEARANCE}, outer and inner face. Grey: {_NO_HOST}."
            yield _map(f"clearance-{name}", part, part.clearance_mm, bar, caption, cast)
        if np.isfinite(part.thickness_mm).any():
            bar = ColourBar(0.0, THICKNESS_SHOWN_MM, _THICKNESS, _NO_WALL, more=True)
            caption = f"{_THICKNESS}, outer and inner face: {_WHAT_THICKNESS_IS} Grey: {_NO_WALL}. Violet: more."
            yield _map(f"thickness-{name}", part, part.thickness_mm, bar, caption, cast)


def _map(name: str, part: PartMaps, values: FloatArray, bar: ColourBar, caption: str, cast: Cast) -> Planned:
    colours = colour.colours_of(values / bar.high)
    colours[values > bar.high] = colour.MORE
    body = Body(part.mesh, vertex_colours=colours)
    shot = Shot([body], _faces(cast), ("Outer face", "Inner face"), bar=bar, size_px=_PAIR_PX)
    return name, "maps", caption, shot
