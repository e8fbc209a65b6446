"""What a surgeon must know of a drill guide's sleeves and pins before they are used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anatofit.devices.drill_guide.layout import DrillSleeve
from anatofit.devices.drill_guide.spec import DrillPlan
from anatofit.devices.guide.exits import Back, back_of
from anatofit.devices.guide.layout import Sleeve
from anatofit.devices.guide.sleeves import moved
from anatofit.model.anatomy import Anatomy

SLIPS_DEG = 45.0  # a drill that meets bone more aslant slips unless it is led to the bone: proposal
THROUGH_MM = 0.5  # of a tip beyond the far cortex: less is the bone's own roughness


def moved_notes(plan: DrillPlan, sleeves: Sequence[DrillSleeve], pins: Sequence[Sleeve]) -> Iterator[str]:
    """Which entries of the plan were brought onto the bone."""
    yield from moved("trajectory", [t.entry for t in plan.trajectory], sleeves)
    yield from moved("pin", [pin.entry for pin in plan.pin], pins if plan.pin else ())


def drilling_notes(anatomy: Anatomy, sleeves: Sequence[DrillSleeve]) -> Iterator[str]:
    """What a surgeon should see of each trajectory."""
    back = back_of(anatomy)
    yield from (said for n, s in enumerate(sleeves, start=1) for said in _warnings(n, s, back))


def _warnings(number: int, found: DrillSleeve, back: Back | None) -> Iterator[str]:
    """What a surgeon should see of a trajectory before it is drilled."""
    name = f"trajectory {number}"
    if found.meets_deg > SLIPS_DEG:
        yield f"{name} meets the bone {found.meets_deg:.0f}° off its normal: a drill may slip; see whether a burr should prepare the entry"
    if found.beyond_mm > THROUGH_MM:
        behind = back is not None and back.left_by(found)
        where = " at the bone's back, where vessels and nerves run" if behind else ""
        yield f"the tip of {name} ends {found.beyond_mm:.1f} mm beyond the far cortex{where}: see whether that is meant"
    elif found.bone_mm < found.target_mm - THROUGH_MM:
        hollow = found.target_mm - found.bone_mm
        yield f"{hollow:.1f} mm of the way of {name} to its target are not bone: see whether that is meant"
