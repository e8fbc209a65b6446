"""A limb's own chart: rays square to its long axis, and below a level spread from one place of it as those of half a ball are.

A place of the chart is (v, angle): from `ball_mm` up v is the level, below it the way along the ball's meridian; its lowest value, the
pole, is the ray straight down. A body that each ray meets once is told by how far it reaches along each: a bulbous end, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatofit.geometry.field import BoolArray
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh

_MOST_PAIRS = 2_000_000  # of rays and triangles looked at at once
_EDGE = 1e-9  # a ray through an edge meets both its triangles rather than none


@dataclass(frozen=True)
class Capsule:
    """ball_mm: radius of the ball, and the level of its middle on the axis. Coordinates: x front, z up along the axis from the distal end."""

    ball_mm: float

    @property
    def pole_mm(self) -> float:
        """The least v."""
        return self.ball_mm * (1.0 - np.pi / 2)

    def rays(self, v: FloatArray, angle: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(..., 3) starts on the axis and unit directions. angle in radians from x to y. Below the pole a ray comes up the other side."""
        turn = np.minimum(np.asarray(v) - self.ball_mm, 0.0) / self.ball_mm
        v, angle, turn = np.broadcast_arrays(v, angle, turn)
        flat = np.cos(turn)
        way = np.stack([flat * np.cos(angle), flat * np.sin(angle), np.sin(turn)], axis=-1)
        level = np.maximum(v, self.ball_mm)
        return np.stack([np.zeros_like(level), np.zeros_like(level), level], axis=-1), way

    def of(self, points_mm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(n,) v, angle and reach of places."""
        x, y, z = np.moveaxis(np.asarray(points_mm), -1, 0)
        low = np.minimum(z - self.ball_mm, 0.0)
        flat = np.hypot(x, y)
        v = np.where(z >= self.ball_mm, z, self.ball_mm + self.ball_mm * np.arctan2(low, flat))
        return v, np.arctan2(y, x), np.hypot(flat, low)


@dataclass(frozen=True, eq=False)
class Lattice:
    """Nodes of a chart: v (n,) from the pole up in even steps, and `around` angles from 0 on."""

    chart: Capsule
    v_mm: FloatArray
    around: int

    @classmethod
    def to(cls, chart: Capsule, top_mm: float, *, step_mm: float, around: int) -> Lattice:
        """From the pole to `top_mm` or a little above."""
        count = int(np.ceil((top_mm - chart.pole_mm) / step_mm)) + 1
        return cls(chart, chart.pole_mm + step_mm * np.arange(count, dtype=np.float64), around)

    @property
    def step_mm(self) -> float:
        return float(self.v_mm[1] - self.v_mm[0])

    @cached_property
    def angles(self) -> FloatArray:
        """(around,) radians."""
        return np.asarray(2 * np.pi / self.around * np.arange(self.around, dtype=np.float64))

    def rays(self) -> tuple[FloatArray, FloatArray]:
        """(n, around, 3) starts and ways of all nodes."""
        return self.chart.rays(self.v_mm[:, None], self.angles[None])

    def areas_mm2(self) -> FloatArray:
        """(n, around) what of the ball and of the cylinder above it each node stands for."""
        turn = np.minimum(self.v_mm - self.chart.ball_mm, 0.0) / self.chart.ball_mm
        share = np.cos(turn)
        share[0] = self.step_mm / self.chart.ball_mm / 8  # the cap around the pole, shared by all its angles
        return np.repeat(share[:, None], self.around, axis=1)

    def read(self, values: FloatArray, v_mm: FloatArray, angle: FloatArray, *, order: int = 3) -> FloatArray:
        """Values on the nodes read between them; through the pole they go on up the other side."""
        from scipy.ndimage import map_coordinates

        pad = 4
        other = np.roll(values[pad:0:-1], self.around // 2, axis=1)
        tall = np.concatenate([other, values])
        wide = np.concatenate([tall[:, -pad:], tall, tall[:, : pad + 1]], axis=1)
        row = (np.asarray(v_mm) - self.v_mm[0]) / self.step_mm + pad
        column = np.mod(angle, 2 * np.pi) / (2 * np.pi) * self.around + pad
        at = np.stack(np.broadcast_arrays(row, column)).astype(np.float64)
        return np.asarray(map_coordinates(wide, at, order=order, mode="nearest"))


def reaches_mm(lattice: Lattice, mesh: Mesh) -> tuple[FloatArray, FloatArray]:
    """(n, around) along each ray to the first and to the last crossing of a mesh in the chart's own coordinates; nan where there is none.

    Each triangle is looked at by the rays of its own patch of the chart, exactly (Moeller and Trumbore 1997).
    """
    corners = mesh.triangles_lps_mm
    starts, ways = (rays.reshape(-1, 3) for rays in lattice.rays())
    first, last = np.full(len(starts), np.inf), np.full(len(starts), -np.inf)
    rows, columns = _patches(lattice, corners)
    count = (rows[:, 1] - rows[:, 0]) * (columns[:, 1] - columns[:, 0])
    for some in np.split(np.arange(len(corners)), _cuts(count)):
        face, node = _pairs(some, rows, columns, lattice.around)
        along, meets = _met(starts[node], ways[node], corners[face])
        np.minimum.at(first, node[meets], along[meets])
        np.maximum.at(last, node[meets], along[meets])
    shape = (len(lattice.v_mm), lattice.around)
    there = np.isfinite(first)
    return tuple(np.where(there, found, np.nan).reshape(shape) for found in (first, last))  # type: ignore[return-value]


def _patches(lattice: Lattice, corners: FloatArray) -> tuple[IntArray, IntArray]:
    """(m, 2) half-open ranges of rows and of columns (which may run past the last) whose rays may meet each triangle."""
    v, angle, _ = lattice.chart.of(corners)
    span = (angle - angle[:, :1] + np.pi) % (2 * np.pi) - np.pi
    # an edge leaves the chart's straight line between its ends: on the ball by less than its own length there
    bulge = np.where(corners[..., 2].min(axis=1) < lattice.chart.ball_mm, np.ptp(v, axis=1) + np.ptp(span, axis=1), 0.0)
    low = np.floor((v.min(axis=1) - bulge - lattice.v_mm[0]) / lattice.step_mm)
    high = np.ceil((v.max(axis=1) + bulge - lattice.v_mm[0]) / lattice.step_mm) + 1
    rows = np.clip(np.stack([low, high], axis=1), 0, len(lattice.v_mm)).astype(np.int64)
    turn = lattice.around / (2 * np.pi)
    start, end = ((angle[:, 0] + f(span, axis=1)) * turn for f in (np.min, np.max))
    columns = np.stack([np.floor(start), np.ceil(end) + 1], axis=1).astype(np.int64)
    around_axis = np.ptp(span, axis=1) > 2.0  # radians: it may lie over the axis, and any ray may meet it
    columns[around_axis] = [0, lattice.around]
    return rows, columns


def _cuts(count: IntArray) -> IntArray:
    """Where a list of triangles is cut, so that no piece has too many pairs."""
    piece = np.cumsum(count) // _MOST_PAIRS
    return np.flatnonzero(np.diff(piece)) + 1


def _pairs(some: IntArray, rows: IntArray, columns: IntArray, around: int) -> tuple[IntArray, IntArray]:
    """Faces and nodes, each node of each face's patch once."""
    tall, wide = rows[some, 1] - rows[some, 0], columns[some, 1] - columns[some, 0]
    count = tall * wide
    face = np.repeat(some, count)
    number = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
    wide = np.repeat(wide, count)
    row = rows[face, 0] + number // np.maximum(wide, 1)
    column = (columns[face, 0] + number % np.maximum(wide, 1)) % around
    return face, row * around + column


def _met(start: FloatArray, way: FloatArray, corners: FloatArray) -> tuple[FloatArray, BoolArray]:
    """(n,) how far along each ray its triangle's plane is met, and whether inside the triangle."""
    a, b, c = np.moveaxis(corners, 1, 0)
    ab, ac, to = b - a, c - a, start - a
    p = np.cross(way, ac)
    det = (ab * p).sum(axis=1)
    safe = np.where(det == 0.0, 1.0, det)
    q = np.cross(to, ab)
    u, w = (to * p).sum(axis=1) / safe, (way * q).sum(axis=1) / safe
    along = (ac * q).sum(axis=1) / safe
    return along, (det != 0.0) & (u >= -_EDGE) & (w >= -_EDGE) & (u + w <= 1.0 + _EDGE) & (along > 0.0)


def evened(lattice: Lattice, reach_mm: FloatArray, sigma_mm: float) -> FloatArray:
    """Each node's value the mean of those around it, weighed by a Gaussian of how far apart they lie on the ball and the cylinder above
    it, and by the area that each stands for; nodes without a value (nan) are filled so. Values alone are filled where sigma_mm is 0."""
    from scipy.sparse import csr_array
    from scipy.spatial import cKDTree

    starts, ways = lattice.rays()
    places = (starts + lattice.chart.ball_mm * ways).reshape(-1, 3)
    there = np.isfinite(reach_mm).ravel()
    values, area = np.where(there, reach_mm.ravel(), 0.0), lattice.areas_mm2().ravel() * there
    out = np.where(there, values, np.nan)
    sigma = sigma_mm if sigma_mm > 0 else lattice.step_mm
    tree = cKDTree(places)
    asked = np.arange(len(places)) if sigma_mm > 0 else np.flatnonzero(~there)
    while len(asked):
        near = cKDTree(places[asked]).sparse_distance_matrix(tree, 3.5 * sigma, output_type="coo_matrix")
        weight = csr_array((np.exp(-0.5 * (near.data / sigma) ** 2) * area[near.col], (near.row, near.col)), near.shape)
        total = np.asarray(weight.sum(axis=1)).ravel()
        found = total > 0
        out[asked[found]] = ((weight @ values) / np.where(found, total, 1.0))[found]
        asked, sigma = asked[~found], 2 * sigma
        if sigma > 10 * lattice.chart.ball_mm:
            break
    return np.asarray(out.reshape(reach_mm.shape))
