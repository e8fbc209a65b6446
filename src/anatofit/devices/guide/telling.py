"""How well a guide's footing tells its seat: put on turned round, or as one for the other side, it must stand off the bone so that a hand feels it.

The ground that the base stands on is turned by half a turn about the way out, and mirrored along either axis of the seat; each is pressed onto
the bone where it fits best nearby, by Gauss and Newton with a damping after Levenberg from all starts at once, and reaching into bone costs
tenfold. It is a forecast for the plan, of places on the ground alone, of what is then measured on the exported triangles.
"""

from __future__ import annotations

import numpy as np

from anatofit.devices.guide.beside import others_of
from anatofit.devices.guide.cliffs import without_islands
from anatofit.devices.guide.footprint import ground_under, plane_axes
from anatofit.devices.guide.layout import Seat
from anatofit.devices.guide.planned import GuidePlan
from anatofit.geometry.field import BoolArray, FieldArray
from anatofit.geometry.nearest import Nearest
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

# Put on mirrored or turned round a guide must stand half again as far from the bone, so that it is felt: proposal
WRONG_SEAT_RATIO = 1.5
# Of that, a forecast from which what is measured is surely enough: it errs by more to the guide's favour in one of ten (of 72 guides for
# the shafts of three bones: 0.96 of what is measured in the middle, 1.12 at most in nine of ten). Proposal
SURELY = 1.1
PLACES = 120  # of the ground that are followed
_NEAR_MM = 25.0  # bone around the ground that a wrong seat may lie on
_FELT_MM = 0.1  # a better fit than this cannot be told from it by hand
_INSIDE = 10.0  # times as dear as standing off by as much
_CLEARLY = (
    2.5  # times what is wanted after the first rounds: the others, which take a tenth or two off it, need not be made
)
# From every start a few rounds with half of the places; the best eight go on with all.
_FIRST_ROUNDS, _EVERY, _FOLLOWED, _ROUNDS = 8, 2, 8, 20
_PLANE_MM = (
    1.6  # nearer the plane of the nearest place is the better distance, farther that place itself: twice their spacing
)
_STEP_MM, _STEP_RAD = 3.0, 0.1  # at most in one round
_ACROSS_MM, _ALONG_MM, _TURN_DEG = (0.0, -8.0, 8.0), (0.0, -5.0, 5.0), (0.0, -10.0, 10.0)  # of the starts
_WRONG = ((-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0))  # turned round, and mirrored across and along


def told(
    bone: Mesh, seat: Seat, height: FloatArray, ground: FieldArray, *, offset_mm: float, mirrored: bool = True
) -> float:
    """How many times further from the bone the footing stands in the best of the wrong seats than in the right one, 1 and more.

    mirrored: false of a midline bone, which has no other side: it is turned round alone.
    """
    places = _places(seat, height, ground)
    frame = seat.frame
    low, high = places.min(axis=0) - _NEAR_MM, places.max(axis=0) + _NEAR_MM
    near = Nearest(bone, bounds_mm=np.stack([low, high]))
    _, normals = near.planes(places)
    contact = places + offset_mm * normals
    middle = contact.mean(axis=0)
    away = [
        _pressed(((contact - middle) @ frame * np.array([x, y, 1.0])) @ frame.T, middle, near, frame, offset_mm)
        for x, y in (_WRONG if mirrored else _WRONG[:1])
    ]
    return min(away) / max(offset_mm, _FELT_MM)


def told_by(anatomy: Anatomy, plan: GuidePlan, *, mirrored: bool = True) -> float:
    """The same of a plan, on its own lattice."""
    bone, seat, others = anatomy.surfaces["host"], plan.seat, others_of(anatomy)
    height, ground = ground_under(bone, seat, plan.pads, plan.bridges, steepest_deg=plan.steepest_deg, others=others)
    ground = without_islands(height, ground, step_mm=seat.step_mm, neck_mm=plan.edge_radius_mm)
    return told(bone, seat, height, ground, offset_mm=plan.contact_offset_mm, mirrored=mirrored)


def _places(seat: Seat, height: FloatArray, ground: FieldArray) -> FloatArray:
    """`(n, 3)` places spread over the ground, in LPS mm."""
    x, y = plane_axes(seat)
    j, i = np.nonzero((ground < 0) & np.isfinite(height))
    chosen = np.linspace(0, len(j) - 1, min(len(j), PLACES)).astype(np.int64)
    return seat.to_lps(np.stack([x[i[chosen]], y[j[chosen]], height[j[chosen], i[chosen]]], axis=1))


def _pressed(arms: FloatArray, middle: FloatArray, near: Nearest, frame: FloatArray, offset_mm: float) -> float:
    """How far from the bone places stand where they fit best, root mean square in mm. arms: `(n, 3)` from their middle."""
    places, values = _fitted(_starts(arms, middle, frame), near, offset_mm, rounds=_FIRST_ROUNDS, every=_EVERY)
    best = np.argsort(np.square(values).sum(axis=1), kind="stable")[:_FOLLOWED]
    soon = _away_mm(values, offset_mm)
    if soon > _CLEARLY * WRONG_SEAT_RATIO * max(offset_mm, _FELT_MM):
        return soon
    _, values = _fitted(places[best], near, offset_mm, rounds=_ROUNDS, every=1)
    return _away_mm(values, offset_mm)


def _away_mm(values: FloatArray, offset_mm: float) -> float:
    """How far from the bone the places of the best start stand, root mean square."""
    away = values[int(np.argmin(np.square(values).sum(axis=1))), : values.shape[1] // 2] + offset_mm
    return float(np.sqrt(np.square(away).mean()))


def _fitted(
    places: FloatArray, near: Nearest, offset_mm: float, *, rounds: int, every: int
) -> tuple[FloatArray, FloatArray]:
    """The places of each start after so many rounds, by every so many of them, and what of `_residuals` is left."""
    damping = np.full(len(places), 1e-3)
    values, change = _residuals(places, near, offset_mm, every)
    for _ in range(rounds):
        after = _stepped(places, values, change, damping)
        there, then = _residuals(after, near, offset_mm, every)
        better = np.square(there).sum(axis=1) < np.square(values).sum(axis=1)
        places = np.where(better[:, None, None], after, places)
        values = np.where(better[:, None], there, values)
        change = np.where(better[:, None, None], then, change)
        damping = np.where(better, damping / 3, damping * 5)
    return places, values


def _starts(arms: FloatArray, middle: FloatArray, frame: FloatArray) -> FloatArray:
    """`(k, n, 3)` the places in every start."""
    found = []
    for degrees in _TURN_DEG:
        c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        turned = arms @ (frame @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ frame.T).T
        found += [middle + turned + x * frame[:, 0] + y * frame[:, 1] for x in _ACROSS_MM for y in _ALONG_MM]
    return np.array(found)


def _residuals(places: FloatArray, near: Nearest, offset_mm: float, every: int) -> tuple[FloatArray, FloatArray]:
    """`(k, 2 n)` what is to become small, in mm, and its `(k, 2 n, 6)` change by shift and by turn about the places' middle, of every so
    many of the places."""
    middle = places.mean(axis=1, keepdims=True)
    places = places[:, ::every]
    flat = places.reshape(-1, 3)
    foot, normal = near.planes(flat)
    rest = flat - foot
    up = (rest * normal).sum(axis=1)
    far = np.sqrt(np.square(rest).sum(axis=1))
    side = np.where(up < 0, -1.0, 1.0)
    close = far < _PLANE_MM
    signed = np.where(close, up, side * far).reshape(places.shape[:2])
    radial = side[:, None] * rest / np.maximum(far, 1e-9)[:, None]
    gradient = np.where(close[:, None], normal, radial).reshape(places.shape)
    arms = places - middle
    change = np.concatenate([gradient, np.cross(arms, gradient)], axis=2)
    deep: BoolArray = signed < 0
    values = np.concatenate([signed - offset_mm, _INSIDE * deep * signed], axis=1)
    return values, np.concatenate([change, _INSIDE * deep[:, :, None] * change], axis=1)


def _stepped(places: FloatArray, values: FloatArray, change: FloatArray, damping: FloatArray) -> FloatArray:
    """The places of each start moved by one round."""
    middle = places.mean(axis=1, keepdims=True)
    arms = places - middle
    reach = np.sqrt(np.square(arms).sum(axis=2).mean())
    scaled = change / np.array([1.0, 1.0, 1.0, reach, reach, reach])
    square = np.einsum("kni,knj->kij", scaled, scaled)
    damped = square + (damping * np.trace(square, axis1=1, axis2=2) / 6)[:, None, None] * np.eye(6)
    move = np.linalg.solve(damped, -np.einsum("kni,kn->ki", scaled, values)[:, :, None])[:, :, 0]
    shift, turn = move[:, :3], move[:, 3:] / reach
    shift = shift / np.maximum(1.0, np.linalg.norm(shift, axis=1) / _STEP_MM)[:, None]
    angle = np.linalg.norm(turn, axis=1)
    turn = turn / np.maximum(1.0, angle / _STEP_RAD)[:, None]
    angle = np.linalg.norm(turn, axis=1)
    axis = turn / np.maximum(angle, 1e-12)[:, None]
    c, s = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    along = (arms * axis[:, None, :]).sum(axis=2, keepdims=True)
    turned = arms * c + np.cross(axis[:, None, :], arms) * s + axis[:, None, :] * along * (1 - c)
    return np.asarray(middle + turned + shift[:, None, :])
