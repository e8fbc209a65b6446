"""From a bone and a spec to the plan of a drill guide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.drill_guide.apart import collars, collisions
from anatofit.devices.drill_guide.approach import (
    bare_seat,
    best_approach,
    footprint_mm2,
    lean_deg,
    ordered_approach,
)
from anatofit.devices.drill_guide.fixation import ordered_pins, plan_pins, plan_windows, room_on
from anatofit.devices.drill_guide.footprint import (
    above_bone_mm,
    bars,
    beam_box,
    footprint,
    hang_together,
    stand_reasons,
)
from anatofit.devices.drill_guide.guard import Keep, Safe, safe_zone, too_near
from anatofit.devices.drill_guide.layout import DrillGuidePlan, DrillSleeve, KeptOut, Plate
from anatofit.devices.drill_guide.lines import Line, bone_along_mm, lines_of
from anatofit.devices.drill_guide.neighbours import into_others, tubes_beside
from anatofit.devices.drill_guide.plates import plan_plates, plate_box
from anatofit.devices.drill_guide.sight import Around
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.guide.beside import beside_notes, others_of
from anatofit.devices.guide.cliffs import without_islands
from anatofit.devices.guide.exits import Back, back_of, exit_notes
from anatofit.devices.guide.fixation import LIE_MM
from anatofit.devices.guide.footprint import ground_under, plane_axes
from anatofit.devices.guide.hold import chosen
from anatofit.devices.guide.joint import joint_of
from anatofit.devices.guide.layout import Seat, triple
from anatofit.devices.guide.planned import around, base_of_plan, box_corners_mm, ground_mm2, too_little, tube_corners_mm
from anatofit.devices.guide.reliefs import beside_base, off_bone
from anatofit.devices.guide.sleeves import moved, sleeve
from anatofit.errors import Reason, refuse
from anatofit.geometry.ground import lie_of
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

SLIPS_DEG = 45.0  # a drill that meets bone more aslant slips unless it is led to the bone: proposal
THROUGH_MM = 0.5  # of a tip beyond the far cortex: less is the bone's own roughness


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
    pads, bridges, joined, bare = footprint(lines, spec, bare_seat(lines, way))
    height, ground = ground_under(bone, bare, pads, bridges, steepest_deg=spec.steepest_deg, others=others)
    apart = [pair for pair in joined if not hang_together(pads, pair, bare, height, ground)]
    if apart:  # a bar goes there, and no base beneath it
        bridges = tuple(b for b, pair in zip(bridges, joined, strict=True) if pair not in apart)
        height, ground = ground_under(bone, bare, pads, bridges, steepest_deg=spec.steepest_deg, others=others)
    area = ground_mm2(bare, ground)
    refuse([*too_little(area, of_mm2=footprint_mm2(lines, spec)), *stand_reasons(pads, bare, ground)])
    balls = _balls(spec)
    safe = [safe_zone(line, anatomy.surfaces.get("keep_out"), balls) for line in lines]
    sleeves = tuple(_sleeve(bone, line, spec, bare, height, s) for line, s in zip(lines, safe, strict=True))
    refuse(_led_too_near(lines, safe, spec))
    refuse(
        [
            *_tubes_free(lines, spec, bare, height),
            *tubes_beside(lines, bare, others),
            *collisions(sleeves, ()),
            *collars(sleeves, least_mm=min(spec.sleeve_wall_mm, spec.pin_wall_mm)),
        ]
    )
    beams = tuple(bar for pair in apart for bar in bars(lines, pair, spec, bare, height))
    boxes = [beam_box(b, bare.frame[:, 2]) for b in beams]
    firm = without_islands(height, ground, step_mm=bare.step_mm, neck_mm=spec.edge_radius_mm)
    room = room_on(bare, firm, sleeves)
    side = anatomy.laterality.value
    own = ordered_pins(bone, spec, bare, room)
    sight = Around.over(bare, height, ground, spec, [*sleeves, *own])
    plates, texts, markless = plan_plates(spec, sleeves, own, boxes, sight, case=case, side=side)
    boxes += [plate_box(plate, sleeves) for plate in plates]
    keep, joint = Keep(anatomy.surfaces.get("keep_out"), balls, spec.keep_out_mm), joint_of(anatomy)
    looks = [list(sight.looks(text, boxes)) for text in texts]
    pins, less_pins = plan_pins(bone, spec, bare, room, pads, height, sleeves, boxes, keep, joint, looks)
    refuse(collisions(sleeves, pins))
    windows, less_windows = plan_windows(spec, bare, room, sleeves, pins, height, _away(bare, sleeves, plates))
    bodies = [tube_corners_mm(bare, tube) for tube in (*sleeves, *pins)]
    bodies += [box_corners_mm(bare, b.middle_lps_mm, b.frame_lps, np.array(b.half_mm)) for b in boxes]
    seat = around(bare, bodies, height, ground)
    return DrillGuidePlan(
        **base_of_plan(anatomy, spec, way=way, ordered=ordered is not None, seat=seat),
        case=case,
        footing_mm2=round(area, 3),
        keep_out_surface="keep_out" in anatomy.surfaces,
        sleeves=sleeves,
        keep_outs=balls,
        pads=pads,
        bridges=bridges,
        beams=beams,
        plates=plates,
        pins=pins,
        windows=windows,
        texts=texts,
        notes=(
            *([] if ordered is not None else [chosen(way)]),
            *beside_notes(anatomy, "guide"),
            *into_others(lines, others),
            *moved("trajectory", [t.entry for t in spec.surgery.trajectory], sleeves),
            *moved("pin", [p.entry for p in spec.surgery.pin], own),
            *(said for n, s in enumerate(sleeves, start=1) for said in _warnings(n, s, back_of(anatomy))),
            *markless,
            *less_pins,
            *less_windows,
            *beside_base(spec.surgery.relief, bare, height, ground),
            *exit_notes(anatomy, pins),
        ),
    )


def _balls(spec: DrillGuideSpec) -> tuple[KeptOut, ...]:
    return tuple(
        KeptOut(point_lps_mm=triple(k.point), radius_mm=k.radius_mm)
        for k in spec.surgery.keep_out
        if k.point is not None and k.radius_mm is not None
    )


def _led_too_near(lines: Sequence[Line], safe: Sequence[Safe | None], spec: DrillGuideSpec) -> Iterator[Reason]:
    """A reason for each trajectory that comes too near to what is kept out of."""
    for line, found in zip(lines, safe, strict=True):
        play = spec.play_deg(line.trajectory, line.top_mm)
        yield from too_near(line, found, least_mm=spec.keep_out_mm, play_deg=play)


def _sleeve(
    bone: Mesh, line: Line, spec: DrillGuideSpec, seat: Seat, height: FloatArray, safe: Safe | None
) -> DrillSleeve:
    trajectory = line.trajectory
    plain = sleeve(
        bone,
        line.entry_lps_mm,
        line.axis_lps,
        hole_mm=line.hole_mm,
        wall_mm=spec.sleeve_wall_mm,
        length_mm=line.top_mm,
    )
    count = len(spec.surgery.trajectory)
    return DrillSleeve(
        **plain.model_dump(),
        drill_mm=trajectory.diameter_mm,
        insert_mm=spec.insert_of(trajectory),
        target_mm=round(line.target_mm, 6),
        stop_mm=round(line.top_mm + line.target_mm, 6),
        bone_mm=bone_along_mm(bone, line),
        meets_deg=round(_meets_deg(line, seat, height), 6),
        lean_deg=round(lean_deg(line.axis_lps, seat.frame[:, 2]), 6),
        play_deg=round(spec.play_deg(trajectory, line.top_mm), 6),
        keep_out_mm=None if safe is None else safe.away_mm,
        breach_deg=None if safe is None else safe.breach_deg,
        mark=trajectory.mark or (str(line.number) if count > 1 else ""),
    )


def _meets_deg(line: Line, seat: Seat, height: FloatArray) -> float:
    """The angle between an axis and the bone's normal around its entry."""
    x, y = plane_axes(seat)
    place = seat.to_seat(line.entry_lps_mm)
    at = int(np.argmin(np.abs(y - place[1]))), int(np.argmin(np.abs(x - place[0])))
    normal = lie_of(height, at, step_mm=seat.step_mm, radius_mm=LIE_MM)
    return lean_deg(seat.turned(line.axis_lps), normal)


def _warnings(number: int, found: DrillSleeve, back: Back | None) -> Iterator[str]:
    """What a surgeon should see of a trajectory before it is drilled."""
    name = f"trajectory {number}"
    if found.meets_deg > SLIPS_DEG:
        yield f"{name} meets the bone {found.meets_deg:.0f}° off its normal: a drill may slip; see whether a burr should prepare the entry"
    if found.depth_mm is not None and found.target_mm > found.depth_mm + THROUGH_MM:
        beyond = found.target_mm - found.depth_mm
        behind = back is not None and back.left_by(found)
        where = " at the bone's back, where vessels and nerves run" if behind else ""
        yield f"the tip of {name} ends {beyond:.1f} mm beyond the far cortex{where}: see whether that is meant"
    elif found.bone_mm < found.target_mm - THROUGH_MM:
        hollow = found.target_mm - found.bone_mm
        yield f"{hollow:.1f} mm of the way of {name} to its target are not bone: see whether that is meant"


def _tubes_free(lines: Sequence[Line], spec: DrillGuideSpec, seat: Seat, height: FloatArray) -> Iterator[Reason]:
    """A reason for each sleeve whose outer half has bone above it on the guide's way out: it would be cut away there."""
    for line in lines:
        heights = np.arange(line.top_mm / 2, line.top_mm, 1.0)
        places = np.concatenate([line.ring(h, line.outer_mm / 2) for h in heights])
        if float(above_bone_mm(places, seat, height).min()) < spec.tissue_mm:
            said = (
                f"bone stands over the sleeve of trajectory {line.number} on the guide's way out, or nearer to it than {spec.tissue_mm:g} mm. "
                "Give an approach nearer to its axis, a shorter sleeve_mm, or less tissue_mm"
            )
            yield Reason("way-blocked", said)


def _away(seat: Seat, sleeves: Sequence[DrillSleeve], plates: Sequence[Plate]) -> list[FloatArray]:
    """For each sleeve a direction in x and y of the seat, away from its plate."""
    found = []
    for n in range(len(sleeves)):
        own = [seat.turned(np.array(p.outward_lps))[:2] for p in plates if p.sleeve == n]
        way = -own[0] if own else np.array([0.0, 1.0])
        length = float(np.hypot(*way))
        found.append(way / length if length > 1e-6 else np.array([0.0, 1.0]))
    return found
