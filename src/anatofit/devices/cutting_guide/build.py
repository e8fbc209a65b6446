"""From a plan to the printed body of a cutting guide.

The base is a shell between the bone grown by the contact offset and by the offset and thickness together, over ground that can
be stood on; blocks and sleeves join it with fillets; whatever the bone, grown by the offset, would meet on the way out is taken
away, so that the guide leaves its seat as it came. Edges are rounded as fields; slots, channels, windows and letters are cut as
exact solids, so that their planes and axes are those of the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from anatofit.devices.cutting_guide.footprint import border_of
from anatofit.devices.cutting_guide.layout import CuttingGuidePlan, Slot
from anatofit.devices.guide.layout import Sleeve, Triple
from anatofit.devices.guide.letters import letters_tool
from anatofit.geometry.boolean import difference, largest
from anatofit.geometry.bridge import block, cylinder, mesh_of, mesh_of_field, solid_of
from anatofit.geometry.canonical import canonical
from anatofit.geometry.field import FieldArray, points_of, smooth_union
from anatofit.geometry.ground import Ground, ground_of, tread
from anatofit.geometry.morph import opened, sharp, thin, without_cusps
from anatofit.geometry.solids import rod, rounded_box
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.part import Part

PART = "guide"
SIMPLIFY_MM = 0.00005  # closes up float32 slivers; more could fold a surface deeper than a checker calls rounding
BLOCK_RADIUS_MM = 1.0  # of the blocks' edges, unless the plan's own radius is larger
SHARP_DEG = 30.0  # beyond the steps of a lattice on a curved face; an edge of 90° is drawn as two of 45°
BORDER_STEPS = 1.5  # of the lattice, standard deviation
EVEN_STEPS = 0.7  # of the lattice, standard deviation: a face that curves with 2 mm moves by 0.02 mm
RAMP_MM = 3.0  # over which the offset grows towards a relieved region
OVER_MM = 60.0  # how far cutting tools reach beyond what they cut: through any guide
BENEATH_MM = 12.0  # a channel is cut from so far beneath its entry: more than a base dips within its own width
WINDOW_OVER_MM = 3.0  # a window is cut so far beyond the base, and through nothing that stands on it
NARROWER_MM = 0.1  # on each side: the exact tool then cuts all of a wall, and no two faces coincide
OPEN_MM = 60.0  # an open end, and the free side of a one-sided slot, are cut so far


def build_guide(anatomy: Anatomy, plan: CuttingGuidePlan) -> tuple[Part, ...]:
    """The one part "guide": closed, in one piece, its coordinates exact in float32."""
    low = np.array(plan.seat.low_mm)
    deepest = max([plan.contact_offset_mm, *(r.offset_mm for r in plan.reliefs)])
    band = deepest + plan.base_thickness_mm + plan.fillet_mm + 2 * plan.seat.step_mm
    ground = ground_of(anatomy.surfaces["host"], plan.seat.grid(), low_mm=low, band_mm=band)
    values = rounded_body(ground, plan)
    solid, dropped = largest(solid_of(mesh_of_field(values, ground.grid)))
    solid = difference(solid, tools(plan), what="slots, channels and letters")
    solid, crumbs = largest(solid.simplify(SIMPLIFY_MM))
    metadata = {"device": plan.device, "case": plan.case, "dropped_mm3": f"{dropped + crumbs:.3f}"}
    return (Part(PART, canonical(mesh_of(solid)), metadata),)


def rounded_body(ground: Ground, plan: CuttingGuidePlan) -> FieldArray:
    """Base, blocks and sleeves as one field, clear of the bone all the way out, edges rounded."""
    offset = offset_mm(ground, plan)
    body = base_of(ground, plan, offset)
    for part in [
        *(block_of(ground, slot, plan) for slot in plan.slots),
        *(tube_of(ground, pin, plan) for pin in plan.pins),
    ]:
        body = smooth_union(body, part, radius_mm=plan.fillet_mm)
    body = np.maximum(body, ground.blocked(offset))
    for hollow in hollows(ground, plan):
        body = np.maximum(body, -hollow)
    body = _closed_border(body)
    edges = np.concatenate(
        [
            points_of(ground.grid, thin(body, ground.grid, radius_mm=plan.edge_radius_mm)),
            sharp(body, ground.grid, least_deg=SHARP_DEG),
        ]
    )
    body = opened(body, ground.grid, radius_mm=plan.edge_radius_mm, edges_lps_mm=edges, one_piece=True)
    return _evened(without_cusps(body), ground, offset)


def _evened(body: FieldArray, ground: Ground, offset: FieldArray) -> FieldArray:
    """The body without folds of a lattice step on its outside, as stand where two creases meet; the face to the bone stays."""
    from scipy.ndimage import gaussian_filter

    share = np.clip(ground.surface - offset - 1.0, 0.0, 1.0)
    return np.asarray(body + share * (gaussian_filter(body, EVEN_STEPS) - body), dtype=np.float32)


def offset_mm(ground: Ground, plan: CuttingGuidePlan) -> FieldArray:
    """How far the base stands from the bone at each node: as planned, more where the plan relieves it."""
    offset = np.full(ground.surface.shape, plan.contact_offset_mm, dtype=np.float32)
    for relief in plan.reliefs:
        x, y, z = _relative(ground, plan, np.array(relief.point_lps_mm))
        inside = np.clip((relief.radius_mm + RAMP_MM - np.sqrt(x * x + y * y + z * z)) / RAMP_MM, 0.0, 1.0)
        more = (relief.offset_mm - plan.contact_offset_mm) * inside * inside * (3 - 2 * inside)
        offset = np.maximum(offset, (plan.contact_offset_mm + more).astype(np.float32))
    return offset


def base_of(ground: Ground, plan: CuttingGuidePlan, offset: FieldArray) -> FieldArray:
    """A shell over the footprint, whose sides stand upright on the bone.

    In a hollow of the bone the nearest point leaps from one flank to the other, and with it the border: it is evened out, or the
    leap would stand in the body as a fold.
    """
    from scipy.ndimage import gaussian_filter

    foot_x, foot_y = ground.feet_mm()
    stands = tread(ground.height_mm, step_mm=plan.seat.step_mm, steepest_deg=plan.steepest_deg)
    border = np.maximum(border_of(plan.pads, plan.bridges, foot_x, foot_y), _looked_up(stands, ground, foot_x, foot_y))
    border = gaussian_filter(border, BORDER_STEPS)
    return np.asarray(np.maximum(ground.surface - offset - np.float32(plan.base_thickness_mm), border))


def _looked_up(plane: FieldArray, ground: Ground, x: FloatArray, y: FloatArray) -> FieldArray:
    """A field of the plane at places x, y (nk, nj, ni) in mm, linear between columns."""
    from scipy.ndimage import map_coordinates

    step = ground.grid.spacing_ijk_mm
    at = [(y - ground.low_mm[1]) / step[1], (x - ground.low_mm[0]) / step[0]]
    return np.asarray(map_coordinates(plane, at, order=1, mode="nearest", output=np.float32))


def _relative(
    ground: Ground, plan: CuttingGuidePlan, point_lps_mm: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Coordinates of the nodes from a point, along the seat's axes."""
    x, y, z = ground.xyz_mm
    px, py, pz = plan.seat.to_seat(point_lps_mm)
    return x - px, y - py, z - pz


def block_of(ground: Ground, slot: Slot, plan: CuttingGuidePlan) -> FieldArray:
    """The block around a slot, its lower face at the lowest ground beneath it."""
    across, along, up = _along_slot(ground, slot, plan)
    middle, tall = (slot.top_mm + slot.low_mm) / 2, (slot.top_mm - slot.low_mm) / 2
    half = slot.block_half_mm
    if slot.resting:  # one wall, and as much beyond the plane as the tool then takes away to leave a flat face
        across = across - slot.resting * half[0] / 2
        half = (half[0] / 2 + slot.blade_mm, half[1])
    return rounded_box(
        across, along, up - middle, half_mm=(*half, tall), radius_mm=max(BLOCK_RADIUS_MM, plan.edge_radius_mm)
    )


def tube_of(ground: Ground, pin: Sleeve, plan: CuttingGuidePlan) -> FieldArray:
    """The tube around a channel, from within the bone."""
    x, y, z = _relative(ground, plan, np.array(pin.entry_lps_mm))
    a, b, c = plan.seat.turned(np.array(pin.axis_lps))
    return rod(
        x,
        y,
        z,
        axis=(float(a), float(b), float(c)),
        low_mm=pin.low_mm,
        high_mm=pin.top_mm,
        radius_mm=pin.outer_diameter_mm / 2,
    )


def hollows(ground: Ground, plan: CuttingGuidePlan) -> Iterator[FieldArray]:
    """What slots, channels and windows take of the body, a little narrower: their edges are rounded with all others, and the
    exact tools then cut their walls."""
    for slot in plan.slots:
        yield _slot_hollow(ground, slot, plan)
    for pin in plan.pins:
        yield _hollow(ground, plan, pin.entry_lps_mm, pin.axis_lps, pin.diameter_mm, OVER_MM)
    for window in plan.windows:
        yield _hollow(ground, plan, window.centre_lps_mm, window.axis_lps, window.diameter_mm, through_mm(plan))


def _slot_hollow(ground: Ground, slot: Slot, plan: CuttingGuidePlan) -> FieldArray:
    across, along, up = _along_slot(ground, slot, plan)
    half, long = slot.opening_mm / 2 - NARROWER_MM, slot.length_mm / 2 - NARROWER_MM
    if slot.resting:
        across, half, long = across + slot.resting * (OPEN_MM + slot.blade_mm) / 2, OPEN_MM / 2 - NARROWER_MM, OPEN_MM
    if slot.open_end:
        along, long = along - slot.open_end * OPEN_MM / 2, long + OPEN_MM / 2
    return rounded_box(across, along, up, half_mm=(half, long, 2 * OVER_MM), radius_mm=0.0)


def _hollow(
    ground: Ground, plan: CuttingGuidePlan, at: Triple, axis: Triple, diameter_mm: float, high_mm: float
) -> FieldArray:
    x, y, z = _relative(ground, plan, np.array(at))
    a, b, c = (float(v) for v in plan.seat.turned(np.array(axis)))
    radius = diameter_mm / 2 - NARROWER_MM
    return rod(x, y, z, axis=(a, b, c), low_mm=-BENEATH_MM, high_mm=high_mm, radius_mm=radius)


def through_mm(plan: CuttingGuidePlan) -> float:
    """How far above the bone a window is cut: through the base and through nothing that stands on it."""
    return max([plan.contact_offset_mm, *(r.offset_mm for r in plan.reliefs)]) + plan.base_thickness_mm + WINDOW_OVER_MM


def _along_slot(ground: Ground, slot: Slot, plan: CuttingGuidePlan) -> list[FloatArray]:
    """Coordinates of the nodes across a slot's plane, along it and along the blade."""
    x, y, z = _relative(ground, plan, np.array(slot.point_lps_mm))
    return [a * x + b * y + c * z for a, b, c in (plan.seat.turned(axis) for axis in slot.frame.T)]


def _closed_border(values: FieldArray) -> FieldArray:
    """The field with a positive border, so that its surface closes inside the lattice."""
    for axis in range(3):
        face = np.moveaxis(values, axis, 0)
        face[0] = np.maximum(face[0], 0.5)
        face[-1] = np.maximum(face[-1], 0.5)
    return values


def tools(plan: CuttingGuidePlan) -> list[Any]:
    """Every solid that is cut out of the body."""
    found = [tool for slot in plan.slots for tool in slot_tools(slot)]
    found += [_channel(p.entry_lps_mm, p.axis_lps, p.diameter_mm, high_mm=OVER_MM) for p in plan.pins]
    found += [_channel(w.centre_lps_mm, w.axis_lps, w.diameter_mm, high_mm=through_mm(plan)) for w in plan.windows]
    return [*found, *(letters_tool(text) for text in plan.texts)]


def _channel(at: Any, axis: Any, diameter_mm: float, *, high_mm: float) -> Any:
    """A round channel from the bone's side to `high_mm` above a place on it."""
    out = np.array(axis)
    start = np.array(at) - BENEATH_MM * out
    return cylinder(start_lps_mm=start, axis_lps=out, length_mm=BENEATH_MM + high_mm, diameter_mm=diameter_mm)


def slot_tools(slot: Slot) -> list[Any]:
    """The channel of a blade, from beneath the guide to above it, and its mouth."""
    place = np.column_stack([slot.frame, np.array(slot.point_lps_mm)])
    half, long, low = slot.opening_mm / 2, slot.length_mm / 2, slot.low_mm - OVER_MM
    if slot.resting:
        free = _moved(place, -slot.resting * (OPEN_MM / 2 - slot.blade_mm / 2), 0.0)
        return [_straight(free, (OPEN_MM / 2, OPEN_MM), low, slot.top_mm + OVER_MM)]
    if slot.open_end:
        place, long = _moved(place, 0.0, slot.open_end * OPEN_MM / 2), long + OPEN_MM / 2
    channel = _straight(place, (half, long), low, slot.top_mm + OVER_MM)
    if slot.lead_in_mm <= 0.0:
        return [channel]
    lead = slot.lead_in_mm
    mouth = block(
        place,
        low_half_mm=(half, long),
        high_half_mm=(half + 2 * lead, long + 2 * lead),
        low_mm=slot.top_mm - lead,
        high_mm=slot.top_mm + lead,
    )
    return [channel, mouth]


def _moved(place: FloatArray, across_mm: float, along_mm: float) -> FloatArray:
    moved = place.copy()
    moved[:, 3] += across_mm * place[:, 0] + along_mm * place[:, 1]
    return moved


def _straight(place: FloatArray, half: tuple[float, float], low: float, high: float) -> Any:
    return block(place, low_half_mm=half, high_half_mm=half, low_mm=low, high_mm=high)
