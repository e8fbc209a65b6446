"""From a plan to the printed body of a drill guide: base, sleeves, bars, name plates; what they share is in `guide.body`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from anatofit.devices.drill_guide.apart import Box
from anatofit.devices.drill_guide.footprint import beam_box
from anatofit.devices.drill_guide.layout import DrillGuidePlan
from anatofit.devices.drill_guide.plates import plate_box
from anatofit.devices.guide.body import (
    PART,
    along_axes,
    carved,
    ground_for,
    round_hollows,
    round_tools,
    rounded_body,
    tube_of,
)
from anatofit.geometry.field import FieldArray
from anatofit.geometry.ground import Ground
from anatofit.geometry.solids import rounded_box
from anatofit.model.anatomy import Anatomy
from anatofit.model.part import Part

__all__ = ["PART", "build_guide"]
_ROUND_MM = 1.0  # of the edges of bars and plates, unless the plan's own radius is larger


def build_guide(anatomy: Anatomy, plan: DrillGuidePlan) -> tuple[Part, ...]:
    """The one part "guide": closed, in one piece, its coordinates exact in float32."""
    ground = ground_for(anatomy.surfaces["host"], plan)
    channels = (*plan.sleeves, *plan.pins)
    values = rounded_body(ground, plan, standing=_standing(ground, plan), hollows=round_hollows(ground, plan, channels))
    return carved(values, ground, plan, round_tools(plan, channels), what="channels, windows and letters")


def _standing(ground: Ground, plan: DrillGuidePlan) -> Iterator[FieldArray]:
    for sleeve in (*plan.sleeves, *plan.pins):
        yield tube_of(ground, sleeve, plan)
    out = plan.seat.frame[:, 2]
    for box in (*(beam_box(b, out) for b in plan.beams), *(plate_box(p, plan.sleeves) for p in plan.plates)):
        yield _block(ground, box, plan)


def _block(ground: Ground, box: Box, plan: DrillGuidePlan) -> FieldArray:
    x, y, z = along_axes(ground, plan, box.middle_lps_mm, box.frame_lps)
    half = (float(box.half_mm[0]), float(box.half_mm[1]), float(box.half_mm[2]))
    radius = min(max(_ROUND_MM, plan.edge_radius_mm), 0.9 * float(np.min(box.half_mm)))
    return rounded_box(x, y, z, half_mm=half, radius_mm=radius)
