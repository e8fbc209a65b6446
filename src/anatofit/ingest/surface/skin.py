"""Holes in the skin of a foot or a limb are closed by what lies around them, each with a figure of how well that is known."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.patch import MOST_POINTS
from anatofit.geometry.plate import Around, spanned, tried_mm, width_mm
from anatofit.ingest.surface.holes import add, close_least, edge_keys
from anatofit.ingest.surface.mend import Shape, openings
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh
from anatofit.model.surface_scan import ClosedHole, HoleFacts, SurfaceAnatomy

SKINS = (SurfaceAnatomy.FOOT, SurfaceAnatomy.LIMB)
# The opening that a skin comes with, by how far it spreads, as a share of how far the skin does: an ankle's is about a third of its foot's,
# a thigh's a quarter of its leg's, and the edge of a sole is as far as that. What spreads less is a hole, though there be no other opening.
_RIM_SHARE = 0.2


def close_skin(shape: Shape) -> tuple[ClosedHole, ...]:
    """Closes every opening but that which a skin comes with, and tells of each, the widest first. Small ones (`close_small`) are closed before."""
    loops = _holes(shape)
    if not loops:
        return ()
    scanned, edges = Around(Mesh(shape.vertices, shape.faces)), edge_keys(shape.faces)
    closed = [_closed(shape, loop, scanned, edges) for loop in loops]
    whole, first_new = Around(Mesh(shape.vertices, shape.faces)), len(scanned.mesh.vertices_lps_mm)
    told = [_told(whole, made, first_new) for made in closed if made is not None]
    told.sort(key=lambda hole: (-hole.facts.width_mm, hole.facts.centre_mm))
    for hole in told:
        shape.did("hole", 1, hole.facts.sentence)
    return tuple(told)


def _holes(shape: Shape) -> list[IntArray]:
    """The loops of all openings but the one that a skin comes with."""
    loops = sorted(openings(shape), key=lambda loop: -_spread_mm(shape.vertices[loop]))
    rim = loops and _spread_mm(shape.vertices[loops[0]]) > _RIM_SHARE * _spread_mm(shape.vertices)
    return loops[1:] if rim else loops


def _spread_mm(points: FloatArray) -> float:
    return float(np.linalg.norm(np.ptp(points, axis=0)))


def _closed(shape: Shape, loop: IntArray, scanned: Around, edges: set[int]) -> tuple[IntArray, bool] | None:
    """The vertices of an edge and of what closes it, and whether that carries on the skin; None where it stays open."""
    found = spanned(scanned, loop)
    if found is not None:
        new, faces = found
        patch = np.concatenate([loop, len(shape.vertices) + np.arange(len(new))])[faces]
        if not (edge_keys(patch) - edge_keys(loop[None])) & edges:
            shape.vertices = np.concatenate([shape.vertices, new])
            add(shape, patch, edges)
            return np.unique(patch), True
    if len(loop) > MOST_POINTS:
        return None
    close_least(shape, loop, edges)
    return loop, False


def _told(whole: Around, made: tuple[IntArray, bool], first_new: int) -> ClosedHole:
    patch, carried_on = made
    points = whole.mesh.vertices_lps_mm[patch]
    edge = points[patch < first_new]
    width, middle = width_mm(edge), edge.mean(axis=0)
    made_up = np.arange(first_new, len(whole.mesh.vertices_lps_mm))
    off = tried_mm(whole, middle, width / 2, made_up=made_up) if carried_on else np.zeros(0)
    x, y, z = (round(float(v), 4) for v in middle)
    facts = HoleFacts(
        centre_mm=(x, y, z),
        width_mm=round(width, 2),
        off_mm=round(float(off.max()), 2) if len(off) else None,
        tried=len(off),
        flat=not carried_on,
    )
    return ClosedHole(points, facts)
