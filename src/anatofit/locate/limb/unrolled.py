"""A limb unrolled: how far its skin lies from its own axis, by level and by angle around it.

Cross-sections by level and angle are the representation that fits residual limbs best (60 sections of 72 points,
doi 10.3390/prosthesis8070065).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.locate.limb.standing import Standing
from anatofit.model.frame import FloatArray

AROUND = 72  # angles
STEP_MM = 2.5  # between levels
EVEN_MM, EVEN_DEG = 4.0, 7.0  # standard deviations by which the skin is evened out: noise of 0.3 mm falls below 0.1


@dataclass(frozen=True, eq=False)
class Unrolled:
    """levels_mm: (n,) above the distal end. reach_mm: (n, AROUND) from the axis to the skin at angle i * 360 / AROUND, counted from
    the first of the limb's axes towards the second; evened out. middle_mm: (n, 2) the middles of the cuts."""

    limb: Standing
    levels_mm: FloatArray
    reach_mm: FloatArray
    middle_mm: FloatArray
    area_mm2: FloatArray

    def at(self, level_mm: float, angle_deg: float) -> float:
        """How far the evened skin lies from the axis there."""
        return float(self.along(angle_deg, np.array([level_mm]))[0])

    def along(self, angle_deg: float | FloatArray, levels_mm: FloatArray) -> FloatArray:
        """(n,) the same along a line of levels (and angles)."""
        from scipy.ndimage import map_coordinates

        row = (np.asarray(levels_mm) - self.levels_mm[0]) / STEP_MM
        column = np.broadcast_to(np.asarray(angle_deg) / 360.0 * AROUND, row.shape)
        wide = np.concatenate([self.reach_mm, self.reach_mm[:, :2], self.reach_mm[:, -2:]], axis=1)
        return np.asarray(map_coordinates(wide, [row, np.mod(column, AROUND)], order=1, mode="nearest"))

    def point_mm(self, level_mm: float, angle_deg: float) -> FloatArray:
        """(3,) the place of the evened skin, in the limb's own axes."""
        turn, reach = np.deg2rad(angle_deg), self.at(level_mm, angle_deg)
        return np.array([reach * np.cos(turn), reach * np.sin(turn), level_mm])

    def point_lps_mm(self, level_mm: float, angle_deg: float) -> FloatArray:
        """(3,) the same where the limb lies."""
        return np.asarray(self.limb.lps(self.point_mm(level_mm, angle_deg)[None])[0])


def unroll(limb: Standing) -> Unrolled:
    """The skin from just above the distal end to where it is open."""
    levels = np.arange(STEP_MM, limb.top_mm - STEP_MM / 2, STEP_MM)
    reach = np.array([_reach(limb.met(z), z) for z in levels.tolist()])
    cuts = limb.cuts(levels)
    middle = np.array([cut.middle_mm for cut in cuts])
    return Unrolled(limb, levels, _evened(reach), middle, np.array([cut.area_mm2 for cut in cuts]))


def _reach(corners: FloatArray, level_mm: float) -> FloatArray:
    """(AROUND,) the outermost crossing of each ray from the axis with the edges of a cut; nan where it meets none."""
    start, end = crossed(corners, level_mm)
    turn = 2 * np.pi * np.arange(AROUND) / AROUND
    along = np.stack([np.cos(turn), np.sin(turn)])
    beside = np.stack([-along[1], along[0]])
    one, two = start @ beside, end @ beside
    meets = (one > 0) != (two > 0)
    share = one / np.where(meets, one - two, 1.0)
    out = start @ along + share * ((end - start) @ along)
    best = np.where(meets & (out > 0), out, -np.inf).max(axis=0, initial=-np.inf)
    return np.where(np.isfinite(best), best, np.nan)


def crossed(corners: FloatArray, level_mm: float) -> tuple[FloatArray, FloatArray]:
    """(n, 2) each: the two ends of the edge that a plane across cuts out of each triangle that it meets."""
    above = corners[..., 2] >= level_mm
    alone = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), (~above).argmax(axis=1))
    row = np.arange(len(corners))
    ends = []
    for n in (1, 2):
        a, b = corners[row, alone], corners[row, (alone + n) % 3]
        share = (level_mm - a[:, 2]) / (b[:, 2] - a[:, 2])
        ends.append(a[:, :2] + share[:, None] * (b - a)[:, :2])
    return ends[0], ends[1]


def _evened(reach: FloatArray) -> FloatArray:
    """Without noise and facets; what a ray did not meet is filled from beside it."""
    from scipy.ndimage import gaussian_filter

    sigma = (EVEN_MM / STEP_MM, EVEN_DEG / 360.0 * AROUND)
    there = np.isfinite(reach)
    weight = gaussian_filter(there.astype(np.float64), sigma, mode=("nearest", "wrap"))
    return np.asarray(
        gaussian_filter(np.where(there, reach, 0.0), sigma, mode=("nearest", "wrap")) / np.maximum(weight, 1e-9)
    )
