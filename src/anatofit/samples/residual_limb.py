"""A residual limb below the knee that the project computes: nobody's limb, every point of its skin and every landmark by formula.

It is given in rings around a line that bends a little at the knee. In its own frame x is lateral, y posterior and z proximal, in mm
from the distal end; a left limb lies so in LPS as it stands, a right one is its mirror image. What a limb shows is there: patella and
tendon, tubercle and crest, the head of the fibula, both flares, a waist below the medial one, calf and thigh. It is open at the top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import IntArray, Mesh

FRONT_DEG, MEDIAL_DEG, BACK_DEG = -90.0, 180.0, 90.0  # lateral is 0
_END_MM = 40.0  # the end is rounded off over so much
# Millimetres above the joint line, radius in mm: calf, knee and thigh of an adult of middle build, rounded.
_PROFILE = np.array([(-200, 44.0), (-90, 48.0), (-50, 50.0), (-20, 51.0), (20, 54.0), (60, 57.0), (140, 62.0)])
_SHIFT_MM = np.array([(-200, 0.0), (-40, 0.0), (20, -4.0), (60, -7.0), (140, -9.0)])  # of the middle, lateral
_BACK_MM = np.array(
    [(-200, 2.0), (-90, 1.0), (-30, 0.0), (20, -4.0), (50, -5.0), (140, 3.0)]
)  # of the middle, posterior


@dataclass(frozen=True)
class _Rise:
    """A rounded rise of the skin (or hollow): where above the joint and around the limb, how wide and high.

    below_mm: its width towards the distal end where that is another. Widths are standard deviations. part: what it moves with.
    """

    above_mm: float
    at_deg: float
    along_mm: float
    around_deg: float
    high_mm: float
    below_mm: float | None = None
    part: str = ""


_RISES = (
    _Rise(44.0, FRONT_DEG + 2, 24.0, 26.0, 9.0, 22.0, "patella"),
    _Rise(18.0, FRONT_DEG + 32, 8.0, 9.0, -2.0),  # hollows beside the tendon
    _Rise(18.0, FRONT_DEG - 28, 8.0, 9.0, -2.0),
    _Rise(-30.0, FRONT_DEG + 5, 8.0, 10.0, 2.5, part="tibial_tubercle"),
    _Rise(-27.0, 14.0, 14.0, 18.0, 4.0, part="fibular_head"),
    _Rise(-4.0, -170.0, 18.0, 26.0, 3.0, part="medial_flare"),
    _Rise(-8.0, -22.0, 14.0, 18.0, 1.5, part="lateral_flare"),
    _Rise(-58.0, -150.0, 24.0, 30.0, -4.5),  # waist below the medial flare
    _Rise(-75.0, 130.0, 40.0, 38.0, 3.5),  # medial head of the calf
    _Rise(20.0, 95.0, 30.0, 30.0, -4.0),  # hollow of the knee
)
_CREST_MM, _CREST_DEG, _CREST_FROM_MM = 4.5, 16.0, -34.0
# What lies between two parts moves by the mean of their moves.
_BETWEEN = {"patellar_tendon": ("patella", "tibial_tubercle"), "popliteal": ("patella", "tibial_tubercle")}
# Landmarks: millimetres above the joint line, angle. The crest's angle is FRONT_DEG + 4 all the way.
_AT: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "patella": (38.0, FRONT_DEG + 2),
        "patellar_tendon": (-6.0, FRONT_DEG + 4),
        "tibial_tubercle": (-30.0, FRONT_DEG + 5),
        "fibular_head": (-27.0, 14.0),
        "medial_flare": (-9.0, -168.0),
        "lateral_flare": (-11.0, -18.0),
        "popliteal": (-6.0, BACK_DEG),
    }
)


@dataclass(frozen=True, eq=False)
class ResidualLimb:
    """The skin, open at the top, and what is known of it. landmarks: (3,) each on the skin; crest_mm: (n, 3) from the tubercle down.

    joint_mm: height of the joint line above the distal end.
    """

    skin: Mesh
    landmarks: Mapping[str, FloatArray]
    crest_mm: FloatArray
    joint_mm: float


def residual_limb(
    laterality: Laterality,
    *,
    joint_mm: float = 150.0,
    above_joint_mm: float = 95.0,
    girth: float = 1.0,
    moved_mm: Mapping[str, float] | None = None,
    rings: int = 110,
    around: int = 96,
) -> ResidualLimb:
    """The limb, about `2 * rings * around` triangles. joint_mm: from its distal end to the joint line; girth: of fat and muscle.
    moved_mm: how far "patella", "tibial_tubercle", "fibular_head", "medial_flare", "lateral_flare" or (under the skin, which does not
    show it) "distal_tibia" lies higher than usual, as people differ.

    laterality: R or L.
    """
    shape = _Shape(joint_mm, girth, MappingProxyType(dict(moved_mm or {})))
    low = _END_MM * (1 - np.cos(np.pi / 2 * np.linspace(0.06, 1.0, 14)))
    levels = np.concatenate([low, np.linspace(low[-1], joint_mm + above_joint_mm, rings - 13)[1:]])
    angles = np.linspace(-180.0, 180.0, around, endpoint=False)
    points = shape.points_mm(levels[:, None], angles[None])
    tip = shape.middle_mm(np.array(0.0))
    skin = np.concatenate([points.reshape(-1, 3), [[*tip, 0.0]]])
    crest = np.arange(joint_mm - 32.0, 25.0, -5.0)
    marks = {
        name: shape.points_mm(np.array(joint_mm + up + shape.moved(name)), np.array(at))
        for name, (up, at) in _AT.items()
    }
    marks |= {
        "distal_end": skin[-1],
        "distal_tibia": shape.points_mm(np.array(25.0 + shape.moved("distal_tibia")), np.array(FRONT_DEG + 4)),
    }
    return _of_side(
        laterality,
        Mesh(skin, _faces(len(levels), around)),
        marks,
        shape.points_mm(crest, np.array(FRONT_DEG + 4)),
        joint_mm,
    )


@dataclass(frozen=True)
class _Shape:
    joint_mm: float
    girth: float
    moved_mm: Mapping[str, float]

    def moved(self, part: str) -> float:
        """How far a part or landmark lies higher than usual."""
        parts = _BETWEEN.get(part, (part,))
        return sum(self.moved_mm.get(p, 0.0) for p in parts) / len(parts)

    def middle_mm(self, level_mm: FloatArray) -> FloatArray:
        """(..., 2) the middle of the ring at each level."""
        above = level_mm - self.joint_mm
        return np.stack([np.interp(above, *_smooth_shift.T), np.interp(above, *_smooth_back.T)], axis=-1)

    def points_mm(self, level_mm: FloatArray, angle_deg: FloatArray) -> FloatArray:
        """(..., 3) places on the skin."""
        reach, turn = self._reach_mm(level_mm, angle_deg), np.deg2rad(angle_deg)
        middle = np.broadcast_to(self.middle_mm(level_mm), (*reach.shape, 2))
        return np.stack(
            [
                middle[..., 0] + reach * np.cos(turn),
                middle[..., 1] + reach * np.sin(turn),
                np.broadcast_to(level_mm, reach.shape),
            ],
            axis=-1,
        )

    def _reach_mm(self, level_mm: FloatArray, angle_deg: FloatArray) -> FloatArray:
        above = level_mm - self.joint_mm
        reach = self.girth * np.interp(above, *_smooth_profile.T) * (1 + 0.02 * np.cos(2 * np.deg2rad(angle_deg)))
        reach = reach + sum(_raised(rise, above - self.moved(rise.part), angle_deg) for rise in _RISES)
        started = 1 / (1 + np.exp((above - _CREST_FROM_MM) / 6.0))
        reach = reach + _CREST_MM * started * _bell(_away(angle_deg, FRONT_DEG + 4) / _CREST_DEG)
        end = np.clip(1 - level_mm / _END_MM, 0.0, 1.0)
        return np.asarray(reach * np.sqrt(1 - end**2))


def _raised(rise: _Rise, above_mm: FloatArray, angle_deg: FloatArray) -> FloatArray:
    below = rise.along_mm if rise.below_mm is None else rise.below_mm
    along = np.where(above_mm > rise.above_mm, rise.along_mm, below)
    return (
        rise.high_mm
        * _bell((above_mm - rise.above_mm) / along)
        * _bell(_away(angle_deg, rise.at_deg) / rise.around_deg)
    )


def _away(angle_deg: FloatArray, at_deg: float) -> FloatArray:
    return np.asarray((angle_deg - at_deg + 180) % 360 - 180)


def _bell(offset: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * np.square(offset)))


def _smoothed(table: FloatArray) -> FloatArray:
    """A table without its corners."""
    at = np.arange(table[0, 0], table[-1, 0] + 1)
    kernel = np.exp(-0.5 * np.square(np.arange(-45, 46) / 15.0))
    padded = np.pad(np.interp(at, *table.T), 45, mode="edge")
    return np.stack([at, np.convolve(padded, kernel / kernel.sum(), mode="valid")], axis=1)


_smooth_profile, _smooth_shift, _smooth_back = (_smoothed(t) for t in (_PROFILE, _SHIFT_MM, _BACK_MM))


def _of_side(
    laterality: Laterality, skin: Mesh, marks: Mapping[str, FloatArray], crest: FloatArray, joint_mm: float
) -> ResidualLimb:
    if laterality is Laterality.LEFT:
        return ResidualLimb(skin, MappingProxyType(dict(marks)), crest, joint_mm)
    over = np.array([-1.0, 1.0, 1.0])
    mirrored = Mesh(skin.vertices_lps_mm * over, skin.faces[:, [0, 2, 1]])
    return ResidualLimb(mirrored, MappingProxyType({k: v * over for k, v in marks.items()}), crest * over, joint_mm)


def _faces(rings: int, around: int) -> IntArray:
    ring, side = np.meshgrid(np.arange(rings - 1), np.arange(around), indexing="ij")
    after = (side + 1) % around
    a, b, c, d = (r * around + s for r, s in ((ring, side), (ring, after), (ring + 1, side), (ring + 1, after)))
    this, then = np.arange(around), (np.arange(around) + 1) % around
    end = np.stack([then, this, np.full(around, rings * around)], axis=-1)
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3), end])
