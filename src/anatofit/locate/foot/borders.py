"""The outline of a foot along its axis: where its two borders run, how wide it is, and where its heel and its ball are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.model.heights import HeightMap

NEARLY_MM = 0.7  # off the outermost point: noise would choose among these
BIN_MM = 2.0  # along the foot
_EVEN_BINS = 2.0  # standard deviation that evens the borders out
# Shares of the length, from the heel. The heel is widest at a sixth; the middle of its width there is the heel's centre (Cavanagh
# and Rodgers 1987 draw the foot's axis from it).
HEEL = (0.10, 0.18)
# Ball of the foot: the head of the first metatarsal lies at 73 % (ball of foot length, ANSUR II 2012), of the fifth some ten before.
BALL = (0.54, 0.82)


@dataclass(frozen=True, eq=False)
class Borders:
    """Borders over the middles of bins along x; left has the greater y. x_mm, left_mm, right_mm: (n,)."""

    x_mm: FloatArray
    left_mm: FloatArray
    right_mm: FloatArray
    start_mm: float
    length_mm: float

    @classmethod
    def of(cls, points_mm: FloatArray) -> Borders:
        """Of (n, 2) points of the outline's inside or rim, x along the foot."""
        from scipy.ndimage import gaussian_filter1d

        x, y = points_mm.T
        start, end = float(x.min()), float(x.max())
        count = max(int((end - start) / BIN_MM), 8)
        number = np.minimum(((x - start) / (end - start) * count).astype(np.int64), count - 1)
        left, right = np.full(count, -np.inf), np.full(count, np.inf)
        np.maximum.at(left, number, y)
        np.minimum.at(right, number, y)
        middle = start + (np.arange(count) + 0.5) * (end - start) / count
        full = np.isfinite(left)
        left, right = (np.interp(middle, middle[full], side[full]) for side in (left, right))
        even = [gaussian_filter1d(side, _EVEN_BINS, mode="nearest") for side in (left, right)]
        return cls(middle, even[0], even[1], start, end - start)

    @cached_property
    def share(self) -> FloatArray:
        """(n,) of the length, 0 at the heel."""
        return (self.x_mm - self.start_mm) / self.length_mm

    @property
    def width_mm(self) -> FloatArray:
        """(n,) from border to border."""
        return self.left_mm - self.right_mm

    @property
    def middle_mm(self) -> FloatArray:
        """(n,) y halfway between the borders."""
        return (self.left_mm + self.right_mm) / 2

    def within(self, shares: tuple[float, float]) -> FloatArray:
        """(n,) bool of the bins between two shares of the length."""
        return np.asarray((self.share >= shares[0]) & (self.share <= shares[1]))

    def at(self, share: float) -> tuple[float, float]:
        """y of the left and of the right border at a share of the length."""
        return float(np.interp(share, self.share, self.left_mm)), float(np.interp(share, self.share, self.right_mm))

    def heel_centre(self) -> FloatArray:
        """(2,) the middle of the heel where it is widest."""
        inside = self.within(HEEL)
        width = np.where(inside, self.width_mm, -np.inf)
        # the mean of those nearly as wide: the sides of a heel run side by side for a while
        widest = inside & (width > width.max() - 1.0)
        return np.array([self.start_mm + self.length_mm / 6, float(self.middle_mm[widest].mean())])

    def heel_width_mm(self) -> float:
        """The greatest width of the heel."""
        return float(self.width_mm[self.within(HEEL)].max())

    def outermost(self, shares: tuple[float, float], *, left: bool) -> tuple[FloatArray, float]:
        """(2,) the point of one border that reaches furthest from the axis between two shares, the middle of what reaches nearly as far;
        and over which share of the length that runs, 1 where the border does not fall back on both sides of it."""
        inside = np.flatnonzero(self.within(shares))
        side = self.left_mm[inside] if left else -self.right_mm[inside]
        best = int(side.argmax())
        near = inside[side > side[best] - NEARLY_MM]
        flat = float(np.ptp(self.x_mm[near])) / self.length_mm if 0 < best < len(side) - 1 else 1.0
        return np.array([self.x_mm[near].mean(), (1.0 if left else -1.0) * side[best]]), flat


def borders_of(sole: HeightMap) -> Borders:
    """The borders of a sole along its x, as the nodes of its lattice show them."""
    j, i = np.nonzero(sole.there)
    return Borders.of(np.stack([sole.x_mm[i], sole.y_mm[j]], axis=1))
