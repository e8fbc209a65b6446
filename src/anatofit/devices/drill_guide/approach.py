"""The way in: as ordered, or the best of those near the middle of the axes.

A guide whose sleeves lean against its way out still comes off: drills and pins are out by then. But a sleeve that leans far is
thin at one side where its base ends, so that each may lean by 35° at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from anatofit.devices.drill_guide.lines import Line
from anatofit.devices.drill_guide.spec import DrillGuideSpec
from anatofit.devices.guide.hold import HOLDS, Footing, footing_in, least_mm2, seat_at, sighted
from anatofit.devices.guide.layout import Seat
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.bridge import frame_on
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

MOST_LEAN_DEG = 35.0  # of a sleeve against the way out: proposal
_TILTS_DEG = (10.0, 20.0, 30.0)  # of the ways that are tried, from the middle of the axes
_TURNS = 8
_PREFER = 0.8  # a way nearer to the middle of the axes is taken if it holds so well, as a share of the best: sleeves lean less


def lean_deg(axis: FloatArray, way: FloatArray) -> float:
    """The angle between an axis and the way out."""
    return float(np.rad2deg(np.arccos(np.clip(float((axis * way).sum()), -1.0, 1.0))))


def bare_seat(lines: Sequence[Line], way_lps: FloatArray) -> Seat:
    """The seat's frame for a way in, with no lattice yet: x from the first entry to the farthest from it, z out."""
    entries = np.array([line.entry_lps_mm for line in lines])
    away = entries - entries[0]
    z = unit_vector(way_lps)
    flat = away - np.outer((away * z).sum(axis=1), z)
    reach = np.sqrt(np.square(flat).sum(axis=1))
    x = flat[int(np.argmax(reach))] if reach.max() > 1.0 else frame_on(z)[:, 0]
    return seat_at(entries.mean(axis=0), x, way_lps)


def ordered_approach(lines: Sequence[Line], spec: DrillGuideSpec) -> FloatArray | None:
    """The way out that the order names, None where it names none. Raises PrescriptionError where a sleeve would lean too far."""
    if spec.surgery.approach is None:
        return None
    way = unit_vector(np.array(spec.surgery.approach))
    reasons = [
        Reason(
            "approach",
            f"the sleeve of trajectory {line.number} leans {lean:.0f}° against the way out; {MOST_LEAN_DEG:g}° at most are wanted. "
            "Give an approach that lies nearer to the axes, or none",
        )
        for line in lines
        if (lean := lean_deg(line.axis_lps, way)) > MOST_LEAN_DEG
    ]
    if reasons:
        raise PrescriptionError(reasons)
    return way


def ways_in(bone: Mesh, lines: Sequence[Line], spec: DrillGuideSpec, others: Mesh | None = None) -> list[FloatArray]:
    """The ways out along which the bone offers a guide footing, best first: those that hold it well, of them that along which sleeves lean
    least, then those that hold it less. Raises PrescriptionError where there is none."""
    ways = [w for w in _ways(lines) if all(lean_deg(line.axis_lps, w) <= MOST_LEAN_DEG for line in lines)]
    if not ways:
        said = f"no way out lies within {MOST_LEAN_DEG:g}° of all axes: they point too far apart. {_against(lines)}"
        raise PrescriptionError(Reason("approach", said))
    found = [footing(bone, lines, spec, way, others) for way in ways]
    least = least_mm2(footprint_mm2(lines, spec))
    scores = [round(f.hold, 9) if f.area_mm2 >= least else -1.0 for f in found]
    if max(scores) < 0:
        most = max(f.area_mm2 for f in found)
        said = f"the bone offers at most {most:.0f} mm² of ground around the entries; {least:.0f} mm² at least are wanted. Does the plan lie on it?"
        raise PrescriptionError(Reason("no-footing", said))
    enough = _PREFER * max(scores)
    order = sorted(range(len(ways)), key=lambda n: (scores[n] < enough, 0.0 if scores[n] >= enough else -scores[n], n))
    return [ways[n] for n in order if scores[n] >= HOLDS * max(scores)]


def _against(lines: Sequence[Line]) -> str:
    """What to do about axes that no guide leads; two that point against each other are most often one told backwards."""
    pairs = combinations(enumerate(lines, start=1), 2)
    met = next(((n, m) for (n, a), (m, b) in pairs if float((a.axis_lps * b.axis_lps).sum()) < 0), None)
    if met is None:
        return "Order two guides"
    return f"Trajectories {met[0]} and {met[1]} point against each other: see whether entry and target of one are exchanged, or order two guides"


def _ways(lines: Sequence[Line]) -> list[FloatArray]:
    """The middle of the axes, and ways around it, the nearest first."""
    total = np.sum([line.axis_lps for line in lines], axis=0)
    if float(np.sqrt(np.square(total).sum())) < 1e-3:
        return []
    u, v, w = frame_on(total).T
    turns = 2 * np.pi * np.arange(_TURNS) / _TURNS
    around = [
        np.cos(tilt) * w + np.sin(tilt) * (np.cos(turn) * u + np.sin(turn) * v)
        for tilt in np.deg2rad(_TILTS_DEG)
        for turn in turns
    ]
    return [w, *around]


def footprint_mm2(lines: Sequence[Line], spec: DrillGuideSpec) -> float:
    """The ground that the pads would cover on a flat bone."""
    return len(lines) * (2 * spec.foot_reach_mm) ** 2


def footing(
    bone: Mesh, lines: Sequence[Line], spec: DrillGuideSpec, way_lps: FloatArray, others: Mesh | None = None
) -> Footing:
    """What the bone offers along one way around the entries, beside other bones."""
    seat = bare_seat(lines, way_lps)
    centres = np.array([seat.to_seat(line.entry_lps_mm)[:2] for line in lines])
    half = np.full(2, spec.foot_reach_mm)
    return footing_in(sighted(bone, seat, centres, half, others), centres, half, steepest_deg=spec.steepest_deg)
