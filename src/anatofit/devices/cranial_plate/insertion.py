"""The direction along which the part goes in with the least loss of material to undercuts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.errors import DefectError, GeometryError, Reason
from anatofit.geometry.affine import index_of
from anatofit.geometry.bridge import frame_on
from anatofit.geometry.field import occupancy, points_of
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid

SEARCH_STEP_MM = 1.2  # grid of the search: finer than any undercut that matters (the gap alone is 0.3 mm or more)
PATH_MM = 30.0  # how far the part is followed on its way out: more than the curvature of a 150 mm plate
MOST_POINTS = 6000  # points of the missing bone that are followed; more change the result by less than 1 %
RINGS_DEG = ((0.0, 1), (10.0, 6), (20.0, 12), (30.0, 16))  # the cone of candidates around the mean normal
REFINE_DEG = (5.0, 2.5)  # rings of 6 around the best so far
COST_PER_DEG = 2e-4  # of the volume: between equal directions the one nearest to the mean normal wins


@dataclass(frozen=True)
class Insertion:
    """`direction_lps` points out of the skull; `loss_share` of the missing bone collides on the way."""

    direction_lps: FloatArray
    loss_share: float


def mean_normal(anatomy: Anatomy) -> FloatArray:
    """The outward normal of the defect as a whole: the vector area of its rim, away from the cranial cavity."""
    rim = np.asarray(anatomy.curves["rim"], dtype=np.float64)
    centre = rim.mean(axis=0)
    area = np.cross(rim - centre, np.roll(rim, -1, axis=0) - centre).sum(axis=0)
    outward = centre - np.asarray(anatomy.landmarks["cavity_centre"])
    length = np.linalg.norm(area)
    if length < 1e-9:
        raise GeometryError("the rim of the defect spans no area; a closed curve around the defect is wanted")
    return np.asarray(area / length * (1.0 if area @ outward >= 0 else -1.0))


def find_insertion(anatomy: Anatomy) -> Insertion:
    """The best of a cone of directions around the mean normal, refined; ties go to the first."""
    normal = mean_normal(anatomy)
    grid = _search_grid(anatomy)
    host = occupancy(anatomy.surfaces["host"], grid).inside
    points = _free_points(anatomy, grid, host)
    candidates = [d for angle, count in RINGS_DEG for d in _ring(normal, angle, count)]
    best = min((_cost(d, normal, points, host, grid), n) for n, d in enumerate(candidates))
    cost, direction = best[0], candidates[best[1]]
    for angle in REFINE_DEG:
        for d in _ring(direction, angle, 6):
            new = _cost(d, normal, points, host, grid)
            if new < cost:
                cost, direction = new, d
    return Insertion(direction, _loss(direction, points, host, grid))


def _search_grid(anatomy: Anatomy) -> Grid:
    low, high = anatomy.surfaces["missing_bone"].bounds_lps_mm
    low, high = low - PATH_MM * 0.7, high + PATH_MM * 0.7
    n = np.ceil((high - low) / SEARCH_STEP_MM).astype(int) + 1
    return Grid((int(n[2]), int(n[1]), int(n[0])), low, np.full(3, SEARCH_STEP_MM))


def _free_points(anatomy: Anatomy, grid: Grid, host: np.ndarray) -> FloatArray:
    from scipy.ndimage import binary_dilation

    missing = occupancy(anatomy.surfaces["missing_bone"], grid).inside & ~binary_dilation(host)
    points = points_of(grid, missing)
    if not len(points):
        raise DefectError(
            Reason(
                "no-body", "the missing bone holds no room beside the host; a larger defect is wanted. Check the rim"
            )
        )
    return points[:: -(-len(points) // MOST_POINTS)]


def _ring(axis: FloatArray, angle_deg: float, count: int) -> list[FloatArray]:
    frame, angle = frame_on(axis), np.radians(angle_deg)
    turns = 2 * np.pi * np.arange(count) / count
    return [frame @ np.array([np.sin(angle) * np.cos(t), np.sin(angle) * np.sin(t), np.cos(angle)]) for t in turns]


def _loss(direction: FloatArray, points: FloatArray, host: np.ndarray, grid: Grid) -> float:
    """Share of points that run into the host on the way out."""
    start = index_of(grid, points)[:, ::-1]
    step = (grid.direction_lps.T @ direction)[::-1]
    hit = np.zeros(len(points), dtype=bool)
    top = np.array(host.shape) - 1
    for n in range(1, int(PATH_MM / SEARCH_STEP_MM) + 1):
        at = np.rint(start + n * step).astype(np.int64)
        within = ((at >= 0) & (at <= top)).all(axis=1)
        at = np.clip(at, 0, top)
        hit |= within & host[at[:, 0], at[:, 1], at[:, 2]]
    return float(hit.mean())


def _cost(direction: FloatArray, normal: FloatArray, points: FloatArray, host: np.ndarray, grid: Grid) -> float:
    angle = float(np.degrees(np.arccos(np.clip(direction @ normal, -1, 1))))
    return round(_loss(direction, points, host, grid) + COST_PER_DEG * angle, 9)
