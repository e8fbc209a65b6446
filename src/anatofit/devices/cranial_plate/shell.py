"""The fields that a cranial plate is made of: the outer table, the missing bone, and where it lies beneath the outer table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.field import (
    BoolArray,
    FieldArray,
    band_field,
    gradient_lps,
    near_band,
    points_of,
    sample,
    signed_field,
)
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

# Depths below the outer table at which missing bone is looked for: from thin bone to the body's full thickness.
BENEATH_DEPTHS_MM = (0.6, 1.4, 2.4)
BAND_BEYOND_MM = 1.5  # how far past its outermost use a distance is still exact
BESIDE_MM = 2.5  # reach of the missing bone's own field, and how far beside it a body may be
RAMP_MM = 3.0  # over which the body goes from half to full depth behind a margin
CREASE_NEAR_MM = 1.5  # a fold farther from the surface than this leaves walls of twice as much
CREASE_SLOPE = 0.85  # of a distance field: 1 on smooth ground, less where two surfaces are equally near
LAYER_MM = 0.5  # between the depths at which bone in front of a place is looked for: a quarter of a sinus's thin wall
FACING = 0.45  # cosine to the way out of an outer table that bone may stand in front of; steeper, it is another face's
SHALLOW_MM = 2.0  # least depth that a tab's root and the outward normals need, everywhere


@dataclass(frozen=True)
class Shell:
    """Fields on one grid, in mm; the first three are negative inside.

    outer: the outer contour. missing: the missing bone. beneath: negative where missing bone lies beneath that place.
    most: how deep the body may reach there, less where another outer face lies behind (a brow, a margin).
    """

    grid: Grid
    outer: FieldArray
    missing: FieldArray
    beneath: FieldArray
    most: FieldArray


def shell_of(
    anatomy: Anatomy, grid: Grid, *, depth_mm: float, above_mm: float, reach_mm: float, gap_mm: float
) -> Shell:
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
    covered = _behind_bone(anatomy.surfaces["host"], grid, use, outer, foot, normal)
    beneath[use] = np.maximum(np.min(found, axis=0), gap_mm - covered)
    most = np.full(grid.shape_kji, depth_mm, dtype=np.float32)
    most[use] = _depth_allowed(outer, grid, foot, normal, depth_mm)
    return Shell(grid, outer, missing, beneath, most)


def _behind_bone(
    host: Mesh, grid: Grid, use: BoolArray, outer: FieldArray, foot: FloatArray, normal: FloatArray
) -> FloatArray:
    """`(n,)` mm: the least distance to bone that stays, between each place and the outer table above it, negative within bone.

    A way in that slants would else let the body reach behind the bone beside the defect, as into an open sinus.
    """
    bone = signed_field(host, grid, band_mm=BESIDE_MM, region=use)
    depth = -outer[use]
    least = np.full(len(foot), BESIDE_MM)
    for layer_mm in np.arange(LAYER_MM, float(depth.max()), LAYER_MM):
        above = depth > layer_mm
        least[above] = np.minimum(least[above], sample(bone, grid, foot[above] - layer_mm * normal[above]))
    least[normal @ grid.direction_lps[:, 2] < FACING] = BESIDE_MM
    return least


def _depth_allowed(outer: FieldArray, grid: Grid, foot: FloatArray, normal: FloatArray, depth_mm: float) -> FloatArray:
    """Half of `depth_mm` where the outer contour ends again within twice of it behind a place: two faces share the body."""
    behind = np.full(len(foot), np.inf)
    for far_mm in np.arange(2 * depth_mm + RAMP_MM, depth_mm, -1.0):
        behind[sample(outer, grid, foot - far_mm * normal) > -0.5] = far_mm
    return np.clip(depth_mm / 2 * (1 + (behind - 2 * depth_mm) / RAMP_MM), depth_mm / 2, depth_mm)


def creases(shell: Shell) -> FloatArray:
    """`(n, 3)` points near folds and ridges of the outer contour and of the missing bone: there the body may be thin."""
    found = np.zeros(shell.grid.shape_kji, dtype=bool)
    for field in (shell.outer, shell.missing):
        slope = np.sqrt(np.sum(np.square(np.gradient(field, float(shell.grid.spacing_ijk_mm[0]))), axis=0))
        found |= (np.abs(field) < CREASE_NEAR_MM) & (slope < CREASE_SLOPE)
    return points_of(shell.grid, found & (shell.outer < 1.0) & (shell.beneath < 1.0))


def body_of(
    outer: FieldArray,
    missing: FieldArray,
    beneath: FieldArray,
    *,
    mode: str,
    least_mm: float,
    most_mm: FieldArray | float,
) -> FieldArray:
    """The body before clearance and rounding: under the outer contour, as thick as asked, where bone is missing."""
    inner = -outer - np.float32(least_mm)
    if mode == "host":
        inner = np.minimum(inner, np.maximum(missing, -outer - np.maximum(most_mm, np.float32(least_mm))))
    return np.asarray(np.maximum(np.maximum(outer, inner), beneath), dtype=np.float32)
