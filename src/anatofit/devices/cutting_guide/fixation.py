"""Pins and windows: at the outer ends of the base, off the slots, on ground that carries a sleeve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.cutting_guide.footprint import plane_axes
from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.cutting_guide.slots import in_block
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, Pin
from anatofit.devices.guide.layout import Pad, Pair, Seat, Sleeve, Window, triple
from anatofit.devices.guide.place import Room
from anatofit.devices.guide.sleeves import sleeve, surface_entry
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.field import FieldArray
from anatofit.geometry.ground import lie_of
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

FEWEST = 2  # one pin lets the guide turn
APART_MM = 1.5  # between sleeves, and between a sleeve and a slot's block
ENTRY_WITHIN_MM = 15.0  # a pin's ordered entry may lie so far off the bone's surface, along the pin
_ON_GROUND = 0.7  # of a sleeve's radius that must lie on ground; beyond it the sleeve carries itself
LIE_MM = 3.0  # around a place, over which the bone's own normal is taken
_WINDOW_EDGE_MM = 1.5


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
    return Room(x, y, np.maximum(ground, APART_MM - taken).astype(np.float32))


def plan_pins(
    bone: Mesh, spec: CuttingGuideSpec, seat: Seat, room: Room, pads: Sequence[Pad], height: FloatArray
) -> tuple[tuple[Sleeve, ...], list[str]]:
    """The pins as ordered, or placed at the outer ends of the base. Raises PrescriptionError where there is no room."""
    hole, wall = spec.pin_diameter_mm + spec.pin_clearance_mm, spec.pin_wall_mm
    if spec.surgery.pin:
        return tuple(_ordered(bone, pin, spec, room, seat, n) for n, pin in enumerate(spec.surgery.pin, start=1)), []
    found: list[Sleeve] = []
    for target in _targets(pads)[: spec.pin_count]:
        at = room.nearest_free(target, radius_mm=_ON_GROUND * (hole / 2 + wall))
        if at is None:
            break
        room.take(at, radius_mm=hole / 2 + wall + APART_MM)
        entry = seat.to_lps(np.array([room.x_mm[at[1]], room.y_mm[at[0]], height[at]]))
        axis = _leaning(seat, height, at, spec.pin_angle_deg * (1 if _outward(target, pads) else -1))
        found.append(sleeve(bone, entry, axis, hole_mm=hole, wall_mm=wall, length_mm=spec.sleeve_mm))
    wanted = spec.pin_count
    if len(found) < min(FEWEST, wanted):
        said = (
            f"{len(found)} of {wanted} pins have room beside the slots; {min(FEWEST, wanted)} at least are wanted. "
            "Raise foot_reach_mm or foot_width_mm, lower pin_wall_mm, or name pins of your own ([[plan.pin]])"
        )
        raise PrescriptionError(Reason("no-room", said))
    note = [] if len(found) == wanted else [f"{len(found)} pins were placed, {wanted} were asked: no room for more"]
    return tuple(found), note


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


def _leaning(seat: Seat, height: FloatArray, at: tuple[int, int], angle_deg: float) -> FloatArray:
    """Halfway between the way out and the bone's own normal there, leaned towards plus y; never across a cut.

    A drill that meets bone aslant slips, and a channel leaves the base with an edge as sharp as the slant.
    """
    _, y, z = lie_of(height, at, step_mm=seat.step_mm, radius_mm=LIE_MM)
    angle = np.arctan2(y, z) / 2 + np.deg2rad(angle_deg)
    return np.asarray(np.cos(angle) * seat.frame[:, 2] + np.sin(angle) * seat.frame[:, 1])


def _ordered(bone: Mesh, pin: Pin, spec: CuttingGuideSpec, room: Room, seat: Seat, number: int) -> Sleeve:
    axis = np.array(pin.entry) - np.array(pin.target)
    if np.linalg.norm(axis) < 1.0:
        raise PrescriptionError(
            Reason(
                f"plan.pin[{number}]",
                "entry and target lie less than 1 mm apart; two places that tell a direction are wanted",
            )
        )
    axis = unit_vector(axis)
    entry = surface_entry(bone, np.array(pin.entry), axis, within_mm=ENTRY_WITHIN_MM)
    if entry is None:
        said = f"pin {number} meets no bone within {ENTRY_WITHIN_MM:g} mm of its entry. Check its coordinates"
        raise PrescriptionError(Reason("plan-misses-bone", said))
    hole = (pin.diameter_mm or spec.pin_diameter_mm) + spec.pin_clearance_mm
    place = seat.to_seat(entry)
    at = int(np.argmin(np.abs(room.y_mm - place[1]))), int(np.argmin(np.abs(room.x_mm - place[0])))
    room.take(at, radius_mm=hole / 2 + spec.pin_wall_mm + APART_MM)
    return sleeve(bone, entry, axis, hole_mm=hole, wall_mm=spec.pin_wall_mm, length_mm=spec.sleeve_mm)


def plan_windows(
    spec: CuttingGuideSpec, seat: Seat, room: Room, slots: Sequence[Slot], pads: Sequence[Pad], height: FloatArray
) -> tuple[tuple[Window, ...], list[str]]:
    """A window on each side of each slot, where there is room."""
    if spec.window_mm <= 0.0:
        return (), []
    found: list[Window] = []
    radius = spec.window_mm / 2
    for pad, slot in zip(pads, slots, strict=True):
        for sign in (-1, 1):
            target = (pad.centre_mm[0] + sign * (slot.block_half_mm[0] + radius + APART_MM), pad.centre_mm[1])
            at = room.nearest_free(target, radius_mm=radius + _WINDOW_EDGE_MM)
            if at is None or abs(room.x_mm[at[1]] - target[0]) > spec.foot_reach_mm / 2:
                continue
            room.take(at, radius_mm=radius + APART_MM)
            centre = seat.to_lps(np.array([room.x_mm[at[1]], room.y_mm[at[0]], height[at]]))
            x, y, z = lie_of(height, at, step_mm=seat.step_mm, radius_mm=LIE_MM)
            axis = x * seat.frame[:, 0] + y * seat.frame[:, 1] + z * seat.frame[:, 2]
            found.append(Window(centre_lps_mm=triple(centre), axis_lps=triple(axis), diameter_mm=spec.window_mm))
    return tuple(found), [] if found else [f"no window of {spec.window_mm:g} mm has room beside slots and pins"]
