"""From a bone and a spec to the plan of a cutting guide."""

from __future__ import annotations

import numpy as np

from anatofit.devices.cutting_guide.approach import best_approach, footprint_mm2, missing, ordered_approach
from anatofit.devices.cutting_guide.fixation import plan_pins, plan_windows, room_on
from anatofit.devices.cutting_guide.footprint import footprint
from anatofit.devices.cutting_guide.layout import CuttingGuidePlan, Slot
from anatofit.devices.cutting_guide.marks import misleading, plan_marks, with_marks
from anatofit.devices.cutting_guide.neighbours import other_bones, over_slots
from anatofit.devices.cutting_guide.slots import on_free_side, plan_slot, through_cuts, too_near
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec
from anatofit.devices.cutting_guide.wedge import ending_at_hinge, level, slope_notes, with_wedge
from anatofit.devices.guide.beside import beside_notes, others_of
from anatofit.devices.guide.footprint import ground_under, without_islands
from anatofit.devices.guide.hold import chosen
from anatofit.devices.guide.joint import joint_notes, joint_of
from anatofit.devices.guide.layout import Seat
from anatofit.devices.guide.planned import around, base_of_plan, box_corners_mm, ground_mm2, too_little, tube_corners_mm
from anatofit.errors import PrescriptionError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray


def make_plan(anatomy: Anatomy, spec: CuttingGuideSpec, *, case: str) -> CuttingGuidePlan:
    """The plan, every number rounded to 1e-6.

    Raises PrescriptionError where a cut misses the bone, the bone offers no footing, or what was asked has no room.
    """
    bone, others = anatomy.surfaces["host"], others_of(anatomy)
    spec, wedge = with_wedge(anatomy, spec)
    if wrong := [*missing(bone, spec), *misleading(anatomy, spec.surgery.cut)]:
        raise PrescriptionError(wrong)
    spec = with_marks(anatomy, spec)
    ordered = ordered_approach(spec)
    way = ordered if ordered is not None else best_approach(bone, spec, others)
    joint = joint_of(anatomy)
    pads, bridges, bare = footprint(bone, spec, way, joint)
    height, ground = ground_under(bone, bare, pads, bridges, steepest_deg=spec.steepest_deg, others=others)
    ground = without_islands(height, ground, step_mm=bare.step_mm, neck_mm=spec.edge_radius_mm)
    if barred := over_slots(spec, pads, bare, height, others):
        raise PrescriptionError(barred)
    area = ground_mm2(bare, ground)
    if short := [*too_little(area, of_mm2=footprint_mm2(spec))]:
        raise PrescriptionError(short)
    slots = tuple(
        plan_slot(cut, spec, bare, height, ground, number=n) for n, cut in enumerate(spec.surgery.cut, start=1)
    )
    slots = level(slots, wedge)
    if near := [*too_near(slots, wedge), *on_free_side(slots, [pin.entry for pin in spec.surgery.pin])]:
        raise PrescriptionError(near)
    slots = ending_at_hinge(slots, wedge)
    met, near_cuts = other_bones(slots, others)
    if met:
        raise PrescriptionError(met)
    room = room_on(bare, ground, slots, height)
    pins, less_pins = plan_pins(bone, spec, bare, room, pads, height, joint)
    windows, less_windows = plan_windows(spec, bare, room, slots, pads, height)
    bodies = [*(_block_corners(bare, slot) for slot in slots), *(tube_corners_mm(bare, pin) for pin in pins)]
    seat = around(bare, bodies, height, ground)
    told = [
        *([] if ordered is not None else [chosen(way)]),
        *beside_notes(anatomy, "guide"),
        *near_cuts,
        *slope_notes(wedge),
    ]
    return CuttingGuidePlan(
        **base_of_plan(anatomy, spec, way=way, ordered=ordered is not None, seat=seat),
        case=case,
        footing_mm2=round(area, 3),
        slots=slots,
        wedge=wedge,
        pads=pads,
        bridges=bridges,
        pins=pins,
        windows=windows,
        texts=plan_marks(spec, bare, slots, height, case=case, side=anatomy.laterality.value),
        notes=(*told, *less_pins, *less_windows, *joint_notes(joint, pins), *through_cuts(slots, pins, wedge)),
    )


def _block_corners(bare: Seat, slot: Slot) -> FloatArray:
    """The corners of the block around a slot, in the seat's frame."""
    a, b = slot.block_half_mm
    middle = np.array(slot.point_lps_mm) + (slot.low_mm + slot.top_mm) / 2 * slot.frame[:, 2]
    return box_corners_mm(bare, middle, slot.frame, np.array([a, b, (slot.top_mm - slot.low_mm) / 2]))
