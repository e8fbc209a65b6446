"""Fields of shapes that we can compute."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.errors import GeometryError
from anatofit.geometry.boolean import difference, largest
from anatofit.geometry.bridge import cylinder, mesh_of, mesh_of_field, solid_of
from anatofit.geometry.canonical import canonical, unmatched_edges
from anatofit.geometry.curve import length_mm, resample
from anatofit.geometry.field import band_field, graded_field, occupancy, over_ridges, points_of, refine, signed_field
from anatofit.geometry.morph import opened
from anatofit.geometry.text import block_outline, block_size_mm, split_lines
from anatofit.geometry.within import within
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

RADIUS = 12.0
CENTRE = np.array([101.0, -57.0, 33.0])


def _axes() -> np.ndarray:
    turn, _ = np.linalg.qr(np.array([[1.0, 0.3, -0.2], [0.1, 1.0, 0.5], [0.4, -0.1, 1.0]]))
    return turn * np.sign(np.linalg.det(turn))


def _grid(step: float, half: float = 16.0) -> Grid:
    n = int(2 * half / step) + 1
    axes = _axes()
    return Grid((n, n, n), CENTRE - axes @ np.full(3, half), np.full(3, step), axes)


def _distance(grid: Grid) -> np.ndarray:
    points = points_of(grid, np.ones(grid.shape_kji, dtype=bool))
    return (np.linalg.norm(points - CENTRE, axis=1) - RADIUS).reshape(grid.shape_kji).astype(np.float32)


def lowered(values: np.ndarray) -> np.ndarray:
    return over_ridges(values.astype(np.float32)[:, None, None])[:, 0, 0]


def test_between_nodes_a_lowered_field_lies_below_a_round_ridge_and_less_far_above_a_sharp_one() -> None:
    x = np.arange(-3.0, 3.1, 0.5)
    middles = (x[2:-1] + x[1:-2]) / 2
    below = lowered(x * x / 2)
    assert ((below[2:-1] + below[1:-2]) / 2 <= middles**2 / 2 + 1e-6).all()
    sharp = lowered(np.abs(x - 0.25))
    assert np.interp(0.25, x, sharp) == pytest.approx(0.25 * 3 / 4)


def test_a_hollow_of_a_field_stays_as_it_is() -> None:
    x = np.arange(-3.0, 3.1, 0.5)
    np.testing.assert_allclose(lowered(-x * x / 2), -x * x / 2, atol=1e-6)


@pytest.fixture(scope="module")
def ball() -> Mesh:
    grid = _grid(0.5)
    return mesh_of_field(_distance(grid), grid)


def test_a_ball_from_a_field_is_closed_and_as_large_as_the_ball(ball: Mesh) -> None:
    assert unmatched_edges(ball.faces) == 0
    assert ball.volume_mm3 == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=3e-3)


def test_a_mirrored_grid_gives_faces_outward_too() -> None:
    grid = _grid(1.0)
    left = Grid(grid.shape_kji, grid.origin_lps_mm, grid.spacing_ijk_mm, grid.direction_lps * [1.0, 1.0, -1.0])
    left = Grid(left.shape_kji, CENTRE - left.direction_lps @ np.full(3, 16.0), left.spacing_ijk_mm, left.direction_lps)
    assert np.linalg.det(left.direction_lps) < 0
    assert mesh_of_field(_distance(left), left).volume_mm3 > 0


def test_signed_distance_is_true_to_three_hundredths_of_a_millimetre_on_a_turned_grid(ball: Mesh) -> None:
    grid = _grid(0.7)
    found, truth = signed_field(ball, grid, band_mm=3.0), _distance(grid)
    for within_mm, error_mm in ((1.2, 0.03), (2.8, 0.04)):
        assert np.abs(found - truth)[np.abs(truth) < within_mm].max() < error_mm
    assert (np.sign(found) == np.sign(truth))[np.abs(truth) > 0.02].all()
    assert np.abs(found).max() == pytest.approx(3.0)


def test_a_band_is_deep_only_where_asked(ball: Mesh) -> None:
    grid = _grid(1.0)
    everywhere = np.ones(grid.shape_kji, dtype=bool)
    found, truth = (
        band_field(ball, grid, band_mm=2.0, region=everywhere, deep_mm=8.0, deep_region=everywhere),
        _distance(grid),
    )
    deep = (truth > -7.5) & (truth < 1.9)
    assert np.abs(found - truth)[deep].max() < 0.05
    assert found.max() == pytest.approx(2.0)


def test_a_graded_field_is_exact_near_the_surface_and_true_to_s2_over_d_beyond(ball: Mesh) -> None:
    grid, step, exact = _grid(0.5), 0.5, 2.0
    found, truth = graded_field(ball, grid, band_mm=4.5, exact_mm=exact)[0], _distance(grid)
    near, beyond = np.abs(truth) < exact, (truth > exact) & (truth < 3.0)
    assert np.abs(found - truth)[near].max() < 0.03
    assert np.abs(found - truth)[beyond].max() < 0.03 + step**2 / exact
    assert (found[truth < -2 * exact - 0.1] == -2 * exact).all()
    assert found[truth > 5.8].min() == pytest.approx(4.5)


def test_an_open_mesh_is_refused(ball: Mesh) -> None:
    with pytest.raises(GeometryError, match="open mesh"):
        occupancy(Mesh(ball.vertices_lps_mm, ball.faces[: len(ball.faces) * 3 // 4]), _grid(1.0))


def test_refining_keeps_a_linear_field() -> None:
    k, j, i = np.meshgrid(np.arange(5.0), np.arange(6.0), np.arange(7.0), indexing="ij")
    fine = refine((k + 2 * j - 3 * i).astype(np.float32), (8, 10, 12))
    k, j, i = np.meshgrid(np.arange(8) / 2, np.arange(10) / 2, np.arange(12) / 2, indexing="ij")
    assert np.allclose(fine, k + 2 * j - 3 * i)


def test_opening_rounds_the_edges_of_a_box_and_leaves_its_faces() -> None:
    grid = Grid((66, 66, 66), np.full(3, -8.1), np.full(3, 0.25))
    points = points_of(grid, np.ones(grid.shape_kji, dtype=bool))
    outside = (np.abs(points) - [6.0, 5.0, 3.0]).reshape(*grid.shape_kji, 3)
    box = outside.max(axis=-1).astype(np.float32)
    edges = points[(np.sort(np.abs(outside.reshape(-1, 3)), axis=1)[:, 1] < 0.5) & (box.ravel() < 0.5)]
    mesh = mesh_of_field(opened(box, grid, radius_mm=1.0, edges_lps_mm=edges), grid)
    assert np.abs(mesh.vertices_lps_mm).max(axis=0) == pytest.approx([6.0, 5.0, 3.0], abs=0.05)
    corner = np.abs(mesh.vertices_lps_mm).sum(axis=1).max()
    assert corner == pytest.approx(6 + 5 + 3 - 3 * 1.0 + np.sqrt(3) * 1.0, abs=0.35)


def test_opening_changes_nothing_far_from_its_edges_even_where_the_field_is_no_distance() -> None:
    grid = Grid((40, 100, 40), np.array([-5.0, -20.0, -5.0]), np.full(3, 0.4))
    points = points_of(grid, np.ones(grid.shape_kji, dtype=bool))
    inside = np.abs(points) - [5.0, 18.0, 3.0]
    box = np.where(inside.max(axis=1) < 0, 0.6, 1.0) * inside.max(axis=1)  # a field that is too shallow inside
    values = box.reshape(grid.shape_kji).astype(np.float32)
    end = points[(points[:, 1] > 17.0) & (np.abs(box) < 0.8)]
    changed = opened(values, grid, radius_mm=1.2, edges_lps_mm=end) - values > 0.01
    assert changed.any()
    assert points[changed.ravel() & (np.abs(box) < 0.3), 1].min() > 17.0 - 3 * 1.2
    face = (np.abs(points[:, 0]) < 3.0) & (np.abs(np.abs(points[:, 2]) - 3.0) < 0.3) & (points[:, 1] < 15.0)
    assert not (changed.ravel() & face).any()


def test_opening_drops_what_is_thinner_than_twice_the_radius() -> None:
    grid = Grid((40, 40, 40), np.full(3, -7.8), np.full(3, 0.4))
    points = points_of(grid, np.ones(grid.shape_kji, dtype=bool))
    sheet = (np.abs(points) - [5.0, 5.0, 0.5]).max(axis=1).reshape(grid.shape_kji).astype(np.float32)
    with pytest.raises(GeometryError, match="thicker"):
        opened(sheet, grid, radius_mm=0.8, edges_lps_mm=points[np.abs(sheet.ravel()) < 0.5])


@pytest.mark.parametrize(("one_piece", "ends"), [(False, 7.2), (True, 3.2)])
def test_a_lobe_that_only_touches_the_body_goes_where_one_piece_is_wanted(one_piece: bool, ends: float) -> None:
    grid = Grid((50, 50, 60), np.array([-6.0, -6.0, -6.0]), np.full(3, 0.25))
    points = points_of(grid, np.ones(grid.shape_kji, dtype=bool))
    ball, lobe = np.linalg.norm(points, axis=1) - 3.0, np.linalg.norm(points - [5.0, 0, 0], axis=1) - 2.2
    values = np.minimum(ball, lobe).reshape(grid.shape_kji).astype(np.float32)  # they meet in a neck of 0.7 mm radius
    mesh = mesh_of_field(opened(values, grid, radius_mm=1.0, edges_lps_mm=points, one_piece=one_piece), grid)
    # of the neck stays what a ball can fill that rests in the body's side of it, and a step of the grid
    assert ends - 0.05 < mesh.vertices_lps_mm[:, 0].max() < ends + 0.3
    assert mesh.vertices_lps_mm[:, 0].min() == pytest.approx(-3.0, abs=0.05)


def test_points_within_a_mesh_are_told_from_those_beside_it(ball: Mesh) -> None:
    middle = ball.vertices_lps_mm.mean(axis=0)
    radius = float(np.linalg.norm(ball.vertices_lps_mm - middle, axis=1).mean())
    rays = np.random.default_rng(5).normal(size=(2000, 3))
    rays *= (np.random.default_rng(6).uniform(0, 2 * radius, 2000) / np.linalg.norm(rays, axis=1))[:, None]
    away = np.linalg.norm(rays, axis=1) - radius
    sure = np.abs(away) > 0.4
    np.testing.assert_array_equal(within(ball, middle + rays)[sure], away[sure] < 0)


def test_a_difference_proves_itself_by_volumes(ball: Mesh) -> None:
    body = solid_of(ball)
    tool = cylinder(start_lps_mm=CENTRE - [0, 0, 20], axis_lps=np.array([0.0, 0.0, 1.0]), length_mm=40, diameter_mm=4.0)
    rest = difference(body, [tool], what="a hole")
    assert body.volume() - rest.volume() == pytest.approx(np.pi * 4 * 2 * np.sqrt(RADIUS**2 - 2), rel=0.01)
    assert largest(rest)[1] == 0.0


def test_a_difference_that_leaves_nothing_is_an_error(ball: Mesh) -> None:
    tool = cylinder(
        start_lps_mm=CENTRE - [0, 0, 20], axis_lps=np.array([0.0, 0.0, 1.0]), length_mm=40, diameter_mm=60.0
    )
    with pytest.raises(GeometryError, match="empty"):
        difference(solid_of(ball), [tool], what="everything")


def test_an_inside_out_mesh_is_no_solid_for_a_difference(ball: Mesh) -> None:
    turned = Mesh(ball.vertices_lps_mm, ball.faces[:, ::-1])
    tool = cylinder(start_lps_mm=CENTRE, axis_lps=np.array([0.0, 0.0, 1.0]), length_mm=40, diameter_mm=2.0)
    with pytest.raises(GeometryError):
        difference(solid_of(turned), [tool], what="a hole")


def test_canonical_bytes_do_not_depend_on_the_order_of_triangles(ball: Mesh) -> None:
    one = canonical(mesh_of(solid_of(ball).simplify(0.01)))
    shuffle = np.random.default_rng(3).permutation(len(one.vertices_lps_mm))
    faces = np.argsort(shuffle)[one.faces][::-1]
    other = canonical(Mesh(one.vertices_lps_mm[shuffle], np.roll(faces, 1, axis=1)))
    assert other.faces.tobytes() == one.faces.tobytes()
    assert other.vertices_lps_mm.tobytes() == one.vertices_lps_mm.tobytes()
    assert (one.vertices_lps_mm == one.vertices_lps_mm.astype(np.float32)).all()


def test_a_face_whose_corners_lie_in_a_line_is_turned_away_and_the_surface_stays() -> None:
    # a tetrahedron whose edge 0-1 bears a corner of one of its faces only: a face without area lies between the two
    corners = np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4], [1, 0, 0]])
    mesh = Mesh(corners, np.array([[0, 2, 4], [4, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3], [0, 4, 1]]))
    assert unmatched_edges(mesh.faces) == 0
    found = canonical(mesh)
    sides = np.moveaxis(found.triangles_lps_mm, 1, 0)
    assert (np.linalg.norm(np.cross(sides[1] - sides[0], sides[2] - sides[0]), axis=1) > 0).all()
    assert unmatched_edges(found.faces) == 0 and len(found.faces) == 6
    assert found.volume_mm3 == mesh.volume_mm3 == pytest.approx(64 / 6)


def test_two_faces_back_to_back_that_rounding_leaves_are_dropped() -> None:
    corners = np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4], [2, -1, 0], [2, -1 - 1e-9, 0]])
    # along the edge 0-1 a fin of two faces stands, its two tips a billionth of a millimetre apart
    whole = [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]
    mesh = Mesh(corners, np.array([*whole, [0, 1, 4], [1, 0, 5]]))
    found = canonical(mesh)
    assert len(found.faces) == 4 and unmatched_edges(found.faces) == 0
    assert found.volume_mm3 == pytest.approx(64 / 6)


def test_a_closed_curve_is_resampled_evenly() -> None:
    turns = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.column_stack([np.cos(turns), np.sin(turns), np.zeros(400)]) * 10
    points = resample(circle, count=36)
    assert length_mm(points) == pytest.approx(2 * np.pi * 10, rel=0.01)
    steps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    assert np.ptp(steps) < 1e-3


BREAKS = [
    ("A-0001", 1, ("A-0001",)),
    ("A-0001", 2, ("A-", "0001")),
    ("CASE-2026", 2, ("CASE-", "2026")),
    ("A", 3, ("A",)),
]


@pytest.mark.parametrize(("text", "count", "lines"), BREAKS)
def test_text_breaks_near_its_middle(text: str, count: int, lines: tuple[str, ...]) -> None:
    assert split_lines(text, count=count) == lines


def test_text_has_the_height_of_its_capitals() -> None:
    low_x, low_y, high_x, high_y = block_outline(("HE",), height_mm=4.0).bounds()
    width, height = block_size_mm(("HE",), height_mm=4.0)
    assert high_y - low_y == pytest.approx(4.0, abs=0.01) == height
    assert high_x - low_x == pytest.approx(width, abs=0.01)
