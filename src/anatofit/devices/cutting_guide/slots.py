"""Slots: how far the block around each reaches along the blade, from the ground beneath it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np

from anatofit.devices.cutting_guide.ends import open_end, resting_side
from anatofit.devices.cutting_guide.layout import PlannedWedge, Slot
from anatofit.devices.cutting_guide.spec import Cut, CuttingGuideSpec
from anatofit.devices.guide.footprint import plane_axes
from anatofit.devices.guide.layout import Seat, Sleeve, Triple, triple
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.field import BoolArray, FieldArray
from anatofit.model.frame import FloatArray, unit_vector

LEAST_COVER = 0.3  # of a slot's length that must stand over ground: proposal
ALONG_MM = 0.5  # between places of a pin that are held against a cut
BESIDE_MM = 1.0  # of a slot's opening, where ground counts as before its blade: two steps of the lattice that it is looked at on
NEAREST_MM = 1.5  # between the outsides of two blocks, or they are one: then a wall between the slots of this is left


def plan_slot(
    cut: Cut, spec: CuttingGuideSpec, seat: Seat, height: FloatArray, ground: FieldArray, *, number: int
) -> Slot:
    """The slot of a cut over (nj, ni) heights of bone. Raises PrescriptionError where it stands over too little ground, or no end is told."""
    z = seat.frame[:, 2]
    normal = unit_vector(np.array(cut.normal))
    slot = Slot(
        point_lps_mm=triple(cut.point),
        normal_lps=triple(normal),
        blade_way_lps=triple(unit_vector(z - normal * float((z * normal).sum()))),
        opening_mm=round(spec.opening_mm, 6),
        blade_mm=spec.blade_mm,
        length_mm=cut.length_mm or spec.slot_length_mm,
        wall_mm=spec.slot_wall_mm,
        low_mm=0.0,
        top_mm=0.0,
        lead_in_mm=spec.lead_in_mm,
    )
    across, along, up = in_block(slot, seat, height)
    half = slot.block_half_mm
    beneath = (np.abs(across) <= half[0]) & (np.abs(along) <= half[1]) & np.isfinite(height)
    stands = beneath & (ground < 0)
    _covered(slot, along[stands], seat, number)
    low = float(up[_before_blade(slot, stands, across, along)].min())
    top = float(up[beneath & (up >= low)].max()) + spec.contact_offset_mm + (cut.height_mm or spec.slot_height_mm)
    ends = {"open_end": open_end(cut, slot, number), "resting": resting_side(cut)}
    return slot.model_copy(update={"low_mm": round(low, 6), "top_mm": round(top, 6), **ends})


def _before_blade(slot: Slot, stands: BoolArray, across: FloatArray, along: FloatArray) -> BoolArray:
    """Of the ground that a block stands on, what its blade meets: beside it the block need reach no deeper, or down the bone's
    flank it would hang as a curtain that leads nothing. All of it where the blade meets none."""
    met = stands & (np.abs(across) <= slot.opening_mm / 2 + BESIDE_MM) & (np.abs(along) <= slot.length_mm / 2)
    return met if met.any() else stands


def in_block(slot: Slot, seat: Seat, height: FloatArray) -> list[FloatArray]:
    """Coordinates of the ground across a slot's plane, along it and along the blade, (nj, ni) each."""
    x, y = plane_axes(seat)
    point = seat.to_seat(np.array(slot.point_lps_mm))
    dx, dy, dz = x[None, :] - point[0], y[:, None] - point[1], height - point[2]
    found = []
    for axis in slot.frame.T:
        a, b, c = seat.turned(axis)
        found.append(a * dx + b * dy + c * dz)
    return found


def _covered(slot: Slot, along: FloatArray, seat: Seat, number: int) -> None:
    cells = np.unique(np.round(along[np.abs(along) <= slot.length_mm / 2] / seat.step_mm))
    share = len(cells) * seat.step_mm / slot.length_mm
    if share < LEAST_COVER:
        said = (
            f"{100 * share:.0f} % of slot {number} stand over ground that the base can use; {100 * LEAST_COVER:.0f} % at least "
            "are wanted. Move the cut's point to the middle of the bone, or give another approach or a shorter slot"
        )
        raise PrescriptionError(Reason("no-footing", said))


def too_near(slots: Sequence[Slot], wedge: PlannedWedge | None = None) -> list[Reason]:
    """A reason for each pair of slots whose channels leave no wall between them, anywhere over their length and height."""
    reasons = []
    for (m, one), (n, other) in combinations(enumerate(slots, start=1), 2):
        wall = _between_mm(one, other)
        if wall < NEAREST_MM:
            said = (
                f"between the slots of cuts {m} and {n} {max(wall, 0.0):.1f} mm would be left; {NEAREST_MM:g} mm at least are wanted. "
                f"{_apart(wedge, wall, one.opening_mm) if wedge and wedge.cuts == (m, n) else 'Move the cuts apart, or order two guides'}"
            )
            reasons.append(Reason("no-room", said))
    return reasons


def _apart(wedge: PlannedWedge, wall_mm: float, opening_mm: float) -> str:
    """What would leave a wall between the slots of a wedge: they part with their distance from the hinge, as its sine."""
    sine, need = np.sin(np.deg2rad(wedge.angle_deg)), opening_mm + NEAREST_MM
    away = (wall_mm + opening_mm) / sine
    least = np.ceil(10 * np.rad2deg(np.arcsin(min(1.0, need / away)))) / 10
    return (
        f"The cuts of a closing wedge part with their distance from the hinge: here {least:g}° or more leave room, or, with "
        f"{wedge.angle_deg:g}°, a hinge {np.ceil(need / sine - away):g} mm further from where the saw enters. Or take a thinner blade "
        "(blade_mm), or an opening wedge"
    )


def through_cuts(slots: Sequence[Slot], pins: Sequence[Sleeve], wedge: PlannedWedge | None) -> list[str]:
    """A sentence for each pin that stands in the way of a saw within the bone, as wide as its hole and the blade's opening, or goes through
    the bone beyond a hinge line, which is to stay whole."""
    pairs = product(enumerate(pins, start=1), enumerate(slots, start=1))
    return [
        said for (n, pin), (m, slot) in pairs for said in _in_cut(pin, n, slot, m, wedge if slot.hinge_mm else None)
    ]


def _in_cut(pin: Sleeve, number: int, slot: Slot, cut: int, wedge: PlannedWedge | None) -> Iterator[str]:
    """At most one sentence, of where the pin first comes into the cut, or into what lies beyond its hinge line."""
    depth = np.arange(0.0, (pin.depth_mm or 0.0) + ALONG_MM / 2, ALONG_MM)
    places = np.array(pin.entry_lps_mm) - depth[:, None] * np.array(pin.axis_lps)
    off = np.abs(((places - np.array(slot.point_lps_mm)) * slot.frame[:, 0]).sum(axis=1))
    near = off < (pin.diameter_mm + slot.opening_mm) / 2
    sawn = near & _is_sawn(places, slot, wedge)
    if sawn.any():
        yield (
            f"pin {number} stands in the way of the saw of cut {cut}, {depth[sawn][0]:.0f} mm deep in the bone: take it out before the saw comes "
            "there, or order pins elsewhere ([[plan.pin]])"
        )
    elif near.any():
        yield (
            f"pin {number} goes through the bone beyond the hinge of cut {cut}, {depth[near][0]:.0f} mm deep, that is to stay whole: let its drill "
            "stop before that, or order pins elsewhere ([[plan.pin]])"
        )


def _is_sawn(places: FloatArray, slot: Slot, wedge: PlannedWedge | None) -> BoolArray:
    """`(n,)` which places by the plane of a cut lie on the saw's side of its hinge line; all, where it has none."""
    if wedge is None:
        return np.ones(len(places), dtype=bool)
    out = np.cross(np.array(wedge.axis_lps), slot.frame[:, 0])
    out = out * np.sign(float((out * slot.frame[:, 2]).sum()))
    return np.asarray(((places - np.array(wedge.hinge_lps_mm)) * out).sum(axis=1) > 0.0)


def on_free_side(slots: Sequence[Slot], pins_lps_mm: Sequence[Triple]) -> Iterator[Reason]:
    """A reason for each one-sided slot on whose open side other slots or pins are to stand: no base is there, and all is open to the saw."""
    pins = np.array(pins_lps_mm).reshape(-1, 3)
    for number, slot in enumerate(slots, start=1):
        beside = np.concatenate([np.zeros((0, 3)), *(_corners(other) for other in slots if other is not slot)])
        for what, instead, places in (
            ("another slot is", "order two guides", beside),
            ("a pin is", "name pins on its wall's side alone", pins),
        ):
            if (((places - np.array(slot.point_lps_mm)) * slot.frame[:, 0]).sum(axis=1) * slot.resting < 0).any():
                said = (
                    f"the slot of cut {number} cannot be one-sided with its wall there: the base ends at it, and {what} to stand on the open side. "
                    f"Take a closed slot, or {instead}"
                )
                yield Reason("no-room", said)


def _between_mm(one: Slot, other: Slot) -> float:
    """The least wall between two channels: of the corners of either, the distance from the other's plane, on one side of it."""
    least = np.inf
    for a, b in ((one, other), (other, one)):
        corners = _corners(b)
        n = a.frame[:, 0]
        away = ((corners - np.array(a.point_lps_mm)) * n).sum(axis=1)
        inside = (away.min() < 0) != (away.max() < 0)
        least = min(least, 0.0 if inside and _overlap(a, corners) else float(np.abs(away).min()))
    return float(least) - (one.opening_mm + other.opening_mm) / 2


def _corners(slot: Slot) -> FloatArray:
    _, v, u = slot.frame.T
    half = slot.length_mm / 2
    return np.array(
        [np.array(slot.point_lps_mm) + s * half * v + t * u for s in (-1, 1) for t in (slot.low_mm, slot.top_mm)]
    )


def _overlap(slot: Slot, corners: FloatArray) -> bool:
    """Whether a channel's corners reach beside the slot at all: along it and along the blade."""
    place = (corners - np.array(slot.point_lps_mm)) @ slot.frame
    along, up = place[:, 1], place[:, 2]
    return bool(
        along.min() < slot.length_mm / 2
        and along.max() > -slot.length_mm / 2
        and up.min() < slot.top_mm
        and up.max() > slot.low_mm
    )
