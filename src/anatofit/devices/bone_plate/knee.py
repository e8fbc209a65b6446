"""Screws that would end at the knee of a recognised bone: none is placed so, and one that the order wants so is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.bone_plate.layout import Screw
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
