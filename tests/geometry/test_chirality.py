"""The hand of a shape is told by how it fits a reference, wherever it lies and however it is turned."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.errors import GeometryError
from anatofit.geometry.chirality import Hand, chirality, mirrored
from anatofit.geometry.register import register, spread_points
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from tests.ingest.surface.shapes import ball


def handed(*, length_mm: float = 120.0) -> Mesh:
    """A bent, flattened club with a bump on one side: no plane mirrors it onto itself."""
    body = ball(1.0, fine=20)
    x, y, z = body.vertices_lps_mm.T
    bump = 14 * np.exp(-4 * ((x - 0.5) ** 2 + (y - 0.8) ** 2 + z**2))
    bent = 12 * x**2
    points = np.stack([length_mm * x, 30 * y + bump + bent, 18 * z + 10 * np.where(z > 0, z, 0) * x], axis=1)
    return Mesh(points, body.faces)


def turned(seed: int) -> FloatArray:
    random = np.random.default_rng(seed)
    q, r = np.linalg.qr(random.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q * [1, 1, np.linalg.det(q)])


def placed(mesh: Mesh, seed: int, *, scale: float = 1.0) -> Mesh:
    return Mesh(scale * mesh.vertices_lps_mm @ turned(seed).T + [300.0, -200.0, 50.0 * seed], mesh.faces)


@pytest.mark.parametrize("seed", range(2))
def test_a_shape_is_its_own_hand_and_its_mirror_image_the_other(seed: int) -> None:
    assert chirality(placed(handed(), seed), handed()).hand is Hand.SAME
    told = chirality(placed(mirrored(handed()), seed), handed())
    assert told.hand is Hand.OTHER and told.ratio > 1.5 and 1 / 3 < told.confidence < 1


def test_another_person_s_size_does_not_change_the_hand() -> None:
    told = chirality(placed(mirrored(handed(length_mm=126.0)), 2, scale=0.85), handed(), scaled=True)
    assert told.hand is Hand.OTHER
    assert told.mirrored.scale == pytest.approx(1 / 0.85, rel=0.05)


def test_a_shape_that_has_no_hand_is_left_undecided() -> None:
    egg = Mesh(ball(1.0).vertices_lps_mm * [40.0, 25.0, 20.0], ball(1.0).faces)
    told = chirality(placed(egg, 1), egg)
    assert told.hand is Hand.UNDECIDED and told.confidence < 0.2


def test_a_registration_finds_the_turn_and_never_mirrors() -> None:
    found = register(placed(handed(), 4), handed())
    assert np.linalg.det(found.turn) == pytest.approx(1.0) and found.scale == 1.0
    assert np.abs(found.applied(placed(handed(), 4).vertices_lps_mm) - handed().vertices_lps_mm).max() < 0.5


def test_the_same_two_surfaces_give_the_same_numbers() -> None:
    first, second = (register(placed(handed(), 1), handed()) for _ in range(2))
    assert np.array_equal(first.turn, second.turn) and first.rms_mm == second.rms_mm


def test_points_are_spread_by_area_and_lie_on_the_surface() -> None:
    points = spread_points(ball(50.0), 2000)
    radius = np.linalg.norm(points, axis=1)
    assert radius.max() <= 50.0 + 1e-9 and radius.min() > 49.0
    assert abs((points[:, 2] > 0).mean() - 0.5) < 0.02


def test_a_surface_without_area_is_laid_on_nothing() -> None:
    with pytest.raises(GeometryError):
        register(Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]])), handed())
