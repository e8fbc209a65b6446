"""The HU at which bone ends is read off a fitted model: tissue, a cortex of some width, and what lies within, all blurred.

A thin cortex never reaches its density in a scan, so half of the measured peak is too low and the steepest point lies too
far out (Prevrhal et al., Phys Med Biol 44:751, 1999). The model is that of Treece et al. (Med Image Anal 14:276, 2010): for
a known blur, the three densities follow from place and width of the cortex by linear least squares (variable projection),
so every pair of place and width is tried and the best kept; no start value can go astray.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

STEP_MM = 0.2  # between samples of a profile: a third of the sharpest blur
INSIDE_MM, OUTSIDE_MM = 3.2, 2.0  # of a window: a table and some diploe within, a scalp's first layer without
WINDOW_MM = STEP_MM * np.arange(-round(INSIDE_MM / STEP_MM), round(OUTSIDE_MM / STEP_MM) + 1)
PLACES_MM = np.arange(-6, 7) * 0.1  # of the edge about the steepest point; the edge's HU hardly depends on this step
WIDTHS_MM = np.array([0.6, 0.8, 1.0, 1.25, 1.5, 1.8, 2.2, 2.7, np.inf])  # infinite: one density, as in a cut diploe
CHUNK = 4096


@dataclass(frozen=True)
class Steps:
    """Of n profiles: HU of the scan at the true edge, of the tissue outside, of the cortex, and the misfit (RMS)."""

    edge_hu: FloatArray
    tissue_hu: FloatArray
    cortex_hu: FloatArray
    misfit_hu: FloatArray


def layers(places_mm: FloatArray, widths_mm: FloatArray, blur_mm: float) -> FloatArray:
    """`(n, samples, 3)` share that tissue, cortex and inside have in each sample of a window."""
    from scipy.special import ndtr

    outer = ndtr((WINDOW_MM - places_mm[:, None]) / blur_mm)
    inner = ndtr(-(WINDOW_MM - places_mm[:, None] + widths_mm[:, None]) / blur_mm)
    return np.stack([outer, 1.0 - outer - inner, inner], axis=-1)


def fit_steps(windows: FloatArray, blur_mm: float, densest_hu: float) -> Steps:
    """The best model of each `(n, samples)` window, inside first.

    densest_hu: no cortex is taken to be denser; without a limit, a width near nothing would mean a density near infinity.
    """
    places, widths = (a.ravel() for a in np.meshgrid(PLACES_MM, WIDTHS_MM, indexing="ij"))
    u, size, v = np.linalg.svd(layers(places, widths, blur_mm), full_matrices=False)
    used = size > 1e-9
    basis = u * used[:, None, :]
    solve = np.einsum("cij,ci,cki->cjk", v, used / np.where(used, size, 1.0), basis)
    best, misfit = _best(windows, basis, solve[:, 1] * np.isfinite(widths)[:, None], densest_hu)
    tissue, cortex, inside = np.einsum("nij,nj->in", solve[best], windows)
    return Steps(_at_edge(tissue, cortex, inside, widths[best] / blur_mm), tissue, cortex, misfit)


def _at_edge(tissue: FloatArray, cortex: FloatArray, inside: FloatArray, width_in_blurs: FloatArray) -> FloatArray:
    """What the scan shows at the model's edge: half the step, less what a thin cortex loses to what lies within."""
    from scipy.special import ndtr

    return np.asarray(0.5 * (tissue + cortex) + (inside - cortex) * ndtr(-width_in_blurs))


def _best(
    windows: FloatArray, basis: FloatArray, to_cortex: FloatArray, densest_hu: float
) -> tuple[NDArray[np.int64], FloatArray]:
    """Number of the candidate that explains most of each window, and what it leaves (RMS); those too dense are passed over."""
    best = np.zeros(len(windows), dtype=np.int64)
    left = np.zeros(len(windows))
    flat = basis.transpose(1, 0, 2).reshape(windows.shape[1], -1)
    for first in range(0, len(windows), CHUNK):
        some = windows[first : first + CHUNK]
        explained = ((some @ flat) ** 2).reshape(len(some), -1, basis.shape[2]).sum(axis=2)
        explained[some @ to_cortex.T > densest_hu] = -1.0
        best[first : first + CHUNK] = explained.argmax(axis=1)
        left[first : first + CHUNK] = (some**2).sum(axis=1) - explained.max(axis=1)
    return best, np.sqrt(np.maximum(left, 0.0) / windows.shape[1])
