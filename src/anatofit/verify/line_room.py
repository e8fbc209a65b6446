"""BP-LINE: how far holes and screws keep from fracture and cut lines, beyond the ordered margin.

A screw is a row of balls: as wide as its head where it goes through the plate, as its thread from the bone to the tip.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.regions import planned
from anatofit.verify.subject import Measurement, Subject

_STEP_MM = 0.25


def line_room(subject: Subject, _: Requirement) -> Measurement:
    """The least room in mm of any screw to any line, the line's margin taken off; negative where one comes too near."""
    keeps = planned(subject.plan, "keeps")
    screws = [*planned(subject.plan, "screws"), *planned(subject.plan, "oblongs")]
    if not keeps or not screws:
        raise ValueError("the plan has no lines or no screws; this requirement is made only where it has both")
    found = {
        (int(screw["number"]), number): _room(screw, keep) - float(keep["margin_mm"])
        for screw in screws
        for number, keep in enumerate(keeps, start=1)
    }
    (screw, line), least = min(found.items(), key=lambda pair: pair[1])
    values = {f"line_{n}_mm": min(v for (_, m), v in found.items() if m == n) for n in range(1, len(keeps) + 1)}
    return Measurement(least, f"least between screw {screw} and line {line}", values)


def _room(screw: Mapping[str, Any], keep: Mapping[str, Any]) -> float:
    places, radii = _balls(screw)
    if keep["points_lps_mm"]:
        line = _along(np.asarray(keep["points_lps_mm"], dtype=np.float64))
        away = np.linalg.norm(places[:, None, :] - line[None, :, :], axis=2).min(axis=1)
        return float((away - radii).min())
    normal = unit_vector(np.asarray(keep["normal_lps"], dtype=np.float64))
    off = (places - np.asarray(keep["point_lps_mm"], dtype=np.float64)) @ normal
    side = 1.0 if off[0] > 0 else -1.0
    return float((side * off - radii).min())


def _balls(screw: Mapping[str, Any]) -> tuple[FloatArray, FloatArray]:
    axis = unit_vector(np.asarray(screw["axis_lps"], dtype=np.float64))
    centre, entry = (np.asarray(screw[k], dtype=np.float64) for k in ("centre_lps_mm", "entry_lps_mm"))
    down = np.arange(0.0, float(screw["length_mm"]) + _STEP_MM, _STEP_MM)
    head = (float(screw["recess_diameter_mm"]) + float(screw["stretch_mm"])) / 2
    in_plate = down <= float(np.linalg.norm(centre - entry))
    return centre - down[:, None] * axis, np.where(in_plate, head, float(screw["screw_mm"]) / 2)


def _along(points: FloatArray) -> FloatArray:
    parts = [
        a + np.arange(0.0, 1.0, min(1.0, _STEP_MM / max(float(np.linalg.norm(b - a)), 1e-9)))[:, None] * (b - a)
        for a, b in pairwise(points)
    ]
    return np.concatenate([*parts, points[-1:]])
