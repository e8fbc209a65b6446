"""From a bone and a spec to the plan of a drill guide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.drill_guide.apart import Box, collisions
from anatofit.devices.drill_guide.approach import (
    bare_seat,
    best_approach,
    footprint_mm2,
    ordered_approach,
)
from anatofit.devices.drill_guide.fixation import ordered_pins, plan_pins, plan_windows, room_on
from anatofit.devices.drill_guide.footprint import (
    bars,
    beam_box,
    footprint,
    hang_together,
    stand_reasons,
)
from anatofit.devices.drill_guide.guard import Keep
from anatofit.devices.drill_guide.layout import Beam, DrillGuidePlan, DrillSleeve, KeptOut, Plate
from anatofit.devices.drill_guide.lines import Line, lines_of
from anatofit.devices.drill_guide.neighbours import into_others
from anatofit.devices.drill_guide.plates import plan_plates, plate_box
from anatofit.devices.drill_guide.sight import Around
from anatofit.devices.drill_guide.sleeves import plan_sleeves
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.guide.beside import beside_notes, others_of
from anatofit.devices.guide.cliffs import without_islands
from anatofit.devices.guide.exits import Back, back_of, exit_notes
from anatofit.devices.guide.footprint import ground_under
from anatofit.devices.guide.joint import joint_of
from anatofit.devices.guide.layout import Bridge, Letters, Pad, Seat, Sleeve, Window, triple
from anatofit.devices.guide.overhead import OtherBones
from anatofit.devices.guide.planned import around, base_of_plan, box_corners_mm, ground_mm2, too_little, tube_corners_mm
from anatofit.devices.guide.reliefs import beside_base, off_bone
from anatofit.devices.guide.sleeves import moved
from anatofit.devices.guide.spelled import chosen
from anatofit.devices.guide.unseen import unseen_notes
from anatofit.errors import refuse
from anatofit.geometry.field import FieldArray
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

SLIPS_DEG = 45.0  # a drill that meets bone more aslant slips unless it is led to the bone: proposal
THROUGH_MM = 0.5  # of a tip beyond the far cortex: less is the bone's own roughness


@dataclass(frozen=True, eq=False)
class _Stand:
    """Where the guide is set down: its pads and bridges, the pairs of them that only a bar can join, heights and ground over the seat's lattice."""

    pads: tuple[Pad, ...]
    bridges: tuple[Bridge, ...]
    apart: Sequence[tuple[int, int]]
    bare: Seat
    height: FloatArray
    ground: FieldArray


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
    lines = lines_of(bone, spec, others)
    ordered = ordered_approach(lines, spec)
    way = ordered if ordered is not None else best_approach(bone, lines, spec, others)
    on = _stand(bone, lines, spec, way, others)
    keep = Keep(anatomy.surfaces.get("keep_out"), _balls(spec), spec.keep_out_mm)
    sleeves = plan_sleeves(bone, lines, spec, on.bare, on.height, keep, others)
    made = _on_base(anatomy, lines, spec, on, keep, sleeves, case=case)
    bodies = _bodies(on, made, sleeves)
    seat = around(on.bare, bodies, on.height, on.ground)
    return DrillGuidePlan(
        **base_of_plan(anatomy, spec, way=way, ordered=ordered is not None, seat=seat),
        case=case,
        footing_mm2=round(ground_mm2(on.bare, on.ground), 3),
        keep_out_surface=keep.surface is not None,
        sleeves=sleeves,
        keep_outs=_balls(spec),
        pads=on.pads,
        bridges=on.bridges,
        beams=made.beams,
        plates=made.plates,
        pins=made.pins,
        windows=made.windows,
        texts=made.texts,
        notes=(
            *([] if ordered is not None else [chosen(way, anatomy)]),
            *beside_notes(anatomy, "guide"),
            *unseen_notes(anatomy, "guide", on.bare, on.height, bodies),
            *into_others(lines, others),
            *_notes(anatomy, spec, on, made, sleeves),
        ),
    )


def _stand(bone: Mesh, lines: Sequence[Line], spec: DrillGuideSpec, way: FloatArray, others: Mesh | None) -> _Stand:
    """Where the guide is set down along its way. Raises PrescriptionError where the bone offers too little ground."""
    pads, bridges, joined, bare = footprint(lines, spec, bare_seat(lines, way))
    height, ground = ground_under(bone, bare, pads, bridges, steepest_deg=spec.steepest_deg, others=others)
    apart = [pair for pair in joined if not hang_together(pads, pair, bare, height, ground)]
    if apart:  # a bar goes there, and no base beneath it
        bridges = tuple(b for b, pair in zip(bridges, joined, strict=True) if pair not in apart)
        height, ground = ground_under(bone, bare, pads, bridges, steepest_deg=spec.steepest_deg, others=others)
    area = ground_mm2(bare, ground)
    refuse([*too_little(area, of_mm2=footprint_mm2(lines, spec)), *stand_reasons(pads, bare, ground)])
    return _Stand(pads, bridges, apart, bare, height, ground)


def _on_base(
    anatomy: Anatomy, lines: Sequence[Line], spec: DrillGuideSpec, on: _Stand, keep: Keep, sleeves: Sequence[DrillSleeve], *, case: str
) -> _OnBase:  # fmt: skip
    """All that stands on the base beside the sleeves. Raises PrescriptionError where it has no room."""
    bone, bare, height = anatomy.surfaces["host"], on.bare, on.height
    beams = tuple(bar for pair in on.apart for bar in bars(lines, pair, spec, bare, height))
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


def _bodies(on: _Stand, made: _OnBase, sleeves: Sequence[DrillSleeve]) -> list[FloatArray]:
    """Corners of all that stands on the base, in the seat's frame."""
    bodies = [tube_corners_mm(on.bare, tube) for tube in (*sleeves, *made.pins)]
    return [*bodies, *(box_corners_mm(on.bare, b.middle_lps_mm, b.frame_lps, np.array(b.half_mm)) for b in made.boxes)]


def _notes(
    anatomy: Anatomy, spec: DrillGuideSpec, on: _Stand, made: _OnBase, sleeves: Sequence[DrillSleeve]
) -> Iterator[str]:
    """What a surgeon must know of sleeves and pins before their use."""
    plan, back = spec.surgery, back_of(anatomy)
    yield from moved("trajectory", [t.entry for t in plan.trajectory], sleeves)
    yield from moved("pin", [pin.entry for pin in plan.pin], made.pins if plan.pin else ())
    yield from (said for n, s in enumerate(sleeves, start=1) for said in _warnings(n, s, back))
    yield from (*made.less, *beside_base(plan.relief, on.bare, on.height, on.ground))
    yield from exit_notes(anatomy, made.pins)


def _balls(spec: DrillGuideSpec) -> tuple[KeptOut, ...]:
    return tuple(
        KeptOut(point_lps_mm=triple(k.point), radius_mm=k.radius_mm)
        for k in spec.surgery.keep_out
        if k.point is not None and k.radius_mm is not None
    )


def _warnings(number: int, found: DrillSleeve, back: Back | None) -> Iterator[str]:
    """What a surgeon should see of a trajectory before it is drilled."""
    name = f"trajectory {number}"
    if found.meets_deg > SLIPS_DEG:
        yield f"{name} meets the bone {found.meets_deg:.0f}° off its normal: a drill may slip; see whether a burr should prepare the entry"
    if found.beyond_mm > THROUGH_MM:
        behind = back is not None and back.left_by(found)
        where = " at the bone's back, where vessels and nerves run" if behind else ""
        yield f"the tip of {name} ends {found.beyond_mm:.1f} mm beyond the far cortex{where}: see whether that is meant"
    elif found.bone_mm < found.target_mm - THROUGH_MM:
        hollow = found.target_mm - found.bone_mm
        yield f"{hollow:.1f} mm of the way of {name} to its target are not bone: see whether that is meant"


def _away(seat: Seat, sleeves: Sequence[DrillSleeve], plates: Sequence[Plate]) -> list[FloatArray]:
    """For each sleeve a direction in x and y of the seat, away from its plate."""
    found = []
    for n in range(len(sleeves)):
        own = [seat.turned(np.array(p.outward_lps))[:2] for p in plates if p.sleeve == n]
        way = -own[0] if own else np.array([0.0, 1.0])
        length = float(np.hypot(*way))
        found.append(way / length if length > 1e-6 else np.array([0.0, 1.0]))
    return found
