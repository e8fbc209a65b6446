"""The plan of a cutting guide: the few numbers that a clinician approves and a build carries out."""

from __future__ import annotations

from typing import Literal

import numpy as np

from anatofit.devices.guide.layout import Frozen, Pair, Triple
from anatofit.devices.guide.planned import GuidePlan
from anatofit.model.frame import FloatArray


class Slot(Frozen):
    """A slot in its planned plane. blade_way: the direction in the plane along which the blade comes out again.

    point: the middle of the slot in the plane. low_mm and top_mm: the block around the slot, along `blade_way` from the point.
    ends: both closed; or one open, towards plus or minus of the direction blade_way x normal; `resting`: a single wall on the
    side of plus or minus the normal. hinge_mm: of a cut that ends at a hinge line, the way of the blade from the slot's mouth to
    that line, at the slot's end towards minus of that direction and at the other.
    """

    point_lps_mm: Triple
    normal_lps: Triple
    blade_way_lps: Triple
    opening_mm: float
    blade_mm: float
    length_mm: float
    wall_mm: float
    low_mm: float
    top_mm: float
    lead_in_mm: float
    open_end: Literal[-1, 0, 1] = 0
    resting: Literal[-1, 0, 1] = 0
    hinge_mm: Pair | None = None

    @property
    def frame(self) -> FloatArray:
        """`(3, 3)` columns normal, along, blade way, orthonormal to the last digit; the normal is kept."""
        n = np.array(self.normal_lps) / np.linalg.norm(self.normal_lps)
        u = np.array(self.blade_way_lps) - n * float((np.array(self.blade_way_lps) * n).sum())
        u /= np.linalg.norm(u)
        return np.column_stack([n, np.cross(u, n), u])

    @property
    def block_half_mm(self) -> Pair:
        """Half the block across the plane and along the slot."""
        return self.opening_mm / 2 + self.wall_mm, self.length_mm / 2 + self.wall_mm


class Angle(Frozen):
    """An angle at the joint before and after a correction; `name` is the one that it was located under."""

    name: str
    before_deg: float
    after_deg: float


class PlannedWedge(Frozen):
    """A wedge: the part of the bone on the distal side of its cuts turns about the hinge line by the angle, by the right hand.

    cuts: the numbers of its slots, the proximal first; their normals point proximally. In the cut and square to the hinge line:
    bridge: bone that stays whole beyond it; entry: from it to the cortex where the saw enters, the longer of two. gap: by which
    the wedge is open there, or as high as what is taken out, as a chord.
    """

    kind: Literal["opening", "closing"]
    angle_deg: float
    hinge_lps_mm: Triple
    axis_lps: Triple
    told_by: Literal["coordinates", "anatomy"]
    cuts: tuple[int, ...]
    bridge_mm: float
    entry_mm: float
    gap_mm: float
    angles: tuple[Angle, ...]


class CuttingGuidePlan(GuidePlan):
    """Everything that the build needs beside the bone."""

    device: Literal["cutting-guide"] = "cutting-guide"
    slots: tuple[Slot, ...]
    wedge: PlannedWedge | None = None

    @property
    def openings(self) -> tuple[str, ...]:
        """What is cut out of the base, in words: every cutting guide has slots."""
        return ("slots", *super().openings)
