"""What all pins of a base are like, those that are ordered, and windows where there is room for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.guide.forms import Pin
from anatofit.devices.guide.layout import Pair, Seat, Sleeve, Window, triple
from anatofit.devices.guide.place import Room
from anatofit.devices.guide.sleeves import off_surface, sleeve, surface_entry
from anatofit.errors import PrescriptionError, Reason, refuse
from anatofit.geometry.ground import lie_of
from anatofit.geometry.pieces import apart_mm
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.words import bracketed

APART_MM = 1.5  # between sleeves, and between a sleeve and what else stands on the base
ENTRY_WITHIN_MM = 15.0  # an ordered entry may lie so far off the bone's surface, along the axis
# of bone between two drilled ways: a guided drill wanders by a degree or two, a millimetre at the far cortex for each. Proposal
BETWEEN_MM = 2.0
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

    @property
    def radius_mm(self) -> float:
        """Of the sleeve."""
        return self.hole_mm / 2 + self.wall_mm


def meets(pin: Sleeve, others: Sequence[Sleeve]) -> float | None:
    """The least bone in mm between a pin's way through the bone and that of others; None where it is enough."""
    ways = (apart_mm(pin.drilled_lps_mm, o.drilled_lps_mm) - (pin.diameter_mm + o.diameter_mm) / 2 for o in others)
    least = min(ways, default=np.inf)
    return None if least >= BETWEEN_MM else max(0.0, float(least))


def meeting(pins: Sequence[Sleeve], sleeves: Sequence[Sleeve] = ()) -> Iterator[Reason]:
    """A reason for each ordered pin that meets a pin before it, or a drill, on its way through the bone."""
    for number, pin in enumerate(pins, start=1):
        left = meets(pin, [*sleeves, *pins[: number - 1]])
        if left is not None:
            said = (
                f"between the way of pin {number} through the bone and that of another {left:.1f} mm would be left; {BETWEEN_MM:g} mm at least "
                "are wanted. Aim it away, or move it"
            )
            yield Reason("no-room", said)


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
        raise PrescriptionError(
            off_surface(f"pin {number}", bone, np.array(pin.entry), axis, within_mm=ENTRY_WITHIN_MM)
        )
    hole = (pin.diameter_mm or form.diameter_mm) + form.clearance_mm
    place, outer = seat.to_seat(entry), hole / 2 + form.wall_mm
    refuse(_off_base(seat, room.to_base_mm(place), outer, number))
    at = int(np.argmin(np.abs(room.y_mm - place[1]))), int(np.argmin(np.abs(room.x_mm - place[0])))
    room.take(at, radius_mm=outer + APART_MM)
    return sleeve(bone, entry, axis, hole_mm=hole, wall_mm=form.wall_mm, length_mm=form.length_mm)


def _off_base(seat: Seat, off_mm: FloatArray, outer_mm: float, number: int) -> Iterator[Reason]:
    """A reason where the base lies so far (2,) from a pin's entry, across the way in, that its sleeve would hang on nothing."""
    away = float(np.hypot(*off_mm))
    if away > outer_mm:
        towards = (off_mm[0] * seat.frame[:, 0] + off_mm[1] * seat.frame[:, 1]) / away
        said = (
            f"pin {number} stands {away:.0f} mm off the base; {outer_mm:.0f} mm at most are wanted, or its sleeve would hang on nothing. "
            f"Move it towards {bracketed(towards, 2)} in the report's axes, raise foot_reach_mm or foot_width_mm, or let the program place the pins"
        )
        yield Reason("no-room", said)


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
