"""Files that attack a reader of surfaces, made here out of nothing: small on disk, large or unending in a reader that trusts them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_MODEL_TYPE = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
_CORNERS = ("0 0 0", "99 0 0", "0 99 0", "0 0 99")
_FACES = ("0 2 1", "0 1 3", "1 2 3", "0 3 2")


@dataclass(frozen=True)
class HostileSurface:
    """One file: its row of the catalogue of faults, the rule that is wanted, its name's ending, and how it is written."""

    row: str
    rule: str
    suffix: str
    write: Callable[[Path], None]


def _body() -> str:
    points = "".join('<vertex x="{}" y="{}" z="{}"/>'.format(*c.split()) for c in _CORNERS)
    faces = "".join('<triangle v1="{}" v2="{}" v3="{}"/>'.format(*f.split()) for f in _FACES)
    return f'<object id="1"><mesh><vertices>{points}</vertices><triangles>{faces}</triangles></mesh></object>'


def _model(resources: str, build: str = '<item objectid="1"/>', *, head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<model unit="millimeter" xmlns="{CORE}"><resources>{resources}</resources>'
        f"<build>{build}</build></model>"
    )


def _relations(target: str) -> str:
    outside = ' TargetMode="External"' if ":" in target else ""
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r" Type="{_MODEL_TYPE}" Target="{target}"{outside}/></Relationships>'
    )


_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)


def _package(
    path: Path, *model: bytes | str, parts: dict[str, bytes] | None = None, target: str = "/3D/3dmodel.model"
) -> None:
    """The model is written piece by piece, so that a bomb is never whole in memory here either."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _relations(target))
        with archive.open("3D/3dmodel.model", "w") as stream:
            for piece in model:
                stream.write(piece.encode() if isinstance(piece, str) else piece)
        for name, data in (parts or {}).items():
            archive.writestr(name, data)


def _zip_bomb(path: Path) -> None:
    """A gigabyte of vertices in some megabytes."""
    before, after = _model(_body()).split("</vertices>")
    vertices = b'<vertex x="0" y="0" z="0"/>' * 40_000
    _package(path, before, *[vertices] * 1000, "</vertices>" + after)


def _laughs(path: Path) -> None:
    lines = ['<!DOCTYPE model [<!ENTITY e0 "ha">']
    lines += [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    _package(path, _model(_body(), "&e9;", head="".join(lines) + "]>"))


def _entity(path: Path) -> None:
    _package(path, _model(_body(), "&x;", head='<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/hostname">]>'))


def _tower(path: Path) -> None:
    """Ten to the power of twelve bodies, as components that hold ten of each other."""
    objects = [_body()]
    objects += [
        f'<object id="{n}"><components>{f"<component objectid={chr(34)}{n - 1}{chr(34)}/>" * 10}</components></object>'
        for n in range(2, 14)
    ]
    _package(path, _model("".join(objects), '<item objectid="13"/>'))


def _traversal(path: Path) -> None:
    _package(path, _model(_body()), parts={"../../outside.txt": b"x"})


def _external(path: Path) -> None:
    _package(path, _model(_body()), target="http://localhost:9/3dmodel.model")


def _ply_billion(path: Path) -> None:
    path.write_bytes(
        b"ply\nformat binary_little_endian 1.0\nelement vertex 1000000000\nproperty float x\nproperty float y\nproperty float z\n"
        b"element face 1000000000\nproperty list uchar int vertex_indices\nend_header\n" + bytes(1000)
    )


def _ply_list(path: Path) -> None:
    path.write_bytes(
        b"ply\nformat binary_little_endian 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
        b"element face 1\nproperty list uint int vertex_indices\nend_header\n"
        + bytes(36)
        + b"\xff\xff\xff\x7f"
        + bytes(99)
    )


def _stl(path: Path, *, count: int, corner: float = 0.0, triangles: int = 4) -> None:
    record = struct.pack("<12fH", 0, 0, 0, 0, 0, 0, 99, 0, 0, 0, corner, 99, 0)
    path.write_bytes(b"a header".ljust(80) + struct.pack("<I", count) + record * triangles)


def _twenty_million(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(b"a header".ljust(80) + struct.pack("<I", 20_000_000))
        stream.truncate(84 + 50 * 20_000_000)


def _like_binary(path: Path) -> None:
    """Text by its first word, binary by its content, with a size that fits neither."""
    path.write_bytes(b"solid facet normal 0 0 0".ljust(80) + struct.pack("<I", 3) + bytes(149))


def _no_unit(path: Path) -> None:
    corners = [tuple(map(float, c.split())) for c in _CORNERS]
    records = b"".join(
        struct.pack("<12fH", 0, 0, 0, *(v / 1000 for n in f.split() for v in corners[int(n)]), 0) for f in _FACES
    )
    path.write_bytes(b"in metres".ljust(80) + struct.pack("<I", 4) + records)


HOSTILE: dict[str, HostileSurface] = {
    "3MF: a gigabyte in a megabyte": HostileSurface("T26", "surface-unsafe", ".3mf", _zip_bomb),
    "3MF: billion laughs": HostileSurface("T26", "surface-unsafe", ".3mf", _laughs),
    "3MF: entity from a file": HostileSurface("T26", "surface-unsafe", ".3mf", _entity),
    "3MF: tower of components": HostileSurface("T26", "surface-too-large", ".3mf", _tower),
    "3MF: part outside": HostileSurface("T26", "surface-unsafe", ".3mf", _traversal),
    "3MF: model on the web": HostileSurface("T67", "surface-unsafe", ".3mf", _external),
    "PLY: a billion vertices": HostileSurface("T26", "surface-damaged", ".ply", _ply_billion),
    "PLY: a face of two billion": HostileSurface("T26", "surface-damaged", ".ply", _ply_list),
    "STL: 4 billion triangles": HostileSurface(
        "T27", "surface-damaged", ".stl", lambda p: _stl(p, count=4_000_000_000)
    ),
    "STL: no triangle": HostileSurface("T27", "surface-empty", ".stl", lambda p: _stl(p, count=0, triangles=0)),
    "STL: not a number": HostileSurface(
        "T27", "surface-numbers", ".stl", lambda p: _stl(p, count=4, corner=float("nan"))
    ),
    "STL: infinity": HostileSurface("T27", "surface-numbers", ".stl", lambda p: _stl(p, count=4, corner=float("inf"))),
    "STL: text and binary at once": HostileSurface("T27", "surface-damaged", ".stl", _like_binary),
    "STL: in metres, unit unknown": HostileSurface("T27", "surface-unit", ".stl", _no_unit),
    "STL: 20 million triangles": HostileSurface("T28", "surface-too-large", ".stl", _twenty_million),
}
