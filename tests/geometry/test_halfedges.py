"""Edges, openings, patches and cuts of triangles, held against shapes that can be counted and against other code."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatofit.errors import GeometryError
from anatofit.geometry.crossings import crossing_pairs
from anatofit.geometry.flats import without_doubles, without_lines
from anatofit.geometry.halfedges import bodies_of, edges_of, loops_of, parted, twins_of
from anatofit.geometry.orient import turned_alike, turned_outward
from anatofit.geometry.patch import MOST_POINTS, least_patch
from anatofit.geometry.weld import welded
from anatofit.geometry.winding import winding_numbers
from anatofit.model.mesh import Mesh
from anatofit.verify.self_intersection import self_crossings
from tests.ingest.surface.shapes import ball, joined, tube


def test_a_closed_surface_has_twins_everywhere_and_an_open_one_a_loop() -> None:
    closed, open_ = ball(), tube()
    assert (twins_of(closed.vertices_lps_mm, closed.faces) >= 0).all()
    (loop,) = loops_of(open_.faces, twins_of(open_.vertices_lps_mm, open_.faces))
    assert len(loop) == 40 and edges_of(open_.faces).open_count == 40
    directed = {(a, b) for f in open_.faces.tolist() for a, b in zip(f, f[1:] + f[:1], strict=True)}
    assert all((a, b) in directed for a, b in zip(loop.tolist(), np.roll(loop, -1).tolist(), strict=True))


def test_parting_leaves_a_surface_without_fault_as_it_is() -> None:
    mesh = ball()
    points, faces, added = parted(mesh.vertices_lps_mm, mesh.faces, twins_of(mesh.vertices_lps_mm, mesh.faces))
    assert added == 0 and np.array_equal(faces, mesh.faces) and np.array_equal(points, mesh.vertices_lps_mm)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_faces_turned_at_random_come_out_alike_and_outward(seed: int) -> None:
    mesh = joined(ball(30.0, fine=6), tube(radius_mm=20, height_mm=60, around=9, along=3, dome=2))
    flip = np.random.default_rng(seed).random(len(mesh.faces)) < 0.4
    faces = mesh.faces.copy()
    faces[flip] = faces[flip][:, [0, 2, 1]]
    out, _, unclear = turned_outward(mesh.vertices_lps_mm, turned_alike(faces)[0])
    assert unclear == 0 and np.array_equal(np.sort(out, axis=1), np.sort(mesh.faces, axis=1))
    assert all(sorted(np.roll(a, k).tolist() for k in range(3)) == sorted(np.roll(b, k).tolist() for k in range(3))
               for a, b in zip(out, mesh.faces, strict=True))  # fmt: skip


def test_bodies_are_counted_and_welding_finds_each_place_once() -> None:
    mesh = joined(ball(30.0, fine=6), ball(10.0, (90.0, 0.0, 0.0), fine=5))
    assert bodies_of(mesh.faces).max() == 1
    points, index = welded(mesh.triangles_lps_mm.reshape(-1, 3))
    assert len(points) == len(mesh.vertices_lps_mm) and np.array_equal(
        points[index], mesh.triangles_lps_mm.reshape(-1, 3)
    )


def test_double_faces_are_told_whichever_way_they_run() -> None:
    faces, gone = without_doubles(np.array([[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 1, 3]]))
    assert gone == 2 and faces.tolist() == [[0, 1, 2], [0, 1, 3]]


def test_a_flat_face_at_an_open_edge_goes() -> None:
    points = np.array([[0, 0, 0], [2, 0, 0], [1, 0, 0], [1, 1, 0.0]])
    faces, turned, gone = without_lines(points, np.array([[0, 2, 3], [2, 1, 3], [0, 1, 2]]))
    assert (len(faces), turned, gone) == (2, 0, 1)


def test_a_patch_over_a_square_saddle_is_the_smaller_of_the_two() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.0]])
    assert len(least_patch(square)) == 2
    ring = np.stack(
        [np.cos(np.arange(30) / 30 * 2 * np.pi), np.sin(np.arange(30) / 30 * 2 * np.pi), np.zeros(30)], axis=1
    )
    a, b, c = (ring[least_patch(ring)[:, k]] for k in range(3))
    area = np.cross(b - a, c - a)[:, 2] / 2
    assert (area < 0).all() and area.sum() == pytest.approx(-15 * np.sin(2 * np.pi / 30))
    with pytest.raises(ValueError):
        least_patch(np.zeros((MOST_POINTS + 1, 3)))


def test_the_winding_number_is_one_within_and_zero_without() -> None:
    numbers = winding_numbers(ball(50.0).triangles_lps_mm, np.array([[0, 0, 0], [30, 10, 5], [70, 0, 0.0]]))
    assert numbers == pytest.approx([1, 1, 0], abs=1e-9)


@pytest.mark.parametrize("noise_mm", [0.0, 0.1, 0.5, 1.0])
def test_cuts_are_those_that_the_checker_finds_by_other_means(noise_mm: float) -> None:
    mesh = ball(30.0, fine=24)
    points = mesh.vertices_lps_mm + np.random.default_rng(2).normal(0, noise_mm, mesh.vertices_lps_mm.shape)
    noisy = Mesh(points, mesh.faces)
    ours, theirs = len(crossing_pairs(noisy, most=10**6)), self_crossings(noisy)
    assert abs(ours - theirs) <= 0.02 * theirs


def test_triangles_that_lie_upon_each_other_count_and_those_that_touch_do_not() -> None:
    lying = Mesh(
        np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0], [1, 1, 0], [5, 1, 0], [1, 5, 0.0]]), np.array([[0, 1, 2], [3, 4, 5]])
    )
    beside = Mesh(np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0.0]]), lying.faces)
    assert len(crossing_pairs(lying, most=9)) == 1 and len(crossing_pairs(beside, most=9)) == 0


def test_a_heap_of_triangles_ends_the_search(monkeypatch) -> None:
    monkeypatch.setattr("anatofit.geometry.crossings.SPARE", 0)
    monkeypatch.setattr("anatofit.geometry.crossings.MOST_NEAR", 500)
    random = np.random.default_rng(1)
    flat = np.repeat(random.uniform(0, 1e-2, (3000, 1, 3)), 3, axis=1) + np.array([[0, 0, 0], [90, 0, 0], [0, 90, 0.0]])
    with pytest.raises(GeometryError):
        crossing_pairs(
            Mesh((flat + np.arange(3000)[:, None, None] * [0, 0, 0.01]).reshape(-1, 3), np.arange(9000).reshape(-1, 3)),
            most=10,
        )


def test_a_face_folded_onto_its_neighbour_counts_and_one_beside_it_does_not() -> None:
    points = np.array([[0, 0, 0], [4, 0, 0], [1, 3, 0], [2, 2, 0], [2, -3, 0.0]])
    assert len(crossing_pairs(Mesh(points, np.array([[0, 1, 2], [1, 0, 3]])), most=9)) == 1
    assert len(crossing_pairs(Mesh(points, np.array([[0, 1, 2], [1, 0, 4]])), most=9)) == 0


def test_an_edge_with_dozens_of_faces_is_no_edge_of_a_surface() -> None:
    angle = np.linspace(0, 6, 80)
    points = np.vstack([[[0, 0, 0], [0, 0, 1]], np.stack([np.cos(angle), np.sin(angle), np.zeros(80)], axis=1)])
    faces = np.array([[0, 1, k] for k in range(2, 82)])
    with pytest.raises(GeometryError):
        twins_of(points, faces)
