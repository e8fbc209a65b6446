"""How large a drill goes through: the least distance of a part's triangles from an axis, between two places along it; exact."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.verify.surface import BoolArray, cropped, spokes


def free_radius_mm(
    part: Mesh, place_lps_mm: FloatArray, axis_lps: FloatArray, *, low_mm: float, high_mm: float, reach_mm: float
) -> float:
    """The least distance in mm of the part from the axis between `low_mm` and `high_mm` along it; at most `reach_mm`."""
    frame = np.column_stack([*spokes(axis_lps, 4)[:2], axis_lps])
    local = Mesh((part.vertices_lps_mm - place_lps_mm) @ frame, part.faces)
    near = cropped(local, np.array([-reach_mm, -reach_mm, low_mm]), np.array([reach_mm, reach_mm, high_mm]))
    triangles = near.triangles_lps_mm
    if not len(triangles):
        return reach_mm
    if _pierced(triangles, low_mm, high_mm).any():
        return 0.0
    found = [_edge_mm(triangles[:, n], triangles[:, (n + 1) % 3], low_mm, high_mm) for n in range(3)]
    found += [_section_mm(triangles, height) for height in (low_mm, high_mm)]
    return min(reach_mm, float(np.min(found)))


def _edge_mm(start: FloatArray, end: FloatArray, low: float, high: float) -> FloatArray:
    """How far the piece of each edge between two heights is from the axis; inf where there is none."""
    rise = end[:, 2] - start[:, 2]
    level = rise == 0
    share = np.sort((np.array([[low], [high]]) - start[:, 2]) / np.where(level, 1.0, rise), axis=0)
    inside = (start[:, 2] >= low) & (start[:, 2] <= high)
    enters = np.where(level, np.where(inside, 0.0, 2.0), np.maximum(share[0], 0.0))
    leaves = np.where(level, 1.0, np.minimum(share[1], 1.0))
    away = _segment_mm(start[:, :2], (end - start)[:, :2], enters, np.maximum(leaves, enters))
    return np.where(enters <= leaves, away, np.inf)


def _section_mm(triangles: FloatArray, height: float) -> FloatArray:
    """How far the cut of each triangle at a height is from the axis; inf where there is none."""
    ends, cuts = [], []
    for n in range(3):
        a, b = triangles[:, n], triangles[:, (n + 1) % 3]
        crosses = (a[:, 2] < height) != (b[:, 2] < height)
        share = np.where(crosses, (height - a[:, 2]) / np.where(crosses, b[:, 2] - a[:, 2], 1.0), 0.0)
        ends.append((a + share[:, None] * (b - a))[:, :2])
        cuts.append(crosses)
    pairs = ((0, 1), (1, 2), (2, 0))
    away = [np.where(cuts[n] & cuts[m], _segment_mm(ends[n], ends[m] - ends[n], 0.0, 1.0), np.inf) for n, m in pairs]
    return np.asarray(np.min(away, axis=0))


def _segment_mm(start: FloatArray, way: FloatArray, low: FloatArray | float, high: FloatArray | float) -> FloatArray:
    """How far from the origin the piece of each `start + t * way` between two t is, in the plane."""
    length = np.einsum("ij,ij->i", way, way)
    foot = -np.einsum("ij,ij->i", start, way) / np.where(length == 0, 1.0, length)
    return np.asarray(np.linalg.norm(start + np.clip(foot, low, high)[:, None] * way, axis=1))


def _pierced(triangles: FloatArray, low: float, high: float) -> BoolArray:
    """Which triangles the axis goes through between two heights."""
    a, b, c = np.moveaxis(triangles, 1, 0)
    turns = np.stack([p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0] for p, q in ((b, c), (c, a), (a, b))])
    total = turns.sum(axis=0)
    around = (total != 0) & ((turns >= 0).all(axis=0) | (turns <= 0).all(axis=0))
    height = (turns[0] * a[:, 2] + turns[1] * b[:, 2] + turns[2] * c[:, 2]) / np.where(total == 0, 1.0, total)
    return np.asarray(around & (height >= low) & (height <= high))
