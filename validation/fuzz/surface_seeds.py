"""Small surfaces in every format that intake reads, as units: a bowl of forty triangles, open at the top."""

from __future__ import annotations

import io
import math
import struct
import zipfile
from functools import partial

from validation.fuzz.unit import surface

_AROUND = 8
_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_MODEL_TYPE = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"


def _bowl() -> tuple[list[tuple[float, float, float]], list[tuple[int, int, int]]]:
    points = [(0.0, 0.0, 0.0)]
    for radius, z in ((30.0, 10.0), (50.0, 60.0), (45.0, 140.0)):
        angles = (2 * math.pi * k / _AROUND for k in range(_AROUND))
        points += [(radius * math.cos(a), radius * math.sin(a), z) for a in angles]
    faces = [(0, 1 + (k + 1) % _AROUND, 1 + k) for k in range(_AROUND)]
    for ring in range(2):
        for k in range(_AROUND):
            a, b = 1 + ring * _AROUND + k, 1 + ring * _AROUND + (k + 1) % _AROUND
            faces += [(a, b, b + _AROUND), (a, b + _AROUND, a + _AROUND)]
    return points, faces


def surface_seeds() -> dict[str, bytes]:
    """Units by name."""
    made = {
        "stl-binary": (".stl", _stl), "stl-text": (".stl", _stl_text), "ply-text": (".ply", partial(_ply, "ascii")),
        "ply-little": (".ply", partial(_ply, "binary_little_endian")), "ply-big": (".ply", partial(_ply, "binary_big_endian")),
        "obj": (".obj", _obj), "3mf": (".3mf", _threemf),
    }  # fmt: skip
    return {f"surface-{name}": surface(suffix, write()) for name, (suffix, write) in made.items()}


def _stl() -> bytes:
    points, faces = _bowl()
    rows = [struct.pack("<12fH", 0, 0, 0, *(v for n in face for v in points[n]), 0) for face in faces]
    return b"a bowl".ljust(80) + struct.pack("<I", len(faces)) + b"".join(rows)


def _stl_text() -> bytes:
    points, faces = _bowl()
    lines = ["solid bowl"]
    for face in faces:
        lines += ["facet normal 0 0 0", "outer loop", *("vertex {:g} {:g} {:g}".format(*points[n]) for n in face)]
        lines += ["endloop", "endfacet"]
    return "\n".join([*lines, "endsolid bowl\n"]).encode()


def _ply(form: str) -> bytes:
    points, faces = _bowl()
    head = (
        f"ply\nformat {form} 1.0\nelement vertex {len(points)}\nproperty float x\nproperty float y\nproperty float z\n"
        f"property uchar red\nelement face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode()
    if form == "ascii":
        rows = ["{:g} {:g} {:g} 9".format(*p) for p in points] + ["3 {} {} {}".format(*f) for f in faces]
        return head + "\n".join(rows).encode() + b"\n"
    order = "<" if "little" in form else ">"
    body = [struct.pack(order + "3fB", *p, 9) for p in points] + [struct.pack(order + "B3i", 3, *f) for f in faces]
    return head + b"".join(body)


def _obj() -> bytes:
    points, faces = _bowl()
    lines = ["mtllib none.mtl", "g bowl", *("v {:g} {:g} {:g}".format(*p) for p in points), "vt 0 0", "vn 0 0 1"]
    lines += ["f " + " ".join(f"{n + 1}/1/1" for n in face) for face in faces[:20]]
    lines += ["f " + " ".join(str(n - len(points)) for n in face) for face in faces[20:]]
    return "\n".join([*lines, ""]).encode()


def _threemf() -> bytes:
    points, faces = _bowl()
    mesh = "".join('<vertex x="{:g}" y="{:g}" z="{:g}"/>'.format(*p) for p in points)
    triangles = "".join('<triangle v1="{}" v2="{}" v3="{}"/>'.format(*f) for f in faces)
    model = (
        f'<model unit="millimeter" xmlns="{_CORE}"><resources><object id="1"><mesh><vertices>{mesh}</vertices>'
        f'<triangles>{triangles}</triangles></mesh></object><object id="2"><components><component objectid="1"/>'
        '</components></object></resources><build><item objectid="2" transform="0 1 0 -1 0 0 0 0 1 5 6 7"/></build></model>'
    )
    relations = f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r" Type="{_MODEL_TYPE}" Target="/3D/3dmodel.model"/></Relationships>'
    out = io.BytesIO()
    with zipfile.ZipFile(
        out, "w"
    ) as archive:  # stored: a mutation reaches the XML itself, and its checksum is not looked at first
        for name, text in (("_rels/.rels", relations), ("3D/3dmodel.model", model)):
            archive.writestr(zipfile.ZipInfo(name), text)
    return out.getvalue()
