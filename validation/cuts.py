"""Defects with a known answer: where they are cut, what shape they have, and what was taken out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anatofit.model.grid import Grid
from anatofit.model.volume import Field, Volume
from validation.rays import View, Wall, find_wall, node_points

FloatArray = NDArray[np.float64]
SOFT_HU = 40.0
RADIUS_MM = 85.0  # at which the diameter of a cut is meant
CELL_MM = 1.0
MARGIN_MM = 14.0  # intact bone wanted around a cut, so that it is a defect of its own and not part of an older one
INTACT_SHARE = 0.985
REACH_MM = 4.0  # bone blurs this far beyond its edge
SHIFTS_DEG = (0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 26.0, 32.0)


@dataclass(frozen=True)
class Cut:
    """One defect: direction of its middle (x left, y back, z up), diameter, and how its outline waves.

    `along` keeps a midline cut on the midline when it has to give way to an older defect.
    """

    number: int
    name: str
    kind: str
    towards: tuple[float, float, float]
    diameter_mm: float
    phase: float

    @property
    def axis(self) -> FloatArray:
        """Unit vector of the middle."""
        return np.asarray(np.array(self.towards) / np.linalg.norm(self.towards))

    def limit_rad(self, turn: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Angle of the outline at each turn about the middle, and its derivative."""
        scale = 0.5 * self.diameter_mm / RADIUS_MM
        p = self.phase
        shape = 1.0 + 0.13 * np.cos(2 * turn + p) + 0.07 * np.cos(3 * turn - 2 * p) + 0.03 * np.cos(7 * turn + 3 * p)
        slope = -0.26 * np.sin(2 * turn + p) - 0.21 * np.sin(3 * turn - 2 * p) - 0.21 * np.sin(7 * turn + 3 * p)
        return scale * shape, scale * slope

    def wall_mm(self, radius: FloatArray, angle: FloatArray, turn: FloatArray) -> FloatArray:
        """Signed distance to the cut's radial wall, negative inside, first order."""
        limit, slope = self.limit_rad(turn)
        return np.asarray(radius * (angle - limit) / np.hypot(1.0, slope / np.maximum(np.sin(angle), 1e-3)))


STUDY: tuple[Cut, ...] = tuple(
    Cut(number, name, kind, towards, diameter, 0.9 * number)
    for number, (name, kind, towards, diameter) in enumerate(
        [
            ("left frontal", "unilateral", (0.50, -0.70, 0.55), 45.0),
            ("left parietal", "unilateral", (0.65, 0.25, 0.72), 65.0),
            ("right parietal", "unilateral", (-0.66, 0.30, 0.70), 60.0),
            ("left temporal", "unilateral", (0.92, -0.10, 0.36), 45.0),
            ("right temporal", "unilateral", (-0.92, 0.05, 0.36), 50.0),
            ("left occipital", "unilateral", (0.52, 0.80, 0.30), 50.0),
            ("midline occipital", "midline", (0.0, 0.92, 0.40), 50.0),
            ("midline vertex", "midline", (0.0, 0.05, 1.0), 65.0),
            ("midline frontal", "midline", (0.0, -0.70, 0.72), 40.0),
            ("bilateral frontoparietal", "bilateral", (0.0, -0.25, 0.97), 100.0),
            ("left frontotemporoparietal", "unilateral", (0.80, -0.05, 0.62), 110.0),
            ("right parieto-occipital", "unilateral", (-0.60, 0.55, 0.60), 85.0),
            ("right parietal burr", "unilateral", (-0.35, 0.55, 0.76), 30.0),
            ("bilateral parietal", "bilateral", (0.0, 0.50, 0.86), 80.0),
        ],
        start=1,
    )
)


def _shifted(cut: Cut) -> list[Cut]:
    """The cut where it was meant, then further and further away; a midline cut stays in the midplane."""
    axis = cut.axis
    side = np.array([1.0, 0.0, 0.0])
    forward = np.cross(side, axis)
    turns = (0.0, 180.0) if cut.kind != "unilateral" else tuple(np.arange(0.0, 360.0, 45.0))
    sideways = np.cross(axis, forward)
    out = [cut]
    for shift in np.radians(SHIFTS_DEG[1:]):
        for turn in np.radians(turns):
            move = np.cos(turn) * forward / np.linalg.norm(forward) + np.sin(turn) * sideways / np.linalg.norm(sideways)
            moved = np.cos(shift) * axis + np.sin(shift) * move
            out.append(replace(cut, towards=(float(moved[0]), float(moved[1]), float(moved[2]))))
    return out


def view_of(cut: Cut, centre_lps_mm: FloatArray) -> View:
    """The view that shows a cut and the bone around it."""
    reach = 0.5 * 1.25 * cut.diameter_mm + MARGIN_MM + 6.0
    return View(centre_lps_mm, cut.axis, CELL_MM / RADIUS_MM, int(np.ceil(reach / CELL_MM)))


def place(cut: Cut, field: Field, centre_lps_mm: FloatArray) -> tuple[Cut, View, Wall] | None:
    """The cut at the nearest place where bone is intact inside it and around it; None where there is none.

    field: the bone of the scan as it was, negative inside.
    """
    for candidate in _shifted(cut):
        coarse = replace_cell(view_of(candidate, centre_lps_mm), 4.0)
        if _is_intact(candidate, coarse, find_wall(field, coarse)):
            view = view_of(candidate, centre_lps_mm)
            wall = find_wall(field, view)
            if _is_intact(candidate, view, wall):
                return candidate, view, wall
    return None


def replace_cell(view: View, factor: float) -> View:
    """The same view in larger cells."""
    return View(view.centre_lps_mm, view.axis, view.cell_rad * factor, int(np.ceil(view.half / factor)))


def _is_intact(cut: Cut, view: View, wall: Wall) -> bool:
    ring = cut_depth_mm(cut, view) < MARGIN_MM
    return bool(wall.intact[ring].mean() >= INTACT_SHARE)


def cut_depth_mm(cut: Cut, view: View) -> FloatArray:
    """(n, n) signed distance to the cut's wall at RADIUS_MM for every ray of a view."""
    directions = view.directions()
    _, angle, turn = view.polar(view.centre_lps_mm + directions)
    return cut.wall_mm(np.full(angle.shape, RADIUS_MM), angle, turn)


@dataclass(frozen=True)
class Region:
    """The box of the scan's grid that holds a cut, with what its nodes see: depth in the wall and distance to the cut."""

    low_kji: tuple[int, int, int]
    high_kji: tuple[int, int, int]
    points_lps_mm: FloatArray
    wall_mm: FloatArray
    radius_mm: FloatArray
    inner_mm: FloatArray
    outer_mm: FloatArray

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """The box as slices."""
        k, j, i = (slice(a, b) for a, b in zip(self.low_kji, self.high_kji, strict=True))
        return k, j, i

    @property
    def between(self) -> NDArray[np.bool_]:
        """Nodes between the tables."""
        return np.asarray((self.radius_mm > self.inner_mm) & (self.radius_mm < self.outer_mm))


def region_of(cut: Cut, view: View, wall: Wall, grid: Grid) -> Region:
    """Everything about the nodes near a cut."""
    outer, inner = _filled(wall.outer_mm), _filled(wall.inner_mm)
    edge = view.centre_lps_mm + view.directions() * np.stack([outer + REACH_MM, inner - REACH_MM])[..., None]
    index = grid.to_index(edge[:, cut_depth_mm(cut, view) < 8.0].reshape(-1, 3))[:, ::-1]
    low = np.clip(np.floor(index.min(axis=0)), 0, None).astype(int)
    high = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 1, grid.shape_kji)
    lows, highs = (int(low[0]), int(low[1]), int(low[2])), (int(high[0]), int(high[1]), int(high[2]))
    points = node_points(grid, lows, highs)
    radius, angle, turn = view.polar(points)
    inner_mm, outer_mm = view.read(inner, angle, turn), view.read(outer, angle, turn)
    return Region(lows, highs, points, cut.wall_mm(radius, angle, turn), radius, inner_mm, outer_mm)


def _filled(values: FloatArray) -> FloatArray:
    """NaN cells take the nearest value."""
    from scipy import ndimage

    nearest = ndimage.distance_transform_edt(~np.isfinite(values), return_distances=False, return_indices=True)
    return np.asarray(values[tuple(nearest)])


def cut_scan(volume: Volume, region: Region, *, blur_mm: float) -> Volume:
    """The scan with soft tissue in place of the bone inside the cut, the new wall as blurred as a scan's edges are."""
    from scipy.special import ndtr

    hu = volume.hu.copy()
    old = hu[region.box].astype(np.float64)
    near = (region.radius_mm > region.inner_mm - REACH_MM) & (region.radius_mm < region.outer_mm + REACH_MM)
    target = np.where(region.between, SOFT_HU, np.minimum(old, SOFT_HU))
    share = np.where(near, ndtr(-region.wall_mm / blur_mm), 0.0)
    hu[region.box] = np.rint(old + (target - old) * share).astype(hu.dtype)
    return Volume(volume.grid, hu)


def removed_bone(field: Field, region: Region) -> NDArray[np.bool_]:
    """Nodes of the box that were bone inside the cut, what lies between the tables filled.

    field: the bone of the scan as it was, on the same grid as the region.
    """
    near = (region.radius_mm > region.inner_mm - REACH_MM) & (region.radius_mm < region.outer_mm + REACH_MM)
    bone = (field.values[region.box] < 0) | region.between
    return np.asarray(bone & near & (region.wall_mm < 0))
