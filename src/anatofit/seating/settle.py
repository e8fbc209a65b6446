"""A rigid guide that is pressed evenly on its contact face, without friction, until it rests on bone.

It comes to rest where the mean distance of its contact places from the true bone, and the work against the hand that holds it
softly where it was set down, are least, and no place lies in bone. Each round measures distances and slopes where the guide is,
solves that linear picture exactly within a step's reach (`press`), and keeps the step where it led to less.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.seating.lattice import Lattice
from anatofit.seating.misfit import Misfit
from anatofit.seating.places import ContactFace
from anatofit.seating.pose import BoolArray, Pose, chosen, moved, vector_of
from anatofit.seating.press import Pressed, pressed

IntArray = NDArray[np.int64]
# The hand's hold, as a share of its pressure per mm: a guide that lies 1 mm beside where it was set down is drawn back as it would
# slide down a slope of one in a hundred (0.6 degrees), far less than friction holds. It makes every rest a single one.
HOLD_PER_MM = 0.01
_ROUNDS = 120
_FIRST_MM, _WIDEST_MM = 1.0, 1.5  # how far a round may move a place, at first and at most
_STILL_MM = 0.005  # what a round moves a guide by that is at rest: half of the last digit that a report shows
_WIDER, _NARROWER = 1.5, 0.35  # what becomes of that when a step led to less, or did not
_DEEP = 20.0  # mm of mean distance that a mm of reaching into bone weighs, when a step is judged; any above the largest load will do
ENTERED_MM = 0.02  # as deep as a place at rest may lie in bone: what is left of the bone's bending within a round
BEARS = 0.01  # share of the load from which on a place counts as bearing
_LIFTS = 6
_NEAREST = 120  # of the places bound a step at first: no more than six bear at the end
_SLACK_MM = 1e-3  # by so much another may then reach into bone


@dataclass(frozen=True, eq=False)
class Rest:
    """Where they came to rest: loads (n, m) of the places; mean_mm and deepest_mm (n,) their mean distance, and how far the deepest
    lies in bone; settled (n,) at rest by the measure of `_STILL_MM`.
    """

    pose: Pose
    loads: FloatArray
    mean_mm: FloatArray
    deepest_mm: FloatArray
    settled: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Face:
    """The contact places about their middle, (3, m), and the share of the pressure on each."""

    places_mm: FloatArray
    shares: FloatArray
    middle_lps_mm: FloatArray

    @property
    def inertia_mm2(self) -> FloatArray:
        """What a turn by a radian moves the places, squared, on the mean."""
        x, y, z = self.places_mm
        square = np.array([[(a * b * self.shares).sum() for b in (x, y, z)] for a in (x, y, z)])
        return np.asarray(np.eye(3) * np.trace(square) - square)

    @property
    def reach_mm(self) -> float:
        """Root mean square of how far a place lies from the middle."""
        return float(np.sqrt((np.square(self.places_mm).sum(axis=0) * self.shares).sum()))

    def moved(self, pose: Pose) -> tuple[FloatArray, FloatArray, FloatArray]:
        """x, y and z of every place of every guide, (n, m), from the middle as it is shifted."""
        x, y, z = self.places_mm
        r = pose.rotations
        a, b, c = (r[:, i, 0, None] * x + r[:, i, 1, None] * y + r[:, i, 2, None] * z for i in range(3))
        return a, b, c


def middle_of(face: ContactFace) -> FloatArray:
    """The middle of the contact, about which poses turn."""
    return np.asarray((face.places_lps_mm * face.shares[:, None]).sum(axis=0))


def settled(face: ContactFace, misfit: Misfit, start: Pose, *, out_lps: FloatArray) -> Rest:
    """The rest of every guide. out: the way off the bone, along which a start is lifted clear."""
    middle = middle_of(face)
    own = _Face(np.ascontiguousarray((face.places_lps_mm - middle).T), face.shares, middle)
    view = _View(own, face.bone, misfit, start)
    return _rest(view, view.lifted(start, out_lps))


@dataclass(frozen=True, eq=False)
class _Seen:
    """Gaps and their slopes along x, y and z at the places (n, m), where these lie about the middle, and what becomes least (n,)."""

    gap: FloatArray
    slope: tuple[FloatArray, FloatArray, FloatArray]
    arms: tuple[FloatArray, FloatArray, FloatArray]
    merit: FloatArray

    def __getitem__(self, some: BoolArray) -> _Seen:
        slope, arms = ((v[0][some], v[1][some], v[2][some]) for v in (self.slope, self.arms))
        return _Seen(self.gap[some], slope, arms, self.merit[some])


@dataclass(frozen=True, eq=False)
class _View:
    """What is seen of the bone from a pose."""

    face: _Face
    bone: Lattice
    misfit: Misfit
    start: Pose

    def at(self, pose: Pose) -> _Seen:
        """Distances from the true bone, which the misfit moves out."""
        arms = self.face.moved(pose)
        x, y, z = (arm + pose.shifts_mm[:, i, None] for i, arm in enumerate(arms))
        a, b, c = self.face.middle_lps_mm
        far, error = self.bone.at(x + a, y + b, z + c), self.misfit.at(x, y, z)
        gap, *slope = (a - b for a, b in zip(far, error, strict=True))
        off = self.off(pose)
        hold = 0.5 * HOLD_PER_MM * np.einsum("ni,ij,nj->n", off, self.metric, off)
        merit = (gap * self.face.shares).sum(axis=1) + hold + _DEEP * np.maximum(-gap.min(axis=1), 0.0)
        return _Seen(gap, (slope[0], slope[1], slope[2]), arms, merit)

    @property
    def metric(self) -> FloatArray:
        """What a shift in mm and a turn in mm at the places' reach move the places, squared."""
        out = np.eye(6)
        out[3:, 3:] = self.face.inertia_mm2 / self.face.reach_mm**2
        return out

    def off(self, pose: Pose) -> FloatArray:
        """(n, 6) shift and turn since the start, mm."""
        turn = np.einsum("nij,nkj->nik", pose.rotations, self.start.rotations)
        return np.concatenate([pose.shifts_mm - self.start.shifts_mm, vector_of(turn) * self.face.reach_mm], axis=1)

    def of(self, some: BoolArray) -> _View:
        """For some of the guides."""
        return replace(self, misfit=self.misfit.of(some), start=self.start[some])

    def lifted(self, pose: Pose, out_lps: FloatArray) -> Pose:
        """Out along the way until no place lies in bone."""
        for _ in range(_LIFTS):
            deep = np.maximum(-self.at(pose).gap.min(axis=1), 0.0)
            if not (deep > 0).any():
                break
            pose = replace(pose, shifts_mm=pose.shifts_mm + (1.2 * deep + 0.01 * (deep > 0))[:, None] * out_lps)
        return pose


@dataclass(eq=False)
class _Found:
    """What has come to rest so far. shares: of the pressure on each place."""

    rest: Rest
    shares: FloatArray

    def note(self, which: IntArray, pose: Pose, seen: _Seen, answer: Pressed, *, settled: BoolArray) -> None:
        rest = self.rest
        rest.pose.rotations[which], rest.pose.shifts_mm[which] = pose.rotations, pose.shifts_mm
        rest.loads[which], rest.mean_mm[which] = answer.loads, (seen.gap * self.shares).sum(axis=1)
        rest.deepest_mm[which], rest.settled[which] = np.maximum(-seen.gap.min(axis=1), 0.0), settled


def _rest(view: _View, pose: Pose) -> Rest:
    """Rounds until every guide lies still. Those that do are left out of further rounds."""
    count, places = len(pose.shifts_mm), view.face.places_mm.shape[1]
    pose = Pose(pose.rotations.copy(), pose.shifts_mm.copy())
    rest = Rest(pose, np.zeros((count, places)), np.zeros(count), np.zeros(count), np.zeros(count, dtype=bool))
    found = _Found(rest, view.face.shares)
    which, reach, seen = np.arange(count), np.full(count, _FIRST_MM), view.at(pose)
    for _ in range(_ROUNDS):
        answer = _answer(view, pose, seen, reach)
        step = np.abs(answer.moves).max(axis=1)
        still = (step < _STILL_MM) | (reach < _STILL_MM)
        if still.any():
            found.note(which[still], pose[still], seen[still], answer[still], settled=answer.solved[still])
            on = ~still
            which, reach, step = which[on], reach[on], step[on]
            view, pose, seen, answer = view.of(on), pose[on], seen[on], answer[on]
        if not len(which):
            return found.rest
        after = moved(pose, answer.moves, view.face.reach_mm)
        there = view.at(after)
        better = there.merit < seen.merit
        pose, seen = chosen(better, after, pose), _seen_of(better, there, seen)
        reach = np.where(better, np.minimum(reach * _WIDER, _WIDEST_MM), np.minimum(reach, step) * _NARROWER)
    found.note(which, pose, seen, _answer(view, pose, seen, reach), settled=np.zeros(len(which), dtype=bool))
    return found.rest


def _answer(view: _View, pose: Pose, seen: _Seen, reach: FloatArray) -> Pressed:
    """The best move within reach, on the bone as it looks from here; no answer is no move.

    The nearest places bound it at first; where another would then lie in bone, all do.
    """
    rows = _rows(seen, view.face.reach_mm)
    hold = HOLD_PER_MM * view.metric
    cost = (rows * view.face.shares).sum(axis=2).T + np.einsum("ni,ij->nj", view.off(pose), hold)
    gap = np.maximum(seen.gap, -0.5 * reach[:, None])
    places = gap.shape[1]
    near = np.argpartition(gap, min(_NEAREST, places) - 1, axis=1)[:, :_NEAREST]
    found = _bounded((cost, hold), rows, gap, reach, near)
    after = np.einsum("kn,knm->nm", found.moves.T, rows) + gap
    again = found.solved & (after.min(axis=1) < -_SLACK_MM)
    if again.any():
        every = np.broadcast_to(np.arange(places), (int(again.sum()), places))
        more = _bounded((cost[again], hold), rows[:, again], gap[again], reach[again], every)
        for whole, part in zip(
            (found.moves, found.loads, found.solved), (more.moves, more.loads, more.solved), strict=True
        ):
            whole[again] = part
    return Pressed(np.where(found.solved[:, None], found.moves, 0.0), found.loads, found.solved)


def _bounded(
    energy: tuple[FloatArray, FloatArray], rows: FloatArray, gap: FloatArray, reach: FloatArray, near: IntArray
) -> Pressed:
    """The best move that the places `near` (n, k) bound, and the reach; the loads are of all places."""
    bounds = np.concatenate([np.take_along_axis(rows, near[None], axis=2), _sides(len(reach))], axis=2)
    room = np.concatenate([np.take_along_axis(gap, near, axis=1), np.repeat(reach[:, None], 12, axis=1)], axis=1)
    found = pressed(*energy, bounds, room)
    loads = np.zeros_like(gap)
    np.put_along_axis(loads, near, found.loads[:, :-12], axis=1)
    return Pressed(found.moves, loads, found.solved)


def _rows(seen: _Seen, size: float) -> FloatArray:
    """(6, n, m) how each place's gap changes by a shift, and by a turn in mm at the places' reach."""
    gx, gy, gz = seen.slope
    ax, ay, az = seen.arms
    return np.stack([gx, gy, gz, (ay * gz - az * gy) / size, (az * gx - ax * gz) / size, (ax * gy - ay * gx) / size])


def _sides(count: int) -> FloatArray:
    """(6, n, 12) the bounds of the reach: each of the six both ways."""
    both = np.repeat(np.eye(6), 2, axis=1) * np.tile([1.0, -1.0], 6)
    return np.broadcast_to(both[:, None, :], (6, count, 12))


def _seen_of(yes: NDArray[np.bool_], a: _Seen, b: _Seen) -> _Seen:
    def pick(u: FloatArray, v: FloatArray) -> FloatArray:
        return np.asarray(np.where(yes[:, None], u, v))

    return _Seen(
        pick(a.gap, b.gap),
        (pick(a.slope[0], b.slope[0]), pick(a.slope[1], b.slope[1]), pick(a.slope[2], b.slope[2])),
        (pick(a.arms[0], b.arms[0]), pick(a.arms[1], b.arms[1]), pick(a.arms[2], b.arms[2])),
        np.where(yes, a.merit, b.merit),
    )
