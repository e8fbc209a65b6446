"""The seams between the bones of the phantom's vault: fine wavy lines of low density, through its whole thickness."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RADIUS_MM = 85.0
WIDTH_MM = 0.8
BLUR_MM = 0.15  # added to half the width, so that the line fades as a gap half filled with fibre does
DEEPEST_SHARE = 0.62  # of the bone's density that a suture takes away in its middle
WAVE_MM, WAVES_PER_UNIT = 1.1, 104.0  # interdigitation: height, and waves along a unit of the sphere
FAR = 9.0


def suture_per_mm(directions: NDArray[Any]) -> NDArray[Any]:
    """Distance to the coronal, sagittal and lambdoid sutures at unit `directions`, per mm of radius (approximate)."""
    x, y, z = np.moveaxis(directions, -1, 0)
    wave = WAVE_MM / RADIUS_MM
    coronal = y - 0.28 * (z - 1.0) + 0.28 + wave * (np.sin(WAVES_PER_UNIT * x) + 0.4 * np.sin(91.0 * x + 1.0))
    lambdoid = (
        y - 0.86 + 0.62 * np.abs(x) * (z > -0.2) + 0.30 * (z - 0.45) + wave * np.sin(WAVES_PER_UNIT * x + 0.8 * z)
    )
    sagittal = x - 0.01 + wave * (np.sin(WAVES_PER_UNIT * y) + 0.4 * np.sin(77.0 * y))
    lines = [
        np.where(z > 0.05, coronal, FAR), np.where(z > -0.15, lambdoid, FAR),
        np.where((coronal > 0) & (lambdoid < 0) & (z > 0), sagittal, FAR),
    ]  # fmt: skip
    return np.asarray(np.minimum.reduce([np.abs(line) for line in lines]))


def suture_share(distance_mm: NDArray[Any]) -> NDArray[Any]:
    """How much of the bone's density a suture takes away at a distance from its middle."""
    return np.asarray(DEEPEST_SHARE * np.exp(-0.5 * (distance_mm / (0.5 * WIDTH_MM + BLUR_MM)) ** 2))
