"""An asymmetric body of formulas: HU at any place of the patient, and how far any place is from its surfaces.

Four bodies of different size, shape and HU in soft tissue, in air. Every edge is a ramp of one steepness: an HU inside a ramp
is a reading of the distance to the surface, exact to the rounding of the stored number (0.5 HU: 0.0007 mm).
No turn and no mirroring maps the whole onto itself. Places are LPS mm.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CENTRE_LPS_MM = np.array([11.3, -27.4, 412.6])  # nowhere near an origin, so that a lost origin shows
AIR_HU, TISSUE_HU = -1000.0, 40.0
STEEP_HU_PER_MM = 800.0
TISSUE_RADIUS_MM = 17.0
# Within this radius everything is judged; beyond it is air alone.
JUDGED_RADIUS_MM = 18.5
# The surface of a body, for who makes one: every ramp passes it.
ISO_HU = 840.0


@dataclass(frozen=True)
class Body:
    """An ellipsoid, or a rod where `end` is given. offset_mm, end_mm: from the phantom's centre. hu: of its core.

    half_mm: half axes of the ellipsoid, or the rod's radius thrice.
    """

    name: str
    hu: float
    offset_mm: tuple[float, float, float]
    half_mm: tuple[float, float, float]
    end_mm: tuple[float, float, float] | None = None

    @property
    def ramp_mm(self) -> float:
        """Width of the edge's ramp where the level rises by 1 a mm."""
        return (self.hu - TISSUE_HU) / STEEP_HU_PER_MM

    @property
    def centre_lps_mm(self) -> FloatArray:
        """(3,) the centre of mass."""
        far = self.end_mm or self.offset_mm
        return np.asarray(CENTRE_LPS_MM + (np.array(self.offset_mm) + np.array(far)) / 2)

    def level(self, points_lps_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(n,) level, 0 on the surface and negative inside, and (n,) its steepness (at least 1 a mm on the surface)."""
        p = points_lps_mm - CENTRE_LPS_MM - np.array(self.offset_mm)
        if self.end_mm is not None:
            along = np.array(self.end_mm) - np.array(self.offset_mm)
            share = np.clip(p @ along / float(along @ along), 0, 1)
            distance = np.linalg.norm(p - share[:, None] * along, axis=1)
            return distance - self.half_mm[0], np.ones(len(p))
        half = np.array(self.half_mm)
        radius = np.maximum(np.linalg.norm(p / half, axis=1), 1e-9)
        steep = np.linalg.norm(p / half**2, axis=1) / radius * half.max()
        return (radius - 1) * half.max(), steep


BODIES = (
    Body("block", 2440.0, (-6.0, 3.0, 2.0), (6.5, 5.0, 4.2)),
    Body("egg", 2040.0, (8.0, -5.0, 5.0), (3.6, 3.0, 4.4)),
    Body("rod", 1640.0, (1.0, 10.0, -8.0), (2.2, 2.2, 2.2), end_mm=(9.5, 4.5, -4.0)),
    Body("marker", 2840.0, (-6.5, -8.0, -7.0), (2.8, 2.8, 2.8)),
)


def phantom_hu(points_lps_mm: FloatArray) -> FloatArray:
    """`(..., 3)` places to HU, not rounded."""
    flat = np.asarray(points_lps_mm, dtype=np.float64).reshape(-1, 3)
    distance = np.linalg.norm(flat - CENTRE_LPS_MM, axis=1) - TISSUE_RADIUS_MM
    edge = (TISSUE_HU - AIR_HU) / STEEP_HU_PER_MM
    hu = AIR_HU + np.clip(STEEP_HU_PER_MM * (edge / 2 - distance), 0, TISSUE_HU - AIR_HU)
    near = distance < 0
    for body in BODIES:
        level, _ = body.level(flat[near])
        rise = np.clip(STEEP_HU_PER_MM * (body.ramp_mm / 2 - level), 0, body.hu - TISSUE_HU)
        hu[near] = np.maximum(hu[near], TISSUE_HU + rise)
    return np.asarray(hu.reshape(np.shape(points_lps_mm)[:-1]))


@dataclass(frozen=True)
class Truth:
    """The phantom at given places. hu: (n,). ramps: for each body the indices inside its ramp, the level and its steepness there.

    flat: indices where HU is the same all around, at least `margin_mm` from any ramp.
    """

    hu: FloatArray
    ramps: dict[str, tuple[NDArray[np.intp], FloatArray, FloatArray]] = field(repr=False)
    flat: NDArray[np.intp] = field(repr=False)


# This much of a ramp's ends is not read: a number there may have been cut off.
RAMP_END_MM = 0.2


def truth_at(points_lps_mm: FloatArray, *, margin_mm: float) -> Truth:
    """(n, 3) places within the judged radius."""
    ramps = {}
    distance = np.abs(np.linalg.norm(points_lps_mm - CENTRE_LPS_MM, axis=1) - TISSUE_RADIUS_MM)
    flat = distance > (TISSUE_HU - AIR_HU) / STEEP_HU_PER_MM / 2 + margin_mm
    for body in BODIES:
        level, steep = body.level(points_lps_mm)
        inside = np.flatnonzero(np.abs(level) < body.ramp_mm / 2 - RAMP_END_MM)
        ramps[body.name] = (inside, level[inside], steep[inside])
        # the level rises by `steep` a mm: a margin in mm is wider in levels
        flat &= np.abs(level) > body.ramp_mm / 2 + margin_mm * np.maximum(steep, 1)
    return Truth(phantom_hu(points_lps_mm), ramps, np.flatnonzero(flat))


def read_level(body: Body, hu: FloatArray) -> FloatArray:
    """The level that an HU inside the body's ramp tells."""
    return np.clip(body.ramp_mm / 2 - (hu - TISSUE_HU) / STEEP_HU_PER_MM, -body.ramp_mm / 2, body.ramp_mm / 2)


def iso_distance_mm(points_lps_mm: FloatArray) -> FloatArray:
    """(n,) distance to first order from the nearest surface at ISO_HU."""
    best = np.full(len(points_lps_mm), np.inf)
    for body in BODIES:
        level, steep = body.level(points_lps_mm)
        at = body.ramp_mm / 2 - (ISO_HU - TISSUE_HU) / STEEP_HU_PER_MM
        best = np.minimum(best, np.abs(level - at) / np.maximum(steep, 1.0))
    return best
