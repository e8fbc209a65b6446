"""The knee of a limb is recognised by holding its unrolled skin against what a knee looks like, at every level, turn and hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from anatofit.locate.limb.pattern import ANGLES_DEG, FLEXED_DEG, REACH_MM, expected, leaning, size_of, views
from anatofit.locate.limb.unrolled import AROUND, STEP_MM, Unrolled
from anatofit.model.frame import FloatArray, Laterality

ComplexArray = NDArray[np.complex128]
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
    """(2, AROUND) for the right and the left hand, at every turn: the best of all flexions of the knee."""
    above = (skin.levels_mm - joint_mm) / size
    seen = (skin.levels_mm > _ROUNDED_MM) & (above > REACH_MM[0]) & (above < REACH_MM[1])
    right = views(about_shank(skin, joint_mm)[seen])  # cut first, as the pattern is
    left = [map_[:, -np.arange(AROUND) % AROUND] for map_ in right]
    waves = [[np.fft.rfft(map_, axis=1) for map_ in hand] for hand in (right, left)]
    sizes = [float((map_**2).sum()) for map_ in right]
    return np.asarray(np.max([_alike(waves, sizes, above[seen], size, flexed) for flexed in FLEXED_DEG], axis=0))


def _alike(
    waves: list[list[ComplexArray]], sizes: list[float], above_mm: FloatArray, size: float, flexed_deg: float
) -> FloatArray:
    """(2, AROUND) how like the pattern both hands are at every turn once the knee is straightened, by what of it is there to be seen.

    What the bent knee adds is taken from the limb and not put into the pattern: a limb that bends anyhow is no likelier for it.
    """
    total = np.zeros((2, AROUND))
    wanted, leant = views(expected(above_mm)), views(leaning(above_mm, flexed_deg=flexed_deg))
    for n, (want, lean, whole) in enumerate(zip(wanted, leant, _whole(), strict=True)):
        energy, added = float((want**2).sum()), float((lean**2).sum())
        there = min(1.0, energy / (size * whole)) ** _UNSEEN_POWER
        shared = float((want * lean).sum())
        for hand in (0, 1):
            straight = sizes[n] - 2 * _products(waves[hand][n], lean) + added
            alike = (_products(waves[hand][n], want) - shared) / np.sqrt(energy * np.maximum(straight, 1e-12) + 1e-24)
            total[hand] += there / _VIEWS * alike
    return total


def _products(wave: ComplexArray, map_: FloatArray) -> FloatArray:
    """(AROUND,) the sum of products of a limb, turned back by each angle, with a map."""
    return np.asarray(np.fft.irfft((wave * np.conj(np.fft.rfft(map_, axis=1))).sum(axis=0), AROUND))


@cache
def _whole() -> tuple[float, ...]:
    """The sum of squares of each view where all of the pattern is seen, at the reference size."""
    return tuple(float((map_**2).sum()) for map_ in views(expected(np.arange(*REACH_MM, STEP_MM))))


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
