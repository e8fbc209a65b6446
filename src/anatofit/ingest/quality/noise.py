"""How noisy the image is: the standard deviation within small windows of soft tissue, at its most common value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

# Method and size of the window: Christianson et al., AJR 2015;205:W93, "Automated technique to measure noise in clinical CT
# examinations". Most small windows of soft tissue hold noise alone, so the most common of their deviations is the noise.
WINDOW_MM = 6.0
# A deviation over fewer pixels a side scatters too widely for its mode to be found.
WINDOW_PIXELS = 5
# Fat to muscle and clotted blood, by the mean of a window: single pixels are not chosen, which would cut the noise off.
SOFT_HU = (-150.0, 150.0)
# Air and bone in one window may have soft tissue's mean (a scan whose soft tissue was masked away has no other such window): their
# pixels lie beyond this by fours, which noise that leaves an image reaches but here and there.
FAR_HU, FAR_PART = 600.0, 0.2
# Slices looked at, evenly over the stack: some hundred windows each, so the mode is known to some per cent.
SLICES = 48
# The mode is sought as the shortest interval that holds this part of the windows; fewer windows than the least judge nothing.
MODE_PART, LEAST_WINDOWS = 0.2, 100
ROUNDS = 12  # of the correction, which settles to 1 % in five


def noise_hu(hu: NDArray[Any], spacing_kji_mm: tuple[float, float, float]) -> float | None:
    """Noise in HU of `(k, j, i)` values; None where the image shows too little soft tissue to tell it."""
    chosen = np.unique(np.linspace(0, len(hu) - 1, SLICES).round().astype(int))
    high, wide = (max(WINDOW_PIXELS, round(WINDOW_MM / mm)) for mm in spacing_kji_mm[1:])
    tiles = np.concatenate([_soft_tiles(hu[k], high, wide) for k in chosen])
    return _sigma(_quiet(tiles)) if len(tiles) >= LEAST_WINDOWS else None


def _soft_tiles(plane: NDArray[Any], high: int, wide: int) -> NDArray[np.float32]:
    """(n, high, wide) windows of a slice whose mean is soft tissue's."""
    rows, columns = plane.shape
    cut = plane[: rows // high * high, : columns // wide * wide].astype(np.float32)
    tiles = cut.reshape(rows // high, high, columns // wide, wide)
    means = tiles.mean(axis=(1, 3))
    soft = tiles.swapaxes(1, 2)[(means > SOFT_HU[0]) & (means < SOFT_HU[1])]
    fours = (soft[:, 1:, 1:] + soft[:, :-1, 1:] + soft[:, 1:, :-1] + soft[:, :-1, :-1]) / 4
    return np.asarray(soft[(np.abs(fours) > FAR_HU).mean(axis=(1, 2)) <= FAR_PART])


def _quiet(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """The windows whose deviation is the most common one: in the shortest interval with a fifth of all (Bickel 2002)."""
    deviations = tiles.std(axis=(1, 2), dtype=np.float64)
    order = np.argsort(deviations, kind="stable")
    count = int(np.ceil(MODE_PART * len(order)))
    first = int(np.argmin(deviations[order[count - 1 :]] - deviations[order[: len(order) - count + 1]]))
    return tiles[order[first : first + count]]


def _sigma(tiles: NDArray[np.float32]) -> float:
    """The deviation of the noise itself: a window's own mean takes away what its pixels share.

    How much they share follows from the differences of neighbours, taken as a Gaussian correlation (white noise behind a blur).
    """
    within = float(tiles.var(axis=(1, 2), dtype=np.float64).mean())
    steps = [float((np.diff(tiles, axis=axis) ** 2).mean(dtype=np.float64)) for axis in (1, 2)]
    variance = within
    for _ in range(ROUNDS if within > 0 else 0):
        shared = [
            _along(n, max(0.0, 1 - step / (2 * variance))) for n, step in zip(tiles.shape[1:], steps, strict=True)
        ]
        freedom = max(2.0, 1 / (shared[0][1] * shared[1][1]))
        # the most common deviation of so much freedom lies below the true one (chi distribution)
        variance = within / (1 - shared[0][0] * shared[1][0]) * freedom / (freedom - 1)
    return float(np.sqrt(variance))


def _along(count: int, neighbour: float) -> tuple[float, float]:
    """Mean correlation, and mean squared, of two of `count` pixels in a row whose neighbours correlate so."""
    lag: FloatArray = np.abs(np.subtract.outer(np.arange(count), np.arange(count))).astype(np.float64)
    correlation = np.where(lag == 0, 1.0, min(neighbour, 0.99) ** (lag**2))
    return float(correlation.mean()), float((correlation**2).mean())
