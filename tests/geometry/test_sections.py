"""Cuts through solids have the areas, middles and spreads that can be worked out; so have the solids."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from anatofit.geometry.section_areas import sections, solid_axes
from anatofit.model.mesh import Mesh


def box(extents: tuple[float, float, float], middle: tuple[float, float, float]) -> Mesh:
    made = trimesh.creation.box(extents).subdivide().subdivide().apply_translation(middle)
    return Mesh(np.asarray(made.vertices), np.asarray(made.faces))


@pytest.mark.parametrize("seed", range(3))
def test_a_cut_through_a_box_is_its_rectangle(seed: int) -> None:
    turn = Rotation.random(random_state=seed).as_matrix()
    mesh = box((10.0, 20.0, 30.0), (3.0, 4.0, 5.0))
    turned = Mesh(mesh.vertices_lps_mm @ turn.T, mesh.faces)
    (cut,) = sections(turned, turn.T, np.array([9.3]))
    assert cut.area_mm2 == pytest.approx(200.0)
    assert cut.middle_mm == pytest.approx([3.0, 4.0])
    assert cut.spread_mm2 == pytest.approx(np.diag([100.0 / 12, 400.0 / 12]), abs=1e-9)


def test_two_bodies_count_together_and_a_hole_not_at_all() -> None:
    parts = [box((10.0, 10.0, 10.0), (x, 0.0, 0.0)) for x in (-20.0, 20.0)]
    hollow = box((4.0, 4.0, 4.0), (20.0, 0.0, 0.0))
    parts.append(Mesh(hollow.vertices_lps_mm, hollow.faces[:, ::-1]))
    starts = np.cumsum([0, *(len(p.vertices_lps_mm) for p in parts)])
    faces = np.concatenate([p.faces + s for p, s in zip(parts, starts[:-1], strict=True)])
    (cut,) = sections(Mesh(np.concatenate([p.vertices_lps_mm for p in parts]), faces), np.eye(3), np.array([0.3]))
    assert cut.area_mm2 == pytest.approx(184.0)
    assert cut.middle_mm == pytest.approx([-20.0 * 16.0 / 184.0, 0.0], abs=1e-9)


def test_beside_the_solid_there_is_nothing() -> None:
    (cut,) = sections(box((1.0, 1.0, 1.0), (0.0, 0.0, 0.0)), np.eye(3), np.array([2.0]))
    assert cut.area_mm2 == 0.0 and np.isnan(cut.middle_mm).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_axes_of_a_solid_are_those_of_its_volume_however_it_is_meshed(seed: int) -> None:
    turn = Rotation.random(random_state=seed).as_matrix()
    mesh = box((10.0, 20.0, 30.0), (3.0, 4.0, 5.0))
    middle, axes = solid_axes(Mesh(mesh.vertices_lps_mm @ turn.T, mesh.faces))
    assert middle == pytest.approx(turn @ [3.0, 4.0, 5.0])
    assert np.abs(axes @ turn) == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(axes) == pytest.approx(1.0)
