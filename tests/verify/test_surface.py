"""Rays and distances by VTK on a sphere, and places that are always the same."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.verify.surface import Surface, sample_faces, spread_points, vtk_surface
from tests.verify.shapes import box, finer, joined, sphere

BALL = sphere(10.0, times=5)
WAYS = np.random.default_rng(2).normal(size=(50, 3))
WAYS /= np.linalg.norm(WAYS, axis=1)[:, None]


def test_rays_meet_the_sphere_where_it_is() -> None:
    distance, face = Surface(BALL).first_hits(WAYS * 15, WAYS * 2)
    assert distance == pytest.approx(np.full(50, 5.0), abs=0.02)
    met = BALL.triangles_lps_mm[face].mean(axis=1)
    assert (np.linalg.norm(met - WAYS * 10, axis=1) < 1.0).all()


def test_a_ray_that_meets_nothing_goes_on_for_ever() -> None:
    distance, face = Surface(BALL).first_hits(WAYS * 15, WAYS * 20)
    assert np.isinf(distance).all() and (face == -1).all()


def test_distances_are_to_the_surface_with_and_without_sign() -> None:
    surface = Surface(BALL)
    assert surface.distance_mm(WAYS * 7) == pytest.approx(np.full(50, 3.0), abs=0.02)
    assert surface.signed_mm(WAYS * 7) == pytest.approx(np.full(50, -3.0), abs=0.02)


def test_samples_are_spread_and_leave_slivers_out() -> None:
    points, normals, areas = sample_faces(BALL, 500)
    assert len(points) == 500 and (areas > 0).all()
    assert np.einsum("ij,ij->i", points, normals) == pytest.approx(np.full(500, 10.0), abs=0.05)
    assert np.linalg.norm(points.mean(axis=0)) < 1.0
    sliver = joined(box((1, 1, 1)), box((5, 1e-4, 1e-4), (9, 0, 0)))
    assert len(sample_faces(sliver, 100)[0]) == 12


def test_spread_points_follow_the_area() -> None:
    both = joined(finer(box((10, 10, 10)), 3), box((10, 10, 10), (50, 0, 0)))
    points, _, _ = spread_points(both, 2000)
    assert (points[:, 0] > 25).mean() == pytest.approx(0.5, abs=0.01)


def test_vtk_gets_every_triangle() -> None:
    data = vtk_surface(BALL)
    assert data.GetNumberOfCells() == len(BALL.faces) and data.GetNumberOfPoints() == len(BALL.vertices_lps_mm)
