"""Which pairs of triangles cut each other: separating planes first, then every edge against the other triangle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
# Corners nearer to a plane than this share of the triangles' size lie in it: float64 arithmetic on float32 corners
# is good to about 1e-13 of it.
_FLAT = 1e-10
# Float32 places a corner to about 1e-5 mm at 200 mm.
_TOUCHING_MM = 1e-5


def cut_each_other(first: FloatArray, second: FloatArray) -> BoolArray:
    """For `(n, 3, 3)` triangle pairs that share no corner: do they cut, or overlap in one plane."""
    origin = first[:, :1]
    a, b = first - origin, second - origin
    side_b, normal_a, _ = _sides(a, b)
    near = ~_apart(side_b)
    out = np.zeros(len(a), dtype=bool)
    a, b, side_b = a[near], b[near], side_b[near]
    side_a, _, _ = _sides(b, a)
    rest = ~_apart(side_a)
    keep = np.flatnonzero(near)[rest]
    a, b, side_a, side_b = a[rest], b[rest], side_a[rest], side_b[rest]
    flat = (side_b == 0).all(axis=1)
    cut = np.zeros(len(a), dtype=bool)
    if flat.any():
        cut[flat] = overlap_in_plane(a[flat], b[flat], normal_a[keep[flat]])
    for n in range(3):
        m = (n + 1) % 3
        cut |= ~flat & _edge_cuts(a[:, n], a[:, m], side_a[:, n], side_a[:, m], b)
        cut |= ~flat & _edge_cuts(b[:, n], b[:, m], side_b[:, n], side_b[:, m], a)
    out[keep] = cut
    return out


def cut_beside_corner(first: FloatArray, second: FloatArray) -> BoolArray:
    """For pairs whose corner 0 is one and the same: do they cut anywhere else (folded over, or passed through)."""
    origin = first[:, :1]
    a, b = first - origin, second - origin
    side_b, normal, _ = _sides(a, b)
    side_a, _, _ = _sides(b, a)
    flat = (side_b[:, 1:] == 0).all(axis=1)
    cut = _edge_cuts(a[:, 1], a[:, 2], side_a[:, 1], side_a[:, 2], b)
    cut |= _edge_cuts(b[:, 1], b[:, 2], side_b[:, 1], side_b[:, 2], a)
    cut &= ~flat
    if flat.any():
        cut[flat] = overlap_in_plane(a[flat], b[flat], normal[flat])
    return cut


def folded_on_edge(first: FloatArray, second: FloatArray) -> BoolArray:
    """For pairs whose corners 0 and 1 are the same: does one lie upon the other, within the rounding of float32."""
    edge = first[:, 1] - first[:, 0]
    to_a, to_b = first[:, 2] - first[:, 0], second[:, 2] - first[:, 0]
    n_a, n_b = np.cross(edge, to_a), np.cross(edge, to_b)
    twice_a, twice_b = (np.sqrt((n**2).sum(axis=1)) for n in (n_a, n_b))
    sound = (twice_a > 0) & (twice_b > 0)
    height_a = np.abs((n_b * to_a).sum(axis=1)) / np.where(sound, twice_b, 1.0)
    height_b = np.abs((n_a * to_b).sum(axis=1)) / np.where(sound, twice_a, 1.0)
    # same side of the common edge (their cosine is positive), and the lower corner touches the other's plane
    return np.asarray(sound & ((n_a * n_b).sum(axis=1) > 0) & (np.minimum(height_a, height_b) < _TOUCHING_MM))


def _sides(plane_of: FloatArray, corners: FloatArray) -> tuple[NDArray[np.int8], FloatArray, FloatArray]:
    """`(n, 3)` signs of the corners against the plane of the other triangle; its normal; the size of both."""
    normal = np.cross(plane_of[:, 1] - plane_of[:, 0], plane_of[:, 2] - plane_of[:, 0])
    height = np.einsum("nij,nj->ni", corners - plane_of[:, :1], normal)
    length = np.sqrt(np.einsum("ni,ni->n", normal, normal))
    size = np.abs(corners - plane_of[:, :1]).max(axis=(1, 2)) + np.sqrt(length)
    sign = np.sign(height) * (np.abs(height) > (_FLAT * length * size)[:, None])
    return sign.astype(np.int8), normal, size


def _apart(side: NDArray[np.int8]) -> BoolArray:
    """All corners strictly on one side."""
    return np.asarray(np.abs(side.sum(axis=1)) == 3)


def _edge_cuts(
    start: FloatArray, end: FloatArray, side0: NDArray[np.int8], side1: NDArray[np.int8], triangle: FloatArray
) -> BoolArray:
    """The edge goes from one side of the triangle's plane to the other, through the triangle (its border counts)."""
    out = side0 * side1 < 0
    at = np.flatnonzero(out)
    if not len(at):
        return np.asarray(out)
    p, d, t = start[at], end[at] - start[at], triangle[at]
    turns = [_turn(d, t[:, n] - p, t[:, (n + 1) % 3] - p) for n in range(3)]
    inside = np.logical_and.reduce([v >= 0 for v in turns]) | np.logical_and.reduce([v <= 0 for v in turns])
    out[at] = inside
    return np.asarray(out)


def _turn(direction: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ni,ni->n", direction, np.cross(a, b)))


def overlap_in_plane(first: FloatArray, second: FloatArray, normal: FloatArray) -> BoolArray:
    """For triangles in one plane: do they share an area. No edge of either separates them."""
    keep = np.abs(normal).argmax(axis=1)
    rows = np.arange(len(first))
    axes = np.stack([(keep + 1) % 3, (keep + 2) % 3], axis=1)
    a = np.stack([first[rows, :, axes[:, n]] for n in range(2)], axis=2)
    b = np.stack([second[rows, :, axes[:, n]] for n in range(2)], axis=2)
    return np.asarray(~(_separated(a, b) | _separated(b, a)))


def _separated(a: FloatArray, b: FloatArray) -> BoolArray:
    """An edge of `a` has all of `b` on its other side, or on it; a triangle without area shares none."""
    out = np.zeros(len(a), dtype=bool)
    for n in range(3):
        p, q, own = a[:, n], a[:, (n + 1) % 3], a[:, (n + 2) % 3]
        edge = q - p
        inward = _cross2(edge, own - p)
        others = np.stack([_cross2(edge, b[:, m] - p) for m in range(3)], axis=1) * np.sign(inward)[:, None]
        out |= (others <= _FLAT * np.abs(inward)[:, None]).all(axis=1)
    return out


def _cross2(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
