"""The way in of an order, and what any way has: how it lies to the cuts, what it leaves before a hinge, what ground it finds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from anatofit.devices.cutting_guide.spec import Cut, CuttingGuideSpec, WedgeCut
from anatofit.devices.guide.hold import Footing, footing_in, seat_at, sighted
from anatofit.devices.guide.layout import Pair, Seat
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.bridge import frame_on
from anatofit.geometry.section_lines import off_mm, section
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

STEEPEST_BLADE_DEG = 35.0  # between the way in and a plane: beyond it a saw meets the base before the bone: proposal
# between the way in and where a wedge's saw enters: beyond it, the blade's way to the hinge is longer at one end of a slot than at
# the other by more than the slot's length: proposal
FURTHEST_ENTRY_DEG = 40.0
WRITTEN_DEG = 0.02  # by which a direction turns that is written to four decimals, as the program proposes one
FURTHEST_MM = 45.0  # from a cut's point to the ground: half the width of the widest bone, from its middle


def normals_of(spec: CuttingGuideSpec) -> list[FloatArray]:
    """Unit normals of the cuts, turned to the side of the first."""
    found = [unit_vector(np.array(cut.normal)) for cut in spec.surgery.cut]
    return [n if float((n * found[0]).sum()) >= 0 else -n for n in found]


def bare_seat(spec: CuttingGuideSpec, way_lps: FloatArray) -> Seat:
    """The seat's frame for a way in, with no lattice yet: x across the cuts, y along them, z out."""
    across = np.sum(normals_of(spec), axis=0)
    return seat_at(np.mean([cut.point for cut in spec.surgery.cut], axis=0), across, way_lps)


def ordered_approach(spec: CuttingGuideSpec) -> FloatArray | None:
    """The way out that the order names, None where it names none. Raises PrescriptionError where it leaves a plane by too much."""
    if spec.surgery.approach is None:
        return None
    way = unit_vector(np.array(spec.surgery.approach))
    leans = [lean_deg(way, n) for n in normals_of(spec)]
    reasons = [
        Reason(
            "approach",
            f"the approach lies {away:.0f}° from where the saw of cut {number} is to enter; {FURTHEST_ENTRY_DEG:g}° at most are wanted. "
            "Give one nearer to the side where the wedge is open, or none",
        )
        for number, away in _off_entry_deg(spec, way).items()
        if away > FURTHEST_ENTRY_DEG + WRITTEN_DEG
    ]
    reasons += [
        Reason(
            "approach",
            f"the approach leaves the plane of cut {number} by {lean:.0f}°; {STEEPEST_BLADE_DEG:g}° at most are wanted. "
            "Give one that lies nearer to the plane, or none",
        )
        for number, lean in enumerate(leans, start=1)
        if lean > STEEPEST_BLADE_DEG + WRITTEN_DEG
    ]
    if reasons:
        raise PrescriptionError(reasons)
    return way


def _off_entry_deg(spec: CuttingGuideSpec, way: FloatArray) -> dict[int, float]:
    """By the number of each cut of a wedge: the angle between a way out and the direction to where its saw enters, in the cut."""
    found = {}
    for number, cut in enumerate(spec.surgery.cut, start=1):
        if isinstance(cut, WedgeCut):
            found[number] = within_deg(way, np.array(cut.out), np.array(cut.normal))
    return found


def within_deg(way_lps: FloatArray, other_lps: FloatArray, normal_lps: FloatArray) -> float:
    """The angle between two directions as they lie in the plane of a cut."""
    normal = unit_vector(normal_lps)
    one, other = (unit_vector(v - normal * float((v * normal).sum())) for v in (way_lps, other_lps))
    return float(np.rad2deg(np.arccos(np.clip((one * other).sum(), -1.0, 1.0))))


def left_mm(spec: CuttingGuideSpec, way_lps: FloatArray) -> float:
    """What a wedge's slots of known lengths leave before the hinge line at one end when a blade is at it at the other; 0 without a wedge."""
    off = _off_entry_deg(spec, way_lps).items()
    return max(
        ((spec.surgery.cut[n - 1].length_mm or 0.0) * float(np.tan(np.deg2rad(deg))) for n, deg in off), default=0.0
    )


def off_entry_deg(spec: CuttingGuideSpec, way_lps: FloatArray) -> float:
    """The most by which a way out is off the direction to where a wedge's saw enters; 0 without a wedge."""
    return max(_off_entry_deg(spec, way_lps).values(), default=0.0)


def lean_deg(way: FloatArray, normal: FloatArray) -> float:
    """The angle between a way and a plane, by its normal."""
    return float(np.rad2deg(np.arcsin(min(1.0, abs(float((way * normal).sum()))))))


def missing(bone: Mesh, spec: CuttingGuideSpec) -> Iterator[Reason]:
    """A reason for each cut whose plane passes the whole bone by, or whose point lies far off it in that plane."""
    for number, cut in enumerate(spec.surgery.cut, start=1):
        point, normal = np.array(cut.point), unit_vector(np.array(cut.normal))
        off = ((bone.vertices_lps_mm - point) * normal).sum(axis=1)
        if (away := max(float(off.min()), -float(off.max()))) >= 0:
            said = f"the plane of cut {number} passes {away:.0f} mm beside the bone. Check its point and normal, and the frame and unit of the plan"
            yield Reason("plan-misses-bone", said)
            continue
        x, y, _ = frame_on(normal).T
        if (away := off_mm(section(bone, point, normal), point, x, y)) > FURTHEST_MM:
            what = "the place where the saw enters for" if isinstance(cut, WedgeCut) else "the point of"
            said = f"{what} cut {number} lies {away:.0f} mm off the bone; {FURTHEST_MM:g} mm at most are wanted. Check it, and the frame and unit of the plan"
            yield Reason("plan-misses-bone", said)


def footprint_mm2(spec: CuttingGuideSpec) -> float:
    """The ground that the base would cover on a flat bone."""
    return len(spec.surgery.cut) * 2 * spec.foot_reach_mm * spec.foot_width_mm


def middle_of(cut: Cut, seat: Seat, height: FloatArray, x: FloatArray, y: FloatArray) -> Pair | None:
    """Where the plane of a cut meets the ground, on the line along x through the cut's point; None where it does not nearby."""
    point, normal = seat.to_seat(np.array(cut.point)), seat.turned(np.array(cut.normal))
    row = int(np.argmin(np.abs(y - point[1])))
    side = normal[0] * (x - point[0]) + normal[1] * (y[row] - point[1]) + normal[2] * (height[row] - point[2])
    met = np.isfinite(side[:-1]) & np.isfinite(side[1:]) & ((side[:-1] < 0) != (side[1:] < 0))
    away = np.hypot(x[:-1] - point[0], height[row, :-1] - point[2])
    crosses = np.flatnonzero(met & (away <= FURTHEST_MM))
    if not len(crosses):
        return None
    best = int(crosses[np.argmin(away[crosses])])
    share = float(side[best] / (side[best] - side[best + 1]))
    return round(float(x[best] + share * (x[best + 1] - x[best])), 6), round(float(point[1]), 6)


def footing(near: Mesh, spec: CuttingGuideSpec, way_lps: FloatArray, others: Mesh | None = None) -> Footing:
    """What the slice of bone offers along one way, beside other bones; nothing where a cut does not meet it."""
    seat = bare_seat(spec, way_lps)
    centres = np.array([seat.to_seat(np.array(cut.point))[:2] for cut in spec.surgery.cut])
    half = np.array([spec.foot_reach_mm, spec.foot_width_mm / 2])
    seen = sighted(near, seat, centres, half, others)
    low = (float(seen.x_mm[0]), float(seen.y_mm[0]), 0.0)
    seat = seat.model_copy(update={"low_mm": low})
    if any(middle_of(cut, seat, seen.height_mm, seen.x_mm, seen.y_mm) is None for cut in spec.surgery.cut):
        return Footing(0.0, 0.0)
    return footing_in(seen, centres, half, steepest_deg=spec.steepest_deg)
