"""From a bone and a spec to the plan of a cutting guide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from anatofit.devices.cutting_guide.across import Across, across_cuts
from anatofit.devices.cutting_guide.approach import footprint_mm2, missing, ordered_approach
from anatofit.devices.cutting_guide.build import body_of
from anatofit.devices.cutting_guide.cautions import cautions
from anatofit.devices.cutting_guide.corrected import meets_others
from anatofit.devices.cutting_guide.ends import chosen_ends
from anatofit.devices.cutting_guide.fixation import plan_pins, plan_windows, room_on
from anatofit.devices.cutting_guide.footprint import footprint
from anatofit.devices.cutting_guide.hardly import hardly_told
from anatofit.devices.cutting_guide.layout import CuttingGuidePlan, PlannedWedge, Slot
from anatofit.devices.cutting_guide.left import held_better, less_left
from anatofit.devices.cutting_guide.lengths import with_lengths
from anatofit.devices.cutting_guide.marks import beside_pins, plan_marks, unmarked
from anatofit.devices.cutting_guide.named_ends import misleading, with_marks
from anatofit.devices.cutting_guide.neighbours import other_bones, over_slots
from anatofit.devices.cutting_guide.sight import Around
from anatofit.devices.cutting_guide.slots import on_free_side, plan_slot, through_cuts, too_near
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec
from anatofit.devices.cutting_guide.ways import WayIn, ways_in
from anatofit.devices.cutting_guide.wedge import ending_at_hinge, level, slope_notes, with_wedge
from anatofit.devices.guide.base import ground_for
from anatofit.devices.guide.behind import behind_notes
from anatofit.devices.guide.beside import beside_notes, others_of
from anatofit.devices.guide.cliffs import without_islands
from anatofit.devices.guide.exits import exit_notes
from anatofit.devices.guide.first import first_made
from anatofit.devices.guide.footprint import ground_under
from anatofit.devices.guide.joint import joint_of
from anatofit.devices.guide.layout import Bridge, Letters, Pad, Seat, Sleeve, Window
from anatofit.devices.guide.overhead import OtherBones
from anatofit.devices.guide.planned import around, base_of_plan, box_corners_mm, ground_mm2, too_little, tube_corners_mm
from anatofit.devices.guide.reliefs import beside_base, off_bone
from anatofit.devices.guide.sleeves import moved
from anatofit.devices.guide.spelled import as_written, chosen
from anatofit.devices.guide.telling import told, told_by
from anatofit.devices.guide.unseen import unseen_notes
from anatofit.errors import refuse
from anatofit.geometry.field import FieldArray
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray


@dataclass(frozen=True, eq=False)
class _Way:
    """The way out, whether it was ordered, and where it was not itself and those that were tried beside it, but for so many that were
    passed over."""

    lps: FloatArray
    ordered: bool
    tried: Sequence[WayIn] = ()
    passed_over: int = 0


@dataclass(frozen=True, eq=False)
class _Stand:
    """Where the guide is set down: the pads, and heights and ground over the seat's lattice."""

    pads: tuple[Pad, ...]
    bridges: tuple[Bridge, ...]
    bare: Seat
    height: FloatArray
    ground: FieldArray


@dataclass(frozen=True, eq=False)
class _OnBase:
    """What stands on the base or is cut out of it; `beneath`: what is to be said of other bones beneath slots, `less`: of what found no room."""

    slots: tuple[Slot, ...]
    pins: tuple[Sleeve, ...]
    windows: tuple[Window, ...]
    texts: tuple[Letters, ...]
    beneath: Sequence[str]
    less: Sequence[str]


def make_plan(anatomy: Anatomy, spec: CuttingGuideSpec, *, case: str) -> CuttingGuidePlan:
    """The plan, every number rounded to 1e-6.

    Raises PrescriptionError where a cut misses the bone, the bone offers no footing, or what was asked has no room.
    """
    bone = anatomy.surfaces["host"]
    spec, wedge = with_wedge(anatomy, spec)
    refuse([*missing(bone, spec), *misleading(anatomy, spec.surgery.cut), *off_bone(bone, spec.surgery.relief)])
    spec = with_marks(anatomy, spec)
    cuts = across_cuts(bone, spec, others_of(anatomy))
    plan = _plan(anatomy, spec, cuts, wedge, case=case)
    way = np.array(plan.insertion_direction_lps)
    said = hardly_told(anatomy, with_lengths(spec, cuts, way), way, partial(_told, anatomy))
    return plan.model_copy(update={"notes": (*plan.notes, *said)})


def _plan(
    anatomy: Anatomy, spec: CuttingGuideSpec, cuts: Sequence[Across], wedge: PlannedWedge | None, *, case: str
) -> CuttingGuidePlan:
    """The plan along the way that was ordered, or along the best along which a guide can be made."""
    if (ordered := ordered_approach(spec)) is not None:
        return _along(anatomy, with_lengths(spec, cuts, ordered), _Way(ordered, ordered=True), wedge, case=case)
    ways = ways_in(anatomy, spec, cuts)

    def along(number: int) -> CuttingGuidePlan:
        lps = as_written(ways[number].way_lps, anatomy)
        way = _Way(lps, ordered=False, tried=ways[number:], passed_over=number)
        return _along(anatomy, with_lengths(spec, cuts, lps), way, wedge, case=case)

    return first_made(
        len(ways),
        along,
        lambda plan: body_of(anatomy, ground_for(anatomy, plan), plan),
        lambda plan: told_by(anatomy, plan),
    )


def _along(
    anatomy: Anatomy, spec: CuttingGuideSpec, way: _Way, wedge: PlannedWedge | None, *, case: str
) -> CuttingGuidePlan:
    """The plan along a way. Raises PrescriptionError where the bone offers no footing or what was asked has no room along it."""
    on = _stand(anatomy, spec, way.lps)
    made = _on_base(anatomy, spec, on, wedge, case=case)
    seat = around(on.bare, _bodies(on, made), on.height, on.ground)
    return CuttingGuidePlan(
        **base_of_plan(anatomy, spec, way=way.lps, ordered=way.ordered, seat=seat),
        case=case,
        footing_mm2=round(ground_mm2(on.bare, on.ground), 3),
        slots=made.slots,
        wedge=wedge,
        pads=on.pads,
        bridges=on.bridges,
        pins=made.pins,
        windows=made.windows,
        texts=made.texts,
        notes=tuple(_notes(anatomy, spec, way, on, made, wedge)),
    )


def _on_base(anatomy: Anatomy, spec: CuttingGuideSpec, on: _Stand, wedge: PlannedWedge | None, *, case: str) -> _OnBase:
    """All that stands on the base. Raises PrescriptionError where it has no room."""
    bone, joint = anatomy.surfaces["host"], joint_of(anatomy)
    slots, beneath = _slots(anatomy, spec, on, wedge)
    room = room_on(on.bare, on.ground, slots, on.height)
    sight = Around.over(slots, on.bare, on.height, on.ground, spec)
    texts = plan_marks(spec, on.bare, sight, on.height, case=case, side=anatomy.laterality.value)
    looks = [list(sight.looks(text)) for text in texts]
    beside = OtherBones.over(on.bare, others_of(anatomy))
    pins, less_pins = plan_pins(bone, spec, on.bare, room, slots, on.pads, on.height, joint, looks, wedge, beside)
    texts = beside_pins(texts, spec, sight, pins)
    windows, less_windows = plan_windows(spec, on.bare, room, slots, on.pads, on.height)
    return _OnBase(slots, pins, windows, texts, beneath, [*less_pins, *less_windows])


def _bodies(on: _Stand, made: _OnBase) -> list[FloatArray]:
    """Corners of all that stands on the base, in the seat's frame."""
    blocks = [_block_corners(on.bare, slot) for slot in made.slots]
    return [*blocks, *(tube_corners_mm(on.bare, pin) for pin in made.pins)]


def _notes(
    anatomy: Anatomy, spec: CuttingGuideSpec, way: _Way, on: _Stand, made: _OnBase, wedge: PlannedWedge | None
) -> Iterator[str]:
    """What a surgeon must know of the guide before its use."""
    plan, slots, pins = spec.surgery, made.slots, made.pins
    yield from [] if way.ordered else [chosen(way.lps, anatomy, passed_over=way.passed_over)]
    yield from behind_notes(anatomy, way.lps)
    yield from (*beside_notes(anatomy, "guide"), *unseen_notes(anatomy, "guide", on.bare, on.height, _bodies(on, made)))
    yield from (*made.beneath, *slope_notes(wedge), *meets_others(anatomy, wedge, slots))
    yield from chosen_ends(anatomy, plan.cut, slots)
    yield from (
        *cautions(anatomy, slots, pins),
        *less_left(anatomy, spec, way.lps, way.tried),
        *held_better(anatomy, way.tried),
    )
    yield from moved("pin", [pin.entry for pin in plan.pin], pins if plan.pin else ())
    yield from (*made.less, *beside_base(plan.relief, on.bare, on.height, on.ground))
    yield from (*exit_notes(anatomy, pins), *through_cuts(slots, pins, wedge))
    yield from [] if spec.text == "none" else unmarked(plan.cut, slots, made.texts)


def _stand(anatomy: Anatomy, spec: CuttingGuideSpec, way: FloatArray) -> _Stand:
    """Where the guide is set down along its way. Raises PrescriptionError where the bone offers too little ground."""
    bone, others = anatomy.surfaces["host"], others_of(anatomy)
    pads, bridges, bare = footprint(bone, spec, way, joint_of(anatomy))
    height, ground = ground_under(bone, bare, pads, bridges, steepest_deg=spec.steepest_deg, others=others)
    ground = without_islands(height, ground, step_mm=bare.step_mm, neck_mm=spec.edge_radius_mm)
    refuse(over_slots(spec, pads, bare, height, others))
    refuse(too_little(ground_mm2(bare, ground), of_mm2=footprint_mm2(spec)))
    return _Stand(pads, bridges, bare, height, ground)


def _told(anatomy: Anatomy, spec: CuttingGuideSpec, way: FloatArray) -> float:
    """How well a guide tells its seat along a way. Raises PrescriptionError where the bone offers too little ground."""
    on = _stand(anatomy, spec, way)
    return told(anatomy.surfaces["host"], on.bare, on.height, on.ground, offset_mm=spec.contact_offset_mm)


def _slots(
    anatomy: Anatomy, spec: CuttingGuideSpec, on: _Stand, wedge: PlannedWedge | None
) -> tuple[tuple[Slot, ...], list[str]]:
    """The slots, and what is to be said of other bones beneath them. Raises PrescriptionError where they have no room."""
    cuts = enumerate(spec.surgery.cut, start=1)
    slots = level(tuple(plan_slot(cut, spec, on.bare, on.height, on.ground, number=n) for n, cut in cuts), wedge)
    refuse([*too_near(slots, wedge), *on_free_side(slots, [pin.entry for pin in spec.surgery.pin])])
    slots = tuple(ending_at_hinge(slots, wedge))
    met, near_cuts = other_bones(slots, others_of(anatomy))
    refuse(met)
    return slots, near_cuts


def _block_corners(bare: Seat, slot: Slot) -> FloatArray:
    """The corners of the block around a slot, in the seat's frame."""
    a, b = slot.block_half_mm
    middle = np.array(slot.point_lps_mm) + (slot.low_mm + slot.top_mm) / 2 * slot.frame[:, 2]
    return box_corners_mm(bare, middle, slot.frame, np.array([a, b, (slot.top_mm - slot.low_mm) / 2]))
