"""The way in: as ordered, or the best of those that lie in the plane of the cuts.

A guide seated along a way is held by the bone's normals beneath it. How well is the least singular value of the contacts'
wrenches (each a normal and its moment): near zero there is a motion that no contact resists. It is Mattheijer's docking
robustness (J Biomech 2013) taken of all the ground that a base of the ordered size would stand on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.cutting_guide.spec import Cut, CuttingGuideSpec
from anatofit.devices.guide.layout import Pair, Seat, triple
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.field import BoolArray
from anatofit.geometry.ground import heights_mm, tread
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

STEEPEST_BLADE_DEG = 35.0  # between the way in and a plane: beyond it a saw meets the base before the bone: proposal
TURN_DEG = 10.0  # between the ways that are tried
SEARCH_STEP_MM = 1.0  # of the lattice on which they are compared
LEAST_FOOTING = 0.15  # of the ordered footprint: less is no seat
FURTHEST_MM = 45.0  # from a cut's point to the ground: half the width of the widest bone, from its middle
_BORDER_MM = 3.0


@dataclass(frozen=True)
class Footing:
    """What the bone offers along one way: ground in mm², and how well it holds, 0 and more."""

    area_mm2: float
    hold: float


def normals_of(spec: CuttingGuideSpec) -> list[FloatArray]:
    """Unit normals of the cuts, turned to the side of the first."""
    found = [unit_vector(np.array(cut.normal)) for cut in spec.surgery.cut]
    return [n if float((n * found[0]).sum()) >= 0 else -n for n in found]


def bare_seat(spec: CuttingGuideSpec, way_lps: FloatArray) -> Seat:
    """The seat's frame for a way in, with no lattice yet: x across the cuts, y along them, z out."""
    z = np.array(triple(unit_vector(way_lps)))
    across = np.sum(normals_of(spec), axis=0)
    x = unit_vector(across - z * float((across * z).sum()))
    middle = np.mean([cut.point for cut in spec.surgery.cut], axis=0)
    return Seat(
        origin_lps_mm=triple(middle),
        axes_lps=(triple(x), triple(np.cross(z, x)), triple(z)),
        low_mm=(0.0, 0.0, 0.0),
        shape_kji=(1, 1, 1),
        step_mm=SEARCH_STEP_MM,
    )


def ordered_approach(spec: CuttingGuideSpec) -> FloatArray | None:
    """The way out that the order names, None where it names none. Raises PrescriptionError where it leaves a plane by too much."""
    if spec.surgery.approach is None:
        return None
    way = unit_vector(np.array(spec.surgery.approach))
    leans = [float(np.rad2deg(np.arcsin(min(1.0, abs(float((way * n).sum())))))) for n in normals_of(spec)]
    reasons = [
        Reason(
            "approach",
            f"the approach leaves the plane of cut {number} by {lean:.0f}°; {STEEPEST_BLADE_DEG:g}° at most are wanted. "
            "Give one that lies nearer to the plane, or none",
        )
        for number, lean in enumerate(leans, start=1)
        if lean > STEEPEST_BLADE_DEG
    ]
    if reasons:
        raise PrescriptionError(reasons)
    return way


def best_approach(bone: Mesh, spec: CuttingGuideSpec) -> FloatArray:
    """The way out along which the bone holds a guide best. Raises PrescriptionError where none offers footing."""
    across = unit_vector(np.sum(normals_of(spec), axis=0))
    near = _near(bone, spec, across)
    first = unit_vector(np.cross(across, np.eye(3)[int(np.argmin(np.abs(across)))]))
    second = np.cross(across, first)
    ways = [np.cos(a) * first + np.sin(a) * second for a in np.deg2rad(np.arange(0.0, 360.0, TURN_DEG))]
    ways = [way for way in ways if all(_lean_deg(way, n) <= STEEPEST_BLADE_DEG for n in normals_of(spec))]
    found = [footing(near, spec, way) for way in ways]
    enough = LEAST_FOOTING * footprint_mm2(spec)
    scores = [round(f.hold, 9) if f.area_mm2 >= enough else -1.0 for f in found]
    if not scores or max(scores) < 0:
        raise PrescriptionError(Reason("no-footing", _no_footing(found, enough)))
    return np.asarray(ways[int(np.argmax(scores))])


def _lean_deg(way: FloatArray, normal: FloatArray) -> float:
    return float(np.rad2deg(np.arcsin(min(1.0, abs(float((way * normal).sum()))))))


def _no_footing(found: Sequence[Footing], enough: float) -> str:
    most = max((f.area_mm2 for f in found), default=0.0)
    return f"the bone offers at most {most:.0f} mm² of ground beside the cuts; {enough:.0f} mm² at least are wanted. See whether the plan lies on the bone"


def footprint_mm2(spec: CuttingGuideSpec) -> float:
    """The ground that the base would cover on a flat bone."""
    return len(spec.surgery.cut) * 2 * spec.foot_reach_mm * spec.foot_width_mm


def _near(bone: Mesh, spec: CuttingGuideSpec, across: FloatArray) -> Mesh:
    """The slice of the bone that a base could lie on or look past: all of it between the outermost feet."""
    points = np.array([cut.point for cut in spec.surgery.cut])
    at = (points * across).sum(axis=1)
    where = (bone.vertices_lps_mm * across).sum(axis=1)[bone.faces]
    reach = spec.foot_reach_mm + _BORDER_MM
    keep = (where.max(axis=1) >= at.min() - reach) & (where.min(axis=1) <= at.max() + reach)
    return Mesh(bone.vertices_lps_mm, bone.faces[keep])


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


def footing(near: Mesh, spec: CuttingGuideSpec, way_lps: FloatArray) -> Footing:
    """What the slice of bone offers along one way."""
    seat = bare_seat(spec, way_lps)
    centres = np.array([seat.to_seat(np.array(cut.point))[:2] for cut in spec.surgery.cut])
    half = np.array([spec.foot_reach_mm, spec.foot_width_mm / 2])
    low, high = centres.min(axis=0) - half - _BORDER_MM, centres.max(axis=0) + half + _BORDER_MM
    count = np.ceil((high - low) / SEARCH_STEP_MM).astype(int) + 1
    seat = seat.model_copy(
        update={"low_mm": (float(low[0]), float(low[1]), 0.0), "shape_kji": (1, int(count[1]), int(count[0]))}
    )
    height = heights_mm(near, seat.grid(), low_z_mm=0.0)
    x, y = low[0] + SEARCH_STEP_MM * np.arange(count[0]), low[1] + SEARCH_STEP_MM * np.arange(count[1])
    if any(middle_of(cut, seat, height, x, y) is None for cut in spec.surgery.cut):
        return Footing(0.0, 0.0)
    inside = np.zeros(height.shape, dtype=bool)
    for cx, cy in centres:
        inside |= (np.abs(x - cx) <= half[0])[None, :] & (np.abs(y - cy) <= half[1])[:, None]
    stands = inside & (tread(height, step_mm=SEARCH_STEP_MM, steepest_deg=spec.steepest_deg) < 0) & np.isfinite(height)
    return Footing(float(stands.sum()) * SEARCH_STEP_MM**2, hold_of(height, stands, x, y))


def hold_of(height: FloatArray, stands: BoolArray, x: FloatArray, y: FloatArray) -> float:
    """The least singular value, squared, of the wrenches of all ground: per mm², moments over the ground's own radius."""
    if stands.sum() < 12:
        return 0.0
    rise_y, rise_x = (np.asarray(rise) for rise in np.gradient(height, SEARCH_STEP_MM))
    slopes = np.stack([np.nan_to_num(rise_x[stands]), np.nan_to_num(rise_y[stands])], axis=1)
    normal = np.concatenate([-slopes, np.ones((len(slopes), 1))], axis=1)
    normal /= np.sqrt(np.square(normal).sum(axis=1))[:, None]
    gy, gx = np.meshgrid(y, x, indexing="ij")
    place = np.stack([gx[stands], gy[stands], height[stands]], axis=1)
    place = place - place.mean(axis=0)
    moment = np.cross(place, normal) / np.sqrt(np.square(place).sum(axis=1).mean())
    wrench = np.concatenate([normal, moment], axis=1)
    gram = np.einsum("ni,nj->ij", wrench, wrench) * SEARCH_STEP_MM**2
    return max(0.0, float(np.linalg.eigvalsh(gram)[0]))
