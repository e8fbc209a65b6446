"""Polygons become triangles: no corner is added, and the polygon's own outline stays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.surface.raw import check_count, refused
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

# Cutting an ear off asks of every other corner whether it lies inside; no mesh has faces with more corners that bend inwards.
MOST_CORNERS = 400


def cut_polygons(vertices: NDArray[Any], corners: IntArray, sizes: IntArray) -> IntArray:
    """`(m, 3)` triangles of polygons: `corners` holds their vertices one after the other, `sizes` how many each has.

    Quads along the diagonal that keeps both halves facing as the whole does; others as a fan where all of it does, else ear by
    ear. Raises ScanUnsuitableError where a polygon has fewer than three corners or cannot be cut.
    """
    if len(sizes) and int(sizes.min()) < 3:
        raise refused("surface-damaged", f"A face has {int(sizes.min())} corners, at least 3 are wanted")
    if len(corners) and (corners.min() < 0 or corners.max() >= len(vertices)):
        raise refused("surface-damaged", "A face names a vertex that does not exist")
    check_count(int((sizes - 2).sum()))
    starts = np.cumsum(sizes) - sizes
    parts = [corners[starts[sizes == 3][:, None] + np.arange(3)]]
    quads = corners[starts[sizes == 4][:, None] + np.arange(4)]
    larger = np.flatnonzero(sizes > 4)
    with np.errstate(all="ignore"):  # what is not finite is found when all numbers are looked at
        if len(quads):
            parts.append(_halved(np.asarray(vertices, dtype=np.float64), quads))
        parts += [_cut(vertices, corners[starts[n] : starts[n] + sizes[n]]) for n in larger]
    owners = [
        np.flatnonzero(sizes == 3),
        np.repeat(np.flatnonzero(sizes == 4), 2),
        np.repeat(larger, sizes[larger] - 2),
    ]
    order = np.argsort(np.concatenate(owners), kind="stable")
    return np.ascontiguousarray(np.concatenate(parts)[order], dtype=np.int64)


def _halved(vertices: FloatArray, quads: IntArray) -> IntArray:
    """Both ways to halve each quad are looked at; the one whose worse half faces better is taken."""
    a, b, c, d = (vertices[quads[:, n]] for n in range(4))
    whole = np.cross(c - a, d - b)
    first = np.minimum(_facing(a, b, c, whole), _facing(a, c, d, whole))
    second = np.minimum(_facing(a, b, d, whole), _facing(b, c, d, whole))
    way = np.where((second > first)[:, None], [0, 1, 3, 1, 2, 3], [0, 1, 2, 0, 2, 3])
    return np.asarray(np.take_along_axis(quads, way, axis=1).reshape(-1, 3))


def _facing(a: FloatArray, b: FloatArray, c: FloatArray, whole: FloatArray) -> FloatArray:
    return np.asarray((np.cross(b - a, c - a) * whole).sum(axis=1))


def _cut(vertices: NDArray[Any], polygon: IntArray) -> IntArray:
    points = np.asarray(vertices[polygon], dtype=np.float64)
    points = points - points[0]
    normal = np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0)
    n = len(polygon)
    fan = np.stack([np.zeros(n - 2, dtype=np.int64), np.arange(1, n - 1), np.arange(2, n)], axis=1)
    a, b, c = np.moveaxis(points[fan], 1, 0)
    if (_facing(a, b, c, normal) >= 0).all():
        return np.asarray(polygon[fan])
    if n > MOST_CORNERS:
        raise refused("surface-damaged", f"A face that bends inwards has {n} corners, at most {MOST_CORNERS} are cut")
    return np.asarray(polygon[_ears(_flat(points, normal))])


def _flat(points: FloatArray, normal: FloatArray) -> FloatArray:
    """The polygon seen along its normal, counter-clockwise."""
    axis = int(np.argmax(np.abs(normal)))
    u, v = (axis + 1) % 3, (axis + 2) % 3
    flat = points[:, [u, v]]
    return flat if normal[axis] > 0 else flat * np.array([-1.0, 1.0])


def _ears(points: FloatArray) -> IntArray:
    """Triangles of a simple polygon `(n, 2)`, one ear after the other (Meisters 1975). Raises ScanUnsuitableError where there is no ear."""
    left, out = list(range(len(points))), []
    while len(left) > 3:
        ear = next((k for k in range(len(left)) if _is_ear(points, left, k)), None)
        if ear is None:
            raise refused("surface-damaged", "A face crosses itself")
        out.append((left[ear - 1], left[ear], left[(ear + 1) % len(left)]))
        del left[ear]
    return np.array([*out, tuple(left)], dtype=np.int64)


def _is_ear(points: FloatArray, left: list[int], k: int) -> bool:
    a, b, c = points[left[k - 1]], points[left[k]], points[left[(k + 1) % len(left)]]
    if _turn(a, b, c) <= 0:
        return False
    others = points[[p for p in left if p not in (left[k - 1], left[k], left[(k + 1) % len(left)])]]
    inside = (_turn(a, b, others) >= 0) & (_turn(b, c, others) >= 0) & (_turn(c, a, others) >= 0)
    return not bool(inside.any())


def _turn(a: FloatArray, b: FloatArray, c: FloatArray) -> Any:
    return (b[0] - a[0]) * (c[..., 1] - a[1]) - (b[1] - a[1]) * (c[..., 0] - a[0])
