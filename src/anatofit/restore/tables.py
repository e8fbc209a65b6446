"""Outer and inner table around the defect as height maps, with the mirrored side, and restored across the hole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.chart import Chart, nearest_filled, ray_profiles, read_map
from anatofit.geometry.shell import GapRules, shell_along_rays
from anatofit.geometry.skull_rays import edge_profiles_along, shell_of_profiles
from anatofit.model.cranium import BoneEdge
from anatofit.model.frame import FloatArray, Plane
from anatofit.model.grid import Grid
from anatofit.restore.ensemble import OUTER, THICKNESS, combined
from anatofit.restore.fill import Mask, Sheet
from anatofit.restore.kriging import Sides

DISTANCES_MM = np.arange(32.0, 150.0, 0.6)
THICKEST_MM = 28.0  # a deeper shell is skull base or face, not vault
FAINT_SHARE = 0.6  # thin blurred bone still counts as bone, as in locating
EDGE_MARGIN_MM = 2.5  # bone this near the hole is bevelled, remodelled or blurred and is not trusted as a table
ROUGH_MM = 1.0  # second difference of the mirrored table over one chart cell: an edge such as the orbital rim
BLEND_CELLS = 2.0
ROUGH_FROM = 0.5  # from here on the mirror body decides
BODY_REACH_MM = 20.0  # from the held cells: as far as the bone beside an orbital rim is bent with it
SAME_TABLE_MM = 4.0  # bending moves a table by less, another surface lies farther
THINNEST_MM = 1.0  # no vault bone is thinner; temporal squama is 1 to 2 mm
UNEVEN_MM = 1.5  # thickness that differs by more from the median around it was misread: a vein's hollow taken for the brain's side
EVEN_CELLS = 9  # about a centimetre


@dataclass(frozen=True)
class Tables:
    """Height maps on a chart, mm from its centre; NaN where a direction meets no vault bone."""

    chart: Chart
    outer_mm: FloatArray
    inner_mm: FloatArray
    mirror_outer_mm: FloatArray
    mirror_inner_mm: FloatArray
    bone: Mask
    plane: Plane


@dataclass(frozen=True)
class RestoredTables:
    """Both tables with the hole filled; `open_` marks directions that stay open, as on the other side (the orbit);
    `rough` runs from 0 (smooth vault, height maps hold) to 1 (an edge of the mirrored bone, only its body holds);
    `through` marks directions through the hole, off its edge, where height maps hold: no bone of the host is in sight."""

    outer_mm: FloatArray
    inner_mm: FloatArray
    spread_mm: FloatArray
    wanted: Mask
    open_: Mask
    rough: FloatArray
    held: Mask
    through: Mask


def read_tables(bone: BoneEdge, chart: Chart, plane: Plane) -> Tables:
    """Tables along the chart's directions and along their mirror images (the chart's centre lies on the plane)."""
    directions = chart.directions().reshape(-1, 3)
    twins = plane.reflect_directions(directions)
    with ThreadPoolExecutor(2) as both:  # each side by itself: the same numbers with one thread
        here, there = both.map(lambda side: _one_side(bone, chart, side), (directions, twins))
    return Tables(chart, here[0], here[1], there[0], there[1], here[2], plane)


def _one_side(bone: BoneEdge, chart: Chart, directions: FloatArray) -> tuple[FloatArray, FloatArray, Mask]:
    shape = (chart.size, chart.size)
    profiles = edge_profiles_along(bone, chart.centre_lps_mm, directions, DISTANCES_MM)
    shell = shell_of_profiles(bone, profiles, DISTANCES_MM)
    thin = shell.outer_mm - shell.inner_mm < THICKEST_MM
    outer = np.where(thin, shell.outer_mm, np.nan).reshape(shape)
    inner = np.where(thin, shell.inner_mm, np.nan).reshape(shape)
    faint = (1.0 - FAINT_SHARE) * bone.figures["edge_median_hu"]
    seen = (profiles[:, ::2] < faint).any(axis=1).reshape(shape)
    return outer, inner, np.asarray(seen)


def mirrored_mask(mask: Mask, chart: Chart, plane: Plane) -> Mask:
    """Cells whose twin on the other side lies in (or within a cell of) the mask."""
    cells, _ = chart.to_cells(chart.centre_lps_mm + plane.reflect_directions(chart.directions()))
    inside = ((cells >= 0) & (cells <= chart.size - 1)).all(axis=-1)
    return np.asarray((read_map(mask.astype(np.float64), cells) > 1e-3) & inside)


def grown(hole: Mask, step_mm: float) -> Mask:
    from scipy import ndimage

    return np.asarray(ndimage.binary_dilation(hole, iterations=max(1, round(EDGE_MARGIN_MM / step_mm))))


def _off_edge(hole: Mask, step_mm: float) -> Mask:
    from scipy import ndimage

    return np.asarray(ndimage.binary_erosion(hole, iterations=max(1, round(EDGE_MARGIN_MM / step_mm))))


def sheets(tables: Tables, hole: Mask, no_twin: Mask, *, vault: Mask, smooth: Mask) -> tuple[Sheet, Sheet, Mask]:
    """Outer table and thickness as sheets with the hole wanted, and the cells that stay open.

    vault: cells where bone is wanted whatever the other side has. smooth: cells where a height map can hold.
    """
    wide = grown(hole, tables.chart.step_mm)
    silent = no_twin | ~smooth
    mirror_outer = np.where(silent, np.nan, tables.mirror_outer_mm)
    mirror_thickness = np.where(silent, np.nan, tables.mirror_outer_mm - tables.mirror_inner_mm)
    open_ = hole & ~vault & ~np.isfinite(tables.mirror_outer_mm) & ~no_twin
    wanted = wide & ~open_ & smooth
    known = np.isfinite(tables.outer_mm) & ~wide
    known &= _agrees(tables.outer_mm, known)
    outer = Sheet(np.where(known, tables.outer_mm, 0.0), known, wanted, mirror_outer)
    read = tables.outer_mm - tables.inner_mm
    even = _even(read, known)
    mirror_thickness = np.where(_even(mirror_thickness, np.isfinite(mirror_thickness)), mirror_thickness, np.nan)
    return outer, Sheet(np.where(even, read, 0.0), even, wanted, mirror_thickness), open_


def _agrees(values: FloatArray, known: Mask) -> Mask:
    """Not next to a jump of the map (an orbital rim, an arch): there heights along neighbouring rays are not one sheet."""
    from scipy import ndimage

    filled = np.where(known, values, np.nan)
    low = ndimage.minimum_filter(np.where(np.isnan(filled), np.inf, filled), 3)
    high = ndimage.maximum_filter(np.where(np.isnan(filled), -np.inf, filled), 3)
    return np.asarray((high - low < 5.0) | ~known)


def _even(thickness_mm: FloatArray, told: Mask) -> Mask:
    """Where thickness agrees with that of the bone around: a few misread cells at the rim would bend the whole hole."""
    from scipy import ndimage

    if not told.any():
        return told
    filled = nearest_filled(np.where(told, thickness_mm, np.nan))
    return np.asarray(told & (np.abs(filled - ndimage.median_filter(filled, EVEN_CELLS)) <= UNEVEN_MM))


@dataclass(frozen=True)
class BodyTables:
    """Outer and inner height of the bent mirror image along the chart's directions, NaN where it has none."""

    outer_mm: FloatArray
    inner_mm: FloatArray


def body_tables(chart: Chart, grid: Grid, field: NDArray[np.float32]) -> BodyTables:
    """The tables of a body given as a field on a grid."""
    profiles = ray_profiles(
        grid, field, chart.centre_lps_mm, chart.directions().reshape(-1, 3), DISTANCES_MM, outside=4.0
    )
    shell = shell_along_rays(profiles, DISTANCES_MM, GapRules(0.0, np.inf))
    shape = (chart.size, chart.size)
    return BodyTables(shell.outer_mm.reshape(shape), shell.inner_mm.reshape(shape))


def rough_zone(tables: Tables, no_twin: Mask, *, vault: Mask) -> FloatArray:
    """`(n, n)` from 0 to 1: where the mirrored bone has an edge (orbital rim, sinus wall), so that no height map holds.

    no_twin: cells whose other side is itself a defect and says nothing.
    """
    from scipy import ndimage

    told = np.isfinite(tables.mirror_outer_mm) & ~no_twin
    if not told.any():
        return np.zeros(told.shape)
    smooth = ndimage.gaussian_filter(nearest_filled(np.where(told, tables.mirror_outer_mm, np.nan)), 1.0)
    jump = (np.abs(ndimage.laplace(smooth)) > ROUGH_MM * tables.chart.step_mm) & told
    jump |= ~np.isfinite(tables.mirror_outer_mm) & ~no_twin
    wide = ndimage.gaussian_filter(ndimage.binary_dilation(jump, iterations=2).astype(float), BLEND_CELLS)
    return np.where(vault | no_twin, 0.0, np.clip(2.0 * wide, 0.0, 1.0))


def restore_tables(
    tables: Tables,
    hole: Mask,
    no_twin: Mask,
    *,
    vault: Mask,
    rough: FloatArray,
    body: BodyTables | None,
) -> RestoredTables:
    """The ensemble of every continuation; with how rough the mirrored table is."""
    outer, thickness, open_ = sheets(tables, hole, no_twin, vault=vault, smooth=rough < ROUGH_FROM)
    held = np.zeros_like(hole)
    wide = grown(hole, tables.chart.step_mm)
    edge = wide & (rough >= ROUGH_FROM)
    if body is not None:
        as_read = outer, thickness
        outer, thickness, held = _held_by_body(outer, thickness, body, tables.mirror_outer_mm, edge)
        near = _nearness(held, tables.chart.step_mm)
        outer, thickness = (_between(far, bent, near) for far, bent in zip(as_read, (outer, thickness), strict=True))
    sides = Sides.of(tables.chart, tables.plane)
    with ThreadPoolExecutor(2) as both:  # each sheet by itself: the same numbers with one thread
        found = both.map(lambda sheet, members: combined(sheet, sides, members), (outer, thickness), (OUTER, THICKNESS))
        (outer_map, outer_spread), (thick_map, thick_spread) = found
    spread = np.where(outer.wanted, np.hypot(outer_spread, 0.5 * thick_spread), 0.0)
    keep = outer.wanted
    thin = np.maximum(thick_map, THINNEST_MM)
    whole_outer = np.where(keep, outer_map, tables.outer_mm)
    whole_inner = np.where(keep, outer_map - thin, tables.inner_mm)
    if body is not None:
        rest = wide & ~keep
        whole_outer, whole_inner = (
            np.where(rest, body.outer_mm, whole_outer),
            np.where(rest, body.inner_mm, whole_inner),
        )
    through = _off_edge(hole, tables.chart.step_mm) & (rough < ROUGH_FROM) & ~open_
    return RestoredTables(whole_outer, whole_inner, spread, keep | edge, open_, rough, held, through)


def _held_by_body(
    outer: Sheet, thickness: Sheet, body: BodyTables, seen_mm: FloatArray, rough: Mask
) -> tuple[Sheet, Sheet, Mask]:
    """The sheets with the bent mirror body as their mirror, and with its heights as known values in the rough part of the hole.

    seen_mm: the mirrored outer table as read from the scan, which knows air from soft tissue: where the body says otherwise
    (it ends at the near wall of a sinus), its height is not used.
    """
    thick = body.outer_mm - body.inner_mm
    told = np.isfinite(thick) & (thick < THICKEST_MM) & (np.abs(body.outer_mm - seen_mm) < SAME_TABLE_MM)
    held = rough & told
    return (
        _hold(outer, np.where(told, body.outer_mm, np.nan), held),
        _hold(thickness, np.where(told, thick, np.nan), held),
        held,
    )


def _nearness(held: Mask, step_mm: float) -> FloatArray:
    """1 on the held cells, falling to 0 at `BODY_REACH_MM` from them; 0 everywhere when none is held."""
    from scipy import ndimage

    if not held.any():
        return np.zeros(held.shape)
    away_mm: FloatArray = ndimage.distance_transform_edt(~held, sampling=step_mm)
    return np.clip(1.0 - away_mm / BODY_REACH_MM, 0.0, 1.0)


def _between(as_read: Sheet, bent: Sheet, near: FloatArray) -> Sheet:
    """The bent sheet, its mirror passing over to the one as read: bent to meet a rough rim, a body is the worse model of the even vault."""
    share = np.where(np.isfinite(as_read.mirror), near, near > 0.0)
    away = np.where(share < 1.0, as_read.mirror, 0.0)
    return replace(bent, mirror=np.where(share > 0.0, bent.mirror, 0.0) * share + away * (1.0 - share))


def _hold(sheet: Sheet, mirror: FloatArray, held: Mask) -> Sheet:
    return Sheet(np.where(held, mirror, sheet.values), sheet.known | held, sheet.wanted & ~held, mirror)
