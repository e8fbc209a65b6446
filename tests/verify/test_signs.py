"""A needle in a surface puts nothing inside that the faces around it see outside; what is inside stays inside."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.model.mesh import Mesh
from anatofit.verify.signs import false_depths
from anatofit.verify.surface import Surface


def roof(needle_mm: float) -> Surface:
    """Two slopes that meet in a ridge along x, and a needle of that height standing in it, its normal along y."""
    corners = [[-5, 0, 0], [5, 0, 0], [5, -9, 0], [-5, -9, 0], [5, 9, -9], [-5, 9, -9], [0, 0, needle_mm]]
    faces = [[3, 2, 1], [3, 1, 0], [0, 1, 4], [0, 4, 5], [0, 6, 1]]
    return Surface(Mesh(np.array(corners, dtype=float), np.array(faces)))


ABOVE = np.array([[0.02, 0.0, 3.0], [-0.1, 0.3, 1.0]])
BELOW = np.array([[0.02, -0.5, -0.3], [0.0, -2.0, -1.0], [1.0, 0.01, -0.2]])


@pytest.mark.parametrize("needle_mm", [0.001, -0.001])
def test_points_above_are_never_kept_inside_by_a_needle(needle_mm: float) -> None:
    assert (roof(needle_mm).signed_mm(ABOVE) > 0).all()


@pytest.mark.parametrize("needle_mm", [0.001, -0.001])
def test_points_below_are_not_let_out(needle_mm: float) -> None:
    surface = roof(needle_mm)
    assert not false_depths(surface, BELOW).any()
    assert (surface.signed_mm(BELOW) < 0).all()


def test_only_the_needle_makes_a_doubt() -> None:
    assert false_depths(roof(0.001), ABOVE[:1]).all()
    assert not false_depths(roof(0.5), ABOVE[:1]).any()  # a wall that high is a wall: its own normals count


def test_where_the_nearest_face_faces_the_point_a_needle_beside_it_is_overruled_too() -> None:
    """The place of a real false alarm: one face looks at the point, the needle on its edge leans away by less than 60 degrees."""
    corners = [
        [-60.376, -30.24, 840.142], [-60.376, -30.216, 840.15], [-60.376, -29.752, 840.292],
        [-59.888, -29.264, 840.054], [-60.864, -30.929, 840.15],
    ]  # fmt: skip
    place = Surface(Mesh(np.array(corners), np.array([[0, 1, 2], [1, 3, 2], [4, 0, 2]])))
    seen = np.array(
        [[-56.831, -31.906, 847.019], [-55.424, -32.274, 848.253]]
    )  # the needle's cosine is -0.45 and -0.51
    assert false_depths(place, seen).all()
    assert not false_depths(place, np.array([[-63.9, -27.8, 833.5]])).any()
