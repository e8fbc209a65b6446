"""Pins and windows of the base: at its outer corners and beside the sleeves, where nothing stands in their way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.drill_guide.apart import Box, in_collars, lack, room_beside, up_beside
from anatofit.devices.drill_guide.guard import Keep
from anatofit.devices.drill_guide.heights import least_wall_mm
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.guide.fixation import (
    APART_MM,
    PinForm,
    meeting,
    meets,
    ordered_pin,
    window_near,
)
from anatofit.devices.guide.footprint import plane_axes
from anatofit.devices.guide.joint import Joint
from anatofit.devices.guide.layout import Pad, Pair, Seat, Sleeve, Window
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

_RIM_MM = 1.0  # of a window's rim between its two rounded edges
_FREE_MM = 1.0  # between a pin's sleeve, or its drill above it, and what else stands on the base


def room_on(seat: Seat, ground: FieldArray, sleeves: Sequence[Sleeve]) -> Room:
    """What is free of the base beside the sleeves, seen along the way in over the whole height of each."""
    x, y = plane_axes(seat)
    taken = ground.astype(np.float64)
    for sleeve in sleeves:
        radius = sleeve.outer_diameter_mm / 2 + APART_MM
        for along in np.arange(0.0, sleeve.top_mm + 1.0, 1.0):
            place = seat.to_seat(np.array(sleeve.entry_lps_mm) + along * np.array(sleeve.axis_lps))
            away = np.hypot((x - place[0])[None, :], (y - place[1])[:, None])
            taken = np.maximum(taken, radius - away)
    return Room(x, y, ground, taken.astype(np.float32))


def ordered_pins(bone: Mesh, spec: DrillGuideSpec, seat: Seat, room: Room) -> tuple[Sleeve, ...]:
    """Pins of the surgeon's own. Raises PrescriptionError where one tells no direction, meets no bone or stands off the base."""
    form = _form(spec)
    return tuple(ordered_pin(bone, p, form, room, seat, n) for n, p in enumerate(spec.surgery.pin, start=1))


def _form(spec: DrillGuideSpec) -> PinForm:
    return PinForm(
        spec.pin_diameter_mm, spec.pin_clearance_mm, spec.pin_wall_mm, spec.pin_sleeve_mm, spec.pin_angle_deg
    )


def plan_pins(
    bone: Mesh,
    spec: DrillGuideSpec,
    seat: Seat,
    room: Room,
    pads: Sequence[Pad],
    height: FloatArray,
    sleeves: Sequence[Sleeve],
    boxes: Sequence[Box],
    keep: Keep,
    joint: Joint | None = None,
    looks: Sequence[Sequence[Look]] = (),
    others: OtherBones | None = None,
) -> tuple[tuple[Sleeve, ...], list[str]]:
    """The pins as ordered, or placed at the outer corners of the pads, off what is kept out of and if they can off the joint and
    out of the looks at letters.

    Raises PrescriptionError where there is no room, or an ordered pin comes too near to what is kept out of or to another bone.
    """
    if spec.surgery.pin:
        ordered = ordered_pins(bone, spec, seat, room)
        stopped = in_collars(sleeves, ordered, least_mm=least_wall_mm(spec))
        refuse(
            [
                *keep.reasons(ordered),
                *meeting(ordered, sleeves),
                *barred(ordered, others),
                *under_bone(bone, ordered),
                *stopped,
            ]
        )
        return ordered, []

    def fits(pin: Sleeve, before: Sequence[Sleeve]) -> bool:
        held = meets(pin, sleeves) is None
        held = held and all(lack(pin, other) is None for other in (*sleeves, *before))
        held = held and all(up_beside(s, pin, least_mm=least_wall_mm(spec)) <= 0.0 for s in sleeves)
        held = held and room_beside(pin, boxes) >= _FREE_MM and not keep.met_by(pin)
        return held and (others is None or not others.bars(pin))

    wanted, harm = spec.pin_count, harm_of(joint, looks)
    site = Site(bone, seat, room, height, joint, fits, harm)
    found = place_pins(site, _form(spec), _targets(pads), wanted=wanted)
    if len(found) < min(FEWEST, wanted):
        kept = " and off what is kept out of" if keep.some else ""
        said = (
            f"{len(found)} of {wanted} pins have room beside the sleeves{kept}, and {PIN_BONE_MM:g} mm of bone; {min(FEWEST, wanted)} at least are wanted. "
            "Raise foot_reach_mm, lower pin_wall_mm or sleeve_wall_mm, name pins of your own ([[plan.pin]]), or order pin_count = 0"
        )
        raise PrescriptionError(Reason("no-room", said))
    return tuple(found), [*less_pins(found, wanted, joint), *_on_one_pad(found, seat, pads)]


def _on_one_pad(pins: Sequence[Sleeve], seat: Seat, pads: Sequence[Pad]) -> list[str]:
    """A note where pads are there that no pin holds, and the pins hold all the same one: the guide can turn about it."""
    places = [seat.to_seat(np.array(pin.entry_lps_mm)) for pin in pins]
    nearest = {
        min(range(len(pads)), key=lambda n: float(np.hypot(*np.subtract(pads[n].centre_mm, at[:2])))) for at in places
    }
    if len(pads) < 2 or len(pins) < 2 or len(nearest) > 1:
        return []
    return [f"all pins stand beside trajectory {nearest.pop() + 1}: see whether they hold the guide at the others"]


def _targets(pads: Sequence[Pad]) -> list[tuple[Pair, int]]:
    """Corners of the pads and their sides, one of each pad in turn: each the farthest from those before it."""
    corners = [
        (n, (p.centre_mm[0] + s * p.half_mm[0], p.centre_mm[1] + t * p.half_mm[1]), t)
        for n, p in enumerate(pads)
        for s in (-1, 1)
        for t in (-1, 1)
    ]
    middle = np.mean([p.centre_mm for p in pads], axis=0)
    chosen: list[tuple[int, Pair, int]] = []
    while len(chosen) < len(corners):
        turn = len(chosen) // len(pads)
        before = [c for _, c, _ in chosen] or [(float(middle[0]), float(middle[1]))]
        left = [c for c in corners if c not in chosen and sum(o[0] == c[0] for o in chosen) == turn]
        chosen.append(max(left, key=lambda c: round(min(np.hypot(c[1][0] - x, c[1][1] - y) for x, y in before), 6)))
    return [(place, side) for _, place, side in chosen]


def plan_windows(
    spec: DrillGuideSpec,
    seat: Seat,
    room: Room,
    sleeves: Sequence[Sleeve],
    pins: Sequence[Sleeve],
    height: FloatArray,
    outward: Sequence[FloatArray],
) -> tuple[tuple[Window, ...], list[str]]:
    """A window beside each sleeve where there is room, first on the side that `outward` tells, away from its plate."""
    if spec.window_mm <= 0.0:
        return (), []
    found: list[Window] = []
    for sleeve, way in zip(sleeves, outward, strict=True):
        tubes = [*sleeves, *pins]
        window = next((w for w in _around(spec, seat, room, sleeve, height, way) if _beside(w, tubes)), None)
        found += [] if window is None else [window]
    return tuple(found), [] if found else [f"no window of {spec.window_mm:g} mm has room beside sleeves and pins"]


def _around(
    spec: DrillGuideSpec, seat: Seat, room: Room, sleeve: Sleeve, height: FloatArray, way: FloatArray
) -> Iterator[Window]:
    """Windows around a sleeve, the first on the side that `way` tells, those nearest to it next."""
    at = seat.to_seat(np.array(sleeve.entry_lps_mm))
    away = sleeve.outer_diameter_mm / 2 + spec.window_mm / 2 + APART_MM
    for turn in np.deg2rad([0.0, 45.0, -45.0, 90.0, -90.0, 135.0, -135.0, 180.0]):
        x, y = np.cos(turn) * way[0] - np.sin(turn) * way[1], np.sin(turn) * way[0] + np.cos(turn) * way[1]
        target = (float(at[0] + away * x), float(at[1] + away * y))
        window = window_near(
            seat,
            room,
            height,
            target,
            diameter_mm=spec.window_mm,
            within_mm=spec.foot_reach_mm / 2,
            edge_mm=2 * spec.edge_radius_mm + _RIM_MM,
        )
        if window is not None:
            yield window


def _beside(window: Window, sleeves: Sequence[Sleeve]) -> bool:
    """Whether a window, over the height of the base, leaves every tube alone."""
    along = np.linspace(-2.0, 8.0, 21)
    places = np.array(window.centre_lps_mm) + np.outer(along, np.array(window.axis_lps))
    for sleeve in sleeves:
        rest, axis = places - np.array(sleeve.entry_lps_mm), np.array(sleeve.axis_lps)
        off = np.sqrt(np.square(rest - np.outer((rest * axis).sum(axis=1), axis)).sum(axis=1))
        if float(off.min()) < sleeve.outer_diameter_mm / 2 + window.diameter_mm / 2 + _FREE_MM / 2:
            return False
    return True
