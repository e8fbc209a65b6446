"""CR-STEP-1: the step that a finger would feel where the plate's outer face meets the bone's.

At 120 places along the rim, lines parallel to the local normal find the bone's outer face 2 to 8 mm outside the rim and the
plate's 2 to 8 mm inside. One smooth sheet is fitted to both that differs only by a step and a slope at the rim.

A place is not measurable, and counted as such: under a tab; where either face does not begin within 3 mm of the rim; where the
faces are so uneven that no sheet fits; and, if what is seen beside the rim lies more than 3 mm off the plate's sheet, where it
ends within 8 mm of the rim or turns by 31° there. So does the wall or the margin of an orbit, and the outside of a skull does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.clearance import CROP_MM, body_of
from anatofit.verify.distances import Walls, near_box
from anatofit.verify.regions import in_tabs
from anatofit.verify.rim_places import by_side, even_loop, free_frames
from anatofit.verify.subject import Measurement, Subject

PLACES = 120
LEAST_PLACES = 10
_ACROSS_MM = np.linspace(2.0, 8.0, 7)  # most rounded edges end before 2 mm; beyond 8 mm the skull bends
# Cosine to the plate's own normal, 37 degrees: an edge rounded by 1.2 mm, the envelope's most, has dropped by 0.25 mm there, and
# is no outer face beyond. Bone beside a defect may lie at any angle that is still outward.
_PLATE_FACING, _BONE_FACING = 0.8, 0.3
_ALONG_MM = (-1.5, 0.0, 1.5)
_PATTERN_MM = np.array([(x, y) for x in _ACROSS_MM for y in _ALONG_MM])
_REACH_MM = 10.0  # lines begin and end so far from the rim
_OFF_MM = 2.5  # a hit so far from the others is another wall: a hole, a recess, the orbit
_AWAY_MM, _AWAY_SLOPE = 3.0, 0.6  # the bone's outer face begins at the rim; what lies farther off is another bone
_ROUGH_MM = 0.5  # where a smooth sheet misses the faces by more, there is no face to compare: the base, a ridge
_LEAST_HITS = 10  # of 21 lines on each side
_BEGINS_MM = 3.0  # a face that begins farther from the rim is not continued over it, it is guessed
# Three times the step that is allowed: whatever is near the limit counts, whatever stands beside the rim. A bone's face farther
# off than this is its outside only where it goes on to the last line, and about as the plate does. What lies over 6 mm deep is
# an opening to CR-COVER-1, where the other side has bone.
_OPENING_MM = 3.0
# Change of slope, 31 degrees. The sheet bends with the vault (x²), so the vault's own bend, 11 degrees from side to side at a
# radius of 50 mm, is no turn; the flank of an orbit's margin turns by 60 and more. Near the vault's, to leave out little.
_TURNED = 0.6
_WHY = {
    "no_face": "where bone or plate has no outer face near the rim",
    "opening": "at an opening such as the orbit",
    "turned": "where the bone faces another way",
    "rough": "on uneven bone",
}


def outer_step(subject: Subject, requirement: Requirement) -> Measurement:
    """The 95th percentile of the step, mm, without regard to its sign."""
    if subject.host is None:
        raise subject.absent("models/host.stl")
    way = unit_vector(np.array(subject.plan["insertion_direction_lps"], dtype=np.float64))
    rim = even_loop(np.array(subject.plan["rim_lps_mm"], dtype=np.float64), PLACES)
    box = subject.part.bounds_lps_mm
    host = near_box(subject.host, box[0] - CROP_MM, box[1] + CROP_MM)
    if not len(host.faces):
        raise ValueError("no host bone lies near the part; a part that is seated in bone is wanted")
    bone, body = Walls(host), body_of(subject)
    frames = free_frames(rim, subject.plan, way)
    seen = [_step(bone, body, *frame, subject.plan) for frame in frames]
    found = np.abs([step for step, _ in seen])
    steps = found[np.isfinite(found)]
    why = Counter(w for _, w in seen if w)
    counts = {"used": float(len(steps)), "skipped": float(PLACES - len(steps)), "tabs": float(PLACES - len(frames))}
    counts |= {key: float(why[key]) for key in _WHY}
    places = np.array([place for place, *_ in frames]).reshape(-1, 3)[np.isfinite(found)]
    said = f"{_coverage(counts)}; {by_side(rim, places, way)}"
    if len(steps) < LEAST_PLACES:
        return Measurement(-1.0, said, counts, failed=True)
    values = {"p50": float(np.percentile(steps, 50)), "p95": float(np.percentile(steps, 95)), "max": float(steps.max())}
    worst = ", ".join(f"{v:.0f}" for v in frames[int(np.nanargmax(found))][0])
    return Measurement(values["p95"], f"largest near ({worst}) mm; {said}", values | counts)


def _coverage(counts: Mapping[str, float]) -> str:
    """At how many places of the rim the step was measured, and why not at the others."""
    said = f"measured at {counts['used']:.0f} of {PLACES} places of the rim (at least {LEAST_PLACES} wanted)"
    others = [f"{counts[why]:.0f} {text}" for why, text in ({"tabs": "at tabs"} | _WHY).items() if counts[why]]
    return f"{said}; not measurable: {', '.join(others)}" if others else said


def _step(
    bone: Walls, body: Walls, place: FloatArray, along: FloatArray, away: FloatArray, plan: Mapping[str, Any]
) -> tuple[float, str]:
    """The step at one place; nan and a key of `_WHY` where it cannot be measured."""
    way = unit_vector(np.array(plan["insertion_direction_lps"], dtype=np.float64))
    normal = _normal(body, place, along, away, way)
    if normal is None:
        return float("nan"), "no_face"
    away = unit_vector(np.cross(along, normal) * np.sign(np.cross(along, normal) @ away))
    outside = _heights(bone, place, along, away, normal, facing=_BONE_FACING)
    outside = outside[np.abs(outside[:, 2]) <= _AWAY_MM + _AWAY_SLOPE * outside[:, 0]]
    inside = _heights(body, place, along, -away, normal, facing=_PLATE_FACING)
    inside = inside[~in_tabs(place + inside @ np.stack([-away, along, normal]), plan)]
    if not all(len(side) >= _LEAST_HITS and side[:, 0].min() <= _BEGINS_MM for side in (outside, inside)):
        return float("nan"), "no_face"
    inside[:, 0] *= -1
    step, turn, rough = _fitted(outside, inside)
    if rough > _ROUGH_MM:
        return float("nan"), "rough"
    if abs(step) > _OPENING_MM and abs(turn) > _TURNED:
        return float("nan"), "turned"
    if abs(step) > _OPENING_MM and outside[:, 0].max() < _ACROSS_MM[-1]:
        return float("nan"), "opening"
    return step, ""


def _fitted(outside: FloatArray, inside: FloatArray) -> tuple[float, float, float]:
    """Step from bone to plate, change of slope, and how far a sheet with both misses the places found, root mean square."""
    rows = np.concatenate([outside, inside])
    is_out = np.repeat([1.0, 0.0], [len(outside), len(inside)])
    x, y = rows[:, 0], rows[:, 1]
    matrix = np.stack([np.ones(len(rows)), is_out, x, x * is_out, y, x**2], axis=1)
    fit = np.linalg.lstsq(matrix, rows[:, 2], rcond=None)[0]
    return -float(fit[1]), float(fit[3]), float(np.sqrt(np.mean((matrix @ fit - rows[:, 2]) ** 2)))


def _normal(body: Walls, place: FloatArray, along: FloatArray, away: FloatArray, way: FloatArray) -> FloatArray | None:
    """The plate's outward normal inside the rim: the median of what all lines meet, so that its rounded edges do not tilt it."""
    x, y = _PATTERN_MM.T
    _, normals = _hits(body, place - np.outer(x, away) + np.outer(y, along), way)
    outward = normals[normals @ way > 0.2]
    return unit_vector(np.median(outward, axis=0)) if len(outward) else None


def _heights(
    walls: Walls, place: FloatArray, along: FloatArray, away: FloatArray, normal: FloatArray, *, facing: float
) -> FloatArray:
    """`(n, 3)`: mm away from the rim, mm along it, height of the outer face; stray hits and those that lean away left out."""
    x, y = _PATTERN_MM.T
    height, met = _hits(walls, place + np.outer(x, away) + np.outer(y, along), normal)
    rows = np.stack([x, y, height], axis=1)[met @ normal > facing]
    return rows[np.abs(rows[:, 2] - np.median(rows[:, 2])) <= _OFF_MM] if len(rows) else rows


def _hits(walls: Walls, places: FloatArray, normal: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`(n,)` heights along `normal` and `(n, 3)` normals of the first walls met from outside; a normal of zeros where none is."""
    distance, face = walls.first_hits(places + normal * _REACH_MM, places - normal * _REACH_MM)
    normals = np.where((face >= 0)[:, None], walls.face_normals[face], 0.0)
    return _REACH_MM - distance, normals
