"""Screws: where each enters the bone, how its hole and recess are cut, how long it must be, and which catalogue length that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.driver import in_the_way
from anatofit.devices.bone_plate.even import EVEN_DEG, check_even, sharpest_deg
from anatofit.devices.bone_plate.holds import screw_length
from anatofit.devices.bone_plate.knee import ends_at_knee
from anatofit.devices.bone_plate.layout import Keep, Screw
from anatofit.devices.bone_plate.lines import screw_body, too_near
from anatofit.devices.bone_plate.recess import over_rim_mm, recess
from anatofit.devices.bone_plate.sides import Piece
from anatofit.devices.bone_plate.spacing import FEWEST
from anatofit.devices.bone_plate.spec import BonePlateSpec, PlannedScrew
from anatofit.devices.guide.joint import Joint
from anatofit.devices.guide.layout import triple
from anatofit.devices.guide.sleeves import depth_mm, surface_entry
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.nearest import Nearest
from anatofit.geometry.pieces import apart_mm
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.words import counted

ASIDE_MM = 20.0  # a hole may lie so far beside the path; the plate reaches out to it: proposal
_ENTRY_MM = 8.0  # around the plate's middle, along the axis, where bone is met
_ON_PATH_MM = 0.5  # a place nearer to the path than this lies on it
MEET_MM = 0.5  # between the threads of two screws in the bone
NUDGES_MM = (
    0.0,
    1.0,
    -1.0,
    2.0,
    -2.0,
    3.0,
    -3.0,
)  # along the path: a hole that finds no room is moved by less than its head is wide
_SOLVE = 8


def planned_screws(bone: Mesh, near: Nearest, spec: BonePlateSpec, curve: Curve, keeps: Sequence[Keep]) -> list[Screw]:
    """The screws of the order. Raises PrescriptionError with every one that has no room, misses the bone or meets a line."""
    found: list[Screw] = []
    reasons: list[Reason] = []
    for number, asked in enumerate(spec.surgery.screw, start=1):
        try:
            found.append(_ordered(bone, near, spec, curve, asked, number))
        except PrescriptionError as error:
            reasons += error.reasons
    reasons += [_on_line(s, into) for s in found if (into := too_near(s, keeps)) > 0.0]
    reasons += crowded(spec, found)
    if reasons:
        raise PrescriptionError(reasons)
    return found


def placed_screws(
    bone: Mesh,
    near: Nearest,
    spec: BonePlateSpec,
    curve: Curve,
    keeps: Sequence[Keep],
    at_mm: Sequence[float],
    pieces: Sequence[Piece],
    joint: Joint | None = None,
) -> tuple[list[Screw], list[str]]:
    """Screws normal to the plate at places along it, or a little beside them, and what to say of those that find no room.

    joint: of a recognised bone; no screw ends there.
    """
    found: list[Screw] = []
    less = 0
    for at in at_mm:
        room = [at + aside for aside in NUDGES_MM if any(a <= at + aside <= b for a, b in pieces)]
        free = _free_screws(bone, near, spec, curve, keeps, room, found, joint)
        screw = _evenest(near, spec, curve, free)
        found += [] if screw is None else [screw]
        less += screw is None
    if len(found) < FEWEST:
        said = (
            f"{counted(len(found), 'screw')} found room for head and driver off the lines and off each other; {FEWEST} at least are wanted. "
            "Name screws of your own ([[plan.screw]]), or lower head_diameter_mm or line_margin_mm"
        )
        raise PrescriptionError(Reason("no-room", said))
    if not less:
        return found, []
    said = (
        f"{counted(less, 'hole')} left out: there the screw would meet a line, another screw or a joint, its head or driver finds no room, or "
        "the bone beneath is uneven"
    )
    return found, [said]


def _evenest(near: Nearest, spec: BonePlateSpec, curve: Curve, free: Iterator[Screw]) -> Screw | None:
    """The first screw on even bone, else the first; None where there is none."""
    first: Screw | None = None
    for screw in free:
        if sharpest_deg(near, spec, curve, screw) >= EVEN_DEG:
            return screw
        first = screw if first is None else first
    return first


def _free_screws(
    bone: Mesh,
    near: Nearest,
    spec: BonePlateSpec,
    curve: Curve,
    keeps: Sequence[Keep],
    room: Sequence[float],
    others: Sequence[Screw],
    joint: Joint | None,
) -> Iterator[Screw]:
    """Screws at places along the plate that keep off lines and other screws, with the hold they were asked for: the ordered one, or one cortex."""
    holds = dict.fromkeys([spec.screw_hold, "monocortical"])
    for at, hold in product(room, holds):
        place, asked = curve.points(np.array([at]))[0], PlannedScrew.model_validate({"at_mm": at, "hold": hold})
        try:
            screw = _screw(bone, near, spec, curve, place, None, asked, len(others) + 1)
        except PrescriptionError:  # no bone beneath, or no room for its head or driver
            continue
        if too_near(screw, keeps) <= 0.0 and not crowded(spec, [*others, screw]) and not ends_at_knee(joint, screw):
            yield screw


def _on_line(screw: Screw, into: float) -> Reason:
    said = f"screw {screw.number} comes {into:.1f} mm within the margin of a fracture or cut line. Move it, aim it away, or lower margin_mm of the line"
    return Reason("no-room", said)


def _ordered(bone: Mesh, near: Nearest, spec: BonePlateSpec, curve: Curve, asked: PlannedScrew, number: int) -> Screw:
    if asked.at_point is not None:
        place = near.asked(np.array([asked.at_point]))[0][0]
        off, aside = float(np.linalg.norm(place - np.array(asked.at_point))), float(curve.near_mm(place[None])[0])
        if off > ASIDE_MM or aside > ASIDE_MM:
            said = f"screw {number} lies {off:.0f} mm from the bone and {aside:.0f} mm from the path; {ASIDE_MM:g} mm at most are wanted. Check at_point"
            raise PrescriptionError(Reason("plan-misses-bone", said))
        place = curve.points(curve.around(place[None]).at_mm)[0] if aside < _ON_PATH_MM else place
    else:
        assert asked.at_mm is not None
        if asked.at_mm > curve.length_mm:
            said = (
                f"screw {number} was asked at {asked.at_mm:g} mm along a path of {curve.length_mm:.1f} mm. Lower at_mm"
            )
            raise PrescriptionError(Reason("no-room", said))
        place = curve.points(np.array([asked.at_mm]))[0]
    return _screw(bone, near, spec, curve, place, asked.target, asked, number)


def _screw(
    bone: Mesh,
    near: Nearest,
    spec: BonePlateSpec,
    curve: Curve,
    place: FloatArray,
    target: Sequence[float] | None,
    asked: PlannedScrew,
    number: int,
) -> Screw:
    """The screw through the plate above a place on the bone."""
    around = curve.around(place[None])
    aside = float(around.aside_mm[0])
    along, _, out = (axes[0] for axes in curve.frames(around.at_mm))
    if abs(aside) > _ON_PATH_MM:
        out = near.facing(place[None], radius_mm=max(3.0, spec.head_diameter_mm / 2))[0]
    thick = float(curve.thicknesses_mm(around.at_mm)[0])
    middle = place + (spec.contact_offset_mm + thick / 2) * out
    axis = out if target is None else _aimed(middle, target, number)
    lean = float(np.rad2deg(np.arccos(np.clip((axis * out).sum(), -1.0, 1.0))))
    if lean > spec.lean_deg:
        said = (
            f"screw {number} leans {lean:.0f}° from the plate's normal; {spec.lean_deg:g}° at most are wanted. Move its "
            "target or its place, or raise lean_deg"
        )
        raise PrescriptionError(Reason("screw-lean", said))
    entry = surface_entry(bone, middle, axis, within_mm=_ENTRY_MM + thick)
    depth = None if entry is None else depth_mm(bone, entry, axis, hollow_mm=spec.hollow_mm)
    if entry is None or depth is None:
        said = f"screw {number} meets no bone beneath the plate. Move it or its target"
        raise PrescriptionError(Reason("plan-misses-bone", said))
    along = unit_vector(along - axis * float((along * axis).sum()))
    outer = _outer_mm(near, entry, axis, spec.contact_offset_mm + thick)
    over = over_rim_mm(near, entry + outer * axis, axis, along, asked, spec)
    sizes = recess(spec, asked, thick, lean, outer, min(thick, over), number)
    hold, needed, length, beyond = screw_length(spec, asked.hold or spec.screw_hold, outer, depth)
    screw = Screw(
        number=number,
        at_mm=round(float(around.at_mm[0]), 6),
        entry_lps_mm=triple(entry),
        centre_lps_mm=triple(entry + outer * axis),
        axis_lps=triple(axis),
        along_lps=triple(along),
        aside_mm=round(aside, 6) if abs(aside) > _ON_PATH_MM else 0.0,
        lean_deg=round(lean, 3),
        depth_mm=round(depth, 6),
        hold=hold,
        needed_mm=round(needed, 3),
        length_mm=round(length, 3),
        beyond_mm=round(beyond, 3),
        **sizes,
    )
    check_even(near, spec, curve, screw)
    if wrong := in_the_way(bone, curve, screw, offset_mm=spec.contact_offset_mm):
        said = f"screw {number} has no way in: {wrong}. Move it, or aim it away"
        raise PrescriptionError(Reason("no-room", said))
    return screw


def _aimed(middle: FloatArray, target: Sequence[float], number: int) -> FloatArray:
    axis = middle - np.array(target)
    if np.linalg.norm(axis) < 1.0:
        said = "lies less than 1 mm from the plate; a place in the bone that tells a direction is wanted"
        raise PrescriptionError(Reason(f"plan.screw[{number}].target", said))
    return unit_vector(axis)


def _outer_mm(near: Nearest, entry: FloatArray, axis: FloatArray, wanted_mm: float) -> float:
    """How far from the bone, along the axis, the outer face lies: where the nearest bone is as far as offset and thickness."""
    along = wanted_mm
    for _ in range(_SOLVE):
        point = entry + along * axis
        foot, _ = near.asked(point[None])
        along += wanted_mm - float(np.linalg.norm(point - foot[0]))
    return round(along, 6)


def crowded(spec: BonePlateSpec, screws: Sequence[Screw]) -> list[Reason]:
    """A reason for each pair of screws whose heads leave no wall between them, or whose threads meet in the bone."""
    reasons = []
    for one, other in combinations(screws, 2):
        apart = float(np.linalg.norm(np.array(one.centre_lps_mm) - np.array(other.centre_lps_mm)))
        wall = apart - sum((s.recess_diameter_mm + s.stretch_mm) / 2 for s in (one, other))
        if wall < spec.hole_wall_mm - 0.01:
            said = (
                f"between the heads of screws {one.number} and {other.number} {max(wall, 0.0):.1f} mm of plate would be left; "
                f"{spec.hole_wall_mm:g} mm at least are wanted. Move them apart"
            )
            reasons.append(Reason("no-room", said))
        gap = apart_mm(screw_body(one)[0][1:], screw_body(other)[0][1:]) - (one.screw_mm + other.screw_mm) / 2
        if gap < MEET_MM:
            shorter = ", or let it stop before (hold)" if "bicortical" in (one.hold, other.hold) else ""
            said = (
                f"screws {one.number} and {other.number} meet in the bone: {max(gap, 0.0):.1f} mm would lie between their "
                f"threads. Aim one of them away{shorter}"
            )
            reasons.append(Reason("no-room", said))
    return reasons
