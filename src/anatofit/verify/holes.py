"""CR-HOLE: every planned hole is open right through, and as wide as planned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.regions import planned
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface, spokes

_SPOKES = 24
_REACH_MM = 12.0  # rays along the axis begin and end this far outside the wall
_NEAR_WALL = 0.8  # rays parallel to the axis at this share of the radius must pass freely


def holes(subject: Subject, _: Requirement) -> Measurement:
    """The largest difference in mm between a hole's measured and planned diameter; a blocked hole counts its whole diameter."""
    surface = subject.once("surface", lambda: Surface(subject.part))
    entries = [*planned(subject.plan, "perforations"), *planned(subject.plan, "screws")]
    if not entries:
        raise ValueError("the plan has no holes; this requirement is made only where it has some")
    deviations = np.array([_deviation(surface, entry) for entry in entries])
    worst = int(np.argmax(deviations))
    place = "({:.1f}, {:.1f}, {:.1f}) mm".format(*_vector(entries[worst], "centre_lps_mm"))
    blocked = int((deviations >= [float(e["diameter_mm"]) for e in entries]).sum())
    return Measurement(
        float(deviations.max()),
        f"worst of {len(entries)} holes at LPS {place}",
        {"holes": float(len(entries)), "blocked": float(blocked)},
    )


def _deviation(surface: Surface, entry: Mapping[str, Any]) -> float:
    centre, axis, diameter = (
        _vector(entry, "centre_lps_mm"),
        unit_vector(_vector(entry, "axis_lps")),
        float(entry["diameter_mm"]),
    )
    around = spokes(axis, _SPOKES)
    starts = np.concatenate([centre[None], centre + around * (_NEAR_WALL * diameter / 2)])
    clear = surface.first_hits(starts + axis * _REACH_MM, starts - axis * _REACH_MM)[0]
    if np.isfinite(clear).any():
        return diameter
    measured = _diameter(surface, entry, centre, axis, around)
    return diameter if measured is None else abs(measured - diameter)


def _diameter(
    surface: Surface, entry: Mapping[str, Any], centre: FloatArray, axis: FloatArray, around: FloatArray
) -> float | None:
    """The mean distance between opposite walls where the hole is walled all round, below any countersink; None where it is nowhere."""
    below = float(entry.get("recess_depth_mm", 0.0))
    widest = 1.5 * max(float(entry["diameter_mm"]), 0.5)
    found = []
    for depth in np.arange(-3.0, 7.0, 0.4):
        if depth < below + 0.2 and below > 0:
            continue
        place = np.repeat((centre - axis * depth)[None], len(around), axis=0)
        reach = surface.first_hits(place, place + around * widest)[0]
        if np.isfinite(reach).all():
            found.append(2.0 * float(reach.mean()))
    return float(np.median(found)) if found else None


def _vector(entry: Mapping[str, Any], key: str) -> FloatArray:
    return np.array(entry[key], dtype=np.float64)
