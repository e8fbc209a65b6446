"""Where a plane cuts a mesh: the outline as loose segments, and what it spans along directions in the plane."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

_JOINED_MM = 1e-6  # between the ends of neighbouring segments: rounding


def section(mesh: Mesh, point_lps_mm: FloatArray, normal_lps: FloatArray) -> FloatArray:
    """`(n, 2, 3)` segments in which a plane cuts the triangles, LPS mm; a corner on the plane counts as above it."""
    away = _along(mesh.vertices_lps_mm - np.asarray(point_lps_mm), normal_lps)
    above = (away >= 0)[mesh.faces]
    cut = above.any(axis=1) & ~above.all(axis=1)
    faces, above = mesh.faces[cut], above[cut]
    # the corner that is alone on its side comes first: the plane cuts both edges that leave it
    alone = np.argmax(above == (above.sum(axis=1) == 1)[:, None], axis=1)
    first, *others = (faces[np.arange(len(faces)), (alone + n) % 3] for n in range(3))
    return np.stack([_between(mesh.vertices_lps_mm, away, first, other) for other in others], axis=1)


def _between(points: FloatArray, away: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    share = away[a] / (away[a] - away[b])
    return np.asarray(points[a] + share[:, None] * (points[b] - points[a]))


def _along(vectors: FloatArray, direction: FloatArray) -> FloatArray:
    return np.asarray(vectors[..., 0] * direction[0] + vectors[..., 1] * direction[1] + vectors[..., 2] * direction[2])


def reach_mm(segments: FloatArray, origin_lps_mm: FloatArray, direction_lps: FloatArray) -> tuple[float, float]:
    """The least and the greatest place of an outline along a direction from a point. Raises ValueError for an empty outline."""
    if not len(segments):
        raise ValueError("the plane cuts no triangle")
    at = _along(segments - np.asarray(origin_lps_mm), direction_lps)
    return float(at.min()), float(at.max())


def span_mm(segments: FloatArray, origin_lps_mm: FloatArray, direction_lps: FloatArray) -> tuple[float, float]:
    """The ends along a direction of the part of an outline in whose shadow a point lies, or that is nearest to it.

    What the plane cuts elsewhere, and that shadow does not touch, is no part of it. Raises ValueError for an empty outline.
    """
    if not len(segments):
        raise ValueError("the plane cuts no triangle")
    ends = np.sort(_along(segments - np.asarray(origin_lps_mm), direction_lps), axis=1)
    low, high = ends[np.argsort(ends[:, 0], kind="stable")].T
    far = np.maximum.accumulate(high)
    first = np.flatnonzero(np.concatenate([[True], low[1:] > far[:-1] + _JOINED_MM]))
    starts, stops = low[first], far[np.concatenate([first[1:], [len(low)]]) - 1]
    nearest = int(np.argmin(np.maximum(0.0, np.maximum(starts, -stops))))
    return float(starts[nearest]), float(stops[nearest])


def chord(
    segments: FloatArray, origin_lps_mm: FloatArray, across_lps: FloatArray, along_lps: FloatArray
) -> tuple[float, float] | None:
    """Where the line through a point along one direction of the plane leaves the outline first and last; None where it misses it.

    across_lps: the direction of the plane square to the line.
    """
    away = _along(segments - np.asarray(origin_lps_mm), across_lps)
    met = (away[:, 0] >= 0) != (away[:, 1] >= 0)
    if not met.any():
        return None
    (a, b), place = away[met].T, _along(segments[met] - np.asarray(origin_lps_mm), along_lps)
    at = place[:, 0] + a / (a - b) * (place[:, 1] - place[:, 0])
    return float(at.min()), float(at.max())


def off_mm(segments: FloatArray, point_lps_mm: FloatArray, x_lps: FloatArray, y_lps: FloatArray) -> float:
    """How far a point of the plane lies off an outline that is all to one side of it; 0 where it is around the point, hollow or not.

    x_lps, y_lps: orthonormal in the plane. Raises ValueError for an empty outline.
    """
    if not len(segments):
        raise ValueError("the plane cuts no triangle")
    rest = segments - np.asarray(point_lps_mm)
    x, y = (_along(rest, axis) for axis in (x_lps, y_lps))
    turns = np.sort(np.arctan2(y, x), axis=None)
    gaps = np.diff(np.append(turns, turns[0] + 2 * np.pi))
    return 0.0 if gaps.max() < np.pi else float(_nearest_mm(np.stack([x, y], axis=-1)))


def _nearest_mm(segments: FloatArray) -> FloatArray:
    """From the origin to the nearest of `(n, 2, k)` segments."""
    start, way = segments[:, 0], segments[:, 1] - segments[:, 0]
    long2 = np.maximum(np.square(way).sum(axis=1), 1e-24)
    share = np.clip(-(start * way).sum(axis=1) / long2, 0.0, 1.0)
    return np.asarray(np.sqrt(np.square(start + share[:, None] * way).sum(axis=1)).min())
