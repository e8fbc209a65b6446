"""A soup of triangles becomes a surface with one outside: every step tells what and how many, and every triangle is accounted for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import GeometryError
from anatofit.geometry.flats import without_doubles, without_lines, without_repeated
from anatofit.geometry.halfedges import NONE, edges_of, loops_of, parted, twins_of
from anatofit.geometry.orient import turned_alike, turned_outward
from anatofit.geometry.weld import used_only, used_vertices, welded, welded_near
from anatofit.ingest.surface.raw import refused
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray
from anatofit.model.surface_scan import WELDED, Repair

# Corners this near, as a share of the whole extent, were one before a program rounded them: float32 leaves 1e-7 of it.
NEAR_SHARE = 1e-5
# Edges at which more than two faces meet, beyond which a surface is no surface.
MOST_CROWDED = 20_000


@dataclass
class Shape:
    """A surface on the way, and what was done to it. vertices: `(n, 3)` mm; faces: `(m, 3)`; `added` of the faces close holes."""

    vertices: FloatArray
    faces: IntArray
    read: int
    dropped: Counter[str] = field(default_factory=Counter)
    repairs: list[Repair] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    added: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def did(self, what: str, count: int, sentence: str) -> None:
        """A line of the record, where something was done."""
        if count:
            self.repairs.append(Repair(what=what, count=count, sentence=sentence.format(n=count)))

    def keep(self, faces: NDArray[np.bool_], cause: str) -> None:
        """Only these faces stay; the others, but for those that closed a hole, are counted under `cause`."""
        self.dropped[cause] += int((~faces & ~self.added).sum())
        self.faces, self.added = self.faces[faces], self.added[faces]
        self.tidy()

    def tidy(self) -> None:
        """Vertices that no face names go."""
        if len(self.faces):
            self.vertices, self.faces = used_only(self.vertices, self.faces)


def soup_to_shape(vertices: NDArray[Any], faces: IntArray, *, mm_per_unit: float) -> Shape:
    """Corners become vertices, double and flat faces go, faces are turned alike and apart where bodies touch.

    Raises ScanUnsuitableError for a surface with one side only or with edges that cannot be untangled.
    """
    points, index = welded(vertices)
    shape = Shape(points * mm_per_unit, index[faces], read=len(faces))
    merged = int(used_vertices(faces, len(vertices)).sum()) - int(used_vertices(shape.faces, len(points)).sum())
    shape.did(WELDED, merged, "corners that shared a place became one vertex: {n}")
    _drop_flat(shape)
    _close_cracks(shape)
    _drop_lines(shape)
    if not len(shape.faces):
        raise refused("surface-empty", f"None of the {shape.read} triangles has an area")
    shape.tidy()
    _turn(shape)
    part_touching(shape)
    shape.added = np.zeros(len(shape.faces), dtype=bool)
    return shape


def _drop_flat(shape: Shape) -> None:
    shape.faces, flat = without_repeated(shape.faces)
    shape.faces, double = without_doubles(shape.faces)
    shape.dropped["degenerate"] += flat
    shape.dropped["duplicate"] += double
    shape.did("degenerate triangles", flat, "triangles with two corners at one place were dropped: {n}")
    shape.did("duplicate triangles", double, "triangles that stand there twice were dropped: {n}")


def _close_cracks(shape: Shape) -> None:
    """Corners along open edges that rounding has parted become one."""
    edges = edges_of(shape.faces)
    if not edges.open_count:
        return
    half = edges.order[edges.starts[edges.counts == 1]]
    rim = np.unique(np.concatenate([shape.faces.ravel()[half], np.roll(shape.faces, -1, axis=1).ravel()[half]]))
    extent = float(np.ptp(shape.vertices[shape.faces.ravel()], axis=0).max())
    index = welded_near(shape.vertices, rim, tolerance=NEAR_SHARE * extent)
    moved = int((index != np.arange(len(index))).sum())
    if moved:
        shape.faces = index[shape.faces]
        shape.did(
            "cracks",
            moved,
            f"corners along open edges that became one with another within {1000 * NEAR_SHARE * extent:.2g} µm: {{n}}",
        )
        _drop_flat(shape)


def _drop_lines(shape: Shape) -> None:
    shape.faces, turned, gone = without_lines(shape.vertices, shape.faces)
    shape.did(
        "flat triangles", turned, "triangles with their corners in one line were turned into the face beside them: {n}"
    )
    shape.dropped["degenerate"] += gone
    shape.did("flat triangles at an edge", gone, "triangles with their corners in one line were dropped: {n}")


def _turn(shape: Shape) -> None:
    try:
        shape.faces, flipped = turned_alike(shape.faces)
    except GeometryError as error:
        raise refused("surface-one-sided", "The surface has one side only") from error
    shape.did(
        "turned triangles",
        int(flipped.sum()),
        "triangles that ran the other way than their neighbours were turned: {n}",
    )


def part_touching(shape: Shape) -> None:
    """Bodies that touch along an edge or at a vertex get edge and vertex each for themselves."""
    crowded = edges_of(shape.faces).crowded_count
    if crowded > MOST_CROWDED:
        raise refused("surface-non-manifold", f"At {crowded} edges more than two triangles meet")
    try:
        twins = twins_of(shape.vertices, shape.faces)
    except GeometryError as error:
        raise refused("surface-non-manifold", "Triangles share one edge by the dozen") from error
    shape.vertices, shape.faces, added = parted(shape.vertices, shape.faces, twins)
    left = edges_of(shape.faces).crowded_count
    if left:
        raise refused("surface-non-manifold", f"At {left} edges more than two triangles meet, and cannot be told apart")
    shape.did(
        "crowded edges", crowded, "edges at which more than two triangles met, where what touches was parted: {n}"
    )
    alone = added if not crowded else 0
    shape.did(
        "touching corners", alone, "vertices at which parts of the surface touched were doubled, one for each part: {n}"
    )


def face_outward(shape: Shape) -> None:
    """Every body's inside comes to lie within it; those that are too flat and open to tell stay as they are, with a note."""
    shape.faces, flipped, unclear = turned_outward(shape.vertices, shape.faces)
    shape.did("inside-out", int(flipped.sum()), "triangles of bodies that were inside out were turned: {n}")
    if unclear:
        shape.notes.append(
            "The surface is too flat and open to tell its outside; its triangles are turned as the file has most of them"
        )


def openings(shape: Shape) -> list[IntArray]:
    """The loops of vertices along open edges."""
    twins = twins_of(shape.vertices, shape.faces)
    return loops_of(shape.faces, twins) if (twins == NONE).any() else []
