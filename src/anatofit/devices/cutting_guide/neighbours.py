"""Other bones in the plane of a cut: in the blade's way to its slot they refuse the order, behind the bone they are told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec
from anatofit.devices.guide.beside import shade_mm
from anatofit.devices.guide.footprint import plane_axes
from anatofit.devices.guide.layout import Pad, Seat
from anatofit.errors import Reason
from anatofit.geometry.closest import sample_triangles
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

LEAST_FREE = 0.3  # of a slot's length: as much as must stand over ground
ABOVE_MM = 40.0  # of the mouth: a blade and its chuck come from there
BEHIND_MM = 80.0  # beneath the slot: no saw of a guide cuts deeper
_NEAR_MM = 1.5  # of the plane, beside the blade: a saw chatters
_SAMPLE_MM = 1.0
BESIDE_MM = (
    10.0  # of a slot's end: where the bone is wider the saw is led by hand there, fanned by a blade's width. Proposal
)


def over_slots(
    spec: CuttingGuideSpec, pads: Sequence[Pad], seat: Seat, height_mm: FloatArray, others: Mesh | None
) -> list[Reason]:
    """A reason for each cut whose slot another bone stands over, seen along the way in: no slot would be left."""
    if others is None:
        return []
    shade = shade_mm(height_mm, others, seat)
    x, y = plane_axes(seat)
    reasons = []
    for number, (cut, pad) in enumerate(zip(spec.surgery.cut, pads, strict=True), start=1):
        half = (cut.length_mm or spec.slot_length_mm) / 2
        rows = np.abs(y - pad.centre_mm[1]) <= half
        free = shade[rows, int(np.argmin(np.abs(x - pad.centre_mm[0])))] <= 0
        if free.mean() < LEAST_FREE:
            said = (
                f"another bone stands over the slot of cut {number} on the way in: {100 * float(free.mean()):.0f} % of it are free. "
                "Give another approach, or none"
            )
            reasons.append(Reason("way-blocked", said))
    return reasons


def other_bones(slots: Sequence[Slot], others: Mesh | None) -> tuple[list[Reason], list[str]]:
    """A reason for each cut whose blade would meet another bone before its slot, and a note for each with one behind."""
    reasons: list[Reason] = []
    notes: list[str] = []
    if others is None:
        return reasons, notes
    for number, slot in enumerate(slots, start=1):
        past, up = _in_plane(slot, others)
        beneath, beside = up[past <= 0], past[(past > 0) & (up <= slot.low_mm)]
        if (beneath > slot.low_mm).any():
            said = (
                f"another bone stands in the plane of cut {number} before the bone that is cut, in the way of the slot or its blade. "
                "Give another approach, a shorter slot, or a cut that passes it"
            )
            reasons.append(Reason("way-blocked", said))
        elif beneath.size:
            notes.append(
                f"another bone lies in the plane of cut {number}, {slot.low_mm - float(beneath.max()):.0f} mm beneath the slot at the nearest: "
                "protect it from the saw"
            )
        elif beside.size:
            notes.append(
                f"another bone lies in the plane of cut {number}, {float(beside.min()):.0f} mm past the end of the slot at the nearest: protect it where "
                "the saw is led by hand"
            )
    return reasons, notes


def _deepest_mm(slot: Slot) -> float:
    """How low along the blade a saw comes: of a cut that ends at a hinge line, no further than that line."""
    return slot.low_mm - BEHIND_MM if slot.hinge_mm is None else slot.top_mm - max(slot.hinge_mm)


def _in_plane(slot: Slot, others: Mesh) -> tuple[FloatArray, FloatArray]:
    """Other bones that a blade in the slot's plane could meet: how far past the ends of its walls, 0 and less between them, and how high
    along the blade."""
    reach = slot.length_mm / 2 + ABOVE_MM + BEHIND_MM + slot.top_mm - slot.low_mm
    corners = others.triangles_lps_mm - np.array(slot.point_lps_mm)
    near = corners[(np.square(corners.mean(axis=1)).sum(axis=1) < reach**2)]
    if not len(near):
        return np.zeros(0), np.zeros(0)
    places, _ = sample_triangles(near, spacing_mm=_SAMPLE_MM)
    across, along, up = ((places * axis).sum(axis=1) for axis in slot.frame.T)
    past = np.abs(along) - slot.length_mm / 2 - slot.wall_mm
    met = (np.abs(across) < _NEAR_MM + slot.opening_mm / 2) & (past < BESIDE_MM)
    met &= (up < slot.top_mm + ABOVE_MM) & (up > _deepest_mm(slot))
    return np.asarray(past[met]), np.asarray(up[met])
