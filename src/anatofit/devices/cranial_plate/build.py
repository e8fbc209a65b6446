"""From an anatomy and a plan to the plate: fields for the body, booleans for what is cut out of it. Pure and deterministic."""

from __future__ import annotations

from typing import Any

import numpy as np

from anatofit.devices.cranial_plate.engrave import surface_offset
from anatofit.devices.cranial_plate.layout import CranialPlatePlan, Tab
from anatofit.devices.cranial_plate.shell import body_of, shell_of
from anatofit.devices.cranial_plate.site import MARGIN_MM
from anatofit.geometry.affine import index_of, turned
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
from anatofit.geometry.morph import opened
from anatofit.geometry.text import block_outline
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.part import Part

GAP_ALLOWANCE_MM = 0.03  # added to the gap: what the grid's chords and the final simplification may take away again
SIMPLIFY_MM = 0.012  # how far the surface may move when triangles are saved; a tenth of a printer's layer
FILLET_MM = 1.6  # between tab and body
TAB_NEAR_MM = 8.0  # along its normal; a tab is part of one face, not of what lies behind it
FAR_MM = 10.0  # stands for "not near a tab"
OVER_MM = 3.0  # how far cutting tools stand out of the body
TEXT_EDGE_MM = 0.5  # of the text's triangles, so that its floor follows the inner face


def build_plate(anatomy: Anatomy, plan: CranialPlatePlan) -> tuple[Part, ...]:
    """The one part "plate": a closed body in one piece, its coordinates exact in float32."""
    grid = plan.lattice.grid()
    values = rounded_body(anatomy, plan, grid)
    solid, dropped = largest(solid_of(mesh_of_field(values, grid)))
    tools = [_drill(p.centre_lps_mm, p.axis_lps, p.diameter_mm, plan) for p in plan.perforations]
    tools += [*_screw_tools(plan), *_text_tools(plan, values, grid)]
    solid = difference(solid.simplify(SIMPLIFY_MM), tools, what="holes and engraving")
    solid, crumbs = largest(solid.simplify(SIMPLIFY_MM))
    mesh = canonical(mesh_of(solid))
    metadata = {"device": plan.device, "case": plan.case, "dropped_mm3": f"{dropped + crumbs:.3f}"}
    return (Part("plate", mesh, metadata),)


def rounded_body(anatomy: Anatomy, plan: CranialPlatePlan, grid: Grid) -> FieldArray:
    """Body and tabs as one field: clear of the host all the way out, edges rounded."""
    coarse = coarse_of(grid)
    deepest = plan.thickness_max_mm if plan.thickness_mode == "host" else plan.thickness_mm
    tab = plan.tabs[0] if plan.tabs else None
    above, reach = (tab.thickness_mm + plan.gap_mm, tab.length_mm) if tab else (0.0, MARGIN_MM)
    shell = shell_of(anatomy, coarse, depth_mm=deepest, above_mm=above, reach_mm=reach)
    outer, missing, beneath = (refine(f, grid.shape_kji) for f in (shell.outer, shell.missing, shell.beneath))
    body = body_of(outer, missing, beneath, mode=plan.thickness_mode, least_mm=plan.thickness_mm, most_mm=deepest)
    tabs = _tabs_field(outer, grid, plan)
    wanted = body if tabs is None else np.minimum(body, tabs)
    blocked = _blocked(anatomy, grid, outer, wanted < 1.0, plan, deepest)
    side = np.maximum(beneath, blocked)
    edge = (np.abs(side) < plan.lattice.step_mm) & (body < plan.lattice.step_mm)
    body = opened(
        _closed_border(np.maximum(body, blocked)),
        grid,
        radius_mm=plan.edge_radius_mm,
        edges_lps_mm=points_of(grid, edge),
    )
    if tabs is None:
        return body
    return _closed_border(np.maximum(smooth_union(body, tabs, radius_mm=FILLET_MM), blocked))


def _blocked(
    anatomy: Anatomy, grid: Grid, outer: FieldArray, wanted: BoolArray, plan: CranialPlatePlan, deepest_mm: float
) -> FieldArray:
    """Positive where the host, grown by the gap, stands in the way of a point here or anywhere further along the way out."""
    from scipy.ndimage import binary_dilation

    gap = plan.gap_mm + GAP_ALLOWANCE_MM
    step = plan.lattice.step_mm
    columns = binary_dilation(wanted.any(axis=0), iterations=2)
    region = columns[None] & (outer > -(deepest_mm + 1.0))
    host = signed_field(anatomy.surfaces["host"], grid, band_mm=gap + 3 * step, region=region)
    clear = np.minimum.accumulate(host[::-1], axis=0)[::-1]
    above = _host_above(anatomy, grid, plan, gap)
    return np.asarray(np.where(above[None], gap, gap - clear), dtype=np.float32)


def _host_above(anatomy: Anatomy, grid: Grid, plan: CranialPlatePlan, gap_mm: float) -> BoolArray:
    """Columns over which the host stands above the grid, within the length of the way out."""
    from scipy.ndimage import binary_dilation

    top = occupancy(anatomy.surfaces["host"], grid).top_k
    last, step = grid.shape_kji[0] - 1, plan.lattice.step_mm
    above = (top > last) & (top < last + plan.insertion_length_mm / step)
    return np.asarray(binary_dilation(above, iterations=int(np.ceil(gap_mm / step))) if above.any() else above)


def _tabs_field(outer: FieldArray, grid: Grid, plan: CranialPlatePlan) -> FieldArray | None:
    """Rounded slabs that lie the gap above the outer face; None without tabs."""
    if not plan.tabs:
        return None
    low = plan.gap_mm + GAP_ALLOWANCE_MM + 0.01
    result = np.full(grid.shape_kji, FAR_MM, dtype=np.float32)
    for tab in plan.tabs:
        box = _box_around(grid, np.array(tab.centre_lps_mm), tab.length_mm)
        part = result[box]
        near = (outer[box] > -2.5) & (outer[box] < low + tab.thickness_mm + 2.5)
        corner = np.array([s.start for s in box])[:, None]
        k, j, i = np.nonzero(near) + corner
        points = turned(grid.direction_lps * grid.spacing_ijk_mm, (i, j, k), grid.origin_lps_mm)
        part[near] = np.minimum(
            part[near], _tab(points, outer[box][near].astype(np.float64), tab, low, plan.edge_radius_mm)
        )
    return result


def _box_around(grid: Grid, centre_lps_mm: FloatArray, reach_mm: float) -> tuple[slice, slice, slice]:
    middle = index_of(grid, centre_lps_mm[None])[0, ::-1]
    reach = reach_mm / float(grid.spacing_ijk_mm[0])
    low = np.clip(np.floor(middle - reach), 0, None).astype(int)
    high = np.clip(np.ceil(middle + reach) + 1, 1, grid.shape_kji).astype(int)
    k, j, i = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return k, j, i


def _tab(points: FloatArray, height: FloatArray, tab: Tab, low_mm: float, radius_mm: float) -> FloatArray:
    centre, outward, normal = (np.array(v) for v in (tab.centre_lps_mm, tab.outward_lps, tab.normal_lps))
    rest = points - centre
    along, across = rest @ outward, rest @ np.cross(normal, outward)
    beyond = np.maximum(np.abs(along) - (tab.length_mm - tab.width_mm) / 2, 0)
    plan_form = np.hypot(beyond, across) - tab.width_mm / 2
    slab = np.abs(height - low_mm - tab.thickness_mm / 2) - tab.thickness_mm / 2
    # Above the body itself the slab reaches down to it: the root of the tab is solid.
    root = np.maximum(height - low_mm - tab.thickness_mm, -2.0 - height)
    slab = np.where(along < -tab.length_mm / 2 + tab.width_mm, np.minimum(slab, root), slab)
    a, b = plan_form + radius_mm, slab + radius_mm
    shape = np.minimum(np.maximum(a, b), 0) + np.hypot(np.maximum(a, 0), np.maximum(b, 0)) - radius_mm
    return np.asarray(np.where(np.abs(rest @ normal) < TAB_NEAR_MM, shape, FAR_MM))


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

    # x right, y up, z towards the reader, who is inside the skull: right-handed, so the solid is not turned inside out.
    def place(points: FloatArray) -> FloatArray:
        flat = origin + np.outer(points[:, 0], right) + np.outer(points[:, 1], up)
        offset = surface_offset(values, grid, flat, outward, reach_mm=2.5, step_mm=0.25)
        return np.asarray(flat + (np.nan_to_num(offset, nan=0.0) - points[:, 2])[:, None] * outward)

    outline = block_outline(text.lines, height_mm=text.height_mm)
    return [raised(outline, low_mm=-text.depth_mm, high_mm=1.0, edge_mm=TEXT_EDGE_MM, place=place)]
