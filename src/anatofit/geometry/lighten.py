"""Fewer triangles for the same surface."""

from __future__ import annotations

from anatofit.errors import GeometryError
from anatofit.geometry.bridge import mesh_of, solid_of
from anatofit.geometry.canonical import canonical
from anatofit.model.mesh import Mesh


def lightened(mesh: Mesh, tolerance_mm: float) -> Mesh:
    """A closed canonical mesh with its surface kept within `tolerance_mm`; itself where that would pinch two sheets into one."""
    try:
        return canonical(mesh_of(solid_of(mesh).simplify(tolerance_mm)))
    except GeometryError:
        return mesh
