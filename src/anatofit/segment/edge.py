"""The HU at which bone ends: the half height of the step between tissue and bone, read off profiles across the edge.

A fixed threshold moves every surface (0.10 mm at 300 HU in a head CT). A blurred step is steepest where it really lies, at
half its height. Half of the measured peak is not that height: a cortex of one or two millimetres never reaches its full
density in a scan (Prevrhal et al., Phys Med Biol 44:751, 1999), so the HU is taken at the steepest point itself (Canny,
IEEE PAMI 8:679, 1986) and averaged over the neighbourhood.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.grid import Grid
from anatofit.model.volume import Field

SEED_HU = 300  # profiles are laid through places near this value; where they end up does not depend on it
PROFILE_MM = np.arange(-4.0, 4.001, 0.2)  # from inside to outside
SMOOTH_STEPS = 3  # running mean over 0.6 mm: less lets noise pick the steepest point, more blurs thin cortex; both pull it outwards
FLAT_SHARE = 0.1  # a plateau begins where the slope has fallen to a tenth of its steepest (2.1 sigma of a blur)
LOWEST_CONTRAST_HU = 150.0  # below this a profile shows no bone edge
MOST_PROFILES = 40_000
COARSE_MM = 5.0  # edge HU varies with bone quality over centimetres
SPREAD_MM = 6.0


@dataclass(frozen=True)
class EdgeProfiles:
    """Points `(n, 3)` in index coordinates k, j, i; their half height and slope; `noise_hu` of the soft tissue."""

    points_kji: NDArray[np.float64]
    half_hu: NDArray[np.float64]
    contrast_hu: NDArray[np.float64]
    slope_hu_per_mm: NDArray[np.float64]


def edge_profiles(
    hu: NDArray[Any], keep: NDArray[np.bool_], factor_kji: tuple[int, int, int], spacing_kji_mm: NDArray[np.float64]
) -> EdgeProfiles:
    """Profiles across the bone's edge at up to 40 000 places spread evenly over it."""
    points = _seeds(hu, keep, factor_kji)
    if not len(points):
        return EdgeProfiles(points, *(np.zeros(0) for _ in range(3)))
    normals = _outward(hu, points, spacing_kji_mm)
    steps = PROFILE_MM[None, :, None] * normals[:, None, :] / spacing_kji_mm
    profiles = _sample(hu, points[:, None, :] + steps)
    kernel = np.ones(SMOOTH_STEPS) / SMOOTH_STEPS
    smooth = np.apply_along_axis(np.convolve, 1, profiles, kernel, "valid")
    half, contrast, slope = _steepest(smooth)
    good = contrast > LOWEST_CONTRAST_HU
    return EdgeProfiles(points[good], half[good], contrast[good], slope[good])


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


def _steepest(profiles: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """HU at the steepest fall (to a fraction of a step), contrast between the plateaus beside it, and the fall in HU per mm."""
    step = float(PROFILE_MM[1] - PROFILE_MM[0])
    fall = -np.diff(profiles, axis=1) / step
    middle = fall.shape[1] // 2
    reach = round(1.2 / step)
    steepest = middle - reach + np.argmax(fall[:, middle - reach : middle + reach + 1], axis=1)
    rows = np.arange(len(fall))
    flat = fall < FLAT_SHARE * fall[rows, steepest][:, None]
    columns = np.arange(fall.shape[1])
    outer = flat & (columns[None] > steepest[:, None])
    inner = flat & (columns[None] < steepest[:, None])
    out_at = np.where(outer.any(axis=1), np.argmax(outer, axis=1), fall.shape[1] - 1)
    in_at = np.where(inner.any(axis=1), fall.shape[1] - 1 - np.argmax(inner[:, ::-1], axis=1), 0)
    before, at, after = (fall[rows, np.clip(steepest + d, 0, fall.shape[1] - 1)] for d in (-1, 0, 1))
    bend = before - 2.0 * at + after
    offset = np.where(bend < 0, np.clip(0.5 * (before - after) / np.where(bend < 0, bend, -1.0), -0.5, 0.5), 0.0)
    middle_hu = 0.5 * (profiles[rows, steepest] + profiles[rows, steepest + 1])
    return middle_hu - offset * at * step, profiles[rows, in_at + 1] - profiles[rows, out_at], at


def spread_edge(profiles: EdgeProfiles, grid: Grid) -> Field:
    """The half heights spread over a coarse grid by a normalised Gaussian; their median where no edge is near."""
    from scipy import ndimage

    shape = tuple(
        int(np.ceil((n - 1) * s / COARSE_MM)) + 1
        for n, s in zip(grid.shape_kji, grid.spacing_ijk_mm[::-1], strict=True)
    )
    coarse = Grid((shape[0], shape[1], shape[2]), grid.origin_lps_mm, np.full(3, COARSE_MM), grid.direction_lps)
    cells = np.rint(profiles.points_kji * grid.spacing_ijk_mm[::-1] / COARSE_MM).astype(np.int64)
    flat = np.ravel_multi_index(tuple(np.minimum(cells, np.array(shape) - 1).T), shape)
    size = int(np.prod(shape))
    middle = float(np.median(profiles.half_hu))
    low, high = np.percentile(profiles.half_hu, [2, 98])
    total = np.bincount(flat, weights=np.clip(profiles.half_hu, low, high), minlength=size).reshape(shape)
    count = np.bincount(flat, minlength=size).reshape(shape).astype(np.float64)
    sigma = SPREAD_MM / COARSE_MM
    weight = ndimage.gaussian_filter(count, sigma, mode="constant")
    prior = 0.05  # pulls empty places to the median without a seam
    value = (ndimage.gaussian_filter(total, sigma, mode="constant") + prior * middle) / (weight + prior)
    return Field(coarse, value.astype(np.float32))
