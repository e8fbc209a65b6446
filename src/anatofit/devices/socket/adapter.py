"""Solids of a socket's distal end and of what is cut into it: block, holes, bores and slots."""

from __future__ import annotations

from typing import Any

import numpy as np

from anatofit.devices.socket.layout import Adapter, Hole, Slot
from anatofit.geometry.bridge import cylinder, hulled, united
from anatofit.model.frame import FloatArray

CHAMFER_MM = 1.0  # around the face
_OVER_MM = 2.0  # tools stand out so far
_SIDES = 64
# Around a slot the edge is taken off at 45 degrees, so much where the wall is flat. A wall that is curved along the slot is still met so
# far out, by its inner and by its outer face: beside a slot 1.5 mm are no part of the inner face that is proved.
RIM_MM, RIM_IN_MM, RIM_OUT_MM = 0.8, 0.7, 1.6
_WITHIN_MM, _THIN_MM = 0.2, 0.01  # the narrow end lies inside the slot: no faces coincide
_DISC_MM = 1.0
_UP = np.array([0.0, 0.0, 1.0])


def adapter_tool(adapter: Adapter) -> Any:
    """The block: a square with rounded corners at its face, straight sides, then over to a disc inside the socket.

    It is made in its own frame, where its face is flat to the last bit, and then turned: a hull of corners that are nearly in one plane
    folds there.
    """
    centre, axis = np.array(adapter.centre_lps_mm), np.array(adapter.axis_lps)
    front, beside = face_axes(adapter)
    off = np.array(adapter.neck_lps_mm) - centre
    neck = np.array([round(float((off * way).sum()), 6) for way in (front, beside, axis)])
    foot = _square(adapter, adapter.corner_mm - CHAMFER_MM, 0.0, CHAMFER_MM)
    sides = _square(adapter, adapter.corner_mm, CHAMFER_MM, adapter.tall_mm)
    top = _square(adapter, adapter.corner_mm, adapter.tall_mm - _DISC_MM, adapter.tall_mm)
    made = united([hulled([*foot, *sides]), hulled([*top, _disc(neck, _UP, adapter.neck_mm, _DISC_MM)])])
    return made.transform(np.column_stack([front, beside, axis, centre]))


def _square(adapter: Adapter, radius_mm: float, low_mm: float, high_mm: float) -> list[Any]:
    """Round posts at the corners, from one depth below the face to another, in the block's own frame."""
    reach = adapter.half_mm - adapter.corner_mm
    places = [np.array([a, b, -high_mm]) for a in (reach, -reach) for b in (reach, -reach)]
    return [_disc(at, _UP, radius_mm, high_mm - low_mm) for at in places]


def face_axes(adapter: Adapter) -> tuple[FloatArray, FloatArray]:
    """To the front in the face, and square to it."""
    axis, front = np.array(adapter.axis_lps), np.array(adapter.front_lps)
    front = front - axis * float((front * axis).sum())
    front /= np.sqrt((front * front).sum())
    return front, np.cross(axis, front)


def _disc(start: FloatArray, axis: FloatArray, radius: float, length: float) -> Any:
    return cylinder(start_lps_mm=start, axis_lps=axis, length_mm=length, diameter_mm=2 * radius, sides=_SIDES)


def bore_tool(hole: Hole) -> Any:
    """A round hole from outside its face to its end."""
    axis = np.array(hole.axis_lps)
    deep = -hole.low_mm if hole.depth_mm is None else hole.depth_mm
    start = np.array(hole.entry_lps_mm) - deep * axis
    length = deep + hole.top_mm + _OVER_MM
    return cylinder(start_lps_mm=start, axis_lps=axis, length_mm=length, diameter_mm=hole.diameter_mm, sides=_SIDES)


def slot_tool(slot: Slot) -> Any:
    """A long hole with round ends, through the wall."""
    centre, axis, along = (np.array(v) for v in (slot.centre_lps_mm, slot.axis_lps, slot.along_lps))
    deep = slot.length_mm  # more than any wall
    ends = [centre + s * (slot.length_mm - slot.width_mm) / 2 * along for s in (-1.0, 1.0)]
    through = hulled([_disc(end - deep / 2 * axis, axis, slot.width_mm / 2, deep) for end in ends])
    return united([through, _rim(slot, ends, -axis, RIM_IN_MM), _rim(slot, ends, axis, RIM_OUT_MM)])


def _rim(slot: Slot, ends: list[FloatArray], way: FloatArray, over_mm: float) -> Any:
    """What takes the edge off a slot on one face of the wall: wider by as much as it goes up, to somewhat above the face."""
    low, high = slot.wall_mm / 2 - RIM_MM, slot.wall_mm / 2 + over_mm
    narrow, wide = (slot.width_mm / 2 + off for off in (-_WITHIN_MM, RIM_MM + over_mm))
    return hulled(
        [
            disc
            for end in ends
            for disc in (
                _disc(end + (low - _WITHIN_MM - _THIN_MM) * way, way, narrow, _THIN_MM),
                _disc(end + high * way, way, wide, _OVER_MM),
            )
        ]
    )
