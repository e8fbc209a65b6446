"""Closed meshes as signed distances on a regular grid: negative inside, clamped to a band, [k, j, i]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import GeometryError
from anatofit.geometry.affine import index_of, turned
from anatofit.geometry.closest import NearSurface
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

BoolArray = NDArray[np.bool_]
FieldArray = NDArray[np.float32]
Crossings = tuple[NDArray[np.int64], NDArray[np.int64], FloatArray, NDArray[np.int8]]  # j, i, k, winding step

# Columns are moved off the nodes by this part of a step, so that none runs exactly through a vertex or an edge.
COLUMN_SHIFT = np.array([1.2345e-6, 2.7183e-6])
SAMPLE_MM = 0.6  # between samples of a surface; the distance itself is exact to the triangles around them
BLOCK = 4  # nodes along the side of a block when the band is looked for
MAX_OPEN_COLUMNS = 1e-3  # share of columns that may meet an open mesh before the mesh is refused
PAIR_CHUNK = 4_000_000  # (triangle, column) pairs a pass


@dataclass(frozen=True)
class Occupancy:
    """Which nodes lie inside a mesh, and the highest crossing of each column in steps of k (-inf where there is none)."""

    inside: BoolArray
    top_k: NDArray[np.float32]


def occupancy(mesh: Mesh, grid: Grid) -> Occupancy:
    """Inside by winding number along the columns of k. Raises GeometryError for an open mesh."""
    nk, nj, ni = grid.shape_kji
    change = np.zeros((nk + 1, nj, ni), dtype=np.int8)
    top = np.full((nj, ni), -np.inf, dtype=np.float32)
    for column_j, column_i, k, step in _crossings(mesh, grid):
        level = np.clip(np.ceil(k), 0, nk).astype(np.int64)
        np.add.at(change, (level, column_j, column_i), step)
        np.maximum.at(top, (column_j, column_i), k.astype(np.float32))
    winding = np.cumsum(change, axis=0, dtype=np.int8)
    bad = winding[-1] != 0
    if bad.mean() > MAX_OPEN_COLUMNS:
        raise GeometryError(
            f"{int(bad.sum())} columns run out of an open mesh; a closed, outward-oriented mesh is wanted"
        )
    inside = winding[:-1] > 0
    for j, i in np.argwhere(bad):
        inside[:, j, i] = inside[:, j, i - 1 if i else i + 1]
    return Occupancy(inside, top)


def top_of_columns(mesh: Mesh, grid: Grid) -> NDArray[np.float32]:
    """`(nj, ni)` the highest crossing of each column of k in steps, -inf where there is none; of open meshes too."""
    top = np.full(grid.shape_kji[1:], -np.inf, dtype=np.float32)
    for column_j, column_i, k, _ in _crossings(mesh, grid):
        np.maximum.at(top, (column_j, column_i), k.astype(np.float32))
    return top


def _crossings(mesh: Mesh, grid: Grid) -> Iterator[Crossings]:
    """Yields (j, i, k, winding step) of the columns through the triangles, in the order of the triangles."""
    _, nj, ni = grid.shape_kji
    index = index_of(grid, mesh.vertices_lps_mm)
    index[:, :2] += COLUMN_SHIFT
    corners = index[mesh.faces]
    low = np.maximum(np.ceil(corners[:, :, :2].min(axis=1)), 0).astype(np.int64)
    high = np.minimum(np.floor(corners[:, :, :2].max(axis=1)), [ni - 1, nj - 1]).astype(np.int64)
    size = np.maximum(high - low + 1, 0)
    count = size.prod(axis=1)
    hit = np.flatnonzero(count)
    batch = np.cumsum(count[hit]) // PAIR_CHUNK
    for number in np.unique(batch):
        chosen = hit[batch == number]
        owner = np.repeat(chosen, count[chosen])
        rank = np.arange(len(owner)) - np.repeat(np.cumsum(count[chosen]) - count[chosen], count[chosen])
        column_i = low[owner, 0] + rank % size[owner, 0]
        column_j = low[owner, 1] + rank // size[owner, 0]
        yield _pierce(corners[owner], column_i, column_j)


def _pierce(corners: FloatArray, column_i: NDArray[np.int64], column_j: NDArray[np.int64]) -> Crossings:
    xy = corners[:, :, :2] - np.stack([column_i, column_j], axis=1)[:, None, :]
    a, b, c = xy[:, 0], xy[:, 1], xy[:, 2]
    wa, wb, wc = _cross2(b, c), _cross2(c, a), _cross2(a, b)
    total = wa + wb + wc
    up = (wa > 0) & (wb > 0) & (wc > 0)
    through = up | ((wa < 0) & (wb < 0) & (wc < 0))
    wa, wb, wc, total = wa[through], wb[through], wc[through], total[through]
    k = (wa * corners[through, 0, 2] + wb * corners[through, 1, 2] + wc * corners[through, 2, 2]) / total
    return column_j[through], column_i[through], k, np.where(up[through], -1, 1).astype(np.int8)


def _cross2(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def near_band(samples_mm: FloatArray, grid: Grid, *, band_mm: float) -> BoolArray:
    """Nodes that may lie within `band_mm` of the samples (some farther ones too): blocks around them, dilated."""
    from scipy.ndimage import binary_dilation

    shape = tuple(-(-n // BLOCK) for n in grid.shape_kji)
    blocks = np.zeros(shape, dtype=bool)
    index = np.floor(index_of(grid, samples_mm) / BLOCK + 0.5 / BLOCK).astype(np.int64)
    reach = int(np.ceil(band_mm / (BLOCK * float(grid.spacing_ijk_mm.min()))))
    pad = reach + 1
    index = np.clip(index + pad, 0, np.array(shape[::-1]) + 2 * pad - 1)
    blocks = np.pad(blocks, pad)
    blocks[index[:, 2], index[:, 1], index[:, 0]] = True
    for axis in range(3):
        line = np.ones([2 * reach + 1 if a == axis else 1 for a in range(3)], dtype=bool)
        blocks = binary_dilation(blocks, line)
    blocks = blocks[pad:-pad, pad:-pad, pad:-pad]
    full = blocks.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1).repeat(BLOCK, axis=2)
    return np.asarray(full[: grid.shape_kji[0], : grid.shape_kji[1], : grid.shape_kji[2]])


def points_of(grid: Grid, mask: BoolArray) -> FloatArray:
    """`(n, 3)` LPS mm of the nodes of `mask`, in array order."""
    k, j, i = np.nonzero(mask)
    steps = grid.direction_lps * grid.spacing_ijk_mm
    return turned(steps, (i, j, k), grid.origin_lps_mm)


def box_of(grid: Grid, *, margin_mm: float) -> FloatArray:
    """`(2, 3)` LPS box around a grid, wider by `margin_mm`."""
    n = np.array(grid.shape_kji[::-1]) - 1.0
    corners = grid.to_lps(np.stack(np.meshgrid(*[[0.0, m] for m in n], indexing="ij"), axis=-1).reshape(-1, 3))
    return np.stack([corners.min(axis=0) - margin_mm, corners.max(axis=0) + margin_mm])


def near_surface(mesh: Mesh, grid: Grid, *, band_mm: float) -> NearSurface:
    """The part of a mesh that lies within `band_mm` of a grid, ready to be asked for distances."""
    return NearSurface(
        mesh, spacing_mm=max(float(grid.spacing_ijk_mm.min()), SAMPLE_MM), bounds_mm=box_of(grid, margin_mm=band_mm)
    )


def unsigned_field(near: NearSurface, grid: Grid, *, band_mm: float, region: BoolArray | None = None) -> FieldArray:
    """Distance in mm to a surface at the nodes of `region`, clamped to `band_mm`, which also stands everywhere else."""
    values = np.full(grid.shape_kji, band_mm, dtype=np.float32)
    if len(near.samples_mm):
        mask = near_band(near.samples_mm, grid, band_mm=band_mm)
        if region is not None:
            mask &= region
        values[mask] = near.distance_mm(points_of(grid, mask), reach_mm=band_mm)
    return values


def signed_field(mesh: Mesh, grid: Grid, *, band_mm: float, region: BoolArray | None = None) -> FieldArray:
    """Signed distance in mm to a closed mesh, negative inside, exact within `band_mm` and clamped beyond.

    Outside of `region` the sign is right and the amount is `band_mm`.
    """
    return field_and_tops(mesh, grid, band_mm=band_mm, region=region)[0]


def field_and_tops(
    mesh: Mesh, grid: Grid, *, band_mm: float, region: BoolArray | None = None
) -> tuple[FieldArray, NDArray[np.float32]]:
    """`signed_field`, and `top_of_columns` of the same grid."""
    values = unsigned_field(near_surface(mesh, grid, band_mm=band_mm), grid, band_mm=band_mm, region=region)
    found = occupancy(mesh, grid)
    np.negative(values, out=values, where=found.inside)
    return values, found.top_k


def graded_field(mesh: Mesh, grid: Grid, *, band_mm: float, exact_mm: float) -> tuple[FieldArray, NDArray[np.float32]]:
    """As `field_and_tops`, exact within `exact_mm` of the surface, linear between every other node beyond, clamped at twice that inside.

    At a distance d a distance field bends up by at most 1/d each way across: with nodes 2s apart the line lies s^2/d above it, at most,
    and where a hollow makes it bend down, below it.
    """
    found, coarse = occupancy(mesh, grid), coarse_of(grid)
    near = near_surface(mesh, grid, band_mm=band_mm)
    shallow = ~_deep(found.inside, grid, 2 * exact_mm)
    wide = unsigned_field(near, coarse, band_mm=band_mm, region=every_other(shallow, coarse))
    values = refine(wide, grid.shape_kji)
    close = shallow & (values <= exact_mm + np.linalg.norm(grid.spacing_ijk_mm))
    values[close] = unsigned_field(near, grid, band_mm=band_mm, region=close)[close]
    values[found.inside] = -np.minimum(values[found.inside], 2 * exact_mm)
    return values, found.top_k


def _deep(inside: BoolArray, grid: Grid, depth_mm: float) -> BoolArray:
    """Nodes inside that lie deeper than `depth_mm` and a step of every other node; some deeper ones are left out."""
    from scipy.ndimage import binary_erosion

    steps = int(np.ceil(depth_mm / grid.spacing_ijk_mm.min())) + 4
    return np.asarray(binary_erosion(inside, iterations=steps, border_value=1))


def band_field(
    mesh: Mesh, grid: Grid, *, band_mm: float, region: BoolArray, deep_mm: float, deep_region: BoolArray
) -> FieldArray:
    """As `signed_field`, and inside the mesh at the nodes of `deep_region` exact down to `deep_mm`."""
    inside = occupancy(mesh, grid).inside
    near = near_surface(mesh, grid, band_mm=deep_mm)
    values = unsigned_field(near, grid, band_mm=band_mm, region=region & ~(inside & deep_region))
    deep_region = inside & deep_region
    values[deep_region] = unsigned_field(near, grid, band_mm=deep_mm, region=deep_region)[deep_region]
    np.negative(values, out=values, where=inside)
    return values


def over_ridges(values: FieldArray) -> FieldArray:
    """A distance field, lowered where it bends up, so that a surface drawn straight between its nodes does not cut across ridges.

    Between two nodes a straight line lies above a parabola by an eighth of the second difference. Across a ridge that is sharper than
    the lattice it lies higher, and a part of that stays.
    """
    lowered = values.copy()
    for axis in range(3):
        moved, out = np.moveaxis(values, axis, 0), np.moveaxis(lowered, axis, 0)
        out[1:-1] -= np.maximum(moved[2:] + moved[:-2] - 2 * moved[1:-1], 0.0) / 8
    return lowered


def refine(values: FieldArray, shape_kji: tuple[int, int, int]) -> FieldArray:
    """Values of a grid of twice the step on the fine grid, linear between nodes; node 0 is shared."""
    for axis, n in enumerate(shape_kji):
        moved = np.moveaxis(values, axis, 0)
        fine = np.empty((2 * len(moved) - 1, *moved.shape[1:]), dtype=np.float32)
        fine[0::2] = moved
        fine[1::2] = 0.5 * (moved[:-1] + moved[1:])
        values = np.moveaxis(fine[:n], 0, axis)
    return np.ascontiguousarray(values)


def coarse_of(grid: Grid) -> Grid:
    """The grid of twice the step that holds every node of `grid` between its own."""
    k, j, i = (n // 2 + 1 for n in grid.shape_kji)
    return Grid((k, j, i), grid.origin_lps_mm, grid.spacing_ijk_mm * 2, grid.direction_lps)


def every_other(values: NDArray[Any], coarse: Grid) -> NDArray[Any]:
    """Values at the nodes that the grid shares with `coarse_of` it, the edge value beyond them."""
    beyond = [(0, n - (m + 1) // 2) for n, m in zip(coarse.shape_kji, values.shape, strict=True)]
    return np.ascontiguousarray(np.pad(values[::2, ::2, ::2], beyond, mode="edge"))


def sample(values: FieldArray, grid: Grid, points_lps_mm: FloatArray) -> FloatArray:
    """Linear interpolation at `(n, 3)` LPS points, the edge value beyond the grid."""
    from scipy.ndimage import map_coordinates

    index = index_of(grid, points_lps_mm)[:, ::-1].T
    return np.asarray(map_coordinates(values, index, order=1, mode="nearest", output=np.float64))


def gradient_lps(values: FieldArray, grid: Grid, points_lps_mm: FloatArray) -> FloatArray:
    """`(n, 3)` unit gradient in LPS at points, by central differences of one step."""
    points = np.asarray(points_lps_mm, dtype=np.float64)
    parts = []
    for axis in range(3):
        step = grid.direction_lps[:, axis] * grid.spacing_ijk_mm[axis]
        rise = sample(values, grid, points + step) - sample(values, grid, points - step)
        parts.append(rise / (2 * grid.spacing_ijk_mm[axis]))
    vector = turned(grid.direction_lps, parts, np.zeros(3))
    length = np.linalg.norm(vector, axis=1, keepdims=True)
    return np.asarray(np.where(length > 1e-9, vector / np.maximum(length, 1e-9), grid.direction_lps[:, 2]))


def project(
    values: FieldArray, grid: Grid, points_lps_mm: FloatArray, *, level_mm: float = 0.0, steps: int = 4
) -> FloatArray:
    """Points moved along the gradient of a distance field onto its level."""
    points = np.asarray(points_lps_mm, dtype=np.float64)
    for _ in range(steps):
        miss = sample(values, grid, points) - level_mm
        points = points - miss[:, None] * gradient_lps(values, grid, points)
    return points


def smooth_union(a: FieldArray, b: FieldArray, *, radius_mm: float) -> FieldArray:
    """Union of two distance fields with a fillet of about `radius_mm` where they meet (polynomial smooth minimum)."""
    blend = np.maximum(radius_mm - np.abs(a - b), 0) / radius_mm
    return np.asarray(np.minimum(a, b) - blend * blend * (radius_mm * 0.25), dtype=np.float32)
