"""A rigid body laid on a surface: moved from where it starts to where its underside lies nearest, then lifted until it rests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.nearest import Nearest
from anatofit.model.frame import FloatArray

_STEPS = 40
_STILL_MM = 1e-4
TRIM = 0.95  # the farthest places of the underside have no bone beneath them


@dataclass(frozen=True, eq=False)
class Laid:
    """Where a body came to lie: `points @ turn.T + move_mm`; gaps_mm: distance of its underside's points from the surface once it
    rests, none negative; sunk_mm: how deep it would have stood in the surface where it lay nearest."""

    turn: FloatArray
    move_mm: FloatArray
    gaps_mm: FloatArray
    sunk_mm: float

    @property
    def rms_mm(self) -> float:
        return float(np.sqrt(np.square(self.gaps_mm).mean()))

    def placed(self, points_mm: FloatArray) -> FloatArray:
        """`(n, 3)` points as laid."""
        return placed(points_mm, self.turn, self.move_mm)

    def turned(self, ways: FloatArray) -> FloatArray:
        """`(n, 3)` directions as laid."""
        return placed(ways, self.turn, np.zeros(3))


def placed(points_mm: FloatArray, turn: FloatArray, move_mm: FloatArray) -> FloatArray:
    """Points turned and moved, summed in the same order whatever the machine."""
    return np.asarray(sum(points_mm[:, [n]] * turn[:, n] for n in range(3)) + move_mm)


def fitted(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The turn and move, never a mirroring, that bring points nearest to others, one to one (Kabsch 1976)."""
    a, b = first - first.mean(axis=0), second - second.mean(axis=0)
    cross = np.einsum("ni,nj->ij", b, a)
    u, _, vt = np.linalg.svd(cross)
    hand = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    turn = np.einsum("ik,k,kj->ij", u, hand, vt)
    return turn, second.mean(axis=0) - placed(first.mean(axis=0)[None], turn, np.zeros(3))[0]


def lay(underside_mm: FloatArray, near: Nearest, *, turn: FloatArray, move_mm: FloatArray, out_lps: FloatArray) -> Laid:
    """The body laid from a start (Besl and McKay 1992, trimmed), then lifted along `out` until no point of its underside is in the surface."""
    for _ in range(_STEPS):
        at = placed(underside_mm, turn, move_mm)
        feet, _ = near.asked(at)
        away = np.linalg.norm(at - feet, axis=1)
        kept = away <= np.quantile(away, TRIM)
        new_turn, new_move = fitted(underside_mm[kept], feet[kept])
        moved = float(np.abs(placed(underside_mm, new_turn, new_move) - at).max())
        turn, move_mm = new_turn, new_move
        if moved < _STILL_MM:
            break
    sunk = max(0.0, -float(signed_mm(placed(underside_mm, turn, move_mm), near).min()))
    move_mm = move_mm + _lift_mm(underside_mm, near, turn, move_mm, out_lps, sunk) * out_lps
    return Laid(turn, move_mm, np.maximum(signed_mm(placed(underside_mm, turn, move_mm), near), 0.0), sunk)


def signed_mm(points_mm: FloatArray, near: Nearest) -> FloatArray:
    """`(n,)` distance of points from a surface, negative behind it."""
    feet, owners = near.asked(points_mm)
    rest = points_mm - feet
    side = np.where(np.einsum("ij,ij->i", rest, near.normals(owners)) < 0, -1.0, 1.0)
    return np.asarray(side * np.linalg.norm(rest, axis=1))


def _lift_mm(
    underside_mm: FloatArray, near: Nearest, turn: FloatArray, move_mm: FloatArray, out: FloatArray, sunk: float
) -> float:
    """How far the body must be lifted until nothing of its underside lies in the surface; never more than three times its depth."""
    lift = 0.0
    for _ in range(8):
        deep = -float(signed_mm(placed(underside_mm, turn, move_mm + lift * out), near).min())
        if deep <= 1e-3 or lift >= 3 * sunk:
            break
        lift += deep
    return lift
