"""A hole in a surface is filled by what lies around it: on shapes whose truth was cut away, whatever the edge looks like."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.errors import GeometryError
from anatofit.geometry.canonical import unmatched_edges
from anatofit.geometry.halfedges import edges_of, loops_of, twins_of
from anatofit.geometry.halved import halved
from anatofit.geometry.plate import Around, spanned, tried_mm, width_mm
from anatofit.geometry.weld import used_only
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from tests.ingest.surface.shapes import ball

RADIUS_MM = 60.0
BALL = ball(RADIUS_MM, fine=40)


def holed(half_mm: float) -> tuple[Mesh, FloatArray]:
    """A ball without the triangles so near to a place of it, their edge jagged as they come; and that place."""
    place = RADIUS_MM * np.array([1.0, 0.0, 0.0])
    off = np.linalg.norm(BALL.triangles_lps_mm.mean(axis=1) - place, axis=1)
    return Mesh(*used_only(BALL.vertices_lps_mm, BALL.faces[off > half_mm])), place


@pytest.mark.parametrize(("half_mm", "within_mm"), [(8.0, 0.02), (20.0, 0.15)])
def test_what_fills_a_hole_of_a_ball_lies_on_the_ball_and_closes_it(half_mm: float, within_mm: float) -> None:
    mesh, _ = holed(half_mm)
    (loop,) = loops_of(mesh.faces, twins_of(mesh.vertices_lps_mm, mesh.faces))
    filling = spanned(Around(mesh), loop)
    assert filling is not None
    new, faces = filling
    assert np.abs(np.linalg.norm(new, axis=1) - RADIUS_MM).max() < within_mm
    flat_mm = RADIUS_MM - np.sqrt(RADIUS_MM**2 - half_mm**2)
    assert flat_mm > 10 * within_mm  # what flat triangles would be off by
    names = np.concatenate([loop, len(mesh.vertices_lps_mm) + np.arange(len(new))])
    whole = Mesh(np.concatenate([mesh.vertices_lps_mm, new]), np.concatenate([mesh.faces, names[faces]]))
    assert unmatched_edges(whole.faces) == 0
    assert whole.volume_mm3 == pytest.approx(BALL.volume_mm3, rel=2e-4)


def test_trials_beside_a_hole_tell_how_far_off_the_filling_may_be() -> None:
    mesh, place = holed(12.0)
    off = tried_mm(Around(mesh), place, 12.0, made_up=np.zeros(0, dtype=np.int64))
    assert len(off) >= 4 and off.max() < 0.3
    bumps = mesh.vertices_lps_mm * (1 + 0.03 * np.sin(mesh.vertices_lps_mm / 4.0).prod(axis=1, keepdims=True))
    assert tried_mm(Around(Mesh(bumps, mesh.faces)), place, 12.0, made_up=np.zeros(0, dtype=np.int64)).max() > 1.0


def test_no_trial_is_made_on_what_was_made_up() -> None:
    made_up = np.arange(len(BALL.vertices_lps_mm))
    assert len(tried_mm(Around(BALL), BALL.vertices_lps_mm[0], 10.0, made_up=made_up)) == 0


def test_a_hole_whose_edge_lies_over_no_plane_is_not_filled() -> None:
    mesh, _ = holed(85.0)  # of 120 across: a rim that looks backwards
    assert spanned(Around(mesh), loops_of(mesh.faces, twins_of(mesh.vertices_lps_mm, mesh.faces))[0]) is None


def test_triangles_over_a_jagged_line_keep_its_edges_and_leave_none_long() -> None:
    angle = 2 * np.pi * np.arange(40) / 40
    ring = (10.0 + 3.0 * (np.arange(40) % 2))[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points, faces = halved(ring, longest_mm=4.0)
    assert np.array_equal(points[:40], ring)
    assert edges_of(faces).open_count == 40
    a, b, c = (points[faces[:, k]] for k in range(3))
    area = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    ring_area = 0.5 * (ring[:, 0] * np.roll(ring[:, 1], -1) - ring[:, 1] * np.roll(ring[:, 0], -1)).sum()
    assert (area >= 0).all() and area.sum() == pytest.approx(ring_area)
    sides = np.linalg.norm(np.concatenate([b - a, c - b, a - c]), axis=1)
    assert sides.max() < 4.0 + 1e-9
    assert width_mm(np.column_stack([ring, np.zeros(40)])) == pytest.approx(26.0)


def test_a_line_that_crosses_itself_is_not_filled() -> None:
    eight = np.array([[0.0, 0.0], [10.0, 10.0], [10.0, 0.0], [0.0, 10.0]])
    with pytest.raises(GeometryError):
        halved(eight, longest_mm=2.0)
