"""Holes in the skull: directions in which there is no bone although there should be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.chart import Chart
from anatofit.geometry.outline import outline_loop
from anatofit.geometry.skull_rays import edge_profiles_along
from anatofit.model.cranium import BoneEdge, Defect
from anatofit.model.frame import FloatArray, Plane, side_of

FAINT_SHARE = 0.6  # a thin plate blurred by the scanner shows at least this share of the edge's HU
VAULT_DEG = 75.0  # above: every hole counts (seen from the centre of the cavity, from the vertex down)
BASE_DEG = 103.0  # a hole across the midline is followed down to here
LOWEST_DEG = 112.0  # below lies the skull base, whose openings are normal
SMALLEST_MM = 15.0  # burr holes and emissary veins are smaller, implants begin at 20 mm
SMALLEST_MM2 = 150.0


def bone_in_sight(bone: BoneEdge, chart: Chart, distances_mm: FloatArray) -> NDArray[np.bool_]:
    """Directions with bone, thin blurred bone included."""
    directions = chart.directions().reshape(-1, 3)
    profiles = edge_profiles_along(bone, chart.centre_lps_mm, directions, distances_mm)
    faint = (1.0 - FAINT_SHARE) * bone.figures["edge_median_hu"]
    return np.asarray((profiles < faint).any(axis=1).reshape(chart.size, chart.size))


@dataclass(frozen=True)
class Sight:
    """Where bone is seen on a chart and on its mirror image; `twins` (n, n, 2): row and column of each cell's mirror image."""

    chart: Chart
    bone: NDArray[np.bool_]
    mirrored: NDArray[np.bool_]
    twins: NDArray[np.int64]
    from_vertex_deg: FloatArray


def hole_masks(sight: Sight) -> list[NDArray[np.bool_]]:
    """The holes that count, largest first: any in the vault, and those without a twin on the other side below it."""
    from scipy import ndimage

    missing = ~sight.bone & (sight.from_vertex_deg < LOWEST_DEG)
    vault = missing & (sight.from_vertex_deg < VAULT_DEG)
    one_sided = missing & sight.mirrored
    core = ndimage.binary_opening(vault | one_sided, iterations=1)
    labels, count = ndimage.label(core)
    masks = [_across_midline(labels == n, missing, sight) for n in range(1, count + 1)]
    good = [
        m
        for m in masks
        if _extent_mm(m, sight.chart.step_mm) >= SMALLEST_MM and m.sum() * sight.chart.step_mm**2 >= SMALLEST_MM2
    ]
    return sorted(good, key=lambda m: -int(m.sum()))


def _across_midline(core: NDArray[np.bool_], missing: NDArray[np.bool_], sight: Sight) -> NDArray[np.bool_]:
    """The core, and below the vault those cells whose mirror image lies in the same hole: a hole across the midline."""
    from scipy import ndimage

    labels, _ = ndimage.label(ndimage.binary_opening(missing & (sight.from_vertex_deg < BASE_DEG), iterations=1) | core)
    own = labels == np.bincount(labels[core]).argmax()
    row, column = np.moveaxis(np.clip(sight.twins, 0, len(own) - 1), -1, 0)
    grown, _ = ndimage.label(core | (own & own[row, column]))
    return np.asarray(grown == np.bincount(grown[core]).argmax())


def _extent_mm(mask: NDArray[np.bool_], step_mm: float) -> float:
    """The largest distance between two cells of a mask."""
    cells = np.argwhere(mask).astype(np.float64)
    angles = np.radians(np.arange(0, 180, 10))
    spread = cells @ np.stack([np.cos(angles), np.sin(angles)])
    return float((np.ptp(spread, axis=0).max() + 1) * step_mm) if len(cells) else 0.0


def describe_hole(number: int, mask: NDArray[np.bool_], chart: Chart, radius_mm: FloatArray, plane: Plane) -> Defect:
    """Side, centre, outline and size of one hole; radius_mm: (n, n) filled distance of the middle of the bone."""
    points = chart.centre_lps_mm + chart.directions()[mask] * radius_mm[mask][:, None]
    right_share = float((plane.signed_distance_mm(points) < 0).mean())
    scale = float(np.mean(radius_mm[mask])) / chart.radius_mm
    return Defect(
        number, side_of(right_share), points.mean(axis=0), outline_loop(mask, chart, radius_mm),
        _extent_mm(mask, chart.step_mm) * scale, float(mask.sum() * (chart.step_mm * scale) ** 2), right_share,
    )  # fmt: skip
