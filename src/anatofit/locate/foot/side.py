"""Which foot it is, by the hand of its shape: on which side arch, great toe and ball lie for one who looks from heel to toes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from anatofit.locate.foot.borders import BALL, Borders
from anatofit.locate.foot.located import FootForm, Side
from anatofit.locate.foot.stand import Stood
from anatofit.locate.foot.view import evened
from anatofit.model.frame import FloatArray, Laterality

# What each sign weighs; each is measured against what an adult's foot shows of it, as a share of the length (proposals).
_WEIGHTS: Mapping[str, float] = {"arch": 2.0, "ball": 1.5, "toe": 1.5, "waist": 1.0, "back": 1.0}
_USUAL: Mapping[str, float] = {"arch": 0.012, "ball": 0.04, "toe": 0.04, "waist": 0.02, "back": 0.03}
_SURE = 0.6  # of the weighted mean: from here a side is sure where all signs agree
TOLD = 0.3  # the least confidence with which a side is told
_ARCH = (0.30, 0.58)


def side_of(foot: Stood) -> Side:
    """The side, and what speaks for it. Looked at from heel to toes, dorsal up, the medial side of a right foot is on the left."""
    found = {"arch": _arch(foot), **_flat_signs(foot.borders)}
    if foot.shown.form is FootForm.FULL:
        found["back"] = _back(foot)
    signs = _signs(found, foot.borders.length_mm)
    total = sum(_WEIGHTS[name] for name in signs)
    mean = _mean_of(signs)
    agreed = abs(mean) * total / max(sum(_WEIGHTS[name] * abs(sign) for name, sign in signs.items()), 1e-9)
    confidence = (
        agreed * min(1.0, abs(mean) / _SURE) * min(1.0, foot.end_confidence + 0.3) * (0.4 + 0.6 * foot.shown.confidence)
    )
    side = Laterality.RIGHT if mean > 0 else Laterality.LEFT
    return Side(
        side if confidence >= TOLD else Laterality.UNPAIRED,
        round(confidence, 3),
        {name: round(sign, 3) for name, sign in signs.items()},
    )


def told_by_borders(borders: Borders) -> float:
    """From -1 (left) to 1 (right): what an outline alone tells, of a foot or of a shoe last."""
    return _mean_of(_signs(_flat_signs(borders), borders.length_mm))


def _flat_signs(borders: Borders) -> dict[str, float]:
    return {"ball": _ball(borders), "toe": _toe(borders), "waist": _waist(borders)}


def _signs(found_mm: Mapping[str, float], length_mm: float) -> dict[str, float]:
    """Each against what is usual, held within one."""
    return {
        name: float(np.clip(mm / (_USUAL[name] * length_mm), -1, 1)) for name, mm in found_mm.items() if np.isfinite(mm)
    }


def _mean_of(signs: Mapping[str, float]) -> float:
    return sum(_WEIGHTS[name] * sign for name, sign in signs.items()) / sum(_WEIGHTS[name] for name in signs)


def _arch(foot: Stood) -> float:
    """By how much the left half of the midfoot's sole lies higher than the right half, in the median over its length."""
    sole, borders = foot.sole, foot.borders
    even = evened(sole)
    rises = []
    for x in borders.x_mm[borders.within(_ARCH)]:
        column = even[:, round((x - sole.low_mm[0]) / sole.step_mm)]
        share = (x - borders.start_mm) / borders.length_mm
        left, right = borders.at(share)
        across = (sole.y_mm - (left + right) / 2) / ((left - right) / 2)
        rises.append(
            _mean(column[(across > 0.1) & (across < 0.75)]) - _mean(column[(across < -0.1) & (across > -0.75)])
        )
    return float(np.nanmedian(rises)) if np.isfinite(rises).any() else float("nan")


def _mean(values: FloatArray) -> float:
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else float("nan")


def _ball(borders: Borders) -> float:
    """By how much further distal the ball reaches out on the left."""
    along = borders.x_mm[borders.within(BALL)]
    left, right = borders.left_mm[borders.within(BALL)], -borders.right_mm[borders.within(BALL)]
    return float(_outermost(along, left) - _outermost(along, right))


def _outermost(along: FloatArray, side: FloatArray) -> float:
    """Where a border reaches furthest out; the mean of those within a millimetre, which is steadier than the one."""
    return float(along[side > side.max() - 1.0].mean())


def _toe(borders: Borders) -> float:
    """By how much the foremost toe lies left of the line from the heel's centre to the middle of the ball."""
    heel = borders.heel_centre()
    ball = _middle(borders, (0.62, 0.74))
    tip = _middle(borders, (0.94, 0.985))
    return float(_left_of(tip, heel, ball))


def _waist(borders: Borders) -> float:
    """By how much the middle of the midfoot lies right of that line: the medial border is hollow, the lateral one straight."""
    return -_left_of(_middle(borders, (0.38, 0.52)), borders.heel_centre(), _middle(borders, (0.62, 0.74)))


def _middle(borders: Borders, shares: tuple[float, float]) -> FloatArray:
    inside = borders.within(shares)
    return np.array([borders.x_mm[inside].mean(), borders.middle_mm[inside].mean()])


def _left_of(place: FloatArray, start: FloatArray, end: FloatArray) -> float:
    way = (end - start) / np.linalg.norm(end - start)
    off = place - start
    return float(way[0] * off[1] - way[1] * off[0])


def _back(foot: Stood) -> float:
    """By how much the ridge of the dorsum of the foot lies left of the middle, over the metatarsals."""
    local = foot.local_mm
    borders = foot.borders
    share = (local[:, 0] - borders.start_mm) / borders.length_mm
    off = []
    for start in np.arange(0.55, 0.75, 0.04):
        slab = local[(share > start) & (share < start + 0.04)]
        if len(slab) > 8:
            high = slab[slab[:, 2] > slab[:, 2].max() - 2.0]
            off.append(float(high[:, 1].mean() - (slab[:, 1].max() + slab[:, 1].min()) / 2))
    return float(np.median(off)) if off else float("nan")
