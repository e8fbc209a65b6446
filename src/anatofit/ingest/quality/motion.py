"""Whether the patient moved between two slices: a jump against the shift that anatomy itself makes from slice to slice.

Each slice is laid on the one before by a shift, a turn and stretches within the plane (Lucas and Kanade 1981: least squares on the
edges). Anatomy shifts, turns and stretches smoothly along the stack; a patient who moved shows as one pair of slices out of line
with its neighbours. A movement along the stack, or a slow drift, is not seen in this way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

# Slices are compared at this pixel: fine enough for a tenth of it, coarse enough for noise to fall and a jump to be few pixels.
PIXEL_MM = 2.0
# Values between fat and dense bone count alike, so that neither air nor enamel outweighs the rest.
RANGE_HU = (-300.0, 700.0)
# Edges: well above noise, a fifth of what fat beside air makes at this pixel. Fewer square millimetres of them are no content.
EDGE_HU_PER_MM, CONTENT_MM2 = 20.0, 500.0
POINTS = 1500  # edge points used of a slice; more make it no more exact
ROUNDS, PLAIN_ROUNDS, NEAR_MM, SETTLED_MM = 15, 5, 0.1, 0.01
# Of the least squares: far below what any edge adds; and the longest change in one round, so that nothing runs away.
DAMPING, LONGEST_MM = 1e-6, 10.0
# A pair is judged where the second slice, laid on the first, explains so much of its variance, and where the anatomy's own stretch
# is less than so much at the edges (a vault that closes changes too fast from slice to slice to tell a shift from it).
EXPLAINED, STRETCH_MM = 0.7, 3.0
# Neighbouring pairs that say what the anatomy does, on each side, and how many of them must be sure, one on each side at least.
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
    """A slice as it is compared: values, and their slopes per mm down and across, as (rows, columns, 3)."""

    layers: FloatArray

    @cached_property
    def steepness(self) -> FloatArray:
        """The length of the slope."""
        return np.asarray(np.sqrt(self.layers[..., 1] ** 2 + self.layers[..., 2] ** 2))

    def at(self, places: FloatArray) -> FloatArray:
        """(3, n) values and slopes between pixels at (2, n) places, as they are at the border beyond it."""
        rows, columns = self.layers.shape[:2]
        j, i = np.clip(places[0], 0, rows - 1.001), np.clip(places[1], 0, columns - 1.001)
        corner = j.astype(np.intp) * columns + i.astype(np.intp)
        down, across = (j % 1)[:, None], (i % 1)[:, None]
        flat = self.layers.reshape(-1, 3)
        upper = flat.take(corner, axis=0) * (1 - across) + flat.take(corner + 1, axis=0) * across
        lower = flat.take(corner + columns, axis=0) * (1 - across) + flat.take(corner + columns + 1, axis=0) * across
        return np.asarray((upper * (1 - down) + lower * down).T)


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
    here, before, after = laid[n], laid[max(0, n - BESIDE) : n], laid[n + 1 : n + 1 + BESIDE]
    sides = [[b.move_mm for b in side if b is not None and b.sure] for side in (before, after)]
    moves = sides[0] + sides[1]
    if here is None or not here.sure or not all(sides) or len(moves) < LEAST_BESIDE:
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
    if min(values.shape) < 3:
        return _Image(np.zeros((2, 2, 3)))
    values = _softened(_softened(values).T).T
    return _Image(np.stack([values, *np.gradient(values, *pixel_mm)], axis=-1))


def _softened(values: FloatArray) -> FloatArray:
    """Blurred along the first axis by 1 2 1: an edge between pixels then reads as it does on them."""
    out = 2 * values
    out[1:] += values[:-1]
    out[:-1] += values[1:]
    out[0] += values[0]
    out[-1] += values[-1]
    return np.asarray(out / 4)


def _best(before: _Image, after: _Image, pixel_mm: tuple[float, float]) -> _Laid | None:
    """Laid from where it is; where that does not explain the slice, from the best shift by whole pixels too (a large jump)."""
    edges = np.nonzero(np.maximum(before.steepness, after.steepness) > EDGE_HU_PER_MM)
    if len(edges[0]) * pixel_mm[0] * pixel_mm[1] < CONTENT_MM2:
        return None
    thin = -(-len(edges[0]) // POINTS)
    at = np.stack([e[::thin] for e in edges]).astype(np.float64)
    laid = _lay(before, after, at, pixel_mm, start_mm=np.zeros(2))
    if laid.explained >= EXPLAINED:
        return laid
    far = _lay(before, after, at, pixel_mm, start_mm=_whole_shift(before, after) * pixel_mm)
    return max(laid, far, key=lambda one: one.explained)


def _whole_shift(before: _Image, after: _Image) -> FloatArray:
    """Rows and columns from `before` to `after` where the sizes of their slopes correlate best."""
    one, two = (np.fft.rfft2(image.steepness) for image in (before, after))
    shape = before.steepness.shape
    peak = np.unravel_index(np.argmax(np.fft.irfft2(np.conj(one) * two, s=shape)), shape)
    return np.array([(p + n // 2) % n - n // 2 for p, n in zip(peak, shape, strict=True)], dtype=np.float64)


def _lay(
    before: _Image, after: _Image, at: FloatArray, pixel_mm: tuple[float, float], *, start_mm: FloatArray
) -> _Laid:
    """Five numbers: shift down and across, turn, stretch down and across; plain least squares first, then robust."""
    places, wanted = _from_middle(at, pixel_mm), before.at(at)
    numbers: FloatArray = np.array([*start_mm, 0, 0, 0], dtype=np.float64)
    weights: FloatArray = np.ones(at.shape[1])
    left: FloatArray = wanted[0]
    robust_from = PLAIN_ROUNDS
    for turn in range(ROUNDS):
        there = after.at(at + _shifts(numbers, places) / np.array(pixel_mm)[:, None])
        left = wanted[0] - there[0]
        weights = weights if turn < robust_from else _trust(left)
        change = _step(_effects((wanted[1:] + there[1:]) / 2, places), left, weights)
        numbers = numbers + change
        largest = float(np.abs(change).max())
        if turn >= robust_from and largest < SETTLED_MM:
            break
        robust_from = min(robust_from, turn + 1) if largest < NEAR_MM else robust_from
    return _Laid(numbers[:3], _explained(wanted[0], left, weights), float(np.hypot(numbers[3], numbers[4])))


def _from_middle(at: FloatArray, pixel_mm: tuple[float, float]) -> FloatArray:
    """(2, n) places in parts of the edges' mean distance from their middle: so turn and stretches are mm there."""
    places = (at - at.mean(axis=1, keepdims=True)) * np.array(pixel_mm)[:, None]
    return np.asarray(places / max(float(np.sqrt((places**2).sum(axis=0).mean())), 1e-9))


def _shifts(numbers: FloatArray, places: FloatArray) -> FloatArray:
    """(2, n) how far each place moves. There is no shear: with it, a turn of an outline like an ellipse would be anything."""
    down, across, turn, taller, wider = numbers
    return np.stack([down + taller * places[0] + turn * places[1], across + wider * places[1] - turn * places[0]])


def _effects(slopes: FloatArray, places: FloatArray) -> FloatArray:
    """(5, n) what each number does to the values."""
    (down, across), (y, x) = slopes, places
    return np.stack([down, across, down * x - across * y, down * y, across * x])


def _trust(left: FloatArray) -> FloatArray:
    """Weights that fall where a point differs far more than most (Cauchy), 10 HU being noise."""
    usual = 1.4826 * float(np.median(np.abs(left))) + 10
    return np.asarray(1 / (1 + (left / (2 * usual)) ** 2))


def _step(matrix: FloatArray, left: FloatArray, weights: FloatArray) -> FloatArray:
    """The least squares change of the five numbers; none where the edges leave all of them open."""
    normal = (matrix * weights) @ matrix.T
    damped = normal + (DAMPING * np.trace(normal) + 1e-9) * np.eye(5)
    return np.clip(np.linalg.solve(damped, (matrix * weights) @ left), -LONGEST_MM, LONGEST_MM)


def _explained(values: FloatArray, left: FloatArray, weights: FloatArray) -> float:
    """The part of the variance at the edges that the laid slice explains."""
    spread = weights @ (values - weights @ values / weights.sum()) ** 2
    return float(1 - weights @ left**2 / max(float(spread), 1e-9))
