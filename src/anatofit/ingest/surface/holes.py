"""Small holes are closed, large openings stay and are measured."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.patch import MOST_POINTS, least_patch
from anatofit.ingest.surface.mend import Shape, openings
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray
from anatofit.model.surface_scan import BoundaryLoop, LoopFacts

# A hole that a scanner leaves where it did not see: up to 10 mm across (a proposal, to be confirmed), and a small share of a small bone.
SMALL_PERIMETER_MM = 30.0
SMALL_SHARE = 0.25  # of the longest extent


def close_small(shape: Shape, *, largest_mm: float | None = None) -> None:
    """Closes every opening whose edge is short enough, by triangles between the points of the edge."""
    loops = openings(shape)
    if not loops:
        return
    extent = float(np.ptp(shape.vertices, axis=0).max())
    limit = min(SMALL_PERIMETER_MM, SMALL_SHARE * extent) if largest_mm is None else largest_mm
    small = [loop for loop in loops if perimeter(shape.vertices[loop]) <= limit and 3 <= len(loop) <= MOST_POINTS]
    if not small:
        return
    edges = edge_keys(shape.faces)
    for loop in small:
        close_least(shape, loop, edges)
    longest = max(perimeter(shape.vertices[loop]) for loop in small)
    shape.did("small holes", len(small), f"holes that were closed, the largest {longest:.1f} mm round its edge: {{n}}")


def close_least(shape: Shape, loop: IntArray, edges: set[int]) -> None:
    """Closes an opening by the patch of least area. edges: those of the surface, as `edge_keys` has them."""
    patch = loop[least_patch(shape.vertices[loop])]
    rim = edge_keys(loop[None])
    if (edge_keys(patch) - rim) & edges:
        # an edge across the hole is there already: a corner in its middle keeps the surface a surface
        middle = len(shape.vertices)
        shape.vertices = np.vstack([shape.vertices, shape.vertices[loop].mean(axis=0)])
        patch = np.stack([np.roll(loop, -1), loop, np.full(len(loop), middle)], axis=1)
    add(shape, patch, edges)


def add(shape: Shape, patch: IntArray, edges: set[int]) -> None:
    """Faces that close a hole join the surface and its edges."""
    edges |= edge_keys(patch)
    shape.faces = np.concatenate([shape.faces, patch])
    shape.added = np.concatenate([shape.added, np.ones(len(patch), dtype=bool)])


def edge_keys(faces: IntArray) -> set[int]:
    """The edges of faces as numbers, whatever vertices are added meanwhile."""
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    return set(((np.minimum(start, end) << 31) + np.maximum(start, end)).tolist())


def perimeter(points: FloatArray) -> float:
    """Length of a closed line."""
    return float(np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1).sum())


def measured_loops(shape: Shape) -> tuple[BoundaryLoop, ...]:
    """What is open, the longest edge first."""
    loops = [_measured(shape.vertices[loop]) for loop in openings(shape)]
    return tuple(sorted(loops, key=lambda b: (-b.facts.perimeter_mm, b.facts.centre_mm)))


def _measured(points: FloatArray) -> BoundaryLoop:
    middle = points.mean(axis=0)
    off = points - middle
    normal = np.linalg.svd(off, full_matrices=False)[2][-1] if len(points) > 3 else np.zeros(3)
    facts = LoopFacts(
        perimeter_mm=round(perimeter(points), 4),
        points=len(points),
        centre_mm=tuple(round(float(v), 4) for v in middle),
        flatness_mm=round(float(np.abs(off @ normal).max()), 4),
    )
    return BoundaryLoop(points, facts)
