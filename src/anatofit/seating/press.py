"""Many small programs at once: a quadratic cost of six numbers under some hundreds of bounds, by an interior point.

    minimise  cost . d + 1/2 d' hold d    under    gap + rows . d >= 0

Predictor and corrector after Mehrotra (SIAM J Optim 2:575, 1992), from any start. Sums run element by element over the last axis, so
that no number of threads changes a digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

_ROUNDS = 40
_CLOSE = 1e-6  # of forces and, in mm, of gaps: a thousandth of what a report shows
_FIRST = 0.1  # mm of slack that every bound is begun with
_FAR = 1e3  # a move beyond which a program has no answer
_SHORT = 0.995  # of the way to the bound that a step may go
_LEAST = 1e-12


@dataclass(frozen=True, eq=False)
class Pressed:
    """moves: (n, 6). loads: (n, m) the share of the load that each bound carries. solved: (n,) the bounds can be kept and are."""

    moves: FloatArray
    loads: FloatArray
    solved: NDArray[np.bool_]

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Pressed:
        return Pressed(self.moves[chosen], self.loads[chosen], self.solved[chosen])


@dataclass(eq=False)
class _State:
    d: FloatArray
    s: FloatArray
    z: FloatArray


def pressed(cost: FloatArray, hold: FloatArray, rows: FloatArray, gap: FloatArray) -> Pressed:
    """Solves every program. cost: (n, 6). hold: (6, 6), positive definite. rows: (6, n, m). gap: (n, m).

    One whose bounds contradict each other is left where it stood when that showed, and told by `solved`.
    """
    count, bounds = gap.shape
    at = _State(np.zeros((count, 6)), np.maximum(gap, _FIRST), np.full((count, bounds), 1.0 / bounds))
    with np.errstate(all="ignore"):
        for _ in range(_ROUNDS):
            amiss, dual = _amiss(at, cost, hold, rows, gap)
            done = _done(at, amiss, dual)
            if done.all():
                break
            after = _round(at, hold, rows, amiss, dual)
            on = ~done & np.isfinite(after.d).all(axis=1) & (np.abs(after.d).max(axis=1) < _FAR)
            if not on.any():
                break
            at = _State(*(np.where(on[:, None], a, b) for a, b in ((after.d, at.d), (after.s, at.s), (after.z, at.z))))
        return Pressed(at.d, at.z, _done(at, *_amiss(at, cost, hold, rows, gap)))


def _amiss(
    at: _State, cost: FloatArray, hold: FloatArray, rows: FloatArray, gap: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """By how much slacks differ from what the move leaves, and the balance of forces from none."""
    return at.s - gap - _times(rows, at.d), cost + np.einsum("ij,nj->ni", hold, at.d) - _sums(rows, at.z)


def _round(at: _State, hold: FloatArray, rows: FloatArray, amiss: FloatArray, dual: FloatArray) -> _State:
    """One step ahead, and one that is corrected by what was seen there."""
    weight = at.z / at.s
    square = hold + _square(rows, weight)
    first = _step(at, square, rows, (dual, amiss), -at.s * at.z)
    step = _length(at, first)[:, None]
    mu = (at.s * at.z).mean(axis=1)
    ahead = ((at.s + step * first.s) * (at.z + step * first.z)).mean(axis=1)
    centre = mu * np.clip(ahead / np.maximum(mu, _LEAST), 0.0, 1.0) ** 3
    then = _step(at, square, rows, (dual, amiss), centre[:, None] - at.s * at.z - first.s * first.z)
    step = np.minimum(1.0, _SHORT * _length(at, then))[:, None]
    return _State(
        at.d + step * then.d, np.maximum(at.s + step * then.s, _LEAST), np.maximum(at.z + step * then.z, _LEAST)
    )


def _done(at: _State, amiss: FloatArray, dual: FloatArray) -> NDArray[np.bool_]:
    load = (at.s * at.z).sum(axis=1)
    return np.asarray((load < _CLOSE) & (np.abs(amiss).max(axis=1) < _CLOSE) & (np.abs(dual).max(axis=1) < _CLOSE))


def _step(
    at: _State, square: FloatArray, rows: FloatArray, wrong: tuple[FloatArray, FloatArray], target: FloatArray
) -> _State:
    """Newton's step towards s z = s z + target, with the residuals of both sides made good."""
    dual, amiss = wrong
    right = -dual + _sums(rows, (target + at.z * amiss) / at.s)
    d: FloatArray = np.asarray(np.linalg.solve(square, right[:, :, None])[:, :, 0], dtype=np.float64)
    s = _times(rows, d) - amiss
    return _State(d, s, (target - at.z * s) / at.s)


def _length(at: _State, step: _State) -> FloatArray:
    """How far a step may go before a slack or a load becomes negative, at most twice its length; (n,)."""
    share = np.maximum((-step.s / at.s).max(axis=1), (-step.z / at.z).max(axis=1))
    return np.asarray(1.0 / np.maximum(share, 0.5))


def _times(rows: FloatArray, d: FloatArray) -> FloatArray:
    """(n, m) what a move does to each bound."""
    out = rows[0] * d[:, 0, None]
    for k in range(1, 6):
        out += rows[k] * d[:, k, None]
    return np.asarray(out)


def _sums(rows: FloatArray, weight: FloatArray) -> FloatArray:
    """(n, 6) each row's sum over the bounds, weighted."""
    return np.stack([(row * weight).sum(axis=1) for row in rows], axis=1)


def _square(rows: FloatArray, weight: FloatArray) -> FloatArray:
    out = np.empty((weight.shape[0], 6, 6))
    for i in range(6):
        part = rows[i] * weight
        for j in range(i, 6):
            out[:, i, j] = out[:, j, i] = (part * rows[j]).sum(axis=1)
    return out
