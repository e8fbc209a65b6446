"""Writes a mesh as binary STL: float32, millimetres, the same bytes for the same mesh."""

from __future__ import annotations

import numpy as np

from anatofit.errors import GeometryError
from anatofit.model.frame import FRAME, FloatArray
from anatofit.model.mesh import Mesh
from anatofit.pack.axes import AXES_SAID

# 80 bytes that say frame and unit and nothing of the case; they must not begin with "solid", the mark of a text STL.
_HEADER = "binary STL, {}, mm; made by anatofit"
_RECORD = np.dtype([("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def stl_bytes(mesh: Mesh, *, axes: str = FRAME) -> bytes:
    """The file's bytes; axes: FRAME or SOURCE_AXES. Raises GeometryError for a mesh without triangles."""
    if not len(mesh.faces):
        raise GeometryError(
            "a mesh to be written has no triangle; at least four are wanted. Report this with the prescription"
        )
    corners = mesh.triangles_lps_mm.astype("<f4")
    records = np.zeros(len(corners), dtype=_RECORD)
    records["corners"] = corners
    records["normal"] = _normals(corners.astype(np.float64))
    header = _HEADER.format(AXES_SAID[axes]).encode("ascii").ljust(80, b" ")
    return header + len(records).to_bytes(4, "little") + records.tobytes()


def _normals(corners: FloatArray) -> FloatArray:
    """Unit normals of the rounded triangles; zero where a triangle has no area."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.sqrt((normals * normals).sum(axis=1, keepdims=True))
    return np.asarray(np.divide(normals, length, out=np.zeros_like(normals), where=length > 0) + 0.0)
