"""How a screw holds the bone: in both cortices or in the near one, how long it is for that, and why it holds less than the design says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    needed, length = _stopping(spec, outer, depth, spec.screw_in_bone_mm if hold == "monocortical" else np.inf)
    return "monocortical", needed, length, length - outer - depth


def shorter(screw: Screw, spec: BonePlateSpec) -> Iterator[Screw]:
    """The screw of every length of the catalogue that stops before the far cortex, the longest first, down to the bone that is held by
    one that the order wants in the near cortex; none where it wants all of them there."""
    if spec.screw_hold != "bicortical":
        return
    outer = _outer_mm(screw)
    (_, most), (_, least) = (_stopping(spec, outer, screw.depth_mm, deep) for deep in (np.inf, spec.screw_in_bone_mm))
    for steps in range(round((most - least) / spec.screw_step_mm) + 1):
        length = round(most - steps * spec.screw_step_mm, 3)
        beyond = round(length - outer - screw.depth_mm, 3)
        sizes = {"hold": "monocortical", "needed_mm": length, "length_mm": length, "beyond_mm": beyond}
        yield screw.model_copy(update=sizes)


def _stopping(spec: BonePlateSpec, outer: float, depth: float, deep: float) -> tuple[float, float]:
    """The greatest length of a screw that goes so deep and stops before the far cortex, and the next one of the catalogue below."""
    needed = outer + min(deep, depth - BEFORE_FAR_MM)
    return needed, float(
        np.floor(round(min(needed, spec.screw_longest_mm) / spec.screw_step_mm, 6))
    ) * spec.screw_step_mm


def _outer_mm(screw: Screw) -> float:
    """From the bone to the outer face along its axis."""
    return float(np.linalg.norm(np.subtract(screw.centre_lps_mm, screw.entry_lps_mm)))


def _through(spec: BonePlateSpec, outer: float, depth: float) -> tuple[float, float]:
    """The length that a screw through both cortices needs, and the next one of the catalogue."""
    needed = outer + depth + spec.screw_beyond_mm
    return needed, float(np.ceil(round(needed / spec.screw_step_mm, 6))) * spec.screw_step_mm


def hold_notes(screws: Sequence[Screw], spec: BonePlateSpec, keeps: Sequence[Keep], joint: Joint | None) -> list[str]:
    """Which screws hold the near cortex alone where the design asks for both, how long they are, and why, each with its own cause.

    screws: in the order in which they were placed.
    """
    if spec.screw_hold != "bicortical":
        return []
    near = [(n, s) for n, s in enumerate(screws) if s.hold == "monocortical"]
    found = [(_cause(s, spec, keeps, joint, screws[:n]), s) for n, s in near]
    return [_said([s for why, s in found if why == cause], cause) for cause in dict.fromkeys(why for why, _ in found)]


def _said(screws: Sequence[Screw], cause: str) -> str:
    who = (
        f"screw {screws[0].number} is" if len(screws) == 1 else f"screws {', '.join(str(s.number) for s in screws)} are"
    )
    lengths = [f"{s.length_mm:g}" for s in screws]
    long = lengths[0] if len(set(lengths)) == 1 else listed(lengths)
    return f"{who} monocortical, in the near cortex alone, and {long} mm long: {cause}"


def _cause(
    screw: Screw, spec: BonePlateSpec, keeps: Sequence[Keep], joint: Joint | None, before: Sequence[Screw]
) -> str:
    ordered = spec.surgery.screw
    if ordered and ordered[screw.number - 1].hold == "monocortical":
        return "so the order asks (hold)"
    _, length = _through(spec, _outer_mm(screw), screw.depth_mm)
    if length > spec.screw_longest_mm:
        said = f"the longest of the catalogue ({spec.screw_longest_mm:g} mm) does not reach through the far one"
        longest = next(shorter(screw, spec))
        if screw.length_mm == longest.length_mm:
            return said
        return f"{said}, and would come too near to {listed(met_by(longest, spec, keeps, joint, before))}"
    through = screw.model_copy(update={"hold": "bicortical", "length_mm": length})
    met = met_by(through, spec, keeps, joint, before)
    return f"a screw through the far one would come too near to {listed(met)}, and so would longer ones"
