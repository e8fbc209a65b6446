"""CG-TEXT-2, DG-TEXT-2: every letter can be read: its strokes are cut, and nothing of the part stands between them and the reader.

Where the strokes are to be follows from the plan's words alone, letter by letter, by VTK's own font; whether they are there, and seen,
is asked of the exported triangles. A part is turned in the hand: all letters of a text must be seen in one look, which may lean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.words import counted
from anatofit.verify.regions import planned, text_frame
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, Surface, spokes

LEANS_DEG = (0.0, 15.0, 30.0)  # of a look from the face's normal: at 30 a letter keeps 0.87 of its height. Proposal
_WAYS = 12  # to lean to
_FAR_MM = 300.0  # longer than any part
_OFF_MM = 0.05  # above the face a look begins, and a stroke is felt for
_APART_MM = 0.15  # between the places of a stroke, a third of its width
_CUT = (0.5, 1.5)  # of the planned depth: what `engravings` counts as stroke, and as much deeper


def letters_seen(subject: Subject, _: Requirement) -> Measurement:
    """The least part, in percent, that is cut and seen of the strokes of a letter, in the best look at each text."""
    texts = planned(subject.plan, "texts")
    if not texts:
        raise ValueError("the plan has no texts; this requirement is made only where it has some")
    surface = subject.once("surface", lambda: Surface(subject.part))
    found = [_least(surface, text) for text in texts]
    least = min(range(len(found)), key=lambda n: found[n][0])
    values = {f"text_{n}_percent": share for n, (share, _) in enumerate(found, start=1)}
    said = "" if found[least][0] == 100.0 else f", letter {found[least][1]}"
    return Measurement(found[least][0], f"least of {counted(len(texts), 'text')}: text {least + 1}{said}", values)


def _least(surface: Surface, text: Mapping[str, Any]) -> tuple[float, int]:
    """The least share of a letter that is seen, percent, and which letter of the text it is; in the look that shows most of it."""
    right, up, toward, *_ = text_frame(text)
    strokes = list(_strokes(text))
    letter = np.repeat(np.arange(len(strokes)), [len(s) for s in strokes])
    x, y, area = np.concatenate(strokes).T
    places = np.asarray(text["origin_lps_mm"]) + np.outer(x, right) + np.outer(y, up) + _OFF_MM * toward
    cut = _cut(surface, places, toward, float(text["depth_mm"]))
    best = (-1.0, 0)
    for way in _looks(toward):
        seen = cut & _open(surface, places, way)
        shares = np.bincount(letter, weights=area * seen) / np.bincount(letter, weights=area)
        least = int(shares.argmin())
        best = max(best, (100.0 * float(shares[least]), least + 1), key=lambda found: found[0])
        if seen.all():
            break
    return best


def _looks(toward: FloatArray) -> Iterator[FloatArray]:
    """Directions to the reader, the straight one first."""
    for lean in np.radians(LEANS_DEG):
        for aside in spokes(toward, _WAYS) if lean else toward[None]:
            yield np.cos(lean) * toward + np.sin(lean) * aside


def _cut(surface: Surface, places: FloatArray, toward: FloatArray, depth: float) -> BoolArray:
    """Where the floor of a stroke lies beneath a place, and nothing before it."""
    low, high = (share * depth + _OFF_MM for share in _CUT)
    deep, _ = surface.first_hits(places, places - 2 * high * toward)
    return np.asarray((deep > low) & (deep < high))


def _open(surface: Surface, places: FloatArray, way: FloatArray) -> BoolArray:
    """Which places a reader sees that way."""
    return ~np.isfinite(surface.first_hits(places, places + _FAR_MM * way)[0])


def _strokes(text: Mapping[str, Any]) -> Iterator[FloatArray]:
    """`(n, 3)` of each letter: places in mm to the right and up from the text's middle, and the area that each stands for. Lines are
    centred, evenly one beneath the other."""
    lines = tuple(text.get("lines") or (str(text["string"]),))
    height, (*_, block) = float(text["height_mm"]), text_frame(text)
    pitch = (block - height) / max(len(lines) - 1, 1)
    for number, line in enumerate(lines):
        glyphs, width = _glyphs(line)
        middle = np.array([-width / 2 * height, block / 2 - height - number * pitch])
        yield from (_spread(height * glyph + middle) for glyph in glyphs)


@cache
def _glyphs(line: str) -> tuple[tuple[FloatArray, ...], float]:
    """The triangles `(n, 3, 2)` of each letter of a line, in heights of a capital from the line's left end and base, and the line's width."""
    base, top = (f(_triangles("H")[:, :, 1]) for f in (np.min, np.max))
    whole = (_triangles(line) - [0.0, base]) / (top - base)
    whole[:, :, 0] -= whole[:, :, 0].min()
    ends = [len(_triangles(line[: n + 1])) for n in range(len(line))]
    parts = np.split(whole, ends[:-1])
    return tuple(part for part in parts if len(part)), float(whole[:, :, 0].max())


def _triangles(string: str) -> FloatArray:
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkRenderingFreeType import vtkVectorText

    source = vtkVectorText()
    source.SetText(string)
    source.Update()
    data = source.GetOutput()
    if not data.GetNumberOfPolys():
        return np.zeros((0, 3, 2))
    points = vtk_to_numpy(data.GetPoints().GetData()).astype(np.float64)[:, :2]
    return np.asarray(points[vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 3)])


def _spread(triangles: FloatArray) -> FloatArray:
    """`(n, 3)` places within triangles, none on an edge, and the area in mm² that each stands for."""
    sides = np.sqrt(np.square(triangles - np.roll(triangles, 1, axis=1)).sum(axis=2)).max(axis=1)
    return np.concatenate(
        [_within(t, int(np.ceil(side / _APART_MM))) for t, side in zip(triangles, sides, strict=True) if side > 0]
    )


def _within(triangle: FloatArray, count: int) -> FloatArray:
    i, j = (v.ravel() for v in np.meshgrid(np.arange(count), np.arange(count), indexing="ij"))
    inner = i + j < count
    a, b = (i[inner] + 1 / 3) / count, (j[inner] + 1 / 3) / count
    places = np.stack([1 - a - b, a, b], axis=1) @ triangle
    (ax, ay), (bx, by) = triangle[1] - triangle[0], triangle[2] - triangle[0]
    return np.column_stack([places, np.full(len(places), abs(ax * by - ay * bx) / 2 / len(places))])
