"""CR-HOLE: every planned hole is open right through, and as wide as planned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.words import bracketed, counted
from anatofit.verify.bore_rays import is_clear, walled_diameter_mm
from anatofit.verify.regions import planned
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface

_REACH_MM = 12.0  # rays along the axis begin and end this far outside the wall


def holes(subject: Subject, _: Requirement) -> Measurement:
    """The largest difference in mm between a hole's measured and planned diameter; a blocked hole counts its whole diameter."""
    surface = subject.once("surface", lambda: Surface(subject.part))
    entries = [*planned(subject.plan, "perforations"), *planned(subject.plan, "screws")]
    if not entries:
        raise ValueError("the plan has no holes; this requirement is made only where it has some")
    deviations = np.array([_deviation(surface, entry) for entry in entries])
    worst = int(np.argmax(deviations))
    place = f"{bracketed(_vector(entries[worst], 'centre_lps_mm'), 1)} mm"
    blocked = int((deviations >= [float(e["diameter_mm"]) for e in entries]).sum())
    return Measurement(
        float(deviations.max()),
        f"worst of {counted(len(entries), 'hole')} at {place}",
        {"holes": float(len(entries)), "blocked": float(blocked)},
    )


def _deviation(surface: Surface, entry: Mapping[str, Any]) -> float:
    centre, axis = _vector(entry, "centre_lps_mm"), unit_vector(_vector(entry, "axis_lps"))
    diameter = float(entry["diameter_mm"])
    if not is_clear(surface, centre, axis, diameter, from_mm=_REACH_MM, to_mm=-_REACH_MM):
        return diameter
    measured = _diameter(surface, entry, centre, axis)
    return diameter if measured is None else abs(measured - diameter)


def _diameter(surface: Surface, entry: Mapping[str, Any], centre: FloatArray, axis: FloatArray) -> float | None:
    """The diameter where the hole is walled all round, below any countersink; None where it is nowhere."""
    below = float(entry.get("recess_depth_mm", 0.0))
    depths = np.arange(-3.0, 7.0, 0.4)
    if below > 0:
        depths = depths[depths >= below + 0.2]
    widest = 1.5 * max(float(entry["diameter_mm"]), 0.5)
    return walled_diameter_mm(surface, centre, axis, along_mm=-depths, widest_mm=widest)


def _vector(entry: Mapping[str, Any], key: str) -> FloatArray:
    return np.array(entry[key], dtype=np.float64)
