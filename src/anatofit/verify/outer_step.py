"""CR-STEP-1: the step that a finger would feel where the plate's outer face meets the bone's.

At 120 places along the rim, lines parallel to the local normal find the bone's outer face 2 to 8 mm outside the rim and the
plate's 2 to 8 mm inside. One smooth sheet is fitted to both that differs only by a step and a slope at the rim.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.verify.clearance import CROP_MM
from anatofit.verify.distances import Walls, near_box
from anatofit.verify.subject import Measurement, Subject

PLACES = 120
LEAST_PLACES = 10
_ACROSS_MM = np.linspace(2.0, 8.0, 7)  # rounded edges end before 2 mm; beyond 8 mm the skull bends
_ALONG_MM = (-1.5, 0.0, 1.5)
_REACH_MM = 10.0  # lines begin and end so far from the rim
_OFF_MM = 2.5  # a hit so far from the others is another wall: a hole, a recess, the orbit
_AWAY_MM, _AWAY_SLOPE = 3.0, 0.6  # the bone's outer face begins at the rim; what lies farther off is another bone
_ROUGH_MM = 0.5  # where a smooth sheet misses the faces by more, there is no face to compare: the base, a ridge
_LEAST_HITS = 10  # of 21 lines on each side


def outer_step(subject: Subject, requirement: Requirement) -> Measurement:
    """The 95th percentile of the step, mm, without regard to its sign."""
    if subject.host is None:
        raise ValueError("the model 'host' is missing; models/host.stl is wanted")
    way = unit_vector(np.array(subject.plan["insertion_direction_lps"], dtype=np.float64))
    rim = _even_loop(np.array(subject.plan["rim_lps_mm"], dtype=np.float64), PLACES)
    box = subject.part.bounds_lps_mm
    host = near_box(subject.host, box[0] - CROP_MM, box[1] + CROP_MM)
    if not len(host.faces):
        raise ValueError("no host bone lies near the part; a part that is seated in bone is wanted")
    bone, body = Walls(host), Walls(subject.part)
    frames = _frames(rim, subject.plan, way)
    found = np.abs([_step(bone, body, *frame, way) for frame in frames])
    steps = found[np.isfinite(found)]
    counts = {"used": float(len(steps)), "skipped": float(PLACES - len(steps))}
    said = f"measured at {len(steps)} of {PLACES} places of the rim; at the others bone or plate is missing on one side, or a tab lies"
    if len(steps) < LEAST_PLACES:
        return Measurement(-1.0, f"{said}; at least {LEAST_PLACES} are wanted", counts, failed=True)
    values = {"p50": float(np.percentile(steps, 50)), "p95": float(np.percentile(steps, 95)), "max": float(steps.max())}
    worst = ", ".join(f"{v:.0f}" for v in frames[int(np.nanargmax(found))][0])
    return Measurement(values["p95"], f"largest near LPS ({worst}) mm; {said}", values | counts)


def _even_loop(loop: FloatArray, count: int) -> FloatArray:
    """`count` places at equal distances along a closed line."""
    if loop.ndim != 2 or loop.shape[1] != 3 or len(loop) < 8 or not np.isfinite(loop).all():
        raise ValueError(
            "the plan's rim is not a loop of at least 8 points; plan.json as the device wrote it is wanted"
        )
    ring = np.concatenate([loop, loop[:1]])
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1))])
    at = np.arange(count) / count * run[-1]
    return np.stack([np.interp(at, run, ring[:, n]) for n in range(3)], axis=1)


def _frames(
    rim: FloatArray, plan: Mapping[str, Any], way: FloatArray
) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
    """Place, direction along the rim and direction away from the plate, where no tab lies."""
    around = np.roll(rim, -2, axis=0) - np.roll(rim, 2, axis=0)
    turn = float(np.cross(rim - rim.mean(axis=0), around).sum(axis=0) @ way)
    tabs = [
        (np.array(t["centre_lps_mm"]), max(float(t["length_mm"]), float(t["width_mm"])) / 2 + 1.0)
        for t in plan.get("tabs", ())
    ]
    out = []
    for place, along in zip(rim, around, strict=True):
        away = np.cross(along, way) * np.sign(turn)
        if np.linalg.norm(away) > 1e-6 and all(np.linalg.norm(place - c) > r for c, r in tabs):
            out.append((place, along / np.linalg.norm(along), away / np.linalg.norm(away)))
    return out


def _step(bone: Walls, body: Walls, place: FloatArray, along: FloatArray, away: FloatArray, way: FloatArray) -> float:
    """The step at one place; nan where a side cannot be measured."""
    normal = _normal(body, place, away, way)
    if normal is None:
        return float("nan")
    away = unit_vector(np.cross(along, normal) * np.sign(np.cross(along, normal) @ away))
    outside = _heights(bone, place, along, away, normal)
    outside = outside[np.abs(outside[:, 2]) <= _AWAY_MM + _AWAY_SLOPE * outside[:, 0]]
    inside = _heights(body, place, along, -away, normal)
    if len(outside) < _LEAST_HITS or len(inside) < _LEAST_HITS:
        return float("nan")
    inside[:, 0] *= -1
    rows = np.concatenate([outside, inside])
    is_out = np.repeat([1.0, 0.0], [len(outside), len(inside)])
    x, y = rows[:, 0], rows[:, 1]
    matrix = np.stack([np.ones(len(rows)), is_out, x, x * is_out, y, x**2], axis=1)
    fit = np.linalg.lstsq(matrix, rows[:, 2], rcond=None)[0]
    rough = float(np.sqrt(np.mean((matrix @ fit - rows[:, 2]) ** 2)))
    return -float(fit[1]) if rough <= _ROUGH_MM else float("nan")


def _normal(body: Walls, place: FloatArray, away: FloatArray, way: FloatArray) -> FloatArray | None:
    """The plate's outward normal a little inside the rim."""
    normals = [
        n for n in (_hit(body, place - away * x, way)[1] for x in (3.0, 4.5, 6.0)) if n is not None and n @ way > 0.2
    ]
    return unit_vector(np.sum(normals, axis=0)) if normals else None


def _heights(walls: Walls, place: FloatArray, along: FloatArray, away: FloatArray, normal: FloatArray) -> FloatArray:
    """`(n, 3)`: mm away from the rim, mm along it, height of the outer face; stray hits left out."""
    found = []
    for x in _ACROSS_MM:
        for y in _ALONG_MM:
            height, facing = _hit(walls, place + away * x + along * y, normal)
            if facing is not None and facing @ normal > 0.3:
                found.append((x, y, height))
    rows = np.array(found).reshape(-1, 3)
    return rows[np.abs(rows[:, 2] - np.median(rows[:, 2])) <= _OFF_MM] if len(rows) else rows


def _hit(walls: Walls, place: FloatArray, normal: FloatArray) -> tuple[float, FloatArray | None]:
    """Height along `normal` and normal of the first wall met from outside."""
    from vtkmodules.vtkCommonCore import reference

    share: Any = reference(0.0)
    cell: Any = reference(-1)
    sub, point, inside = reference(0), [0.0] * 3, [0.0] * 3
    start, end = place + normal * _REACH_MM, place - normal * _REACH_MM
    if not walls.locator.IntersectWithLine(start.tolist(), end.tolist(), 1e-6, share, point, inside, sub, cell):
        return float("nan"), None
    a, b, c = walls.mesh.vertices_lps_mm[walls.mesh.faces[int(cell)]]
    facing = np.cross(b - a, c - a)
    size = float(np.linalg.norm(facing))
    return _REACH_MM - 2 * _REACH_MM * float(share), facing / size if size > 0 else None
