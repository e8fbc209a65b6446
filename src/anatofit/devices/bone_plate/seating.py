"""How a plate comes to lie on the bone: how far it wraps it, the way off it, and the lattice that it is built on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.layout import Screw
from anatofit.devices.bone_plate.spec import BonePlateSpec
from anatofit.devices.guide.layout import Seat, triple
from anatofit.errors import Reason
from anatofit.geometry.ground import heights_mm
from anatofit.geometry.nearest import Nearest
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

STEP_MM = 1.0
ACROSS = (-1.0, -0.5, 0.0, 0.5, 1.0)  # of the half width: where the underside is looked at
STEEPEST_DEG = 87.0  # between the way off and any part of the underside; beyond it the plate hooks around the bone
FINE_STEP_MM, COARSE_STEP_MM = 0.24, 0.4
MOST_NODES = 5e6
MARGIN_MM = 2.5  # of the lattice, around everything
UNEVEN_MM = (
    0.6  # bone that stands so much above a place of the underside is in its way; less is the bone's own unevenness
)
_LIE_MM = 2.0
_RIM = 4  # places of a hole's rim
_TURNS = 200  # steps towards the middle of the narrowest cone around the normals


@dataclass(frozen=True)
class Way:
    """The way off the bone. comes_off: whether nothing stands in it."""

    direction_lps: FloatArray
    comes_off: bool
    why_not: str = ""


@dataclass(frozen=True, eq=False)
class Underside:
    """Places of the bone beneath the plate, `(n, 3)`, the bone's normals there, and how far each turns from the plate's own."""

    places: FloatArray
    normals: FloatArray
    at_mm: FloatArray
    turned_deg: FloatArray

    @property
    def most_deg(self) -> float:
        """How far the bone turns away beneath the plate's edges."""
        return float(self.turned_deg.max())


def underside(near: Nearest, curve: Curve, screws: Sequence[Screw], *, wall_mm: float) -> Underside:
    """What lies beneath the plate and beneath the rims of its holes."""
    at = np.linspace(0.0, curve.length_mm, max(5, round(curve.length_mm / STEP_MM) + 1))
    _, across, out = curve.frames(at)
    half = curve.widths_mm(at) / 2
    asked = np.concatenate([curve.points(at) + (u * half)[:, None] * across for u in ACROSS])
    where, upright = np.tile(at, len(ACROSS)), np.tile(out, (len(ACROSS), 1))
    places, _ = near.asked(asked)
    normals = near.facing(places, radius_mm=_LIE_MM)
    turned = np.rad2deg(np.arccos(np.clip((normals * upright).sum(axis=1), -1.0, 1.0)))
    if screws:
        rims = np.concatenate([_rim(s, wall_mm) for s in screws])
        more, _ = near.asked(rims)
        axes = np.repeat([s.axis_lps for s in screws], _RIM, axis=0)
        beside = near.facing(more, radius_mm=_LIE_MM)
        angles = np.rad2deg(np.arccos(np.clip((beside * axes).sum(axis=1), -1.0, 1.0)))
        lean = np.repeat([s.lean_deg for s in screws], _RIM)
        places, normals = np.concatenate([places, more]), np.concatenate([normals, beside])
        where, turned = np.append(where, np.repeat([s.at_mm for s in screws], _RIM)), np.append(turned, angles - lean)
    return Underside(places, normals, where, turned)


def _rim(screw: Screw, wall_mm: float) -> FloatArray:
    """`(4, 3)` places on the bone's side of a hole's rim: to either side, and before and behind."""
    axis, along = np.array(screw.axis_lps), np.array(screw.along_lps)
    wide = screw.recess_diameter_mm / 2 + wall_mm
    ways = [wide * np.cross(axis, along), (wide + screw.stretch_mm / 2) * along]
    return np.array([np.array(screw.entry_lps_mm) + sign * way for way in ways for sign in (-1, 1)])


def unfooted(spec: BonePlateSpec, beneath: Underside) -> Iterator[Reason]:
    """The reason where the bone turns away beneath the plate's edges by more than the design allows."""
    if beneath.most_deg > spec.wrap_deg:
        at = beneath.at_mm[int(np.argmax(beneath.turned_deg))]
        said = (
            f"{at:.0f} mm from the path's first point the bone turns away by {beneath.most_deg:.0f}° beneath the "
            f"plate's edge; {spec.wrap_deg:g}° at most are wanted. Move the path to flatter bone, lower width_mm, or raise "
            "wrap_deg"
        )
        yield Reason("no-footing", said)


def way_off(bone: Mesh, spec: BonePlateSpec, beneath: Underside, curve: Curve) -> Way:
    """The middle of the narrowest cone around the underside's normals, and whether the plate comes off along it."""
    way = middle_of(beneath.normals)
    steep = float(np.rad2deg(np.arccos(np.clip((beneath.normals * way).sum(axis=1).min(), -1.0, 1.0))))
    if steep > STEEPEST_DEG:
        return Way(way, False, f"the bone beneath it turns by {steep:.0f}° from the best way off")
    blocked = _blocked(bone, beneath, way)
    if blocked > 0:
        return Way(way, False, f"bone stands over {100 * blocked:.0f} % of its underside on the best way off")
    return Way(way, True)


def middle_of(normals: FloatArray) -> FloatArray:
    """The direction whose greatest angle to unit vectors is least, to a degree or so: it steps towards the farthest (Badoiu and Clarkson 2003)."""
    way = unit_vector(normals.mean(axis=0))
    for number in range(_TURNS):
        farthest = normals[int(np.argmin((normals * way).sum(axis=1)))]
        way = unit_vector(way + (farthest - way) / (number + 2))
    return np.array(triple(way))


def _blocked(bone: Mesh, beneath: Underside, way: FloatArray) -> float:
    """The share of the underside over which bone stands, seen along the way off."""
    seat = framed(way, beneath.places[-1] - beneath.places[0], beneath.places.mean(axis=0))
    local = (beneath.places - np.array(seat.origin_lps_mm)) @ seat.frame
    low = local[:, :2].min(axis=0) - 2.0
    count = np.ceil((local[:, :2].max(axis=0) + 2.0 - low) / STEP_MM).astype(int) + 1
    seat = seat.model_copy(
        update={
            "low_mm": (float(low[0]), float(low[1]), 0.0),
            "shape_kji": (1, int(count[1]), int(count[0])),
            "step_mm": STEP_MM,
        }
    )
    height = heights_mm(bone, seat.grid(), low_z_mm=0.0)
    i, j = (np.rint((local[:, axis] - low[axis]) / STEP_MM).astype(int) for axis in (0, 1))
    around = [
        height[np.clip(j + dj, 0, count[1] - 1), np.clip(i + di, 0, count[0] - 1)]
        for dj in (-1, 0, 1)
        for di in (-1, 0, 1)
    ]
    lowest = np.nanmin(np.where(np.isfinite(around), around, np.inf), axis=0)
    return float(((lowest > local[:, 2] + UNEVEN_MM) & np.isfinite(lowest)).mean())


def framed(way: FloatArray, along: FloatArray, origin: FloatArray) -> Seat:
    """A seat whose z is the way off and whose x runs along the plate, with no lattice yet."""
    z = np.array(triple(unit_vector(way)))
    x = along - z * float((along * z).sum())
    if np.linalg.norm(x) < 1e-6:
        x = np.cross(z, np.eye(3)[int(np.argmin(np.abs(z)))])
    x = unit_vector(x if x[2] >= 0 else -x)  # pictures stand with the head up
    return Seat(
        origin_lps_mm=triple(origin),
        axes_lps=(triple(x), triple(np.cross(z, x)), triple(z)),
        low_mm=(0.0, 0.0, 0.0),
        shape_kji=(1, 1, 1),
        step_mm=STEP_MM,
    )


def seat_of(spec: BonePlateSpec, curve: Curve, screws: Sequence[Screw], way: FloatArray) -> Seat:
    """The seat with a lattice around the whole plate, finer for a small one."""
    at = np.linspace(0.0, curve.length_mm, max(5, round(curve.length_mm) + 1))
    along, across, out = curve.frames(at)
    points, half = curve.points(at), curve.widths_mm(at)[:, None] / 2
    tall = spec.contact_offset_mm + curve.thicknesses_mm(at)[:, None]
    rows = [
        points + u * half * across + h * out
        for u in (-1, 1)
        for h in (-half * np.tan(np.deg2rad(spec.wrap_deg)) / 2, tall)
    ]
    rows += [points[[e]] + s * half[[e]] * along[[e]] for e, s in ((0, -1.0), (-1, 1.0))]
    discs = [(np.array(s.centre_lps_mm), (s.recess_diameter_mm + s.stretch_mm) / 2 + spec.hole_wall_mm) for s in screws]
    rows += [np.array([c + r * e for e in (*np.eye(3), *-np.eye(3))]) for c, r in discs]
    everything = np.concatenate(rows)
    seat = framed(way, points[-1] - points[0], points.mean(axis=0))
    local = np.stack([seat.to_seat(p) for p in everything])
    low, high = local.min(axis=0) - MARGIN_MM, local.max(axis=0) + MARGIN_MM
    step = round(float(np.clip(np.cbrt(np.prod(high - low) / MOST_NODES), FINE_STEP_MM, COARSE_STEP_MM)) + 0.0049, 2)
    count = np.ceil((high - low) / step).astype(int) + 1
    return seat.model_copy(
        update={"low_mm": triple(low), "shape_kji": (int(count[2]), int(count[1]), int(count[0])), "step_mm": step}
    )
