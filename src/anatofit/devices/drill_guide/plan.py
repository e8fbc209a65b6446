"""From a bone and a spec to the plan of a drill guide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.drill_guide.apart import Box, collisions
from anatofit.devices.drill_guide.approach import ordered_approach, ways_in
from anatofit.devices.drill_guide.build import body_of
from anatofit.devices.drill_guide.cautions import drilling_notes, moved_notes
from anatofit.devices.drill_guide.fixation import ordered_pins, plan_pins, plan_windows, room_on
from anatofit.devices.drill_guide.footprint import beam_box
from anatofit.devices.drill_guide.guard import Keep, aside, elsewhere
from anatofit.devices.drill_guide.heights import with_room
from anatofit.devices.drill_guide.joining import joining_bars
from anatofit.devices.drill_guide.layout import Beam, DrillGuidePlan, DrillSleeve, KeptOut, Plate
from anatofit.devices.drill_guide.lines import Line, lines_of
from anatofit.devices.drill_guide.neighbours import into_others
from anatofit.devices.drill_guide.plates import plan_plates, plate_box
from anatofit.devices.drill_guide.sight import Around
from anatofit.devices.drill_guide.sleeves import plan_sleeves
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.drill_guide.stand import Stand, stand_of
from anatofit.devices.guide.base import ground_for
from anatofit.devices.guide.behind import behind_notes
from anatofit.devices.guide.beside import beside_notes, others_of
from anatofit.devices.guide.cliffs import without_islands
from anatofit.devices.guide.exits import exit_notes
from anatofit.devices.guide.first import first_made
from anatofit.devices.guide.joint import joint_of
from anatofit.devices.guide.layout import Letters, Seat, Sleeve, Window, triple
from anatofit.devices.guide.overhead import OtherBones
from anatofit.devices.guide.planned import around, base_of_plan, box_corners_mm, ground_mm2, tube_corners_mm
from anatofit.devices.guide.reliefs import beside_base, off_bone
from anatofit.devices.guide.spelled import as_written, chosen
from anatofit.devices.guide.telling import told_by
from anatofit.devices.guide.unseen import unseen_notes
from anatofit.errors import refuse
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray


@dataclass(frozen=True, eq=False)
class _OnBase:
    """What stands on the base or is cut out of it beside the sleeves; `boxes`: of bars and plates, `less`: what is to be said of what
    found no room."""

    beams: tuple[Beam, ...]
    plates: tuple[Plate, ...]
    texts: tuple[Letters, ...]
    pins: tuple[Sleeve, ...]
    windows: tuple[Window, ...]
    boxes: Sequence[Box]
    less: Sequence[str]


def make_plan(anatomy: Anatomy, spec: DrillGuideSpec, *, case: str) -> DrillGuidePlan:
    """The plan, every number rounded to 1e-6.

    Raises PrescriptionError where a trajectory misses the bone or bone stands in its way, where the bone offers no footing, or
    where what was asked has no room.
    """
    bone, others = anatomy.surfaces["host"], others_of(anatomy)
    refuse(off_bone(bone, spec.surgery.relief))
    lines, leveled = with_room(lines_of(bone, spec, others), spec)
    balls = _balls(spec)
    refuse(elsewhere(lines, balls))
    plan = _plan(anatomy, lines, spec, balls, case=case)
    return plan.model_copy(update={"notes": (*plan.notes, *leveled)})


def _plan(
    anatomy: Anatomy, lines: Sequence[Line], spec: DrillGuideSpec, balls: tuple[KeptOut, ...], *, case: str
) -> DrillGuidePlan:
    """The plan along the way that was ordered, or along the best along which a guide can be made."""
    if (ordered := ordered_approach(lines, spec)) is not None:
        return _along(anatomy, lines, spec, balls, ordered, case=case)
    ways = ways_in(anatomy.surfaces["host"], lines, spec, others_of(anatomy))

    def along(number: int) -> DrillGuidePlan:
        way = as_written(ways[number], anatomy)
        return _along(anatomy, lines, spec, balls, way, case=case, chosen_as=number)

    return first_made(
        len(ways),
        along,
        lambda plan: body_of(anatomy, ground_for(anatomy, plan), plan),
        lambda plan: told_by(anatomy, plan, mirrored=plan.laterality != "U"),
    )


def _along(
    anatomy: Anatomy, lines: Sequence[Line], spec: DrillGuideSpec, balls: tuple[KeptOut, ...], way: FloatArray, *, case: str,
    chosen_as: int | None = None,
) -> DrillGuidePlan:  # fmt: skip
    """The plan along a way; `chosen_as`: how many were passed over before it, None of an ordered one. Raises PrescriptionError where
    what was asked has no room along it."""
    bone, others = anatomy.surfaces["host"], others_of(anatomy)
    on = stand_of(bone, lines, spec, way, others)
    keep = Keep(anatomy.surfaces.get("keep_out"), balls, spec.keep_out_mm)
    sleeves = plan_sleeves(bone, lines, spec, on.bare, on.height, keep, others)
    made = _on_base(anatomy, lines, spec, on, keep, sleeves, case=case)
    bodies = _bodies(on, made, sleeves)
    seat = around(on.bare, bodies, on.height, on.ground)
    return DrillGuidePlan(
        **base_of_plan(anatomy, spec, way=way, ordered=chosen_as is None, seat=seat),
        case=case,
        footing_mm2=round(ground_mm2(on.bare, on.ground), 3),
        keep_out_surface=keep.surface is not None,
        sleeves=sleeves,
        keep_outs=balls,
        pads=on.pads,
        bridges=on.bridges,
        beams=made.beams,
        plates=made.plates,
        pins=made.pins,
        windows=made.windows,
        texts=made.texts,
        notes=(
            *([] if chosen_as is None else [chosen(way, anatomy, passed_over=chosen_as)]),
            *behind_notes(anatomy, way),
            *beside_notes(anatomy, "guide"),
            *unseen_notes(anatomy, "guide", on.bare, on.height, bodies),
            *into_others(lines, others),
            *moved_notes(spec.surgery, sleeves, made.pins),
            *aside(lines, balls),
            *drilling_notes(anatomy, sleeves),
            *made.less,
            *beside_base(spec.surgery.relief, on.bare, on.height, on.ground),
            *exit_notes(anatomy, made.pins),
        ),
    )


def _on_base(
    anatomy: Anatomy, lines: Sequence[Line], spec: DrillGuideSpec, on: Stand, keep: Keep, sleeves: Sequence[DrillSleeve], *, case: str
) -> _OnBase:  # fmt: skip
    """All that stands on the base beside the sleeves. Raises PrescriptionError where it has no room."""
    bone, bare, height = anatomy.surfaces["host"], on.bare, on.height
    beams = joining_bars(lines, spec, on)
    boxes = [beam_box(b, bare.frame[:, 2]) for b in beams]
    firm = without_islands(height, on.ground, step_mm=bare.step_mm, neck_mm=spec.edge_radius_mm)
    room = room_on(bare, firm, sleeves)
    own = ordered_pins(bone, spec, bare, room)
    sight = Around.over(bare, height, on.ground, spec, [*sleeves, *own])
    plates, texts, markless = plan_plates(spec, sleeves, own, boxes, sight, case=case, side=anatomy.laterality.value)
    boxes += [plate_box(plate, sleeves) for plate in plates]
    looks = [list(sight.looks(text, boxes)) for text in texts]
    beside = OtherBones.over(bare, others_of(anatomy))
    pins, less_pins = plan_pins(
        bone, spec, bare, room, on.pads, height, sleeves, boxes, keep, joint_of(anatomy), looks, beside
    )
    refuse(collisions(sleeves, pins))
    windows, less_windows = plan_windows(spec, bare, room, sleeves, pins, height, _away(bare, sleeves, plates))
    return _OnBase(beams, plates, texts, pins, windows, boxes, [*markless, *less_pins, *less_windows])


def _bodies(on: Stand, made: _OnBase, sleeves: Sequence[DrillSleeve]) -> list[FloatArray]:
    """Corners of all that stands on the base, in the seat's frame."""
    bodies = [tube_corners_mm(on.bare, tube) for tube in (*sleeves, *made.pins)]
    return [*bodies, *(box_corners_mm(on.bare, b.middle_lps_mm, b.frame_lps, np.array(b.half_mm)) for b in made.boxes)]


def _balls(spec: DrillGuideSpec) -> tuple[KeptOut, ...]:
    return tuple(
        KeptOut(point_lps_mm=triple(k.point), radius_mm=k.radius_mm)
        for k in spec.surgery.keep_out
        if k.point is not None and k.radius_mm is not None
    )


def _away(seat: Seat, sleeves: Sequence[DrillSleeve], plates: Sequence[Plate]) -> list[FloatArray]:
    """For each sleeve a direction in x and y of the seat, away from its plate."""
    found = []
    for n in range(len(sleeves)):
        own = [seat.turned(np.array(p.outward_lps))[:2] for p in plates if p.sleeve == n]
        way = -own[0] if own else np.array([0.0, 1.0])
        length = float(np.hypot(*way))
        found.append(way / length if length > 1e-6 else np.array([0.0, 1.0]))
    return found
