"""The knee of a limb is recognised by holding its unrolled skin against what a knee looks like, at every level, turn and hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.locate.limb.pattern import ANGLES_DEG, REACH_MM, expected, size_of, views
from anatofit.locate.limb.unrolled import AROUND, STEP_MM, Unrolled
from anatofit.model.frame import FloatArray, Laterality

LEAST_BELOW_MM, LEAST_ABOVE_MM = (
    80.0,
    12.5,
)  # of skin below and above the joint: less is no transtibial limb, or no knee
_ROUNDED_MM = 25.0  # the end of a limb is round whatever lies in it
_AXIS_FROM, _AXIS_TO_MM = 0.15, 15.0  # the shank's axis: from this share of its length to so far below the joint
_VIEWS = 3
# What of the pattern is not there to be seen counts against a level, lightly: a limb is often trimmed just above the patella.
_UNSEEN_POWER = 0.1


@dataclass(frozen=True)
class Match:
    """How well a knee fits at one level, turn and hand. likeness: 0 to 1, the mean of what three views say, by what of the pattern
    is there to be seen. front_deg: the angle in the unrolled limb that looks to the front."""

    joint_mm: float
    front_deg: float
    laterality: Laterality
    likeness: float
    size: float


@dataclass(frozen=True)
class Recognised:
    """The best match, and the best of the other hand. level_spread_mm: how far from the best level the likeness stays near its best."""

    best: Match
    other_hand: Match
    level_spread_mm: float

    @property
    def margin(self) -> float:
        """How much more the limb is like the hand that was found than like the other one."""
        return self.best.likeness - self.other_hand.likeness


def recognise(skin: Unrolled) -> Recognised | None:
    """The knee of the limb; None where there is no level that could hold one."""
    levels = skin.levels_mm
    tried = levels[(levels >= LEAST_BELOW_MM) & (levels <= levels[-1] - LEAST_ABOVE_MM)]
    if not len(tried):
        return None
    size = size_of(np.sqrt(skin.area_mm2 / np.pi))[np.searchsorted(levels, tried)]
    table = np.array([_likeness(skin, joint, s) for joint, s in zip(tried, size, strict=True)])  # (level, hand, turn)
    right, left = (_best(table[:, hand], tried, size, hand) for hand in (0, 1))
    best, other = (right, left) if right.likeness >= left.likeness else (left, right)
    return Recognised(best, other, _spread(table[:, 0 if best is right else 1].max(axis=1), tried))


def _likeness(skin: Unrolled, joint_mm: float, size: float) -> FloatArray:
    """(2, AROUND) for the right and the left hand, at every turn."""
    above = (skin.levels_mm - joint_mm) / size
    seen = (skin.levels_mm > _ROUNDED_MM) & (above > REACH_MM[0]) & (above < REACH_MM[1])
    wanted = views(expected(above[seen]))
    whole = views(expected(np.arange(*REACH_MM, STEP_MM / size)))
    found = views(about_shank(skin, joint_mm)[seen])  # cut first, as the pattern is
    total = np.zeros((2, AROUND))
    for want, all_, have in zip(wanted, whole, found, strict=True):
        there = min(1.0, float((want**2).sum() / (all_**2).sum())) ** _UNSEEN_POWER
        norm = np.sqrt((want**2).sum() * (have**2).sum()) + 1e-12
        for hand, map_ in enumerate((have, have[:, -np.arange(AROUND) % AROUND])):
            total[hand] += there / norm * _turned_products(map_, want) / _VIEWS
    return total


def about_shank(skin: Unrolled, joint_mm: float) -> FloatArray:
    """(n, AROUND) by what share the skin stands out from a round limb about the axis of the part below that joint."""
    levels = skin.levels_mm
    low = max(_AXIS_FROM * joint_mm, _ROUNDED_MM / 2)
    shank = (levels > low) & (levels < max(joint_mm - _AXIS_TO_MM, low + 4 * STEP_MM))
    line = np.stack(
        [np.polyval(np.polyfit(levels[shank], skin.middle_mm[shank, i], 1), levels) for i in (0, 1)], axis=1
    )
    turn = np.deg2rad(ANGLES_DEG)
    reach = skin.reach_mm - (line[:, :1] * np.cos(turn) + line[:, 1:] * np.sin(turn))
    return np.asarray(reach / reach.mean(axis=1, keepdims=True) - 1)


def _turned_products(have: FloatArray, want: FloatArray) -> FloatArray:
    """(AROUND,) the sum of products of both maps where the first is turned back by each angle."""
    product = (np.fft.rfft(have, axis=1) * np.conj(np.fft.rfft(want, axis=1))).sum(axis=0)
    return np.asarray(np.fft.irfft(product, AROUND))


def _best(table: FloatArray, joints_mm: FloatArray, size: FloatArray, hand: int) -> Match:
    row, column = np.unravel_index(int(table.argmax()), table.shape)
    level = _peak(table[:, column], int(row), float(joints_mm[row]), STEP_MM)
    around = table[row, (column + np.array([-1, 0, 1])) % AROUND]
    turn = _peak(around, 1, float(ANGLES_DEG[column]), 360.0 / AROUND)
    front = 90.0 + turn if hand == 0 else -(90.0 + turn)
    side = Laterality.RIGHT if hand == 0 else Laterality.LEFT
    return Match(level, front % 360.0, side, float(table[row, column]), float(size[row]))


def _peak(values: FloatArray, at: int, where: float, step: float) -> float:
    """Where the parabola through three neighbours has its top."""
    if not 0 < at < len(values) - 1:
        return where
    before, here, after = values[at - 1 : at + 2]
    bend = before - 2 * here + after
    return where if bend >= 0 else where + step * 0.5 * float((before - after) / bend)


def _spread(likeness: FloatArray, joints_mm: FloatArray) -> float:
    """Standard deviation in mm of the level where likenesses are weighed as e to the twentieth of a percent each."""
    weight = np.exp((likeness - likeness.max()) / 0.01)
    middle = float((weight * joints_mm).sum() / weight.sum())
    return float(np.sqrt((weight * (joints_mm - middle) ** 2).sum() / weight.sum()))
