"""How a screw holds the bone: in both cortices or in the near one, how long it is for that, and why it holds less than the design says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from anatofit.devices.bone_plate.clear import met_by
from anatofit.devices.bone_plate.layout import Keep, Screw
from anatofit.devices.bone_plate.spec import BonePlateSpec
from anatofit.devices.envelope import read_envelope
from anatofit.devices.guide.joint import Joint
from anatofit.model.words import listed

Hold = Literal["bicortical", "monocortical"]
MEASURED_MM = (
    0.01  # of bone beneath a placed screw above BP-BONE's limit: plan and measure differ by less, as files hold float32
)
BEFORE_FAR_MM = 1.0  # a monocortical screw stops so far before the far cortex's outer face: proposal


def least_bone_mm() -> float:
    """The bone that a screw must find along its axis, wherever it ends itself (BP-BONE)."""
    return float(read_envelope(__package__).rows["bone_mm"].min or 0.0)


def screw_length(spec: BonePlateSpec, hold: Hold, outer: float, depth: float) -> tuple[Hold, float, float, float]:
    """Hold, needed length, catalogue length, and how far the tip then stands beyond the far cortex."""
    if hold == "bicortical":
        needed, length = _through(spec, outer, depth)
        if length <= spec.screw_longest_mm:
            return hold, needed, length, length - outer - depth
    needed = outer + min(spec.screw_in_bone_mm if hold == "monocortical" else np.inf, depth - BEFORE_FAR_MM)
    length = float(np.floor(round(min(needed, spec.screw_longest_mm) / spec.screw_step_mm, 6))) * spec.screw_step_mm
    return "monocortical", needed, length, length - outer - depth


def _through(spec: BonePlateSpec, outer: float, depth: float) -> tuple[float, float]:
    """The length that a screw through both cortices needs, and the next one of the catalogue."""
    needed = outer + depth + spec.screw_beyond_mm
    return needed, float(np.ceil(round(needed / spec.screw_step_mm, 6))) * spec.screw_step_mm


def hold_notes(screws: Sequence[Screw], spec: BonePlateSpec, keeps: Sequence[Keep], joint: Joint | None) -> list[str]:
    """Which screws hold the near cortex alone where the design asks for both, each with its own cause.

    screws: in the order in which they were placed.
    """
    if spec.screw_hold != "bicortical":
        return []
    near = [(n, s) for n, s in enumerate(screws) if s.hold == "monocortical"]
    found = [(_cause(s, spec, keeps, joint, screws[:n]), str(s.number)) for n, s in near]
    return [_said([n for why, n in found if why == cause], cause) for cause in dict.fromkeys(why for why, _ in found)]


def _said(numbers: Sequence[str], cause: str) -> str:
    who = f"screw {numbers[0]} is" if len(numbers) == 1 else f"screws {', '.join(numbers)} are"
    return f"{who} monocortical, in the near cortex alone: {cause}"


def _cause(
    screw: Screw, spec: BonePlateSpec, keeps: Sequence[Keep], joint: Joint | None, before: Sequence[Screw]
) -> str:
    ordered = spec.surgery.screw
    if ordered and ordered[screw.number - 1].hold == "monocortical":
        return "so the order asks (hold)"
    outer = float(np.linalg.norm(np.subtract(screw.centre_lps_mm, screw.entry_lps_mm)))
    _, length = _through(spec, outer, screw.depth_mm)
    if length > spec.screw_longest_mm:
        return f"the longest of the catalogue ({spec.screw_longest_mm:g} mm) does not reach through the far one"
    through = screw.model_copy(update={"hold": "bicortical", "length_mm": length})
    return f"a screw through the far one would come too near to {listed(met_by(through, spec, keeps, joint, before))}"
