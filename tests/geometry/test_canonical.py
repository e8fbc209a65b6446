"""Meshes as files hold them: closed after rounding, also where two sheets of a body touch."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.errors import GeometryError
from anatofit.geometry.canonical import PART_MM, canonical, unmatched_edges
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

FAR = np.array([550.0, 350.0, 150.0])


def wedge(sign: float) -> tuple[FloatArray, list[list[int]]]:
    """A tetrahedron on the edge from (0, 0, 0) to (0, 0, 1), on one side of it."""
    points = np.array([[0, 0, 0], [0, 0, 1], [sign, sign, 0.5], [sign, -sign, 0.5]]) + FAR
    return points, [[0, 1, 2], [1, 0, 3], [0, 2, 3], [1, 3, 2]]


def touching() -> Mesh:
    one, faces = wedge(1.0)
    other, _ = wedge(-1.0)
    return Mesh(np.concatenate([one, other]), np.array([*faces, *(np.array(faces) + 4).tolist()]))


def test_two_sheets_that_touch_along_an_edge_are_drawn_apart_by_micrometres() -> None:
    assert unmatched_edges(touching().faces) == 0
    found = canonical(touching())
    assert unmatched_edges(found.faces) == 0 and len(found.vertices_lps_mm) == 8
    assert found.volume_mm3 == pytest.approx(touching().volume_mm3, rel=0.02)
    moved = np.abs(found.vertices_lps_mm[:, None] - touching().vertices_lps_mm[None]).max(axis=2).min(axis=1)
    assert moved.max() < 2 * PART_MM


def test_two_sheets_that_touch_at_a_place_are_drawn_apart_as_well() -> None:
    mesh = touching()
    points = mesh.vertices_lps_mm.copy()
    points[5] += (-0.5, 0.0, 0.2)  # of the edge one end is left to both
    found = canonical(Mesh(points, mesh.faces))
    assert unmatched_edges(found.faces) == 0 and len(found.vertices_lps_mm) == 8


def test_an_open_mesh_is_refused() -> None:
    with pytest.raises(GeometryError, match="manifold"):
        canonical(Mesh(touching().vertices_lps_mm, touching().faces[1:]))
