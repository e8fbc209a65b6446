"""Perforations in a hexagonal pattern, square to the outer face, away from the rim and from all else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from anatofit.devices.cranial_plate.layout import Perforation, Screw, Tab, Text, triple
from anatofit.devices.cranial_plate.site import Site, ring_max
from anatofit.devices.cranial_plate.spec import BRIDGE_MM, CranialPlateSpec
from anatofit.geometry.bridge import frame_on
from anatofit.model.frame import FloatArray

STEEPEST = 0.45  # cosine between hole and insertion direction: steeper flanks of a plate get no holes
TEXT_MARGIN_MM = 1.0
STEEPEST_EXIT = (
    0.4  # of the inner face against a hole, 22 degrees: from 30 on its edge is a feather to print and to break
)
UNDER_EDGE_MM = 0.75  # beneath the outer face, where a hole's own edge ends
BESIDE_MM = 1.0  # around a hole, beside what an edge is rounded by, where the inner face must be as even
BLUNTED_MM = 0.85  # half the diagonal of the planning grid's cells: so far may a sharp edge of bone really stand nearer
THROUGH_MM = 1.0  # beyond the thickest body, by which a hole must have left it
BEHIND_MM = 14.0  # how far behind the outer face nothing of the part may close a hole


def hexagonal(low: FloatArray, high: FloatArray, *, pitch_mm: float) -> FloatArray:
    """`(n, 2)` points of a hexagonal lattice that has a point at the middle of the box."""
    middle, half = (low + high) / 2, (high - low) / 2
    rows = int(half[1] / (pitch_mm * np.sqrt(0.75))) + 1
    columns = int(half[0] / pitch_mm) + 2
    j, i = np.meshgrid(np.arange(-rows, rows + 1), np.arange(-columns, columns + 1), indexing="ij")
    points = np.stack([(i + 0.5 * (j % 2)) * pitch_mm, j * pitch_mm * np.sqrt(0.75)], axis=-1).reshape(-1, 2)
    return np.asarray(points + middle)


def outer_points(site: Site, *, pitch_mm: float) -> FloatArray:
    """`(n, 3)` points of the outer face, hexagonal as seen along the insertion direction, where the body will be."""
    grid = site.grid
    inside = site.body < 0
    _, j, i = np.nonzero(inside)
    step = float(grid.spacing_ijk_mm[0])
    low, high = np.array([i.min(), j.min()]) * step, np.array([i.max(), j.max()]) * step
    flat = hexagonal(low, high, pitch_mm=pitch_mm) / step
    column = np.rint(flat).astype(int)
    within = np.asarray(((column >= 0) & (column < [grid.shape_kji[2], grid.shape_kji[1]])).all(axis=1))
    flat, column = flat[within], column[within]
    some = np.asarray(inside.any(axis=0))
    top = grid.shape_kji[0] - 1 - np.argmax(inside[::-1], axis=0)
    hit = some[column[:, 1], column[:, 0]]
    flat, column = flat[hit], column[hit]
    index = np.column_stack([flat, top[column[:, 1], column[:, 0]].astype(float)])
    return site.on_outer(grid.to_lps(index))


def place_perforations(
    site: Site, spec: CranialPlateSpec, screws: Sequence[Screw], tabs: Sequence[Tab], text: Text | None
) -> tuple[Perforation, ...]:
    """All holes of the pattern that keep their distance."""
    if spec.perforations == "off":
        return ()
    points = outer_points(site, pitch_mm=spec.perforation_pitch_mm)
    if not len(points):
        return ()
    axis = site.normal_at(points)
    radius = spec.perforation_diameter_mm / 2
    keep = (ring_max(site.free_at, points, axis, radius + spec.perforation_rim_mm) < 0) & (site.free_at(points) < 0)
    keep &= axis @ site.direction_lps > STEEPEST
    keep &= _opens_behind(site, points, axis, deepest_mm=spec.thickness_max_mm + THROUGH_MM)
    keep &= even_exit(site, points, axis, radius)
    for screw in screws:
        away = np.linalg.norm(points - np.array(screw.centre_lps_mm), axis=1)
        keep &= away > radius + max(screw.recess_diameter_mm, screw.diameter_mm) / 2 + BRIDGE_MM
    for tab in tabs:
        keep &= _beside_tab(points, tab) > radius + BRIDGE_MM / 2
    if text is not None:
        keep &= ~_meets_text(points, axis, text, radius)
    chosen = _apart(points, np.flatnonzero(keep).astype(np.int64), spec.perforation_diameter_mm + BRIDGE_MM)
    return tuple(
        Perforation(centre_lps_mm=triple(points[n]), axis_lps=triple(axis[n]), diameter_mm=spec.perforation_diameter_mm)
        for n in chosen
    )


def _opens_behind(site: Site, points: FloatArray, axis: FloatArray, *, deepest_mm: float) -> NDArray[np.bool_]:
    """Holes that leave the body within `deepest_mm` and meet no further part of it behind."""
    depth = np.arange(0.5, BEHIND_MM, 0.5)
    ways = points[:, None, :] - depth[None, :, None] * axis[:, None, :]
    inside = site.body_at(ways.reshape(-1, 3)).reshape(len(points), len(depth)) < 0.3
    return np.asarray(~inside[:, depth > deepest_mm].any(axis=1))


def even_exit(site: Site, points: FloatArray, axis: FloatArray, radius_mm: float) -> NDArray[np.bool_]:
    """Holes with body around them all the way, that leave it through a face about square to them: no edge there is thin."""
    even = STEEPEST_EXIT * (radius_mm + BESIDE_MM + site.edge_radius_mm)
    reach = radius_mm + BESIDE_MM + site.edge_radius_mm + BLUNTED_MM
    frames = np.stack([frame_on(a)[:, :2] for a in axis])
    turns = 2 * np.pi * np.arange(8) / 8
    ring = np.einsum("nab,bk->nka", frames, np.stack([np.cos(turns), np.sin(turns)]) * reach)
    starts = points[:, None, :] + np.concatenate([np.zeros((len(points), 1, 3)), ring], axis=1)
    within, depth = _within(site, starts.reshape(-1, 3), np.repeat(axis, 9, axis=0))
    deep = _thickness(within, depth).reshape(len(points), 9)
    walled = (within[:, 0] < 0).reshape(len(points), 9).all(axis=1)
    return np.asarray(walled & (np.abs(deep[:, 1:] - deep[:, :1]).max(axis=1) < even))


def _within(site: Site, points: FloatArray, axis: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The body's field `(n, m)` along the way in beneath each point, and the depths `(m,)`."""
    depth = np.arange(UNDER_EDGE_MM, BEHIND_MM, 0.25)
    ways = points[:, None, :] - depth[None, :, None] * axis[:, None, :]
    return site.body_at(ways.reshape(-1, 3)).reshape(len(points), len(depth)), depth


def _thickness(values: FloatArray, depth: FloatArray) -> FloatArray:
    """Depth at which the body ends on each way; nan where it does not begin."""
    leaves = (values[:, :-1] < 0) & (values[:, 1:] >= 0)
    first = np.argmax(leaves, axis=1)
    rows = np.arange(len(values))
    a, b = values[rows, first], values[rows, first + 1]
    return np.asarray(
        np.where(leaves.any(axis=1), depth[first] + 0.25 * a / np.where(leaves.any(axis=1), a - b, 1.0), np.nan)
    )


def _apart(points: FloatArray, candidates: NDArray[np.int64], least_mm: float) -> list[int]:
    chosen: list[int] = []
    for n in candidates:
        if all(np.linalg.norm(points[n] - points[c]) >= least_mm for c in chosen):
            chosen.append(int(n))
    return chosen


def _beside_tab(points: FloatArray, tab: Tab) -> FloatArray:
    """Distance from a tab's footprint, negative inside it, seen along its normal."""
    centre, outward, normal = (np.array(v) for v in (tab.centre_lps_mm, tab.outward_lps, tab.normal_lps))
    rest = points - centre
    a, b = np.abs(rest @ outward), np.abs(rest @ np.cross(normal, outward))
    beyond = np.maximum(a - (tab.length_mm - tab.width_mm) / 2, 0)
    return np.asarray(np.hypot(beyond, b) - tab.width_mm / 2)


def _meets_text(points: FloatArray, axis: FloatArray, text: Text, radius_mm: float) -> NDArray[np.bool_]:
    """Holes whose axis pierces the plane of the text within its block and a margin."""
    right, up = np.array(text.right_lps), np.array(text.up_lps)
    normal = np.cross(up, right)
    rest = points - np.array(text.origin_lps_mm)
    rest = rest - axis * ((rest @ normal) / np.maximum(axis @ normal, 0.2))[:, None]
    x, y = np.abs(rest @ right), np.abs(rest @ up)
    keep = radius_mm + TEXT_MARGIN_MM
    return np.asarray((x < text.width_mm / 2 + keep) & (y < text.block_height_mm / 2 + keep))
