"""Restored tables become bodies: the missing bone and the outer contour as signed fields around the defect."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.chart import Chart, nearest_filled, read_map
from anatofit.model.cranium import BoneEdge
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.volume import Field
from anatofit.restore.closing import box_around, distance_to, with_hollows_filled
from anatofit.restore.core import steepness
from anatofit.restore.tables import ROUGH_FROM, RestoredTables

FINEST_MM = 0.5
MOST_NODES = 9_000_000
BLEND_SHARE = 0.2
BODY_SLACK_MM = 0.5  # the body's own inner face holds; its table, read cell by cell, only bars what lies far behind
CRACK_MM = 1.5  # where mirror body and tables meet, a crack up to twice this is no anatomy
HOLLOW_MM = 3.0  # the contour is a solid; sinuses and cells within it are not seen from outside
LIMIT_MM = 4.0  # fields are clipped here; only their zero matters
# Films between the tables and the host's own surface, fewer than two nodes and this deep, are no missing bone.
SLIVER_MM = 0.6
CAVITY_OVERLAP_MM = (
    0.5  # the filled cavity reaches this far into the inner table, so that no film of air is left between
)


@dataclass(frozen=True)
class Bodies:
    """Fields on one grid."""

    missing: Field
    contour: Field
    spread_mm: Field


def region_grid(points_lps_mm: FloatArray, margin_mm: float) -> Grid:
    """An isotropic grid along LPS around points, as fine as the node budget allows, on a fixed half-millimetre raster."""
    low = np.floor((points_lps_mm.min(axis=0) - margin_mm) * 2) / 2
    high = np.ceil((points_lps_mm.max(axis=0) + margin_mm) * 2) / 2
    size = high - low
    step = max(FINEST_MM, float(np.ceil((np.prod(size) / MOST_NODES) ** (1 / 3) * 20) / 20))
    shape = np.ceil(size / step).astype(int)[::-1] + 1
    return Grid((int(shape[0]), int(shape[1]), int(shape[2])), low, np.full(3, step))


def build_bodies(
    bone: BoneEdge,
    chart: Chart,
    tables: RestoredTables,
    grid: Grid,
    mirror: NDArray[np.float32] | None,
    moved_mm: NDArray[np.float32] | None,
) -> Bodies:
    """Missing bone and outer contour on `grid`, slab by slab.

    mirror, moved_mm: the bent mirror image of the bone on the same grid and what bending changed, used where tables are rough.
    """
    maps = _Maps.of(chart, tables)
    missing = np.empty(grid.shape_kji, dtype=np.float32)
    contour, spread, host = np.empty_like(missing), np.empty_like(missing), np.empty_like(missing)
    j, i = np.meshgrid(np.arange(grid.shape_kji[1]), np.arange(grid.shape_kji[2]), indexing="ij")

    def slab(k: int) -> None:
        points = grid.to_lps(np.stack([i, j, np.full_like(i, k)], axis=-1).astype(np.float64))
        host[k] = host_field_at(bone, points)
        body = None if mirror is None or moved_mm is None else (mirror[k], moved_mm[k])
        missing[k], contour[k], spread[k] = _plane_fields(chart, maps, points, host[k], body)

    with ThreadPoolExecutor(2) as slabs:  # each slab by itself: the same numbers with one thread
        list(slabs.map(slab, range(grid.shape_kji[0])))
    step = float(grid.spacing_ijk_mm[0])
    missing = np.maximum(with_hollows_filled(missing, step, CRACK_MM), -host)
    with ThreadPoolExecutor(1) as beside:
        kept = beside.submit(drop_slivers, missing, step, partial(_runs_through, chart, tables, grid))
        contour = with_hollows_filled(np.minimum(contour, missing), step, HOLLOW_MM)
    return Bodies(Field(grid, kept.result()), Field(grid, contour), Field(grid, spread))


def host_field_at(bone: BoneEdge, points_lps_mm: FloatArray) -> NDArray[np.float32]:
    """Edge HU minus HU at points, in millimetres by the median slope of the edge; air beyond the scan."""
    from scipy import ndimage

    def read(grid: Grid, values: NDArray[np.float32], mode: str) -> NDArray[np.float32]:
        kji = np.moveaxis(grid.to_index(points_lps_mm)[..., ::-1], -1, 0)
        return np.asarray(ndimage.map_coordinates(values, kji, output=np.float32, order=1, mode=mode, cval=-1000.0))

    difference = read(bone.edge_hu.grid, bone.edge_hu.values, "nearest") - read(
        bone.volume.grid, bone.volume.hu, "constant"
    )
    return np.asarray(np.clip(difference / np.float32(bone.figures["edge_slope_hu_per_mm"]), -LIMIT_MM, LIMIT_MM))


@dataclass(frozen=True)
class _Maps:
    outer: FloatArray
    inner: FloatArray
    slope: FloatArray
    lateral: FloatArray
    closed: FloatArray
    spread: FloatArray
    rough: FloatArray

    @classmethod
    def of(cls, chart: Chart, tables: RestoredTables) -> _Maps:
        """Maps without holes, and signed lateral distances (mm) to the edge of what is wanted and of what is closed."""
        outer, inner = (nearest_filled(x) for x in (tables.outer_mm, tables.inner_mm))
        closed = np.isfinite(tables.outer_mm) & ~tables.open_
        return cls(
            outer,
            inner,
            steepness(outer, chart),
            _signed(tables.wanted, chart.step_mm),
            _signed(closed, chart.step_mm),
            tables.spread_mm,
            _body_share(tables),
        )


def _body_share(tables: RestoredTables) -> FloatArray:
    """How much of each direction the mirror body decides: all where heights and body do not meet, a narrow blend where they do."""
    from scipy import ndimage

    decided = (tables.rough >= ROUGH_FROM) & ~tables.held
    return np.asarray(
        np.maximum(
            np.clip((tables.rough - ROUGH_FROM) / BLEND_SHARE, 0.0, 1.0),
            np.clip(2.0 * ndimage.gaussian_filter(decided.astype(float), 1.0), 0.0, 1.0),
        )
    )


def _signed(mask: NDArray[np.bool_], step_mm: float) -> FloatArray:
    """Distance to the edge of a mask, negative inside, rounded over one cell."""
    from scipy import ndimage

    inside = ndimage.distance_transform_edt(mask) if mask.any() else np.zeros(mask.shape)
    outside = ndimage.distance_transform_edt(~mask) if not mask.all() else np.zeros(mask.shape)
    return np.asarray(ndimage.gaussian_filter(outside - inside, 1.2) * step_mm)


def _plane_fields(
    chart: Chart,
    maps: _Maps,
    points: FloatArray,
    host: NDArray[np.float32],
    body: tuple[NDArray[np.float32], NDArray[np.float32]] | None,
) -> tuple[NDArray[np.float32], ...]:
    """Missing bone, contour and spread at `(..., 3)` points."""
    cells, distance = chart.to_cells(points)
    outer, inner, slope, lateral, closed, spread = (
        read_map(m, cells) for m in (maps.outer, maps.inner, maps.slope, maps.lateral, maps.closed, maps.spread)
    )
    beyond = (distance - outer) * slope
    below = (inner - distance) * slope
    shell = np.maximum(np.maximum(beyond, below), closed)
    filled = np.maximum(beyond, closed)
    if body is not None:
        rough = np.clip(read_map(maps.rough, cells), 0.0, 1.0)
        in_front = np.maximum(body[0], np.clip(below - BODY_SLACK_MM, -LIMIT_MM, LIMIT_MM))
        shell = (1 - rough) * np.clip(shell, -LIMIT_MM, LIMIT_MM) + rough * in_front
        filled = (1 - rough) * np.clip(filled, -LIMIT_MM, LIMIT_MM) + rough * np.minimum(
            body[0], np.clip(-below - CAVITY_OVERLAP_MM, -LIMIT_MM, LIMIT_MM)
        )
        spread = (1 - rough) * spread + rough * body[1]
    missing = np.maximum(np.maximum(shell, lateral), -host)
    contour = np.minimum(filled, np.minimum(host, missing))
    clipped = (np.clip(x, -LIMIT_MM, LIMIT_MM).astype(np.float32) for x in (missing, contour))
    return *clipped, spread.astype(np.float32)


def _runs_through(chart: Chart, tables: RestoredTables, grid: Grid, nodes_kji: NDArray[np.int64]) -> NDArray[np.bool_]:
    """`(n,)` whether the direction of each node `(n, 3)` runs through the hole, where nothing of the host is in sight."""
    cells, _ = chart.to_cells(grid.to_lps(nodes_kji[:, ::-1].astype(np.float64)))
    return read_map(tables.through.astype(np.float64), cells) > 0.5


def drop_slivers(
    field: NDArray[np.float32], step_mm: float, through: Callable[[NDArray[np.int64]], NDArray[np.bool_]]
) -> NDArray[np.float32]:
    """The largest body without films: what is deep inside, what is near that, and what hangs together with it through the hole.

    Depth is a true distance: beside soft tissue or diploe the field itself stays shallow. A film beside the host is rounding;
    a sheet in the hole is thin bone, such as the temporal squama. `through` tells which nodes `(n, 3)` lie there.
    """
    from scipy import ndimage

    kept_mm = (
        np.sqrt(2.0) * SLIVER_MM + np.sqrt(3.0) * step_mm
    )  # as far as a right-angled edge lies from its core, and a cell
    box = box_around(field < 0, 1)
    part = field[box]
    inside = part < 0
    labels, count = ndimage.label(-distance_to(inside) * step_mm > SLIVER_MM)
    if count == 0:
        return field
    core = labels == _most(labels)
    near = distance_to(core) * step_mm <= kept_mm
    near |= _thin_sheets(inside, near, lambda nodes: through(nodes + [s.start for s in box]))
    out = np.maximum(field, np.float32(0.5 * step_mm))
    out[box] = np.where(near, part, out[box])
    return out


def _thin_sheets(
    inside: NDArray[np.bool_], near: NDArray[np.bool_], through: Callable[[NDArray[np.int64]], NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """The nodes in the hole that hang together with what is near, and those around them."""
    from scipy import ndimage

    thin = np.argwhere(inside & ~near)
    sheets = np.zeros_like(inside)
    sheets[tuple(thin[through(thin)].T)] = True
    labels, _ = ndimage.label(sheets | (inside & near))
    return np.asarray(ndimage.binary_dilation(sheets & (labels == _most(labels))))


def _most(labels: NDArray[np.int64]) -> int:
    """The label of the most nodes."""
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return int(np.argmax(sizes))
