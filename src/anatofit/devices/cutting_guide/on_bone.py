"""How a slot lies on the bone in the plane of its cut: what of the bone it leads, what of it stands past, and whether its point is on it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.cutting_guide.lengths import LED
from anatofit.geometry.section_lines import off_mm, section, span_mm
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.words import bracketed

# Of a slot's end past the bone: the width of a blade, which leaves the bone so far at least when it is fanned to its edge. Proposal.
PAST_MM = 10.0
# From a cut's point to bone in its plane: places are read from pictures to a few millimetres, skin and muscle lie further off. Proposal.
OFF_MM = 10.0


def on_bone(bone: Mesh, slot: Slot, number: int) -> Iterator[str]:
    """What is to be said of the slot of a cut."""
    point, along = np.array(slot.point_lps_mm), slot.frame[:, 1]
    outline = section(bone, point, slot.frame[:, 0])
    if not len(outline):
        return
    away = off_mm(outline, point, along, slot.frame[:, 2])
    if away > OFF_MM and slot.hinge_mm is None:  # the point of a wedge's cut is the program's
        yield (
            f"the point of cut {number} lies {away:.0f} mm off the bone, in the cut's plane: see whether it is the place that is meant, and check frame "
            "and unit of the plan"
        )
    yield from _beside(slot, number, *span_mm(outline, point, along))


def _beside(slot: Slot, number: int, low_mm: float, high_mm: float) -> Iterator[str]:
    """Of a slot that is shorter than the bone is wide, or stands past its ends: what the saw is not led along, and what bears no blade."""
    half, wide = slot.length_mm / 2, high_mm - low_mm
    led, past = max(0.0, min(high_mm, half) - max(low_mm, -half)), {1.0: half - high_mm, -1.0: low_mm + half}
    short = led < LED * wide
    if short:
        longer = ". Raise length_mm or slot_length_mm where the bone allows, or let the cut's point lie in the middle of the bone"
        yield (
            f"the slot of cut {number} is {slot.length_mm:g} mm long and leads {led:.0f} of the {wide:.0f} mm that the bone is wide there: beyond, "
            f"the saw is led by hand{'' if max(past.values()) > PAST_MM else longer}"
        )
    yield from (
        _past(slot, number, mm, side * slot.frame[:, 1], short=short) for side, mm in past.items() if mm > PAST_MM
    )


def _past(slot: Slot, number: int, past_mm: float, towards_lps: FloatArray, *, short: bool) -> str:
    return (
        f"{past_mm:.0f} of the {slot.length_mm:g} mm of the slot of cut {number} stand past the bone, towards {bracketed(towards_lps, 2)} in "
        "the report's axes: nothing bears it there, and the blade comes to soft tissue. "
        f"{'Let' if short else 'Shorten it (length_mm), or let'} the cut's point lie in the middle of the bone"
    )
