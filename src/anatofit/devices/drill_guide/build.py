"""From a plan to the printed body of a drill guide: base, sleeves, bars, name plates; what they share is in `guide.body`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from anatofit.devices.drill_guide.apart import COLLAR_MM, Box
from anatofit.devices.drill_guide.footprint import beam_box
from anatofit.devices.drill_guide.layout import DrillGuidePlan, DrillSleeve
from anatofit.devices.drill_guide.plates import plate_box
from anatofit.devices.guide.base import ground_for
from anatofit.devices.guide.body import PART, carved, rounded_body
from anatofit.devices.guide.channels import OVER_MM, hollow, round_hollows, round_tools, tube_of
from anatofit.devices.guide.footprint import SLIT_MM
from anatofit.devices.guide.nodes import along_axes
from anatofit.geometry.bridge import cylinder
from anatofit.geometry.field import FieldArray
from anatofit.geometry.ground import Ground
from anatofit.geometry.solids import rounded_box
from anatofit.model.anatomy import Anatomy
from anatofit.model.part import Part

__all__ = ["PART", "build_guide"]
RAISED_MM = 0.15  # a sleeve is built so much higher, and its top then cut: rounding its edges evens out a narrow ring by some 0.06 mm
_ROUND_MM = 1.0  # of the edges of bars and plates, unless the plan's own radius is larger


def build_guide(anatomy: Anatomy, plan: DrillGuidePlan) -> tuple[Part, ...]:
    """The one part "guide": closed, in one piece, its coordinates exact in float32."""
    ground = ground_for(anatomy, plan)
    values = body_of(anatomy, ground, plan)
    tools = [*round_tools(plan, (*plan.sleeves, *plan.pins)), *map(_collar, plan.sleeves)]
    return carved(values, anatomy, ground, plan, tools, what="channels, tops, windows and letters")


def body_of(anatomy: Anatomy, ground: Ground, plan: DrillGuidePlan) -> FieldArray:
    """The body as a field, channels taken and edges rounded. Raises PrescriptionError where it does not hold together."""
    channels = (*plan.sleeves, *plan.pins)
    hollows = chain(round_hollows(ground, plan, channels), _collars(ground, plan))
    return rounded_body(
        anatomy, ground, plan, standing=_standing(ground, plan), hollows=hollows, tubes=channels, gaps_mm=SLIT_MM
    )


def _standing(ground: Ground, plan: DrillGuidePlan) -> Iterator[FieldArray]:
    for sleeve in plan.sleeves:
        yield tube_of(ground, sleeve.model_copy(update={"top_mm": sleeve.top_mm + RAISED_MM}), plan)
    for pin in plan.pins:
        yield tube_of(ground, pin, plan)
    out = plan.seat.frame[:, 2]
    for box in (*(beam_box(b, out) for b in plan.beams), *(plate_box(p, plan.sleeves) for p in plan.plates)):
        yield _block(ground, box, plan)


def _collars(ground: Ground, plan: DrillGuidePlan) -> Iterator[FieldArray]:
    """Above each sleeve the room of a drill's collar: whatever base or fillet reaches up there would stop it too high."""
    for s in plan.sleeves:
        radius = s.outer_diameter_mm / 2 + COLLAR_MM
        low = s.top_mm + RAISED_MM
        yield hollow(ground, plan, s.entry_lps_mm, s.axis_lps, radius, low_mm=low, high_mm=OVER_MM)


def _collar(sleeve: DrillSleeve) -> Any:
    """The tool that cuts a sleeve's top flat where the plan has it."""
    axis = np.array(sleeve.axis_lps)
    start = np.array(sleeve.entry_lps_mm) + sleeve.top_mm * axis
    width = sleeve.outer_diameter_mm + 2 * COLLAR_MM
    return cylinder(start_lps_mm=start, axis_lps=axis, length_mm=OVER_MM, diameter_mm=width)


def _block(ground: Ground, box: Box, plan: DrillGuidePlan) -> FieldArray:
    x, y, z = along_axes(ground, plan, box.middle_lps_mm, box.frame_lps)
    half = (float(box.half_mm[0]), float(box.half_mm[1]), float(box.half_mm[2]))
    radius = min(max(_ROUND_MM, plan.edge_radius_mm), 0.9 * float(np.min(box.half_mm)))
    return rounded_box(x, y, z, half_mm=half, radius_mm=radius)
