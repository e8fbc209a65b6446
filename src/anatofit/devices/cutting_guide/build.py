"""From a plan to the printed body of a cutting guide.

The base is a shell between the bone grown by the contact offset and by the offset and thickness together, over ground that can
be stood on; blocks and sleeves join it with fillets; whatever the bone, grown by the offset, would meet on the way out is taken
away, so that the guide leaves its seat as it came. Edges are rounded as fields; slots, channels, windows and letters are cut as
exact solids, so that their planes and axes are those of the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from anatofit.devices.cutting_guide.layout import CuttingGuidePlan, Slot
from anatofit.devices.guide.base import ground_for
from anatofit.devices.guide.body import PART, carved, rounded_body
from anatofit.devices.guide.channels import NARROWER_MM, OVER_MM, round_hollows, round_tools, tube_of
from anatofit.devices.guide.nodes import along_axes
from anatofit.geometry.bridge import block
from anatofit.geometry.field import FieldArray
from anatofit.geometry.ground import Ground
from anatofit.geometry.solids import rounded_box
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.part import Part

__all__ = ["PART", "build_guide"]
BLOCK_RADIUS_MM = 1.0  # of the blocks' edges, unless the plan's own radius is larger
OPEN_MM = 60.0  # an open end, and the free side of a one-sided slot, are cut so far


def build_guide(anatomy: Anatomy, plan: CuttingGuidePlan) -> tuple[Part, ...]:
    """The one part "guide": closed, in one piece, its coordinates exact in float32."""
    ground = ground_for(anatomy, plan)
    values = body_of(anatomy, ground, plan)
    tools = [*(tool for slot in plan.slots for tool in slot_tools(slot)), *round_tools(plan, plan.pins)]
    return carved(values, anatomy, ground, plan, tools, what="slots, channels and letters")


def body_of(anatomy: Anatomy, ground: Ground, plan: CuttingGuidePlan) -> FieldArray:
    """The body as a field, slots and channels taken and edges rounded. Raises PrescriptionError where it does not hold together."""
    return rounded_body(
        anatomy, ground, plan, standing=_standing(ground, plan), hollows=_hollows(ground, plan), tubes=plan.pins
    )


def _standing(ground: Ground, plan: CuttingGuidePlan) -> Iterator[FieldArray]:
    """Blocks and sleeves; two blocks that are one as far as their mouths without a fillet between them, which would stand above these."""
    whole = _grown_together(plan)
    if whole:
        yield np.minimum.reduce([block_of(ground, slot, plan) for slot in whole])
    for slot in plan.slots:
        if slot not in whole:
            yield block_of(ground, slot, plan)
    for pin in plan.pins:
        yield tube_of(ground, pin, plan)


def _grown_together(plan: CuttingGuidePlan) -> list[Slot]:
    """The two slots of a closing wedge, where their blocks meet at the mouths."""
    slots = [] if plan.wedge is None else [plan.slots[n - 1] for n in plan.wedge.cuts]
    if plan.wedge is None or len(slots) < 2 or any(slot.hinge_mm is None for slot in slots):
        return []
    far = max(max(slot.hinge_mm) for slot in slots if slot.hinge_mm)
    apart = 2 * far * np.sin(np.deg2rad(plan.wedge.angle_deg) / 2)
    return slots if apart < sum(slot.block_half_mm[0] for slot in slots) else []


def block_of(ground: Ground, slot: Slot, plan: CuttingGuidePlan) -> FieldArray:
    """The block around a slot, its lower face at the lowest ground beneath it."""
    across, along, up = _along_slot(ground, slot, plan)
    middle, tall = (slot.top_mm + slot.low_mm) / 2, (slot.top_mm - slot.low_mm) / 2
    half = slot.block_half_mm
    if slot.resting:  # one wall, and as much beyond the plane as the tool then takes away to leave a flat face
        across = across - slot.resting * (half[0] - slot.blade_mm) / 2
        half = ((half[0] + slot.blade_mm) / 2, half[1])
    return rounded_box(
        across, along, up - middle, half_mm=(*half, tall), radius_mm=max(BLOCK_RADIUS_MM, plan.edge_radius_mm)
    )


def _hollows(ground: Ground, plan: CuttingGuidePlan) -> Iterator[FieldArray]:
    """What slots, channels and windows take of the body."""
    for slot in plan.slots:
        yield _slot_hollow(ground, slot, plan)
    yield from round_hollows(ground, plan, plan.pins)


def _slot_hollow(ground: Ground, slot: Slot, plan: CuttingGuidePlan) -> FieldArray:
    across, along, up = _along_slot(ground, slot, plan)
    half, long = slot.opening_mm / 2 - NARROWER_MM, slot.length_mm / 2 - NARROWER_MM
    if slot.resting:
        across, half, long = across + slot.resting * (OPEN_MM + slot.blade_mm) / 2, OPEN_MM / 2 - NARROWER_MM, OPEN_MM
    if slot.open_end:
        along, long = along - slot.open_end * OPEN_MM / 2, long + OPEN_MM / 2
    return rounded_box(across, along, up, half_mm=(half, long, 2 * OVER_MM), radius_mm=0.0)


def _along_slot(ground: Ground, slot: Slot, plan: CuttingGuidePlan) -> list[FloatArray]:
    """Coordinates of the nodes across a slot's plane, along it and along the blade."""
    return along_axes(ground, plan, np.array(slot.point_lps_mm), slot.frame)


def slot_tools(slot: Slot) -> list[Any]:
    """The channel of a blade, from beneath the guide to above it, and its mouth."""
    place = np.column_stack([slot.frame, np.array(slot.point_lps_mm)])
    half, long, low = slot.opening_mm / 2, slot.length_mm / 2, slot.low_mm - OVER_MM
    if slot.resting:
        free = _moved(place, -slot.resting * (OPEN_MM / 2 - slot.blade_mm / 2), 0.0)
        return [_straight(free, (OPEN_MM / 2, OPEN_MM), low, slot.top_mm + OVER_MM)]
    if slot.open_end:
        place, long = _moved(place, 0.0, slot.open_end * OPEN_MM / 2), long + OPEN_MM / 2
    channel = _straight(place, (half, long), low, slot.top_mm + OVER_MM)
    if slot.lead_in_mm <= 0.0:
        return [channel]
    lead = slot.lead_in_mm
    mouth = block(
        place,
        low_half_mm=(half, long),
        high_half_mm=(half + 2 * lead, long + 2 * lead),
        low_mm=slot.top_mm - lead,
        high_mm=slot.top_mm + lead,
    )
    return [channel, mouth]


def _moved(place: FloatArray, across_mm: float, along_mm: float) -> FloatArray:
    moved = place.copy()
    moved[:, 3] += across_mm * place[:, 0] + along_mm * place[:, 1]
    return moved


def _straight(place: FloatArray, half: tuple[float, float], low: float, high: float) -> Any:
    return block(place, low_half_mm=half, high_half_mm=half, low_mm=low, high_mm=high)
