"""Several continuations of one sheet, weighted by how well each restores holes of the same size cut in the same skull."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.restore.fill import Mask, Sheet, continue_sheet

WORST_MM = 5.0  # an error beyond is bad, how bad must not drown the other trials
RIDGE = 0.1  # share of the mean error that pulls the weights towards equal: few trials must not decide alone


@dataclass(frozen=True)
class Member:
    """One way to continue a sheet."""

    name: str
    order: int
    mirrored: bool


MEMBERS = (
    Member("biharmonic", 2, False),
    Member("harmonic", 1, False),
    Member("mirrored, harmonic", 1, True),
    Member("mirrored, biharmonic", 2, True),
)


@dataclass(frozen=True)
class Weights:
    """One weight a member, summing to one, and the RMS error in mm that the ensemble left in its trials."""

    values: tuple[float, ...]
    trial_rms_mm: float


def continuations(sheet: Sheet) -> list[FloatArray]:
    """The sheet continued by every member."""
    return [continue_sheet(sheet, order=m.order, mirrored=m.mirrored) for m in MEMBERS]


def learn_weights(sheet: Sheet, holes: Sequence[Mask], margin: Sequence[Mask]) -> Weights:
    """Weights that would have restored the trial holes best.

    sheet: a whole known vault. holes: cells cut out for a trial; margin: the same with the cells around a cut that are not
    trusted. Without trials every member counts the same.
    """
    errors = [_trial_errors(sheet, hole, wide) for hole, wide in zip(holes, margin, strict=True)]
    if not errors:
        return Weights(tuple(1.0 / len(MEMBERS) for _ in MEMBERS), float("nan"))
    covariance = np.mean([e @ e.T / e.shape[1] for e in errors], axis=0)
    regular = covariance + RIDGE * np.trace(covariance) / len(MEMBERS) * np.eye(len(MEMBERS))
    weights = np.round(best_simplex_weights(regular), 4)
    weights[int(np.argmax(weights))] += 1.0 - weights.sum()
    return Weights(tuple(float(w) for w in weights), float(np.sqrt(weights @ covariance @ weights)))


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
