"""The other side's bone as a body, brought over and bent to meet the host: for edges that no height map can show.

Signed distances of host and mirror image are matched by Gauss-Newton over a smooth displacement (an affine part, then
Gaussian basis functions on a coarse lattice; the free-form idea of Rueckert et al., IEEE TMI 18:712, 1999). Bone near the
defect drives it; inside the defect the displacement is carried on smoothly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.model.cranium import BoneEdge
from anatofit.model.frame import FloatArray, Plane
from anatofit.model.grid import Grid
from anatofit.restore.closing import distance_to, with_hollows_filled
from anatofit.restore.solid import host_field_at

MATCH_STEP_MM = 1.25
REACH_MM = 28.0  # host bone this near the rim is matched
BAND_MM = 3.0  # of the host's surface
CAPTURE_MM = 6.0  # the mirror image lies within this of the host, or the place is not alike
LATTICE_MM = 14.0
SEEN = 0.1  # a bump that no point feels by more than this is left out: nothing would hold it but the ridge
STIFFNESS = 0.02  # ridge on the basis functions, as a share of the mean of the normal matrix's diagonal
AFFINE_ROUNDS, BENT_ROUNDS = 6, 5
MOST_POINTS = 6000
ROBUST_MM = 1.0
SPARSE_MM = 3.0  # a displacement made of 14 mm bumps is linear over this to 0.05 of itself
CLOSING_MM = 3.0  # joins the core of the mirrored bone to its tables


@dataclass(frozen=True)
class Bend:
    """x moves to x + affine(x - centre) + sum of Gaussians at `nodes`: where to read in the mirror image."""

    centre_lps_mm: FloatArray
    affine: FloatArray  # (4, 3)
    nodes_lps_mm: FloatArray
    shifts_mm: FloatArray
    residual_rms_mm: float

    def __call__(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(n, 3)` points to where their bone lies in the mirror image."""
        bent = _bumps(points_lps_mm, self.nodes_lps_mm) @ self.shifts_mm
        return np.asarray(points_lps_mm + _affine_basis(points_lps_mm, self.centre_lps_mm) @ self.affine + bent)

    def on_grid(self, grid: Grid) -> FloatArray:
        """`(nodes, 3)` images of all nodes, worked out every SPARSE_MM and interpolated linearly between."""
        stride = max(1, round(SPARSE_MM / float(grid.spacing_ijk_mm[0])))
        shape = tuple(-(-(n - 1) // stride) + 1 for n in grid.shape_kji)
        sparse = Grid(
            (shape[0], shape[1], shape[2]), grid.origin_lps_mm, grid.spacing_ijk_mm * stride, grid.direction_lps
        )
        image = self(_grid_points(sparse).reshape(-1, 3)).reshape(*shape, 3)
        for axis, count in enumerate(grid.shape_kji):
            position = np.minimum(np.arange(count) / stride, shape[axis] - 1)
            low = np.minimum(position.astype(int), max(shape[axis] - 2, 0))
            high = np.minimum(low + 1, shape[axis] - 1)
            weight = (position - low).reshape([-1 if a == axis else 1 for a in range(4)])
            image = np.take(image, low, axis) * (1 - weight) + np.take(image, high, axis) * weight
        return np.asarray(image.reshape(-1, 3))


def _affine_basis(points: FloatArray, centre: FloatArray) -> FloatArray:
    return np.concatenate([np.ones((len(points), 1)), (points - centre) / 50.0], axis=1)


def _bumps(points: FloatArray, nodes: FloatArray) -> FloatArray:
    if not len(nodes):
        return np.zeros((len(points), 0))
    squared = (points**2).sum(axis=1)[:, None] + (nodes**2).sum(axis=1)[None] - 2.0 * points @ nodes.T
    return np.asarray(np.exp(-0.5 * squared / LATTICE_MM**2))


@dataclass(frozen=True)
class _Distances:
    grid: Grid
    values: NDArray[np.float32]

    def at(self, points: FloatArray) -> FloatArray:
        from scipy import ndimage

        return np.asarray(
            ndimage.map_coordinates(
                self.values, self.grid.to_index(points)[:, ::-1].T, output=np.float64, order=1, mode="nearest"
            )
        )

    def slope(self, points: FloatArray) -> FloatArray:
        step = np.eye(3) * float(self.grid.spacing_ijk_mm[0])
        return np.stack([(self.at(points + d) - self.at(points - d)) / (2 * d.max()) for d in step], axis=1)


def _grid_points(grid: Grid) -> FloatArray:
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij")
    return np.asarray(grid.to_lps(np.stack([i, j, k], axis=-1).astype(np.float64)))


def _signed_distances(inside: NDArray[np.bool_], grid: Grid) -> _Distances:
    step = float(grid.spacing_ijk_mm[0])
    distance = distance_to(inside)
    signed = np.where(inside, distance - 1.0, distance)
    return _Distances(grid, (np.clip(signed * step, -CAPTURE_MM, CAPTURE_MM)).astype(np.float32))


def match_mirror(bone: BoneEdge, plane: Plane, rim_lps_mm: FloatArray, excluded_lps_mm: FloatArray) -> Bend:
    """The bend that brings the mirror image onto the host around the rim.

    excluded_lps_mm: (n, 3) points filling the defect; the host within 3 mm of them is not matched.
    """
    from scipy.spatial import cKDTree

    low, high = rim_lps_mm.min(axis=0) - REACH_MM, rim_lps_mm.max(axis=0) + REACH_MM
    shape = np.ceil((high - low) / MATCH_STEP_MM).astype(int)[::-1] + 1
    grid = Grid((int(shape[0]), int(shape[1]), int(shape[2])), low, np.full(3, MATCH_STEP_MM))
    points = _grid_points(grid)
    host = _signed_distances(host_field_at(bone, points) < 0, grid)
    mirror = _signed_distances(
        host_field_at(bone, plane.reflect(points.reshape(-1, 3)).reshape(points.shape)) < 0, grid
    )
    near = np.abs(host.values) < BAND_MM
    chosen = points[near]
    keep = (cKDTree(excluded_lps_mm).query(chosen, workers=1)[0] > 3.0) & (
        cKDTree(rim_lps_mm).query(chosen, workers=1)[0] < REACH_MM
    )
    chosen = chosen[keep]
    chosen = chosen[:: max(1, len(chosen) // MOST_POINTS)]
    return _gauss_newton(host.at(chosen), mirror, chosen, rim_lps_mm)


def _gauss_newton(wanted: FloatArray, mirror: _Distances, points: FloatArray, rim: FloatArray) -> Bend:
    centre = rim.mean(axis=0)
    bend = Bend(centre, np.zeros((4, 3)), np.zeros((0, 3)), np.zeros((0, 3)), 0.0)
    for turn in range(AFFINE_ROUNDS + BENT_ROUNDS):
        if turn == AFFINE_ROUNDS:
            nodes = _lattice(points)
            bend = Bend(centre, bend.affine, nodes, np.zeros_like(nodes), 0.0)
        bend = _one_round(bend, wanted, mirror, points, bent=turn >= AFFINE_ROUNDS)
    return bend


def _lattice(points: FloatArray) -> FloatArray:
    axes = [
        np.arange(a, b + LATTICE_MM, LATTICE_MM) for a, b in zip(points.min(axis=0), points.max(axis=0), strict=True)
    ]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    return np.asarray(nodes[_bumps(points, nodes).max(axis=0) > SEEN])


def _one_round(bend: Bend, wanted: FloatArray, mirror: _Distances, points: FloatArray, *, bent: bool) -> Bend:
    moved = bend(points)
    left = wanted - mirror.at(moved)
    usable = np.abs(mirror.at(moved)) < CAPTURE_MM - 0.5
    weight = usable / (1.0 + (left / ROBUST_MM) ** 2)
    basis = _bumps(points, bend.nodes_lps_mm) if bent else _affine_basis(points, bend.centre_lps_mm)
    slope = mirror.slope(moved)
    jacobian = (slope[:, :, None] * basis[:, None, :]).reshape(len(points), -1)
    normal = jacobian.T @ (weight[:, None] * jacobian)
    ridge = (STIFFNESS if bent else 1e-4) * max(float(np.trace(normal)) / len(normal), 1e-9)
    old = (bend.shifts_mm if bent else np.zeros((4, 3))).T.ravel()
    step = np.linalg.solve(normal + ridge * np.eye(len(normal)), jacobian.T @ (weight * left) - ridge * old)
    change = step.reshape(3, -1).T
    rms = float(np.sqrt((weight * left**2).sum() / max(weight.sum(), 1e-9)))
    if bent:
        return Bend(bend.centre_lps_mm, bend.affine, bend.nodes_lps_mm, bend.shifts_mm + change, rms)
    return Bend(bend.centre_lps_mm, bend.affine + change, bend.nodes_lps_mm, bend.shifts_mm, rms)


@dataclass(frozen=True)
class MirrorBody:
    """The bent mirror image of the bone with its hollows filled, and how far bending moved its surface, on one grid."""

    grid: Grid
    field: NDArray[np.float32]
    moved_mm: NDArray[np.float32]
    fit_rms_mm: float


def mirror_body(
    bone: BoneEdge, plane: Plane, bend: Bend, grid: Grid, core: Callable[[FloatArray], NDArray[np.float32]]
) -> MirrorBody:
    """The other side's bone on `grid`, negative inside, in millimetres near its surface.

    core: what lies surely inside the mirrored bone at `(n, 3)` points of the mirror image, before bending.
    """
    plain = Bend(bend.centre_lps_mm, bend.affine, np.zeros((0, 3)), np.zeros((0, 3)), 0.0)
    image = bend.on_grid(grid)
    field = _read(bone, plane, image, grid)
    other = _read(bone, plane, plain.on_grid(grid), grid)
    solid = np.minimum(field, core(image).reshape(grid.shape_kji))
    return MirrorBody(
        grid,
        with_hollows_filled(solid, float(grid.spacing_ijk_mm[0]), CLOSING_MM),
        np.abs(field - other),
        bend.residual_rms_mm,
    )


def _read(bone: BoneEdge, plane: Plane, points: FloatArray, grid: Grid) -> NDArray[np.float32]:
    return host_field_at(bone, plane.reflect(points)).reshape(grid.shape_kji)
