"""From a bone and a spec to the plan of a cutting guide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.cutting_guide.approach import best_approach, footprint_mm2, ordered_approach
from anatofit.devices.cutting_guide.fixation import plan_pins, plan_windows, room_on
from anatofit.devices.cutting_guide.footprint import footprint
from anatofit.devices.cutting_guide.layout import CuttingGuidePlan, Slot
from anatofit.devices.cutting_guide.marks import plan_marks
from anatofit.devices.cutting_guide.neighbours import other_bones, over_slots
from anatofit.devices.cutting_guide.slots import on_free_side, plan_slot, through_cuts, too_near
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec
from anatofit.devices.cutting_guide.wedge import ending_at_hinge, level, with_wedge
from anatofit.devices.guide.beside import beside_notes, others_of, room_of
from anatofit.devices.guide.footprint import ground_under, latticed, plane_axes, without_islands
from anatofit.devices.guide.hold import chosen, least_mm2
from anatofit.devices.guide.layout import Pad, Relieved, Seat, Sleeve, triple
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.field import FieldArray
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

FAR_MM = 30.0  # beyond the guide's own height the way out is free: no bone of one patient is followed further


def make_plan(anatomy: Anatomy, spec: CuttingGuideSpec, *, case: str) -> CuttingGuidePlan:
    """The plan, every number rounded to 1e-6.

    Raises PrescriptionError where a cut misses the bone, the bone offers no footing, or what was asked has no room.
    """
    bone, others = anatomy.surfaces["host"], others_of(anatomy)
    spec, wedge = with_wedge(anatomy, spec)
    ordered = ordered_approach(spec)
    way = ordered if ordered is not None else best_approach(bone, spec, others)
    pads, bridges, bare = footprint(bone, spec, way)
    height, ground = ground_under(bone, bare, pads, bridges, steepest_deg=spec.steepest_deg, others=others)
    ground = without_islands(height, ground, step_mm=bare.step_mm)
    if barred := over_slots(spec, pads, bare, height, others):
        raise PrescriptionError(barred)
    _enough(spec, bare, ground)
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
    pins, less_pins = plan_pins(bone, spec, bare, room, pads, height)
    windows, less_windows = plan_windows(spec, bare, room, slots, pads, height)
    seat = _around(bare, pads, slots, pins, height, ground)
    told = [*([] if ordered is not None else [chosen(way)]), *beside_notes(anatomy, "guide"), *near_cuts]
    return CuttingGuidePlan(
        case=case,
        laterality=anatomy.laterality.value,
        insertion_direction_lps=triple(way),
        insertion_length_mm=round(seat.shape_kji[0] * seat.step_mm + FAR_MM, 6),
        approach_from="search" if ordered is None else "order",
        contact_offset_mm=spec.contact_offset_mm,
        base_thickness_mm=spec.base_thickness_mm,
        steepest_deg=spec.steepest_deg,
        fillet_mm=spec.fillet_mm,
        edge_radius_mm=spec.edge_radius_mm,
        footing_mm2=round(float((ground < 0).sum()) * bare.step_mm**2, 3),
        beside_mm=room_of(anatomy),
        slots=slots,
        wedge=wedge,
        pads=pads,
        bridges=bridges,
        pins=pins,
        windows=windows,
        reliefs=tuple(
            Relieved(point_lps_mm=triple(r.point), radius_mm=r.radius_mm, offset_mm=r.offset_mm)
            for r in spec.surgery.relief
        ),
        texts=plan_marks(spec, bare, slots, height, case=case, side=anatomy.laterality.value),
        seat=seat,
        notes=(*told, *less_pins, *less_windows, *through_cuts(slots, pins, wedge)),
    )


def _enough(spec: CuttingGuideSpec, seat: Seat, ground: FieldArray) -> None:
    area, wanted = float((ground < 0).sum()) * seat.step_mm**2, least_mm2(footprint_mm2(spec))
    if area < wanted:
        said = f"along the way in the bone offers {area:.0f} mm² of ground; {wanted:.0f} mm² at least are wanted. Give another approach, or none"
        raise PrescriptionError(Reason("no-footing", said))


def _around(
    bare: Seat,
    pads: Sequence[Pad],
    slots: Sequence[Slot],
    pins: Sequence[Sleeve],
    height: FloatArray,
    ground: FieldArray,
) -> Seat:
    """The seat with a lattice around all that is built."""
    stands = ground < 0
    x, y = plane_axes(bare)
    j, i = np.nonzero(stands)
    boxes = [np.array([[x[i.min()], y[j.min()]], [x[i.max()], y[j.max()]]])]
    tops, lows = [float(np.nanmax(height[stands]))], [float(np.nanmin(height[stands]))]
    for slot in slots:
        n, v, u = slot.frame.T
        a, b = slot.block_half_mm
        corners = [
            np.array(slot.point_lps_mm) + s * a * n + t * b * v + w * u
            for s in (-1, 1)
            for t in (-1, 1)
            for w in (slot.low_mm, slot.top_mm)
        ]
        seen = np.array([bare.to_seat(c) for c in corners])
        boxes.append(np.stack([seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)]))
        tops.append(float(seen[:, 2].max()))
        lows.append(float(seen[:, 2].min()))
    for pin in pins:
        ends = [bare.to_seat(np.array(pin.entry_lps_mm) + t * np.array(pin.axis_lps)) for t in (0.0, pin.top_mm)]
        radius = pin.outer_diameter_mm / 2
        boxes += [np.stack([e[:2] - radius, e[:2] + radius]) for e in ends]
        tops.append(float(ends[1][2]) + radius)
    return latticed(bare, np.array(boxes), low_z_mm=min(lows), high_z_mm=max(tops))
