"""Tabs as a field: rounded slabs that follow the outer face at the height of the gap."""

from __future__ import annotations

import numpy as np

from anatofit.devices.cranial_plate.layout import TAB_ROOT_MM, CranialPlatePlan, Tab
from anatofit.geometry.affine import index_of, turned
from anatofit.geometry.field import BoolArray, FieldArray
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid

FAR_MM = 10.0  # stands for "not near a tab"
SAME_FACE = 0.3  # cosine between a tab's normal and the outer face's: a tab lies on one face, not on what is behind it
ROOT_DEPTH_MM = 1.5  # how deep a tab's root reaches below the outer face: half of the thinnest body
# Inside the rim, up to which a tab keeps its full height, or farther: the gap and what is rounded off the body's edge lie there, and a
# rim that runs askew takes twice as much again. The ramp keeps 2.5 mm.
NECK_MM, LONGEST_NECK_MM = 1.0, TAB_ROOT_MM - 2.5
SUNK_MM = 0.8  # below the outer face, where a ramp ends: more than a fillet swells where two faces lie together
OVER_GAP_MM = 3.0  # beyond the rim, where the tab may still reach down; bone and clearance are cut out afterwards
AROUND_MM = 2.5  # beyond the slab, where its field is still exact


def tabs_field(outer: FieldArray, grid: Grid, plan: CranialPlatePlan, *, low_mm: float) -> FieldArray | None:
    """Distance from the tabs in mm, negative inside, their underside `low_mm` above the outer face; None without tabs."""
    if not plan.tabs:
        return None
    result = np.full(grid.shape_kji, FAR_MM, dtype=np.float32)
    for tab in plan.tabs:
        box = _box_around(grid, np.array(tab.centre_lps_mm), tab.length_mm)
        result[box] = np.minimum(result[box], _in_box(outer[box], box, grid, tab, low_mm, plan))
    return result


def _in_box(
    outer: FieldArray, box: tuple[slice, slice, slice], grid: Grid, tab: Tab, low_mm: float, plan: CranialPlatePlan
) -> FieldArray:
    near = (
        (outer > -ROOT_DEPTH_MM - AROUND_MM)
        & (outer < low_mm + tab.thickness_mm + AROUND_MM)
        & _faces(outer, grid, tab)
    )
    corner = np.array([s.start for s in box])[:, None]
    k, j, i = np.nonzero(near) + corner
    points = turned(grid.direction_lps * grid.spacing_ijk_mm, (i, j, k), grid.origin_lps_mm)
    values = np.full(outer.shape, FAR_MM, dtype=np.float32)
    values[near] = _tab(points, outer[near].astype(np.float64), tab, low_mm, plan)
    return _one_piece(values, index_of(grid, np.array(tab.centre_lps_mm)[None])[0, ::-1] - corner[:, 0])


def _faces(outer: FieldArray, grid: Grid, tab: Tab) -> BoolArray:
    """Nodes whose nearest outer face looks the way the tab looks."""
    k, j, i = np.gradient(outer, float(grid.spacing_ijk_mm[0]))
    wanted = grid.direction_lps.T @ np.array(tab.normal_lps)
    along = i * wanted[0] + j * wanted[1] + k * wanted[2]
    return np.asarray(along > SAME_FACE * np.sqrt(i * i + j * j + k * k))


def _one_piece(values: FieldArray, centre_kji: FloatArray) -> FieldArray:
    """The connected piece of a tab nearest to its middle; others lie on faces behind."""
    from scipy.ndimage import label

    pieces, count = label(values < 0)
    if count < 2:
        return values
    at = np.argwhere(pieces > 0)
    nearest = at[int(np.argmin(((at - centre_kji) ** 2).sum(axis=1)))]
    other = (pieces > 0) & (pieces != pieces[tuple(nearest)])
    return np.asarray(np.where(other, FAR_MM, values), dtype=np.float32)


def _box_around(grid: Grid, centre_lps_mm: FloatArray, reach_mm: float) -> tuple[slice, slice, slice]:
    middle = index_of(grid, centre_lps_mm[None])[0, ::-1]
    reach = reach_mm / float(grid.spacing_ijk_mm[0])
    low = np.clip(np.floor(middle - reach), 0, None).astype(int)
    high = np.clip(np.ceil(middle + reach) + 1, 1, grid.shape_kji).astype(int)
    k, j, i = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return k, j, i


def _tab(points: FloatArray, height: FloatArray, tab: Tab, low_mm: float, plan: CranialPlatePlan) -> FloatArray:
    radius_mm, neck_mm = plan.edge_radius_mm, min(max(NECK_MM, plan.gap_mm + 3 * plan.body_radius_mm), LONGEST_NECK_MM)
    centre, outward, normal = (np.array(v) for v in (tab.centre_lps_mm, tab.outward_lps, tab.normal_lps))
    rest = points - centre
    along, across = rest @ outward, rest @ np.cross(normal, outward)
    beyond = np.maximum(np.abs(along) - (tab.length_mm - tab.width_mm) / 2, 0)
    plan_form = np.hypot(beyond, across) - tab.width_mm / 2
    slab = np.abs(height - low_mm - tab.thickness_mm / 2) - tab.thickness_mm / 2
    # Above the body itself the slab reaches down into it and ramps to its face: solid at the neck, no step inside.
    inside = along + tab.length_mm / 2
    top = low_mm + tab.thickness_mm
    ramp = top - (top + SUNK_MM) * np.clip(1 - inside / (TAB_ROOT_MM - neck_mm), 0, 1)
    root = np.maximum(height - ramp, -ROOT_DEPTH_MM - height)
    slab = np.where(
        inside < TAB_ROOT_MM, root, np.where(inside < TAB_ROOT_MM + OVER_GAP_MM, np.minimum(slab, root), slab)
    )
    a, b = plan_form + radius_mm, slab + radius_mm
    shape = np.minimum(np.maximum(a, b), 0) + np.hypot(np.maximum(a, 0), np.maximum(b, 0)) - radius_mm
    return np.asarray(shape)
