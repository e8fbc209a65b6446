"""The edge HU of blurred layers against the layers themselves; all truths are computed here."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from anatofit.model.grid import Grid
from anatofit.model.volume import Volume
from anatofit.segment.blur import blur_mm2
from anatofit.segment.edge import edge_profiles
from anatofit.segment.spread import spread_edge
from anatofit.segment.step import WINDOW_MM, fit_steps

TISSUE, CORTEX, DIPLOE = 50.0, 1450.0, 820.0


def windows(width_mm: float, blur_mm: float, noise_hu: float = 15.0, count: int = 400, inside: float = DIPLOE):
    """Profiles whose edge lies at places spread over a step, and the HU of the clean profile at that edge."""
    draw = np.random.default_rng(3)
    at = WINDOW_MM - draw.uniform(-0.1, 0.1, (count, 1))
    clean = TISSUE + (CORTEX - TISSUE) * ndtr(-at / blur_mm) + (inside - CORTEX) * ndtr(-(at + width_mm) / blur_mm)
    truth = 0.5 * (TISSUE + CORTEX) + (inside - CORTEX) * ndtr(-width_mm / blur_mm)
    return clean + draw.normal(0, noise_hu, clean.shape), truth


@pytest.mark.parametrize("width_mm", [1.1, 1.6, 2.4, 50.0])
@pytest.mark.parametrize("blur_mm", [0.5, 0.7])
@pytest.mark.parametrize("inside", [DIPLOE, TISSUE])
def test_the_edge_hu_of_a_cortex_is_found_at_any_width(width_mm: float, blur_mm: float, inside: float) -> None:
    profiles, truth = windows(width_mm, blur_mm, inside=inside)
    found = float(np.median(fit_steps(profiles, blur_mm, densest_hu=1750.0).edge_hu))
    slope = (CORTEX - TISSUE) / (blur_mm * np.sqrt(2 * np.pi))
    half_of_peak = float(np.median(0.5 * (profiles.max(axis=1) + TISSUE)))
    error_mm = abs(found - truth) / slope
    assert error_mm < (0.03 if inside == DIPLOE else 0.05)  # a plate's width and density are harder to tell apart
    assert width_mm > 2.0 or error_mm < 0.5 * abs(half_of_peak - truth) / slope


@pytest.mark.parametrize("blur_mm", [0.45, 0.6, 0.8])
def test_blur_is_told_from_the_outer_half_though_the_cortex_is_thin(blur_mm: float) -> None:
    profiles, _ = windows(1.8, blur_mm, count=1200)
    found = np.sqrt(blur_mm2(profiles, np.zeros(len(profiles)), np.arange(float(len(profiles)))))
    assert found == pytest.approx(blur_mm, rel=0.06)


def test_no_cortex_is_denser_than_the_limit() -> None:
    profiles, _ = windows(0.7, 0.8)
    limited = fit_steps(profiles, 0.8, densest_hu=1500.0)
    solid = limited.cortex_hu > 1500.0
    assert not solid.any()


def test_profiles_lie_where_the_bone_lies_in_a_shifted_scan() -> None:
    k, j, i = np.meshgrid(*(np.arange(n) * 0.6 for n in (60, 70, 80)), indexing="ij")
    distance = np.sqrt((k - 20.0) ** 2 + (j - 25.0) ** 2 + (i - 27.0) ** 2) - 12.0
    hu = (TISSUE + (CORTEX - TISSUE) * ndtr(-distance / 0.5)).astype(np.float32)
    volume = Volume(Grid(hu.shape, np.array([5.0, -7.0, 100.0]), np.full(3, 0.6)), hu)
    found = edge_profiles(volume, np.ones((60, 70, 80), dtype=bool), (1, 1, 1))
    radius = np.linalg.norm(found.points_lps_mm - [32.0, 18.0, 120.0], axis=1)
    assert abs(np.median(radius) - 12.0) < 0.6
    assert np.median(found.edge_hu) == pytest.approx(750.0, abs=55.0)  # 0.05 mm at 1100 HU/mm


def test_a_faint_cut_keeps_its_own_edge_where_the_scan_resolves_it() -> None:
    draw = np.random.default_rng(5)
    table = np.column_stack([draw.uniform(0, 60, 900), draw.uniform(0, 60, 900), np.full(900, 20.0)])
    cut = np.column_stack([draw.uniform(0, 60, 300), np.full(300, 30.0), draw.uniform(23.0, 27.0, 300)])
    points, hu = np.concatenate([table, cut]), np.repeat([750.0, 435.0], [900, 300])
    grid = Grid((80, 120, 120), np.zeros(3), np.full(3, 0.5))
    sharp, soft = (spread_edge(points, hu, grid, blur_mm=b) for b in (0.6, 1.0))

    def near(field, at):
        ijk = np.rint(field.grid.to_index(np.array(at))).astype(int)
        return float(field.values[ijk[2], ijk[1], ijk[0]])

    assert near(sharp, [30.0, 30.0, 26.0]) < 520.0 < near(soft, [30.0, 30.0, 26.0])
    assert near(sharp, [30.0, 10.0, 20.0]) == pytest.approx(750.0, abs=30.0)
