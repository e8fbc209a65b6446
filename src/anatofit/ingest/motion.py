"""Whether the patient moved between two slices: a jump against the shift that anatomy itself makes from slice to slice.

Each slice is laid on the one before by a shift, a turn and a stretch within the plane (Lucas and Kanade 1981, as affine least squares
on the edges). Anatomy shifts, turns and stretches smoothly along the stack; a patient who moved shows as one pair of slices out of line
with its neighbours. A movement along the stack, or a slow drift, is not seen in this way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

# Slices are compared at this pixel: fine enough for a tenth of it, coarse enough for noise to fall and a jump to be few pixels.
PIXEL_MM = 2.0
# Values between fat and dense bone count alike, so that neither air nor enamel outweighs the rest.
RANGE_HU = (-300.0, 700.0)
# Edges: half of what fat beside air makes at this pixel. Fewer than so many square millimetres of them are no content.
EDGE_HU_PER_MM, CONTENT_MM2 = 40.0, 500.0
POINTS = 3000  # edge points used of a slice; more make it no more exact
ROUNDS, PLAIN_ROUNDS, SETTLED_MM = 15, 5, 0.005
# A pair is judged where the second slice, laid on the first, explains so much of its variance, and where the anatomy's own stretch
# is less than so much at the edges (a vault that closes changes too fast from slice to slice to tell a shift from it).
EXPLAINED, STRETCH_MM = 0.7, 3.0
# Neighbouring pairs that say what the anatomy does, on each side, and how many of them must be judged.
BESIDE, LEAST_BESIDE = 3, 3


@dataclass(frozen=True)
class Motion:
    """step_mm: the largest jump, None where no pair of slices could be judged; at: index of the slice before it."""

    step_mm: float | None
    at: int
    judged: int
    pairs: int


@dataclass(frozen=True)
class _Image:
    """A slice as it is compared: values and their slopes per mm along rows and columns."""

    values: FloatArray
    slopes: tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class _Laid:
    """One slice laid on the one before: shift along columns and rows and turn at the edges, mm; how well, and how stretched."""

    move_mm: FloatArray
    explained: float
    stretch_mm: float

    @property
    def sure(self) -> bool:
        return self.explained >= EXPLAINED and self.stretch_mm <= STRETCH_MM


def motion_of(hu: NDArray[Any], spacing_mm: tuple[float, float, float]) -> Motion:
    """The largest jump between neighbours of `hu`, whose first axis runs from slice to slice."""
    laid = list(_pairs(hu, spacing_mm[1:]))
    jumps = [_jump(laid, n) for n in range(len(laid))]
    judged = [j for j in jumps if j is not None]
    if not judged:
        return Motion(None, 0, 0, len(laid))
    at = int(np.argmax([-1.0 if j is None else j for j in jumps]))
    return Motion(max(judged), at, len(judged), len(laid))


def _jump(laid: list[_Laid | None], n: int) -> float | None:
    """How far pair `n` is out of line with those beside it, mm; None where that cannot be told."""
    here = laid[n]
    beside = laid[max(0, n - BESIDE) : n] + laid[n + 1 : n + 1 + BESIDE]
    moves = [b.move_mm for b in beside if b is not None and b.sure]
    if here is None or not here.sure or len(moves) < LEAST_BESIDE:
        return None
    down, across, turn = np.abs(here.move_mm - np.median(moves, axis=0))
    return float(max(np.hypot(down, across), turn))


def _pairs(hu: NDArray[Any], pixel_mm: tuple[float, ...]) -> Iterator[_Laid | None]:
    factors = tuple(max(1, round(PIXEL_MM / mm)) for mm in pixel_mm)
    coarse_mm = (pixel_mm[0] * factors[0], pixel_mm[1] * factors[1])
    before = _image(hu[0], factors, coarse_mm)
    for plane in hu[1:]:
        after = _image(plane, factors, coarse_mm)
        yield _best(before, after, coarse_mm)
        before = after


def _image(plane: NDArray[Any], factors: tuple[int, ...], pixel_mm: tuple[float, float]) -> _Image:
    """The slice averaged to the coarse pixel, in the range that counts."""
    down, across = factors
    rows, columns = plane.shape[0] // down, plane.shape[1] // across
    lines = np.zeros((rows, plane.shape[1]), dtype=np.float32)
    for n in range(down):
        lines += plane[n : rows * down : down]
    total = np.zeros((rows, columns), dtype=np.float64)
    for n in range(across):
        total += lines[:, n : columns * across : across]
    values = np.clip(total / (down * across), *RANGE_HU)
    if min(values.shape) < 2:
        return _Image(values, (np.zeros_like(values), np.zeros_like(values)))
    along_rows, along_columns = np.gradient(values, *pixel_mm)
    return _Image(values, (np.asarray(along_rows), np.asarray(along_columns)))


def _best(before: _Image, after: _Image, pixel_mm: tuple[float, float]) -> _Laid | None:
    """Laid from where it is; where that does not explain the slice, from the best shift by whole pixels too (a large jump)."""
    edges = np.nonzero(_steep(before) | _steep(after))
    if len(edges[0]) * pixel_mm[0] * pixel_mm[1] < CONTENT_MM2:
        return None
    thin = -(-len(edges[0]) // POINTS)
    at = np.stack([e[::thin] for e in edges]).astype(np.float64)
    laid = _lay(before, after, at, pixel_mm, start_mm=np.zeros(2))
    if laid.explained >= EXPLAINED:
        return laid
    far = _lay(before, after, at, pixel_mm, start_mm=_whole_shift(before, after) * pixel_mm)
    return max(laid, far, key=lambda one: one.explained)


def _steep(image: _Image) -> NDArray[np.bool_]:
    return np.asarray(np.hypot(*image.slopes) > EDGE_HU_PER_MM)


def _whole_shift(before: _Image, after: _Image) -> FloatArray:
    """Rows and columns from `before` to `after` where the sizes of their slopes correlate best."""
    one, two = (np.fft.rfft2(np.hypot(*image.slopes)) for image in (before, after))
    shape = before.values.shape
    peak = np.unravel_index(np.argmax(np.fft.irfft2(np.conj(one) * two, s=shape)), shape)
    return np.array([(p + n // 2) % n - n // 2 for p, n in zip(peak, shape, strict=True)], dtype=np.float64)


def _lay(
    before: _Image, after: _Image, at: FloatArray, pixel_mm: tuple[float, float], *, start_mm: FloatArray
) -> _Laid:
    """Six numbers, down and across: shift, and change of the shift with both places; plain least squares first, then robust."""
    from scipy.ndimage import map_coordinates

    basis = _basis(at, pixel_mm)
    rows, columns = at.astype(int)
    values = before.values[rows, columns]
    slopes = [0.5 * (a[rows, columns] + b[rows, columns]) for a, b in zip(before.slopes, after.slopes, strict=True)]
    matrix = np.concatenate([slope * basis for slope in slopes])
    numbers: FloatArray = np.array([start_mm[0], 0, 0, start_mm[1], 0, 0], dtype=np.float64)
    weights: FloatArray = np.ones(at.shape[1])
    for turn in range(ROUNDS):
        moved = at + (numbers.reshape(2, 3) @ basis) / np.array(pixel_mm)[:, None]
        left = values - map_coordinates(after.values, moved, order=1, mode="nearest")
        weights = weights if turn < PLAIN_ROUNDS else _trust(left)
        change = _step(matrix, left, weights)
        numbers = numbers + change
        if turn > PLAIN_ROUNDS and np.abs(change).max() < SETTLED_MM:
            break
    down, across = numbers.reshape(2, 3)
    move = np.array([down[0], across[0], (down[2] - across[1]) / 2])
    return _Laid(move, _explained(values, left, weights), float(np.hypot(down[1], across[2])))


def _basis(at: FloatArray, pixel_mm: tuple[float, float]) -> FloatArray:
    """(3, n) one, and both places in parts of the edges' mean distance from their middle: so turns and stretches are mm there."""
    places = (at - at.mean(axis=1, keepdims=True)) * np.array(pixel_mm)[:, None]
    return np.stack([np.ones(at.shape[1]), *places / np.sqrt((places**2).sum(axis=0).mean())])


def _trust(left: FloatArray) -> FloatArray:
    """Weights that fall where a point differs far more than most (Cauchy), 10 HU being noise."""
    usual = 1.4826 * float(np.median(np.abs(left))) + 10
    return np.asarray(1 / (1 + (left / (2 * usual)) ** 2))


def _step(matrix: FloatArray, left: FloatArray, weights: FloatArray) -> FloatArray:
    """The least squares change of the six numbers."""
    normal = (matrix * weights) @ matrix.T
    return np.asarray(np.linalg.solve(normal + 1e-6 * np.trace(normal) * np.eye(6), (matrix * weights) @ left))


def _explained(values: FloatArray, left: FloatArray, weights: FloatArray) -> float:
    """The part of the variance at the edges that the laid slice explains."""
    spread = weights @ (values - weights @ values / weights.sum()) ** 2
    return float(1 - weights @ left**2 / max(float(spread), 1e-9))
