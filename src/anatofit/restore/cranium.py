"""The skull near the defect as it should be: an ensemble of mirrored and continued tables, bent to meet the rim."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from anatofit.errors import DefectError, Reason
from anatofit.geometry.chart import Chart, nearest_filled
from anatofit.geometry.outline import mask_inside, outline_loop
from anatofit.model.cranium import BoneEdge, LocatedCranium, RestoredCranium
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.grid import Grid
from anatofit.model.volume import Field
from anatofit.restore.core import core_of_shell
from anatofit.restore.ensemble import OUTER, THICKNESS
from anatofit.restore.fill import Mask
from anatofit.restore.mirror_body import MirrorBody, match_mirror, mirror_body
from anatofit.restore.solid import build_bodies, region_grid
from anatofit.restore.sunken import SUNKEN_MM, SUNKEN_REACH_MM, above_sunken_bone, sunken_beside
from anatofit.restore.tables import (
    ROUGH_FROM,
    RestoredTables,
    Tables,
    body_tables,
    mirrored_mask,
    read_tables,
    restore_tables,
    rough_zone,
)

RADIUS_MM = 85.0
STEP_MM = 1.25
RING_MM = 32.0  # bone around the hole that the continuation sees
LIFT_MM = 18.0  # a defect low on the forehead is looked at from above, so that orbital roof and rim are one sheet
HOST_MM = 44.0  # host bone kept beyond the rim (the contract says 40)
BODY_MM = 14.0
VAULT_DEG = 75.0
NO_TWIN_MM = 6.0  # bone this near a defect is bevelled or torn and is no model for the other side
SLACK_MM = 5.0  # the hole on the fine chart may reach this far beyond the coarse outline


def restore_cranium(bone: BoneEdge, located: LocatedCranium) -> RestoredCranium:
    """Missing bone, outer contour and host near the chosen defect.

    Raises DefectError where nothing is left to restore once the host's own bone is taken away.
    """
    chart = _local_chart(located)
    tables = read_tables(bone, chart, located.midsagittal)
    hole = _hole(tables, located)
    if not hole.any():
        raise _nothing_missing(0.0)
    vault = chart.directions() @ located.superior_lps > np.cos(np.radians(VAULT_DEG))
    no_twin = _widened(mirrored_mask(hole, chart, located.midsagittal) | _twins_of_holes(located, chart), NO_TWIN_MM)
    rough = rough_zone(tables, no_twin, vault=vault)
    rim, inside = _rim_and_inside(tables, hole)
    grid = region_grid(np.concatenate([rim, inside]), BODY_MM)
    body = _mirror(bone, located, tables, rim, inside, grid) if (hole & (rough >= ROUGH_FROM)).any() else None
    heights = None if body is None else body_tables(chart, grid, body.field)
    sunken = np.zeros_like(hole) if heights is None else sunken_beside(hole, tables, heights, no_twin)
    hole = hole | sunken
    rim, _ = _rim_and_inside(tables, hole)
    with ThreadPoolExecutor(1) as beside:  # the host is read for itself: the same numbers with one thread
        host = beside.submit(_host, bone, rim)
        restored = restore_tables(tables, hole, no_twin, vault=vault, rough=rough, body=heights)
    restored = above_sunken_bone(restored, tables, sunken, hole)
    bodies = build_bodies(
        bone, chart, restored, grid, None if body is None else body.field, None if body is None else body.moved_mm
    )
    volume_mm3 = float((bodies.missing.values < 0).sum() * grid.cell_mm3)
    if volume_mm3 < 50.0:
        raise _nothing_missing(volume_mm3)
    figures = _figures(restored, hole, volume_mm3, float("nan") if body is None else body.fit_rms_mm)
    figures["over_sunken_bone_share"] = float(sunken.sum() / hole.sum())
    return RestoredCranium(
        host.result(), bodies.missing, bodies.contour, bodies.spread_mm, rim, figures, _sentence(figures)
    )


def _nothing_missing(volume_mm3: float) -> DefectError:
    said = f"the hole holds {volume_mm3:.0f} mm³ of missing bone, at least 50 is wanted; check the defect's outline"
    return DefectError(Reason("nothing-missing", said))


def _rim_and_inside(tables: Tables, hole: Mask) -> tuple[FloatArray, FloatArray]:
    """`(n, 3)` points around the hole and `(m, 3)` points filling it, LPS mm, half way between the tables about it."""
    chart = tables.chart
    level = nearest_filled(np.where(hole, np.nan, 0.5 * (tables.outer_mm + tables.inner_mm)))
    inside = chart.centre_lps_mm + chart.directions()[hole] * level[hole][:, None]
    return outline_loop(hole, chart, level), inside


def _mirror(
    bone: BoneEdge, located: LocatedCranium, tables: Tables, rim: FloatArray, inside: FloatArray, grid: Grid
) -> MirrorBody:
    """The bent mirror image of the bone, made solid."""
    core = partial(core_of_shell, tables.chart, tables.mirror_outer_mm, tables.mirror_inner_mm)
    bend = match_mirror(bone, located.midsagittal, rim, inside)
    return mirror_body(bone, located.midsagittal, bend, grid, core)


def _local_chart(located: LocatedCranium) -> Chart:
    """A chart that looks at the defect from the midplane, wide enough for a ring of bone around it."""
    toward = located.defect.centre_lps_mm - located.cavity_centre_lps_mm
    forward = unit_vector(np.cross(located.superior_lps, located.midsagittal.normal_lps))
    low_front = (
        float(unit_vector(toward) @ located.superior_lps) < 0.6 and abs(float(unit_vector(toward) @ forward)) > 0.5
    )
    centre = located.cavity_centre_lps_mm + (LIFT_MM if low_front else 0.0) * located.superior_lps
    axis = unit_vector(located.defect.centre_lps_mm - centre)
    rays = located.defect.outline_lps_mm - centre
    cosine = (rays / np.linalg.norm(rays, axis=1, keepdims=True)) @ axis
    reach = 2.0 * RADIUS_MM * np.sin(0.5 * np.arccos(np.clip(cosine.min(), -1, 1))) + RING_MM
    return Chart(centre, axis, RADIUS_MM, STEP_MM, 2 * int(np.ceil(reach / STEP_MM)) + 1)


def _hole(tables: Tables, located: LocatedCranium) -> Mask:
    """Directions without bone inside the located outline and what hangs together with it nearby."""
    from scipy import ndimage

    outline = mask_inside(located.defect.outline_lps_mm, tables.chart)
    near = ndimage.binary_dilation(outline, iterations=round(SLACK_MM / STEP_MM))
    empty = ndimage.binary_opening(~tables.bone | (outline & ~np.isfinite(tables.outer_mm)), iterations=1) & near
    return np.asarray(ndimage.binary_fill_holes(ndimage.binary_propagation(empty & outline, mask=empty)))


def _twins_of_holes(located: LocatedCranium, chart: Chart) -> Mask:
    """Cells whose twin on the other side lies inside any of the located defects."""
    mask = np.zeros((chart.size, chart.size), dtype=bool)
    for defect in located.defects:
        mask |= mask_inside(located.midsagittal.reflect(defect.outline_lps_mm), chart)
    return mask


def _widened(mask: Mask, margin_mm: float) -> Mask:
    from scipy import ndimage

    return np.asarray(ndimage.binary_dilation(mask, iterations=max(1, round(margin_mm / STEP_MM))))


def _host(bone: BoneEdge, rim_lps_mm: FloatArray) -> Field:
    """The bone's edge on the scan's own grid, HOST_MM beyond the rim, in millimetres by the median slope."""
    grid = bone.volume.grid
    corners = rim_lps_mm[:, None, :] + HOST_MM * np.array(
        [[-1, -1, -1], [1, 1, 1], [-1, 1, 1], [1, -1, -1], [1, 1, -1], [-1, -1, 1], [1, -1, 1], [-1, 1, -1]]
    )
    index = grid.to_index(corners.reshape(-1, 3))[:, ::-1]
    low = np.maximum(0, np.floor(index.min(axis=0)).astype(int))
    high = np.minimum(np.array(grid.shape_kji), np.ceil(index.max(axis=0)).astype(int) + 1)
    field = bone.field((int(low[0]), int(low[1]), int(low[2])), (int(high[0]), int(high[1]), int(high[2])))
    return Field(field.grid, field.values / np.float32(bone.figures["edge_slope_hu_per_mm"]))


def _figures(restored: RestoredTables, hole: Mask, volume_mm3: float, bend_rms_mm: float) -> dict[str, float]:
    cells = hole & restored.wanted
    spread = restored.spread_mm[cells]
    thickness = (restored.outer_mm - restored.inner_mm)[cells]
    figures = {
        "missing_volume_mm3": volume_mm3,
        "disagreement_median_mm": float(np.median(spread)), "disagreement_p95_mm": float(np.percentile(spread, 95)),
        "thickness_median_mm": float(np.median(thickness)), "open_share": float(restored.open_[hole].mean()),
        "rough_share": float((restored.rough[hole] > 0.5).mean()), "mirror_fit_rms_mm": bend_rms_mm,
    }  # fmt: skip
    return {name: value for name, value in figures.items() if np.isfinite(value)}


def _sentence(figures: dict[str, float]) -> str:
    return (
        f"The missing bone was restored by an ensemble of tables continued from the rim and mirrored from the other side (outer table: {OUTER.names}; "
        f"thickness: {THICKNESS.names}; the median of each); its members disagree by {figures['disagreement_median_mm']:.2f} mm at the median, "
        f"{figures['disagreement_p95_mm']:.2f} mm at the 95th percentile." + _body_sentence(figures)
    )


def _body_sentence(figures: dict[str, float]) -> str:
    if "mirror_fit_rms_mm" not in figures:
        return ""
    over = figures["over_sunken_bone_share"]
    sunken = (
        f"; {over:.0%} of the piece goes beyond the hole, up to {SUNKEN_REACH_MM:g} mm from it, "
        f"in front of bone that lies more than {SUNKEN_MM:g} mm deeper than that mirror image"
        if over > 0.005
        else ""
    )
    return (
        f" Where the other side has an edge ({figures['rough_share']:.0%} of the piece), its bone itself was brought over, "
        f"bent to meet the host (RMS {figures['mirror_fit_rms_mm']:.2f} mm beside the hole){sunken}."
    )
