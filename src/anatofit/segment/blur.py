"""How blurred the scan is, told from its own bone edges.

Only the tissue's half of an edge is used: there a cortex of one millimetre or more looks as a solid does, so that width and
density of the cortex cannot stand in for blur (the trade-off in Treece et al., Med Image Anal 14:276, 2010, sec. 2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.segment.step import WINDOW_MM

FloatArray = NDArray[np.float64]

TAIL_FROM_MM = -0.5  # of the steepest point; further in, the diploe behind a thin cortex would be read as blur
BLURS_MM = np.geomspace(0.3, 1.5, 14)  # from the sharpest bone kernel to the softest body kernel
PLACES_MM = np.arange(-16, 17) * 0.05
FINEST_SHARE = 0.35  # of profiles: those along the axes that are sampled best
STEEPEST_SHARE = 0.5  # of those: the others are thin, bevelled or porous
MOST_PROFILES = 2500
SMALLEST_MM2 = 0.01


def sampling_mm2(normals_kji: FloatArray, spacing_kji_mm: FloatArray) -> FloatArray:
    """`(n,)` variance that sampling adds along unit normals: the voxel's box (s²/12) and linear interpolation (s²/6)."""
    return np.asarray((normals_kji**2 * spacing_kji_mm**2).sum(axis=1) / 4.0)


def blur_mm2(windows: FloatArray, sampling: FloatArray, slopes: FloatArray) -> float:
    """Variance of the scanner's own blur, without sampling: what explains the tissue's half of steep, finely sampled edges.

    The blur across thick slices is not measured (few edges face them) but follows from this and the slices' distance.
    """
    fine = np.flatnonzero(sampling <= np.percentile(sampling, 100 * FINEST_SHARE))
    steep = fine[slopes[fine] >= np.percentile(slopes[fine], 100 * (1 - STEEPEST_SHARE))]
    chosen = steep[:: max(1, len(steep) // MOST_PROFILES)]
    total = _whole_blur_mm(windows[chosen][:, WINDOW_MM > TAIL_FROM_MM - 1e-6])
    return max(total**2 - float(sampling[chosen].mean()), SMALLEST_MM2)


def _whole_blur_mm(tails: FloatArray) -> float:
    """The blur whose best-placed steps leave the least (median over profiles), between grid values by a parabola."""
    left = np.array([float(np.median(_left(tails, blur))) for blur in BLURS_MM])
    at = int(np.clip(left.argmin(), 1, len(left) - 2))
    before, here, after = left[at - 1 : at + 2]
    bend = before - 2.0 * here + after
    offset = float(np.clip(0.5 * (before - after) / bend, -1.0, 1.0)) if bend > 0 else 0.0
    return float(BLURS_MM[at] * (BLURS_MM[1] / BLURS_MM[0]) ** offset)


def _left(tails: FloatArray, blur_mm: float) -> FloatArray:
    """`(n,)` sum of squares that the best-placed single step of a blur leaves."""
    from scipy.special import ndtr

    outer = ndtr((WINDOW_MM[WINDOW_MM > TAIL_FROM_MM - 1e-6] - PLACES_MM[:, None]) / blur_mm)
    basis, _ = np.linalg.qr(np.stack([outer, 1.0 - outer], axis=-1))
    explained = [((tails @ b) ** 2).sum(axis=1) for b in basis]
    return np.asarray((tails**2).sum(axis=1) - np.max(explained, axis=0))
