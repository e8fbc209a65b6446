"""The pieces of the restoration on sheets whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.geometry.chart import Chart
from anatofit.geometry.shell import GapRules, shell_along_rays
from anatofit.model.frame import Plane
from anatofit.restore.ensemble import OUTER, Ensemble, Member, combined
from anatofit.restore.fill import Sheet, continue_about, continue_about_bowl, continue_sheet
from anatofit.restore.kriging import THICKNESS as THICKNESS_VARIOGRAM
from anatofit.restore.kriging import Sides, kriged
from anatofit.restore.sunken import sunken_beside
from anatofit.restore.tables import BodyTables, Tables


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


MIDPLANE = Plane(np.zeros(3), np.array([1.0, 0.0, 0.0]))
DOME = Chart(np.zeros(3), np.array([0.6, 0.0, 0.8]), 85.0, 2.5, 41)


def _dome(heights: np.ndarray, *, mirror: np.ndarray | None = None) -> tuple[Sheet, Sides]:
    return _sheet(heights, mirror), Sides.of(DOME, MIDPLANE)


def test_kriging_continues_a_skull_that_is_nearly_an_ellipsoid() -> None:
    x, y, z = np.moveaxis(DOME.directions(), -1, 0)
    truth = 80 + 6 * y * y - 4 * z * z + 0.5 * np.sin(2 * x)
    filled = combined(*_dome(truth), OUTER)[0]
    assert np.abs(filled - truth).max() < 0.3


def test_kriging_brings_over_what_both_sides_have_in_common() -> None:
    """A swelling of 2 mm that the rim says nothing of."""
    row, column = np.mgrid[:41, :41] - 20.0
    truth = 80 + 2.0 * np.exp(-(row**2 + column**2) / 18.0)
    sheet, sides = _dome(truth, mirror=truth + 0.3)
    alone, _ = _dome(truth)
    here, without = (continue_about(s, *kriged(s, sides, THICKNESS_VARIOGRAM))[20, 20] for s in (sheet, alone))
    assert abs(here - truth[20, 20]) < 0.7 < 1.4 < abs(without - truth[20, 20])


def test_a_member_that_goes_astray_does_not_count() -> None:
    row, column = np.mgrid[:41, :41] - 20.0
    sheet, sides = _dome(80 - 0.01 * (row**2 + column**2))
    bulge = 15.0 * np.clip(1.0 - (row**2 + column**2) / 64.0, 0.0, 1.0)
    members = (*OUTER.members[:3], Member("astray", lambda s, _: continue_about_bowl(s) + bulge))
    sound, _ = combined(sheet, sides, Ensemble(OUTER.members[:3], 6.0, 22.0))
    mixed, disagreement = combined(sheet, sides, Ensemble(members, 6.0, 22.0))
    assert np.abs(mixed - sound)[sheet.wanted].max() < 1.0
    assert disagreement[20, 20] > 5.0


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


FLAT = Chart(np.zeros(3), np.array([0.0, 0.0, 1.0]), 85.0, 1.25, 61)


def _tables(host_mm: np.ndarray) -> tuple[Tables, BodyTables]:
    whole = np.full(host_mm.shape, 80.0)
    seen = np.ones(host_mm.shape, dtype=bool)
    return Tables(FLAT, host_mm, host_mm - 5.0, whole, whole - 5.0, seen, seen, MIDPLANE), BodyTables(
        whole, whole - 5.0
    )


def _disc(row: int, column: int, radius: float) -> np.ndarray:
    y, x = np.mgrid[:61, :61]
    return np.asarray(np.hypot(y - row, x - column) <= radius)


def test_bone_far_behind_the_mirror_image_beside_the_hole_is_missing_in_front() -> None:
    """An orbital roof that is still there below a brow that is not."""
    hole, roof = _disc(30, 20, 6), _disc(30, 28, 4)
    tables, body = _tables(np.where(hole, np.nan, np.where(roof, 74.0, 80.0)))
    sunken = sunken_beside(hole, tables, body, np.zeros_like(hole))
    assert (sunken & roof).sum() > 0.7 * (roof & ~hole).sum()
    assert not (sunken & ~roof).any()


def test_sides_that_differ_far_from_the_hole_or_by_little_are_not_missing() -> None:
    hole = _disc(30, 20, 6)
    far, slight = _disc(30, 45, 5), _disc(30, 28, 4)
    tables, body = _tables(np.where(hole, np.nan, 80.0 - 6.0 * far - 2.0 * slight))
    assert not sunken_beside(hole, tables, body, np.zeros_like(hole)).any()


def test_where_the_other_side_is_a_defect_itself_nothing_is_called_sunken() -> None:
    hole, roof = _disc(30, 20, 6), _disc(30, 28, 4)
    tables, body = _tables(np.where(hole, np.nan, np.where(roof, 74.0, 80.0)))
    assert not sunken_beside(hole, tables, body, np.ones_like(hole)).any()
