"""Edge HU read at places becomes a field: close by where profiles are dense, of a wider neighbourhood where they are not.

Two levels of normalised convolution (Knutsson and Westin, CVPR 1993): the fine one holds what differs from the coarse one.
A cut through diploe and the table beside it lie two millimetres apart and end at different HU, hence the fine level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.model.grid import Grid
from anatofit.model.volume import Field


@dataclass(frozen=True)
class Level:
    """Nodes every `step_mm`, a Gaussian of `sigma_mm`; `prior` profiles hold each node to the level below."""

    step_mm: float
    sigma_mm: float
    prior: float


COARSE = Level(step_mm=5.0, sigma_mm=6.0, prior=1.0)  # bone quality varies over centimetres
FINE = Level(step_mm=2.0, sigma_mm=1.5, prior=0.4)  # half a table's distance from the cut's middle; some 3 profiles

RESOLVED_MM = (
    0.8  # a more blurred scan (half a table of 1.6 mm) runs cut and table together: the fine level would hold noise
)
LOWEST_HU = 150.0  # where bone meets air half the step lies lower, and soft tissue nearby would become bone


def spread_edge(
    points_lps_mm: NDArray[np.float64], edge_hu: NDArray[np.float64], grid: Grid, *, blur_mm: float
) -> Field:
    """The edge HU of `(n, 3)` places over a whole grid; their median where no edge is near. blur_mm: the scan's widest."""
    out = _spread(points_lps_mm, edge_hu, _constant(grid, COARSE.step_mm, float(np.median(edge_hu))), COARSE)
    if blur_mm <= RESOLVED_MM:
        out = _spread(points_lps_mm, edge_hu, _resampled(out, _nodes(grid, FINE.step_mm)), FINE)
    return Field(out.grid, np.maximum(out.values, np.float32(LOWEST_HU)))


def _nodes(grid: Grid, step_mm: float) -> Grid:
    """A coarser isotropic grid over the same box."""
    k, j, i = (
        int(np.ceil((n - 1) * s / step_mm)) + 1 for n, s in zip(grid.shape_kji, grid.spacing_ijk_mm[::-1], strict=True)
    )
    return Grid((k, j, i), grid.origin_lps_mm, np.full(3, step_mm), grid.direction_lps)


def _constant(grid: Grid, step_mm: float, value: float) -> Field:
    nodes = _nodes(grid, step_mm)
    return Field(nodes, np.full(nodes.shape_kji, value, dtype=np.float32))


def _resampled(field: Field, nodes: Grid) -> Field:
    """A field read at the nodes of a grid parallel to it, from the same origin."""
    ratio = nodes.spacing_ijk_mm[::-1] / field.grid.spacing_ijk_mm[::-1]
    from scipy import ndimage

    values = ndimage.affine_transform(
        field.values, ratio, output_shape=nodes.shape_kji, output=np.float32, order=1, mode="nearest"
    )
    return Field(nodes, values)


def _spread(points_lps_mm: NDArray[np.float64], edge_hu: NDArray[np.float64], below: Field, level: Level) -> Field:
    """`below` and the local mean of what the places differ from it, held to it where they are few."""
    from scipy import ndimage

    shape = below.grid.shape_kji
    nearest = np.rint(below.grid.to_index(points_lps_mm)[:, ::-1]).astype(np.int64)
    cells = np.ravel_multi_index(tuple(np.clip(nearest, 0, np.array(shape) - 1).T), shape)
    differs = edge_hu - below.values.ravel()[cells]
    total, count = (
        np.bincount(cells, weights=w, minlength=below.values.size).reshape(shape)
        for w in (differs, np.ones(len(cells)))
    )
    sigma = level.sigma_mm / level.step_mm
    peak = (2.0 * np.pi) ** 1.5 * sigma**3  # makes a place on the node count as one
    total, count = (peak * ndimage.gaussian_filter(x, sigma, mode="constant") for x in (total, count))
    return Field(below.grid, (below.values + total / (count + level.prior)).astype(np.float32))
