"""The footprint: what of the sole lies within a stated height of the plane, without the toes, and the arch index out of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.locate.foot.landmarks import Landmarks
from anatofit.locate.foot.located import Measured
from anatofit.locate.foot.stand import Stood
from anatofit.model.frame import FloatArray
from anatofit.model.heights import BoolArray

# The sole within so much of the plane counts as footprint: what the pads give under a standing person (proposal, to be confirmed;
# Cavanagh and Rodgers took ink prints, a scan has none).
CONTACT_MM = 3.0
# The crease behind the toes, ahead of the line of the ball, as shares of the length; without one the toes begin at the last.
_CREASE, _NO_CREASE = (0.05, 0.15), 0.10
_CREASE_CLEAR_MM = 1.0
# An index that changes by the second figure where the contact height is half so much more or less is worth a third.
_SWING_MM, _UNSTEADY = 0.75, 0.1


@dataclass(frozen=True, eq=False)
class Crease:
    """Where the toes begin. ahead_mm: in front of the line of the ball, along x. clear: 0 to 1."""

    first_mm: FloatArray
    fifth_mm: FloatArray
    ahead_mm: float
    clear: float

    def toes(self, x: FloatArray, y: FloatArray) -> BoolArray:
        """Which places belong to the toes."""
        return np.asarray(ahead_of_ball(x, y, self.first_mm, self.fifth_mm) > self.ahead_mm)


def ahead_of_ball(x: FloatArray, y: FloatArray, first: FloatArray, fifth: FloatArray) -> FloatArray:
    """How far places lie in front of the line through both ends of the ball, along x."""
    lean = (first[0] - fifth[0]) / (first[1] - fifth[1])
    return np.asarray(x - first[0] - lean * (y - first[1]))


def crease_of(foot: Stood, marks: Landmarks) -> Crease:
    """The highest line of the sole in front of the ball, parallel to it."""
    sole, length = foot.sole, foot.borders.length_mm
    first, fifth = marks["metatarsale_tibiale"], marks["metatarsale_fibulare"]
    nodes = sole.nodes_mm(sole.there)
    ahead = ahead_of_ball(nodes[:, 0], nodes[:, 1], first, fifth)
    inner = (nodes[:, 1] < max(first[1], fifth[1]) - 0.05 * length) & (
        nodes[:, 1] > min(first[1], fifth[1]) + 0.05 * length
    )
    steps = np.arange(0.0, 0.2 * length, 2.0)
    profile = np.array([_median(nodes[inner & (ahead >= a) & (ahead < a + 2.0), 2]) for a in steps])
    window = (steps >= _CREASE[0] * length) & (steps <= _CREASE[1] * length) & np.isfinite(profile)
    if not window.any():
        return Crease(first, fifth, _NO_CREASE * length, 0.0)
    best = int(np.flatnonzero(window)[profile[window].argmax()])
    falls = profile[best] - np.nanmin(profile[best:]) if np.isfinite(profile[best:]).any() else 0.0
    clear = float(np.clip(min(falls, profile[best] - np.nanmin(profile[: best + 1])) / _CREASE_CLEAR_MM, 0.0, 1.0))
    return Crease(first, fifth, float(steps[best]) if clear > 0.2 else _NO_CREASE * length, clear)


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if len(values) > 5 else float("nan")


def footprint(foot: Stood, crease: Crease, *, contact_mm: float = CONTACT_MM) -> BoolArray:
    """(nj, ni) of the sole's lattice: within so much of the plane, without the toes."""
    x, y = np.meshgrid(foot.sole.x_mm, foot.sole.y_mm)
    with np.errstate(invalid="ignore"):
        return np.asarray((foot.sole.height_mm <= contact_mm) & ~crease.toes(x, y))


def arch_index(foot: Stood, crease: Crease, *, contact_mm: float = CONTACT_MM) -> Measured:
    """The middle third's share of the footprint without the toes (Cavanagh and Rodgers 1987)."""
    less, index, more = (_middle_share(foot, crease, contact_mm + off) for off in (-_SWING_MM, 0.0, _SWING_MM))
    by = (
        f"middle third's share of the footprint without toes (Cavanagh and Rodgers 1987), the sole within {contact_mm:g} mm of the "
        "plane counted as footprint: of an unloaded foot it is less than an ink print's"
    )
    steady = float(np.exp(-abs(more - less) / _UNSTEADY))
    return Measured(index, round((0.4 + 0.5 * crease.clear) * steady, 2), by)


def _middle_share(foot: Stood, crease: Crease, contact_mm: float) -> float:
    x = foot.sole.x_mm[np.nonzero(footprint(foot, crease, contact_mm=contact_mm))[1]]
    if not len(x):
        return 0.0
    third = np.ptp(x) / 3
    return float(((x >= x.min() + third) & (x <= x.max() - third)).mean())
