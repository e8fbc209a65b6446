"""Which walls of bone air lies on."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.geometry.bridge import mesh_of_field
from anatofit.model.grid import Grid
from anatofit.model.volume import Field, Volume
from anatofit.surface.air import air_inside, air_walls

GRID = Grid((50, 60, 60), np.array([-30.0, 10.0, 5.0]), np.ones(3))


def _ball(centre: tuple[float, float, float], radius_mm: float) -> np.ndarray:
    k, j, i = np.meshgrid(*[np.arange(n) for n in GRID.shape_kji], indexing="ij")
    places = GRID.to_lps(np.stack([i, j, k], axis=-1).reshape(-1, 3).astype(float)).reshape(*GRID.shape_kji, 3)
    return (np.linalg.norm(places - centre, axis=-1) - radius_mm).astype(np.float32)


def test_the_wall_of_a_cell_is_told_from_the_wall_of_a_marrow_space_and_from_the_outside() -> None:
    bone, cell, marrow = _ball((0, 40, 30), 22.0), _ball((-9, 40, 30), 6.0), _ball((9, 40, 30), 6.0)
    mesh = mesh_of_field(np.maximum(bone, -np.minimum(cell, marrow)), GRID)
    hu = np.where(cell < 0, -1000, np.where(marrow < 0, -80, np.where(bone < 0, 900, 30))).astype(np.int16)
    walls = air_walls(mesh, Volume(GRID, hu))
    middle = walls.triangles_lps_mm.mean(axis=1)
    assert np.linalg.norm(middle - [-9, 40, 30], axis=1).max() < 7.0
    around = np.linalg.norm(mesh.triangles_lps_mm.mean(axis=1) - [-9, 40, 30], axis=1) < 7.0
    assert len(walls.faces) > 0.95 * around.sum()
    assert {t.tobytes() for t in walls.triangles_lps_mm} <= {t.tobytes() for t in mesh.triangles_lps_mm}


def test_what_of_a_body_lies_in_air_is_counted() -> None:
    body, cell = _ball((0, 40, 30), 12.0), _ball((0, 40, 30), 6.0)
    hu = np.where(cell < 0, -1000, 40).astype(np.int16)
    places, each_mm3 = air_inside(Field(GRID, body), Volume(GRID, hu))
    assert len(places) * each_mm3 == pytest.approx(4 / 3 * np.pi * 6.0**3, rel=0.1)
    assert np.linalg.norm(places - [0, 40, 30], axis=1).max() < 6.5


def test_bone_without_air_has_no_such_walls() -> None:
    bone = _ball((0, 40, 30), 15.0)
    hu = np.where(bone < 0, 900, 30).astype(np.int16)
    assert len(air_walls(mesh_of_field(bone, GRID), Volume(GRID, hu)).faces) == 0
