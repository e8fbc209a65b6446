"""Random cuts and wedges through a bone as a surgeon could lay them, and some that nobody would."""

from __future__ import annotations

from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from validation.studies.ground import APART_MM, TILT, Drawn, Ground, triple

WEDGES, TWO_CUTS, ORDERED, FITTING, ON_BONE = 0.3, 0.4, 0.3, 0.7, 0.6  # share of plans
SLOTS = ("closed", "closed", "open", "one-sided")
RING_MM = 4.0  # to either side of a level: the bone that lies there
# Of a wedge: from its hinge to the cortex behind it, from its start to the level of its hinge, and its angle.
BEHIND_MM, ASIDE_MM, ANGLE_DEG = (3.0, 12.0), (-5.0, 30.0), (1.0, 20.0)
RELIEF_MM = 8.0  # of a relief from the first place of a plan, each way


def cuts(ground: Ground, random: np.random.Generator) -> Drawn:
    """A wedge, or one cut through the bone somewhere along its longest side, or two."""
    points = ground.bone.vertices_lps_mm
    low, high = points.min(axis=0), points.max(axis=0)
    axis = int(np.argmax(high - low))
    at = float(low[axis] + (high - low)[axis] * random.uniform(0.12, 0.88))
    drawn = _wedge if random.random() < WEDGES else _planes
    plan, first, way = drawn(ground, axis, at, random)
    if random.random() < ORDERED:
        plan["approach"] = triple(unit_vector(way + random.normal(size=3) * TILT))
    relieved = ground.nearest(first + random.normal(size=3) * RELIEF_MM)
    return Drawn({**plan, **ground.relief(relieved, random)})


def _planes(
    ground: Ground, axis: int, at: float, random: np.random.Generator
) -> tuple[dict[str, Any], FloatArray, FloatArray]:
    """With the first cut's point and a way in from any side."""
    normal = np.eye(3)[axis] + random.normal(size=3) * TILT
    made = [_cut(ground, axis, at, normal, random)]
    if random.random() < TWO_CUTS:
        beside = at + random.choice([-1.0, 1.0]) * random.uniform(*APART_MM)
        made.append(_cut(ground, axis, float(beside), normal + random.normal(size=3) * TILT / 2, random))
    return {"cut": made}, np.array(made[0]["point"]), unit_vector(np.cross(np.eye(3)[axis], random.normal(size=3)))


def _cut(ground: Ground, axis: int, at: float, normal: FloatArray, random: np.random.Generator) -> dict[str, Any]:
    """A cut from a place on the bone, or in the middle of all that lies there; most have a slot that fits the bone, as a surgeon
    orders it, the others that of the design."""
    ring = _ring(ground, axis, at)
    place = (ring.min(axis=0) + ring.max(axis=0)) / 2
    if random.random() < ON_BONE:
        place = ring[int(random.integers(len(ring)))]
    kind = str(random.choice(SLOTS))
    cut = {"point": triple(place), "normal": triple(normal), "slot": kind, **_length(ring, axis, random)}
    return {**cut, "rest": str(random.choice(["normal", "other"]))} if kind == "one-sided" else cut


def _wedge(
    ground: Ground, axis: int, at: float, random: np.random.Generator
) -> tuple[dict[str, Any], FloatArray, FloatArray]:
    """By coordinates: from a place on the bone to a hinge before the cortex across, some way further along the bone. With the
    place and the side that it lies on."""
    along = np.eye(3)[axis] * float(random.choice([-1.0, 1.0]))
    side = unit_vector(np.cross(along, random.normal(size=3)))
    ring = _ring(ground, axis, at)
    start = ring[np.argmax(ring @ side)]
    beyond = _ring(ground, axis, at - along[axis] * random.uniform(*ASIDE_MM))
    hinge = beyond[np.argmin(beyond @ side)] + side * random.uniform(*BEHIND_MM)
    turn = np.cross(along, side) + random.normal(size=3) * TILT / 2
    wedge = {
        "kind": str(random.choice(["opening", "closing"])), "angle_deg": round(float(random.uniform(*ANGLE_DEG)), 1),
        "hinge": triple(hinge), "hinge_axis": triple(turn), "start": triple(start), "distal": triple(along),
        **_length(ring, axis, random),
    }  # fmt: skip
    if wedge["kind"] == "closing" and random.random() < 0.5:
        wedge["removed"] = str(random.choice(["distal", "proximal"]))
    return {"wedge": [wedge]}, start, side


def _ring(ground: Ground, axis: int, at: float) -> FloatArray:
    """`(n, 3)` places on the bone at a level; of the whole bone where it has none there."""
    near = np.abs(ground.centres[:, axis] - at) < RING_MM
    return ground.centres[near] if near.any() else ground.centres


def _length(ring: FloatArray, axis: int, random: np.random.Generator) -> dict[str, float]:
    if random.random() >= FITTING:
        return {}
    wide = float(np.delete(np.ptp(ring, axis=0), axis).min())
    return {"length_mm": round(float(np.clip(wide * random.uniform(0.4, 1.1), 6.0, 100.0)), 1)}
