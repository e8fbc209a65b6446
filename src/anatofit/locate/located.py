"""What is found on a bone by its shape: landmarks, planes, angles and the side, each with what speaks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.model.frame import FloatArray, Laterality, Plane, unit_vector


@dataclass(frozen=True, eq=False)
class LocatedBone:
    """A bone that was recognised. planes: "joint" (normal towards the head), "coronal" (normal to the front) and "sagittal" (normal
    to the medial side), the last two through the mechanical axis. figures: each name ends in its unit."""

    bone: str
    laterality: Laterality
    landmarks: Mapping[str, FloatArray]
    planes: Mapping[str, Plane]
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Sign:
    """A proportion that a kind of bone always shows: measured, and the range in which it is believed."""

    what: str
    measured: float
    least: float
    most: float = np.inf

    @property
    def shown(self) -> bool:
        """Whether the bone shows it."""
        return bool(self.least <= self.measured <= self.most)

    def __str__(self) -> str:
        wanted = f"{self.least:g} to {self.most:g}" if np.isfinite(self.most) else f"{self.least:g} or more"
        return f"{self.what} is {self.measured:.2f}, {wanted} is wanted"


def lacking(signs: Sequence[Sign]) -> tuple[str, ...]:
    """The signs that are not shown, as words."""
    return tuple(str(sign) for sign in signs if not sign.shown)


@dataclass(frozen=True)
class Unlike:
    """Why a shape is not taken for the bone."""

    why: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class BoneAxes:
    """Directions of a bone: up towards the head, front, and medial, at right angles; left-handed on a right bone seen in LPS."""

    up_lps: FloatArray
    front_lps: FloatArray
    medial_lps: FloatArray

    @classmethod
    def of(cls, up: FloatArray, across: FloatArray, *, front_like: FloatArray, medial_like: FloatArray) -> BoneAxes:
        """up stays; medial lies as `across` does, both signs by what the shape shows."""
        up = unit_vector(up)
        front = unit_vector(np.cross(across, up))
        medial = np.cross(up, front)
        return cls(up, front * _sign(float(front @ front_like)), medial * _sign(float(medial @ medial_like)))

    @property
    def laterality(self) -> Laterality:
        """On the left, medial is to the patient's right of one who looks to the front: the triple is right-handed there."""
        turned = float(np.dot(np.cross(self.medial_lps, self.front_lps), self.up_lps))
        return Laterality.LEFT if turned > 0 else Laterality.RIGHT

    def local(self, direction_lps: FloatArray) -> FloatArray:
        """(3,) a direction as medial, front and up."""
        return np.array([direction_lps @ axis for axis in (self.medial_lps, self.front_lps, self.up_lps)])

    def frontal_angle_deg(self, joint_normal_lps: FloatArray) -> float:
        """Between the mechanical axis and a joint line seen from the front: below 90 where it falls towards the medial side on a
        tibia (MPTA), towards the medial condyle on a femur (LDFA)."""
        return 90.0 - float(np.degrees(np.arctan2(joint_normal_lps @ self.medial_lps, joint_normal_lps @ self.up_lps)))

    def slope_deg(self, joint_normal_lps: FloatArray) -> float:
        """By how much a joint surface falls towards the back, against the right angle to the mechanical axis."""
        return float(np.degrees(np.arctan2(-joint_normal_lps @ self.front_lps, joint_normal_lps @ self.up_lps)))

    def planes(self, knee_lps_mm: FloatArray, joint_normal_lps: FloatArray) -> dict[str, Plane]:
        """The three planes of the bone through the middle of its knee."""
        return {
            "joint": Plane(knee_lps_mm, joint_normal_lps),
            "coronal": Plane(knee_lps_mm, self.front_lps),
            "sagittal": Plane(knee_lps_mm, self.medial_lps),
        }


def _sign(value: float) -> float:
    return 1.0 if value >= 0 else -1.0
