"""The letters of a device on a bone, a limb or a foot: each block of them seen squarely and upright, or aslant past what stands before
it; what no look passes is cut away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from anatofit.geometry.bridge import mesh_of, solid_of
from anatofit.geometry.closest import sample_triangles
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.report import colour
from anatofit.report.body import Body
from anatofit.report.data import Scene
from anatofit.report.display import reduced
from anatofit.report.engraved import block_mm, inked, read_squarely
from anatofit.report.figures import PART_TRIANGLES, Planned
from anatofit.report.layout import Shot

_BEFORE_MM = 2.0  # a plate's face leaves the plane of its letters by up to 1.5 mm: what stands further out hides them
_OFF_MM = 0.3  # what stands further out from a flat face than it is even hides letters from a look aslant
# At 30 a letter keeps 0.87 of its height: what CG-TEXT-2 lets a reader turn a part by.
_LEANS_DEG = (10.0, 15.0, 20.0, 25.0, 30.0)
# From upright, to where a look leans: never from beneath, where bone is.
_ASIDE_DEG = (0.0, 30.0, -30.0, 60.0, -60.0, 90.0, -90.0)
_SPREAD_MM = 0.7  # between places of a part that are looked past
_AROUND_MM = 8.0  # of the device around a block of letters, so that it is seen which one it is
_SIZE_PX = (540, 400)


def inked_part(mesh: Mesh, plan: Mapping[str, Any]) -> Body:
    """A part as it is drawn, with all its letters light."""
    return _inked(mesh, _texts(plan))


def letters(scene: Scene, drawn: Mapping[str, Body], names: Sequence[tuple[str, str]]) -> Iterator[Planned]:
    """A picture of each block of letters; none where there are none. drawn: the parts as `inked_part` gives them."""
    texts, solid = _texts(scene.plan), cache(lambda name: solid_of(scene.parts[name]))
    for number, text in enumerate(texts, start=1):
        hidden = {name for name, mesh in scene.parts.items() if _hides(mesh, text)}
        aslant = _past([*scene.parts.values()], text) if hidden else None
        cut = hidden if aslant is None else set()
        bodies = [_cut(solid(n), text) if n in cut else body for n, body in drawn.items()]
        view, frame = read_squarely(text, around_mm=_AROUND_MM, names=tuple(names))
        which = f" {number} of {len(texts)}" if len(texts) > 1 else ""
        how = "squarely" if aslant is None else "aslant, past what stands before them"
        after = "; what stands before them is cut away" if cut else ""
        said = f"Letters{which}, to be read as {_read(text, str(scene.plan.get('case', '')))}, seen {how}{after}."
        view = view if aslant is None else replace(view, toward_lps=aslant)
        yield f"letters-{number}", "letters", said, Shot(bodies, [view], frames=[frame], size_px=_SIZE_PX)


def _read(text: Mapping[str, Any], case: str) -> str:
    """The words of a text; a case number that its lines break is one again."""
    lines = list(text.get("lines", ()))
    whole = next((n for n in range(1, len(lines) + 1) if "".join(lines[:n]) == case), 0)
    return " ".join([case, *lines[whole:]]) if whole else str(text.get("string", ""))


def _texts(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*plan.get("texts", ()), *(text for text in (plan.get("text"),) if text)]


def _inked(mesh: Mesh, texts: Sequence[Mapping[str, Any]]) -> Body:
    mesh, colours = reduced(mesh, triangles=PART_TRIANGLES), None
    for text in texts:
        ink = inked(mesh, text)
        colours = ink if colours is None else np.where((ink == colour.INK).all(axis=1)[:, None], ink, colours)
    return Body(mesh, colour.IMPLANT, face_colours=colours, crisp=True)


def _hides(mesh: Mesh, text: Mapping[str, Any]) -> bool:
    """Whether something of a part may stand between a block of letters and its reader."""
    right, up, out, origin = _face(text)
    rest = mesh.triangles_lps_mm - origin
    half = np.array(block_mm(text)) / 2
    flat = np.stack([rest @ right, rest @ up], axis=-1)
    over = ((flat.min(axis=1) < half) & (flat.max(axis=1) > -half)).all(axis=1)
    return bool((over & ((rest @ out).max(axis=1) > _BEFORE_MM)).any())


def _past(meshes: Sequence[Mesh], text: Mapping[str, Any]) -> FloatArray | None:
    """(3,) towards the reader, of the look that leans least past all that stands before a block of letters; None where none does."""
    right, up, out, origin = _face(text)
    corners = np.concatenate([mesh.triangles_lps_mm for mesh in meshes]) - origin
    places, _ = sample_triangles(corners[(corners @ out).max(axis=1) > _OFF_MM], spacing_mm=_SPREAD_MM)
    x, y, z = places @ right, places @ up, places @ out
    half = np.array(block_mm(text)) / 2 + _SPREAD_MM / 2
    for lean, turn in np.deg2rad([*product(_LEANS_DEG, _ASIDE_DEG)]):
        away = np.tan(lean) * z
        over = (np.abs(x - np.sin(turn) * away) < half[0]) & (np.abs(y - np.cos(turn) * away) < half[1])
        if not (over & (z > _OFF_MM)).any():
            return np.asarray(np.cos(lean) * out + np.sin(lean) * (np.sin(turn) * right + np.cos(turn) * up))
    return None


def _cut(solid: Any, text: Mapping[str, Any]) -> Body:
    """A part without what stands before a block of letters, of which no other is light."""
    _, _, out, origin = _face(text)
    cut = solid.trim_by_plane(tuple(-out), -float(out @ origin) - _BEFORE_MM)
    return _inked(mesh_of(cut), [text])


def _face(text: Mapping[str, Any]) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    right, up, origin = (np.array(text[k], dtype=np.float64) for k in ("right_lps", "up_lps", "origin_lps_mm"))
    return right, up, np.cross(right, up), origin
