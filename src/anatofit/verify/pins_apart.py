"""How much bone the ways of pins leave between each other, and beside drilled holes: a second drill must not meet the first wire."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.words import counted
from anatofit.verify.channel_bone import runs_of
from anatofit.verify.plan_bores import PlannedBore, bores_of
from anatofit.verify.regions import planned
from anatofit.verify.segments import segments_mm
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface


@dataclass(frozen=True)
class _Way:
    """A drilled way: its ends, and half its width."""

    name: str
    start_lps_mm: FloatArray
    end_lps_mm: FloatArray
    radius_mm: float

    @classmethod
    def of(cls, name: str, bore: PlannedBore, depth_mm: float) -> _Way:
        entry = bore.entry_lps_mm
        return cls(f"{name} {bore.number}", entry, entry - depth_mm * bore.axis_lps, bore.diameter_mm / 2)

    def apart_mm(self, other: _Way) -> float:
        """The bone left between the two, 0 where they meet."""
        axes = segments_mm(self.start_lps_mm, self.end_lps_mm, other.start_lps_mm[None], other.end_lps_mm[None])
        return max(0.0, float(axes[0]) - self.radius_mm - other.radius_mm)


def pins_apart(subject: Subject, _: Requirement) -> Measurement:
    """The least distance in mm between a pin's way through the bone, as wide as its channel, and that of another or a drilled hole.

    A pin's way ends where its axis leaves the bone for good, as measured on it; a drilled hole at its target.
    """
    if subject.host is None:
        raise subject.absent("models/host.stl")
    host = subject.host
    bone = subject.once("host surface", lambda: Surface(host))
    pins = [_Way.of("pin", pin, _through_mm(bone, pin)) for pin in bores_of(subject.plan, "pins")]
    pairs = [*combinations(pins, 2), *product(pins, _drilled(subject))]
    if not pairs:
        raise ValueError("the plan has no pin beside another; this requirement is made only where it has one")
    found = [one.apart_mm(other) for one, other in pairs]
    least = int(np.argmin(found))
    return Measurement(
        found[least], f"least of {counted(len(pairs), 'pair')}: {pairs[least][0].name} and {pairs[least][1].name}"
    )


def _drilled(subject: Subject) -> list[_Way]:
    depths = [float(entry["target_mm"]) for entry in planned(subject.plan, "sleeves")]
    return [_Way.of("trajectory", *bore) for bore in zip(bores_of(subject.plan, "sleeves"), depths, strict=True)]


def _through_mm(bone: Surface, pin: PlannedBore) -> float:
    runs = runs_of(bone, pin)
    return runs[-1][1] if runs else 0.0
