"""BP-LENGTH: the length that each screw needs, measured on part and bone, against what the plan tells a surgeon.

The head's top must lie as far from the bone as offset and thickness put the outer face (which BP-FIT and BP-THICK measure on the
part); the bone along the axis is measured by other code than the plan's. A tip must not stand out of the far cortex by more than a
catalogue's step and what was asked, and a monocortical screw must stop within the bone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.words import counted
from anatofit.verify.channel_bone import runs_of
from anatofit.verify.plan_bores import bores_asked
from anatofit.verify.regions import planned
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface

_MOST_BEYOND_MM = (
    8.5  # of a tip beyond the far cortex: the widest catalogue step (5 mm) and the most that may be asked (3 mm)
)
_LEAST_LEFT_MM = 0.5  # of bone before the far cortex's outer face, of a monocortical screw


def screw_held(subject: Subject, requirement: Requirement) -> Measurement:
    """The least depth in mm from a screw's entry to where its axis leaves the bone, across canals no wider than planned."""
    entries, depths = _depths(subject, requirement)
    least = int(np.argmin(depths))
    values = {f"screw_{e['number']}_bone_mm": depth for e, depth in zip(entries, depths, strict=True)}
    return Measurement(
        depths[least], f"least of {counted(len(depths), 'screw')}: screw {entries[least]['number']}", values
    )


def screw_lengths(subject: Subject, requirement: Requirement) -> Measurement:
    """The largest difference in mm between planned and measured way from a screw's head to the bone's far side."""
    entries, depths = _depths(subject, requirement)
    bone = _host(subject)
    off: list[float] = []
    wrong: list[str] = []
    values: dict[str, float] = {}
    for entry, depth in zip(entries, depths, strict=True):
        head = _head_mm(subject, bone, entry)
        centre = float(np.linalg.norm(np.asarray(entry["centre_lps_mm"]) - np.asarray(entry["entry_lps_mm"])))
        beyond = float(entry["length_mm"]) - centre - depth
        off.append(max(head, abs(depth - float(entry["depth_mm"]))))
        values |= {f"screw_{entry['number']}_needs_mm": centre + depth, f"screw_{entry['number']}_beyond_mm": beyond}
        if not _right(entry, beyond):
            wrong.append(_said_of_tip(entry, beyond))
    worst = int(np.argmax(off))
    said = "; ".join([f"worst of {counted(len(off), 'screw')}: screw {entries[worst]['number']}", *wrong])
    return Measurement(off[worst], said, values, failed=bool(wrong))


def _host(subject: Subject) -> Surface:
    if subject.host is None:
        raise subject.absent("models/host.stl")
    host = subject.host
    return subject.once("host surface", lambda: Surface(host))


def _depths(subject: Subject, requirement: Requirement) -> tuple[list[Mapping[str, Any]], list[float]]:
    """The screws in the plan's list, and how deep the bone is beneath each entry: until a hollow that is no canal."""
    key = str(requirement.parameters.get("of", "screws"))
    bone, entries = _host(subject), list(planned(subject.plan, key))
    bores = bores_asked(subject, requirement)
    widest = float(subject.plan["hollow_mm"])
    return entries, [_end_mm(runs_of(bone, bore), widest) for bore in bores]


def _end_mm(runs: list[tuple[float, float]], widest_mm: float) -> float:
    end = 0.0
    for number, (begin, stop) in enumerate(runs):
        if number and begin - end > widest_mm:
            break
        end = stop
    return end


def _right(entry: Mapping[str, Any], beyond: float) -> bool:
    if str(entry["hold"]) == "bicortical":
        return -0.1 <= beyond <= _MOST_BEYOND_MM
    return beyond <= -_LEAST_LEFT_MM


def _said_of_tip(entry: Mapping[str, Any], beyond: float) -> str:
    where = f"{beyond:.1f} mm beyond" if beyond >= 0 else f"{-beyond:.1f} mm before"
    return f"screw {entry['number']} is {entry['hold']}, and its tip ends {where} the bone's far side"


def _head_mm(subject: Subject, bone: Surface, entry: Mapping[str, Any]) -> float:
    """How far the plan's place of a head's top lies from where offset and thickness put the outer face, in mm from the bone."""
    stations = planned(subject.plan, "stations")
    at, thick = (np.array([s[k] for s in stations], dtype=np.float64) for k in ("at_mm", "thickness_mm"))
    wanted = float(subject.plan["contact_offset_mm"]) + float(np.interp(float(entry["at_mm"]), at, thick))
    return abs(float(bone.distance_mm(np.array([entry["centre_lps_mm"]], dtype=np.float64))[0]) - wanted)
