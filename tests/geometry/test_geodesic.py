"""Ways over a surface: on a cylinder a shortest way is a helix, whatever the mesh; the nearest place is the nearest."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.geometry.geodesic import evenly, lengths_mm, rounded, way_over
from anatofit.geometry.nearest import Nearest
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

RADIUS, LENGTH = 12.0, 60.0


def tube(rings: int = 41, around: int = 72) -> Mesh:
    """An open cylinder around z."""
    z, turn = np.meshgrid(
        np.linspace(0, LENGTH, rings), np.linspace(0, 2 * np.pi, around, endpoint=False), indexing="ij"
    )
    points = np.stack([RADIUS * np.cos(turn), RADIUS * np.sin(turn), z], axis=-1).reshape(-1, 3)
    ring, side = np.meshgrid(np.arange(rings - 1), np.arange(around), indexing="ij")
    after = (side + 1) % around
    a, b, c, d = (r * around + s for r, s in ((ring, side), (ring, after), (ring + 1, side), (ring + 1, after)))
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])
    return Mesh(points, faces)


def on_tube(turn_deg: float, z: float) -> FloatArray:
    turn = np.deg2rad(turn_deg)
    return np.array([RADIUS * np.cos(turn), RADIUS * np.sin(turn), z])


@pytest.mark.parametrize("turn_deg", [0.0, 60.0, -100.0])
def test_a_way_over_a_cylinder_is_a_helix(turn_deg: float) -> None:
    mesh = tube()
    near = Nearest(mesh)
    way = way_over(mesh, near, on_tube(0, 5), on_tube(turn_deg, 55), step_mm=1.0)
    helix = np.hypot(50.0, RADIUS * np.deg2rad(turn_deg))
    assert lengths_mm(way)[-1] == pytest.approx(helix, rel=0.004)
    place, _ = near.asked(way)
    assert np.linalg.norm(way - place, axis=1).max() < 0.05


def test_places_that_no_surface_joins_have_no_way() -> None:
    far = tube()
    both = Mesh(
        np.concatenate([far.vertices_lps_mm, far.vertices_lps_mm + 100.0]),
        np.concatenate([far.faces, far.faces + len(far.vertices_lps_mm)]),
    )
    with pytest.raises(ValueError, match="does not join"):
        way_over(both, Nearest(both), on_tube(0, 5), on_tube(0, 55) + 100.0, step_mm=1.0)


def test_rounding_a_corner_keeps_the_ends_and_the_surface() -> None:
    near = Nearest(tube())
    corner = np.concatenate(
        [np.linspace(on_tube(0, 5), on_tube(0, 30), 26), [on_tube(5.0 * n, 30) for n in range(1, 12)]]
    )
    curve = rounded(evenly(corner, count=40), near, passes=30)
    np.testing.assert_allclose(curve[[0, -1]], corner[[0, -1]])
    along = np.diff(curve, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    assert (along[1:] * along[:-1]).sum(axis=1).min() > np.cos(np.deg2rad(20))


def test_the_nearest_place_is_no_further_than_any_vertex() -> None:
    mesh = tube(rings=11, around=24)
    points = np.random.default_rng(3).uniform([-20, -20, -5], [20, 20, 65], (200, 3))
    place, _ = Nearest(mesh).asked(points)
    away = np.linalg.norm(points - place, axis=1)
    to_vertices = np.linalg.norm(points[:, None] - mesh.vertices_lps_mm[None], axis=2).min(axis=1)
    assert (away <= to_vertices + 1e-9).all()


def test_the_normal_around_a_place_is_the_surface_s_own() -> None:
    normals = Nearest(tube()).facing(np.array([on_tube(40, 20), on_tube(200, 30)]), radius_mm=3.0)
    np.testing.assert_allclose(normals, [on_tube(40, 0) / RADIUS, on_tube(200, 0) / RADIUS], atol=0.02)


def test_nothing_near_has_no_nearest_place() -> None:
    near = Nearest(tube(), bounds_mm=np.array([[900.0] * 3, [901.0] * 3]))
    assert near.empty
    with pytest.raises(ValueError, match="no surface"):
        near.asked(np.zeros((1, 3)))
