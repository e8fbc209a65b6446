"""The plan of a drill guide: the few numbers that a clinician approves and a build carries out."""

from __future__ import annotations

from typing import Literal

import numpy as np

from anatofit.devices.guide.layout import Frozen, Sleeve, Triple
from anatofit.devices.guide.planned import GuidePlan
from anatofit.model.frame import FloatArray


class DrillSleeve(Sleeve):
    """A sleeve and its drill. target_mm: from the entry to where the tip ends; stop_mm: from the sleeve's top to there.

    bone_mm: of that way, how much is bone. insert_mm: outer diameter of the metal insert, 0 without. meets_deg: between the axis
    and the bone's own normal. lean_deg: against the way out. play_deg: by how much the drill can lean in the sleeve.
    keep_out_mm: from the drilled hole to what is kept out of; breach_deg: the lean about the entry that would reach it. None
    where there is nothing to keep out of, or where no lean reaches it.
    """

    drill_mm: float
    insert_mm: float
    target_mm: float
    stop_mm: float
    bone_mm: float
    meets_deg: float
    lean_deg: float
    play_deg: float
    keep_out_mm: float | None
    breach_deg: float | None
    mark: str

    @property
    def drilled_mm(self) -> float:
        """To the target: the drill stops there."""
        return self.target_mm

    @property
    def beyond_mm(self) -> float:
        """How far past the end of the far cortex the tip ends; 0 within the bone."""
        return 0.0 if self.depth_mm is None else max(0.0, self.target_mm - self.depth_mm)


class Beam(Frozen):
    """A bar from sleeve to sleeve over what the base cannot follow. Ends in LPS; up: the seat's way out, squared to the bar."""

    start_lps_mm: Triple
    end_lps_mm: Triple
    half_width_mm: float
    thickness_mm: float


class Plate(Frozen):
    """A name plate beside a sleeve: from its axis outward, along it from `low_mm` to `top_mm` above the entry."""

    sleeve: int
    outward_lps: Triple
    low_mm: float
    top_mm: float
    reach_mm: float
    thickness_mm: float


class KeptOut(Frozen):
    """A ball that no drill may come near."""

    point_lps_mm: Triple
    radius_mm: float


class DrillGuidePlan(GuidePlan):
    """Everything that the build needs beside the bone."""

    device: Literal["drill-guide"] = "drill-guide"
    keep_out_surface: bool
    sleeves: tuple[DrillSleeve, ...]
    keep_outs: tuple[KeptOut, ...]
    beams: tuple[Beam, ...]
    plates: tuple[Plate, ...]

    @property
    def openings(self) -> tuple[str, ...]:
        """What is cut out of the base, in words: every drill guide has channels."""
        return ("channels", *(word for word in super().openings if word != "channels"))


def plate_frame(axis_lps: Triple, outward_lps: Triple) -> FloatArray:
    """`(3, 3)` columns outward, across the plate and along the sleeve, orthonormal to the last digit; the axis is kept."""
    u = np.array(axis_lps) / np.sqrt(np.square(axis_lps).sum())
    v = np.array(outward_lps) - u * float((np.array(outward_lps) * u).sum())
    v /= np.sqrt(np.square(v).sum())
    return np.column_stack([v, np.cross(u, v), u])
