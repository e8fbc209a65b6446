"""Whether bone stands in the way of a drill before it reaches its entry: lines around each axis, from far above down to the bone.

On its way in a drill's edge meets bone higher than its tip does where the bone slopes; how much higher, over its radius, is that
slope. Bone that stands in the way looks like a slope that no entry has.
"""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.words import counted
from anatofit.verify.plan_bores import PlannedBore, bores_asked
from anatofit.verify.regions import planned
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface, spokes

_FAR_MM = 150.0  # above an entry: a drill with its machine is not longer
_DEEP_MM = 40.0  # beneath it a line has missed the bone
_SPOKES = 24
_FREE_MM = 0.5  # bone that stands no higher above the entry is the roughness of its facets


def drill_way(subject: Subject, requirement: Requirement) -> Measurement:
    """The steepest slope in degrees that the edge of a drill meets above its entry, of all channels; 0 where it meets none above."""
    if subject.host is None:
        raise subject.absent("models/host.stl")
    host = subject.host
    bone = subject.once("host surface", lambda: Surface(host))
    bores = bores_asked(subject, requirement)
    key = str(requirement.parameters.get("of", "pins"))
    radii = [float(e.get("drill_mm", e["diameter_mm"])) / 2 for e in planned(subject.plan, key)]
    rises = [_rise_mm(bone, bore, radius) for bore, radius in zip(bores, radii, strict=True)]
    if subject.neighbours is not None:
        others = Surface(subject.neighbours)
        beside = [_rise_mm(others, bore, radius) for bore, radius in zip(bores, radii, strict=True)]
        rises = [max(pair) for pair in zip(rises, beside, strict=True)]
    slopes = [_slope_deg(rise, radius) for rise, radius in zip(rises, radii, strict=True)]
    worst = int(np.argmax(slopes))
    values = {f"channel_{b.number}_rise_mm": rise for b, rise in zip(bores, rises, strict=True)}
    said = f"steepest of {counted(len(bores), 'channel')}: channel {bores[worst].number}, bone {max(rises[worst], 0.0):.1f} mm above its entry"
    return Measurement(slopes[worst], said, values)


def _slope_deg(rise_mm: float, radius_mm: float) -> float:
    return float(np.rad2deg(np.arctan(max(rise_mm - _FREE_MM, 0.0) / radius_mm)))


def _rise_mm(bone: Surface, bore: PlannedBore, radius_mm: float) -> float:
    """How high above the entry the lines at a drill's edge, or its axis, first meet bone; the depth of a miss where none does."""
    around = np.concatenate([np.zeros((1, 3)), spokes(bore.axis_lps, _SPOKES)])
    starts = bore.entry_lps_mm + radius_mm * around + _FAR_MM * bore.axis_lps
    met, _ = bone.first_hits(starts, starts - (_FAR_MM + _DEEP_MM) * bore.axis_lps)
    return _FAR_MM - float(np.where(np.isfinite(met), met, _FAR_MM + _DEEP_MM).min())
