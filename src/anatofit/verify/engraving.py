"""CR-TEXT, CG-TEXT: case numbers and marks are really cut into a face, as deep as planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.words import counted
from anatofit.verify.regions import planned, text_frame
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, Surface

_STEP_MM = 0.25
_CLEAR_MM = 0.2  # from the text to the frame around it
_NEAR_MM, _ROUNDS = (
    0.5,
    12,
)  # around each place the uncut face shows how high it would be there; known first at the frame, it grows inwards
_UNCUT = 0.3  # of the planned depth: what lies nearer to the face around it is uncut
_STROKES = 0.15  # of the planned depth: what lies deeper than this is stroke


@dataclass(frozen=True)
class _Sight:
    """How a face is looked at: from how far, how deep, how wide the frame around the text is, and the order of its polynomial."""

    away_mm: float
    reach_mm: float
    around_mm: float
    order: int


# A skull's inner face is hollow, and its edge is 1.5 mm from the text or more. A wall of a guide is flat, 1 mm from the text to its
# rounding, and a sleeve may stand in front of it.
_HOLLOW = _Sight(away_mm=8.0, reach_mm=24.0, around_mm=1.2, order=3)
_FLAT = _Sight(away_mm=2.0, reach_mm=4.0, around_mm=0.8, order=1)


def engraving(subject: Subject, _: Requirement) -> Measurement:
    """The median depth of the strokes in mm below the face around them, along the reader's line of sight.

    The face is a cubic surface through a frame around the text, then through the uncut places between the strokes as well, and
    near them as they are: letters that stand out of the face have no depth.
    """
    text = subject.plan.get("text")
    if not text:
        raise ValueError("the plan has no text; this requirement is made only where it has one")
    return _depth(subject.once("surface", lambda: Surface(subject.part)), text, _HOLLOW)


def engravings(subject: Subject, _: Requirement) -> Measurement:
    """The depth, as `engraving` measures it, of that text of the plan whose depth differs most from its own planned one; walls are flat."""
    texts = planned(subject.plan, "texts")
    if not texts:
        raise ValueError("the plan has no texts; this requirement is made only where it has some")
    surface = subject.once("surface", lambda: Surface(subject.part))
    found = [_depth(surface, text, _FLAT) for text in texts]
    off = [abs(m.value - float(t["depth_mm"])) + 1e3 * m.failed for m, t in zip(found, texts, strict=True)]
    worst = int(np.argmax(off))
    failed = [str(n) for n, m in enumerate(found, start=1) if m.failed]
    said = f"worst of {counted(len(texts), 'text')}: text {worst + 1}"
    if failed:
        said = f"no strokes were found: text {', '.join(failed)}"
    values = {f"text_{n}_mm": m.value for n, m in enumerate(found, start=1)}
    return Measurement(found[worst].value, said, values, failed=bool(failed))


def _depth(surface: Surface, text: Mapping[str, Any], sight: _Sight) -> Measurement:
    right, up, toward, width, height = text_frame(text)
    x, y = (v.ravel() for v in np.meshgrid(*(_line(size + 2 * sight.around_mm) for size in (width, height))))
    origin = np.array(text["origin_lps_mm"], dtype=np.float64)
    starts = origin + np.outer(x, right) + np.outer(y, up) + toward * sight.away_mm
    depth = surface.first_hits(starts, starts - toward * sight.reach_mm)[0]
    seen = np.isfinite(depth)
    if seen.sum() < 100:
        raise ValueError(f"{int(seen.sum())} rays met the face under the text; 100 are wanted")
    planned_mm = float(text["depth_mm"])
    around = (np.abs(x) > width / 2 + _CLEAR_MM) | (np.abs(y) > height / 2 + _CLEAR_MM)
    below = depth[seen] - _face(x[seen], y[seen], depth[seen], planned_mm, around[seen], order=sight.order)
    strokes = below > 0.5 * planned_mm
    if strokes.sum() < 20:
        return Measurement(0.0, "no strokes were found in the text's place", failed=True)
    values = {
        "stroke_share": float(strokes.mean()),
        "p10": float(np.percentile(below[strokes], 10)),
        "p90": float(np.percentile(below[strokes], 90)),
    }
    return Measurement(float(np.median(below[strokes])), "", values)


def _line(length: float) -> FloatArray:
    return np.arange(-length / 2, length / 2 + 1e-9, _STEP_MM)


def _face(
    x: FloatArray, y: FloatArray, depth: FloatArray, planned: float, around: BoolArray, *, order: int
) -> FloatArray:
    """Depth of the uncut face under each ray."""
    scale = max(float(np.abs(x).max()), float(np.abs(y).max()), 1.0)
    powers = [(a, b) for a in range(order + 1) for b in range(order + 1 - a)]
    basis = np.stack([(x / scale) ** a * (y / scale) ** b for a, b in powers], axis=1)
    keep = around
    surface = np.zeros(len(x))
    for _ in range(8):
        coefficients, *_rest = np.linalg.lstsq(basis[keep], depth[keep], rcond=None)
        surface = basis @ coefficients
        keep = around | (np.abs(depth - surface) < _STROKES * planned)
    face = surface
    for _ in range(_ROUNDS):
        face = surface + _near_mean(x, y, depth - surface, keep)
        keep = around | (np.abs(depth - face) < _UNCUT * planned)
    return np.asarray(face)


def _near_mean(x: FloatArray, y: FloatArray, rest: FloatArray, keep: BoolArray) -> FloatArray:
    """What the cubic leaves of the uncut face around each ray: a ridge or a dent is no depth of a stroke; 0 far from any."""
    from scipy.ndimage import gaussian_filter

    column, row = (np.rint((v - v.min()) / _STEP_MM).astype(np.int64) for v in (x, y))
    total = np.zeros((2, int(row.max()) + 1, int(column.max()) + 1))
    total[0, row[keep], column[keep]], total[1, row[keep], column[keep]] = rest[keep], 1.0
    sums, weights = (gaussian_filter(t, _NEAR_MM / _STEP_MM, mode="constant") for t in total)
    return np.asarray((sums / np.maximum(weights, 1e-6))[row, column])
