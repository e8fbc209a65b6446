"""Slices that cannot stand where they do: without a picture, the same as the one beside, or unlike their neighbours.

Positions may be in perfect order while the pixels are not: a lost slice stored as an empty picture, slices exchanged or reversed,
a slice in another rescale. Anatomy changes evenly: averaged to some 32 x 32 blocks, a slice lies between its neighbours (half as
far from each as they are from each other), and its distance to the next is like those around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

# Blocks a side: noise averages out in them, and bone of a head does not.
BLOCKS = 32
# A smaller picture's blocks are hardly averaged, and one detail of it is a great part of it; CT slices have 256 and more.
LEAST_SIDE = 2 * BLOCKS
# Air and metal say nothing of the order, and would say it loudly.
RANGE_HU = (-1000.0, 1500.0)
# Averaged noise of two slices: distances below are none.
FLOOR_HU = 2.0
# A slice in its place has about 0.5 here, and less than 1 whatever the anatomy; a stray one has several times 1.
STRAY = 2.0
# Distances from slice to slice change by less than 2 over ten slices of heads; an exchange or a reversal makes 6 and more.
JUMP = 5.0
AROUND = 5
# Of a picture with noise most neighbouring pixels differ; a computed one may repeat truly.
NOISY = 0.5


@dataclass(frozen=True)
class Disorder:
    """Slices by their number: blank, the same as the one before, unlike both neighbours; and steps (the lower slice) that jump."""

    blank: tuple[int, ...]
    repeated: tuple[int, ...]
    stray: tuple[int, ...]
    jumps: tuple[int, ...]

    @property
    def slices(self) -> tuple[int, ...]:
        """Every slice that is told of."""
        return tuple(sorted({*self.blank, *self.repeated, *self.stray, *self.jumps}))


def disorder_of(slices: NDArray[Any]) -> Disorder:
    """slices: (n, rows, columns) HU in the order of their positions, at the scan's own steps."""
    blank = tuple(k for k, s in enumerate(slices) if s.min() == s.max())
    repeated = tuple(k for k in range(1, len(slices)) if k not in blank and _same(slices[k - 1], slices[k]))
    if min(slices.shape[1:]) < LEAST_SIDE:
        return Disorder(blank, repeated, (), ())
    blocks = np.stack([_blocks(s) for s in slices])
    near, far = _distances(blocks, 1), _distances(blocks, 2)
    stray = np.minimum(near[:-1], near[1:]) > STRAY * np.maximum(far, FLOOR_HU)
    strays = tuple(int(k) + 1 for k in np.flatnonzero(stray) if k + 1 not in blank)
    beside = {k + d for k in (*blank, *strays) for d in (-1, 0)}
    jumps = tuple(k for k in _jumps(near) if k not in beside)
    return Disorder(blank, repeated, strays, jumps)


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Two pictures with noise that are one: no scanner measures the same twice."""
    return bool(one.shape[1] > 1 and np.array_equal(one, other) and (one[:, 1:] != one[:, :-1]).mean() > NOISY)


def _blocks(picture: NDArray[Any]) -> FloatArray:
    down, across = (max(1, n // BLOCKS) for n in picture.shape)
    rows, columns = (n // size * size for n, size in zip(picture.shape, (down, across), strict=True))
    clipped = np.clip(picture[:rows, :columns].astype(np.float32), *RANGE_HU)
    return np.asarray(
        clipped.reshape(rows // down, down, columns // across, across).mean(axis=(1, 3)), dtype=np.float64
    )


def _distances(blocks: FloatArray, apart: int) -> FloatArray:
    return np.asarray(np.sqrt(((blocks[apart:] - blocks[:-apart]) ** 2).mean(axis=(1, 2))))


def _jumps(near: FloatArray) -> list[int]:
    """Steps that are so many times as far as the middle one of those around them."""
    out = []
    for k, step in enumerate(near):
        around = np.concatenate([near[max(0, k - AROUND) : k], near[k + 1 : k + 1 + AROUND]])
        if len(around) >= AROUND and step > JUMP * max(FLOOR_HU, float(np.median(around))):
            out.append(k)
    return out
