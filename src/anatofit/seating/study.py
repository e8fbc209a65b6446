"""A guide placed many times: what rests where, and what that does to the plan."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.part import Part
from anatofit.model.seating import Motion, Seating, SeatingOrder
from anatofit.seating.effect import Moved, axes_of, cuts_of, frame_of_cut, magnitudes, signed
from anatofit.seating.misfit import misfits
from anatofit.seating.places import ContactFace, contact_face
from anatofit.seating.pose import BoolArray, Pose, rotations_of, vector_of
from anatofit.seating.settle import BEARS, ENTERED_MM, Rest, middle_of, settled

_TOGETHER = 100  # placements that are followed at once: their arrays stay in a processor's cache
FARTHEST_MM, FARTHEST_DEG = 5.0, 15.0  # a guide that ends farther than this from its plan ran away
# A guide that lies on its face stands off by less than its offset, and on the tops of what the bone is other by: twice sigma on the mean
# are far beyond what is seen of guides that rest where they should.
_OFF_SIGMAS = 2.0
LIMITS = (
    "Contact is free of friction and hands press evenly on the contact face: friction can stop a guide before it rests, a press on one end can tilt it.",
    "Guide and bone are rigid; soft tissue, blades and drills exert no force. What the guide touches beside its contact face is not looked at.",
    "How far the bone lies beside its model (sigma), over what length, and how far hands miss at first are assumed, not measured on this patient.",
    "It is a prediction for comparing designs, no measurement of a guide in use.",
)


def seated(part: Part, bone: Mesh, plan: Mapping[str, Any], asked: SeatingOrder) -> Seating:
    """The study of one part. Raises GeometryError where too little of it faces bone."""
    offset = float(plan.get("contact_offset_mm", 0.0))
    face = contact_face(part.mesh, bone, offset_mm=offset)
    rest = _rests(face, unit_vector(np.array(plan["insertion_direction_lps"])), asked)
    reasons = _reasons(rest, stands_off_mm=offset + _OFF_SIGMAS * asked.sigma_mm)
    lost = np.logical_or.reduce(list(reasons.values()))
    # where none seats, figures are of all: they are large, and the share says so
    chosen = ~lost if not lost.all() else lost
    moved = Moved(rest.pose[chosen], middle_of(face))
    turns = np.rad2deg(moved.turns_rad)
    return Seating(
        asked=asked,
        part=part.name,
        places=len(face.shares),
        contact_mm2=face.area_mm2,
        not_seated=round(float(lost.mean()), 4),
        why_not=tuple((words, round(float(yes.mean()), 4)) for words, yes in reasons.items() if yes.any()),
        shift_mm=magnitudes(_length(moved.pose.shifts_mm)),
        turn_deg=magnitudes(_length(turns)),
        motions=_motions(plan, moved.pose.shifts_mm, turns),
        bearing=signed((rest.loads[chosen] > BEARS).sum(axis=1).astype(np.float64)),
        cuts=cuts_of(plan, bone, moved),
        axes=axes_of(plan, moved),
        limits=LIMITS,
    )


def _length(vectors: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.square(vectors).sum(axis=1)))


def _rests(face: ContactFace, out: FloatArray, asked: SeatingOrder) -> Rest:
    """All placements, some at a time; each is its own, so neither how many nor on how many processors changes a digit."""
    random = np.random.default_rng(asked.seed)
    shifts = asked.start_mm * random.normal(size=(asked.count, 3))
    turns = np.deg2rad(asked.start_deg) * random.normal(size=(asked.count, 3))
    start = Pose(rotations_of(turns), shifts)
    fields = misfits(random, asked.count, sigma_mm=asked.sigma_mm, correlation_mm=asked.correlation_mm)

    def done(low: int) -> Rest:
        some = slice(low, low + _TOGETHER)
        return settled(face, fields.of(some), start[some], out_lps=out)

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as hands:
        rests = list(hands.map(done, range(0, asked.count, _TOGETHER)))
    pose = Pose(*(np.concatenate([getattr(r.pose, name) for r in rests]) for name in ("rotations", "shifts_mm")))
    loads, mean, deepest, still = (
        np.concatenate([getattr(r, name) for r in rests]) for name in ("loads", "mean_mm", "deepest_mm", "settled")
    )
    return Rest(pose, loads, mean, deepest, still)


def _reasons(rest: Rest, *, stands_off_mm: float) -> dict[str, BoolArray]:
    """Why a placement does not seat; the first that holds is told."""
    far = _length(rest.pose.shifts_mm) > FARTHEST_MM
    far |= np.rad2deg(_length(vector_of(rest.pose.rotations))) > FARTHEST_DEG
    off = ~far & (rest.mean_mm > stands_off_mm)
    restless = ~far & ~off & (~rest.settled | (rest.deepest_mm > ENTERED_MM))
    return {
        f"ran more than {FARTHEST_MM:g} mm or {FARTHEST_DEG:g}° from the plan": far,
        f"stands more than {stands_off_mm:g} mm off on the mean": off,
        "found no rest": restless,
    }


def _motions(plan: Mapping[str, Any], shifts_mm: FloatArray, turns_deg: FloatArray) -> tuple[Motion, ...]:
    """The six motions of the guide, the loosest first; share: of the mean square of shifts, or of turns."""
    frame, names = _frame(plan)
    out = []
    for kind, unit, vectors in (("shift", "mm", shifts_mm), ("turn about the way", "deg", turns_deg)):
        total = max(float(np.square(vectors).sum(axis=1).mean()), 1e-12)
        own = []
        for words, axis in zip(names, frame.T, strict=True):
            values = (vectors * axis).sum(axis=1)
            share = round(float(np.square(values).mean()) / total, 3)
            own.append(Motion(words=f"{kind} {words}", unit=unit, spread=signed(values), share=share))
        out += sorted(own, key=lambda m: -m.share)
    return tuple(out)


def _frame(plan: Mapping[str, Any]) -> tuple[FloatArray, tuple[str, str, str]]:
    """Axes in which a motion is told: of the first cut, else of the seat, else around the way out."""
    if plan.get("slots"):
        return frame_of_cut(plan["slots"][0]), ("across the first cut", "along its slot", "in and out of it")
    out = unit_vector(np.array(plan["insertion_direction_lps"]))
    axes = (plan.get("seat") or {}).get("axes_lps")
    x = np.array(axes[0]) if axes else np.eye(3)[int(np.argmin(np.abs(out)))]
    x = unit_vector(x - out * float((x * out).sum()))
    return np.column_stack([x, np.cross(out, x), out]), ("along the guide", "across the guide", "in and out")
