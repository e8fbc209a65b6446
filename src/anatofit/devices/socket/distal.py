"""The distal end of a socket: where the adapter's block lies, its holes and bore, and the letters on its back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.devices.guide.layout import Letters, Triple, triple
from anatofit.devices.socket.adapter import CHAMFER_MM, face_axes
from anatofit.devices.socket.layout import Adapter, Hole, LimbFrame
from anatofit.devices.socket.spec import SocketSpec
from anatofit.devices.socket.strength import hole_depth_mm
from anatofit.devices.socket.walls import Walls
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.frame import FloatArray

_CORNER_MM = 8.0
_BELOW_MM = 2.0  # the face lies so far below all of the outer face above it
_SIDE_MM = 4.0  # of the block's straight sides beyond the holes
_NECK = 0.85  # of the ball's radius: the disc at its middle that the block widens or narrows to lies inside the socket
_EDGE_MM = 1.5  # letters stay so far inside their facet
_LINES_MM = 18.0  # of letters, at most: a longer block makes the prosthesis too long
_THROUGH_MM, _NEAR_MM = 1.0, 2.0  # a bore ends so far inside the cavity, told by the inner face so near around it
_FLOOR_MM = 0.5  # a blind hole is measured from so far above its floor


@dataclass(frozen=True)
class Lettering:
    """Lines of letters, how high their capitals are, and what they take of the block's back with the room around them."""

    lines: tuple[str, ...]
    height_mm: float
    tall_mm: float


@dataclass(frozen=True, eq=False)
class Pylon:
    """In the limb's own frame: a place on the pylon's axis at the level of the distal end, its way away from the socket, and two ways
    square to it, the first to the front. All (3,)."""

    at: FloatArray
    way: FloatArray
    front: FloatArray
    beside: FloatArray


def pylon(frame: LimbFrame, spec: SocketSpec) -> Pylon:
    """The pylon as it was ordered. Raises PrescriptionError where that needs a side and there is none."""
    sign = frame.medial_sign
    if not sign and (spec.adduction_deg or spec.offset_medial_mm):
        said = "adduction_deg and offset_medial_mm need a side, and this limb's is not known; leave them at 0, or order the side"
        raise PrescriptionError(Reason("rectification", said))
    flexed, adducted = np.radians(spec.flexion_deg), np.radians(spec.adduction_deg)
    way = np.array([np.sin(flexed) * np.cos(adducted), -sign * np.sin(adducted), -np.cos(flexed) * np.cos(adducted)])
    front = np.array([1.0, 0.0, 0.0]) - way[0] * way
    front /= np.linalg.norm(front)
    at = np.array([spec.offset_front_mm, sign * spec.offset_medial_mm, 0.0])
    return Pylon(at, way, front, np.cross(way, front))


def distal_end(
    walls: Walls, spec: SocketSpec, words: Lettering | None
) -> tuple[Adapter, tuple[Hole, ...], tuple[Hole, ...]]:
    """The block, its four holes, and the bore through its middle if one was ordered."""
    frame = walls.shape.frame
    axis = pylon(frame, spec)
    inner, outer = walls.lower_faces_mm()
    pitch = spec.hole_pitch_mm / 2
    places = [axis.at + a * axis.front + b * axis.beside for a in (pitch, -pitch) for b in (pitch, -pitch)]
    face = max(_under_holes(inner, places, axis.way, spec), _under_shell(outer, axis, spec, words))
    holes = tuple(
        _hole(frame, place + face * axis.way, axis.way, spec.hole_mm, hole_depth_mm(spec)) for place in places
    )
    return _adapter(frame, axis, face, spec, words), holes, _bores(frame, axis, face, inner, spec)


def _under_holes(inner: FloatArray, places: list[FloatArray], way: FloatArray, spec: SocketSpec) -> float:
    """How far along the pylon the face must lie, so that the wall stays between each hole's end and the inner face."""
    wall = spec.distal_wall_mm
    return max(_lowest(inner, place, way, spec.hole_mm / 2 + wall) for place in places) + wall + hole_depth_mm(spec)


def _under_shell(outer: FloatArray, axis: Pylon, spec: SocketSpec, words: Lettering | None) -> float:
    """How far it must lie, so that all of the shell is above it, and the letters' facet below the shell that stands out of its plane."""
    below = _lowest(outer, axis.at, axis.way, spec.block_mm / np.sqrt(2)) + _BELOW_MM
    if words is None:
        return below
    off = outer - axis.at
    behind = off[(off * axis.front).sum(axis=1) < -spec.block_mm / 2 + _EDGE_MM]
    return max(below, float((behind * axis.way).sum(axis=1).max(initial=-np.inf)) + words.tall_mm)


def _adapter(frame: LimbFrame, axis: Pylon, face_mm: float, spec: SocketSpec, words: Lettering | None) -> Adapter:
    lettered = 0.0 if words is None else words.tall_mm
    return Adapter(
        centre_lps_mm=_lps(frame, axis.at + face_mm * axis.way), axis_lps=_way(frame, axis.way),
        front_lps=_way(frame, axis.front), half_mm=spec.block_mm / 2, corner_mm=_CORNER_MM,
        tall_mm=max(hole_depth_mm(spec) + _SIDE_MM, lettered), neck_lps_mm=_lps(frame, np.array([0.0, 0.0, frame.ball_mm])),
        neck_mm=round(_NECK * frame.ball_mm, 3),
    )  # fmt: skip


def _bores(frame: LimbFrame, axis: Pylon, face_mm: float, inner: FloatArray, spec: SocketSpec) -> tuple[Hole, ...]:
    if not spec.bore_mm:
        return ()
    deep = face_mm - _lowest(inner, axis.at, axis.way, spec.bore_mm / 2 + _NEAR_MM, least=True) + _THROUGH_MM
    return (_hole(frame, axis.at + face_mm * axis.way, axis.way, spec.bore_mm, deep, blind=False),)


def _lowest(points: FloatArray, at: FloatArray, way: FloatArray, within_mm: float, *, least: bool = False) -> float:
    """How far along the way a face reaches around the axis at a place; or where it begins."""
    off = points - at
    along = (off * way).sum(axis=1)
    near = np.sqrt(np.maximum((off * off).sum(axis=1) - along**2, 0.0)) < within_mm
    if not near.any():
        said = "the adapter's holes lie beside the distal end. A smaller hole_pitch_mm, offset_front_mm, offset_medial_mm or flexion_deg"
        raise PrescriptionError(Reason("no-room", said))
    return float(along[near].min() if least else along[near].max())


def _hole(
    frame: LimbFrame, entry: FloatArray, way: FloatArray, wide: float, deep: float, *, blind: bool = True
) -> Hole:
    low = round(_FLOOR_MM - deep if blind else -deep, 3)
    return Hole(
        entry_lps_mm=_lps(frame, entry), axis_lps=_way(frame, way), diameter_mm=wide, low_mm=low, top_mm=0.0,
        depth_mm=deep if blind else None,
    )  # fmt: skip


def lettering(spec: SocketSpec, case: str, sign: int) -> Lettering | None:
    """Case and side in as few lines as the block is wide for; the case number is broken only where even the smallest letters do not take it
    whole. Raises PrescriptionError where they have no room."""
    from anatofit.devices.guide.letters import fitted, layouts
    from anatofit.geometry.text import block_size_mm

    if spec.text == "none":
        return None
    side = {1: "RIGHT", -1: "LEFT"}.get(sign, "")
    words = " ".join(filter(None, (side, "TEST" if spec.variant == "test" else "")))
    wide = spec.block_mm - 2 * (_CORNER_MM + _EDGE_MM)
    room, line_ups = (wide, _LINES_MM), layouts(case=case, words=words)
    found = next(filter(None, (fitted(c, room_mm=room, height_mm=spec.text_height_mm) for c in line_ups)), None)
    if found is None:
        raise PrescriptionError(Reason("no-room", _too_wide(words, wide)))
    return Lettering(*found, block_size_mm(found[0], height_mm=found[1])[1] + 2 * _EDGE_MM + CHAMFER_MM)


def _too_wide(words: str, wide_mm: float) -> str:
    """Which line has no room, and what makes some: a shorter case number is none where the words beside it are too long."""
    from anatofit.devices.guide.letters import SMALLEST_MM
    from anatofit.geometry.text import block_size_mm

    needed = block_size_mm((words,), height_mm=SMALLEST_MM)[0] if words else 0.0
    line, cure = (
        (f'"{words}" takes {needed:.0f} mm', "")
        if needed > wide_mm
        else ("the case number is too long", "A shorter case, ")
    )
    return f'{line} in letters of {SMALLEST_MM:g} mm; the block\'s back has {wide_mm:.0f} mm. {cure}{"a" if cure else "A"} larger block_mm, or text = "none"'


def letters_on(adapter: Adapter, words: Lettering | None, spec: SocketSpec) -> tuple[Letters, ...]:
    """The letters on the block's back, upright when the socket stands on it."""
    from anatofit.devices.guide.letters import engraved

    if words is None:
        return ()
    axis = np.array(adapter.axis_lps)
    front, _ = face_axes(adapter)
    at = np.array(adapter.centre_lps_mm) - adapter.half_mm * front - (words.tall_mm + CHAMFER_MM) / 2 * axis
    right, height = np.cross(-axis, -front), words.height_mm
    return (engraved(words.lines, origin=at, right=right, up=-axis, height_mm=height, depth_mm=spec.text_depth_mm),)


def _lps(frame: LimbFrame, point: FloatArray) -> Triple:
    return triple(
        np.array(frame.origin_lps_mm) + sum(float(c) * axis for c, axis in zip(point, frame.axes, strict=True))
    )


def _way(frame: LimbFrame, way: FloatArray) -> Triple:
    return triple(sum(float(c) * axis for c, axis in zip(way, frame.axes, strict=True)))
