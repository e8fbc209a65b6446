"""Distances between straight pieces, for whoever measures how near two ways come."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray


def segments_mm(p: FloatArray, q: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """`(n,)` distances between one segment and others (Eberly 2001, by alternating feet and the ends)."""
    u, v, w = q - p, b - a, p - a
    uu, uv, vv = float(u @ u), v @ u, np.einsum("ij,ij->i", v, v)
    uw, vw = w @ u, np.einsum("ij,ij->i", v, w)
    det = uu * vv - uv**2
    free = np.where(det > 1e-12 * uu * np.maximum(vv, 1e-12), (uv * vw - vv * uw) / np.where(det == 0, 1.0, det), 0.0)
    found = []
    for s in (np.clip(free, 0.0, 1.0), np.zeros(len(a)), np.ones(len(a))):
        t = np.clip((uv * s + vw) / np.maximum(vv, 1e-12), 0.0, 1.0)
        s = np.clip((uv * t - uw) / uu, 0.0, 1.0)
        found.append(np.linalg.norm(w + np.multiply.outer(s, u) - t[:, None] * v, axis=1))
    return np.asarray(np.min(found, axis=0))
