"""The pieces of a surface: scraps go, what lies inside another is set apart, the rest is the scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.halfedges import bodies_of, edges_of
from anatofit.geometry.orient import body_areas, capped_volumes
from anatofit.geometry.weld import used_only
from anatofit.geometry.winding import winding_numbers
from anatofit.ingest.surface.mend import Shape
from anatofit.ingest.surface.raw import refused
from anatofit.model.mesh import IntArray, Mesh
from anatofit.model.surface_scan import BodyFacts

# A piece with less than this share of the area is a scrap: noise of a scanner, a speck of a segmentation.
SCRAP_SHARE = 0.01
# Scraps with more than this share of the area together are no noise: the surface itself is torn.
TORN_SHARE = 0.2
# Points of a piece that are asked whether they lie inside another; most of them decide.
ASKED = 15
_INSIDE = 0.5


@dataclass(frozen=True)
class Pieces:
    """What was set apart as lying inside, and facts of all pieces, the largest first."""

    inner: tuple[Mesh, ...]
    facts: tuple[BodyFacts, ...]


def drop_scraps(shape: Shape) -> None:
    """Pieces of less than a hundredth of the area go. Raises ScanUnsuitableError where they come to a fifth of it."""
    labels = bodies_of(shape.faces)
    area = body_areas(shape.vertices, shape.faces, labels)
    scraps = area < SCRAP_SHARE * area.sum()
    lost = float(area[scraps].sum() / area.sum())
    if lost > TORN_SHARE or scraps.all():
        raise refused(
            "surface-torn", f"{int(scraps.sum())} scraps of the surface come to {100 * lost:.0f} % of its area"
        )
    if scraps.any():
        shape.keep(~scraps[labels], "island")
        share = f"{100 * lost:.2g} % of the area together"
        shape.did("islands", int(scraps.sum()), f"pieces apart from the others, {share}, were dropped: {{n}}")


def set_inner_apart(shape: Shape) -> Pieces:
    """Pieces inside others become meshes of their own; the outermost ones stay."""
    labels = bodies_of(shape.faces)
    area = body_areas(shape.vertices, shape.faces, labels)
    order = np.argsort(-area, kind="stable")
    inside = {int(n): _lies_inside(shape, labels, int(n), [int(k) for k in order if area[k] > area[n]]) for n in order}
    facts = tuple(_facts(shape, labels, int(n), float(area[n]), inside[int(n)]) for n in order)
    within = np.array([inside[n] for n in range(len(area))], dtype=bool)
    meshes = tuple(_mesh_of(shape, labels == n) for n in order if within[n])
    if within.any():
        count = int(within.sum())
        shape.keep(~within[labels], "inner")
        shape.did(
            "inner bodies", count, "bodies inside another were set apart, a device touches the outer surface alone: {n}"
        )
    outer = len(area) - int(within.sum())
    if outer > 1:
        shape.notes.append(f"{outer} bodies lie beside each other")
    return Pieces(meshes, facts)


def _lies_inside(shape: Shape, labels: IntArray, body: int, larger: list[int]) -> bool:
    """Whether most of a body's points lie inside one larger body whose box holds its own."""
    own = np.unique(shape.faces[labels == body])
    points = shape.vertices[own[np.linspace(0, len(own) - 1, ASKED).astype(np.int64)]]
    for other in larger:
        triangles = shape.vertices[shape.faces[labels == other]]
        low, high = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
        boxed = ((points >= low) & (points <= high)).all(axis=1)
        if boxed.mean() > 0.5 and np.median(winding_numbers(triangles, points)) > _INSIDE:
            return True
    return False


def _mesh_of(shape: Shape, chosen: NDArray[np.bool_]) -> Mesh:
    return Mesh(*used_only(shape.vertices, shape.faces[chosen]))


def _facts(shape: Shape, labels: IntArray, body: int, area_mm2: float, inside: bool) -> BodyFacts:
    vertices, faces = used_only(shape.vertices, shape.faces[labels == body])
    closed = edges_of(faces).open_count == 0
    volume = float(capped_volumes(vertices, faces, np.zeros(len(faces), dtype=np.int64))[0]) if closed else None
    return BodyFacts(
        triangles=len(faces),
        area_mm2=round(area_mm2, 3),
        closed=closed,
        volume_mm3=None if volume is None else round(volume, 3),
        inside=inside,
    )
