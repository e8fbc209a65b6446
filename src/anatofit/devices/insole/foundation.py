"""A simple model of how a sole presses on its bed: springs side by side, of tissue and insole in series (Winkler's foundation).

What was measured on the flat shows how far the tissue gave at each place, and so how far each place stood above the lowest. On the bed
the same springs meet the bed's height, with the insole's own spring beneath them, under the same force and the same centre of pressure.

Left out: posting and lift, with which the whole foot turns; the sides of the foot; shear and sliding; neighbours that carry each other;
tissue that stiffens; bones that move; the shoe; time. It compares designs; it measures nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from anatofit.model.frame import FloatArray

# Heel pads give some 9 mm under the 300 kPa of walking (De Clercq, J Biomech 1994: 9 to 10 mm at heel strike; Gefen, Biomed Mater Eng 2001: a
# modulus of 105 to 306 kPa as strain grows to 30 %), pads under the heads of the metatarsals less: one figure for all, proposal.
TISSUE_KPA_PER_MM = 40.0
BEARS_KPA = 10.0  # what sensors read of nothing stays below
_THINNEST_MM = 0.5  # the insole's spring is never shorter than this
_STEPS = 60
TakenFor = Literal["sheets", "foam", "upright"]
# What share of the material's modulus a lattice has that fills such a share of its room. Gyroids of sheets were measured near Hashin and
# Shtrikman's upper bound (DeValk and Lakes, Phys Status Solidi B 2021; stretched rather than bent: Al-Ketan and others, Adv Eng Mater 2018),
# which for a material of Poisson's ratio a third is d / (2 - d). Softer: open cells whose walls bend (Gibson and Ashby, Cellular Solids,
# 1997: d²). Stiffest of all: walls that all stand upright (Voigt's bound: d).
STIFFNESS: Mapping[TakenFor, Callable[[FloatArray], FloatArray]] = {
    "sheets": lambda density: density / (2.0 - density),
    "foam": np.square,
    "upright": lambda density: density,
}


@dataclass(frozen=True, eq=False)
class Foundation:
    """The springs of a sole. x_mm, y_mm, kpa: (n,) of places that bear or may; sole_mm: (n,) the foot's height over its plane."""

    x_mm: FloatArray
    y_mm: FloatArray
    kpa: FloatArray
    sole_mm: FloatArray
    cell_mm2: float

    @property
    def force_n(self) -> float:
        """What was measured, in all."""
        return float(self.kpa.sum()) * self.cell_mm2 * 1e-3

    @property
    def gap_mm(self) -> FloatArray:
        """How far each place lies over the lowest: what bore, by how much its tissue gave; what did not, by the foot's shape at least."""
        gave = self.kpa / TISSUE_KPA_PER_MM
        return np.asarray(np.where(self.kpa > BEARS_KPA, gave.max() - gave, np.maximum(self.sole_mm, gave.max())))

    def on(self, bed_mm: FloatArray, thick_mm: FloatArray, *, modulus_kpa: FloatArray | float) -> FloatArray:
        """(n,) pressures in kPa on a bed of those heights, thicknesses and moduli; nan thickness: no insole there, nothing bears."""
        under = np.isfinite(thick_mm)
        spring = modulus_kpa / np.maximum(np.where(under, thick_mm, np.inf), _THINNEST_MM)
        stiff = np.where(under, TISSUE_KPA_PER_MM * spring / (TISSUE_KPA_PER_MM + spring), 0.0)
        gap = self.gap_mm - np.where(under, bed_mm, 0.0)
        return self._at_rest(gap, stiff)

    def _at_rest(self, gap: FloatArray, stiff: FloatArray) -> FloatArray:
        """Sinks and tilts until force and centre of pressure are those measured: Newton's steps on a convex energy."""
        terms = np.column_stack([np.ones(len(gap)), self._scaled(self.x_mm), self._scaled(self.y_mm)])
        load = np.array([float((self.kpa * column).sum()) for column in terms.T])
        plane = np.array([float(np.median(gap)), 0.0, 0.0])
        for _ in range(_STEPS):
            sunk = (terms * plane).sum(axis=1) - gap
            bears = (sunk > 0) & (stiff > 0)
            if bears.sum() < 10:
                plane[0] += 1.0
                continue
            part, weight = terms[bears], stiff[bears]
            matrix = np.array([[float((weight * part[:, i] * part[:, j]).sum()) for j in range(3)] for i in range(3)])
            rest = load - np.array([float((weight * sunk[bears] * part[:, i]).sum()) for i in range(3)])
            step = np.linalg.lstsq(matrix, rest, rcond=None)[0]
            plane = plane + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
            if float(np.abs(step).max()) < 1e-7:
                break
        return np.asarray(stiff * np.maximum((terms * plane).sum(axis=1) - gap, 0.0))

    def _scaled(self, along: FloatArray) -> FloatArray:
        """A coordinate about the centre of pressure, its range to one: all three unknowns are millimetres then."""
        middle = float((self.kpa * along).sum() / self.kpa.sum())
        return np.asarray((along - middle) / max(float(np.ptp(along)), 1e-9))


@dataclass(frozen=True, eq=False)
class Within:
    """What stands under each spring: a skin of solid material and, beneath it, so much of a lattice of it; 1: solid throughout.

    taken_for: which share of the material's modulus a density gives (`STIFFNESS`).
    """

    solid_kpa: float
    density: FloatArray | float = 1.0
    skin_mm: float = 0.0
    taken_for: TakenFor = "sheets"

    def modulus_kpa(self, thick_mm: FloatArray) -> FloatArray:
        """(n,) of skin and lattice in series, as one."""
        skin = np.minimum(self.skin_mm, thick_mm)
        gives = skin + (thick_mm - skin) / STIFFNESS[self.taken_for](np.asarray(self.density, dtype=np.float64))
        return np.asarray(self.solid_kpa * thick_mm / np.maximum(gives, 1e-9))
