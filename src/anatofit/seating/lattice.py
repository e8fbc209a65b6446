"""A bone as distances on a lattice, asked for value and slope at many places at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.field import FieldArray, signed_field
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

STEP_MM = 0.5  # of the lattice: the way between two nodes bends by less than 5 micrometres on a bone's rounding of 6 mm
MARGIN_MM = 6.0  # around the places: a guide that goes further does not seat
BAND_MM = 6.0  # distances beyond this are no more than "far"


@dataclass(frozen=True, eq=False)
class Lattice:
    """Signed distances in mm, negative inside, at nodes that lie along x, y and z of LPS; flat: [k, j, i] in one row."""

    origin_lps_mm: FloatArray
    shape_kji: tuple[int, int, int]
    flat: FieldArray

    def at(self, x: FloatArray, y: FloatArray, z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Distance, and its slope along x, y and z: of the interpolation itself, linear between the nodes. Any shape."""
        base, (fx, fy, fz) = self._cell(x, y, z)
        ni, nij = self.shape_kji[2], self.shape_kji[2] * self.shape_kji[1]
        a, b, c, d = (self.flat[base + step].astype(np.float64) for step in (0, ni, nij, nij + ni))
        p, q, r, s = (self.flat[base + step + 1] - low for step, low in ((0, a), (ni, b), (nij, c), (nij + ni, d)))
        gx = (p * (1 - fy) + q * fy) * (1 - fz) + (r * (1 - fy) + s * fy) * fz
        a, b, c, d = a + fx * p, b + fx * q, c + fx * r, d + fx * s
        low, high = a + fy * (b - a), c + fy * (d - c)
        gy = (b - a) * (1 - fz) + (d - c) * fz
        return low + fz * (high - low), gx / STEP_MM, gy / STEP_MM, (high - low) / STEP_MM

    def _cell(self, *along: FloatArray) -> tuple[FloatArray, tuple[FloatArray, ...]]:
        """The node below each place, as its number in the row, and how far beyond it the place lies, 0 to 1."""
        base = 0
        parts = []
        for value, low, count, stride in zip(
            along, self.origin_lps_mm, self.shape_kji[::-1], self._strides, strict=True
        ):
            steps = np.clip((value - low) / STEP_MM, 0.0, count - 1.000001)
            node = steps.astype(np.int64)
            base = base + node * stride
            parts.append(steps - node)
        return np.asarray(base), tuple(parts)

    @property
    def _strides(self) -> tuple[int, int, int]:
        _, nj, ni = self.shape_kji
        return 1, ni, ni * nj


def lattice_around(bone: Mesh, places_lps_mm: FloatArray) -> Lattice:
    """The bone around the places. Raises GeometryError for an open mesh."""
    low, high = places_lps_mm.min(axis=0) - MARGIN_MM, places_lps_mm.max(axis=0) + MARGIN_MM
    ni, nj, nk = (int(n) for n in np.ceil((high - low) / STEP_MM) + 1)
    grid = Grid((nk, nj, ni), low, np.full(3, STEP_MM))
    values = signed_field(bone, grid, band_mm=BAND_MM)
    return Lattice(low, (nk, nj, ni), np.ascontiguousarray(values).reshape(-1))
