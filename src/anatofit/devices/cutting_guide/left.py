"""What a blade leaves to the hand before a wedge's hinge line, and what to order so that it leaves less; and what that costs of the hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.cutting_guide.across import SHORTEST_MM
from anatofit.devices.cutting_guide.approach import left_mm, off_entry_deg
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, WedgeCut
from anatofit.devices.cutting_guide.ways import NARROWEST_MM, WayIn
from anatofit.devices.guide.spelled import spelled
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector

WORTH = 0.5  # of what is left on the way that was taken, or of the best hold: another way that is less than twice as good is not told. Proposal


def less_left(anatomy: Anatomy, spec: CuttingGuideSpec, way_lps: FloatArray, tried: Sequence[WayIn]) -> list[str]:
    """What would leave less, where slots of known lengths leave much. tried: the ways in that were, the one that is taken first; none of
    an ordered one."""
    left, off = left_mm(spec, way_lps), off_entry_deg(spec, way_lps)
    if left < NARROWEST_MM:
        return []
    better = next((way for way in tried if way.left_mm <= WORTH * left), None)
    if better is not None:
        held = better.hold / max(tried[0].hold, 1e-9)
        less = f"{spelled('approach', better.way_lps, anatomy)} would leave {better.left_mm:.0f} mm, and the bone would hold the guide {held:.1f} times as well"
    elif not tried:
        less = (
            f"{spelled('approach', _to_entry(spec), anatomy)} would leave none, where the bone offers ground along it"
        )
    else:
        less = f"no way in that was tried offers ground and leaves half as much. {_otherwise(spec, off)}"
    return [
        f"the way in lies {off:.0f}° aslant to the hinge line, which leaves {left:.0f} mm before it to the hand: {less}"
    ]


def held_better(anatomy: Anatomy, tried: Sequence[WayIn]) -> list[str]:
    """Which way would hold the guide much better than that which was taken of those that were tried, and what it leaves to the hand."""
    best = max(tried, key=lambda way: way.score, default=None)
    if best is None or tried[0].hold > WORTH * best.hold:
        return []
    return [
        f"the bone would hold the guide {best.hold / max(tried[0].hold, 1e-9):.1f} times as well with {spelled('approach', best.way_lps, anatomy)}, "
        f"which leaves {best.left_mm:.0f} mm before the hinge line to the hand"
    ]


def _wedged(spec: CuttingGuideSpec) -> list[WedgeCut]:
    return [cut for cut in spec.surgery.cut if isinstance(cut, WedgeCut)]


def _to_entry(spec: CuttingGuideSpec) -> FloatArray:
    """The way out that is square to the hinge line."""
    return unit_vector(np.mean([cut.out for cut in _wedged(spec)], axis=0))


def _otherwise(spec: CuttingGuideSpec, off_deg: float) -> str:
    """What keeps a way in aslant, or how much a shorter slot would leave."""
    if any(cut.to_front for cut in _wedged(spec)):
        return "It keeps to the front for a fibula that nobody can see: name it ([source] neighbours)"
    least = SHORTEST_MM * float(np.tan(np.deg2rad(off_deg)))
    if all((cut.length_mm or 0.0) <= SHORTEST_MM for cut in _wedged(spec)):
        return "Let the saw enter elsewhere (start), or order the approach"
    return (
        f"With length_mm = {SHORTEST_MM:g} it would be {least:.0f} mm, and the slot would lead less of the bone's width"
    )
