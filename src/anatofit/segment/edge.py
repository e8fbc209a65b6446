"""Profiles across the bone's edge, laid where it is steepest; what the HU of the edge is, a model of each of them tells.

A fixed threshold moves every surface (0.10 mm at 300 HU in a head CT). A blurred step is steepest where it really lies, to
within what the model then corrects (Canny, IEEE PAMI 8:679, 1986).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.volume import Volume
from anatofit.segment.blur import blur_mm2, sampling_mm2
from anatofit.segment.step import STEP_MM, WINDOW_MM, Steps, fit_steps

SEED_HU = 300  # profiles are laid through places near this value; where they end up does not depend on it
SEARCH_MM = 1.2  # the steepest point is looked for this far from the seed
SEARCH_STEPS = round(SEARCH_MM / STEP_MM)
LOWEST_CONTRAST_HU = 150.0  # below this a profile shows no bone edge
MOST_MISFIT = 0.12  # of the contrast: beyond it the profile crosses something else than one edge
DENSER_THAN_SEEN = 1.25  # a cortex is at most this much denser than the densest one percent of profiles show it
MOST_PROFILES = 40_000
DIRECTIONS = 6  # groups of profiles by the blur along them, fitted together


@dataclass(frozen=True)
class EdgeProfiles:
    """Places `(n, 3)`; the scan's HU at the true edge there, the step's height and slope.

    blur_mm: standard deviation of the scanner's own blur; widest_blur_mm: with sampling, along the coarsest axis.
    """

    points_lps_mm: NDArray[np.float64]
    edge_hu: NDArray[np.float64]
    contrast_hu: NDArray[np.float64]
    slope_hu_per_mm: NDArray[np.float64]
    blur_mm: float
    widest_blur_mm: float


def edge_profiles(volume: Volume, keep: NDArray[np.bool_], factor_kji: tuple[int, int, int]) -> EdgeProfiles:
    """Profiles across the bone's edge at up to 40 000 places spread evenly over it."""
    spacing = volume.grid.spacing_ijk_mm[::-1]
    points = _seeds(volume.hu, keep, factor_kji)
    if not len(points):
        return EdgeProfiles(points, np.zeros(0), np.zeros(0), np.zeros(0), 0.0, 0.0)
    normals = _outward(volume.hu, points, spacing)
    windows, slopes = _windows(volume.hu, points, normals / spacing)
    sampling = sampling_mm2(normals, spacing)
    own = blur_mm2(windows, sampling, slopes)
    steps = _fit(windows, np.sqrt(own + sampling))
    contrast = steps.cortex_hu - steps.tissue_hu
    good = (contrast > LOWEST_CONTRAST_HU) & (steps.misfit_hu < MOST_MISFIT * contrast)
    good &= (steps.edge_hu > steps.tissue_hu) & (steps.edge_hu < steps.cortex_hu)
    places = volume.grid.to_lps(points[good][:, ::-1])
    widest = float(np.sqrt(own + sampling_mm2(np.eye(3), spacing).max()))
    return EdgeProfiles(places, steps.edge_hu[good], contrast[good], slopes[good], float(np.sqrt(own)), widest)


def _windows(
    hu: NDArray[Any], points: NDArray[np.float64], step_kji: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`(n, samples)` HU about the steepest fall near each point, inside first, and that fall in HU per mm.

    The steepest is looked for on a running mean of three samples: less lets noise pick it.
    """
    first = round(WINDOW_MM[0] / STEP_MM) - SEARCH_STEPS
    offsets = STEP_MM * np.arange(first, round(WINDOW_MM[-1] / STEP_MM) + SEARCH_STEPS + 1)
    profiles = _sample(hu, points[:, None, :] + offsets[None, :, None] * step_kji[:, None, :])
    smooth = (profiles[:, :-2] + profiles[:, 1:-1] + profiles[:, 2:]) / 3.0
    fall = (smooth[:, :-1] - smooth[:, 1:])[:, -first - SEARCH_STEPS - 1 : -first + SEARCH_STEPS] / STEP_MM
    steepest = np.argmax(fall, axis=1)
    rows = np.arange(len(points))
    columns = np.minimum(steepest[:, None] + np.arange(len(WINDOW_MM)), len(offsets) - 1)
    return profiles[rows[:, None], columns], fall[rows, steepest]


def _fit(windows: NDArray[np.float64], blur_mm: NDArray[np.float64]) -> Steps:
    """The model of each window at its own blur, to within one of six groups."""
    densest = DENSER_THAN_SEEN * float(np.percentile(windows.max(axis=1), 99))
    low, high = float(blur_mm.min()), float(blur_mm.max())
    group = np.minimum((DIRECTIONS * (blur_mm - low) / max(high - low, 1e-6)).astype(np.int64), DIRECTIONS - 1)
    out = np.zeros((4, len(windows)))
    for number in np.unique(group):
        mine = group == number
        some = fit_steps(windows[mine], float(blur_mm[mine].mean()), densest)
        out[:, mine] = some.edge_hu, some.tissue_hu, some.cortex_hu, some.misfit_hu
    return Steps(*out)


def _seeds(hu: NDArray[Any], keep: NDArray[np.bool_], factor_kji: tuple[int, int, int]) -> NDArray[np.float64]:
    """Voxels of kept bone with a neighbour below the seed HU, thinned evenly in memory order."""
    found = []
    for index in range(1, hu.shape[0] - 1):
        block = keep[index // factor_kji[0]]
        if not block.any():
            continue
        plane = hu[index] > SEED_HU
        inner = plane[1:-1, 1:-1]
        edge = inner & ~(plane[:-2, 1:-1] & plane[2:, 1:-1] & plane[1:-1, :-2] & plane[1:-1, 2:])
        j, i = np.nonzero(edge)
        inside = block[(j + 1) // factor_kji[1], (i + 1) // factor_kji[2]]
        found.append(np.stack([np.full(inside.sum(), index), j[inside] + 1, i[inside] + 1], axis=1))
    points = np.concatenate(found) if found else np.zeros((0, 3), dtype=np.int64)
    stride = max(1, -(-len(points) // MOST_PROFILES))
    return points[::stride].astype(np.float64)


def _sample(hu: NDArray[Any], points_kji: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy import ndimage

    coordinates = np.moveaxis(points_kji, -1, 0)
    return np.asarray(ndimage.map_coordinates(hu, coordinates, output=np.float64, order=1, mode="nearest"))


def _outward(hu: NDArray[Any], points: NDArray[np.float64], spacing_kji_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """`(n, 3)` unit directions (k, j, i axes, mm) from bone to tissue: minus the gradient over one millimetre."""
    gradient = np.empty_like(points)
    for axis in range(3):
        offset = np.zeros(3)
        offset[axis] = 1.0 / spacing_kji_mm[axis]
        gradient[:, axis] = _sample(hu, points + offset) - _sample(hu, points - offset)
    length = np.linalg.norm(gradient, axis=1, keepdims=True)
    return np.asarray(-gradient / np.maximum(length, 1e-9))
