"""Pairs of boxes that overlap, found by hashing them into the cells of a grid."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

IntArray = NDArray[np.int64]
# A box is entered in every cell that it touches; the cells grow until boxes are in this many on average.
_CELLS_A_BOX = 3.0
# Pairs handed on at once: 200 000 triangle pairs take about 100 MB of intermediate arrays.
_BATCH = 200_000


def overlapping_pairs(low_mm: FloatArray, high_mm: FloatArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Batches of index pairs (first < second) of `(n, 3)` boxes that overlap or touch; each pair comes once."""
    if len(low_mm) < 2:
        return
    origin = low_mm.min(axis=0)
    cell = _cell_size(low_mm, high_mm)
    first = np.floor((low_mm - origin) / cell).astype(np.int64)
    span = np.floor((high_mm - origin) / cell).astype(np.int64) - first + 1
    boxes, keys, shape = _entries(first, span)
    order = np.argsort(keys, kind="stable")
    boxes, keys = boxes[order], keys[order]
    yield from _batched(_pairs_in_cells(boxes, keys, low_mm, high_mm, first, shape))


def _cell_size(low_mm: FloatArray, high_mm: FloatArray) -> float:
    size = high_mm - low_mm
    cell = float(max(size.max(axis=1).mean(), 1e-6))
    widest = float((high_mm.max(axis=0) - low_mm.min(axis=0)).max())
    cell = max(cell, widest / 200_000)  # keeps cell numbers within 64 bits
    while np.prod(size / cell + 1.0, axis=1).mean() > _CELLS_A_BOX and cell < widest:
        cell *= 1.25
    return cell


def _entries(first: IntArray, span: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Every (box, cell) that touch: box numbers, cell keys; and the grid's shape."""
    shape = (first + span).max(axis=0)
    count = span.prod(axis=1)
    boxes = np.repeat(np.arange(len(first)), count)
    inside = np.arange(len(boxes)) - np.repeat(np.cumsum(count) - count, count)
    spans = span[boxes]
    z = inside % spans[:, 2]
    rest = inside // spans[:, 2]
    cells = first[boxes] + np.stack([rest // spans[:, 1], rest % spans[:, 1], z], axis=1)
    return boxes, _key(cells, shape), shape


def _key(cells: IntArray, shape: IntArray) -> IntArray:
    return np.asarray((cells[:, 0] * shape[1] + cells[:, 1]) * shape[2] + cells[:, 2])


def _pairs_in_cells(
    boxes: IntArray, keys: IntArray, low: FloatArray, high: FloatArray, first: IntArray, shape: IntArray
) -> Iterator[tuple[IntArray, IntArray]]:
    """Pairs within a cell, `step` entries apart; a pair is named only in the first cell that both boxes touch."""
    lows, highs = np.ascontiguousarray(low.T), np.ascontiguousarray(high.T)
    at = np.arange(len(keys) - 1)
    step = 1
    while len(at):
        at = at[keys[at] == keys[at + step]]
        a, b = boxes[at], boxes[at + step]
        meet = np.ones(len(at), dtype=bool)
        for axis in range(3):
            meet &= (lows[axis][a] <= highs[axis][b]) & (lows[axis][b] <= highs[axis][a])
        a, b, key = a[meet], b[meet], keys[at[meet]]
        home = _key(np.maximum(first[a], first[b]), shape) == key
        a, b = a[home], b[home]
        yield np.minimum(a, b), np.maximum(a, b)
        step += 1
        at = at[at + step < len(keys)]


def _batched(pairs: Iterator[tuple[IntArray, IntArray]]) -> Iterator[tuple[IntArray, IntArray]]:
    """Small batches joined, large ones cut."""
    waiting: list[tuple[IntArray, IntArray]] = []
    for first, second in pairs:
        waiting.append((first, second))
        if sum(len(a) for a, _ in waiting) >= _BATCH:
            yield from _cut(waiting)
            waiting = []
    yield from _cut(waiting)


def _cut(waiting: list[tuple[IntArray, IntArray]]) -> Iterator[tuple[IntArray, IntArray]]:
    if not waiting:
        return
    first = np.concatenate([a for a, _ in waiting])
    second = np.concatenate([b for _, b in waiting])
    for start in range(0, len(first), _BATCH):
        yield first[start : start + _BATCH], second[start : start + _BATCH]
