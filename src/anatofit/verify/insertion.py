"""CR-INSERT-1: whether the part reaches its seat along a straight way without touching the host bone.

The part moves outwards from its seat. Every point that comes near the bone is followed: after a distance d it advances by
d minus the smallest distance so far, at least 0.3 mm; between two stops a distance can be smaller by at most 0.15 mm than at
both. Points of the part are followed against the bone, points of the bone against the part.
"""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.verify.clearance import CROP_MM, body_of
from anatofit.verify.distances import Walls, even_points, near_box
from anatofit.verify.subject import Measurement, Subject

STEP_MM = 0.3
POINTS = 1500  # of those that come near the bone, on each side
_VERTICES = 16_000  # of a surface, to choose those from
_COLLIDED_MM = -0.5  # deeper than this the answer is known
_NEAR_MM = 3.0  # points that never come nearer decide nothing


def insertion(subject: Subject, requirement: Requirement) -> Measurement:
    """The smallest distance between part and host on the way, mm; negative where the part would pass through bone."""
    if subject.host is None:
        raise subject.absent("models/host.stl")
    way = unit_vector(np.array(subject.plan["insertion_direction_lps"], dtype=np.float64))
    length = float(requirement.parameters.get("length_mm", subject.plan.get("insertion_length_mm", 0.0)))
    if not (np.isfinite(length) and 0.0 < length <= 1000.0):
        raise ValueError(f"the insertion length is {length:g} mm; more than 0 and at most 1000 are wanted")
    host = near_way(subject, subject.host, way, length)
    if not len(host.faces):
        raise ValueError("no host bone lies near the way; a part that is seated in bone is wanted")
    best, at = nearest_on_way(subject, host, way, length)
    if not np.isfinite(best):
        return Measurement(
            -1.0, f"no bone within {_NEAR_MM:g} mm of the way; a part that is seated in bone is wanted", failed=True
        )
    verb = "collides" if best <= 0 else "is nearest"
    return Measurement(
        best,
        f"{verb} {at:.1f} mm above the seat; stops at most {STEP_MM:g} mm apart near bone",
        {"at_mm": at, "length_mm": length},
    )


def near_way(subject: Subject, bone: Mesh, way: FloatArray, length: float) -> Mesh:
    """What of a bone lies near the part and its way."""
    box = subject.part.bounds_lps_mm
    swept = np.concatenate([box, box + way * length])
    return near_box(bone, swept.min(axis=0) - CROP_MM, swept.max(axis=0) + CROP_MM)


def nearest_on_way(subject: Subject, near: Mesh, way: FloatArray, length: float) -> tuple[float, float]:
    """The smallest signed distance between the part and a bone on the way, mm, and where; inf where none comes within `_NEAR_MM`."""
    bone, body = Walls(near), body_of(subject)
    best, at = _follow(bone, _candidates(bone, _points(body), way, length), way, length, float("inf"))
    other, other_at = _follow(body, _candidates(body, _points(bone), -way, length), -way, length, best)
    return (other, other_at) if other < best else (best, at)


def _points(walls: Walls) -> FloatArray:
    """The vertices, an even choice where there are many, and places spread over the triangles."""
    vertices = walls.mesh.vertices_lps_mm
    pick = np.unique(np.linspace(0, len(vertices) - 1, min(len(vertices), _VERTICES)).astype(np.int64))
    return np.concatenate([vertices[pick], even_points(walls.mesh, POINTS)[0]])


def _candidates(walls: Walls, points: FloatArray, way: FloatArray, length: float) -> FloatArray:
    """Points that come near on their way, by nearest vertices alone; the nearest half of the places, an even choice of the rest."""
    nearest = np.full(len(points), np.inf)
    travelled = np.zeros(len(points))
    active = np.arange(len(points))
    while len(active):
        bound = walls.at_least_mm(points[active] + travelled[active, None] * way, up_to_mm=2 * _NEAR_MM)
        nearest[active] = np.minimum(nearest[active], bound)
        travelled[active] += np.where(np.isfinite(bound), np.maximum(bound, _NEAR_MM / 2), 2 * _NEAR_MM)
        active = active[(travelled[active] <= length) & (nearest[active] > 0.3)]
    near = np.flatnonzero(nearest <= _NEAR_MM)
    if len(near) <= POINTS:
        return points[near]
    order = near[np.argsort(nearest[near], kind="stable")]
    rest = order[POINTS // 2 :]
    pick = np.linspace(0, len(rest) - 1, POINTS - POINTS // 2).astype(np.int64)
    return np.asarray(points[np.sort(np.concatenate([order[: POINTS // 2], rest[pick]]))])


def _follow(walls: Walls, points: FloatArray, way: FloatArray, length: float, best: float) -> tuple[float, float]:
    """The smallest signed distance that any of the points meets on its way, if smaller than `best`, and where."""
    travelled = np.zeros(len(points))
    active = np.arange(len(points))
    at = 0.0
    while len(active) and best > _COLLIDED_MM:
        place = points[active] + travelled[active, None] * way
        signed = walls.at_least_mm(place, up_to_mm=2 * _NEAR_MM)
        close = signed <= max(min(best, _NEAR_MM), 0.0)
        signed[~np.isfinite(signed)] = 2 * _NEAR_MM
        signed[close] = walls.signed_mm(place[close])
        lowest = int(signed.argmin())
        if close[lowest] and signed[lowest] < best:
            best, at = float(signed[lowest]), float(travelled[active[lowest]])
        travelled[active] += np.maximum(signed - max(best, 0.0), STEP_MM)
        active = active[travelled[active] <= length]
    return best, at
