"""Outer and inner table around the defect as height maps, with the mirrored side, and restored across the hole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.chart import Chart, ray_profiles, read_map
from anatofit.geometry.shell import GapRules, shell_along_rays
from anatofit.geometry.skull_rays import bone_shell, edge_profiles_along
from anatofit.model.cranium import BoneEdge
from anatofit.model.frame import FloatArray, Plane
from anatofit.model.grid import Grid
from anatofit.restore.ensemble import Weights, continuations, learn_weights
from anatofit.restore.fill import Mask, Sheet

DISTANCES_MM = np.arange(32.0, 150.0, 0.6)
THICKEST_MM = 28.0  # a deeper shell is skull base or face, not vault
FAINT_SHARE = 0.6  # thin blurred bone still counts as bone, as in locating
EDGE_MARGIN_MM = 2.5  # bone this near the hole is bevelled, remodelled or blurred and is not trusted as a table
ROUGH_MM = 1.0  # second difference of the mirrored table over one chart cell: an edge such as the orbital rim
BLEND_CELLS = 2.0
ROUGH_FROM = 0.5  # from here on the mirror body decides
FARTHEST_MM = 6.0  # the two sides of a skull differ by less, save in the very plagiocephalic
THINNEST_MM = 1.0  # no vault bone is thinner; temporal squama is 1 to 2 mm


def nearest_filled(values: FloatArray) -> FloatArray:
    """NaN cells take the value of the nearest finite one."""
    from scipy import ndimage

    index = ndimage.distance_transform_edt(~np.isfinite(values), return_distances=False, return_indices=True)
    return np.asarray(values[tuple(index)])


@dataclass(frozen=True)
class Tables:
    """Height maps on a chart, mm from its centre; NaN where a direction meets no vault bone."""

    chart: Chart
    outer_mm: FloatArray
    inner_mm: FloatArray
    mirror_outer_mm: FloatArray
    mirror_inner_mm: FloatArray
    bone: Mask
    mirror_bone: Mask


@dataclass(frozen=True)
class RestoredTables:
    """Both tables with the hole filled; `open_` marks directions that stay open, as on the other side (the orbit);
    `rough` runs from 0 (smooth vault, height maps hold) to 1 (an edge of the mirrored bone, only its body holds)."""

    outer_mm: FloatArray
    inner_mm: FloatArray
    spread_mm: FloatArray
    wanted: Mask
    open_: Mask
    rough: FloatArray
    held: Mask
    outer_weights: Weights
    thickness_weights: Weights


def read_tables(bone: BoneEdge, chart: Chart, plane: Plane) -> Tables:
    """Tables along the chart's directions and along their mirror images (the chart's centre lies on the plane)."""
    directions = chart.directions().reshape(-1, 3)
    twins = directions - 2.0 * (directions @ plane.normal_lps)[:, None] * plane.normal_lps
    here, there = (_one_side(bone, chart, d) for d in (directions, twins))
    return Tables(chart, here[0], here[1], there[0], there[1], here[2], there[2])


def _one_side(bone: BoneEdge, chart: Chart, directions: FloatArray) -> tuple[FloatArray, FloatArray, Mask]:
    shape = (chart.size, chart.size)
    shell = bone_shell(bone, chart.centre_lps_mm, directions, DISTANCES_MM)
    thin = shell.outer_mm - shell.inner_mm < THICKEST_MM
    outer = np.where(thin, shell.outer_mm, np.nan).reshape(shape)
    inner = np.where(thin, shell.inner_mm, np.nan).reshape(shape)
    coarse = edge_profiles_along(bone, chart.centre_lps_mm, directions, DISTANCES_MM[::2])
    seen = (coarse < (1.0 - FAINT_SHARE) * bone.figures["edge_median_hu"]).any(axis=1).reshape(shape)
    return outer, inner, np.asarray(seen)


def mirrored_mask(mask: Mask, chart: Chart, plane: Plane) -> Mask:
    """Cells whose twin on the other side lies in (or within a cell of) the mask."""
    directions = chart.directions()
    twins = directions - 2.0 * (directions @ plane.normal_lps)[..., None] * plane.normal_lps
    cells, _ = chart.to_cells(chart.centre_lps_mm + twins)
    inside = ((cells >= 0) & (cells <= chart.size - 1)).all(axis=-1)
    return np.asarray((read_map(mask.astype(np.float64), cells) > 1e-3) & inside)


def _grown(hole: Mask, step_mm: float) -> Mask:
    from scipy import ndimage

    return np.asarray(ndimage.binary_dilation(hole, iterations=max(1, round(EDGE_MARGIN_MM / step_mm))))


def sheets(tables: Tables, hole: Mask, plane: Plane, *, vault: Mask, smooth: Mask) -> tuple[Sheet, Sheet, Mask]:
    """Outer table and thickness as sheets with the hole wanted, and the cells that stay open.

    vault: cells where bone is wanted whatever the other side has. smooth: cells where a height map can hold.
    """
    grown = _grown(hole, tables.chart.step_mm)
    no_twin = mirrored_mask(grown, tables.chart, plane)
    mirror_outer = np.where(no_twin, np.nan, tables.mirror_outer_mm)
    mirror_thickness = np.where(no_twin, np.nan, tables.mirror_outer_mm - tables.mirror_inner_mm)
    open_ = hole & ~vault & ~np.isfinite(mirror_outer)
    wanted = grown & ~open_ & smooth
    known = np.isfinite(tables.outer_mm) & ~grown & smooth
    known &= _agrees(tables.outer_mm, mirror_outer, known)
    outer = Sheet(np.where(known, tables.outer_mm, 0.0), known, wanted, mirror_outer)
    thickness = Sheet(np.where(known, tables.outer_mm - tables.inner_mm, 0.0), known, wanted, mirror_thickness)
    return outer, thickness, open_


def _agrees(values: FloatArray, mirror: FloatArray, known: Mask) -> Mask:
    """Not next to a jump of the map (an orbital rim, an arch): there heights along neighbouring rays are not one sheet."""
    from scipy import ndimage

    filled = np.where(known, values, np.nan)
    low = ndimage.minimum_filter(np.where(np.isnan(filled), np.inf, filled), 3)
    high = ndimage.maximum_filter(np.where(np.isnan(filled), -np.inf, filled), 3)
    return np.asarray((high - low < 5.0) | ~known)


@dataclass(frozen=True)
class BodyTables:
    """Outer and inner height of the bent mirror image along the chart's directions, NaN where it has none."""

    outer_mm: FloatArray
    inner_mm: FloatArray


def body_tables(chart: Chart, grid: Grid, field: NDArray[np.float32]) -> BodyTables:
    """The tables of a body given as a field on a grid."""
    profiles = ray_profiles(grid, field, chart.centre_lps_mm, chart.directions().reshape(-1, 3), DISTANCES_MM, outside=4.0)
    shell = shell_along_rays(profiles, DISTANCES_MM, GapRules(0.0, np.inf))
    shape = (chart.size, chart.size)
    return BodyTables(shell.outer_mm.reshape(shape), shell.inner_mm.reshape(shape))


def rough_zone(tables: Tables, hole: Mask, plane: Plane, *, vault: Mask) -> FloatArray:
    """`(n, n)` from 0 to 1: where in the hole the mirrored bone has an edge, so that no height map holds."""
    no_twin = mirrored_mask(_grown(hole, tables.chart.step_mm), tables.chart, plane)
    return np.where(vault | no_twin, 0.0, _roughness(tables.mirror_outer_mm, tables.chart.step_mm))


def restore_tables(tables: Tables, hole: Mask, plane: Plane, *, vault: Mask, weights: tuple[Weights, Weights], rough: FloatArray, body: BodyTables | None) -> RestoredTables:
    """The weighted ensemble of every continuation; with how rough the mirrored table is."""
    outer, thickness, open_ = sheets(tables, hole, plane, vault=vault, smooth=rough < ROUGH_FROM)
    held = np.zeros_like(hole)
    if body is not None:
        outer, thickness, held = _held_by_body(outer, thickness, body, _grown(hole, tables.chart.step_mm) & (rough >= ROUGH_FROM))
    outer_map, outer_spread = _mix(outer, weights[0])
    thick_map, thick_spread = _mix(thickness, weights[1])
    spread = np.where(outer.wanted, np.hypot(outer_spread, 0.5 * thick_spread), 0.0)
    keep = outer.wanted
    thin = np.maximum(thick_map, THINNEST_MM)
    whole_outer = np.where(keep, outer_map, tables.outer_mm)
    whole_inner = np.where(keep, outer_map - thin, tables.inner_mm)
    if body is not None:
        rest = _grown(hole, tables.chart.step_mm) & ~keep
        whole_outer, whole_inner = np.where(rest, body.outer_mm, whole_outer), np.where(rest, body.inner_mm, whole_inner)
    wanted = keep | (_grown(hole, tables.chart.step_mm) & (rough >= ROUGH_FROM))
    return RestoredTables(whole_outer, whole_inner, spread, wanted, open_, rough, held, *weights)


def _roughness(mirror: FloatArray, step_mm: float) -> FloatArray:
    """`(n, n)` from 0 (smooth vault) to 1 (near an edge of the mirrored table)."""
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(np.nan_to_num(mirror, nan=0.0), 1.0)
    jump = np.abs(ndimage.laplace(smooth)) > ROUGH_MM * step_mm
    jump |= ~np.isfinite(mirror) & ndimage.binary_dilation(np.isfinite(mirror))
    return np.asarray(np.clip(2.0 * ndimage.gaussian_filter(ndimage.binary_dilation(jump, iterations=2).astype(float), BLEND_CELLS), 0.0, 1.0))


def _near_mirror(values: FloatArray, sheet: Sheet) -> FloatArray:
    """A continuation runs wild where little rim holds it; it may leave the mirrored height by FARTHEST_MM at most."""
    bounded = np.clip(values, sheet.mirror - FARTHEST_MM, sheet.mirror + FARTHEST_MM)
    return np.where(sheet.wanted & np.isfinite(sheet.mirror), bounded, values)


def _held_by_body(outer: Sheet, thickness: Sheet, body: BodyTables, rough: Mask) -> tuple[Sheet, Sheet, Mask]:
    """The sheets with the mirror body's heights as known values in the rough part of the hole, so that both meet there."""
    held = rough & np.isfinite(body.outer_mm) & (np.abs(body.outer_mm - outer.mirror) < FARTHEST_MM)
    thick = body.outer_mm - body.inner_mm
    held &= thick < THICKEST_MM
    return (
        Sheet(np.where(held, body.outer_mm, outer.values), outer.known | held, outer.wanted & ~held, outer.mirror),
        Sheet(np.where(held, thick, thickness.values), thickness.known | held, thickness.wanted & ~held, thickness.mirror),
        held,
    )


def _mix(sheet: Sheet, weights: Weights) -> tuple[FloatArray, FloatArray]:
    """Weighted mean and weighted spread of the members."""
    maps = np.stack([_near_mirror(filled, sheet) for filled in continuations(sheet)])
    w = np.array(weights.values)[:, None, None]
    mean = (w * maps).sum(axis=0)
    counted = np.maximum(w, 0.15)  # a member of little weight still says how sure the place is
    spread = np.sqrt((counted * (maps - mean) ** 2).sum(axis=0) / counted.sum(axis=0))
    return mean, spread


def trial_weights(tables: Tables, hole_radius_mm: float, taken: Mask, allowed: Mask, plane: Plane) -> tuple[Weights, Weights]:
    """Weights learnt on round holes of the defect's size cut elsewhere in the same vault."""
    usable = np.isfinite(tables.outer_mm) & np.isfinite(tables.mirror_outer_mm) & allowed & ~taken & ~mirrored_mask(taken, tables.chart, plane)
    holes, margins = _trial_holes(tables.chart, hole_radius_mm, usable)
    known = np.isfinite(tables.outer_mm) & allowed
    learnt = []
    for values, mirror in (
        (tables.outer_mm, tables.mirror_outer_mm),
        (tables.outer_mm - tables.inner_mm, tables.mirror_outer_mm - tables.mirror_inner_mm),
    ):
        sheet = Sheet(np.where(known, values, 0.0), known, np.zeros_like(known), np.where(usable, mirror, np.nan))
        learnt.append(learn_weights(sheet, holes, margins))
    return learnt[0], learnt[1]


def _trial_holes(chart: Chart, radius_mm: float, usable: Mask) -> tuple[list[Mask], list[Mask]]:
    """Up to eight discs of which nine tenths are usable, spread by taking each farthest from those before."""
    line = (np.arange(chart.size) - (chart.size - 1) / 2) * chart.step_mm
    x, y = np.meshgrid(line, line)
    centres = [(cx, cy) for cx in range(-80, 81, 20) for cy in range(-80, 81, 20)]
    good = []
    for cx, cy in centres:
        disc = np.hypot(x - cx, y - cy) <= radius_mm
        if usable[disc].mean() >= 0.9:
            good.append((cx, cy))
    picked: list[tuple[int, int]] = []
    while good and len(picked) < 8:
        nearest = [min([np.hypot(cx - px, cy - py) for px, py in picked], default=-np.hypot(cx, cy)) for cx, cy in good]
        picked.append(good.pop(int(np.argmax(nearest))))
    discs = [np.hypot(x - cx, y - cy) <= radius_mm for cx, cy in picked]
    wide = [np.hypot(x - cx, y - cy) <= radius_mm + EDGE_MARGIN_MM for cx, cy in picked]
    return discs, wide
