"""Screws: where each enters the bone, how its hole and recess are cut, how long it must be, and which catalogue length that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from anatofit.devices.bone_plate.clear import crowded, met_by
from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.driver import in_the_way
from anatofit.devices.bone_plate.even import EVEN_DEG, check_even, sharpest_deg
from anatofit.devices.bone_plate.holds import MEASURED_MM, least_bone_mm, screw_length, shorter
from anatofit.devices.bone_plate.layout import Keep, Screw
from anatofit.devices.bone_plate.lines import too_near
from anatofit.devices.bone_plate.recess import over_rim_mm, recess
from anatofit.devices.bone_plate.sides import Piece
from anatofit.devices.bone_plate.spacing import FEWEST
from anatofit.devices.bone_plate.spec import BonePlateSpec, PlannedScrew
from anatofit.devices.guide.joint import Joint
from anatofit.devices.guide.layout import triple
from anatofit.devices.guide.sleeves import depth_mm, surface_entry
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.nearest import Nearest
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.words import counted, listed

ASIDE_MM = 20.0  # a hole may lie so far beside the path; the plate reaches out to it: proposal
_ENTRY_MM = 8.0  # around the plate's middle, along the axis, where bone is met
_ON_PATH_MM = 0.5  # a place nearer to the path than this lies on it
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
# What is said of a place by the rule that a screw there would break.
_NO_PLACE = {
    "plan-misses-bone": "no bone lies beneath",
    "screw-lean": "the bone beneath is uneven",
    "no-room": "head or driver finds no room",
}
OTHERWISE = "Move the path, lower head_diameter_mm or line_margin_mm, or name screws of your own ([[plan.screw]])"


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
    """Screws normal to the plate at places along it, or a little beside them, and for each cause which of them were left out.

    joint: of a recognised bone; no screw ends there. Raises PrescriptionError where fewer than two are left.
    """
    found: list[Screw] = []
    left: list[tuple[float, str]] = []
    for at in at_mm:
        room = [at + aside for aside in NUDGES_MM if any(a <= at + aside <= b for a, b in pieces)]
        screw = _evenest(near, spec, curve, (_placed(bone, near, spec, curve, keeps, s, found, joint) for s in room))
        if isinstance(screw, str):
            left.append((at, screw))
        else:
            found.append(screw)
    said = [_left_out([at for at, w in left if w == why], why) for why in dict.fromkeys(why for _, why in left)]
    if len(found) < FEWEST:
        short = f"{counted(len(found), 'screw')} found room; {FEWEST} at least are wanted ({'; '.join(said)})"
        raise PrescriptionError(Reason("no-room", f"{short}. {OTHERWISE}"))
    return found, said


def _left_out(at_mm: Sequence[float], why: str) -> str:
    places = listed([f"{at:.1f}" for at in at_mm])
    return f"{counted(len(at_mm), 'hole')} left out: at {places} mm along the path {why}"


def _evenest(near: Nearest, spec: BonePlateSpec, curve: Curve, tried: Iterable[Screw | str]) -> Screw | str:
    """The first screw on even bone, else the first; where there is none, why there is none at the first place."""
    best: Screw | str = ""
    for screw in tried:
        if isinstance(screw, str):
            best = best or screw
        elif sharpest_deg(near, spec, curve, screw) >= EVEN_DEG:
            return screw
        elif isinstance(best, str):
            best = screw
    return best


def _placed(
    bone: Mesh,
    near: Nearest,
    spec: BonePlateSpec,
    curve: Curve,
    keeps: Sequence[Keep],
    at: float,
    others: Sequence[Screw],
    joint: Joint | None,
) -> Screw | str:
    """The screw at a place along the plate, with the hold that was asked, or else in one cortex and as long as keeps clear of
    lines, screws and knee; in words why there is none."""
    place, asked = curve.points(np.array([at]))[0], PlannedScrew.model_validate({"at_mm": at})
    try:
        screw = _screw(bone, near, spec, curve, place, None, asked, len(others) + 1)
    except PrescriptionError as error:
        return _NO_PLACE[error.reasons[0].rule]
    if screw.depth_mm < least_bone_mm() + MEASURED_MM:
        return f"less than {least_bone_mm():g} mm of bone lies beneath"
    met: list[str] = []
    for tried in (screw, *shorter(screw, spec)):
        if not (met := met_by(tried, spec, keeps, joint, others)):
            return tried
    return f"the screw would come too near to {listed(met)}"


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
