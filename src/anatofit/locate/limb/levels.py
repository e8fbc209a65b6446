"""At which levels the parts of a knee lie: what anatomy says of their distances, and what the skin of this limb shows of them.

Distances are those of adults' bones at the reference size, each with its standard deviation between people: the lower pole of the
patella lies a tendon's length (45 to 50 mm, Insall and Salvati 1971) above the tubercle, and some 17 mm above the joint: its joint surface
ends as far above the plateau as it is long, 30 mm, and the pole lies 12 mm lower (Caton and Deschamps 1982). The tubercle lies some 30 mm below
the joint line, the head of the fibula stands out furthest 20 to 30 mm below it. All are proposals, to be confirmed.
Levels and what is seen of them are put together as Gaussians (Kalman 1960): each level then has a standard deviation of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.frame import FloatArray

# name: millimetres above the joint line at the reference size, and standard deviation.
_ABOVE_JOINT = {
    "joint": (0.0, 0.0),
    "patella": (39.0, 6.0),  # its middle
    "patella_pole": (17.0, 5.0),
    "tibial_tubercle": (-31.0, 5.0),
    "fibular_head": (-26.0, 5.0),
    "medial_flare": (-9.0, 4.0),
    "lateral_flare": (-11.0, 4.0),
}
_LEAST_SD_MM = 5.0  # of the joint's level by recognition at its best
_WHOLE_MM = 95.0  # of skin above the joint show all that recognition looks for
# For each millimetre that lacks, the level that is found sinks by so much (0.03 on the project's computed limb, 0.1 to 0.2 on
# three scans that were trimmed step by step), and is known less well.
_SINKS, _LESS_SURE = 0.12, 0.12


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels above the distal end with the covariance of their errors, in mm and square mm."""

    names: tuple[str, ...]
    level_mm: FloatArray
    covariance_mm2: FloatArray

    def of(self, name: str) -> tuple[float, float]:
        """Level and standard deviation in mm."""
        i = self.names.index(name)
        return float(self.level_mm[i]), float(np.sqrt(self.covariance_mm2[i, i]))

    def between(self, one: str, other: str) -> tuple[float, float]:
        """The level halfway between two, and its standard deviation, in mm."""
        pair = [self.names.index(one), self.names.index(other)]
        variance = self.covariance_mm2[np.ix_(pair, pair)].sum() / 4
        return float(self.level_mm[pair].mean()), float(np.sqrt(variance))

    def seen(self, names: str | tuple[str, ...], level_mm: float, sd_mm: float) -> Levels:
        """With one of them, or the mean of several, seen at a level that is known to so much."""
        picked = np.isin(self.names, names)
        row = picked / picked.sum()
        gain = self.covariance_mm2 @ row / (row @ self.covariance_mm2 @ row + sd_mm**2)
        moved = self.level_mm + gain * (level_mm - row @ self.level_mm)
        return Levels(self.names, moved, self.covariance_mm2 - np.outer(gain, row @ self.covariance_mm2))


def levels_of(*, joint_mm: float, size: float, spread_mm: float, top_mm: float) -> Levels:
    """What the level of the joint alone says of the others. spread_mm: of the level by recognition; top_mm: where the skin ends."""
    above, sd = (size * np.array(column) for column in zip(*_ABOVE_JOINT.values(), strict=True))
    unseen = size * max(0.0, _WHOLE_MM - (top_mm - joint_mm) / size)
    joint_sd = np.hypot(max(spread_mm, _LEAST_SD_MM), _LESS_SURE * unseen)
    return Levels(tuple(_ABOVE_JOINT), joint_mm + _SINKS * unseen + above, np.diag(sd**2) + joint_sd**2)
