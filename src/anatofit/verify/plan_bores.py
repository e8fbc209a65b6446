"""The round channels of a plan, as numbers: pins, sleeves; axis outward from where it enters the bone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.regions import planned
from anatofit.verify.subject import Subject
from anatofit.verify.surface import BoolArray

_TOUCH_MM = 0.05  # what lies so near to a planned wall is that wall: the bound of issue 4 for planes and axes


@dataclass(frozen=True)
class PlannedBore:
    """A channel: entry on the bone, unit axis outward, from `low_mm` to `top_mm` along it; `depth_mm` as the plan says it, or None."""

    number: int
    entry_lps_mm: FloatArray
    axis_lps: FloatArray
    diameter_mm: float
    low_mm: float
    top_mm: float
    depth_mm: float | None

    def along_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(n,)` how far along the axis from the entry."""
        return np.asarray((points_lps_mm - self.entry_lps_mm) @ self.axis_lps)

    def aside(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(n, 3)` the way from the axis to each point, square to the axis."""
        rest = points_lps_mm - self.entry_lps_mm
        return np.asarray(rest - np.multiply.outer(rest @ self.axis_lps, self.axis_lps))

    def on_walls(self, points_lps_mm: FloatArray) -> BoolArray:
        """Which of the points lie in the planned channel or on its wall, at any height."""
        aside = np.linalg.norm(self.aside(points_lps_mm), axis=1)
        return np.asarray(aside < self.diameter_mm / 2 + _TOUCH_MM)


def bores_of(plan: Mapping[str, Any], key: str) -> list[PlannedBore]:
    """The channels in a list of the plan."""
    return [_bore(entry, number) for number, entry in enumerate(planned(plan, key), start=1)]


def bores_asked(subject: Subject, requirement: Requirement) -> list[PlannedBore]:
    """The channels that a requirement is about (`of`: the plan's list). Raises ValueError where there are none."""
    key = str(requirement.parameters.get("of", "pins"))
    found = bores_of(subject.plan, key)
    if not found:
        raise ValueError(f"the plan's list {key!r} has no channels; this requirement is made only where it has some")
    return found


def windows_of(plan: Mapping[str, Any]) -> list[PlannedBore]:
    """Windows as channels without an end."""
    return [_window(entry, number) for number, entry in enumerate(planned(plan, "windows"), start=1)]


def _bore(entry: Mapping[str, Any], number: int) -> PlannedBore:
    depth = entry.get("depth_mm")
    return PlannedBore(
        number=number,
        entry_lps_mm=np.asarray(entry["entry_lps_mm"], dtype=np.float64),
        axis_lps=unit_vector(np.asarray(entry["axis_lps"], dtype=np.float64)),
        **{k: float(entry[k]) for k in ("diameter_mm", "low_mm", "top_mm")},
        depth_mm=None if depth is None else float(depth),
    )


def _window(entry: Mapping[str, Any], number: int) -> PlannedBore:
    return PlannedBore(
        number=number,
        entry_lps_mm=np.asarray(entry["centre_lps_mm"], dtype=np.float64),
        axis_lps=unit_vector(np.asarray(entry["axis_lps"], dtype=np.float64)),
        diameter_mm=float(entry["diameter_mm"]),
        low_mm=-np.inf,
        top_mm=np.inf,
        depth_mm=None,
    )
