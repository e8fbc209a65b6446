"""Pins and windows: at the outer ends of the base, off the slots, on ground that carries a sleeve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from anatofit.devices.cutting_guide.layout import PlannedWedge, Slot
from anatofit.devices.cutting_guide.slots import in_block, through_cuts
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec
from anatofit.devices.guide.fixation import (
    APART_MM,
    PinForm,
    meeting,
    ordered_pin,
    window_near,
)
from anatofit.devices.guide.footprint import plane_axes
from anatofit.devices.guide.joint import Joint
from anatofit.devices.guide.layout import Pad, Pair, Seat, Sleeve, Triple, Window
from anatofit.devices.guide.overhead import OtherBones, barred
from anatofit.devices.guide.own_bone import PIN_BONE_MM, under_bone
from anatofit.devices.guide.place import Room
from anatofit.devices.guide.placing import place_pins
from anatofit.devices.guide.sight import Look
from anatofit.devices.guide.site import FEWEST, Site, harm_of, less_pins
from anatofit.errors import PrescriptionError, Reason, refuse
from anatofit.geometry.field import FieldArray
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

BENEATH_MM, OUT_MM = (
    3.0,
    70.0,
)  # of the bone beneath a channel and above it: a channel begins there, and no block of a slot is higher
CLEAR_MM = 0.5  # between a placed sleeve and a block
ALONG_MM = 0.1  # between the places of a channel that are looked at: a distance is then read to 0.01 mm


def room_on(seat: Seat, ground: FieldArray, slots: Sequence[Slot], height: FloatArray) -> Room:
    """What is free of the base beside the blocks of the slots."""
    x, y = plane_axes(seat)
    taken = np.full(height.shape, np.inf)
    for slot in slots:
        across, along, _ = in_block(slot, seat, height)
        beside = np.hypot(
            np.maximum(np.abs(across) - slot.block_half_mm[0], 0.0),
            np.maximum(np.abs(along) - slot.block_half_mm[1], 0.0),
        )
        taken = np.fmin(taken, beside)
    return Room(x, y, ground, np.maximum(ground, APART_MM - taken).astype(np.float32))


def plan_pins(
    bone: Mesh,
    spec: CuttingGuideSpec,
    seat: Seat,
    room: Room,
    slots: Sequence[Slot],
    pads: Sequence[Pad],
    height: FloatArray,
    joint: Joint | None = None,
    looks: Sequence[Sequence[Look]] = (),
    wedge: PlannedWedge | None = None,
    others: OtherBones | None = None,
) -> tuple[tuple[Sleeve, ...], list[str]]:
    """The pins as ordered, or placed at the outer ends of the base, with no lean, or a little off, where that keeps one out of the
    joint, the saw's way or the looks at letters.

    Raises PrescriptionError where there is no room.
    """
    wall = min(spec.slot_wall_mm, spec.pin_wall_mm)
    form = PinForm(spec.pin_diameter_mm, spec.pin_clearance_mm, spec.pin_wall_mm, spec.sleeve_mm, spec.pin_angle_deg)
    if spec.surgery.pin:
        ordered = tuple(ordered_pin(bone, p, form, room, seat, n) for n, p in enumerate(spec.surgery.pin, start=1))
        refuse(meeting(ordered))
        refuse([*in_slots(ordered, slots, wall_mm=wall), *barred(ordered, others), *under_bone(bone, ordered)])
        return ordered, []

    def fits(pin: Sleeve, _: Sequence[Sleeve]) -> bool:
        beside = (
            _to_slot_mm(pin.entry_lps_mm, pin.axis_lps, slot, out_mm=pin.top_mm) - spec.slot_wall_mm for slot in slots
        )
        off = min(beside) - pin.outer_diameter_mm / 2  # a sleeve before a block's wall would hide its letters
        free = off >= CLEAR_MM and not any(in_slots([pin], slots, wall_mm=wall))
        return free and (others is None or not others.bars(pin))

    targets = [(target, 1 if _outward(target, pads) else -1) for target in _targets(pads)]
    wanted, harm = spec.pin_count, harm_of(joint, looks, lambda pin: bool(through_cuts(slots, [pin], wedge)))
    found = place_pins(Site(bone, seat, room, height, joint, fits, harm), form, targets, wanted=wanted)
    if len(found) < min(FEWEST, wanted):
        said = (
            f"{len(found)} of {wanted} pins have room beside the slots, and {PIN_BONE_MM:g} mm of bone; {min(FEWEST, wanted)} at least are wanted. "
            "Raise foot_reach_mm or foot_width_mm, lower pin_wall_mm, or name pins of your own ([[plan.pin]])"
        )
        raise PrescriptionError(Reason("no-room", said))
    return tuple(found), less_pins(found, wanted, joint)


def in_slots(pins: Sequence[Sleeve], slots: Sequence[Slot], *, wall_mm: float) -> Iterator[Reason]:
    """A reason for each ordered pin whose channel, or its drill on the way there, leaves less than a wall to a slot."""
    for (n, pin), (m, slot) in product(enumerate(pins, start=1), enumerate(slots, start=1)):
        left = _to_slot_mm(pin.entry_lps_mm, pin.axis_lps, slot) - pin.diameter_mm / 2
        if left < wall_mm:
            said = (
                f"between the way of pin {n} and the slot of cut {m} {max(left, 0.0):.1f} mm would be left; {wall_mm:g} mm at least are "
                "wanted. Move or aim the pin away from the slot, or shorten the slot (length_mm)"
            )
            yield Reason("no-room", said)


def _to_slot_mm(entry_lps_mm: Triple, axis_lps: Triple, slot: Slot, *, out_mm: float = OUT_MM) -> float:
    """The least distance from the axis of a channel, on the way to it too, to the room that a slot leaves its blade, along its whole block."""
    along = np.arange(-BENEATH_MM, out_mm, ALONG_MM)[:, None] * np.array(axis_lps)
    middle = np.array(slot.point_lps_mm) + (slot.low_mm + slot.top_mm) / 2 * slot.frame[:, 2]
    half = np.array([slot.opening_mm, slot.length_mm, slot.top_mm - slot.low_mm]) / 2
    off = np.maximum(np.abs((np.array(entry_lps_mm) + along - middle) @ slot.frame) - half, 0.0)
    return float(np.sqrt(np.square(off).sum(axis=1).min()))


def _targets(pads: Sequence[Pad]) -> list[Pair]:
    """Corners of the base, the outer ends first, one end after the other; then the middles between."""
    first, last = min(pads, key=lambda p: p.centre_mm[0]), max(pads, key=lambda p: p.centre_mm[0])
    low, high = first.centre_mm[0] - first.half_mm[0], last.centre_mm[0] + last.half_mm[0]
    y0, y1 = first.centre_mm[1], last.centre_mm[1]
    corners = [
        (low, y0 - first.half_mm[1]),
        (high, y1 + last.half_mm[1]),
        (low, y0 + first.half_mm[1]),
        (high, y1 - last.half_mm[1]),
    ]
    return [*corners, (low, y0), (high, y1)]


def _outward(target: Pair, pads: Sequence[Pad]) -> bool:
    return target[1] >= pads[0].centre_mm[1]


def plan_windows(
    spec: CuttingGuideSpec, seat: Seat, room: Room, slots: Sequence[Slot], pads: Sequence[Pad], height: FloatArray
) -> tuple[tuple[Window, ...], list[str]]:
    """A window on each side of each slot, where there is room."""
    if spec.window_mm <= 0.0:
        return (), []
    found: list[Window] = []
    for pad, slot in zip(pads, slots, strict=True):
        for sign in (-1, 1):
            away = slot.block_half_mm[0] + spec.window_mm / 2 + APART_MM
            window = window_near(
                seat, room, height, (pad.centre_mm[0] + sign * away, pad.centre_mm[1]),
                diameter_mm=spec.window_mm, within_mm=spec.foot_reach_mm / 2,
            )  # fmt: skip
            found += [] if window is None or comes_through(window, slots, spec.slot_wall_mm) else [window]
    return tuple(found), [] if found else [f"no window of {spec.window_mm:g} mm has room beside slots and pins"]


def comes_through(window: Window, slots: Sequence[Slot], wall_mm: float) -> bool:
    """Whether a window, which stands along the bone's normal, would be cut into a slot's block beside it."""
    away = (_to_slot_mm(window.centre_lps_mm, window.axis_lps, slot) for slot in slots)
    return min(away) < window.diameter_mm / 2 + wall_mm
