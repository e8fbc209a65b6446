"""Pins that would leave a recognised bone through its knee: whether one does, and what is said of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.guide.layout import Sleeve
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Plane

# From the joint plane, within which the end of a way counts as on the joint: a plateau is hollow by some 3 mm about the plane that
# was fitted to it, and cartilage and capsule begin there. Proposal.
NEAR_MM = 5.0
SHORT_MM = 10.0  # before the joint surface a drill is to end: a drill's mark is read to a millimetre or two, tips plunge by some more. Proposal
_BONE_LIES = {"tibia": -1.0, "femur": 1.0}  # on which side of the joint plane, whose normal looks to the head


@dataclass(frozen=True, eq=False)
class Joint:
    """The joint plane of a recognised bone; `bone_lies`: 1 where the bone is on the side of its normal, else -1."""

    plane: Plane
    bone_lies: float

    def met_by(self, pin: Sleeve) -> bool:
        """Whether a pin's way to the end of the far cortex ends at the joint plane, or beyond it."""
        if pin.depth_mm is None:
            return False
        return self._away_mm(pin, pin.depth_mm) < NEAR_MM

    def before_mm(self, places_lps_mm: FloatArray) -> FloatArray:
        """`(...)` how far before the joint plane `(..., 3)` places lie, less than 0 beyond it."""
        away = (places_lps_mm - self.plane.point_lps_mm) * self.plane.normal_lps
        return np.asarray(self.bone_lies * away.sum(axis=-1))

    def deepest_mm(self, pin: Sleeve) -> float:
        """How deep such a pin may go: to 10 mm before its way's end, and to 5 mm before the joint plane; 0 where it begins there."""
        begins, ends = self._away_mm(pin, 0.0), self._away_mm(pin, pin.depth_mm or 0.0)
        if pin.depth_mm is None or begins <= max(ends, NEAR_MM):
            return 0.0
        return max(0.0, min(pin.depth_mm - SHORT_MM, pin.depth_mm * (begins - NEAR_MM) / (begins - ends)))

    def _away_mm(self, pin: Sleeve, deep_mm: float) -> float:
        """How far before the joint plane the axis of a pin is at a depth, less than 0 beyond it."""
        return float(self.before_mm(np.array(pin.entry_lps_mm) - deep_mm * np.array(pin.axis_lps)))


def joint_of(anatomy: Anatomy) -> Joint | None:
    """The knee of a recognised tibia or femur; None of any other bone, and where none was recognised."""
    if anatomy.bone not in _BONE_LIES or "joint" not in anatomy.planes:
        return None
    return Joint(anatomy.planes["joint"], _BONE_LIES[anatomy.bone])


def joint_notes(joint: Joint | None, pins: Sequence[Sleeve]) -> list[str]:
    """What a surgeon must know of each pin that ends at the knee when it is drilled through both cortices."""
    met = [] if joint is None else [(n, pin) for n, pin in enumerate(pins, start=1) if joint.met_by(pin)]
    return [_said(n, pin, joint.deepest_mm(pin)) for n, pin in met if joint is not None]


def _said(number: int, pin: Sleeve, deepest_mm: float) -> str:
    most = math.floor(deepest_mm)
    do = f"drill no deeper than {most} mm" if most > 0 else "see whether it may stand there"
    return (
        f"pin {number} would leave the bone through the knee's joint surface after {pin.depth_mm or 0.0:.0f} mm: {do}"
    )
