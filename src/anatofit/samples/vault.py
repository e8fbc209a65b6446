"""The vault of the phantom: two closed, star-shaped surfaces whose radius is a formula of the direction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# Half axes of an adult skull's outer table (breadth 142, length 180, height above the centre 84 mm; Gray's Anatomy gives 140-150, 175-190 mm).
HALF_AXES_MM = np.array([71.0, 90.0, 84.0])
FLOOR_MM = 57.0  # depth of the skull base below the centre
POWER = 2.2  # a little squarer than an ellipsoid, as vaults are
BASE_THICKNESS_MM = 5.6
CORTEX_MM = 3.0  # both tables together; what is thicker holds diploe between them
OUTER_SHARE = 0.55

# (direction x left, y back, z up; width in degrees; height in mm). The sides differ: skulls are asymmetric.
OUTER_BUMPS = (
    ((0.80, 0.35, 0.48), 24.0, 3.2), ((-0.78, 0.38, 0.50), 25.0, 2.1),  # parietal eminences
    ((0.36, -0.80, 0.48), 20.0, 1.6), ((-0.40, -0.78, 0.47), 21.0, 2.3),  # frontal eminences
    ((0.92, -0.38, -0.08), 17.0, -4.2), ((-0.92, -0.38, -0.06), 18.0, -3.4),  # temporal hollows
    ((0.38, 0.90, 0.15), 28.0, -2.6), ((-0.30, 0.95, 0.05), 24.0, 0.8),  # occiput flatter on the left
    ((0.0, 0.97, -0.22), 11.0, 2.2),  # inion
    ((0.30, -0.92, -0.26), 10.0, 3.4), ((-0.33, -0.91, -0.26), 10.0, 3.0), ((0.0, -0.97, -0.25), 8.0, 2.0),  # brows, glabella
    ((0.40, -0.72, -0.57), 17.0, -16.0), ((-0.40, -0.72, -0.57), 17.0, -15.0), ((0.0, -0.75, -0.66), 16.0, -14.0),  # over the orbits
    ((0.0, -0.20, 0.98), 30.0, 1.2), ((0.25, 0.55, 0.80), 16.0, -0.9),
)  # fmt: skip
THICKNESS_BUMPS = (
    ((0.93, -0.28, 0.02), 22.0, -3.7), ((-0.93, -0.27, 0.04), 23.0, -3.5),  # squama of the temporal bone
    ((0.0, 0.95, -0.20), 20.0, 3.0), ((0.0, -0.98, 0.05), 26.0, 1.3), ((0.05, -0.96, -0.24), 12.0, 5.5),  # inion, brow, sinus
    ((0.70, 0.40, 0.60), 25.0, 0.9), ((-0.65, 0.45, 0.62), 25.0, 0.3),
    ((0.0, -0.20, 0.98), 9.0, -0.9), ((0.0, 0.60, 0.80), 9.0, -1.0),  # groove of the sagittal sinus
    ((0.42, -0.70, -0.57), 18.0, -2.9), ((-0.42, -0.70, -0.57), 18.0, -2.8),  # orbital roofs
    ((0.45, -0.10, -0.88), 30.0, -1.2), ((-0.45, -0.10, -0.88), 30.0, -1.2),
)  # fmt: skip


@dataclass(frozen=True)
class VaultShape:
    """The numbers of one vault; `bumps` are rows of direction (3), width in degrees, height in mm."""

    half_axes_mm: FloatArray = field(default_factory=lambda: HALF_AXES_MM.copy())
    outer_bumps: FloatArray = field(default_factory=lambda: _rows(OUTER_BUMPS))
    thickness_bumps: FloatArray = field(default_factory=lambda: _rows(THICKNESS_BUMPS))


def _rows(bumps: tuple[tuple[tuple[float, float, float], float, float], ...]) -> FloatArray:
    return np.array([(*direction, width, height) for direction, width, height in bumps])


def vault_shape(shape_seed: int) -> VaultShape:
    """Seed 0 is the default head; every other seed is another person: axes within 5 %, other bumps, other asymmetry."""
    if shape_seed == 0:
        return VaultShape()
    draw = np.random.default_rng(shape_seed).random
    axes = HALF_AXES_MM * (1.0 + 0.05 * (2.0 * draw(3) - 1.0))
    outer, thickness = _rows(OUTER_BUMPS), _rows(THICKNESS_BUMPS)
    outer[:, 4] *= 0.75 + 0.5 * draw(len(outer))
    thickness[:, 4] *= 0.85 + 0.25 * draw(len(thickness))
    extra = 2.0 * draw((6, 3)) - 1.0
    extra[:, 2] = np.abs(extra[:, 2])
    more = np.column_stack([extra, 24.0 + 16.0 * draw(6), 3.0 * draw(6) - 1.5])
    return VaultShape(axes, np.vstack([outer, more]), thickness)


def _bumps(directions: NDArray[Any], rows: FloatArray) -> NDArray[Any]:
    """Sum of smooth hills on the sphere at unit `directions` (..., 3)."""
    total = np.zeros(directions.shape[:-1], dtype=directions.dtype)
    for row in rows:
        axis = row[:3] / np.linalg.norm(row[:3])
        sharpness = 1.0 / (1.0 - np.cos(np.radians(row[3])))
        total += row[4] * np.exp((directions @ axis - 1.0) * sharpness)
    return total


def outer_radius_mm(shape: VaultShape, directions: NDArray[Any]) -> NDArray[Any]:
    """Radius of the outer table along unit `directions` (..., 3) in the head's frame (x left, y back, z up)."""
    a, b, up = shape.half_axes_mm
    z = directions[..., 2]
    height = FLOOR_MM + (up - FLOOR_MM) / (1.0 + np.exp(-7.0 * (z + 0.05)))
    powers = (
        np.abs(directions[..., 0] / a) ** POWER + np.abs(directions[..., 1] / b) ** POWER + np.abs(z / height) ** POWER
    )
    return np.asarray(powers ** (-1.0 / POWER) + _bumps(directions, shape.outer_bumps))


def thickness_mm(shape: VaultShape, directions: NDArray[Any]) -> NDArray[Any]:
    """Radial thickness of the vault, 1.6 mm at least (smoothly)."""
    raw = BASE_THICKNESS_MM + _bumps(directions, shape.thickness_bumps)
    return np.asarray(1.6 + _softplus(raw - 1.6, 0.5))


def diploe_mm(thickness: NDArray[Any]) -> NDArray[Any]:
    """Thickness of the diploe: what both tables leave, none in thin bone."""
    return _softplus(thickness - CORTEX_MM, 0.3)


def _softplus(value: NDArray[Any], scale: float) -> NDArray[Any]:
    return np.asarray(scale * np.logaddexp(0.0, value / scale))
