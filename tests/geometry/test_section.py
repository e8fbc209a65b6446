"""Where a plane cuts boxes, and what the outline spans."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.geometry.section_lines import chord, reach_mm, section, span_mm
from anatofit.model.mesh import Mesh
from tests.verify.shapes import box, finer

BOX = finer(box((20.0, 30.0, 50.0)), 2)
X, Y, Z = np.eye(3)


def test_the_outline_of_a_box_is_its_rectangle() -> None:
    outline = section(BOX, np.array([0.0, 0.0, 3.3]), Z)
    assert reach_mm(outline, np.zeros(3), X) == pytest.approx((-10.0, 10.0))
    assert reach_mm(outline, np.array([0.0, 5.0, 3.3]), Y) == pytest.approx((-20.0, 10.0))
    length = np.linalg.norm(outline[:, 1] - outline[:, 0], axis=1).sum()
    assert length == pytest.approx(100.0)
    np.testing.assert_allclose(outline[..., 2], 3.3)


def test_a_plane_through_corners_is_cut_too() -> None:
    outline = section(BOX, np.array([0.0, 0.0, 25.0]), Z)
    assert reach_mm(outline, np.zeros(3), X) == pytest.approx((-10.0, 10.0))


def test_an_oblique_outline_is_longer_by_its_slope() -> None:
    slope = np.array([-np.sin(0.3), 0.0, np.cos(0.3)])
    outline = section(BOX, np.zeros(3), slope)
    assert reach_mm(outline, np.zeros(3), np.cross(Y, slope))[1] == pytest.approx(10.0 / np.cos(0.3))


def test_a_line_in_the_plane_ends_at_the_outline_or_misses_it() -> None:
    outline = section(BOX, np.zeros(3), Z)
    assert chord(outline, np.array([4.0, 3.0, 0.0]), X, Y) == pytest.approx((-18.0, 12.0))
    assert chord(outline, np.array([11.0, 3.0, 0.0]), X, Y) is None


def test_a_plane_beside_the_box_cuts_nothing() -> None:
    outline = section(BOX, np.array([0.0, 0.0, 26.0]), Z)
    assert not len(outline)
    with pytest.raises(ValueError, match="no triangle"):
        reach_mm(outline, np.zeros(3), X)


def test_the_part_of_an_outline_about_a_point_ends_where_its_shadow_does() -> None:
    """Two bars side by side in one plane, as the two halves of a mandible are: one is no part of the other's width."""
    bars = merged(box((10.0, 20.0, 40.0), (0.0, 0.0, 0.0)), box((16.0, 20.0, 40.0), (30.0, 0.0, 0.0)))
    outline = section(bars, np.zeros(3), np.array([0.0, 0.0, 1.0]))
    across = np.array([1.0, 0.0, 0.0])
    assert span_mm(outline, np.zeros(3), across) == pytest.approx((-5.0, 5.0))
    assert span_mm(outline, np.array([18.0, 0.0, 0.0]), across) == pytest.approx((4.0, 20.0))
    assert span_mm(outline, np.zeros(3), np.array([0.0, 1.0, 0.0])) == pytest.approx((-10.0, 10.0))


def test_an_empty_outline_spans_nothing() -> None:
    with pytest.raises(ValueError, match="cuts no triangle"):
        span_mm(np.zeros((0, 2, 3)), np.zeros(3), np.array([1.0, 0.0, 0.0]))


def merged(one: Mesh, other: Mesh) -> Mesh:
    vertices = np.concatenate([one.vertices_lps_mm, other.vertices_lps_mm])
    return Mesh(vertices, np.concatenate([one.faces, other.faces + len(one.vertices_lps_mm)]))
