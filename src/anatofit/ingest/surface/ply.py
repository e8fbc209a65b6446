"""PLY, text and binary of both byte orders: the header is held against the file's size before anything is read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from anatofit.ingest.surface.ply_body import BinaryBody, TextBody
from anatofit.ingest.surface.ply_header import Element, Header, parse_header
from anatofit.ingest.surface.polygons import cut_polygons
from anatofit.ingest.surface.raw import MOST_VERTICES, RawSurface, checked, refused
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray
from anatofit.model.words import counted

MARK = re.compile(rb"ply[ \t]*\r?\n")
_FACE_LISTS = ("vertex_indices", "vertex_index")


@dataclass
class _Found:
    vertices: FloatArray | None = None
    corners: IntArray | None = None
    sizes: IntArray | None = None


def read_ply(data: bytes) -> RawSurface:
    """The faces of a PLY file as triangles; colours and other properties are not read. Raises ScanUnsuitableError."""
    header = parse_header(data)
    _check_elements(header)
    body = TextBody(data, header) if header.order == "text" else BinaryBody(data, header)
    found = _Found()
    for element in header.elements:
        if element.name == "vertex":
            found.vertices = body.columns(element, ("x", "y", "z"))
        elif element.name == "face":
            found.sizes, found.corners = body.lists(element, _face_list(element))
        else:
            body.skip(element)
    if found.vertices is None or found.corners is None or found.sizes is None or not len(found.sizes):
        raise refused("surface-empty", "The PLY file holds no face")
    faces = cut_polygons(found.vertices, found.corners, found.sizes)
    return checked(
        RawSurface(f"PLY ({header.order})", found.vertices, faces, notes=_notes(found.sizes, faces, body.left))
    )


def _notes(sizes: IntArray, faces: IntArray, left: int) -> tuple[str, ...]:
    notes = []
    if len(faces) != len(sizes):
        notes.append(f"{counted(int((sizes > 3).sum()), 'polygon')} with more than three corners became triangles")
    if left:
        notes.append(f"{counted(left, 'byte')} after the last element were not read")
    return tuple(notes)


def _check_elements(header: Header) -> None:
    names = [e.name for e in header.elements]
    if len(set(names)) != len(names):
        raise refused("surface-damaged", "The PLY header names an element twice")
    if "tristrips" in names:
        raise refused("surface-format", "The PLY file holds strips of triangles; faces are wanted")
    count = {e.name: e.count for e in header.elements}
    if count.get("vertex", 0) > MOST_VERTICES:
        was = f"The PLY header names {count['vertex']} vertices, at most {MOST_VERTICES} are read"
        raise refused("surface-too-large", was)
    if not count.get("face"):
        raise refused("surface-empty", f"The PLY file holds {counted(count.get('vertex', 0), 'point')} and no face")


def _face_list(element: Element) -> str:
    names = [p.name for p in element.properties if p.is_list]
    name = next((n for n in _FACE_LISTS if n in names), None)
    if name is None:
        raise refused("surface-damaged", "The faces of the PLY file have no list of vertices")
    return name
