"""How a screw holds the bone: in both cortices or in the near one, how long it is for that, and why it holds less than the design says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from anatofit.devices.bone_plate.layout import Screw
from anatofit.devices.bone_plate.spec import BonePlateSpec

Hold = Literal["bicortical", "monocortical"]
BEFORE_FAR_MM = 1.0  # a monocortical screw stops so far before the far cortex's outer face: proposal


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


def hold_notes(screws: Sequence[Screw], spec: BonePlateSpec, *, joint: bool) -> list[str]:
    """Which screws hold the near cortex alone where the design asks for both, each with its one cause. joint: whether one is known."""
    if spec.screw_hold != "bicortical":
        return []
    found = [(_cause(s, spec, joint=joint), str(s.number)) for s in screws if s.hold == "monocortical"]
    return [_said([n for why, n in found if why == cause], cause) for cause in dict.fromkeys(why for why, _ in found)]


def _said(numbers: Sequence[str], cause: str) -> str:
    who = f"screw {numbers[0]} is" if len(numbers) == 1 else f"screws {', '.join(numbers)} are"
    return f"{who} monocortical, in the near cortex alone: {cause}"


def _cause(screw: Screw, spec: BonePlateSpec, *, joint: bool) -> str:
    ordered = spec.surgery.screw
    if ordered and ordered[screw.number - 1].hold == "monocortical":
        return "so the order asks (hold)"
    outer = float(np.linalg.norm(np.subtract(screw.centre_lps_mm, screw.entry_lps_mm)))
    _, length = _through(spec, outer, screw.depth_mm)
    if length > spec.screw_longest_mm:
        return f"the longest of the catalogue ({spec.screw_longest_mm:g} mm) does not reach through the far one"
    return f"placed through the far one it would come too near to {' or '.join(_in_the_way(spec, joint=joint))}"


def _in_the_way(spec: BonePlateSpec, *, joint: bool) -> Iterator[str]:
    """What a placed screw keeps off in this plan."""
    if spec.surgery.line:
        yield "a line"
    yield "another screw"
    if joint:
        yield "the knee"
