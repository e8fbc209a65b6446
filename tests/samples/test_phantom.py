"""The phantom's truth agrees with itself and with the voxels drawn from it."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.model.grid import Grid
from anatofit.samples import face
from anatofit.samples.bodies import Body, Cylinder, Ellipsoid, Ring, Rod
from anatofit.samples.hole import Hole
from anatofit.samples.phantom import HeadPhantom, Pose
from anatofit.samples.render import Scanner, scan_phantom

DIRECTIONS = np.array([[0.1, -0.2, 0.97], [0.6, 0.3, 0.74], [-0.5, 0.8, 0.3], [0.9, 0.2, 0.38], [-0.2, -0.75, 0.63]])
UNIT = DIRECTIONS / np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)


def _on(phantom: HeadPhantom, table: str, off_mm: float = 0.0) -> np.ndarray:
    radius = phantom.radius_mm(UNIT, table) + off_mm
    return phantom.pose.to_lps(UNIT * radius[:, None])


@pytest.mark.parametrize("seed", [0, 11, 23])
def test_points_on_the_tables_have_distance_zero(seed: int) -> None:
    phantom = HeadPhantom(shape_seed=seed)
    assert np.abs(phantom.outer_distance_mm(_on(phantom, "outer"))).max() < 1e-9
    assert np.abs(phantom.inner_distance_mm(_on(phantom, "inner"))).max() < 1e-9


def test_a_step_along_the_normal_changes_the_distance_by_the_step() -> None:
    phantom = HeadPhantom()
    points = _on(phantom, "outer")
    step = 1e-3
    gradient = np.stack(
        [
            (phantom.outer_distance_mm(points + d) - phantom.outer_distance_mm(points - d)) / (2 * step)
            for d in np.eye(3) * step
        ],
        axis=1,
    )
    assert np.allclose(np.linalg.norm(gradient, axis=1), 1.0, atol=2e-3)
    assert np.allclose(phantom.outer_distance_mm(points + 0.5 * gradient), 0.5, atol=0.01)


def test_the_vault_is_as_thick_as_vaults_are() -> None:
    phantom = HeadPhantom()
    random = np.random.default_rng(3).normal(size=(2000, 3))
    up = random / np.linalg.norm(random, axis=1, keepdims=True)
    up = up[up[:, 2] > 0.2]
    thick = phantom.radius_mm(up, "outer") - phantom.radius_mm(up, "inner")
    assert thick.min() > 1.6
    assert 4.0 < np.median(thick) < 8.0
    temple = np.array([[0.95, -0.3, 0.02]]) / np.linalg.norm([0.95, -0.3, 0.02])
    assert phantom.radius_mm(temple, "outer") - phantom.radius_mm(temple, "inner") < 2.8


def test_the_sides_differ() -> None:
    phantom = HeadPhantom()
    twins = UNIT * np.array([-1.0, 1.0, 1.0])
    assert np.abs(phantom.radius_mm(UNIT, "outer") - phantom.radius_mm(twins, "outer")).max() > 0.5


def test_the_hole_is_on_the_right_and_missing_bone_lies_in_it() -> None:
    phantom = HeadPhantom()
    hole = phantom.hole
    assert hole is not None
    axis = np.array(hole.towards) / np.linalg.norm(hole.towards)
    middle = phantom.pose.to_lps(axis * (phantom.radius_mm(axis[None], "outer") - 2.5)[:, None])
    assert middle[0, 0] < phantom.pose.origin_lps_mm[0]  # LPS: the patient's right is at small x
    assert phantom.missing_distance_mm(middle)[0] < 0 < phantom.bone_distance_mm(middle)[0]
    assert HeadPhantom(hole=None).bone_distance_mm(middle)[0] < 0
    assert HeadPhantom(hole=hole.mirrored()).bone_distance_mm(middle)[0] < 0


def test_a_pose_goes_there_and_back() -> None:
    pose = Pose()
    assert np.allclose(pose.matrix.T @ pose.matrix, np.eye(3))
    assert np.allclose(pose.to_head(pose.to_lps(UNIT * 50)), UNIT * 50)


@pytest.mark.parametrize("body", [
    Ellipsoid((1, 2, 3), (5, 7, 9)), Rod((0, 0, 0), (10, 0, 0), 3.0), Rod((0, 0, 0), (0, 9, 4), 4.0, 2.0),
    Ring((0, 0, 0), 15.0, 15.0, 3.0), Cylinder(0, 0, 6, 8, -5, 5), *face.bones(), *face.sinuses(),
], ids=lambda b: type(b).__name__)  # fmt: skip
def test_a_body_lies_in_its_ball(body: Body) -> None:
    centre, radius = body.ball()
    points = np.array(centre) + np.random.default_rng(1).normal(size=(4000, 3)) * radius
    outside = np.linalg.norm(points - centre, axis=1) > radius
    assert (body.distance_mm(*points[outside].T) > 0).all()


def test_voxels_cross_half_height_where_the_formula_says_bone_ends() -> None:
    phantom = HeadPhantom(hole=None)
    middle = phantom.pose.to_lps(np.array([[45.0, 25.0, 62.0]]))[0]
    spacing = np.array([0.5, 0.5, 0.625])
    grid = Grid((40, 60, 60), np.round(middle, 2) - spacing * (30, 30, 20), spacing)
    volume = scan_phantom(phantom, grid, Scanner(noise_hu=0.0, holder=False))
    k, j, i = np.indices(grid.shape_kji)
    points = grid.to_lps(np.stack([i, j, k], -1).reshape(-1, 3).astype(float))
    distance = phantom.outer_distance_mm(points)
    hu = volume.hu.reshape(-1).astype(float)
    edge = np.abs(distance) < 0.1
    assert edge.sum() > 50
    assert abs(np.median(hu[edge]) - 0.5 * (50 + 1450)) < 40  # at the edge, half way between scalp and cortex
    assert hu[(distance > 1.5) & (distance < 2.0)].max() < 80


def test_the_same_arguments_give_the_same_voxels_and_another_seed_other_noise() -> None:
    phantom = HeadPhantom(hole=Hole(diameter_mm=40.0))
    grid = Grid((3, 40, 50), np.array(phantom.pose.origin_lps_mm) - (60.0, 80.0, -30.0), np.array([2.0, 2.0, 2.0]))
    first = scan_phantom(phantom, grid, Scanner(seed=5)).hu
    assert np.array_equal(first, scan_phantom(phantom, grid, Scanner(seed=5)).hu)
    assert not np.array_equal(first, scan_phantom(phantom, grid, Scanner(seed=6)).hu)


def test_noise_is_as_strong_as_was_asked() -> None:
    phantom = HeadPhantom(hole=None)
    grid = Grid((4, 60, 60), np.array(phantom.pose.origin_lps_mm) - (15.0, 15.0, -40.0), np.array([0.5, 0.5, 0.5]))
    noisy = scan_phantom(phantom, grid, Scanner(noise_hu=10.0)).hu.astype(float)
    clean = scan_phantom(phantom, grid, Scanner(noise_hu=0.0)).hu.astype(float)
    inside = clean > -500
    assert abs((noisy - clean)[inside].std() - 10.0) < 0.7
