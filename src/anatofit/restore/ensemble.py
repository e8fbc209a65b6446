"""Several continuations of one sheet, weighted by how well each restores holes of the same size cut in the same skull."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.restore.fill import Mask, Sheet, continue_about_bowl, continue_sheet

WORST_MM = 5.0  # an error beyond is bad, how bad must not drown the other trials
RIDGE = (
    1.0  # share of the mean error that pulls the weights towards equal: trials lie in the even vault, defects do not
)


@dataclass(frozen=True)
class Member:
    """One way to continue a sheet."""

    name: str
    order: int
    mirrored: bool
    about_bowl: bool = False

    def __call__(self, sheet: Sheet) -> FloatArray:
        """The sheet with its wanted cells filled."""
        if self.about_bowl:
            return continue_about_bowl(sheet)
        return continue_sheet(sheet, order=self.order, mirrored=self.mirrored)


MEMBERS = (
    Member("biharmonic", 2, False),
    Member("harmonic", 1, False),
    Member("mirrored, harmonic", 1, True),
    Member("mirrored, biharmonic", 2, True),
    Member("bowl", 1, False, about_bowl=True),
)


PLAIN = np.array([float(not m.mirrored) for m in MEMBERS])


@dataclass(frozen=True)
class Weights:
    """One weight a member, summing to one, and the RMS error in mm that the ensemble left in its trials.

    values: where the other side is whole. plain: where it is not, so that mirrored members have nothing to say.
    """

    values: tuple[float, ...]
    plain: tuple[float, ...]
    trial_rms_mm: float


def continuations(sheet: Sheet) -> list[FloatArray]:
    """The sheet continued by every member."""
    return [member(sheet) for member in MEMBERS]


def learn_weights(sheet: Sheet, holes: Sequence[Mask], margin: Sequence[Mask], *, allowed: frozenset[str]) -> Weights:
    """Weights that would have restored the trial holes best.

    sheet: a whole known vault. holes: cells cut out for a trial; margin: the same with the cells around a cut that are not
    trusted. allowed: names of the members that may count. Without trials each of them counts the same.
    """
    may = np.array([float(m.name in allowed) for m in MEMBERS])
    errors = [_trial_errors(sheet, hole, wide) for hole, wide in zip(holes, margin, strict=True)]
    if not errors:
        return Weights(_rounded(may / may.sum()), _rounded(may * PLAIN / (may * PLAIN).sum()), float("nan"))
    covariance = np.mean([e @ e.T / e.shape[1] for e in errors], axis=0)
    regular = covariance + RIDGE * np.trace(covariance) / len(MEMBERS) * np.eye(len(MEMBERS))
    weights, plain = (_rounded(_among(np.flatnonzero(m), regular)) for m in (may, may * PLAIN))
    return Weights(weights, plain, float(np.sqrt(np.array(weights) @ covariance @ np.array(weights))))


def _among(index: NDArray[np.int64], covariance: FloatArray) -> FloatArray:
    """The best weights of the members at `index`, zero for the others."""
    weights = np.zeros(len(covariance))
    weights[index] = best_simplex_weights(covariance[np.ix_(index, index)])
    return weights


def _rounded(weights: FloatArray) -> tuple[float, ...]:
    """Four digits each, the largest taking up the rest, so that they are the same on every machine."""
    short = np.round(weights, 4)
    short[int(np.argmax(short))] += 1.0 - short.sum()
    return tuple(float(w) for w in short)


def _trial_errors(sheet: Sheet, hole: Mask, wide: Mask) -> FloatArray:
    """`(members, cells)` errors in mm of each member in one trial hole."""
    trial = Sheet(sheet.values, sheet.known & ~wide, wide, sheet.mirror)
    errors = np.stack([(filled - sheet.values)[hole & sheet.known] for filled in continuations(trial)])
    return np.clip(errors, -WORST_MM, WORST_MM)


def best_simplex_weights(covariance: FloatArray) -> FloatArray:
    """Weights ≥ 0 with sum 1 that minimise w'Cw, by trying every support (there are few members)."""
    size = len(covariance)
    best, best_value = np.full(size, 1.0 / size), np.inf
    for count in range(1, size + 1):
        for support in combinations(range(size), count):
            part = np.linalg.solve(covariance[np.ix_(support, support)], np.ones(count))
            part /= part.sum()
            weights = np.zeros(size)
            weights[list(support)] = part
            value = float(weights @ covariance @ weights)
            if (part >= 0).all() and value < best_value - 1e-12:
                best, best_value = weights, value
    return best
