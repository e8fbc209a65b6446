"""The body that guides share: a shell over the footprint, tubes for pins and drills, whatever the bone would meet taken away.

The base is a shell between the bone grown by the contact offset and by the offset and thickness together, over ground that can
be stood on; what stands on it joins it with fillets; whatever the bone, grown by the offset, would meet on the way out is taken
away, so that the guide leaves its seat as it came. Edges are rounded as fields; channels, windows and letters are cut as exact
solids, so that their axes are those of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from anatofit.devices.guide.beside import others_of, shadow
from anatofit.devices.guide.cliffs import CLIFF, hem_mm, past_cliffs_mm
from anatofit.devices.guide.fallen import apart, by_way
from anatofit.devices.guide.footprint import FINE_STEP_MM, border_of, plane_axes, without_holes
from anatofit.devices.guide.gaps import without_gaps
from anatofit.devices.guide.layout import Sleeve, Triple
from anatofit.devices.guide.letters import letters_tool
from anatofit.devices.guide.nodes import relative
from anatofit.devices.guide.planned import GuidePlan
from anatofit.errors import Reason, refuse
from anatofit.geometry.boolean import difference, largest
from anatofit.geometry.bridge import cylinder, mesh_of, mesh_of_field, solid_of
from anatofit.geometry.canonical import canonical
from anatofit.geometry.field import FieldArray, points_of, sample, smooth_union
from anatofit.geometry.ground import Ground, ground_of, tread
from anatofit.geometry.morph import opened, sharp, thin, without_cusps
from anatofit.geometry.solids import rod
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.part import Part
from anatofit.model.words import bracketed

PART = "guide"
SIMPLIFY_MM = 0.00005  # closes up float32 slivers; more could fold a surface deeper than a checker calls rounding
SHARP_DEG = 30.0  # beyond the steps of a lattice on a curved face; an edge of 90° is drawn as two of 45°
BORDER_STEPS = 1.5  # of the lattice, standard deviation
EVEN_STEPS = 0.7  # of the lattice, standard deviation: a face that curves with 2 mm moves by 0.02 mm
RAMP_MM = 3.0  # over which the offset grows towards a relieved region
OVER_MM = 60.0  # how far cutting tools reach beyond what they cut: through any guide
MOST_CRUMBS_MM3 = 5.0  # what a tool cuts off at an edge; more is a piece of the guide
MOST_LOOSE = (
    0.25  # of the body before edges are rounded: less is an island of the footing that bears nothing, and is left out
)
MOST_LOST = 0.3  # of the body by rounding its edges: more hung on a neck that no ball of the edge's radius passes
# A tube is made so much thicker on the finest lattice: rounded ends and the lattice take up to that of its wall, and more of it as the
# square of a wider step, as all that is evened out over steps does.
TUBE_MORE_MM = 0.1
BENEATH_MM = 12.0  # a channel is cut from so far beneath its entry: more than a base dips within its own width
WINDOW_OVER_MM = 3.0  # a window is cut so far beyond the base, and through nothing that stands on it
EXACT_MM = 1.5  # around the face to the bone, where its distances are exact: every other node is enough beyond
NARROWER_MM = 0.1  # on each side: the exact tool then cuts all of a wall, and no two faces coincide


def ground_for(anatomy: Anatomy, plan: GuidePlan) -> Ground:
    """The bone on the plan's lattice, its distances exact where the face to the bone is shaped by them, and other bones in the way."""
    deepest = max([plan.contact_offset_mm, *(r.offset_mm for r in plan.reliefs)])
    band = deepest + plan.base_thickness_mm + plan.fillet_mm + 2 * plan.seat.step_mm
    ground = ground_of(
        anatomy.surfaces["host"],
        plan.seat.grid(),
        low_mm=np.array(plan.seat.low_mm),
        band_mm=band,
        exact_mm=deepest + EXACT_MM,
    )
    return replace(ground, others=shadow(others_of(anatomy), plan.seat))


def rounded_body(
    anatomy: Anatomy,
    ground: Ground,
    plan: GuidePlan,
    *,
    standing: Iterable[FieldArray],
    hollows: Iterable[FieldArray],
    tubes: Sequence[Sleeve],
    gaps_mm: float = 0.0,
) -> FieldArray:
    """Base and what stands on it, `tubes` among it, as one field, clear of the bone all the way out, hollows taken, edges rounded.

    gaps_mm: what stands so near to the base or to each other that no wider gap is left is joined, but for the room before letters
    and over windows.
    Raises PrescriptionError where it falls apart, or a tube stands on what falls off.
    """
    offset = offset_mm(ground, plan)
    body = base_of(ground, plan, offset)
    for part in standing:
        body = smooth_union(body, part, radius_mm=plan.fillet_mm)
    body = without_gaps(_closed_border(body), ground, plan, gaps_mm) if gaps_mm else body
    body = np.maximum(body, ground.blocked(offset))
    for hollow in hollows:
        body = np.maximum(body, -hollow)
    body = _closed_border(body)
    _holds_together(body, anatomy, plan)
    edges = np.concatenate(
        [
            points_of(ground.grid, thin(body, ground.grid, radius_mm=plan.edge_radius_mm)),
            sharp(body, ground.grid, least_deg=SHARP_DEG),
        ]
    )
    rounded = opened(body, ground.grid, radius_mm=plan.edge_radius_mm, edges_lps_mm=edges, one_piece=True)
    lost = float((body < 0).sum() - (rounded < 0).sum()) * plan.seat.step_mm**3
    if lost > MOST_LOST * float((body < 0).sum()) * plan.seat.step_mm**3:
        raise apart(lost, anatomy, plan)
    refuse(_fallen(rounded, ground, tubes, by_way(anatomy, plan)))
    return _evened(without_cusps(rounded), ground, offset)


def _evened(body: FieldArray, ground: Ground, offset: FieldArray) -> FieldArray:
    """The body without folds of a lattice step on its outside, as stand where two creases meet; the face to the bone stays."""
    from scipy.ndimage import gaussian_filter

    share = np.clip(ground.surface - offset - 1.0, 0.0, 1.0)
    return np.asarray(body + share * (gaussian_filter(body, EVEN_STEPS) - body), dtype=np.float32)


def carved(
    values: FieldArray, anatomy: Anatomy, ground: Ground, plan: GuidePlan, tools: Sequence[Any], *, what: str
) -> tuple[Part, ...]:
    """The one part "guide": closed, in one piece, tools cut out of it, its coordinates exact in float32."""
    solid, dropped = largest(solid_of(mesh_of_field(values, ground.grid)))
    solid = difference(solid, tools, what=what)
    solid, crumbs = largest(solid.simplify(SIMPLIFY_MM))
    if crumbs > MOST_CRUMBS_MM3:
        raise apart(crumbs, anatomy, plan)
    metadata = {"device": plan.device, "case": plan.case, "dropped_mm3": f"{dropped + crumbs:.3f}"}
    return (Part(PART, canonical(mesh_of(solid)), metadata),)


def _holds_together(body: FieldArray, anatomy: Anatomy, plan: GuidePlan) -> None:
    """Raises PrescriptionError where what stands on the bone is no longer one body once its slots and channels are taken out."""
    from scipy.ndimage import label

    pieces, _ = label(body < 0)
    sizes = np.sort(np.bincount(pieces.ravel())[1:]) * plan.seat.step_mm**3
    if len(sizes) > 1 and float(sizes[:-1].sum()) > MOST_LOOSE * float(sizes.sum()):
        raise apart(float(sizes[:-1].sum()), anatomy, plan)


def _fallen(body: FieldArray, ground: Ground, tubes: Sequence[Sleeve], way: str) -> Iterator[Reason]:
    """A reason for each tube that is no longer there: the base beneath it hung on a neck that no ball of the edges' radius passes. way: which
    way in it has, and another as what to do."""
    for tube in tubes:
        axis = np.array(tube.axis_lps)
        side = unit_vector(np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))]))
        spokes = np.stack([side, -side, np.cross(axis, side), -np.cross(axis, side)])
        wall = np.array(tube.entry_lps_mm) + tube.top_mm / 2 * axis
        wall = wall + (tube.diameter_mm + tube.outer_diameter_mm) / 4 * spokes
        if int((sample(body, ground.grid, wall) < 0).sum()) < len(spokes) / 2:
            said = (
                f"the base beneath the channel at {bracketed(tube.entry_lps_mm)} mm hangs on the rest by a neck narrower than its rounded edges, and "
                "falls off. Move that pin or trajectory nearer to the others, or name pins of your own ([[plan.pin]]) where the program placed it; lower "
                f"edge_radius_mm or foot_reach_mm, or order two guides. {way}"
            )
            yield Reason("no-room", said)


def offset_mm(ground: Ground, plan: GuidePlan) -> FieldArray:
    """How far the base stands from the bone at each node: as planned, more where the plan relieves it."""
    offset = np.full(ground.surface.shape, plan.contact_offset_mm, dtype=np.float32)
    for relief in plan.reliefs:
        x, y, z = relative(ground, plan, np.array(relief.point_lps_mm))
        inside = np.clip((relief.radius_mm + RAMP_MM - np.sqrt(x * x + y * y + z * z)) / RAMP_MM, 0.0, 1.0)
        more = (relief.offset_mm - plan.contact_offset_mm) * inside * inside * (3 - 2 * inside)
        offset = np.maximum(offset, (plan.contact_offset_mm + more).astype(np.float32))
    return offset


def base_of(ground: Ground, plan: GuidePlan, offset: FieldArray) -> FieldArray:
    """A shell over the footprint, whose sides stand upright on the bone.

    In a hollow of the bone the nearest point leaps from one flank to the other, and with it the border: it is evened out, or the
    leap would stand in the body as a fold. Down a cliff at the ground's edge it ends at its hem.
    """
    from scipy.ndimage import gaussian_filter

    foot_x, foot_y = ground.feet_mm()
    stands = _stood_on(ground, plan)
    border = np.maximum(border_of(plan.pads, plan.bridges, foot_x, foot_y), _looked_up(stands, ground, foot_x, foot_y))
    hem = hem_mm(ground.height_mm, _within(plan, stands), step_mm=plan.seat.step_mm, steepest_deg=plan.steepest_deg)
    hem = _looked_up(hem, ground, foot_x, foot_y)
    border = np.maximum(border, (hem - ground.feet_z_mm()) / CLIFF)
    border = gaussian_filter(border, BORDER_STEPS)
    return np.asarray(np.maximum(ground.surface - offset - np.float32(plan.base_thickness_mm), border))


def _stood_on(ground: Ground, plan: GuidePlan) -> FieldArray:
    """What of the plane the base stands on: ground that is not too steep, and not past a cliff."""
    stands = tread(ground.height_mm, step_mm=plan.seat.step_mm, steepest_deg=plan.steepest_deg)
    stands = without_holes(stands, ground.height_mm, step_mm=plan.seat.step_mm)
    held = [p.centre_mm for p in plan.pads] + [plan.seat.to_seat(np.array(p.entry_lps_mm))[:2] for p in plan.pins]
    return np.maximum(stands, past_cliffs_mm(ground.height_mm, _within(plan, stands), plan.seat, np.array(held)))


def _within(plan: GuidePlan, stands: FieldArray) -> FieldArray:
    """What is stood on of the footprint."""
    x, y = plane_axes(plan.seat)
    return np.maximum(stands, border_of(plan.pads, plan.bridges, x[None, :], y[:, None]))


def _looked_up(plane: FieldArray, ground: Ground, x: FloatArray, y: FloatArray) -> FieldArray:
    """A field of the plane at places x, y (nk, nj, ni) in mm, linear between columns."""
    from scipy.ndimage import map_coordinates

    step = ground.grid.spacing_ijk_mm
    at = [(y - ground.low_mm[1]) / step[1], (x - ground.low_mm[0]) / step[0]]
    return np.asarray(map_coordinates(plane, at, order=1, mode="nearest", output=np.float32))


def tube_of(ground: Ground, sleeve: Sleeve, plan: GuidePlan) -> FieldArray:
    """The tube around a channel, from within the bone."""
    x, y, z = relative(ground, plan, np.array(sleeve.entry_lps_mm))
    a, b, c = plan.seat.turned(np.array(sleeve.axis_lps))
    return rod(
        x,
        y,
        z,
        axis=(float(a), float(b), float(c)),
        low_mm=sleeve.low_mm,
        high_mm=sleeve.top_mm,
        radius_mm=sleeve.outer_diameter_mm / 2 + TUBE_MORE_MM * (plan.seat.step_mm / FINE_STEP_MM) ** 2,
    )


def round_hollows(ground: Ground, plan: GuidePlan, sleeves: Sequence[Sleeve]) -> Iterator[FieldArray]:
    """What channels and windows take of the body, a little narrower: their edges are rounded with all others, and the exact
    tools then cut their walls."""
    for s in sleeves:
        yield hollow(ground, plan, s.entry_lps_mm, s.axis_lps, s.diameter_mm / 2 - NARROWER_MM, high_mm=OVER_MM)
    for window in plan.windows:
        radius = window.diameter_mm / 2 - NARROWER_MM
        yield hollow(ground, plan, window.centre_lps_mm, window.axis_lps, radius, high_mm=through_mm(plan))


def hollow(
    ground: Ground,
    plan: GuidePlan,
    at: Triple,
    axis: Triple,
    radius_mm: float,
    *,
    low_mm: float = -BENEATH_MM,
    high_mm: float,
) -> FieldArray:
    """A round hollow along an axis, between two places along it."""
    x, y, z = relative(ground, plan, np.array(at))
    a, b, c = (float(v) for v in plan.seat.turned(np.array(axis)))
    return rod(x, y, z, axis=(a, b, c), low_mm=low_mm, high_mm=high_mm, radius_mm=radius_mm)


def through_mm(plan: GuidePlan) -> float:
    """How far above the bone a window is cut: through the base and through nothing that stands on it."""
    return max([plan.contact_offset_mm, *(r.offset_mm for r in plan.reliefs)]) + plan.base_thickness_mm + WINDOW_OVER_MM


def _closed_border(values: FieldArray) -> FieldArray:
    """The field with a positive border, so that its surface closes inside the lattice."""
    for axis in range(3):
        face = np.moveaxis(values, axis, 0)
        face[0] = np.maximum(face[0], 0.5)
        face[-1] = np.maximum(face[-1], 0.5)
    return values


def round_tools(plan: GuidePlan, sleeves: Sequence[Sleeve]) -> list[Any]:
    """The channels, windows and letters that are cut out of the body."""
    found = [_channel(s.entry_lps_mm, s.axis_lps, s.diameter_mm, high_mm=OVER_MM) for s in sleeves]
    found += [_channel(w.centre_lps_mm, w.axis_lps, w.diameter_mm, high_mm=through_mm(plan)) for w in plan.windows]
    return [*found, *(letters_tool(text) for text in plan.texts)]


def _channel(at: Any, axis: Any, diameter_mm: float, *, high_mm: float) -> Any:
    """A round channel from the bone's side to `high_mm` above a place on it."""
    out = np.array(axis)
    start = np.array(at) - BENEATH_MM * out
    return cylinder(start_lps_mm=start, axis_lps=out, length_mm=BENEATH_MM + high_mm, diameter_mm=diameter_mm)
