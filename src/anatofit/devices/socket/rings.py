"""A surface on a limb's chart as triangles: rings from the pole up, with fewer corners where they are small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.devices.socket.layout import Shape
from anatofit.devices.socket.skin import AROUND
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

EDGE_MM = 1.8  # of triangles
_FIRST_RING = 6  # corners around the pole


@dataclass(frozen=True, eq=False)
class Rings:
    """Places of the chart in rings from the pole up: v (n,), angle (n,); the first is the pole. start: of each ring. faces look outward."""

    v_mm: FloatArray
    angle: FloatArray
    start: IntArray
    faces: IntArray

    @property
    def last(self) -> slice:
        """The topmost ring."""
        return slice(int(self.start[-1]), len(self.v_mm))


def rings_to(shape: Shape, top_mm: FloatArray) -> Rings:
    """Up to a line of v at AROUND angles: even on the ball, above it stretched to end on the line."""
    ball = shape.frame.ball_mm
    cap = np.linspace(ball * (1 - np.pi / 2), ball, int(np.ceil(ball * np.pi / 2 / EDGE_MM)) + 1)
    levels: list[FloatArray] = [np.full(1, cap[0])]
    angles: list[FloatArray] = [np.zeros(1)]
    count = _FIRST_RING
    for v in cap[1:]:
        wanted = 2 * np.pi * ball * np.cos((v - ball) / ball) / EDGE_MM
        count = min(AROUND, count * 2 if count < wanted and len(levels) > 1 else count)
        angles.append(2 * np.pi / count * np.arange(count, dtype=np.float64))
        levels.append(np.full(count, v))
    tall = int(np.ceil((float(np.max(top_mm)) - ball) / EDGE_MM))
    for share in np.arange(1, tall + 1) / tall:
        count = min(AROUND, 2 * count)
        angles.append(2 * np.pi / count * np.arange(count, dtype=np.float64))
        levels.append(ball + share * (top_mm[:: AROUND // count] - ball))
    start = np.cumsum([0, *map(len, levels)])[:-1]
    faces = [
        _between(int(a), len(x), int(b), len(y))
        for a, x, b, y in zip(start, levels, start[1:], levels[1:], strict=False)
    ]
    return Rings(np.concatenate(levels), np.concatenate(angles), start, np.concatenate(faces))


def _between(low: int, few: int, high: int, many: int) -> IntArray:
    """Faces between a ring (or the pole) and the next one up, which has as many corners or twice as many."""
    one = np.arange(few)
    if few == 1:
        upper = np.arange(many)
        return np.stack([np.full(many, low), high + (upper + 1) % many, high + upper], axis=1)
    a, b = low + one, low + (one + 1) % few
    if few == many:
        c, d = high + one, high + (one + 1) % few
        return np.concatenate([np.stack([a, b, d], axis=1), np.stack([a, d, c], axis=1)])
    c, d, e = (high + (2 * one + k) % many for k in range(3))
    return np.concatenate([np.stack(t, axis=1) for t in ((a, d, c), (a, b, d), (b, e, d))])
