"""What of an insole's own shape tells which foot it is for: its arch, or its front end, which reaches further on the medial side."""

from __future__ import annotations

from typing import Literal

import numpy as np

from anatofit.devices.insole.layout import InsolePlan

# An arch so much lower than this does not tell the sides apart by shape: half of the lowest arches of adults, proposal.
ARCH_TELLS_MM = 4.0
# A part's own long axis may lie some 2° off the plan's, which is 2 mm between the middles of both halves of a ball; thrice that: proposal.
FRONT_TELLS_MM = 6.0
ARCH_SHARE = (0.34, 0.56)  # of the foot's length, from the heel, over which its arch stands
BAND = (
    0.35,
    0.75,
)  # of half the width, on each side of the middle: where its front is looked for, off corners and middle
UNTOLD = (
    "the insole's own shape does not tell its side (posting or fill hides its arch, and its front end is even): that it is for the ordered foot was not "
    "proved from the part. Its letters alone tell it"
)


def told_by(plan: InsolePlan) -> Literal["arch", "front"] | None:
    """What a check can tell the side of the part by."""
    if arch_over_lateral_mm(plan) >= ARCH_TELLS_MM:
        return "arch"
    return "front" if front_beyond_lateral_mm(plan) >= FRONT_TELLS_MM else None


def arch_over_lateral_mm(plan: InsolePlan) -> float:
    """By how much the plan lets the medial border of the midfoot rise above the lateral one: arch support counted, and the most that
    posting may take off."""
    middle = plan.ceilings[len(plan.ceilings) * 9 // 20]
    raised = sum(r.height_mm for r in plan.raised if r.kind == "arch")
    valgus = max((-post.value for post in plan.posting), default=0.0)
    lowered = float(np.ptp([y for _, y in plan.outline_mm]) * np.tan(np.deg2rad(max(valgus, 0.0))))
    return middle.medial_mm + raised - middle.lateral_mm - lowered


def front_beyond_lateral_mm(plan: InsolePlan) -> float:
    """By how much the outline reaches further to the front on its medial half than on its lateral one."""
    x, medial = np.array(plan.outline_mm).T * np.array([[1.0], [plan.frame.medial_sign]])
    off = (medial - (medial.max() + medial.min()) / 2) / (np.ptp(medial) / 2)
    inner, outer = (float(x[(s * off > BAND[0]) & (s * off < BAND[1])].max()) for s in (1, -1))
    return inner - outer


def arch_share(plan: InsolePlan) -> tuple[float, float]:
    """Where the arch stands, as shares of the insole's own length from the heel."""
    start, end = (f([x for x, _ in plan.outline_mm]) for f in (min, max))
    foot = plan.ceilings[0].x_mm, plan.ceilings[-1].x_mm
    low, high = ((foot[0] + s * (foot[1] - foot[0]) - start) / (end - start) for s in ARCH_SHARE)
    return round(low, 4), round(high, 4)
