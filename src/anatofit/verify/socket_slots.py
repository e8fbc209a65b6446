"""SK-SLOT: every planned slot of a socket is open right through, and as wide and long as planned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.words import counted
from anatofit.verify.regions import planned
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface

_AWAY_MM = 10.0  # rays through a slot begin and end so far off the wall's middle
_DEPTHS = 21  # at which its sides are looked for, a millimetre apart
_NEAR = 0.85  # of half the width: rays through a slot pass so near to its sides


def socket_slots(subject: Subject, _: Requirement) -> Measurement:
    """The largest difference in mm between a slot's measured width or length and the planned one; one that is shut counts its width."""
    slots = planned(subject.plan, "vents")
    if not slots:
        raise ValueError("the plan has no slots; this requirement is made only where it has some")
    surface = subject.once("surface", lambda: Surface(subject.part))
    off = [_deviation(surface, slot) for slot in slots]
    shut = [
        str(n)
        for n, (found, slot) in enumerate(zip(off, slots, strict=True), start=1)
        if found >= float(slot["width_mm"])
    ]
    said = (
        f"not open: slot {', '.join(shut)}"
        if shut
        else f"worst of {counted(len(slots), 'slot')}: slot {int(np.argmax(off)) + 1}"
    )
    return Measurement(max(off), said, {"slots": float(len(slots))}, failed=bool(shut))


def _deviation(surface: Surface, slot: Mapping[str, Any]) -> float:
    centre, out, along = (np.array(slot[key], dtype=np.float64) for key in ("centre_lps_mm", "axis_lps", "along_lps"))
    out = unit_vector(out)
    along = unit_vector(along - out * float(along @ out))
    across, wide, long = np.cross(out, along), float(slot["width_mm"]), float(slot["length_mm"])
    straight = (long - wide) / 2
    shifts = [
        a * along + b * across
        for a in np.linspace(-straight, straight, 7)
        for b in _NEAR * wide / 2 * np.array([-1.0, 0.0, 1.0])
    ]
    starts = centre + np.array(shifts)
    if np.isfinite(surface.first_hits(starts + _AWAY_MM * out, starts - _AWAY_MM * out)[0]).any():
        return wide
    off = [abs(_size(surface, centre, out, way, size) - size) for way, size in ((across, wide), (along, long))]
    return max(off) if np.isfinite(off).all() else wide


def _size(surface: Surface, centre: FloatArray, out: FloatArray, way: FloatArray, size: float) -> float:
    """From one side of a slot to the other; each is met at some depth of the wall, which a curved limb bends away from its middle."""
    starts = centre + np.linspace(-_AWAY_MM, _AWAY_MM, _DEPTHS)[:, None] * out
    return sum(float(surface.first_hits(starts, starts + sign * size * way)[0].min()) for sign in (1, -1))
