"""Regions of the plane as signed distances on a lattice, negative inside: out of a closed line, grown, shrunk, and a line again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatofit.geometry.ground import signed_mask
from anatofit.model.frame import FloatArray


@dataclass(frozen=True, eq=False)
class Region:
    """off_mm: (nj, ni) signed distance at the nodes, y along j and x along i. low_mm: x and y of node (0, 0)."""

    off_mm: FloatArray
    low_mm: FloatArray
    step_mm: float

    @classmethod
    def within(cls, line_mm: FloatArray, *, around_mm: float, step_mm: float) -> Region:
        """What a closed line (n, 2) goes round, on a lattice that reaches so far beyond it."""
        from skimage.draw import polygon2mask

        low = np.floor(line_mm.min(axis=0) - around_mm)
        ni, nj = (int(n) for n in np.ceil((line_mm.max(axis=0) + around_mm - low) / step_mm) + 1)
        mask = polygon2mask((nj, ni), ((line_mm - low) / step_mm)[:, ::-1])
        return cls(signed_mask(mask, step_mm=step_mm), low, step_mm)

    @property
    def nodes(self) -> tuple[FloatArray, FloatArray]:
        """x (1, ni) and y (nj, 1) of the nodes."""
        nj, ni = self.off_mm.shape
        x, y = self.low_mm[0] + self.step_mm * np.arange(ni), self.low_mm[1] + self.step_mm * np.arange(nj)
        return x[None, :], y[:, None]

    def grown(self, by_mm: float) -> Region:
        """Larger all round; smaller where negative."""
        return replace(self, off_mm=self.off_mm - by_mm)

    def closed(self, by_mm: float) -> Region:
        """Hollows bridged whose curve is narrower: grown, and shrunk again."""
        grown = signed_mask(self.off_mm < by_mm, step_mm=self.step_mm)
        return replace(self, off_mm=np.minimum(self.off_mm, grown + by_mm))

    def opened(self, by_mm: float) -> Region:
        """Corners rounded whose curve is narrower: shrunk, and grown again."""
        return replace(self, off_mm=signed_mask(self.off_mm < -by_mm, step_mm=self.step_mm) - by_mm)

    def cut(self, beyond_mm: FloatArray) -> Region:
        """Without what lies beyond: where (nj, ni) values are positive."""
        return replace(self, off_mm=np.maximum(self.off_mm, beyond_mm))

    def line(self, *, even_mm: float) -> FloatArray:
        """(n, 2) the longest closed line around it, counter-clockwise, evened out by a standard deviation."""
        from scipy.ndimage import gaussian_filter
        from skimage.measure import find_contours

        even = gaussian_filter(self.off_mm, even_mm / self.step_mm)
        loop = self.low_mm + self.step_mm * max(find_contours(even, 0.0), key=len)[:-1, ::-1]
        x, y = loop.T
        area = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
        return np.asarray(loop if area > 0 else loop[::-1])
