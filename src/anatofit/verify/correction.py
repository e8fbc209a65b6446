"""The bone as it is shown after a correction: by how much, and about what, its far part was turned against the other.

Each part of the bone, away from the cuts, is laid on the exported corrected bone by its shape alone (points to planes, Chen and
Medioni 1992); nothing of the plan but where the cuts lie is used, the ordered turn only as one of three places to begin from.
A part that lies nowhere on the corrected bone fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.verify.plan_slots import PlannedSlot, slots_of
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import Surface, spread_points
from anatofit.verify.wedge_plan import Wedge, hinge_ends, outline_points, wedge_of

_PLACES = 4000  # over the whole bone
_FOLLOWED = 400  # of a part
_FROM_CUT_MM = 4.0  # nearer to a cut the surface may be cut away
_ROUNDS = 40
_SAME_MM = 0.01  # root mean square: parts of one and the same surface; float32 takes 0.0001 mm of it
_LEAST_PLACES = 40


@dataclass(frozen=True)
class _Pose:
    """A rigid motion, and how far from the corrected bone it leaves the places of a part."""

    rotation: FloatArray
    shift_mm: FloatArray
    rms_mm: float

    def moved(self, points: FloatArray) -> FloatArray:
        return np.asarray(points @ self.rotation.T + self.shift_mm)


def correction_deg(subject: Subject, _: Requirement) -> Measurement:
    """The difference in degrees between the turn of the distal part against the proximal one and the ordered angle."""
    wedge, turn = wedge_of(subject), _turn(subject)
    angle = _angle_deg(turn.rotation, wedge.axis_lps)
    cuts = [slot for slot in slots_of(subject.plan) if slot.number in wedge.cuts]
    moved = max(_entry_moves(subject, wedge, turn, slot) for slot in cuts)
    what = "opens by" if wedge.kind == "opening" else "loses a wedge as high as"
    said = f"turned by {angle:.3f}°, {wedge.angle_deg:g}° are ordered; where the saw enters the cortex {what} {moved:.2f} mm"
    return Measurement(abs(angle - wedge.angle_deg), said, {"turned_deg": angle, "at_the_cortex_mm": moved})


def correction_hinge(subject: Subject, _: Requirement) -> Measurement:
    """The distance in mm that the turn moves the ordered hinge line, where it runs through the bone: none, if it turns about it."""
    ends = hinge_ends(subject, wedge_of(subject))
    moves = np.linalg.norm(_turn(subject).moved(ends) - ends, axis=1)
    return Measurement(float(moves.max()), "the farther of the two places where the hinge line leaves the bone")


def _entry_moves(subject: Subject, wedge: Wedge, turn: _Pose, slot: PlannedSlot) -> float:
    if subject.host is None:
        raise subject.absent("models/host.stl")
    normal = slot.frame[:, 0]
    points = outline_points(subject.host, slot.point_lps_mm, normal)
    out = wedge.out_of(normal, slot.point_lps_mm)
    entry = points[int(np.argmax(points @ out))]
    return float(np.linalg.norm(turn.moved(entry) - entry))


def _turn(subject: Subject) -> _Pose:
    """The motion of the distal part against the proximal one; measured once. Raises ValueError where a part is not found."""
    return subject.once("correction", lambda: _measured(subject))


def _measured(subject: Subject) -> _Pose:
    if subject.host is None:
        raise subject.absent("models/host.stl")
    if subject.corrected is None:
        raise subject.absent("models/corrected_bone.stl")
    wedge, surface = wedge_of(subject), Surface(subject.corrected)
    slots = {slot.number: slot for slot in slots_of(subject.plan)}
    places, _, _ = spread_points(subject.host, _PLACES)
    proximal, distal = (slots[wedge.cuts[n]] for n in (0, -1))
    above = _some(places[proximal.local(places)[:, 0] > _cut_away_mm(wedge, proximal, places)], "proximal")
    below = _some(places[distal.local(places)[:, 0] < -_cut_away_mm(wedge, distal, places)], "distal")
    stands = _laid(surface, above, wedge, "proximal")
    turns = _laid(surface, below, wedge, "distal")
    rotation = stands.rotation.T @ turns.rotation
    return _Pose(rotation, (turns.shift_mm - stands.shift_mm) @ stands.rotation, max(stands.rms_mm, turns.rms_mm))


def _cut_away_mm(wedge: Wedge, slot: PlannedSlot, places: FloatArray) -> FloatArray:
    """How far from a cut the surface may be gone: beyond the hinge line the parts of an opened wedge reach into each other."""
    beyond = -((places - wedge.hinge_lps_mm) @ wedge.out_of(slot.frame[:, 0], slot.point_lps_mm))
    return np.asarray(_FROM_CUT_MM + np.clip(beyond, 0.0, None) * np.tan(np.deg2rad(wedge.angle_deg)))


def _some(places: FloatArray, name: str) -> FloatArray:
    if len(places) < _LEAST_PLACES:
        raise ValueError(f"too little of the bone lies {name} of the cuts to tell how it stands")
    return np.asarray(places[np.linspace(0, len(places) - 1, min(len(places), _FOLLOWED)).astype(np.int64)])


def _laid(surface: Surface, places: FloatArray, wedge: Wedge, name: str) -> _Pose:
    """The motion that lays a part's places on the corrected bone, from the first beginning that ends there."""
    best = np.inf
    for begin in _beginnings(wedge):
        pose = _settled(surface, places, begin)
        best = min(best, pose.rms_mm)
        if pose.rms_mm <= _SAME_MM:
            return pose
    raise ValueError(f"the {name} part is not found in the corrected bone: it lies {best:.2f} mm off at best")


def _beginnings(wedge: Wedge) -> Iterator[_Pose]:
    for angle in (0.0, wedge.angle_deg, -wedge.angle_deg):
        rotation = _rotation(np.deg2rad(angle) * wedge.axis_lps)
        yield _Pose(rotation, wedge.hinge_lps_mm - rotation @ wedge.hinge_lps_mm, np.inf)


def _settled(surface: Surface, places: FloatArray, pose: _Pose) -> _Pose:
    for _ in range(_ROUNDS):
        at = pose.moved(places)
        near, faces = surface.nearest(at)
        normals = surface.face_normals[faces]
        off = ((near - at) * normals).sum(axis=1)
        rms = float(np.sqrt(np.square(near - at).sum(axis=1).mean()))
        middle = at.mean(axis=0)
        step = np.linalg.lstsq(np.hstack([np.cross(at - middle, normals), normals]), off, rcond=None)[0]
        turn = _rotation(step[:3])
        shift = turn @ (pose.shift_mm - middle) + middle + step[3:]
        settled = pose.rms_mm - rms < 1e-9 and rms <= _SAME_MM
        pose = _Pose(turn @ pose.rotation, shift, rms)
        if settled:
            break
    return pose


def _rotation(vector: FloatArray) -> FloatArray:
    """The turn about a vector by its length in radians."""
    angle = float(np.linalg.norm(vector))
    if angle == 0.0:
        return np.eye(3)
    x, y, z = vector / angle
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew)


def _angle_deg(rotation: FloatArray, axis: FloatArray) -> float:
    """The angle of a turn, positive about an axis by the right hand."""
    vector = np.array(
        [rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]]
    )
    angle = float(np.rad2deg(np.arctan2(np.linalg.norm(vector) / 2, (np.trace(rotation) - 1) / 2)))
    return angle if float(vector @ axis) >= 0 else -angle
