"""Triangles of one surface that cut: found where they do, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.verify.self_intersection import self_crossings
from tests.verify.shapes import box, finer, joined, slab, sphere


def moved(mesh: Mesh, by: FloatArray) -> Mesh:
    return Mesh(mesh.vertices_lps_mm + by, mesh.faces)


@pytest.mark.parametrize("mesh", [box((3, 4, 5)), sphere(20.0, times=5), joined(sphere(5.0), sphere(4.0))])
def test_simple_bodies_do_not_cut_themselves(mesh: Mesh) -> None:
    assert self_crossings(mesh) == 0


def test_float32_rounding_far_from_the_origin_cuts_nothing() -> None:
    ball = finer(box((20, 20, 20), (231.7, -187.3, 911.1)), 5)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    assert self_crossings(Mesh((ball.vertices_lps_mm @ turn).astype(np.float32), ball.faces)) == 0


def test_two_crossing_spheres_cut_along_their_circle() -> None:
    count = self_crossings(joined(sphere(10.0, times=4), sphere(10.0, (12.0, 0.3, 0.1), times=4)))
    assert 60 < count < 1000


def test_crossing_pairs_agree_with_a_plain_search() -> None:
    rng = np.random.default_rng(7)
    soup = Mesh(
        rng.uniform(0, 10, (60, 1, 3)).repeat(3, 1).reshape(-1, 3) + rng.normal(0, 1.5, (180, 3)),
        np.arange(180).reshape(-1, 3),
    )
    assert self_crossings(soup) == sum(_cut(soup, a, b) for a in range(60) for b in range(a))


def _cut(mesh: Mesh, a: int, b: int) -> bool:
    """An edge of one passes through the other: solved edge by edge."""
    t = mesh.triangles_lps_mm
    for one, other in ((t[a], t[b]), (t[b], t[a])):
        for n in range(3):
            start, way = one[n], one[(n + 1) % 3] - one[n]
            share, u, v = np.linalg.solve(np.c_[way, other[0] - other[1], other[0] - other[2]], other[0] - start)
            if 0 <= share <= 1 and u >= 0 and v >= 0 and u + v <= 1:
                return True
    return False


def test_a_box_pushed_through_a_plate_is_found_and_one_just_above_is_not() -> None:
    plate, pin = finer(box((20, 20, 2)), 3), box((1.3, 1.3, 2), (0.21, 0.17, 0))
    assert self_crossings(joined(plate, moved(pin, np.array([0, 0, 2.001])))) == 0
    assert self_crossings(joined(plate, moved(pin, np.array([0, 0, 1.99])))) > 0


def test_cuts_less_deep_than_rounding_do_not_count() -> None:
    plate, pin = finer(box((20, 20, 2)), 3), box((1.3, 1.3, 2), (0.21, 0.17, 0))
    assert self_crossings(joined(plate, moved(pin, np.array([0, 0, 2 - 5e-5])))) == 0
    assert self_crossings(joined(plate, moved(pin, np.array([0, 0, 2 - 5e-4])))) > 0


def test_a_vertex_pushed_through_the_wall_across_is_found() -> None:
    plate = slab(lambda x, y: x * 0 + 1.0, lambda x, y: x * 0, half=5.0)
    corners = plate.vertices_lps_mm.copy()
    corners[np.argmin(np.linalg.norm(corners - [0, 0, 1], axis=1)), 2] = -0.3
    assert self_crossings(Mesh(corners, plate.faces)) > 0


def test_a_flap_folded_back_on_its_neighbour_is_found() -> None:
    faces = np.array([(0, 1, 2), (1, 0, 3)])
    corners = np.array([(0, 0, 0), (4, 0, 0), (2, 3, 0), (2, -3, 0)], dtype=float)
    assert self_crossings(Mesh(corners, faces)) == 0
    corners[3] = (2.1, 2.5, 0)
    assert self_crossings(Mesh(corners, faces)) == 1
    corners[3] = (2.1, 2.5, 0.5)
    assert self_crossings(Mesh(corners, faces)) == 0


def test_faces_that_meet_in_one_vertex_may_not_overlap() -> None:
    faces = np.array([(0, 1, 2), (0, 3, 4)])
    corners = np.array([(0, 0, 0), (4, 0, 0), (4, 3, 0), (-4, 0, 0), (-4, 3, 0)], dtype=float)
    assert self_crossings(Mesh(corners, faces)) == 0
    corners[3:] = [(3, 1, 0), (3, 2, 0)]
    assert self_crossings(Mesh(corners, faces)) == 1
    corners[3:] = [(3, 1, -1), (3, 2, 1)]
    assert self_crossings(Mesh(corners, faces)) == 1


def test_the_same_face_twice_lies_upon_itself() -> None:
    corners = np.array([(0, 0, 0), (4, 0, 0), (4, 3, 0)], dtype=float)
    assert self_crossings(Mesh(corners, np.array([(0, 1, 2), (0, 2, 1)]))) == 1
    assert self_crossings(joined(Mesh(corners, np.array([(0, 1, 2)])), Mesh(corners, np.array([(0, 2, 1)])))) == 1
