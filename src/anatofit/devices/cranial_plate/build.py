"""From an anatomy and a plan to the plate: fields for the body, booleans for what is cut out of it. Pure and deterministic."""

from __future__ import annotations

from typing import Any

import numpy as np

from anatofit.devices.cranial_plate.ears import tabs_field
from anatofit.devices.cranial_plate.engrave import uneven_mm
from anatofit.devices.cranial_plate.front import backed, eased, front_of, shallow
from anatofit.devices.cranial_plate.layout import CranialPlatePlan
from anatofit.devices.cranial_plate.shell import body_of, creases, shell_of
from anatofit.devices.cranial_plate.site import MARGIN_MM, NO_BODY
from anatofit.errors import DefectError, NothingLeftError, Reason
from anatofit.geometry.boolean import difference, largest
from anatofit.geometry.bridge import cylinder, mesh_of, mesh_of_field, raised, solid_of
from anatofit.geometry.canonical import canonical
from anatofit.geometry.field import (
    BoolArray,
    FieldArray,
    coarse_of,
    occupancy,
    points_of,
    refine,
    signed_field,
    smooth_union,
)
from anatofit.geometry.morph import opened, thin, without_cusps
from anatofit.geometry.relief import surface_offset
from anatofit.geometry.text import block_outline
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.part import Part

GAP_ALLOWANCE_MM = 0.03  # added to the gap: what sampling may take away again
CHORD_ALLOWED_MM = 0.02  # of the clearance may be lost to facets around sharp bone; the requirement allows 0.05
SIMPLIFY_MM = (
    0.00005  # closes up float32 slivers; a surface moved by more could fold deeper than a checker calls rounding
)
TAB_EDGE_MM = 0.45  # radius where bone cuts into a tab: nothing under 0.9 mm is left, and a 1.2 mm tab keeps its core
CORE_STEPS = 1.25  # of the lattice: a sheet so thick holds nodes wherever it lies
# bone that reaches so far into a tab cuts an edge; less only touches its underside, which follows the bone
CUT_MM = 0.1
FILLET_MM = 1.6  # between tab and body
TAB_LIFT_MM = 0.01  # above the gap, so that a tab's underside is its own and not the host's copy
FAR_MM = 10.0  # stands for "not near a tab"
OVER_MM = 3.0  # how far cutting tools stand out of the body
TEXT_BEYOND_MM = 1.0  # past the unevenness that the plan allows, which a coarser grid has measured
TEXT_EDGE_MM = 0.5  # of the text's triangles, so that its floor follows the inner face


def build_plate(anatomy: Anatomy, plan: CranialPlatePlan) -> tuple[Part, ...]:
    """The one part "plate": a closed body in one piece, its coordinates exact in float32. Raises DefectError if nothing is left."""
    try:
        return (_built(anatomy, plan),)
    except NothingLeftError as empty:
        raise DefectError(
            [Reason("no-body", NO_BODY), *(Reason("no-body", r.message) for r in empty.reasons)]
        ) from empty


def _built(anatomy: Anatomy, plan: CranialPlatePlan) -> Part:
    grid = plan.lattice.grid()
    values = rounded_body(anatomy, plan, grid)
    solid, dropped = largest(solid_of(mesh_of_field(values, grid)))
    tools = [_drill(p.centre_lps_mm, p.axis_lps, p.diameter_mm, plan) for p in plan.perforations]
    tools += [*_screw_tools(plan), *_text_tools(plan, values, grid)]
    solid = difference(solid, tools, what="holes and engraving")
    solid, crumbs = largest(solid.simplify(SIMPLIFY_MM))
    mesh = canonical(mesh_of(solid))
    metadata = {"device": plan.device, "case": plan.case, "dropped_mm3": f"{dropped + crumbs:.3f}"}
    return Part("plate", mesh, metadata)


def rounded_body(anatomy: Anatomy, plan: CranialPlatePlan, grid: Grid) -> FieldArray:
    """Body and tabs as one field: clear of the host all the way out, edges rounded."""
    coarse = coarse_of(grid)
    deepest = plan.thickness_max_mm if plan.thickness_mode == "host" else plan.thickness_mm
    tab = plan.tabs[0] if plan.tabs else None
    above, reach = (tab.thickness_mm + plan.gap_mm, tab.length_mm) if tab else (0.0, MARGIN_MM)
    shell = shell_of(anatomy, coarse, depth_mm=deepest, above_mm=above, reach_mm=reach, gap_mm=_gap_mm(plan))
    outer, missing, beneath = (refine(f, grid.shape_kji) for f in (shell.outer, shell.missing, shell.beneath))
    most = refine(shell.most, grid.shape_kji)
    body = body_of(outer, missing, beneath, mode=plan.thickness_mode, least_mm=plan.thickness_mm, most_mm=most)
    front = front_of(outer, beneath)
    body = backed(body, front, least_mm=plan.thickness_mm, step_mm=plan.lattice.step_mm)
    body = shallow(body, front, deepest_mm=deepest, step_mm=plan.lattice.step_mm)
    body = eased(body, outer, front, grid, least_mm=plan.thickness_mm)
    tabs = tabs_field(outer, grid, plan, low_mm=_gap_mm(plan) + TAB_LIFT_MM)
    wanted = body if tabs is None else np.minimum(body, tabs)
    blocked = _blocked(anatomy, grid, wanted < 1.0, plan)
    side = np.maximum(beneath, blocked)
    edge = (np.abs(side) < plan.lattice.step_mm) & (body < plan.lattice.step_mm)
    body = _closed_border(np.maximum(body, blocked))
    edge |= thin(body, grid, radius_mm=plan.body_radius_mm)
    places = np.concatenate([points_of(grid, edge), creases(shell)])
    body = opened(body, grid, radius_mm=plan.body_radius_mm, edges_lps_mm=places, one_piece=True)
    if tabs is None:
        return without_cusps(body)
    whole = _closed_border(np.maximum(smooth_union(body, tabs, radius_mm=FILLET_MM), blocked))
    cut = (np.abs(blocked) < plan.lattice.step_mm) & (whole < plan.lattice.step_mm) & (tabs < FILLET_MM)
    cut &= blocked > tabs + CUT_MM
    whole = opened(whole, grid, radius_mm=_tab_edge_mm(plan), edges_lps_mm=points_of(grid, cut))
    return without_cusps(whole)


def _tab_edge_mm(plan: CranialPlatePlan) -> float:
    """The radius of a tab's cut edges, so that the core of the tab is thick enough for the lattice to draw: else it is torn."""
    return min(TAB_EDGE_MM, (plan.tabs[0].thickness_mm - CORE_STEPS * plan.lattice.step_mm) / 2)


def _gap_mm(plan: CranialPlatePlan) -> float:
    """The gap, and what a facet of one step cuts off a rounding of the gap's radius around a sharp edge of bone."""
    chord = plan.lattice.step_mm**2 / (4 * plan.gap_mm)
    return plan.gap_mm + max(GAP_ALLOWANCE_MM, chord - CHORD_ALLOWED_MM)


def _blocked(anatomy: Anatomy, grid: Grid, wanted: BoolArray, plan: CranialPlatePlan) -> FieldArray:
    """Positive where the host, grown by the gap, stands in the way of a point here or anywhere further along the way out."""
    gap = _gap_mm(plan)
    step = plan.lattice.step_mm
    region = _upwards(wanted)
    host = signed_field(anatomy.surfaces["host"], grid, band_mm=gap + 3 * step, region=region)
    clear = np.minimum.accumulate(host[::-1], axis=0)[::-1]
    overhang = _beside_overhang(anatomy, grid, plan)
    return np.asarray(gap - np.minimum(clear, overhang[None]), dtype=np.float32)


def _upwards(wanted: BoolArray) -> BoolArray:
    """All nodes that lie on the way out of what is wanted, and two steps around."""
    from scipy.ndimage import binary_dilation

    return np.asarray(np.logical_or.accumulate(binary_dilation(wanted, iterations=2), axis=0))


def _beside_overhang(anatomy: Anatomy, grid: Grid, plan: CranialPlatePlan) -> FieldArray:
    """Distance in mm, sideways, of each column from those over which the host stands above the grid, on the way out."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    top = occupancy(anatomy.surfaces["host"], grid).top_k
    last, step = grid.shape_kji[0] - 1, plan.lattice.step_mm
    above = (top > last) & (top < last + plan.insertion_length_mm / step)
    if not above.any():
        return np.full(above.shape, FAR_MM, dtype=np.float32)
    signed = (distance_transform_edt(~above) - distance_transform_edt(above)) * step
    return np.asarray(gaussian_filter(signed, 1.0) - step, dtype=np.float32)


def _closed_border(values: FieldArray) -> FieldArray:
    """The field with a positive border, so that its surface closes inside the grid."""
    for axis in range(3):
        face = np.moveaxis(values, axis, 0)
        face[0] = np.maximum(face[0], 0.5)
        face[-1] = np.maximum(face[-1], 0.5)
    return values


def _drill(centre: Any, axis: Any, diameter_mm: float, plan: CranialPlatePlan) -> Any:
    """A cylinder through the whole body along a hole's axis."""
    out = np.array(axis)
    deepest = max(plan.thickness_max_mm, plan.thickness_mm) + OVER_MM
    above = OVER_MM + (plan.tabs[0].thickness_mm + plan.gap_mm if plan.tabs else 0.0)
    return cylinder(
        start_lps_mm=np.array(centre) - deepest * out, axis_lps=out, length_mm=deepest + above, diameter_mm=diameter_mm
    )


def _screw_tools(plan: CranialPlatePlan) -> list[Any]:
    tools = []
    for screw in plan.screws:
        tools.append(_drill(screw.centre_lps_mm, screw.axis_lps, screw.diameter_mm, plan))
        if screw.recess_depth_mm > 0:
            out, centre = np.array(screw.axis_lps), np.array(screw.centre_lps_mm)
            tools.append(
                cylinder(
                    start_lps_mm=centre - screw.recess_depth_mm * out,
                    axis_lps=out,
                    length_mm=screw.recess_depth_mm + 1.0,
                    diameter_mm=screw.diameter_mm,
                    end_diameter_mm=screw.recess_diameter_mm + 2.0,
                )
            )
    return tools


def _text_tools(plan: CranialPlatePlan, values: FieldArray, grid: Grid) -> list[Any]:
    """The text as a solid whose floor lies the depth below the inner face, everywhere."""
    text = plan.text
    if text is None:
        return []
    origin, right, up = (np.array(v) for v in (text.origin_lps_mm, text.right_lps, text.up_lps))
    outward = np.cross(up, right)
    reach = uneven_mm(np.array([text.width_mm, text.block_height_mm])) + TEXT_BEYOND_MM

    # x right, y up, z towards the reader, who is inside the skull: right-handed, so the solid is not turned inside out.
    def place(points: FloatArray) -> FloatArray:
        flat = origin + np.outer(points[:, 0], right) + np.outer(points[:, 1], up)
        offset = surface_offset(values, grid, flat, outward, reach_mm=reach, step_mm=0.25)
        return np.asarray(flat + (np.nan_to_num(offset, nan=0.0) - points[:, 2])[:, None] * outward)

    outline = block_outline(text.lines, height_mm=text.height_mm)
    return [raised(outline, low_mm=-text.depth_mm, high_mm=1.0, edge_mm=TEXT_EDGE_MM, place=place)]
