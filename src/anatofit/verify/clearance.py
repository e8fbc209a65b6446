"""CR-GAP-1, CR-GAP-2, CR-HOST-1: how far the seated part is from the host bone, and whether it reaches into it.

Distances are exact from points to triangles, asked both ways: the part's vertices and 8000 points spread over it against the
host, the host's vertices against the part. What is not asked is edge against edge between vertices: the smallest distance may
be missed by the sagitta of one triangle, about 0.02 mm at edges of 1 mm on a curved wall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.verify.distances import Walls, even_points, near_box
from anatofit.verify.subject import Measurement, Subject

SAMPLES = 8000
CROP_MM = 12.0  # host bone farther than this from the part's box decides nothing about clearance
RIM_REACH_MM = 4.0  # the part faces bone where bone is nearer than this; elsewhere the defect is open
NEAR_MM = 2.5  # vertices nearer than this are all asked until the smallest distance is certain
_BATCH = 2000
_PARITY_SAMPLES = 1500
# Nearer than this a sign may be rounding of float32 files; the depth is then the distance itself, which is as small.
_ROUNDING_MM = 1e-4


@dataclass(frozen=True)
class Gap:
    """Distances of one seated part: smallest, along the rim, and the greatest depth inside the host."""

    smallest_mm: float
    rim_mm: FloatArray
    deepest_mm: float
    by_rays: bool


def gap_of(subject: Subject) -> Gap:
    """The distances, measured once for the three checks that ask. Raises ValueError without a host."""
    if subject.host is None:
        raise subject.absent("models/host.stl")
    host = subject.host
    return subject.once("gap", lambda: _measure(body_of(subject), host))


def body_of(subject: Subject) -> Walls:
    """The part, ready to be asked for distances by every check that needs them."""
    return subject.once("part", lambda: Walls(subject.part))


def clearance_min(subject: Subject, requirement: Requirement) -> Measurement:
    """The smallest distance between part and host, mm; minus the depth where the part reaches into the host."""
    gap = gap_of(subject)
    if not np.isfinite(gap.smallest_mm):
        return Measurement(
            -1.0, f"no host bone within {NEAR_MM:g} mm of the part; a seated part is wanted", failed=True
        )
    return Measurement(gap.smallest_mm if gap.deepest_mm <= 0 else -gap.deepest_mm)


def clearance_rim_p95(subject: Subject, requirement: Requirement) -> Measurement:
    """The 95th percentile of the distance where the part faces bone, mm."""
    rim = gap_of(subject).rim_mm
    if len(rim) < 50:
        return Measurement(
            -1.0, f"{len(rim)} points of the part face bone within {RIM_REACH_MM:g} mm; 50 are wanted", failed=True
        )
    low, mid, high = (float(v) for v in np.percentile(rim, [5, 50, 95]))
    values = {
        "min": float(rim.min()),
        "p5": low,
        "p50": mid,
        "p95": high,
        "max": float(rim.max()),
        "points": float(len(rim)),
    }
    return Measurement(high, f"over {len(rim)} points that face bone within {RIM_REACH_MM:g} mm", values)


def penetration(subject: Subject, requirement: Requirement) -> Measurement:
    """The deepest reach of the part into the host, or of the host into the part, mm; 0 where neither does."""
    gap = gap_of(subject)
    how = "by normals and by rays" if gap.by_rays else "by normals alone: the host's surface is not closed"
    return Measurement(max(gap.deepest_mm, 0.0), f"inside told {how}")


def _measure(body: Walls, host: Mesh) -> Gap:
    part = body.mesh
    low, high = part.bounds_lps_mm
    local = near_box(host, low - CROP_MM, high + CROP_MM)
    if not len(local.faces):
        return Gap(float("inf"), np.zeros(0), 0.0, False)
    bone, whole = Walls(local), Walls(host)
    even, normals = even_points(part, SAMPLES)
    near = bone.at_least_mm(even, up_to_mm=CROP_MM) <= CROP_MM
    even, normals = even[near], normals[near]
    signed = bone.signed_mm(even)
    smallest = min(
        _smallest(bone, part.vertices_lps_mm), _smallest(body, local.vertices_lps_mm), float(signed.min(initial=np.inf))
    )
    deepest = max(-smallest if np.isfinite(smallest) else 0.0, 0.0)
    if whole.closed:
        deepest = max(deepest, _depth_by_rays(whole, even, signed))
    rim = _facing(bone, even, normals, signed)
    return Gap(float(smallest), rim, deepest, whole.closed)


def _facing(bone: Walls, points: FloatArray, normals: FloatArray, signed: FloatArray) -> FloatArray:
    """Distances of the points from which the way straight out meets bone within reach, and of those inside it."""
    within = np.abs(signed) <= RIM_REACH_MM
    points, normals, signed = points[within], normals[within], signed[within]
    return np.asarray(signed[bone.meets(points, points + RIM_REACH_MM * normals) | (signed < 0)])


def _depth_by_rays(host: Walls, points: FloatArray, signed: FloatArray) -> float:
    """The greatest depth among an even choice of points that rays find inside."""
    chosen = np.unique(np.linspace(0, len(points) - 1, min(len(points), _PARITY_SAMPLES)).astype(np.int64))
    inside = chosen[host.inside_by_rays(points[chosen])]
    deep = np.abs(signed[inside])
    return float(deep[deep > _ROUNDING_MM].max(initial=0.0))


def _smallest(walls: Walls, points: FloatArray) -> float:
    """The smallest signed distance of the points: by rising lower bound, until no other can be smaller."""
    bound = walls.at_least_mm(points, up_to_mm=NEAR_MM)
    order = np.argsort(bound, kind="stable")
    order = order[bound[order] <= NEAR_MM]
    best = float("inf")
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        if bound[batch[0]] > max(best, 0.0):
            break
        best = min(best, float(walls.signed_mm(points[batch]).min()))
    return best
