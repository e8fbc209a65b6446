"""Where a surface cuts itself: small places are cut out and closed again, anything larger is refused."""

from __future__ import annotations

import numpy as np

from anatofit.errors import GeometryError
from anatofit.geometry.crossings import crossing_pairs
from anatofit.geometry.halfedges import bodies_of
from anatofit.ingest.surface.bodies import drop_scraps
from anatofit.ingest.surface.holes import close_small
from anatofit.ingest.surface.mend import Shape, part_touching
from anatofit.ingest.surface.raw import refused
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh
from anatofit.model.words import bracketed, counted

# A place that is cut out and closed flat is at most so wide: a fold of a segmentation, not a wall through another
# (a proposal, to be confirmed).
WIDEST_MM = 8.0
# Beyond so many pairs nothing is mended; the search ends there.
MOST_PAIRS = 5000
ROUNDS = 3
_NAMED = 3


def mend_cuts(shape: Shape) -> None:
    """Cuts are cut out and closed, in at most three rounds. Raises ScanUnsuitableError where some remain."""
    for left in reversed(range(ROUNDS + 1)):
        pairs = _pairs(shape)
        if not len(pairs):
            return
        places = _places(shape, np.unique(pairs)) if left and len(pairs) < MOST_PAIRS else []
        if not places or max(width for _, width in places) > WIDEST_MM:
            raise _refusal(shape, pairs)
        _cut_out(shape, places)


def _pairs(shape: Shape) -> IntArray:
    try:
        return crossing_pairs(Mesh(shape.vertices, shape.faces), most=MOST_PAIRS)
    except GeometryError as error:
        raise refused("surface-crossing", "Triangles lie upon each other in a heap") from error


def _places(shape: Shape, faces: IntArray) -> list[tuple[IntArray, float]]:
    """Faces that cut, place by place, and how wide each is: with their neighbours, but where these make it too wide to be closed (triangles of
    4 mm do) those that cut alone."""
    touched = np.zeros(len(shape.vertices), dtype=bool)
    touched[shape.faces[faces]] = True
    grown = np.flatnonzero(touched[shape.faces].any(axis=1))
    labels = bodies_of(shape.faces[grown])
    places = [grown[labels == n] for n in range(int(labels.max()) + 1)]
    return [_place(shape, place, place[np.isin(place, faces)]) for place in places]


def _place(shape: Shape, grown: IntArray, cutting: IntArray) -> tuple[IntArray, float]:
    wide = _width_mm(shape, grown)
    return (grown, wide) if wide <= WIDEST_MM else (cutting, _width_mm(shape, cutting))


def _width_mm(shape: Shape, faces: IntArray) -> float:
    return float(np.linalg.norm(np.ptp(shape.vertices[shape.faces[faces].ravel()], axis=0)))


def _cut_out(shape: Shape, places: list[tuple[IntArray, float]]) -> None:
    keep = np.ones(len(shape.faces), dtype=bool)
    for faces, _ in places:
        keep[faces] = False
    gone, widest = int((~keep).sum()), max(width for _, width in places)
    shape.keep(keep, "crossing")
    part_touching(shape)
    drop_scraps(shape)
    close_small(shape, largest_mm=np.pi * WIDEST_MM)
    what = f"At {counted(len(places), 'place')}, the widest {widest:.1f} mm, the surface cut itself: {{n}} triangles were cut out"
    shape.did("crossings", gone, f"{what} and the holes closed")


def _refusal(shape: Shape, pairs: IntArray) -> Exception:
    at: FloatArray = shape.vertices[shape.faces[pairs[:_NAMED, 0]]].mean(axis=1)
    places = ", ".join(bracketed(p, 1) for p in at)
    more = "At least " if len(pairs) >= MOST_PAIRS else ""
    return refused(
        "surface-crossing", f"{more}{counted(len(pairs), 'pair')} of triangles cut each other, as at {places} mm"
    )
