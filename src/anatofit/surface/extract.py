"""Fields become closed meshes; films, specks and pores that are no anatomy are left out by name and number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.errors import GeometryError
from anatofit.geometry.bridge import mesh_of_field
from anatofit.geometry.canonical import canonical
from anatofit.geometry.lighten import lightened
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh
from anatofit.model.volume import Field


@dataclass(frozen=True)
class Extraction:
    """What becomes of a field: reduction tolerance, and the smallest closed surface that is kept (body or pore)."""

    tolerance_mm: float
    smallest_mm3: float
    largest_only: bool = False


def padded(field: Field) -> Field:
    """The field with one layer of outside around it, so that its surface is closed where the field ends."""
    beyond = max(float(field.values.max()), -float(field.values.min())) + 1.0
    values = np.pad(field.values, 1, constant_values=np.float32(beyond))
    grid = field.grid
    shape = (grid.shape_kji[0] + 2, grid.shape_kji[1] + 2, grid.shape_kji[2] + 2)
    return Field(Grid(shape, grid.to_lps(np.full(3, -1.0)), grid.spacing_ijk_mm, grid.direction_lps), values)


def closed_surface(field: Field, rules: Extraction) -> Mesh:
    """The zero surface of a field, closed, oriented and reduced within a tolerance. Raises GeometryError if empty."""
    mesh = without_small_shells(_closed_raw(field), rules)
    return lightened(mesh, rules.tolerance_mm) if rules.tolerance_mm > 0 else canonical(mesh)


def _closed_raw(field: Field) -> Mesh:
    """Everything that the field's zero surface shows; the padded copy is gone before the solid is made."""
    whole = padded(field)
    return mesh_of_field(whole.values, whole.grid)


def without_small_shells(mesh: Mesh, rules: Extraction) -> Mesh:
    """The closed surfaces that enclose at least `smallest_mm3` (pores count by their own volume)."""
    labels, count = face_components(mesh)
    volumes = shell_volumes_mm3(mesh, labels, count)
    keep = np.abs(volumes) >= rules.smallest_mm3
    if rules.largest_only:
        keep &= np.arange(count) == int(np.argmax(volumes))
    if not keep.any():
        raise GeometryError(f"no closed surface of at least {rules.smallest_mm3:.0f} mm³ was found")
    faces = mesh.faces[keep[labels]]
    used, where = np.unique(faces, return_inverse=True)
    return Mesh(mesh.vertices_lps_mm[used], where.reshape(-1, 3))


def face_components(mesh: Mesh) -> tuple[NDArray[np.int64], int]:
    """`(m,)` component number of each face, and how many components there are."""
    from scipy import sparse

    count = len(mesh.vertices_lps_mm)
    start, end = mesh.faces[:, [0, 1]].ravel(), mesh.faces[:, [1, 2]].ravel()
    graph = sparse.coo_matrix((np.ones(len(start), dtype=bool), (start, end)), shape=(count, count))
    number, labels = sparse.csgraph.connected_components(graph, directed=False)
    return np.asarray(labels[mesh.faces[:, 0]], dtype=np.int64), int(number)


def shell_volumes_mm3(mesh: Mesh, labels: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Signed volume of each closed surface: negative for a pore."""
    a, b, c = np.moveaxis(mesh.triangles_lps_mm - mesh.vertices_lps_mm.mean(axis=0), 1, 0)
    return np.asarray(
        np.bincount(labels, weights=np.einsum("ij,ij->i", a, np.cross(b, c)) / 6.0, minlength=count), dtype=np.float64
    )
