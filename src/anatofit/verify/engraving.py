"""CR-TEXT: the case number is really cut into the inner face, as deep as planned."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.verify.bench import Bench, vector
from anatofit.verify.measurement import CannotMeasureError, Measurement
from anatofit.verify.sheets import text_frame

_STEP_MM = 0.25
_AWAY_MM = 8.0  # rays begin this far inside the head
_FACE_SHARE_DEG = 3  # order of the polynomial that stands for the uncut face
_STROKES = 0.15  # of the planned depth: what lies deeper than this is stroke


def engraving_depth(bench: Bench) -> Measurement:
    """The median depth of the strokes in mm below the face around them, along the reader's line of sight.

    The face is a cubic surface fitted to the uncut part of the text's block, strokes left out step by step.
    """
    text = bench.plan.get("text")
    if not text:
        raise CannotMeasureError("the plan has no text; this requirement is made only where it has one")
    right, up, toward, width, height = text_frame(text)
    x, y = (v.ravel() for v in np.meshgrid(_line(width + 1.0), _line(height + 1.0)))
    starts = vector(text, "origin_lps_mm") + np.outer(x, right) + np.outer(y, up) + toward * _AWAY_MM
    depth = bench.surface.first_hits(starts, starts - toward * 3 * _AWAY_MM)[0]
    seen = np.isfinite(depth)
    if seen.sum() < 100:
        raise CannotMeasureError(f"{int(seen.sum())} rays met the face under the text; 100 are wanted")
    planned = float(text["depth_mm"])
    below = depth[seen] - _face(x[seen], y[seen], depth[seen], planned)
    strokes = below > 0.5 * planned
    if strokes.sum() < 20:
        return Measurement(0.0, "no strokes were found in the text's place", holds=False)
    values = {
        "stroke_share": float(strokes.mean()),
        "p10": float(np.percentile(below[strokes], 10)),
        "p90": float(np.percentile(below[strokes], 90)),
    }
    return Measurement(float(np.median(below[strokes])), "", values)


def _line(length: float) -> FloatArray:
    return np.arange(-length / 2, length / 2 + 1e-9, _STEP_MM)


def _face(x: FloatArray, y: FloatArray, depth: FloatArray, planned: float) -> FloatArray:
    """Depth of the uncut face under each ray."""
    scale = max(float(np.abs(x).max()), float(np.abs(y).max()), 1.0)
    powers = [(a, b) for a in range(_FACE_SHARE_DEG + 1) for b in range(_FACE_SHARE_DEG + 1 - a)]
    basis = np.stack([(x / scale) ** a * (y / scale) ** b for a, b in powers], axis=1)
    keep = np.ones(len(x), dtype=bool)
    surface = np.zeros(len(x))
    for _ in range(8):
        coefficients, *_rest = np.linalg.lstsq(basis[keep], depth[keep], rcond=None)
        surface = basis @ coefficients
        keep = depth - surface < _STROKES * planned
        keep &= depth - surface > -0.5 * planned
    return np.asarray(surface)
