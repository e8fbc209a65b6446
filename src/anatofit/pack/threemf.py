"""Writes a part as 3MF with unit and metadata; its identifiers come from its content, and so do its bytes."""

from __future__ import annotations

import ctypes
import hashlib
import uuid
import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np

from anatofit.errors import GeometryError
from anatofit.model.frame import FRAME
from anatofit.model.mesh import Mesh
from anatofit.model.part import Part
from anatofit.model.passing import passing_folder
from anatofit.pack.axes import AXES_SAID

# lib3mf multiplies in float32 before it prints, which moves coordinates by up to 1.6e-5 mm (measured with 2.5.0, any precision).
# The vertices are therefore spelled here, with nine significant digits: enough to give back every float32 bit by bit.
_VERTEX = b'<vertex x="%.9g" y="%.9g" z="%.9g"/>'
_MODEL = "3D/3dmodel.model"
# A zip entry must bear a time; this is the first one that the format knows.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_PACKED = 4  # of 9: half the time of level 6, a file 6 % larger
# Names that the 3MF core specification reserves, the only ones allowed without a namespace.
_TITLE, _APPLICATION, _DESCRIPTION = "Title", "Application", "Description"


def threemf_bytes(part: Part, *, title: str, axes: str = FRAME) -> bytes:
    """The file's bytes, in millimetres; axes: FRAME or SOURCE_AXES."""
    import lib3mf

    model = lib3mf.get_wrapper().CreateModel() if hasattr(lib3mf, "get_wrapper") else lib3mf.Wrapper().CreateModel()
    model.SetUnit(lib3mf.ModelUnit.MilliMeter)
    model.SetLanguage("en-US")
    _describe(model.GetMetaDataGroup(), part, title, axes)
    seed = _seed(part)
    pieces = part.pieces or {part.name: part.mesh}
    bodies = [_body(lib3mf, model, name, mesh, seed) for name, mesh in pieces.items()]
    whole = _together(lib3mf, model, part.name, bodies, seed) if part.pieces else bodies[0]
    model.AddBuildItem(whole, _identity(lib3mf)).SetUUID(_identifier(seed, "item"))
    model.SetBuildUUID(_identifier(seed, "build"))
    return _written(model, list(pieces.values()))


def _describe(group: Any, part: Part, title: str, axes: str) -> None:
    entries = {
        _TITLE: f"{title}: {part.name}",
        _APPLICATION: "anatofit",
        _DESCRIPTION: f"{AXES_SAID[axes]}, unit mm",
    }
    entries |= {
        k: v
        for k, v in part.metadata.items()
        if k in ("Designer", "Copyright", "LicenseTerms", "Rating", "CreationDate")
    }
    for name, value in entries.items():
        group.AddMetaData("", name, value, "xs:string", True)


def _body(lib3mf: Any, model: Any, name: str, mesh: Mesh, seed: str) -> Any:
    body = model.AddMeshObject()
    body.SetName(name)
    _fill(lib3mf, body, mesh)
    body.SetUUID(_identifier(seed, f"object {name}"))
    return body


def _together(lib3mf: Any, model: Any, name: str, bodies: Sequence[Any], seed: str) -> Any:
    """One object of several bodies, each where it is: a slicer takes them as parts of one."""
    whole = model.AddComponentsObject()
    whole.SetName(name)
    for number, body in enumerate(bodies):
        whole.AddComponent(body, _identity(lib3mf)).SetUUID(_identifier(seed, f"component {number}"))
    whole.SetUUID(_identifier(seed, "whole"))
    return whole


def _fill(lib3mf: Any, body: Any, mesh: Mesh) -> None:
    """Copies whole arrays into the library's own records: a loop over triangles would take seconds.

    The vertices stand at zero here, quickly printed and packed: `_exact` spells them.
    """
    faces = np.ascontiguousarray(mesh.faces, dtype=np.uint32)
    positions = (lib3mf.Position * len(mesh.vertices_lps_mm))()
    triangles = (lib3mf.Triangle * len(faces)).from_buffer_copy(faces)
    body.SetGeometry(positions, triangles)


def _identity(lib3mf: Any) -> Any:
    transform = lib3mf.Transform()
    rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    transform.Fields = (ctypes.c_float * 3 * 4)(*[(ctypes.c_float * 3)(*row) for row in rows])
    return transform


def _seed(part: Part) -> str:
    out = hashlib.sha256(part.name.encode())
    out.update(np.ascontiguousarray(part.mesh.vertices_lps_mm, dtype="<f4").tobytes())
    out.update(np.ascontiguousarray(part.mesh.faces, dtype="<i8").tobytes())
    return out.hexdigest()


def _identifier(seed: str, what: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{seed}/{what}"))


def _written(model: Any, meshes: Sequence[Mesh]) -> bytes:
    """The package as the library makes it, with exact vertices, and without the clock."""
    with passing_folder() as folder:
        path = folder / "part.3mf"
        model.QueryWriter("3mf").WriteToFile(str(path))
        with zipfile.ZipFile(path) as package:
            entries = [(name, package.read(name)) for name in package.namelist()]
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in entries:
            info = zipfile.ZipInfo(name, _NO_TIME)
            exact = _exact(content, meshes) if name == _MODEL else content
            package.writestr(info, exact, zipfile.ZIP_DEFLATED, compresslevel=_PACKED)
    return out.getvalue()


def _exact(model: bytes, meshes: Sequence[Mesh]) -> bytes:
    """The model's text with the vertices of the meshes, in their order, in the place of the library's."""
    before, *rest = model.split(b"<vertices>")
    out = [before]
    for text, mesh in zip(rest, meshes, strict=True):
        _, closing, after = text.partition(b"</vertices>")
        if not closing:
            raise GeometryError(
                "the 3MF library wrote a model without vertices. Report this with the version of lib3mf"
            )
        points = mesh.vertices_lps_mm.astype(np.float32).tolist()
        out += [b"<vertices>", *(_VERTEX % tuple(p) for p in points), closing, after]
    return b"".join(out)
