"""Mass, extent, side and room of boxes."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.model.mesh import Mesh
from anatofit.verify.whole import centre_of_mass, extent, fits_printer, mass_g, side
from tests.verify.shapes import asked, box, finer, subject_of

TURN = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
TURN *= np.sign(np.linalg.det(TURN))
MIDDLE = {"midsagittal": {"point_lps_mm": [0, 0, 0], "normal_lps": [1, 0, 0]}}


def turned(mesh: Mesh) -> Mesh:
    return Mesh(mesh.vertices_lps_mm @ TURN.T, mesh.faces)


def test_mass_is_volume_times_density() -> None:
    found = mass_g(subject_of(turned(box((10, 20, 30), (100, -50, 20)))), asked("mass_g", density_g_cm3=1.3))
    assert found.value == pytest.approx(6.0 * 1.3)
    assert not found.failed


def test_an_inside_out_part_has_no_mass() -> None:
    part = box((10, 20, 30))
    assert mass_g(
        subject_of(Mesh(part.vertices_lps_mm, part.faces[:, ::-1])), asked("mass_g", density_g_cm3=1.3)
    ).failed


def test_the_extent_is_that_of_the_parts_own_box() -> None:
    found = extent(subject_of(turned(finer(box((80, 50, 6)), 2))), asked("extent"))
    assert found.value == pytest.approx(80.0, abs=0.1)
    assert found.values["width_mm"] == pytest.approx(50.0, abs=0.5)


@pytest.mark.parametrize(("room", "spare"), [((100, 60, 10), 4.0), ((10, 60, 100), 4.0), ((79, 60, 60), -1.0)])
def test_the_part_may_be_laid_any_way_round(room: tuple[float, ...], spare: float) -> None:
    found = fits_printer(subject_of(turned(finer(box((80, 50, 6)), 2))), asked("fits_printer", build_volume_mm=room))
    assert found.value == pytest.approx(spare, abs=0.5)


@pytest.mark.parametrize(("x", "ordered", "value"), [(30, "L", 30), (30, "R", -30), (-30, "R", 30), (-30, "L", -30)])
def test_left_is_where_x_grows(x: float, ordered: str, value: float) -> None:
    found = side(subject_of(box((10, 9, 8), (x, 0, 0)), plan=MIDDLE), asked("side", laterality=ordered))
    assert found.value == pytest.approx(value)


def test_without_a_side_ordered_the_check_fails() -> None:
    assert side(subject_of(box((1, 1, 1)), plan=MIDDLE), asked("side")).failed


def test_the_centre_of_mass_is_of_the_volume_not_of_the_corners() -> None:
    part = box((2, 2, 2), (5, 6, 7))
    crowded = Mesh(np.concatenate([part.vertices_lps_mm, np.full((50, 3), 4.0)]), part.faces)
    assert centre_of_mass(crowded) == pytest.approx([5, 6, 7])
