"""How deep two triangles that cut reach into each other: by the axis along which they are nearest to being apart."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray

# Triangles whose corners all lie this near to one plane lie upon each other: float32 rounding at 200 mm.
LYING_MM = 2e-5


def overlap_depth(first: FloatArray, second: FloatArray) -> FloatArray:
    """`(n, 3, 3)` pairs to `(n,)` millimetres, by the separating-axis theorem; within their plane where they lie in one."""
    if not len(first):
        return np.zeros(0)
    edges_a, edges_b = np.roll(first, -1, axis=1) - first, np.roll(second, -1, axis=1) - second
    normal_a, normal_b = np.cross(edges_a[:, 0], edges_a[:, 1]), np.cross(edges_b[:, 0], edges_b[:, 1])
    lying = np.minimum(_off_plane(second, first, normal_a), _off_plane(first, second, normal_b)) < LYING_MM
    crosses = np.cross(edges_a[:, :, None], edges_b[:, None]).reshape(len(first), 9, 3)
    across = np.concatenate([normal_a[:, None], normal_b[:, None], crosses], axis=1)
    depth = np.empty(len(first))
    depth[~lying] = _least_overlap(first[~lying], second[~lying], across[~lying])
    larger = np.where((_square(normal_a) > _square(normal_b))[:, None], normal_a, normal_b)
    within = np.cross(larger[:, None], np.concatenate([edges_a, edges_b], axis=1))
    depth[lying] = _least_overlap(first[lying], second[lying], within[lying])
    return depth


def _square(vectors: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("...i,...i->...", vectors, vectors))


def _off_plane(corners: FloatArray, other: FloatArray, normal: FloatArray) -> FloatArray:
    """The largest distance of the corners from the other triangle's plane; inf where that has no area."""
    length = np.sqrt(_square(normal))
    height = np.abs(np.einsum("nij,nj->ni", corners - other[:, :1], normal)).max(axis=1)
    return np.asarray(np.where(length > 0, height / np.where(length > 0, length, 1.0), np.inf))


def _least_overlap(first: FloatArray, second: FloatArray, axes: FloatArray) -> FloatArray:
    """The least overlap of the two shadows over `(n, k, 3)` axes; axes too short to have a direction do not count."""
    length = np.sqrt(_square(axes))
    sound = length > 1e-9 * np.maximum(length.max(axis=1, initial=0.0), 1e-30)[:, None]
    unit = axes / np.where(sound, length, 1.0)[..., None]
    origin = first[:, :1]
    a, b = (np.einsum("nij,nkj->nki", t - origin, unit) for t in (first, second))
    overlap = np.minimum(a.max(axis=2) - b.min(axis=2), b.max(axis=2) - a.min(axis=2))
    least = np.where(sound, overlap, np.inf).min(axis=1, initial=np.inf)
    return np.asarray(np.where(np.isfinite(least), least, 0.0))
