"""How high the tops of sleeves stand: where a drill's collar comes to rest is what sets its depth.

Asked by lines from above the top, parallel to the axis, all round between the channel and the tube's rounded edge; a collar
rests on the highest of what they meet.
"""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.words import counted
from anatofit.verify.plan_bores import PlannedBore, bores_asked
from anatofit.verify.regions import planned
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface, spokes

_ABOVE_MM, _BENEATH_MM = 5.0, 5.0
_SPOKES, _RINGS = 36, 5


def sleeve_tops(subject: Subject, requirement: Requirement) -> Measurement:
    """The greatest difference in mm between the highest place of a sleeve's top and its planned height, of all sleeves."""
    surface = subject.once("surface", lambda: Surface(subject.part))
    bores = bores_asked(subject, requirement)
    entries = planned(subject.plan, str(requirement.parameters.get("of", "pins")))
    outer = [float(entry["outer_diameter_mm"]) for entry in entries]
    tops = [_top_mm(surface, bore, width) for bore, width in zip(bores, outer, strict=True)]
    off = [abs(top - bore.top_mm) for top, bore in zip(tops, bores, strict=True)]
    worst = int(np.argmax(off))
    values = {f"channel_{b.number}_top_mm": top for b, top in zip(bores, tops, strict=True)}
    said = (
        f"worst of {counted(len(bores), 'sleeve')}: sleeve {bores[worst].number}, {tops[worst]:.2f} mm above the bone"
    )
    return Measurement(off[worst], said, values)


def _top_mm(surface: Surface, bore: PlannedBore, outer_mm: float) -> float:
    """Height above the entry of the highest place met; that of the lowest place looked at where none is."""
    around = spokes(bore.axis_lps, _SPOKES)
    radii = np.linspace(bore.diameter_mm / 2, outer_mm / 2, _RINGS + 2)[1:-1]
    places = bore.entry_lps_mm + np.concatenate([radius * around for radius in radii])
    starts = places + (bore.top_mm + _ABOVE_MM) * bore.axis_lps
    met, _ = surface.first_hits(starts, starts - (_ABOVE_MM + _BENEATH_MM) * bore.axis_lps)
    return bore.top_mm + _ABOVE_MM - float(np.where(np.isfinite(met), met, _ABOVE_MM + _BENEATH_MM).min())
