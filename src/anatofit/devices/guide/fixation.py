"""Pins and windows of a base: as ordered, or where there is room for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.guide.forms import Pin
from anatofit.devices.guide.layout import Pair, Seat, Sleeve, Window, triple
from anatofit.devices.guide.place import Room
from anatofit.devices.guide.sleeves import sleeve, surface_entry
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.ground import lie_of
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

APART_MM = 1.5  # between sleeves, and between a sleeve and what else stands on the base
ENTRY_WITHIN_MM = 15.0  # an ordered entry may lie so far off the bone's surface, along the axis
_ON_GROUND = 0.7  # of a sleeve's radius that must lie on ground; beyond it the sleeve carries itself
LIE_MM = 3.0  # around a place, over which the bone's own normal is taken
WINDOW_EDGE_MM = 1.5


@dataclass(frozen=True)
class PinForm:
    """What a pin's channel is like: its hole, the wall around it, its length from the bone, and how far it leans."""

    diameter_mm: float
    clearance_mm: float
    wall_mm: float
    length_mm: float
    lean_deg: float

    @property
    def hole_mm(self) -> float:
        """Diameter of the channel."""
        return self.diameter_mm + self.clearance_mm


def place_pins(
    bone: Mesh,
    form: PinForm,
    seat: Seat,
    room: Room,
    height: FloatArray,
    targets: Sequence[tuple[Pair, int]],
    *,
    wanted: int,
    fits: Callable[[Sleeve], bool] | None = None,
    harm: Callable[[Sleeve], int] | None = None,
) -> list[Sleeve]:
    """Up to `wanted` pins, each nearest to a target on free ground, leaning to the side (1 or -1) that is told with it.

    The first target without room ends it; one whose pin does not fit is left out. A pin whose `harm` is not 0 gives way to one there
    that does less: with no lean, or where `fits` sees what it may meet, leaning to the other side.
    """
    turns = (1, 0) if fits is None else (1, 0, -1)
    found: list[Sleeve] = []
    for target, side in targets:
        if len(found) == wanted:
            break
        at = room.nearest_free(target, radius_mm=_ON_GROUND * (form.hole_mm / 2 + form.wall_mm))
        if at is None:
            break
        entry = seat.to_lps(np.array([room.x_mm[at[1]], room.y_mm[at[0]], height[at]]))
        axes = (leaning(seat, height, at, form.lean_deg * side * turn) for turn in turns)
        ways = (
            sleeve(bone, entry, a, hole_mm=form.hole_mm, wall_mm=form.wall_mm, length_mm=form.length_mm) for a in axes
        )
        pin = next((p for p in _mildest(ways, harm) if fits is None or fits(p)), None)
        if pin is None:
            continue
        room.take(at, radius_mm=form.hole_mm / 2 + form.wall_mm + APART_MM)
        found.append(pin)
    return found


def _mildest(pins: Iterator[Sleeve], harm: Callable[[Sleeve], int] | None) -> list[Sleeve]:
    """The first pin alone where it does no harm; else all of them, those that do less first."""
    first = next(pins)
    return [first] if harm is None or not harm(first) else sorted([first, *pins], key=harm)


def leaning(seat: Seat, height: FloatArray, at: tuple[int, int], angle_deg: float) -> FloatArray:
    """Halfway between the way out and the bone's own normal there, leaned towards plus y; never across a cut.

    A drill that meets bone aslant slips, and a channel leaves the base with an edge as sharp as the slant.
    """
    _, y, z = lie_of(height, at, step_mm=seat.step_mm, radius_mm=LIE_MM)
    angle = np.arctan2(y, z) / 2 + np.deg2rad(angle_deg)
    return np.asarray(np.cos(angle) * seat.frame[:, 2] + np.sin(angle) * seat.frame[:, 1])


def ordered_pin(bone: Mesh, pin: Pin, form: PinForm, room: Room, seat: Seat, number: int) -> Sleeve:
    """A pin of the surgeon's own. Raises PrescriptionError where it tells no direction, meets no bone or stands off the base."""
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
    hole = (pin.diameter_mm or form.diameter_mm) + form.clearance_mm
    place, outer = seat.to_seat(entry), hole / 2 + form.wall_mm
    if (off := room.off_mm(place)) > outer:
        said = (
            f"pin {number} stands {off:.0f} mm off what is free of the base; {outer:.0f} mm at most are wanted, or its sleeve would hang on nothing. "
            "Move it, raise foot_reach_mm or foot_width_mm, or let the program place the pins"
        )
        raise PrescriptionError(Reason("no-room", said))
    at = int(np.argmin(np.abs(room.y_mm - place[1]))), int(np.argmin(np.abs(room.x_mm - place[0])))
    room.take(at, radius_mm=outer + APART_MM)
    return sleeve(bone, entry, axis, hole_mm=hole, wall_mm=form.wall_mm, length_mm=form.length_mm)


def window_near(
    seat: Seat,
    room: Room,
    height: FloatArray,
    target: Pair,
    *,
    diameter_mm: float,
    within_mm: float,
    edge_mm: float = WINDOW_EDGE_MM,
) -> Window | None:
    """A window along the bone's normal on the free place nearest to a target, no further across than `within_mm`; edge_mm: beside it."""
    radius = diameter_mm / 2
    at = room.nearest_free(target, radius_mm=radius + edge_mm)
    if at is None or abs(room.x_mm[at[1]] - target[0]) > within_mm:
        return None
    room.take(at, radius_mm=radius + APART_MM)
    centre = seat.to_lps(np.array([room.x_mm[at[1]], room.y_mm[at[0]], height[at]]))
    x, y, z = lie_of(height, at, step_mm=seat.step_mm, radius_mm=LIE_MM)
    axis = x * seat.frame[:, 0] + y * seat.frame[:, 1] + z * seat.frame[:, 2]
    return Window(centre_lps_mm=triple(centre), axis_lps=triple(axis), diameter_mm=diameter_mm)
