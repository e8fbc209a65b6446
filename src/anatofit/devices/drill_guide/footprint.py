"""The footprint of the base: a pad around each entry, bridges between the nearest, and bars where no bridge finds ground."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.drill_guide.apart import COLLAR_MM, Box
from anatofit.devices.drill_guide.layout import Beam
from anatofit.devices.drill_guide.lines import Line
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.guide.footprint import lattice, plane_axes
from anatofit.devices.guide.layout import Bridge, Pad, Pair, Seat, triple
from anatofit.devices.guide.overhead import above_bone_mm
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.field import BoolArray, FieldArray
from anatofit.model.frame import FloatArray

LOOK_MM = 6.0  # around the pads, where ground is looked for
_ROUND = 0.6  # of a pad's half side: its corners
LEAST_STAND = 0.25  # of a pad that must be ground, or its sleeve stands beside the bone: proposal
STAND_MM = 14.0  # around an entry, that share is looked for no farther: a wider pad ends where a narrow bone does
_NECK_MM = 2.0  # half the width of the narrowest strip of base that holds two sleeves together
CLIFF_DEG = 78.0  # a base that climbs more is as deep as the cliff is high
HIGHEST_GABLE_MM = 15.0  # of a bar's middle above its ends: proposal
_RISE_MM = 0.5  # between the heights that are tried for a bar
_BELOW_MM = 0.5  # beneath the sleeve's top and its fillet a bar ends


def footprint(
    lines: Sequence[Line], spec: DrillGuideSpec, seat: Seat
) -> tuple[tuple[Pad, ...], tuple[Bridge, ...], tuple[tuple[int, int], ...], Seat]:
    """Pads, bridges, which entries each bridge joins, and the seat with a lattice without height to look for ground."""
    at = [seat.to_seat(line.entry_lps_mm) for line in lines]
    half = spec.foot_reach_mm
    pads = tuple(Pad(centre_mm=_pair(p), half_mm=(half, half), radius_mm=round(_ROUND * half, 6)) for p in at)
    joined = tuple(_nearest_tree(np.array([p.centre_mm for p in pads])))
    bridges = tuple(
        Bridge(start_mm=pads[a].centre_mm, end_mm=pads[b].centre_mm, half_width_mm=spec.bridge_width_mm / 2)
        for a, b in joined
    )
    places = np.array([p.centre_mm for p in pads])
    reach = half + LOOK_MM
    bare = lattice(seat, places.min(axis=0) - reach, places.max(axis=0) + reach, (0.0, 0.0), step_mm=0.5)
    return pads, bridges, joined, bare


def _pair(point: FloatArray) -> Pair:
    return round(float(point[0]), 6) + 0.0, round(float(point[1]), 6) + 0.0


def _nearest_tree(places: FloatArray) -> list[tuple[int, int]]:
    """The shortest tree over places (Prim 1957)."""
    inside, found = [0], []
    while len(inside) < len(places):
        outside = [n for n in range(len(places)) if n not in inside]
        pairs = [(float(np.square(places[a] - places[b]).sum()), a, b) for a in inside for b in outside]
        _, a, b = min(pairs)
        found.append((a, b))
        inside.append(b)
    return found


def stand_reasons(pads: Sequence[Pad], seat: Seat, ground: FieldArray) -> list[Reason]:
    """A reason for each pad that finds too little ground."""
    x, y = plane_axes(seat)
    reasons = []
    for number, pad in enumerate(pads, start=1):
        beneath = _in_pad(pad, x, y, within_mm=STAND_MM)
        share = float((beneath & (ground < 0)).sum()) / max(int(beneath.sum()), 1)
        if share < LEAST_STAND:
            said = (
                f"{100 * share:.0f} % of the base around trajectory {number} find ground; {100 * LEAST_STAND:.0f} % at least are wanted. "
                "Move its entry to the middle of the bone, or give another approach or a smaller foot_reach_mm"
            )
            reasons.append(Reason("no-footing", said))
    return reasons


def _in_pad(pad: Pad, x: FloatArray, y: FloatArray, *, within_mm: float = np.inf) -> BoolArray:
    across = np.abs(x - pad.centre_mm[0]) <= min(pad.half_mm[0], within_mm)
    along = np.abs(y - pad.centre_mm[1]) <= min(pad.half_mm[1], within_mm)
    return np.asarray(along[:, None] & across[None, :])


def hang_together(
    pads: Sequence[Pad], pair: tuple[int, int], seat: Seat, height: FloatArray, ground: FieldArray
) -> bool:
    """Whether the base that follows the bone holds two sleeves together, climbing no cliff on the way."""
    from scipy.ndimage import label

    rise_y, rise_x = np.gradient(height, seat.step_mm)
    with np.errstate(invalid="ignore"):
        walks = np.hypot(rise_x, rise_y) < np.tan(np.deg2rad(CLIFF_DEG))
    pieces, _ = label((ground < -_NECK_MM) & walks)
    x, y = plane_axes(seat)
    found = []
    for n in pair:
        inside = pieces[_in_pad(pads[n], x, y) & (pieces > 0)]
        found.append(int(np.bincount(inside).argmax()) if len(inside) else 0)
    return found[0] == found[1] and found[0] > 0


def bars(
    lines: Sequence[Line], pair: tuple[int, int], spec: DrillGuideSpec, seat: Seat, height: FloatArray
) -> tuple[Beam, ...]:
    """The lowest bar between two sleeves that clears the bone, or the lowest gable of two. Raises PrescriptionError where none does."""
    one, other = (lines[n] for n in pair)
    half_tall = spec.base_thickness_mm / 2
    low = spec.contact_offset_mm + spec.base_thickness_mm + half_tall
    high = max(low, min(one.top_mm, other.top_mm) - half_tall - spec.fillet_mm - _BELOW_MM)
    margin = max(spec.tissue_mm, spec.contact_offset_mm)
    rises = np.arange(low, high + 1e-9, _RISE_MM)
    tried = [(rise, 0.0) for rise in rises] + [(high, lift) for lift in np.arange(1.0, HIGHEST_GABLE_MM + 1e-9, 1.0)]
    for rise, lift in tried:
        found = tuple(_bar_over(one.at(rise), other.at(rise), float(lift), spec, seat))
        if all(_clear(bar, (one, other), seat, height, margin) for bar in found):
            return found
    said = (
        f"between trajectories {one.number} and {other.number} the base finds no ground, and the bone stands too high for a bar between the sleeves. "
        "Raise sleeve_mm, or give another approach"
    )
    raise PrescriptionError(Reason("no-room", said))


def _bar_over(start: FloatArray, end: FloatArray, lift_mm: float, spec: DrillGuideSpec, seat: Seat) -> Iterator[Beam]:
    """A straight bar, or two that meet so far above its middle."""
    if lift_mm <= 0.0:
        yield _bar(start, end, spec)
        return
    top = (start + end) / 2 + lift_mm * seat.frame[:, 2]
    for foot in (start, end):
        way = top - foot
        yield _bar(foot, top + spec.base_thickness_mm / 2 * way / np.sqrt(np.square(way).sum()), spec)


def _bar(start: FloatArray, end: FloatArray, spec: DrillGuideSpec) -> Beam:
    return Beam(
        start_lps_mm=triple(start),
        end_lps_mm=triple(end),
        half_width_mm=spec.bridge_width_mm / 2,
        thickness_mm=spec.base_thickness_mm,
    )


def beam_box(found: Beam, out_lps: FloatArray) -> Box:
    """A bar as a block: along it, across it and up."""
    start, end = np.array(found.start_lps_mm), np.array(found.end_lps_mm)
    length = float(np.sqrt(np.square(end - start).sum()))
    along = (end - start) / length
    across = np.cross(out_lps, along)
    across = across / np.sqrt(np.square(across).sum())
    frame = np.column_stack([along, across, np.cross(along, across)])
    return Box((start + end) / 2, frame, np.array([length / 2, found.half_width_mm, found.thickness_mm / 2]))


def _clear(found: Beam, lines: Sequence[Line], seat: Seat, height: FloatArray, margin_mm: float) -> bool:
    """Whether the bar's underside, beside the sleeves, stands so far above all bone beneath it, and nothing of it above a sleeve."""
    box = beam_box(found, seat.frame[:, 2])
    beneath, above = _face(box, -1.0), _face(box, 1.0)
    beside = np.ones(len(beneath), dtype=bool)
    for line in lines:
        beside &= line.around(beneath)[1] > line.outer_mm / 2
        along, off = line.around(above)
        if ((along > line.top_mm) & (off < line.outer_mm / 2 + COLLAR_MM)).any():
            return False
    return bool((above_bone_mm(beneath[beside], seat, height) >= margin_mm).all())


def _face(box: Box, side: float) -> FloatArray:
    """`(n, 3)` places on a bar's upper (1) or lower (-1) face."""
    t = np.linspace(-1.0, 1.0, 2 + int(4 * box.half_mm[0]))
    s = np.linspace(-1.0, 1.0, 2 + int(4 * box.half_mm[1]))
    grid = np.stack(np.meshgrid(t, s, [side], indexing="ij"), axis=-1).reshape(-1, 3) * box.half_mm
    return np.asarray(box.middle_lps_mm + sum(np.outer(grid[:, n], box.frame_lps[:, n]) for n in range(3)))
