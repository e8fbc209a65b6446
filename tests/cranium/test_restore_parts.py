"""The pieces of the restoration on sheets whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.geometry.chart import Chart
from anatofit.geometry.shell import GapRules, shell_along_rays
from anatofit.restore import kriging
from anatofit.restore.ensemble import OUTER, Ensemble, Member, combined
from anatofit.restore.fill import Sheet, continue_about_bowl, continue_sheet
from anatofit.restore.kriging import Sides, kriged
from anatofit.restore.tables import _even


def _sheet(values: np.ndarray, mirror: np.ndarray | None = None) -> Sheet:
    y, x = np.mgrid[: values.shape[0], : values.shape[1]] - values.shape[0] // 2
    hole = np.hypot(x, y) < 8
    return Sheet(np.where(hole, 0.0, values), ~hole, hole, np.full_like(values, np.nan) if mirror is None else mirror)


def test_a_biharmonic_sheet_continues_a_paraboloid_closely() -> None:
    y, x = np.mgrid[:41, :41] - 20.0
    truth = 80 - 0.01 * (x**2 - y**2)
    filled = continue_sheet(_sheet(truth), order=2, mirrored=False)
    assert np.abs(filled - truth).max() < 1e-3


def test_a_harmonic_sheet_continues_a_plane_exactly() -> None:
    y, x = np.mgrid[:41, :41] - 20.0
    truth = 80 + 0.1 * x - 0.2 * y
    assert np.abs(continue_sheet(_sheet(truth), order=1, mirrored=False) - truth).max() < 1e-4


def test_a_sheet_about_a_bowl_continues_a_tilted_bowl_exactly() -> None:
    y, x = np.mgrid[:41, :41] - 20.0
    truth = 80 - 0.01 * x**2 - 0.02 * y**2 + 0.004 * x * y + 0.1 * x
    assert np.abs(continue_about_bowl(_sheet(truth)) - truth).max() < 1e-4


def test_a_sheet_about_a_bowl_meets_a_rim_that_is_no_bowl() -> None:
    y, x = np.mgrid[:41, :41] - 20.0
    filled = continue_about_bowl(_sheet(80 - 0.01 * (x**2 + y**2) + 0.4 * np.sin(0.4 * x)))
    assert np.abs(np.diff(filled, axis=1)).max() < 1.0


@pytest.mark.parametrize("order", [1, 2])
def test_a_mirrored_sheet_brings_the_other_sides_shape_over(order: int) -> None:
    y, x = np.mgrid[:41, :41] - 20.0
    bump = 3.0 * np.exp(-(x**2 + y**2) / 20.0)
    truth = 80 + bump + 0.02 * x
    filled = continue_sheet(_sheet(truth, 80 + bump + 1.5), order=order, mirrored=True)
    assert np.abs(filled - truth).max() < 1e-3


def _sides() -> Sides:
    chart = Chart(np.zeros(3), np.array([0.0, 0.0, 1.0]), 85.0, 2.5, 41)
    return Sides(chart.directions(), np.array([1.0, 0.0, 0.0]), 85.0)


def test_kriging_continues_an_ellipsoid_to_a_tenth_of_a_millimetre() -> None:
    sides = _sides()
    truth = 85.0 * (1.0 - 0.05 * sides.here[..., 0] ** 2 + 0.1 * sides.here[..., 1] ** 2)
    sheet = _sheet(truth)
    shape, where = kriged(sheet, sides, kriging.OUTER)
    assert where[sheet.wanted].all()
    assert np.abs(shape - truth)[where].max() < 0.1


def test_kriging_brings_a_swelling_over_from_the_other_side_and_shrinks_it_towards_the_mean() -> None:
    sides = _sides()
    y, x = np.mgrid[:41, :41] - 20.0
    swollen = 6.0 + 2.0 * np.exp(-(x**2 + y**2) / 30.0)
    aside = sides.here[..., [2, 1, 0]]  # looks to the left: the other side is far from the hole
    shape, _ = kriged(_sheet(swollen, swollen), Sides(aside, sides.normal_lps, 85.0), kriging.THICKNESS)
    assert 7.0 < shape[20, 20] < 8.0


def test_a_member_that_goes_astray_moves_the_ensemble_little() -> None:
    wild = Member("wild", lambda sheet, _: sheet.values + 5.0 * sheet.wanted)
    calm = [Member(str(n), lambda sheet, _, n=n: sheet.values + 0.1 * n * sheet.wanted) for n in range(3)]
    sheet = _sheet(np.zeros((41, 41)))
    filled, spread = combined(sheet, _sides(), Ensemble((*calm, wild), farthest_mm=6.0, wildest_mm=6.0))
    assert filled[20, 20] == pytest.approx(0.15, abs=0.01)
    assert spread[20, 20] > 2.0
    assert (spread[sheet.known] == 0).all()


def test_the_ensemble_keeps_what_is_known() -> None:
    y, x = np.mgrid[:41, :41] - 20.0
    sheet = _sheet(80 - 0.01 * (x**2 + y**2))
    filled, _ = combined(sheet, _sides(), OUTER)
    assert np.array_equal(filled[sheet.known], sheet.values[sheet.known])
    assert np.abs(filled - (80 - 0.01 * (x**2 + y**2))).max() < 0.3


def test_a_few_misread_cells_at_the_rim_do_not_count_as_thickness() -> None:
    y, x = np.mgrid[:41, :41] - 20.0
    hole = np.hypot(x, y) < 8
    told = ~hole
    thickness = 7.0 + 0.02 * x
    thickness[20, 29:31] = 2.5
    even = _even(thickness, told)
    assert not even[20, 29:31].any()
    assert even.sum() == told.sum() - 2


def test_a_chart_gives_back_the_directions_it_was_asked_for() -> None:
    chart = Chart(np.array([1.0, 2.0, 3.0]), np.array([0.3, -0.2, 0.9]), 85.0, 2.0, 61)
    points = chart.centre_lps_mm + 77.0 * chart.directions()
    cells, distance = chart.to_cells(points)
    rows, columns = np.mgrid[:61, :61]
    assert np.abs(cells - np.stack([rows, columns], axis=-1)).max() < 1e-6
    assert np.allclose(distance, 77.0)


def test_a_shell_bridges_a_sinus_but_not_soft_tissue() -> None:
    distances = np.arange(0.0, 40.0, 0.5)
    bone = ((distances > 10) & (distances < 13)) | ((distances > 23) & (distances < 26))
    sinus = np.where(bone, -500.0, np.where(distances < 10, 500.0, 1500.0)).astype(np.float32)
    muscle = np.where(bone, -500.0, 500.0).astype(np.float32)
    shell = shell_along_rays(np.stack([sinus, muscle]), distances, GapRules(400.0, 800.0))
    assert shell.outer_mm[0] == pytest.approx(25.75, abs=0.3)
    assert shell.outer_mm[1] == pytest.approx(12.75, abs=0.3)
