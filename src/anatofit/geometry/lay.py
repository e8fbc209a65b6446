"""A rigid body laid on a surface: settled from where it starts to where its underside lies nearest without standing in it, then lifted clear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.geometry.nearest import Nearest
from anatofit.geometry.osteotomy import rotation_of
from anatofit.model.frame import FloatArray

_HARD = (
    1.0,
    6.0,
    36.0,
)  # what depth in the surface weighs against distance from it: first little, so that a start that lies deep finds its way
_STEPS = 40  # of each
_STILL = 1e-4  # of the sum: so little gained ends the steps
_TETHER = 10.0  # what a mm beyond a tether weighs against a mm of distance everywhere
_CLEAR_MM = 1e-3


@dataclass(frozen=True, eq=False)
class Tether:
    """Places of the body, `(k, 3)` in its own frame, that go no further from their homes than free_mm, each along its own unit vector."""

    places_mm: FloatArray
    homes_lps_mm: FloatArray
    ways_lps: FloatArray
    free_mm: float


@dataclass(frozen=True, eq=False)
class Laid:
    """Where a body came to lie: `points @ turn.T + move_mm`; gaps_mm: distance of its underside's points from the surface, none
    negative; sunk_mm: how deep the deepest of them stands in it, as it lies."""

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


@dataclass(frozen=True, eq=False)
class _Pose:
    turn: FloatArray
    move_mm: FloatArray

    def stepped(self, step: FloatArray, middle: FloatArray, lever_mm: float) -> _Pose:
        """Turned about the body's middle by the first three of a step, over its lever, and moved by the others."""
        angle = float(np.linalg.norm(step[:3])) / lever_mm
        more = rotation_of(step[:3], np.rad2deg(angle)) if angle > 0.0 else np.eye(3)
        here = placed(middle[None], self.turn, self.move_mm)[0]
        turn = np.einsum("ij,jk->ik", more, self.turn)
        return _Pose(turn, here + step[3:] - placed(middle[None], turn, np.zeros(3))[0])


@dataclass(frozen=True, eq=False)
class _Sum:
    """The sum of squares at a pose, with what a step changes of it (Gauss-Newton)."""

    value: float
    slope: FloatArray
    bend: FloatArray


def lay(
    underside_mm: FloatArray,
    near: Nearest,
    *,
    turn: FloatArray,
    move_mm: FloatArray,
    out_lps: FloatArray,
    tethers: Sequence[Tether],
    every: int = 1,
) -> Laid:
    """The body settled from a start by least squares of its distance from the surface's planes (Chen and Medioni 1992), where depth weighs far more,
    then lifted along `out` until no point of its underside is in the surface. every: so many-th point settles it; all measure it."""
    pose = _settled(underside_mm[::every], near, _Pose(turn, move_mm), tethers)
    move = pose.move_mm + _lift_mm(underside_mm, near, pose, out_lps) * out_lps
    away = signed_mm(placed(underside_mm, pose.turn, move), near)
    return Laid(pose.turn, move, np.maximum(away, 0.0), max(0.0, -float(away.min())))


def _settled(points: FloatArray, near: Nearest, start: _Pose, tethers: Sequence[Tether]) -> _Pose:
    middle = points.mean(axis=0)
    lever = float(np.sqrt(np.square(points - middle).sum(axis=1).mean()))
    pose = start
    for hard in _HARD:

        def look(at: _Pose, hard: float = hard) -> _Sum:
            here = placed(middle[None], at.turn, at.move_mm)[0]
            rows = [_off_surface(placed(points, at.turn, at.move_mm), near, hard)]
            rows += [_off_tether(placed(tether.places_mm, at.turn, at.move_mm), tether) for tether in tethers]
            return _sum(rows, here, lever)

        pose = _downhill(pose, look, lambda at, step: at.stepped(step, middle, lever))
    return pose


def _downhill(pose: _Pose, look: Callable[[_Pose], _Sum], step: Callable[[_Pose, FloatArray], _Pose]) -> _Pose:
    """Levenberg-Marquardt with Marquardt's scaling: a step that gains nothing is shortened."""
    now, damp = look(pose), 1e-3
    for _ in range(_STEPS):
        stiff = now.bend + damp * np.diag(np.diag(now.bend) + 1e-9)
        there = step(pose, np.asarray(np.linalg.solve(stiff, -now.slope), dtype=np.float64))
        then = look(there)
        if then.value >= now.value:
            damp *= 8.0
            continue
        still = now.value - then.value < _STILL * now.value
        pose, now, damp = there, then, damp / 4.0
        if still:
            break
    return pose


_Rows = tuple[FloatArray, FloatArray, FloatArray]  # (n,) what is squared, (n, 3) its slope, (n, 3) the places


def _off_surface(at: FloatArray, near: Nearest, hard: float) -> _Rows:
    feet, ways = near.planes(at)
    away = np.einsum("ij,ij->i", at - feet, ways)
    weigh = np.where(away < 0, hard, 1.0) / np.sqrt(len(at))
    return weigh * away, weigh[:, None] * ways, at


def _off_tether(at: FloatArray, tether: Tether) -> _Rows:
    gone = ((at - tether.homes_lps_mm) * tether.ways_lps).sum(axis=1)
    over = np.sign(gone) * np.maximum(np.abs(gone) - tether.free_mm, 0.0)
    return _TETHER * over, _TETHER * (over != 0)[:, None] * tether.ways_lps, at


def _sum(rows: Sequence[_Rows], middle: FloatArray, lever_mm: float) -> _Sum:
    value, ways, at = (np.concatenate(part) for part in zip(*rows, strict=True))
    slopes = np.concatenate([np.cross(at - middle, ways) / lever_mm, ways], axis=1)
    return _Sum(
        float(np.square(value).sum()), np.einsum("n,ni->i", value, slopes), np.einsum("ni,nj->ij", slopes, slopes)
    )


def signed_mm(points_mm: FloatArray, near: Nearest) -> FloatArray:
    """`(n,)` distance of points from a surface, negative behind it."""
    feet, owners = near.asked(points_mm)
    rest = points_mm - feet
    side = np.where(np.einsum("ij,ij->i", rest, near.normals(owners)) < 0, -1.0, 1.0)
    return np.asarray(side * np.linalg.norm(rest, axis=1))


def _lift_mm(underside_mm: FloatArray, near: Nearest, pose: _Pose, out: FloatArray) -> float:
    """How far the body must be lifted until nothing of its underside lies in the surface; not found in a few rounds where it hangs on a rim."""
    lift = 0.0
    for _ in range(12):
        deep = -float(signed_mm(placed(underside_mm, pose.turn, pose.move_mm + lift * out), near).min())
        if deep <= _CLEAR_MM:
            break
        lift += deep
    return lift
