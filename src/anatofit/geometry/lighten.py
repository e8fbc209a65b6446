"""Fewer triangles for the same surface."""

from __future__ import annotations

import numpy as np

from anatofit.errors import GeometryError
from anatofit.geometry.bridge import mesh_of, solid_of
from anatofit.geometry.canonical import canonical
from anatofit.model.mesh import Mesh


def lightened(mesh: Mesh, tolerance_mm: float) -> Mesh:
    """A closed mesh made canonical, its surface kept within `tolerance_mm`; all its triangles where fewer would pinch two sheets into one."""
    # at float32 values before it is reduced: rounding afterwards would move what reduction has proved
    rounded = Mesh(np.asarray(mesh.vertices_lps_mm, dtype=np.float32).astype(np.float64), mesh.faces)
    try:
        return canonical(mesh_of(solid_of(rounded).simplify(tolerance_mm)))
    except GeometryError:
        return canonical(mesh)
