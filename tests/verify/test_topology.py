"""Counting on indices: what is closed, manifold and in one piece."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.model.mesh import Mesh
from anatofit.verify.topology import closed_manifold, components
from tests.verify.shapes import asked, box, joined, sphere, subject_of

ASKED = asked("closed_manifold")


def faults(mesh: Mesh) -> dict[str, float]:
    found = closed_manifold(subject_of(mesh), ASKED)
    assert found.value == sum(found.values.values())
    return {k: v for k, v in found.values.items() if v}


@pytest.mark.parametrize("mesh", [box((1, 2, 3)), sphere(5.0), joined(sphere(1.0), box((1, 1, 1), (5, 0, 0)))])
def test_closed_bodies_have_no_fault(mesh: Mesh) -> None:
    assert faults(mesh) == {}


def test_a_missing_face_leaves_three_open_edges() -> None:
    ball = sphere(5.0)
    assert faults(Mesh(ball.vertices_lps_mm, ball.faces[1:])) == {"edges": 3}


def test_a_turned_face_and_a_doubled_face_are_faults() -> None:
    ball = sphere(5.0)
    turned = ball.faces.copy()
    turned[7] = turned[7, ::-1]
    assert faults(Mesh(ball.vertices_lps_mm, turned))["edges"] == 3
    assert faults(Mesh(ball.vertices_lps_mm, np.concatenate([ball.faces, ball.faces[:1]])))["edges"] == 3


def test_two_bodies_that_touch_in_one_vertex_are_pinched() -> None:
    first, second = box((2, 2, 2)), box((2, 2, 2), (2, 2, 2))
    both = joined(first, second)
    faces = both.faces.copy()
    faces[faces == 8] = 6  # the lowest corner of the second is the highest of the first
    assert faults(Mesh(both.vertices_lps_mm, faces)) == {"pinched_vertices": 1}


def test_an_inside_out_body_and_a_face_without_area_are_faults() -> None:
    ball = sphere(5.0)
    assert faults(Mesh(ball.vertices_lps_mm, ball.faces[:, ::-1])) == {"inside_out": 1}
    corners = ball.vertices_lps_mm.copy()
    corners[ball.faces[0, 0]] = corners[ball.faces[0, 1]]
    assert faults(Mesh(corners, ball.faces))["flat_faces"] == 2


def test_pieces_are_counted_by_shared_vertices() -> None:
    assert components(subject_of(sphere(1.0)), asked("components")).value == 1
    assert (
        components(subject_of(joined(sphere(1.0), sphere(9.0), box((1, 1, 1), (20, 0, 0)))), asked("components")).value
        == 3
    )
