"""A rigid body pressed onto bone where it fits best: least squares of its contact's distances, reaching into bone costs tenfold.

Gauss and Newton's method with a damping after Levenberg, in six degrees of freedom, from several starts around a first pose, on
distances from `BoneCloud`. It finds the best seat that a hand might find nearby; there is no friction and nothing bends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.bone_cloud import BoneCloud

# From every start a few rounds with a sixth of the places; the best four go on with all. Against 225 starts with a third of the
# places, the ratio that wrong_seat makes of it came out 10 % higher at most, on twelve guides for a tibia, two fibulas and a heel
# bone.
_FIRST_ROUNDS, _EVERY, _FOLLOWED, _ROUNDS = 8, 6, 4, 30
_STUCK = 1e3  # a damping at which a round moves the body by micrometres
_INSIDE = 10.0  # times as dear as standing off by as much
_STEP_MM, _STEP_RAD = 3.0, 0.1  # at most in one round
_DONE = 1e-3  # mm by which a round moves the body: no closer is asked
_LIFTS = 12
# Starts beside the first pose, in every combination: along x, which is across the cuts and mostly along a shaft, along y, and turned.
_ACROSS_MM, _ALONG_MM, _TURN_DEG = (0.0, -8.0, 8.0), (0.0, -5.0, 5.0), (0.0, -10.0, 10.0)


@dataclass(frozen=True)
class Body:
    """What is pressed on: `(n, 3)` places that are to lie at `offset_mm` from bone, `(m, 3)` others that must not reach into it."""

    contact_mm: FloatArray
    others_mm: FloatArray
    offset_mm: float

    def moved(self, rotation: FloatArray, shift_mm: FloatArray, middle_mm: FloatArray) -> Body:
        """Turned (or mirrored) about the middle, then shifted."""
        contact, others = (
            (places - middle_mm) @ rotation.T + middle_mm + shift_mm for places in (self.contact_mm, self.others_mm)
        )
        return Body(contact, others, self.offset_mm)


def settled(body: Body, bone: BoneCloud, *, frame: FloatArray) -> Body:
    """The body where it fits best, of all starts. frame: columns x, y, and z, the way out."""
    starts = [_lifted(start, bone, frame[:, 2]) for start in _starts(body, frame)]
    found = [_fitted(start, bone, rounds=_FIRST_ROUNDS, every=_EVERY) for start in starts]
    best = sorted(range(len(found)), key=lambda n: found[n][0])[:_FOLLOWED]
    return min((_fitted(found[n][1], bone, rounds=_ROUNDS) for n in best), key=lambda f: f[0])[1]


def _starts(body: Body, frame: FloatArray) -> list[Body]:
    middle = body.contact_mm.mean(axis=0)
    shifts = [x * frame[:, 0] + y * frame[:, 1] for x in _ACROSS_MM for y in _ALONG_MM]
    turns = [turned(frame[:, 2] * np.deg2rad(degrees)) for degrees in _TURN_DEG]
    return [body.moved(turn, shift, middle) for shift in shifts for turn in turns]


def turned(vector: FloatArray) -> FloatArray:
    """`(3, 3)` the rotation about a vector by its length in radians (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    if angle == 0.0:
        return np.eye(3)
    x, y, z = unit_vector(vector)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def _lifted(body: Body, bone: BoneCloud, out: FloatArray) -> Body:
    """Out of the bone along the way out."""
    for _ in range(_LIFTS):
        deepest = float(bone.signed_mm(body.contact_mm[::_EVERY])[0].min())
        if deepest >= 0:
            break
        body = body.moved(np.eye(3), (0.1 - deepest) * out, body.contact_mm[0])
    return body


def _fitted(body: Body, bone: BoneCloud, *, rounds: int, every: int = 1) -> tuple[float, Body]:
    """Moved until no move makes it fit better, or so often; and its cost in mm², by every so many of its places."""
    state, damping = _residuals(body, bone, every), 1e-3
    cost = _cost(state[0])
    for _ in range(rounds):
        after, moved_mm = _step(body, *state, damping)
        there = _residuals(after, bone, every)
        if _cost(there[0]) < cost:
            body, state, cost, damping = after, there, _cost(there[0]), damping / 3
            if moved_mm < _DONE:
                break
        elif damping > _STUCK:
            break
        else:
            damping *= 5
    return cost, body


def _cost(values: FloatArray) -> float:
    return float(np.square(values).mean())


def _residuals(body: Body, bone: BoneCloud, every: int) -> tuple[FloatArray, FloatArray]:
    """What is to become small, in mm, and its `(k, 6)` change by shift and by turn about the contact's middle."""
    contact, others = body.contact_mm[::every], body.others_mm[::every]
    places = np.concatenate([contact, others])
    signed, gradient = bone.signed_mm(places)
    arms = np.cross(places - body.contact_mm.mean(axis=0), gradient)
    change = np.concatenate([gradient, arms], axis=1)
    first = len(contact)
    inside = signed < 0
    share = np.sqrt(first / max(len(others), 1))
    deep = np.where(np.arange(len(places)) < first, 1.0, share) * _INSIDE * inside
    values = np.concatenate([signed[:first] - body.offset_mm, deep * signed])
    return values, np.concatenate([change[:first], deep[:, None] * change])


def _step(body: Body, values: FloatArray, change: FloatArray, damping: float) -> tuple[Body, float]:
    middle = body.contact_mm.mean(axis=0)
    reach = np.sqrt(np.square(body.contact_mm - middle).sum(axis=1).mean())
    scaled = change / np.array([1.0, 1.0, 1.0, reach, reach, reach])
    square = scaled.T @ scaled
    move = np.linalg.solve(square + damping * np.trace(square) / 6 * np.eye(6), -scaled.T @ values)
    move /= max(1.0, float(np.linalg.norm(move[:3])) / _STEP_MM, float(np.linalg.norm(move[3:])) / reach / _STEP_RAD)
    return body.moved(turned(move[3:] / reach), move[:3], middle), float(np.linalg.norm(move))
