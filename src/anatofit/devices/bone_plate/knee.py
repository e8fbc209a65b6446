"""Screws that end at the knee of a recognised bone, or stand out of its back: none is placed in the knee, and all are told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.bone_plate.layout import Screw
from anatofit.devices.guide.exits import Back
from anatofit.devices.guide.joint import NEAR_MM, Joint
from anatofit.model.frame import FloatArray

_DO = {"bicortical": "aim it away, or let it stop before (hold)", "monocortical": "aim it away, or move it"}


def tip_lps_mm(screw: Screw) -> FloatArray:
    """(3,) where a screw of its length ends."""
    return np.array(screw.centre_lps_mm) - screw.length_mm * np.array(screw.axis_lps)


def ends_at_knee(joint: Joint | None, screw: Screw) -> bool:
    """Whether its tip lies within 5 mm of the joint plane, or beyond."""
    return joint is not None and float(joint.before_mm(tip_lps_mm(screw))) < NEAR_MM


def knee_notes(joint: Joint | None, screws: Sequence[Screw]) -> list[str]:
    """What a surgeon must know of each screw that ends there."""
    return [
        f"screw {screw.number} ends {_said(float(joint.before_mm(tip_lps_mm(screw))))} the knee's joint plane: {_DO[screw.hold]}"
        for screw in screws
        if joint is not None and ends_at_knee(joint, screw)
    ]


def _said(before_mm: float) -> str:
    return (
        f"{before_mm:.0f} mm before"
        if before_mm >= 0.5
        else f"{-before_mm:.0f} mm beyond"
        if before_mm <= -0.5
        else "on"
    )


def back_notes(back: Back | None, screws: Sequence[Screw]) -> list[str]:
    """One sentence of all screws whose tips stand out of the bone's back."""
    out = [s for s in screws if back is not None and s.beyond_mm > 0.0 and back.left_by(s)]
    if not out:
        return []
    who = f"screw {out[0].number} stands" if len(out) == 1 else f"screws {', '.join(str(s.number) for s in out)} stand"
    return [
        f"{who} out of the bone at its back, by {max(s.beyond_mm for s in out):.1f} mm{' at most' * (len(out) > 1)}: vessels and nerves run "
        "there, see whether to hold the near cortex alone (hold) or to aim elsewhere"
    ]
