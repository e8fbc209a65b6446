"""Where a scan is cut to show a device on a bone: through each planned cut, trajectory and hole, as its plan tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.report.directions import View

MOST = 24  # sections of one report: six rows of four
_BENEATH_MM = 45.0  # of bone beneath a slot: a tibia's width from its middle
_AROUND_MM = 12.0  # beyond the ends of what is planned
_LEAST_MM = 60.0  # a side of a window: less shows no more of the scan's pixels


@dataclass(frozen=True, eq=False)
class Section:
    """One cut through the scan: what it shows, the number of that in the plan, the window, and what is drawn as planned, (k, 2, 3)."""

    words: str
    number: int
    view: View
    centre_lps_mm: FloatArray
    side_mm: float
    planned_lps_mm: FloatArray


def sections_of(plan: Mapping[str, Any]) -> list[Section]:
    """The sections, in the plan's own order; of a plan without a cut, trajectory or hole those through its seat."""
    found = [*_slots(plan), *_sleeves(plan), *_screws(plan)] or [*_seat(plan)]
    return found[:MOST]


def _slots(plan: Mapping[str, Any]) -> Iterator[Section]:
    for number, slot in enumerate(plan.get("slots", ()), start=1):
        point, normal = _vector(slot["point_lps_mm"]), unit_vector(_vector(slot["normal_lps"]))
        up = unit_vector(_vector(slot["blade_way_lps"]))
        along = np.cross(up, normal)
        low, top, half = float(slot["low_mm"]), float(slot["top_mm"]), float(slot["length_mm"]) / 2
        centre = point + up * (top - _BENEATH_MM + low) / 2
        side = max(_LEAST_MM, top - low + _BENEATH_MM + _AROUND_MM)
        line = np.array([[point + (low - _BENEATH_MM) * up, point + (top + _AROUND_MM) * up]])
        yield Section(f"cut {number}, across its slot", number, View(along, up), centre, side, line)
        ends = [[point + s * half * along + low * up, point + s * half * along + top * up] for s in (-1, 1)]
        side = max(side, 2 * half + 2 * _AROUND_MM)
        yield Section(f"cut {number}, in its plane", number, View(normal, up), centre, side, np.array(ends))


def _sleeves(plan: Mapping[str, Any]) -> Iterator[Section]:
    for number, sleeve in enumerate(plan.get("sleeves", ()), start=1):
        entry, axis = _vector(sleeve["entry_lps_mm"]), unit_vector(_vector(sleeve["axis_lps"]))
        top, deep = float(sleeve["top_mm"]), float(sleeve["target_mm"])
        line = np.array([[entry + (top + _AROUND_MM / 2) * axis, entry - deep * axis]])
        centre, side = entry + axis * (top - deep) / 2, max(_LEAST_MM, top + deep + 2 * _AROUND_MM)
        for words, toward in zip(("along its axis", "along its axis, turned by 90°"), _across(axis), strict=True):
            yield Section(f"trajectory {number}, {words}", number, View(toward, axis), centre, side, line)


def _screws(plan: Mapping[str, Any]) -> Iterator[Section]:
    screws = [*plan.get("screws", ()), *plan.get("oblongs", ())]
    for screw in sorted(screws, key=lambda s: int(s["number"])):
        number, axis = int(screw["number"]), unit_vector(_vector(screw["axis_lps"]))
        head, length = _vector(screw["centre_lps_mm"]), float(screw["length_mm"])
        line = np.array([[head, head - length * axis]])
        view = View(_vector(screw["along_lps"]), axis)
        side = max(_LEAST_MM, length + 2 * _AROUND_MM)
        yield Section(f"screw {number}, across the plate", number, view, head - axis * length / 2, side, line)


def _seat(plan: Mapping[str, Any]) -> Iterator[Section]:
    if "seat" not in plan:
        return
    out, middle = unit_vector(_vector(plan["insertion_direction_lps"])), _vector(plan["seat"]["origin_lps_mm"])
    none = np.zeros((0, 2, 3))
    for number, toward in enumerate(_across(out), start=1):
        yield Section("through its seat", number, View(toward, out), middle, _LEAST_MM, none)


def _across(axis: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two directions square to an axis and to each other; the first as near as can be to the patient's front or head."""
    other = np.eye(3)[1 if abs(axis[1]) < 0.8 else 2]
    first = unit_vector(other - axis * float((other * axis).sum()))
    return first, np.cross(axis, first)


def _vector(values: Any) -> FloatArray:
    return np.array(values, dtype=np.float64)
