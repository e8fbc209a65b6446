"""The slots of a plan, as numbers: where a blade is to go, in coordinates across its plane, along the slot and along the blade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.regions import planned
from anatofit.verify.surface import BoolArray

_TOUCH_MM = 0.05  # what lies so near to a planned wall is that wall: the bound of issue 4 for planes and axes
_BEYOND_MM = 0.1  # past the ends of a planned channel


@dataclass(frozen=True)
class PlannedSlot:
    """A slot: its middle in the planned plane, and columns normal, along, blade's way out.

    low_mm and top_mm along the blade from the middle; open_end: +1 or -1 where that end is open; resting: +1 or -1 where there is
    one wall alone, on that side of the plane, half a blade from it.
    """

    number: int
    point_lps_mm: FloatArray
    frame: FloatArray
    opening_mm: float
    blade_mm: float
    length_mm: float
    low_mm: float
    top_mm: float
    lead_in_mm: float
    open_end: int
    resting: int

    def local(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(..., 3)` points: across the plane, along the slot, along the blade's way out."""
        return np.asarray((points_lps_mm - self.point_lps_mm) @ self.frame)

    def lps(self, local_mm: FloatArray) -> FloatArray:
        """The way back."""
        return np.asarray(self.point_lps_mm + local_mm @ self.frame.T)

    @property
    def walls_mm(self) -> dict[int, float]:
        """The sides of the plane on which there is to be a wall, and how far from the plane."""
        half = self.opening_mm / 2
        return {self.resting: self.blade_mm / 2} if self.resting else {1: half, -1: half}

    @property
    def ends_mm(self) -> dict[int, float]:
        """The ends that are to be closed, and where they are along the slot."""
        closed = () if self.resting else (s for s in (1, -1) if s != self.open_end)
        return {s: s * self.length_mm / 2 for s in closed}

    def on_walls(self, points_lps_mm: FloatArray) -> BoolArray:
        """Which of the points lie on the slot's planned walls, ends or mouth, above its lowest place or beneath it."""
        across, along, up = np.moveaxis(self.local(points_lps_mm), -1, 0)
        widen = np.clip(up - (self.top_mm - self.lead_in_mm), 0.0, None) if self.lead_in_mm > 0 else np.zeros(len(up))
        half, long = self.opening_mm / 2 + widen, self.length_mm / 2 + widen
        within = up < self.top_mm + _BEYOND_MM
        if self.resting:
            return np.asarray(within & (np.abs(across - self.resting * self.blade_mm / 2) < _TOUCH_MM))
        inside = (np.abs(across) < half + _TOUCH_MM) & (np.abs(along) < long + _TOUCH_MM)
        if self.open_end:
            inside |= (np.abs(across) < half + _TOUCH_MM) & (self.open_end * along > 0)
        return np.asarray(within & inside)


def slots_of(plan: Mapping[str, Any]) -> list[PlannedSlot]:
    """The plan's slots. Raises ValueError where there are none."""
    found = [_slot(entry, number) for number, entry in enumerate(planned(plan, "slots"), start=1)]
    if not found:
        raise ValueError("the plan has no slots; this requirement is made only where it has some")
    return found


def _slot(entry: Mapping[str, Any], number: int) -> PlannedSlot:
    normal, way = (unit_vector(np.asarray(entry[k], dtype=np.float64)) for k in ("normal_lps", "blade_way_lps"))
    up = unit_vector(way - normal * float(way @ normal))
    return PlannedSlot(
        number=number,
        point_lps_mm=np.asarray(entry["point_lps_mm"], dtype=np.float64),
        frame=np.column_stack([normal, np.cross(up, normal), up]),
        **{k: float(entry[k]) for k in ("opening_mm", "blade_mm", "length_mm", "low_mm", "top_mm", "lead_in_mm")},
        open_end=int(entry.get("open_end", 0)),
        resting=int(entry.get("resting", 0)),
    )
