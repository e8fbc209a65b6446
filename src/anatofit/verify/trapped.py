"""IN-TRAP: room in and around a part from which nothing that is in it can get out, by a flood of what the exported triangles leave free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.verify.insole_plan import frame_of
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, IntArray

STEP_MM = 0.4  # of the flood: it goes on to all 26 neighbours, 0.7 mm at most, and so through no wall of 0.8 mm
_OFF_NODE = np.array(
    [0.31831, 0.27183]
)  # columns are moved so far off whole steps: none runs through a corner or along an edge
_PAIRS = 4_000_000  # (triangle, column) at a time
_AROUND = 3  # steps of open room around the part


@dataclass(frozen=True, eq=False)
class Room:
    """free: (nk, nj, ni) what is not in the part, from low_mm in the foot's frame on; outside: what of it hangs together with what is around the part."""

    free: BoolArray
    outside: BoolArray
    low_mm: FloatArray


def trapped(subject: Subject, _: Requirement) -> Measurement:
    """Enclosed room in mm³: what no way leads out of that is wide enough to be seen (0.4 mm); pores that are closed are pieces of the mesh of their own."""
    room = room_of(subject)
    lost = room.free & ~room.outside
    return Measurement(float(lost.sum()) * STEP_MM**3, "", {"free_inside_mm3": _inside_mm3(subject, room)})


def open_ways(subject: Subject, requirement: Requirement) -> Measurement:
    """What share of the room in which a ball of `ball_mm` has its middle that ball reaches from outside, in percent."""
    from scipy.ndimage import distance_transform_edt

    room = room_of(subject)
    wide = distance_transform_edt(room.free) * STEP_MM > float(requirement.parameters["ball_mm"]) / 2
    inner = np.ascontiguousarray(wide[_AROUND:-_AROUND, _AROUND:-_AROUND, _AROUND:-_AROUND])
    reached = _from_corner(wide)[_AROUND:-_AROUND, _AROUND:-_AROUND, _AROUND:-_AROUND]
    if not inner.any():
        raise ValueError("no room inside takes such a ball; another is wanted")
    lost = float((inner & ~reached).sum()) * STEP_MM**3
    return Measurement(
        100.0 * float(reached.sum() / inner.sum()), f"{lost:.1f} mm³ are not reached", {"lost_mm3": lost}
    )


def room_of(subject: Subject) -> Room:
    """The flood, done once for a part."""
    return subject.once("room", lambda: _flooded(subject))


def _flooded(subject: Subject) -> Room:
    frame = frame_of(subject.plan)
    corners = frame.local(subject.part.vertices_lps_mm)
    low = corners.min(axis=0) - _AROUND * STEP_MM
    shape = np.ceil((corners.max(axis=0) - low) / STEP_MM).astype(int)[::-1] + _AROUND + 1
    free = ~_filled(((corners - low) / STEP_MM)[subject.part.faces], shape)
    return Room(free, _from_corner(free), low)


def _from_corner(free: BoolArray) -> BoolArray:
    from scipy.ndimage import label

    pieces, _ = label(free, structure=np.ones((3, 3, 3)))
    return np.asarray(pieces == pieces[0, 0, 0]) & free


def _inside_mm3(subject: Subject, room: Room) -> float:
    """What is free between the part's highest and lowest place over each column that it has."""
    part = ~room.free
    above = np.logical_or.accumulate(part[::-1], axis=0)[::-1]
    return float((room.free & above).sum()) * STEP_MM**3


def _filled(corners: FloatArray, shape: IntArray) -> BoolArray:
    """Which nodes lie inside triangles (m, 3, 3) given in steps (x, y, z): by how often a column has gone in and out below them."""
    nk, nj, ni = shape
    change = np.zeros((nk + 1, nj, ni), dtype=np.int8)
    corners = corners + np.array([*_OFF_NODE, 0.0])
    for some, i, j in _columns(corners):
        height, way = _met(corners[some], i, j)
        met = way != 0
        level = np.clip(np.ceil(height[met]), 0, nk).astype(np.int64)
        np.add.at(change, (level, j[met], i[met]), way[met])
    return np.asarray(np.cumsum(change[:-1], axis=0, dtype=np.int8) > 0)


def _columns(corners: FloatArray) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Triangles with each column of the square around them."""
    low = np.ceil(corners[:, :, :2].min(axis=1)).astype(np.int64)
    wide = np.maximum(np.floor(corners[:, :, :2].max(axis=1)).astype(np.int64) - low + 1, 0)
    count = wide[:, 0] * wide[:, 1]
    some = np.flatnonzero(count)
    for part in np.split(some, np.searchsorted(np.cumsum(count[some]), np.arange(_PAIRS, count.sum(), _PAIRS))):
        owner = np.repeat(part, count[part])
        number = np.arange(len(owner)) - np.repeat(np.cumsum(count[part]) - count[part], count[part])
        yield owner, low[owner, 0] + number % wide[owner, 0], low[owner, 1] + number // wide[owner, 0]


def _met(corners: FloatArray, i: IntArray, j: IntArray) -> tuple[FloatArray, NDArray[np.int8]]:
    """Where columns meet triangles, and 1 where they go in there, -1 where out, 0 where they miss."""
    flat = corners[:, :, :2] - np.stack([i, j], axis=1)[:, None]
    a, b, c = flat[:, 0], flat[:, 1], flat[:, 2]
    weight = np.stack([_turn(b, c), _turn(c, a), _turn(a, b)], axis=1)
    way = (weight < 0).all(axis=1).astype(np.int8) - (weight > 0).all(axis=1).astype(np.int8)
    total = weight.sum(axis=1)
    height = (weight * corners[:, :, 2]).sum(axis=1) / np.where(total == 0, 1.0, total)
    return np.asarray(height), np.asarray(way, dtype=np.int8)


def _turn(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
