"""Shapes whose truth is known, and writers of every format: plain ones, shared with nothing of the readers."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
MODEL_TYPE = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"


def tube(
    *,
    radius_mm: float = 50.0,
    height_mm: float = 200.0,
    around: int = 40,
    along: int = 20,
    dome: int = 8,
    open_top: bool = True,
) -> Mesh:
    """A limb: round at the bottom, its axis along +z, open at the top unless a lid closes it; outward."""
    polar = np.linspace(-np.pi / 2, 0, dome + 1)[1:]
    rings = [(radius_mm * np.cos(a), radius_mm * np.sin(a)) for a in polar]
    rings += [(radius_mm, z) for z in np.linspace(0, height_mm, along + 1)[1:]]
    angle = 2 * np.pi * np.arange(around) / around
    points = [[0.0, 0.0, -radius_mm]]
    for r, z in rings:
        points += [[r * np.cos(a), r * np.sin(a), z] for a in angle]
    faces = [[0, 1 + (k + 1) % around, 1 + k] for k in range(around)]
    for n in range(len(rings) - 1):
        low, high = 1 + n * around, 1 + (n + 1) * around
        for k in range(around):
            a, b = low + k, low + (k + 1) % around
            c, d = high + k, high + (k + 1) % around
            faces += [[a, b, d], [a, d, c]]
    if not open_top:
        top = 1 + (len(rings) - 1) * around
        points.append([0.0, 0.0, height_mm])
        faces += [[top + k, top + (k + 1) % around, len(points) - 1] for k in range(around)]
    return Mesh(np.array(points), np.array(faces))


def ball(radius_mm: float = 60.0, centre: Sequence[float] = (0.0, 0.0, 0.0), *, fine: int = 16) -> Mesh:
    """A closed ball, outward."""
    lying = tube(radius_mm=radius_mm, height_mm=0.0, around=2 * fine, along=0, dome=fine)
    top = lying.vertices_lps_mm * [1.0, 1.0, -1.0]
    faces = np.concatenate([lying.faces, (lying.faces + len(top))[:, [0, 2, 1]]])
    points, index = np.unique(np.round(np.concatenate([lying.vertices_lps_mm, top]), 9), axis=0, return_inverse=True)
    return Mesh(points + np.array(centre), index.ravel()[faces])


def joined(*meshes: Mesh) -> Mesh:
    """Several meshes in one list of triangles."""
    starts = np.cumsum([0, *(len(m.vertices_lps_mm) for m in meshes)])
    return Mesh(
        np.concatenate([m.vertices_lps_mm for m in meshes]),
        np.concatenate([m.faces + s for m, s in zip(meshes, starts, strict=False)]),
    )


def with_faces(mesh: Mesh, faces: IntArray) -> Mesh:
    """The same vertices with other faces."""
    return Mesh(mesh.vertices_lps_mm, faces)


def corner_set(mesh: Mesh) -> FloatArray:
    """The triangles as float32 corners, each beginning with its lowest, in a fixed order: equal for equal surfaces."""
    corners = mesh.triangles_lps_mm.astype(np.float32).astype(np.float64) + 0.0
    turned = [np.concatenate(_lowest_first(t)) for t in corners]
    return np.array(sorted(map(tuple, turned)))


def _lowest_first(triangle: FloatArray) -> list[FloatArray]:
    k = min(range(3), key=lambda n: tuple(triangle[n]))
    return [triangle[(k + n) % 3] for n in range(3)]


def stl(mesh: Mesh, *, header: bytes = b"a header", count: int | None = None) -> bytes:
    """Binary STL."""
    out = [header.ljust(80, b" ")[:80], struct.pack("<I", len(mesh.faces) if count is None else count)]
    out += [struct.pack("<12fH", 0, 0, 0, *t.ravel(), 0) for t in mesh.triangles_lps_mm.astype(np.float32)]
    return b"".join(out)


def stl_text(mesh: Mesh, *, name: str = "a name") -> bytes:
    """Text STL."""
    lines = [f"solid {name}"]
    for t in mesh.triangles_lps_mm:
        lines += ["facet normal 0 0 0", " outer loop", *(f"  vertex {x!r} {y!r} {z!r}" for x, y, z in t.tolist())]
        lines += [" endloop", "endfacet"]
    return "\n".join([*lines, f"endsolid {name}", ""]).encode()


def ply(mesh: Mesh, form: str = "ascii", *, polygons: Sequence[Sequence[int]] | None = None) -> bytes:
    """PLY with colours, with an element that nobody asks for before the faces, and a quality behind each face's list."""
    faces = [list(f) for f in (mesh.faces.tolist() if polygons is None else polygons)]
    head = [
        "ply", f"format {form} 1.0", "comment made for a test", f"element vertex {len(mesh.vertices_lps_mm)}",
        "property uchar red", "property double x", "property double y", "property double z", "property float quality",
        "element odd 2", "property list uchar short values", f"element face {len(faces)}",
        "property list uchar int vertex_indices", "property float quality", "end_header", "",
    ]  # fmt: skip
    if form == "ascii":
        rows = [f"200 {x!r} {y!r} {z!r} 0.5" for x, y, z in mesh.vertices_lps_mm.tolist()]
        rows += ["2 7 8", "0", *(" ".join(map(str, [len(f), *f, 1.5])) for f in faces), ""]
        return "\n".join([*head[:-1], *rows]).encode()
    e = "<" if "little" in form else ">"
    body = b"".join(struct.pack(e + "B3df", 200, *p, 0.5) for p in mesh.vertices_lps_mm)
    body += struct.pack(e + "BhhB", 2, 7, 8, 0)
    body += b"".join(struct.pack(f"{e}B{len(f)}if", len(f), *f, 1.5) for f in faces)
    return "\n".join(head).encode() + body


def obj(mesh: Mesh, *, negative: bool = False, polygons: Sequence[Sequence[int]] | None = None) -> bytes:
    """OBJ in two groups, with texture and normal indices, and a library of materials that does not exist."""
    n = len(mesh.vertices_lps_mm)
    faces = [list(f) for f in (mesh.faces.tolist() if polygons is None else polygons)]
    lines = ["# a comment", "mtllib ../../secret.mtl", "o thing", "g first"]
    lines += [f"v {x!r} {y!r} {z!r}" for x, y, z in mesh.vertices_lps_mm.tolist()]
    lines += ["vn 0 0 1", "vt 0 0", "usemtl red"]
    for k, face in enumerate(faces):
        if k == len(faces) // 2:
            lines += ["g second", "s off"]
        lines.append("f " + " ".join(f"{i - n if negative else i + 1}/1/1" for i in face))
    return "\n".join([*lines, ""]).encode()


def mesh_xml(mesh: Mesh) -> str:
    """The mesh element of a 3MF."""
    vertices = "".join(f'<vertex x="{x!r}" y="{y!r}" z="{z!r}"/>' for x, y, z in mesh.vertices_lps_mm.tolist())
    faces = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in mesh.faces.tolist())
    return f"<mesh><vertices>{vertices}</vertices><triangles>{faces}</triangles></mesh>"


def model_xml(resources: str, build: str, *, unit: str = "millimeter", head: str = "", more: str = "") -> str:
    """A model part."""
    said = f'unit="{unit}" ' if unit else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<model {said}xmlns="{CORE}" {more}>'
        f"<resources>{resources}</resources><build>{build}</build></model>"
    )


def package(
    model: str | bytes, *, target: str = "/3D/3dmodel.model", mode: str = "", parts: dict[str, bytes] | None = None
) -> bytes:
    """A 3MF package around a model part."""
    mode = f' TargetMode="{mode}"' if mode else ""
    relations = (
        f'<?xml version="1.0"?><Relationships xmlns="{RELATIONS}">'
        f'<Relationship Id="r" Type="{MODEL_TYPE}" Target="{target}"{mode}/></Relationships>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", relations)
        archive.writestr("3D/3dmodel.model", model)
        for name, data in (parts or {}).items():
            archive.writestr(name, data)
    return out.getvalue()


def threemf(mesh: Mesh, *, unit: str = "millimeter", transform: str = "") -> bytes:
    """One object, built once."""
    moved = f' transform="{transform}"' if transform else ""
    resources = f'<object id="1" type="model">{mesh_xml(mesh)}</object>'
    return package(model_xml(resources, f'<item objectid="1"{moved}/>', unit=unit))


def written(folder: Path, name: str, data: bytes) -> Path:
    """The data as a file."""
    path = folder / name
    path.write_bytes(data)
    return path
