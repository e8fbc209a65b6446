"""The knee of a recognised bone: whether a way would end there, and how deep it may go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.devices.guide.layout import Sleeve
from anatofit.geometry.nearest import Nearest
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Plane, unit_vector
from anatofit.model.mesh import Mesh

# From the joint plane, within which the end of a way counts as on the joint: a plateau is hollow by some 3 mm about the plane that
# was fitted to it, and cartilage and capsule begin there. Proposal.
NEAR_MM = 5.0
# Cosine to the joint's own normal: half a right angle parts what looks to the joint from what looks to the side. A plateau leans by 35
# degrees at most (locate), a condyle of 22 mm radius by 39 where it leaves the 5 mm of NEAR_MM.
FACING = 0.7071
FACING_MM = (
    2.0  # around a place its facing is told: more than a triangle of a reduced bone, less than the rounding of a rim
)
SHORT_MM = 10.0  # before the joint surface a drill is to end: a drill's mark is read to a millimetre or two, tips plunge by some more. Proposal
_BONE_LIES = {"tibia": -1.0, "femur": 1.0}  # on which side of the joint plane, whose normal looks to the head


@dataclass(frozen=True, eq=False)
class Joint:
    """The joint plane of a recognised bone; `bone_lies`: 1 where the bone is on the side of its normal, else -1."""

    plane: Plane
    bone_lies: float
    bone: Mesh

    def met_by(self, pin: Sleeve) -> bool:
        """Whether a pin's way to the end of the far cortex ends at the joint plane, or beyond it."""
        if pin.depth_mm is None:
            return False
        return self._away_mm(pin, pin.depth_mm) < NEAR_MM

    def before_mm(self, places_lps_mm: FloatArray) -> FloatArray:
        """`(...)` how far before the joint plane `(..., 3)` places lie, less than 0 beyond it."""
        away = (places_lps_mm - self.plane.point_lps_mm) * self.plane.normal_lps
        return np.asarray(self.bone_lies * away.sum(axis=-1))

    def is_surface(self, place_lps_mm: FloatArray) -> bool:
        """Whether the bone around a place on it looks to the joint, and not to the side as its rim and flanks do."""
        return looks(self.bone, place_lps_mm, -self.bone_lies * self.plane.normal_lps)

    def shunned(self, axis_lps: FloatArray, angle_deg: float) -> FloatArray:
        """(3,) the axis of a way out, turned so that the way in leads off the joint by the tangent of an angle."""
        if not angle_deg:
            return axis_lps
        return unit_vector(axis_lps - np.tan(np.deg2rad(angle_deg)) * self.bone_lies * self.plane.normal_lps)

    def deepest_mm(self, pin: Sleeve) -> float:
        """How deep such a pin may go: to 10 mm before its way's end, and to 5 mm before the joint plane; 0 where it begins there."""
        begins, ends = self._away_mm(pin, 0.0), self._away_mm(pin, pin.depth_mm or 0.0)
        if pin.depth_mm is None or begins <= max(ends, NEAR_MM):
            return 0.0
        return max(0.0, min(pin.depth_mm - SHORT_MM, pin.depth_mm * (begins - NEAR_MM) / (begins - ends)))

    def _away_mm(self, pin: Sleeve, deep_mm: float) -> float:
        """How far before the joint plane the axis of a pin is at a depth, less than 0 beyond it."""
        return float(self.before_mm(np.array(pin.entry_lps_mm) - deep_mm * np.array(pin.axis_lps)))


def looks(bone: Mesh, place_lps_mm: FloatArray, way_lps: FloatArray) -> bool:
    """Whether the bone around a place on it looks a way: by more than half a right angle's cosine."""
    return bool((facing_at(bone, place_lps_mm) * way_lps).sum() > FACING)


def facing_at(bone: Mesh, place_lps_mm: FloatArray) -> FloatArray:
    """(3,) where the bone around a place on it looks."""
    reach = np.array([[-FACING_MM], [FACING_MM]])
    return np.asarray(Nearest(bone, bounds_mm=place_lps_mm + reach).facing(place_lps_mm[None], radius_mm=FACING_MM)[0])


def joint_of(anatomy: Anatomy) -> Joint | None:
    """The knee of a recognised tibia or femur; None of any other bone, and where none was recognised."""
    if anatomy.bone not in _BONE_LIES or "joint" not in anatomy.planes:
        return None
    return Joint(anatomy.planes["joint"], _BONE_LIES[anatomy.bone], anatomy.surfaces["host"])
