"""The smallest wall around slots and channels: rays from their walls outward through the material, to the next surface.

A slot is looked at from its plane, over its length and height, to both sides and at its closed ends; a channel from its axis, all
round. Not judged is where a channel ends as it should: at its mouth, whose edges are rounded and led in, and at the bone, whose
side the base follows at any angle, nor beneath the bone, as in a skull, however deep a plan reaches; nor, where a slot stands out
beyond the bone, deeper than where its blade meets the bone beside; nor a face that leans by 60° or more from opposite, as in
`walls`. A place at which there is no wall at all, and neither mouth nor bone, counts as a wall of
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.words import bracketed
from anatofit.verify.bone_cloud import BoneCloud
from anatofit.verify.channel_walls import LISTS
from anatofit.verify.plan_bores import PlannedBore, bores_of
from anatofit.verify.plan_slots import PlannedSlot, slots_of
from anatofit.verify.regions import planned
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, Surface, cropped, spokes

_STEP_MM = 0.5  # between rays, along a slot, its height, and a channel
_MOST = 5000  # rays from one slot; a larger one is looked at less densely
_SPOKES = 36  # 0.2 mm apart on a channel of 2.5 mm
_INSIDE_MM = 0.1  # of a closed end: rays to the sides begin there
_NEAR_MM = 0.6  # a wall may stand so far off its planned place
_THICK_MM = 15.0  # a ray that meets nothing so far has met no thin wall
_OPPOSITE = -0.5  # cosine between the two faces of a wall
_START_MM = 1e-3
_ROUND_MM = 1.0  # edges are rounded by so much where the plan names less
_AT_BONE_MM = 1.0  # beyond the greatest offset: what lies so near to bone is the side that the bone gives its shape
_CROP_MM = 8.0
_BENEATH_MM = 10.0  # a slot's lower end, where bone is looked for that its blade meets


@dataclass(frozen=True)
class _Rays:
    """Rays from within a channel: `(n, 3)` starts and unit directions, `(n,)` mm to where its wall is planned, and its name.

    over_lps_mm: `(n, 3)` the place at the channel's mouth that lies over each start.
    """

    name: str
    starts_lps_mm: FloatArray
    ways: FloatArray
    off_mm: FloatArray
    over_lps_mm: FloatArray

    def above(self, bone: Surface) -> _Rays:
        """Those that no bone lies over: what is beneath it belongs to no guide."""
        away, _ = bone.first_hits(self.starts_lps_mm, self.over_lps_mm)
        return self.only(np.isinf(away))

    def only(self, those: BoolArray) -> _Rays:
        """Some of them."""
        return _Rays(self.name, *(a[those] for a in (self.starts_lps_mm, self.ways, self.off_mm, self.over_lps_mm)))


def feature_wall(subject: Subject, _: Requirement) -> Measurement:
    """The smallest wall in mm around any slot or channel of the plan."""
    if subject.host is None:
        raise subject.absent("models/host.stl")
    surface = subject.once("surface", lambda: Surface(subject.part))
    low, high = subject.part.bounds_lps_mm
    near = cropped(subject.host, low - _CROP_MM, high + _CROP_MM)
    bone, rays = None, list(_all_rays(subject))
    if len(near.faces):
        bone, shell = BoneCloud(near), Surface(near)
        levels = {f"slot {slot.number}": (slot, _met_at(shell, slot)) for slot in _slots(subject)}
        rays = [r.above(shell) for r in rays]
        rays = [_before_bone(r, *levels[r.name]) if r.name in levels else r for r in rays]
    at_bone = _AT_BONE_MM + _deepest_offset(subject)
    found = [_thinnest(surface, bone, r, at_bone_mm=at_bone) for r in rays if len(r.starts_lps_mm)]
    if not found:
        raise ValueError("the plan has neither slots nor channels; this requirement is made only where it has some")
    thickness = [wall for _, wall, _ in found]
    least = int(np.argmin(thickness))
    name, wall, place = found[least]
    said = f"thinnest beside {name} near {bracketed(place, 1)} mm"
    return Measurement(wall, said, {f"{n.replace(' ', '_')}_mm": w for n, w, _ in found})


def _deepest_offset(subject: Subject) -> float:
    reliefs = [float(r["offset_mm"]) for r in planned(subject.plan, "reliefs")]
    return max([float(subject.plan.get("contact_offset_mm", 0.0)), *reliefs])


def _all_rays(subject: Subject) -> Iterator[_Rays]:
    rounded = max(float(subject.plan.get("edge_radius_mm", 0.0)), _ROUND_MM)
    for slot in _slots(subject):
        yield _of_slot(slot, rounded)
    for key in LISTS:
        for bore in bores_of(subject.plan, key):
            yield _of_bore(bore, f"{key[:-1]} {bore.number}", rounded)


def _slots(subject: Subject) -> list[PlannedSlot]:
    return slots_of(subject.plan) if planned(subject.plan, "slots") else []


def _met_at(bone: Surface, slot: PlannedSlot) -> tuple[FloatArray, FloatArray]:
    """Places along a slot, and how far along the blade's way it meets bone at each; where it meets none, as at the nearest that does."""
    along = _line(-slot.length_mm / 2, slot.length_mm / 2)
    ends = (
        slot.lps(np.stack([0 * along, along, 0 * along + at], axis=1))
        for at in (slot.top_mm, slot.low_mm - _BENEATH_MM)
    )
    away, _ = bone.first_hits(*ends)
    meets = np.flatnonzero(np.isfinite(away))
    if not len(meets):
        return along, np.full(len(along), -np.inf)
    nearest = meets[np.argmin(np.abs(along[:, None] - along[meets]), axis=1)]
    return along, slot.top_mm - away[nearest]


def _before_bone(rays: _Rays, slot: PlannedSlot, met: tuple[FloatArray, FloatArray]) -> _Rays:
    """The rays of a slot that lie above where its blade meets the bone."""
    _, along, up = slot.local(rays.starts_lps_mm).T
    return rays.only(up >= np.interp(along, *met))


def _of_slot(slot: PlannedSlot, rounded: float) -> _Rays:
    """From the plane to both sides, and from within to each closed end."""
    half, tall = slot.length_mm / 2, slot.top_mm - slot.low_mm
    step = max(_STEP_MM, float(np.sqrt(2 * slot.length_mm * tall / _MOST)))
    up = _line(slot.low_mm + rounded, slot.top_mm - slot.lead_in_mm - rounded, step_mm=step)
    ends = [s * (half - (_INSIDE_MM if s in slot.ends_mm else rounded)) for s in (-1, 1)]
    along = _line(ends[0], ends[1], step_mm=step)
    parts = [(a, u, float(side), 0.0, off) for side, off in slot.walls_mm.items() for a in along for u in up]
    inward = min(1.0, half / 2)
    parts += [(s * (half - inward), u, 0.0, float(s), inward) for s in slot.ends_mm for u in up]
    along_at, up_at, to_side, to_end, off = np.array(parts, dtype=np.float64).reshape(-1, 5).T
    ways = np.stack([to_side, to_end, np.zeros(len(off))], axis=1) @ slot.frame.T
    starts, over = (
        slot.lps(np.stack([np.zeros(len(off)), along_at, at], axis=1)) for at in (up_at, np.full(len(off), slot.top_mm))
    )
    return _Rays(f"slot {slot.number}", starts, ways, off, over)


def _of_bore(bore: PlannedBore, name: str, rounded: float) -> _Rays:
    around = spokes(bore.axis_lps, _SPOKES)
    heights = _line(bore.low_mm + rounded, bore.top_mm - rounded)
    starts = bore.entry_lps_mm + np.multiply.outer(np.repeat(heights, _SPOKES), bore.axis_lps)
    over = np.broadcast_to(bore.entry_lps_mm + bore.top_mm * bore.axis_lps, starts.shape)
    off = np.full(len(starts), bore.diameter_mm / 2)
    return _Rays(name, starts, np.tile(around, (len(heights), 1)), off, over)


def _line(low: float, high: float, *, step_mm: float = _STEP_MM) -> FloatArray:
    """Places from low to high, at most a step apart; the middle alone where there is no way between them."""
    if high <= low:
        return np.array([(low + high) / 2])
    return np.linspace(low, high, max(2, int(np.ceil((high - low) / step_mm)) + 1))


def _thinnest(
    surface: Surface, bone: BoneCloud | None, rays: _Rays, *, at_bone_mm: float
) -> tuple[str, float, FloatArray]:
    """The thinnest wall that the rays meet, and where it begins."""
    away, _ = surface.first_hits(rays.starts_lps_mm, rays.starts_lps_mm + (rays.off_mm + _NEAR_MM)[:, None] * rays.ways)
    walled = np.abs(away - rays.off_mm) < _NEAR_MM
    begins = rays.starts_lps_mm + np.where(walled, away, rays.off_mm)[:, None] * rays.ways
    thickness, ends = _through(surface, begins[walled], rays.ways[walled])
    wall = np.zeros(len(begins))
    wall[walled] = thickness
    far = begins + _NEAR_MM * rays.ways
    far[walled] = ends
    return rays.name, *_least_off_bone(bone, wall, begins, far, at_bone_mm)


def _through(surface: Surface, begins: FloatArray, ways: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far it is through the material to a face that looks back, inf where none does; and where each ray ends."""
    distance, face = surface.first_hits(begins + _START_MM * ways, begins + _THICK_MM * ways)
    met = face >= 0
    thickness = np.full(len(begins), np.inf)
    facing = np.zeros(len(begins))
    facing[met] = -np.einsum("ij,ij->i", surface.face_normals[face[met]], ways[met])
    judged = met & (facing < _OPPOSITE)
    thickness[judged] = distance[judged] + _START_MM
    return thickness, begins + np.where(met, distance, _THICK_MM)[:, None] * ways


def _least_off_bone(
    bone: BoneCloud | None, wall: FloatArray, begins: FloatArray, ends: FloatArray, at_bone_mm: float
) -> tuple[float, FloatArray]:
    """The thinnest wall of which neither side lies at the bone."""
    judged = np.flatnonzero(np.isfinite(wall))
    if bone is not None:
        sides = [bone.signed_mm(places[judged])[0] for places in (begins, ends)]
        judged = judged[np.minimum(*sides) >= at_bone_mm]
    if not len(judged):
        return _THICK_MM, begins[0]
    least = int(judged[np.argmin(wall[judged])])
    return float(wall[least]), begins[least]
