"""From a bone and a spec to the plan of a bone plate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.bone_plate.block import Block
from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.holds import hold_notes
from anatofit.devices.bone_plate.knee import back_notes, knee_notes
from anatofit.devices.bone_plate.layout import BonePlatePlan, Keep, Screw
from anatofit.devices.bone_plate.lettering import blocks, plan_text, unsided
from anatofit.devices.bone_plate.lines import far_lines, planned_keeps
from anatofit.devices.bone_plate.path import curve_of, nearby
from anatofit.devices.bone_plate.screws import placed_screws, planned_screws
from anatofit.devices.bone_plate.seating import Underside, seat_of, underside, unfooted, way_off
from anatofit.devices.bone_plate.sides import check_held, side_notes
from anatofit.devices.bone_plate.spacing import free_pieces, least_pitch_mm, letters_take, off_lines, spread
from anatofit.devices.bone_plate.spec import BonePlateSpec
from anatofit.devices.bone_plate.stock import ranked, said_of
from anatofit.devices.guide.beside import all_bone, beside_notes, room_of
from anatofit.devices.guide.exits import back_of
from anatofit.devices.guide.joint import Joint, joint_of
from anatofit.devices.guide.layout import Letters, triple
from anatofit.devices.guide.sleeves import depth_mm
from anatofit.errors import PrescriptionError, Reason, refuse
from anatofit.geometry.nearest import Nearest
from anatofit.model.anatomy import Anatomy
from anatofit.model.mesh import Mesh

FAR_MM = 30.0  # beyond the plate's own height the way off is free: no bone of one patient is followed further
MORE_MM = 1.0  # of bone behind a hollow; less is told by nobody
TOLD_OFF_MM = 2.0  # a point of the path that lies further from the plate's middle is told


def make_plan(anatomy: Anatomy, spec: BonePlateSpec, *, case: str) -> BonePlatePlan:
    """The plan, every number rounded to 1e-6.

    Raises PrescriptionError where the path or a screw misses the bone, the bone turns away beneath the plate, or what was asked
    has no room.
    """
    bone = anatomy.surfaces["host"]
    near = nearby(bone, spec)
    curve, off = curve_of(bone, near, spec)
    refuse(far_lines(bone, near, spec))
    keeps = planned_keeps(spec, curve)
    joint = joint_of(anatomy)
    side = "" if anatomy.laterality.value == "U" else anatomy.laterality.value
    screws, less, text, beneath = _laid_out(bone, near, spec, curve, keeps, joint, case=case, side=side)
    way = way_off(all_bone(anatomy), spec, beneath, curve)
    stock = ranked(bone, near, curve, keeps, spec)
    seat = seat_of(spec, curve, screws, way.direction_lps)
    notes = [
        *less,
        *_path_notes(off),
        *unsided(text, side=side),
        *side_notes(keeps, screws, off_lines(spec, curve, keeps), pitch_mm=least_pitch_mm(spec)),
        *hold_notes(screws, spec, keeps, joint),
        *_behind_notes(bone, screws),
        *knee_notes(joint, screws),
        *back_notes(back_of(anatomy), screws),
        *said_of(stock, offset_mm=spec.contact_offset_mm),
        *beside_notes(anatomy, "plate"),
    ]
    if not way.comes_off:
        notes.append(
            f"the plate does not come off the bone along one straight way: {way.why_not}. It touches nothing in its seat; "
            "whether it can be brought there is for the surgeon to see"
        )
    return BonePlatePlan(
        case=case,
        laterality=anatomy.laterality.value,
        insertion_direction_lps=triple(way.direction_lps),
        insertion_length_mm=round(seat.shape_kji[0] * seat.step_mm + FAR_MM, 6),
        comes_off=way.comes_off,
        contact_offset_mm=spec.contact_offset_mm,
        footing_mm2=round(_footing_mm2(curve, screws), 3),
        beside_mm=room_of(anatomy),
        length_mm=curve.length_mm,
        runout_mm=spec.runout_mm,
        end_thickness_mm=spec.end_thickness_mm,
        bevel_share=spec.bevel_share,
        edge_radius_mm=spec.edge_radius_mm,
        hole_wall_mm=spec.hole_wall_mm,
        hollow_mm=spec.hollow_mm,
        wrap_deg=spec.wrap_deg,
        wrapped_deg=round(beneath.most_deg, 3),
        stations=curve.stations,
        screws=tuple(s for s in screws if s.kind != "oblong"),
        oblongs=tuple(s for s in screws if s.kind == "oblong"),
        keeps=keeps,
        text=text,
        stock=stock,
        seat=seat,
        notes=tuple(notes),
    )  # fmt: skip


def _laid_out(
    bone: Mesh,
    near: Nearest,
    spec: BonePlateSpec,
    curve: Curve,
    keeps: Sequence[Keep],
    joint: Joint | None,
    *,
    case: str,
    side: str,
) -> tuple[list[Screw], list[str], Letters | None, Underside]:
    """Screws with what is said of them, letters, and the bone beneath both. Raises PrescriptionError with all that is wrong with them
    together, the footing first: of a plate whose screws have no room that beneath its strip alone."""
    texts = blocks(near, spec, curve, case=case, side=side)
    screws, less, text = list[Screw](), list[str](), None
    wrong: list[Reason] = []
    try:
        screws, less = _screws(bone, near, spec, curve, keeps, joint, texts)
        text = plan_text(texts, spec, curve, screws, case=case)
    except PrescriptionError as error:
        wrong += error.reasons
    beneath = underside(near, curve, screws, wall_mm=spec.hole_wall_mm)
    refuse([*unfooted(spec, beneath), *wrong])
    return screws, less, text, beneath


def _screws(
    bone: Mesh,
    near: Nearest,
    spec: BonePlateSpec,
    curve: Curve,
    keeps: Sequence[Keep],
    joint: Joint | None,
    texts: Sequence[Block],
) -> tuple[list[Screw], list[str]]:
    """The screws as ordered; placed by the program where the order names none."""
    if spec.surgery.screw:
        return planned_screws(bone, near, spec, curve, keeps), []
    pieces = free_pieces(spec, curve, keeps, texts=texts)
    places, less = spread(spec, pieces, keeps)
    screws, left_out = placed_screws(bone, near, spec, curve, keeps, places, pieces, joint)
    check_held(keeps, screws, left_out)
    placed = (
        f"{len(screws)} holes were placed by the program, normal to the bone. See whether what lies behind allows them"
    )
    taken = letters_take(spec, off_lines(spec, curve, keeps), pieces, keeps)
    return screws, [placed, *taken, *less, *left_out]


def _footing_mm2(curve: Curve, screws: Sequence[Screw]) -> float:
    """The bone beneath the plate's strip, less the holes, in mm²."""
    at = np.linspace(0.0, curve.length_mm, max(5, round(curve.length_mm) + 1))
    strip = float(np.trapezoid(curve.widths_mm(at), at))
    return strip - sum(np.pi / 4 * s.diameter_mm**2 + s.stretch_mm * s.diameter_mm for s in screws)


def _path_notes(off: float) -> list[str]:
    if off <= TOLD_OFF_MM:
        return []
    return [f"the plate's middle passes the points of the path at up to {off:.1f} mm: its corners were rounded"]


def _behind_notes(bone: Mesh, screws: Sequence[Screw]) -> list[str]:
    """Which screws have more bone behind a hollow than they were measured to: a canal, or another bone."""
    found = [s for s in screws if (_whole_mm(bone, s) or 0.0) > s.depth_mm + MORE_MM]
    if not found:
        return []
    return [
        f"behind the bone that screw {', '.join(str(s.number) for s in found)} holds a hollow and more bone follow: the screw ends before. "
        "If it is the canal of one bone, raise hollow_mm"
    ]


def _whole_mm(bone: Mesh, screw: Screw) -> float | None:
    return depth_mm(bone, np.array(screw.entry_lps_mm), np.array(screw.axis_lps))
