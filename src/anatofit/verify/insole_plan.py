"""The plan of an insole as numbers: the foot's frame, the outline, and what lies well inside its rounded edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.surface import BoolArray

_CLEAR_MM = 0.4  # beyond the rounded edge: what a polyline of 4 mm leaves of a curve, and a facet


@dataclass(frozen=True, eq=False)
class InsoleFrame:
    """axes: (3, 3) rows distal, left, dorsal. outline: (n, 2). sign: 1 where left is medial. edge_mm: how wide the rounded edge is."""

    origin: FloatArray
    axes: FloatArray
    outline: FloatArray
    sign: int
    edge_mm: float

    def local(self, points_lps_mm: FloatArray) -> FloatArray:
        """(n, 3) LPS mm to the foot's frame."""
        return np.asarray((points_lps_mm - self.origin) @ self.axes.T)

    def lps(self, local_mm: FloatArray) -> FloatArray:
        """The way back."""
        return np.asarray(local_mm @ self.axes + self.origin)

    def inside_edge(self, local_mm: FloatArray) -> BoolArray:
        """Which places lie inside the outline, off its rounded edge."""
        off = self.from_outline(local_mm[:, :2])
        return np.asarray(self.within(local_mm[:, :2]) & (off > self.edge_mm + _CLEAR_MM))

    def within(self, xy: FloatArray) -> BoolArray:
        """Which places the outline goes round once."""
        turns = np.zeros(len(xy))
        for a, b in zip(self.outline, np.roll(self.outline, -1, axis=0), strict=True):
            side = (b[0] - a[0]) * (xy[:, 1] - a[1]) - (b[1] - a[1]) * (xy[:, 0] - a[0])
            turns += ((a[1] <= xy[:, 1]) & (b[1] > xy[:, 1]) & (side > 0)).astype(float)
            turns -= ((a[1] > xy[:, 1]) & (b[1] <= xy[:, 1]) & (side < 0)).astype(float)
        return np.asarray(turns != 0)

    def from_outline(self, xy: FloatArray) -> FloatArray:
        """(n,) distance to the outline."""
        best = np.full(len(xy), np.inf)
        for a, b in zip(self.outline, np.roll(self.outline, -1, axis=0), strict=True):
            way = b - a
            share = np.clip(((xy - a) @ way) / (way @ way), 0.0, 1.0)
            np.minimum(best, np.hypot(*(xy - a - share[:, None] * way).T), out=best)
        return best


def frame_of(plan: Mapping[str, Any]) -> InsoleFrame:
    """The frame. Raises KeyError for a plan of another device."""
    frame, edge = plan["frame"], plan["edge"]
    x, _, z = (np.array(axis, dtype=np.float64) for axis in frame["axes_lps"])
    z = unit_vector(z)
    x = unit_vector(x - z * float(x @ z))
    wide = float(edge["radius_mm"]) * np.tan(np.pi / 4 + np.radians(float(edge["bevel_deg"])) / 2)
    return InsoleFrame(
        np.array(frame["origin_lps_mm"], dtype=np.float64),
        np.stack([x, np.cross(z, x), z]),
        np.array(plan["outline_mm"], dtype=np.float64),
        int(frame["medial_sign"]),
        float(wide),
    )
