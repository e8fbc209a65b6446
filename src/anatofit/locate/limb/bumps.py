"""Where the skin shows a bone: the head of the fibula, the tubercle and the crest as rises of the unrolled limb."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.locate.limb.pattern import ANGLES_DEG
from anatofit.locate.limb.unrolled import AROUND, STEP_MM, Unrolled
from anatofit.model.frame import FloatArray

_SEEN_MM = 0.25  # a rise below so much is noise that evening left
# Standard deviation of a place that a rise tells: the skin's summit lies off the bone's by some 4 mm; a low one is wide and says less.
_SUMMIT_MM, _LOW_MM2 = 4.0, 4.0
RIDGE_DEG = 22.0  # to either side of where it is expected, a ridge is looked for
_EXPECTED_DEG = 8.0  # standard deviation of where it is expected
_RIDGE_EVEN_MM = 10.0


@dataclass(frozen=True)
class Bump:
    """A rise of the skin: where, how high above what is around it, and how well it tells a level."""

    level_mm: float
    angle_deg: float
    high_mm: float

    @property
    def sd_mm(self) -> float:
        """Standard deviation of the level of the bone below."""
        return float(np.hypot(_SUMMIT_MM, _LOW_MM2 / self.high_mm))


def bump(
    skin: Unrolled, *, level_mm: float, angle_deg: float, along_mm: float, around_deg: float, wide_mm: float
) -> Bump | None:
    """The rise that stands out most near a place, its height weighed by how near; None where nothing rises, or only the window's edge.

    along_mm, around_deg: standard deviations of where it is expected. wide_mm: rises are looked at against what is evened by so much.
    """
    rise = _rises(skin, wide_mm)
    away = (ANGLES_DEG[None] - angle_deg + 180) % 360 - 180
    off = (skin.levels_mm - level_mm)[:, None]
    near = np.exp(-0.5 * ((away / around_deg) ** 2 + (off / along_mm) ** 2))
    weighed = np.where(rise > 0, rise * near, 0.0)
    i, j = np.unravel_index(int(weighed.argmax()), weighed.shape)
    high = float(rise[i, j])
    if high < _SEEN_MM or not _summit(rise, int(i), int(j)):
        return None
    return Bump(float(skin.levels_mm[i]), float(ANGLES_DEG[j]), high)


def _rises(skin: Unrolled, wide_mm: float) -> FloatArray:
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(skin.reach_mm - gaussian_filter1d(skin.reach_mm, wide_mm / STEP_MM, axis=0, mode="reflect"))


def _summit(rise: FloatArray, i: int, j: int) -> bool:
    """Whether it is no lower than what lies 10 mm above and below it: a slope that the window cuts is no rise."""
    step = round(10.0 / STEP_MM)
    if not step <= i < len(rise) - step:
        return False
    return bool(rise[i, j] > rise[i - step, j] and rise[i, j] > rise[i + step, j])


@dataclass(frozen=True, eq=False)
class Ridge:
    """A line along the limb where its skin bends most sharply around it. level_mm, angle_deg, high_mm: (n,)."""

    level_mm: FloatArray
    angle_deg: FloatArray
    high_mm: FloatArray

    def angle_at(self, level_mm: float) -> float:
        """The angle of the ridge at a level."""
        return float(np.interp(level_mm, self.level_mm, self.angle_deg))


def ridge(skin: Unrolled, *, angle_deg: FloatArray, levels_mm: FloatArray) -> Ridge:
    """The ridge near an expected angle at each level: what stands out against an arc of 60 degrees around it."""
    from scipy.ndimage import gaussian_filter1d

    turn = np.arange(-RIDGE_DEG, RIDGE_DEG + 0.5)
    at = angle_deg[:, None] + turn[None]
    high = _sharp(skin)
    found = _sampled(skin, high, levels_mm, at)
    # weighed by how near to where it is expected, so that a flat front keeps to that
    weight = np.maximum(found, 0.0) ** 2 * np.exp(-0.5 * (turn / _EXPECTED_DEG) ** 2)
    off = (weight * turn).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)
    even = gaussian_filter1d(off, _RIDGE_EVEN_MM / max(float(np.diff(levels_mm).mean()), 1e-9), mode="nearest")
    angle = angle_deg + even
    return Ridge(levels_mm, angle, _sampled(skin, high, levels_mm, angle[:, None])[:, 0])


def _sharp(skin: Unrolled) -> FloatArray:
    from scipy.ndimage import gaussian_filter1d

    wide = gaussian_filter1d(skin.reach_mm, 30.0 / 360.0 * AROUND, axis=1, mode="wrap")
    return np.asarray(skin.reach_mm - wide)


def _sampled(skin: Unrolled, map_: FloatArray, levels_mm: FloatArray, at_deg: FloatArray) -> FloatArray:
    """(n, k) a map's values at a level and angles each."""
    from scipy.ndimage import map_coordinates

    row = np.broadcast_to(((levels_mm - skin.levels_mm[0]) / STEP_MM)[:, None], at_deg.shape)
    wide = np.concatenate([map_, map_[:, :1]], axis=1)
    return np.asarray(map_coordinates(wide, [row, np.mod(at_deg, 360.0) / 360.0 * AROUND], order=1, mode="nearest"))
