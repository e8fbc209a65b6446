"""From a plan to the printed body of a bone plate.

A field on a lattice: between the bone grown by the offset and by offset and thickness together, within the plate's outline, whose
sides stand upright on the bone; the outer edges are bevelled, all edges rounded as a field. Holes, recesses and letters are cut
as exact solids, so that their axes are those of the plan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from anatofit.devices.bone_plate.curve import Around, Curve
from anatofit.devices.bone_plate.layout import BonePlatePlan, Screw
from anatofit.devices.bone_plate.spec import LEAST_SHOULDER_MM
from anatofit.devices.guide.beside import ROOM_MM, others_of, shadow
from anatofit.geometry.boolean import difference, largest
from anatofit.geometry.bridge import cylinder, hulled, mesh_of, mesh_of_field, raised, solid_of
from anatofit.geometry.canonical import canonical
from anatofit.geometry.field import (
    FieldArray,
    band_field,
    near_band,
    over_ridges,
    points_of,
    sample,
    signed_field,
    smooth_union,
)
from anatofit.geometry.ground import Ground
from anatofit.geometry.morph import opened, thin
from anatofit.geometry.solids import rounded_meeting
from anatofit.geometry.text import block_outline
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.part import Part

PART = "plate"
SIMPLIFY_MM = 0.00005  # closes up float32 slivers; more could fold a surface deeper than a checker calls rounding
OVER_MM = 20.0  # tools reach so far above the outer face: through any rim beside a leaning screw
BENEATH_MM = 8.0  # and so far beneath the bone's surface
BLEND_MM = 3.0  # where the plate widens around a hole
_OUTSIDE_MM = 3.0  # of the field where nothing of the plate can be
WRAP_SPARE_DEG = 8.0  # beyond what the plan allows, so that a plate within it is whole
WRAP_MM = 6.0  # of way over the bone to a radian, near the limit: a bone of such a radius
SPARED = 0.8  # of the edges' radius: slivers go where the plate ends aslant, and edges that are round already stay as they are
EVEN_MM = 1.5  # standard deviation by which the ways away from the bone are evened out
_DEEP_MM = 1.2  # beneath the bone's surface: no deeper is its distance asked for
_BAND_MM = 2.0  # beyond the outer face, over which distances are kept exact
_TEXT_EDGE_MM, _TEXT_OVER_MM = 0.5, 1.0
_SIDES = 64


def build_plate(anatomy: Anatomy, plan: BonePlatePlan) -> tuple[Part, ...]:
    """The one part "plate": closed, in one piece, its coordinates exact in float32."""
    curve = Curve.of(plan.stations)
    thickest = max(s.thickness_mm for s in plan.stations)
    low = np.array(plan.seat.low_mm)
    grid, band = plan.seat.grid(), plan.contact_offset_mm + thickest + _BAND_MM
    region = near_band(_middles(curve, plan), grid, band_mm=_reach_mm(plan) + band)
    surface = band_field(
        anatomy.surfaces["host"], grid, band_mm=band, region=region, deep_mm=_DEEP_MM, deep_region=region
    )
    ground = Ground(grid, low, over_ridges(surface), np.zeros(0), _others(anatomy, plan))
    values = rounded_body(ground, curve, plan)
    solid, dropped = largest(solid_of(mesh_of_field(values, ground.grid)))
    tools = [tool for screw in plan.holes for tool in hole_tools(screw)]
    tools += [] if plan.text is None else [letters(ground, curve, plan)]
    solid = difference(solid, tools, what="holes and letters")
    solid, crumbs = largest(solid.simplify(SIMPLIFY_MM))
    metadata = {"device": plan.device, "case": plan.case, "dropped_mm3": f"{dropped + crumbs:.3f}"}
    return (Part(PART, canonical(mesh_of(solid)), metadata),)


def _others(anatomy: Anatomy, plan: BonePlatePlan) -> FieldArray | None:
    """Where other bones are too near, or stand over the way off of a plate that comes off along one."""
    others = others_of(anatomy)
    if others is None or plan.comes_off:
        return shadow(others, plan.seat)
    return np.asarray(ROOM_MM - signed_field(others, plan.seat.grid(), band_mm=ROOM_MM + _BAND_MM), dtype=np.float32)


def rounded_body(ground: Ground, curve: Curve, plan: BonePlatePlan) -> FieldArray:
    """The plate without its holes, all edges rounded."""
    body = np.full(ground.surface.shape, np.float32(_OUTSIDE_MM), dtype=np.float32)
    near = _near(ground, curve, plan)
    body[near] = _plate(ground, curve, plan, near)
    for axis in range(3):  # closed inside the lattice
        face = np.moveaxis(body, axis, 0)
        face[[0, -1]] = np.maximum(face[[0, -1]], _OUTSIDE_MM)
    radius = SPARED * plan.edge_radius_mm
    edges = points_of(ground.grid, thin(body, ground.grid, radius_mm=radius))
    return opened(body, ground.grid, radius_mm=radius, edges_lps_mm=edges, one_piece=True)


def _near(ground: Ground, curve: Curve, plan: BonePlatePlan) -> Any:
    """Nodes that the plate, or the band around it that its field needs, can reach: near the bone and near the path."""
    thickest = max(s.thickness_mm for s in plan.stations)
    near = (ground.surface > -_DEEP_MM) & (ground.surface < plan.contact_offset_mm + thickest + _BAND_MM)
    near &= near_band(_middles(curve, plan), ground.grid, band_mm=_reach_mm(plan) + _OUTSIDE_MM)
    return near


def _ways_out(ground: Ground, near: Any) -> FloatArray:
    """`(n, 3)` unit vectors away from the bone at the nodes, evened out, so that facets of the bone do not fray the plate's sides."""
    from scipy.ndimage import gaussian_filter

    step = ground.grid.spacing_ijk_mm[::-1]
    even = gaussian_filter(ground.surface, EVEN_MM / step)
    rise = [np.gradient(even, step[axis], axis=axis)[near] for axis in (2, 1, 0)]
    length = np.sqrt(np.square(rise[0]) + np.square(rise[1]) + np.square(rise[2]))
    unit = [r / np.maximum(length, 1e-6) for r in rise]
    return np.stack([sum(a * u for a, u in zip(row, unit, strict=True)) for row in ground.grid.direction_lps], axis=1)


def _at_feet(ground: Ground, near: Any, ways: FloatArray, feet: FloatArray) -> FloatArray:
    """The ways away from the bone at other places: of all nodes that stand over one place of the bone the same."""
    found = np.empty_like(ways)
    field = np.zeros(ground.surface.shape, dtype=np.float32)
    for axis in range(3):
        field[near] = ways[:, axis]
        found[:, axis] = sample(field, ground.grid, feet)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6))


def _reach_mm(plan: BonePlatePlan) -> float:
    """From the plate's middle to the furthest corner of its section, bone's roundness counted in."""
    return _half_mm(plan) + plan.contact_offset_mm + max(s.thickness_mm for s in plan.stations)


def _half_mm(plan: BonePlatePlan) -> float:
    """Half the plate where it is widest; beneath its middle, on the far side of a thin bone, nothing so deep is plate."""
    return max([s.width_mm / 2 for s in plan.stations] + [_disc_mm(s, plan) + s.stretch_mm for s in plan.holes])


def _middles(curve: Curve, plan: BonePlatePlan) -> FloatArray:
    """Places all along the path, and from it to the holes beside it."""
    found = [curve.points(np.linspace(0.0, curve.length_mm, max(5, round(curve.length_mm) + 1)))]
    for screw in plan.holes:
        ends = np.stack([curve.points(np.array([screw.at_mm]))[0], np.array(screw.entry_lps_mm)])
        found.append(ends[0] + np.linspace(0.0, 1.0, 20)[:, None] * (ends[1] - ends[0]))
    return np.concatenate(found)


def _plate(ground: Ground, curve: Curve, plan: BonePlatePlan, near: Any) -> FloatArray:
    """The plate's field at the nodes that are near: a distance at its faces."""
    points, away = points_of(ground.grid, near), ground.surface[near]
    ways = _ways_out(ground, near)
    feet = points - away[:, None] * ways
    around = curve.around(feet)
    outline = np.hypot(around.aside_mm, around.beyond_mm) - curve.widths_mm(around.at_mm) / 2
    thick = _thick_mm(curve, plan, around)
    cut = plan.bevel_share * thick
    for (
        screw
    ) in plan.holes:  # upright on bone that bends away from the hole, along its axis where bone bends towards it
        reach = np.minimum(_reached(feet, curve, screw), _reached(points, curve, screw)) - _disc_mm(screw, plan)
        cut = np.minimum(cut, max(plan.hole_wall_mm - LEAST_SHOULDER_MM, 0.0) + np.maximum(reach, 0.0))
        outline = smooth_union(outline.astype(np.float32), reach.astype(np.float32), radius_mm=BLEND_MM).astype(
            np.float64
        )
    above = away - plan.contact_offset_mm - thick
    bevel = (outline + above + cut) / np.sqrt(2.0)
    below = np.maximum(plan.contact_offset_mm - away, -around.above_mm - _half_mm(plan))
    if plan.comes_off:
        below = np.maximum(below, ground.blocked(plan.contact_offset_mm)[near])
    elif ground.others is not None:
        below = np.maximum(below, ground.others[near])
    wrapped = _wrapped(curve, plan, around, _at_feet(ground, near, ways, feet))
    meeting = rounded_meeting([outline, above, below, bevel, wrapped], radius_mm=plan.edge_radius_mm)
    return np.asarray(np.minimum(meeting, _OUTSIDE_MM))


def _wrapped(curve: Curve, plan: BonePlatePlan, around: Around, ways: FloatArray) -> FloatArray:
    """Positive where the bone turns away from the plate's middle by more than it may: what a hole's rim would reach around it."""
    _, _, out = curve.frames(around.at_mm)
    least = np.cos(np.deg2rad(min(plan.wrap_deg + WRAP_SPARE_DEG, 89.0)))
    return np.asarray(WRAP_MM * (least - np.einsum("ij,ij->i", ways, out)))


def _thick_mm(curve: Curve, plan: BonePlatePlan, around: Around) -> FloatArray:
    """The plate's thickness, down to that of the tips beyond the ends of the path."""
    half, over = curve.widths_mm(around.at_mm) / 2, max(plan.runout_mm, 1e-6)
    share = np.clip((half - around.beyond_mm) / over, 0.0, 1.0) / np.minimum(half / over, 1.0)
    thick, tip = curve.thicknesses_mm(around.at_mm), plan.end_thickness_mm
    return np.asarray(np.where(around.beyond_mm > 0, tip + (thick - tip) * share, thick))


def _disc_mm(screw: Screw, plan: BonePlatePlan) -> float:
    """Half of what the plate is wide around a hole."""
    return screw.recess_diameter_mm / 2 + plan.hole_wall_mm


def _reached(points: FloatArray, curve: Curve, screw: Screw) -> FloatArray:
    """Distance of points, square to the hole's axis, from what a hole's plate stands around: its stretch, and the way to the path.

    What lies further along the axis than the hole's plate is wide is another part of the plate, which the axis only passes.
    """
    centre, axis, along = (np.array(v) for v in (screw.centre_lps_mm, screw.axis_lps, screw.along_lps))
    half = screw.stretch_mm / 2
    found = _beside(points, centre - half * along, centre + half * along, axis)
    if screw.aside_mm:
        found = np.minimum(found, _beside(points, centre, curve.points(np.array([screw.at_mm]))[0], axis))
    high = np.einsum("ij,j->i", points - np.array(screw.entry_lps_mm), axis)
    beyond = np.abs(high - np.clip(high, 0.0, float(np.linalg.norm(centre - np.array(screw.entry_lps_mm)))))
    return np.asarray(np.maximum(found, beyond - abs(screw.aside_mm)))


def _beside(points: FloatArray, start: FloatArray, end: FloatArray, axis: FloatArray) -> FloatArray:
    """Distance of points from a straight piece, both seen along an axis."""
    way = (end - start) - axis * float(((end - start) * axis).sum())
    rest = points - start
    rest = rest - np.outer(np.einsum("ij,j->i", rest, axis), axis)
    length2 = max(float((way * way).sum()), 1e-12)
    share = np.clip(np.einsum("ij,j->i", rest, way) / length2, 0.0, 1.0)
    rest = rest - np.outer(share, way)
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rest, rest)))


def hole_tools(screw: Screw) -> list[Any]:
    """The straight part of a hole, its recess, and what is free above it; an oblong one is the hull of its two ends."""
    half = screw.stretch_mm / 2
    ends = [np.array(screw.centre_lps_mm) + s * half * np.array(screw.along_lps) for s in ((-1, 1) if half else (0,))]
    return [hulled([_turned(end, screw, *section) for end in ends]) for section in _sections(screw)]


def _sections(screw: Screw) -> list[tuple[float, float, float, float]]:
    """From and to along the axis from the outer face, and the diameters at either end."""
    deep, head, hole = screw.recess_depth_mm, screw.recess_diameter_mm, screw.diameter_mm
    to_bone = float(np.linalg.norm(np.array(screw.centre_lps_mm) - np.array(screw.entry_lps_mm)))
    return [
        (-to_bone - BENEATH_MM, OVER_MM, hole, hole),
        (-deep, 0.0, screw.recess_floor_mm, head),
        (-1e-3, OVER_MM, head, head),
    ]


def _turned(centre: FloatArray, screw: Screw, low: float, high: float, first: float, last: float) -> Any:
    axis = np.array(screw.axis_lps)
    return cylinder(
        start_lps_mm=centre + low * axis, axis_lps=axis, length_mm=high - low, diameter_mm=first, end_diameter_mm=last, sides=_SIDES
    )  # fmt: skip


def letters(ground: Ground, curve: Curve, plan: BonePlatePlan) -> Any:
    """The solid that is cut out of the outer face: let down on it along the reader's sight, as wide and high as they are read."""
    text = plan.text
    assert text is not None
    origin, right, up = (np.array(v) for v in (text.origin_lps_mm, text.right_lps, text.up_lps))
    toward = np.cross(right, up)

    def place(points: FloatArray) -> FloatArray:
        x, y, z = points.T
        flat = origin + np.outer(x, right) + np.outer(y, up)
        level = plan.contact_offset_mm + curve.thicknesses_mm(curve.around(flat).at_mm)
        high = np.zeros(len(flat))
        for _ in range(8):
            high += level - sample(ground.surface, ground.grid, flat + high[:, None] * toward)
        return np.asarray(flat + (high + z)[:, None] * toward)

    outline = block_outline(text.lines, height_mm=text.height_mm)
    return raised(outline, low_mm=-text.depth_mm, high_mm=_TEXT_OVER_MM, edge_mm=_TEXT_EDGE_MM, place=place)
