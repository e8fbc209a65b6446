"""The fields that a cranial plate is made of: the outer table, the missing bone, and where it lies beneath the outer table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.field import FieldArray, band_field, gradient_lps, near_band, points_of, sample, signed_field
from anatofit.model.anatomy import Anatomy
from anatofit.model.grid import Grid

# Depths below the outer table at which missing bone is looked for: from thin bone to the body's full thickness.
BENEATH_DEPTHS_MM = (0.6, 1.4, 2.4)
BAND_BEYOND_MM = 1.5  # how far past its outermost use a distance is still exact
BESIDE_MM = 2.5  # reach of the missing bone's own field, and how far beside it a body may be
SHALLOW_MM = 2.0  # least depth that a tab's root and the outward normals need, everywhere


@dataclass(frozen=True)
class Shell:
    """Three fields on one grid, in mm, negative inside.

    outer: the outer contour. missing: the missing bone. beneath: negative where missing bone lies beneath that place.
    """

    grid: Grid
    outer: FieldArray
    missing: FieldArray
    beneath: FieldArray


def shell_of(anatomy: Anatomy, grid: Grid, *, depth_mm: float, above_mm: float, reach_mm: float) -> Shell:
    """The fields from `depth_mm` below the outer table to `above_mm` over it, as far as `reach_mm` beside the missing bone."""
    bone = anatomy.surfaces["missing_bone"]
    reachable = near_band(bone.vertices_lps_mm, grid, band_mm=reach_mm)
    below, above = depth_mm + BAND_BEYOND_MM, max(above_mm, SHALLOW_MM) + BAND_BEYOND_MM
    over_bone = near_band(bone.vertices_lps_mm, grid, band_mm=BESIDE_MM)
    contour = anatomy.surfaces["outer_contour"]
    outer = band_field(contour, grid, band_mm=above, region=reachable, deep_mm=below, deep_region=reachable & over_bone)
    missing = signed_field(bone, grid, band_mm=BESIDE_MM)
    beneath = np.full(grid.shape_kji, BESIDE_MM, dtype=np.float32)
    use = over_bone & (outer > -below + 0.5) & (outer < above - 0.5)
    points = points_of(grid, use)
    normal = gradient_lps(outer, grid, points)
    foot = points - outer[use][:, None] * normal
    found = [sample(missing, grid, foot - depth * normal) for depth in BENEATH_DEPTHS_MM]
    beneath[use] = np.min(found, axis=0)
    return Shell(grid, outer, missing, beneath)


def body_of(
    outer: FieldArray, missing: FieldArray, beneath: FieldArray, *, mode: str, least_mm: float, most_mm: float
) -> FieldArray:
    """The body before clearance and rounding: under the outer contour, as thick as asked, where bone is missing."""
    inner = -outer - np.float32(least_mm)
    if mode == "host":
        inner = np.minimum(inner, np.maximum(missing, -outer - np.float32(most_mm)))
    return np.asarray(np.maximum(np.maximum(outer, inner), beneath), dtype=np.float32)
