"""The ground that a body is set down on: heights, slopes and lines through a bone, against shapes that we can compute."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.geometry.ground import Ground, ground_of, heights_mm, lie_of, tread
from anatofit.geometry.pierce import pierced
from anatofit.geometry.solids import rod, rounded_box, rounded_rectangle
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

RADIUS_MM = 12.0
STEP_MM = 0.5
LOW = np.array([-16.0, -16.0, -2.0])
GRID = Grid((40, 65, 65), LOW, np.full(3, STEP_MM))


def cylinder(*, half_mm: float = 18.0, around: int = 180) -> Mesh:
    """A round bar along x around the origin, its facets within 2 micrometres of the circle."""
    angle = np.linspace(0.0, 2 * np.pi, around, endpoint=False)
    ring = RADIUS_MM * np.stack([np.zeros(around), np.cos(angle), np.sin(angle)], axis=1)
    end = np.array([half_mm, 0.0, 0.0])
    points = np.concatenate([ring - end, ring + end, [-end, end]])
    i, j = np.arange(around), (np.arange(around) + 1) % around
    faces = [
        np.stack([i, i + around, j], 1), np.stack([j, i + around, j + around], 1),
        np.stack([i, j, np.full(around, 2 * around)], 1), np.stack([j + around, i + around, np.full(around, 2 * around + 1)], 1),
    ]  # fmt: skip
    mesh = Mesh(points, np.concatenate(faces))
    return mesh if mesh.volume_mm3 > 0 else Mesh(points, mesh.faces[:, ::-1])


@pytest.fixture(scope="module")
def height() -> FloatArray:
    return heights_mm(cylinder(), GRID, low_z_mm=float(LOW[2]))


def test_heights_over_a_round_bar_are_those_of_the_circle(height: FloatArray) -> None:
    y = LOW[1] + STEP_MM * np.arange(65)
    over = np.abs(y) < RADIUS_MM - 0.5
    np.testing.assert_allclose(height[over, 32], np.sqrt(RADIUS_MM**2 - y[over] ** 2), atol=0.01)
    assert np.isnan(height[np.abs(y) > RADIUS_MM + 0.1]).all()


def test_a_tread_ends_where_the_bar_is_as_steep_as_allowed(height: FloatArray) -> None:
    stands = tread(height, step_mm=STEP_MM, steepest_deg=60.0)[:, 32] < 0
    y = LOW[1] + STEP_MM * np.arange(65)
    assert np.abs(y[stands]).max() == pytest.approx(RADIUS_MM * np.sin(np.deg2rad(60)), abs=1.0)


@pytest.fixture(scope="module")
def ground() -> Ground:
    return ground_of(cylinder(), GRID, low_mm=LOW, band_mm=4.0, exact_mm=2.5)


def test_what_stands_above_blocks_all_beneath_it_and_nothing_beside_it(ground: Ground) -> None:
    blocked = ground.blocked(0.3)
    _, y, z = (np.broadcast_to(c, GRID.shape_kji) for c in ground.xyz_mm)
    beneath = np.abs(y) < RADIUS_MM - STEP_MM
    assert (blocked[beneath & (z < np.sqrt(np.maximum(RADIUS_MM**2 - y**2, 0)))] > 0).all()
    assert (blocked[np.abs(y) > RADIUS_MM + 0.3 + STEP_MM] < 0).all()


def test_feet_are_the_nearest_points_of_the_bar(ground: Ground) -> None:
    _, foot_y = ground.feet_mm()
    x, y, z = (np.broadcast_to(c, GRID.shape_kji) for c in ground.xyz_mm)
    near = (np.abs(ground.surface) < 2.0) & (np.abs(x) < 10) & (np.abs(y) < 10) & (z > 3)
    np.testing.assert_allclose(foot_y[near], y[near] * RADIUS_MM / np.hypot(y, z)[near], atol=0.15)


def test_the_lie_of_a_slope_is_its_normal() -> None:
    y, x = np.mgrid[0:30, 0:30] * 0.5
    found = lie_of(0.5 * x - 0.25 * y, (15, 15), step_mm=0.5, radius_mm=3.0)
    wanted = np.array([-0.5, 0.25, 1.0])
    np.testing.assert_allclose(found, wanted / np.linalg.norm(wanted), atol=1e-9)


def test_a_line_through_a_bar_enters_and_leaves_it_where_the_circle_says() -> None:
    at, enters = pierced(cylinder(), np.array([0.3, 5.0, 40.0]), np.array([0.0, 0.0, -1.0]))
    half = np.sqrt(RADIUS_MM**2 - 25.0)
    np.testing.assert_allclose(at, [40 - half, 40 + half], atol=4e-3)
    assert enters.tolist() == [True, False]


def test_distances_of_solids_are_those_of_their_shapes() -> None:
    points = np.random.default_rng(1).uniform(-9, 9, (200, 3))
    x, y, z = points.T
    core = np.clip(points, [-2, -3, -4], [2, 3, 4])
    outside = np.linalg.norm(points - core, axis=1)
    box = rounded_box(x, y, z, half_mm=(3.0, 4.0, 5.0), radius_mm=1.0)
    np.testing.assert_allclose(box[outside > 1], outside[outside > 1] - 1.0, atol=1e-5)
    bar = rod(x, y, z, axis=(0.0, 0.6, 0.8), low_mm=-100, high_mm=100, radius_mm=2.0)
    np.testing.assert_allclose(bar, np.linalg.norm(np.cross(points, [0, 0.6, 0.8]), axis=1) - 2.0, atol=1e-5)
    flat = rounded_rectangle(x, y, centre_mm=(1.0, 0.0), half_mm=(2.0, 3.0), radius_mm=0.0)
    assert (flat[(np.abs(x - 1) < 2) & (np.abs(y) < 3)] < 0).all()
