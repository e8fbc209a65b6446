"""How the true bone differs from its model: a smooth random field along the bone's normal, made again from its seed anywhere.

A Gaussian field of standard deviation sigma and covariance sigma² exp(-r² / 2 l²), r the way between two places and l the
correlation length, by random Fourier features (Rahimi and Recht, NIPS 2007): of many waves of random direction, length and phase.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

Single = NDArray[np.float32]
WAVES = 64  # to a field: a place's values over many fields then have the tails of a Gaussian (excess kurtosis -1.5/64)


@dataclass(frozen=True, eq=False)
class Misfit:
    """n fields of w waves. waves_per_mm: (3, n, w). phases: (n, w). height_mm: of every wave. Places count from the middle of the contact."""

    waves_per_mm: Single
    phases: Single
    height_mm: float

    def at(self, x: FloatArray, y: FloatArray, z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Each field at its own places (n, m): how far the true bone stands out in mm, and its slope along x, y and z.

        In single precision: a millionth of sigma.
        """
        places = [np.asarray(values, dtype=np.float32) for values in (x, y, z)]
        out = np.zeros((4, *x.shape), dtype=np.float32)
        if self.height_mm:
            angle, part = np.empty_like(out[0]), np.empty_like(out[0])
            for w in range(self.phases.shape[1]):
                self._add(out, places, w, angle, part)
        value, gx, gy, gz = (part.astype(np.float64) * self.height_mm for part in out)
        return value, gx, gy, gz

    def _add(self, out: Single, places: list[Single], w: int, angle: Single, part: Single) -> None:
        """One wave of every field, without a new array."""
        waves = self.waves_per_mm[:, :, w, None]
        np.multiply(waves[0], places[0], out=angle)
        angle += np.multiply(waves[1], places[1], out=part)
        angle += np.multiply(waves[2], places[2], out=part)
        angle += self.phases[:, w, None]
        out[0] += np.cos(angle, out=part)
        np.sin(angle, out=angle)
        for n in range(3):
            out[n + 1] -= np.multiply(waves[n], angle, out=part)

    def of(self, chosen: Any) -> Misfit:
        """Some of the fields."""
        return Misfit(self.waves_per_mm[:, chosen], self.phases[chosen], self.height_mm)


def misfits(random: np.random.Generator, count: int, *, sigma_mm: float, correlation_mm: float) -> Misfit:
    """So many fields."""
    waves = random.normal(size=(count, WAVES, 3)) / correlation_mm
    phases = random.uniform(0.0, 2 * np.pi, size=(count, WAVES))
    along = np.ascontiguousarray(np.moveaxis(waves, 2, 0), dtype=np.float32)
    return Misfit(along, phases.astype(np.float32), sigma_mm * float(np.sqrt(2.0 / WAVES)))
