"""The sleeves of a drill guide: each along its axis, free of bone, other sleeves and what is kept out of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.drill_guide.apart import collisions
from anatofit.devices.drill_guide.approach import lean_deg
from anatofit.devices.drill_guide.guard import Keep, Safe, safe_zone, too_near
from anatofit.devices.drill_guide.heights import collars
from anatofit.devices.drill_guide.layout import DrillSleeve
from anatofit.devices.drill_guide.lines import Line, bone_along_mm
from anatofit.devices.drill_guide.neighbours import tubes_beside
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.guide.fixation import LIE_MM
from anatofit.devices.guide.footprint import plane_axes
from anatofit.devices.guide.layout import Seat
from anatofit.devices.guide.overhead import OtherBones, above_bone_mm
from anatofit.devices.guide.sleeves import sleeve
from anatofit.errors import Reason, refuse
from anatofit.geometry.ground import lie_of
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh


def plan_sleeves(
    bone: Mesh,
    lines: Sequence[Line],
    spec: DrillGuideSpec,
    seat: Seat,
    height: FloatArray,
    keep: Keep,
    others: Mesh | None,
) -> tuple[DrillSleeve, ...]:
    """The sleeves. Raises PrescriptionError where one leads past the bone or too near to what is kept out of, or bone or another stands in its way."""
    safe = [safe_zone(line, keep.surface, keep.balls) for line in lines]
    sleeves = tuple(_sleeve(bone, line, spec, seat, height, s) for line, s in zip(lines, safe, strict=True))
    refuse([*_past_bone(lines, sleeves), *_led_too_near(lines, safe, spec)])
    refuse(
        [
            *_tubes_free(lines, spec, seat, height),
            *tubes_beside(sleeves, OtherBones.over(seat, others)),
            *collisions(sleeves, ()),
            *collars(sleeves, lines, spec),
        ]
    )
    return sleeves


def _past_bone(lines: Sequence[Line], sleeves: Sequence[DrillSleeve]) -> Iterator[Reason]:
    """A reason for each trajectory whose tip ends further past the far cortex than it may."""
    for line, found in zip(lines, sleeves, strict=True):
        most = line.trajectory.beyond_mm
        if found.beyond_mm > most:
            said = (
                f"lies {found.beyond_mm:.1f} mm beyond the far cortex, {found.depth_mm:.1f} mm from the entry, and the drill's tip would end there; "
                f"{most:g} mm at most are wanted (beyond_mm). Correct the target, or order beyond_mm where it is meant"
            )
            yield Reason(f"plan.trajectory[{line.number}].target", said)


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
