"""Whether a blade goes through its slot: everything of the part that stands beside or in the way of a blade swept through it.

The blade's way is a rectangle in the planned plane: as long as the slot, from the bone beneath it, or the slot's lowest place if
that is lower, to 40 mm above its mouth; 40 mm beyond an open end. Of each triangle the piece over this rectangle is taken, and its
least distance from the plane: exact, so nothing is too small to be met. Bone may not stand in its way above the mouth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.words import counted
from anatofit.verify.plan_slots import PlannedSlot
from anatofit.verify.slot_walls import SlotFit, slot_fits
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, Surface, cropped

_OUT_MM = 40.0  # from the mouth outward, and beyond an open end: a saw's blade and its chuck come from there
_END_MM = 0.25  # of a slot's length at each closed end that a blade need not reach
_LOOK_MM = 5.0  # what stands farther beside a blade says nothing
_RESTS_MM = 0.05  # a blade lies on the single wall of a one-sided slot; its plane is judged by slot_plane_mm
_STATION_MM = 0.5  # between the lines that look for bone
_DEEP_MM = 60.0  # no bone is met farther beneath a slot


@dataclass(frozen=True)
class _Way:
    """The rectangle that a blade sweeps: from and to, along the slot and along the blade."""

    low_mm: FloatArray
    high_mm: FloatArray

    @property
    def corners_mm(self) -> FloatArray:
        (a, b), (c, d) = self.low_mm, self.high_mm
        return np.array([(a, b), (c, b), (c, d), (a, d)])


def blade_free(subject: Subject, _: Requirement) -> Measurement:
    """The least room in mm on a side of a blade in the planned plane, of all slots; less than nothing, and failed, where it is blocked.

    A slot is blocked where it is not there, where the part crosses the blade's way, and where above its mouth the bone does.
    """
    if subject.host is None:
        raise subject.absent("models/host.stl")
    host = subject.host
    fits = slot_fits(subject)
    faults = [_fault(fit, subject.part, host) or _another(fit, subject.neighbours) for fit in fits]
    rooms = [
        -f.slot.blade_mm / 2 if fault else _room(subject.part, host, f.slot)
        for f, fault in zip(fits, faults, strict=True)
    ]
    least = int(np.argmin(rooms))
    blocked = [f"slot {f.slot.number}: {fault}" for f, fault in zip(fits, faults, strict=True) if fault]
    said = "; ".join(blocked) or f"least of {counted(len(fits), 'slot')}: slot {fits[least].slot.number}"
    values = {f"slot_{f.slot.number}_mm": room for f, room in zip(fits, rooms, strict=True)}
    return Measurement(rooms[least], said, values, failed=bool(blocked))


def _fault(fit: SlotFit, part: Mesh, host: Mesh) -> str:
    """Why no blade goes through a slot; empty where one does."""
    slot = fit.slot
    if not fit.found:
        return fit.missing
    if _beside(part, slot, _way(host, slot)) is None:
        return "the part stands in the way of a blade"
    half = slot.length_mm / 2 - _END_MM
    above = _Way(np.array([-half, slot.top_mm]), np.array([half, slot.top_mm + _OUT_MM]))
    bone = _beside(host, slot, above)
    blocked = bone is None or min(bone.values()) < slot.blade_mm / 2
    return f"bone stands in the way of a blade within {_OUT_MM:g} mm of the mouth" if blocked else ""


def _another(fit: SlotFit, others: Mesh | None) -> str:
    """Whether another bone of the scan lies where a blade comes from; empty where none does, or none is known."""
    if others is None:
        return ""
    slot, half = fit.slot, fit.slot.length_mm / 2 - _END_MM
    beside = _beside(others, slot, _Way(np.array([-half, slot.low_mm]), np.array([half, slot.top_mm + _OUT_MM])))
    blocked = beside is None or min(beside.values()) < slot.blade_mm / 2
    return f"another bone stands in the way of a blade within {_OUT_MM:g} mm of the mouth" if blocked else ""


def _room(part: Mesh, host: Mesh, slot: PlannedSlot) -> float:
    """What is left on the narrower side of a blade that nothing blocks."""
    beside = _beside(part, slot, _way(host, slot)) or {1: 0.0, -1: 0.0}
    rooms = {side: away - slot.blade_mm / 2 for side, away in beside.items()}
    if slot.resting and rooms[slot.resting] > -_RESTS_MM:
        del rooms[slot.resting]
    return min(rooms.values())


def _beside(mesh: Mesh, slot: PlannedSlot, way: _Way) -> dict[int, float] | None:
    """How far a mesh is from the planned plane on either side, over a blade's way; None where it crosses the plane there."""
    local = Mesh(slot.local(mesh.vertices_lps_mm), mesh.faces)
    near = cropped(local, np.array([-_LOOK_MM, *way.low_mm]), np.array([_LOOK_MM, *way.high_mm]))
    least, most = across_over(near.triangles_lps_mm, way.low_mm, way.high_mm, way.corners_mm)
    if ((least <= 0) & (most >= 0)).any():
        return None
    return {1: float(least[least > 0].min(initial=_LOOK_MM)), -1: float(-most[most < 0].max(initial=-_LOOK_MM))}


def _way(host: Mesh, slot: PlannedSlot) -> _Way:
    low, high = -slot.length_mm / 2, slot.length_mm / 2
    low += -_OUT_MM if slot.open_end < 0 else _END_MM
    high += _OUT_MM if slot.open_end > 0 else -_END_MM
    return _Way(np.array([low, _floor(host, slot)]), np.array([high, slot.top_mm + _OUT_MM]))


def _floor(host: Mesh, slot: PlannedSlot) -> float:
    """The lowest place along the blade where it first meets the bone, or the slot's own lowest."""
    reach = np.abs(slot.frame) @ np.array([1.0, slot.length_mm / 2, slot.top_mm - slot.low_mm + _DEEP_MM])
    bone = Surface(cropped(host, slot.point_lps_mm - reach, slot.point_lps_mm + reach))
    if not len(bone.mesh.faces):
        return slot.low_mm
    along = np.arange(-slot.length_mm / 2, slot.length_mm / 2 + 1e-9, _STATION_MM)
    starts = slot.lps(np.stack([np.zeros(len(along)), along, np.full(len(along), slot.top_mm)], axis=1))
    way = slot.frame[:, 2] * (slot.top_mm - slot.low_mm + _DEEP_MM)
    met, _ = bone.first_hits(starts, starts - way)
    return min(slot.low_mm, slot.top_mm - float(met[np.isfinite(met)].max(initial=0.0)))


def across_over(
    triangles: FloatArray, low: FloatArray, high: FloatArray, corners: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The least and the greatest first coordinate of each triangle over a rectangle of the two others; of those that reach it.

    Over a rectangle a triangle is extreme where an edge begins, ends or leaves the rectangle, or at a corner inside the triangle.
    """
    least, most = np.full(len(triangles), np.inf), np.full(len(triangles), -np.inf)
    for n in range(3):
        for at, met in _ends(triangles[:, n], triangles[:, (n + 1) % 3], low, high):
            least, most = _taken(least, most, at, met)
    for corner in corners:
        least, most = _taken(least, most, *_at_corner(triangles, corner))
    reached = np.isfinite(least)
    return least[reached], most[reached]


def _taken(least: FloatArray, most: FloatArray, at: FloatArray, met: BoolArray) -> tuple[FloatArray, FloatArray]:
    return np.where(met, np.minimum(least, at), least), np.where(met, np.maximum(most, at), most)


def _ends(start: FloatArray, end: FloatArray, low: FloatArray, high: FloatArray) -> list[tuple[FloatArray, BoolArray]]:
    """First coordinates where edges enter and leave a rectangle (Liang and Barsky 1984), and which edges do."""
    enters, leaves = np.zeros(len(start)), np.ones(len(start))
    for axis in (0, 1):
        a, d = start[:, axis + 1], end[:, axis + 1] - start[:, axis + 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.sort(np.stack([(low[axis] - a) / d, (high[axis] - a) / d]), axis=0)
        beside = (d == 0) & ((a < low[axis]) | (a > high[axis]))
        still = d == 0
        enters = np.where(still, enters, np.maximum(enters, t[0]))
        leaves = np.where(beside, -1.0, np.where(still, leaves, np.minimum(leaves, t[1])))
    met = enters <= leaves
    across = end[:, 0] - start[:, 0]
    return [(start[:, 0] + share * across, met) for share in (enters, leaves)]


def _at_corner(triangles: FloatArray, corner: FloatArray) -> tuple[FloatArray, BoolArray]:
    """The first coordinate of each triangle over a place of the two others, and which lie over it."""
    a, b, c = np.moveaxis(triangles, 1, 0)
    (x, y), (ux, uy), (vx, vy) = (corner - a[:, 1:]).T, (b - a)[:, 1:].T, (c - a)[:, 1:].T
    det = ux * vy - uy * vx
    safe = np.where(det == 0, 1.0, det)
    s, t = (x * vy - y * vx) / safe, (ux * y - uy * x) / safe
    at = a[:, 0] + s * (b - a)[:, 0] + t * (c - a)[:, 0]
    return at, np.asarray((det != 0) & (s >= 0) & (t >= 0) & (s + t <= 1))
