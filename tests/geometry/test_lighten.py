"""Lighter meshes stay closed and where they were."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.errors import GeometryError
from anatofit.geometry.bridge import mesh_of_field
from anatofit.geometry.canonical import canonical, unmatched_edges
from anatofit.geometry.lighten import lightened
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

RADIUS_MM = 12.0


@pytest.fixture(scope="module")
def ball() -> Mesh:
    grid = Grid((57, 57, 57), np.full(3, -14.0), np.full(3, 0.5))
    k, j, i = np.indices(grid.shape_kji)
    points = grid.to_lps(np.stack([i, j, k], axis=-1).astype(float))
    return canonical(mesh_of_field((np.linalg.norm(points, axis=-1) - RADIUS_MM).astype(np.float32), grid))


def test_a_ball_keeps_its_surface_with_fewer_triangles(ball: Mesh) -> None:
    light = lightened(ball, 0.01)
    assert len(light.faces) < 0.8 * len(ball.faces)
    assert unmatched_edges(light.faces) == 0
    radii = np.linalg.norm(light.triangles_lps_mm.mean(axis=1), axis=1)
    assert abs(radii - RADIUS_MM).max() < 0.03


def test_a_mesh_that_reduction_would_pinch_is_left_alone(monkeypatch: pytest.MonkeyPatch, ball: Mesh) -> None:
    def pinched_once(mesh: Mesh) -> Mesh:
        if len(mesh.faces) < len(ball.faces):
            raise GeometryError("2 edges are not shared by exactly two faces")
        return canonical(mesh)

    monkeypatch.setattr("anatofit.geometry.lighten.canonical", pinched_once)
    left = lightened(Mesh(ball.vertices_lps_mm, np.roll(ball.faces, 1, axis=0)), 0.01)
    assert np.array_equal(left.faces, ball.faces)
    assert np.array_equal(left.vertices_lps_mm, ball.vertices_lps_mm)
