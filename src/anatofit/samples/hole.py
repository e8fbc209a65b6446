"""A hole in the phantom's vault: an irregular outline in directions, its walls radial, so its truth is a formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WAVES = (2, 3, 5)  # lobes of the outline
WAVE_SHARES = (0.11, 0.07, 0.04)


@dataclass(frozen=True)
class Hole:
    """`towards`: direction of its middle in the head's frame (x left, y back, z up); `diameter_mm` at `radius_mm`.

    `phases_rad` turn the lobes of the outline; `sunken_mm`: how far the scalp falls in.
    """

    towards: tuple[float, float, float] = (-0.66, -0.42, 0.60)
    diameter_mm: float = 60.0
    radius_mm: float = 82.0
    phases_rad: tuple[float, float, float] = (0.6, 2.1, 4.0)
    sunken_mm: float = 6.0

    def mirrored(self) -> Hole:
        """The same hole on the other side."""
        x, y, z = self.towards
        return Hole((-x, y, z), self.diameter_mm, self.radius_mm, self.phases_rad, self.sunken_mm)

    def _axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        axis = np.array(self.towards) / np.linalg.norm(self.towards)
        first = np.cross(axis, [0.0, 1.0, 0.0])
        first /= np.linalg.norm(first)
        return axis, first, np.cross(axis, first)

    def limit_rad(self, turn_rad: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Angle from the middle to the outline at each turn about it, and its derivative."""
        shape, slope = np.ones_like(turn_rad), np.zeros_like(turn_rad)
        for wave, share, phase in zip(WAVES, WAVE_SHARES, self.phases_rad, strict=True):
            shape = shape + share * np.cos(wave * turn_rad + phase)
            slope = slope - wave * share * np.sin(wave * turn_rad + phase)
        scale = 0.5 * self.diameter_mm / self.radius_mm
        return scale * shape, scale * slope

    def distance_per_mm(self, directions: NDArray[Any]) -> NDArray[Any]:
        """Signed distance to the wall divided by the radius, negative in the hole, first order at the wall."""
        axis, first, second = self._axes()
        u, v, w = directions @ first, directions @ second, directions @ axis
        across = np.maximum(np.hypot(u, v), 1e-6)
        limit, slope = self.limit_rad(np.arctan2(v, u))
        return np.asarray((np.arctan2(across, w) - limit) / np.hypot(1.0, slope / across))
