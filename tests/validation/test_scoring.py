"""The studies' own scoring is right on shapes whose answer is known."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from anatofit.model.grid import Grid
from anatofit.model.volume import Field, Volume
from validation import record, scoring
from validation.cuts import STUDY, Cut, cut_scan, place, region_of, removed_bone
from validation.rays import View, find_wall, head_centre_lps_mm, node_points
from validation.studies.cut_defects import score, summarise
from validation.studies.repeat import compare

OUTER_MM, INNER_MM = 80.0, 74.0


@pytest.fixture(scope="module")
def shell() -> Field:
    """A hollow ball as a skull, negative inside the bone."""
    grid = Grid((90, 90, 90), np.full(3, -89.0), np.full(3, 2.0))
    radius = np.linalg.norm(node_points(grid, (0, 0, 0), grid.shape_kji), axis=-1)
    return Field(grid, np.maximum(radius - OUTER_MM, INNER_MM - radius).astype(np.float32))


def test_dice_and_hausdorff_of_shifted_cubes() -> None:
    first = np.zeros((20, 20, 20), dtype=bool)
    first[5:15, 5:15, 5:15] = True
    second = np.roll(first, 2, axis=2)
    assert scoring.dice(first, first) == 1.0
    assert scoring.dice(first, second) == pytest.approx(0.8)
    assert scoring.hausdorff_mm(first, first, (1, 1, 1)) == 0.0
    assert scoring.hausdorff_mm(first, second, (1.0, 1.0, 0.5), percentile=100) == pytest.approx(1.0)
    assert math.isinf(scoring.hausdorff_mm(first, np.zeros_like(first), (1, 1, 1)))


def test_a_wall_is_found_with_its_radii(shell: Field) -> None:
    wall = find_wall(shell, View(np.zeros(3), np.array([0.0, 0.0, 1.0]), 0.02, 20))
    assert wall.intact.all()
    assert np.abs(wall.outer_mm - OUTER_MM).max() < 0.1
    assert np.abs(wall.inner_mm - INNER_MM).max() < 0.1


def test_the_centre_of_a_head_is_found(shell: Field) -> None:
    assert np.linalg.norm(head_centre_lps_mm(shell) - [0, 0, -2.0]) < 2.5


def test_the_study_holds_every_kind_of_defect() -> None:
    assert len(STUDY) >= 12
    assert {c.kind for c in STUDY} == {"unilateral", "midline", "bilateral"}
    assert min(c.diameter_mm for c in STUDY) == 30.0
    assert max(c.diameter_mm for c in STUDY) == 110.0
    assert all(any(area in c.name for c in STUDY) for area in ("frontal", "temporal", "parietal", "occipital"))


def test_what_is_cut_out_scores_one_against_itself_and_less_when_shifted(shell: Field) -> None:
    cut = Cut(1, "test", "unilateral", (0.3, 0.2, 0.9), 50.0, 0.7)
    placed = place(cut, shell, np.zeros(3))
    assert placed is not None
    used, view, wall = placed
    region = region_of(used, view, wall, shell.grid)
    truth = removed_bone(shell, region)
    near = np.full(shell.values.shape, 9.0, dtype=np.float32)
    near[region.box] = np.maximum(shell.values[region.box], region.wall_mm)
    same = score(Field(shell.grid, near), truth, region, wall, view, used, shell.grid.spacing_ijk_mm)
    assert same["dice"] > 0.99
    assert same["outer_rms_mm"] < 0.12
    moved = Field(
        Grid(shell.grid.shape_kji, shell.grid.origin_lps_mm + 1.5 * used.axis, shell.grid.spacing_ijk_mm), near
    )
    other = score(moved, truth, region, wall, view, used, shell.grid.spacing_ijk_mm)
    assert other["outer_mean_mm"] == pytest.approx(1.5, abs=0.15)
    assert other["dice"] < 0.9


def test_a_cut_scan_has_soft_tissue_in_the_cut_and_is_untouched_elsewhere(shell: Field) -> None:
    hu = np.where(shell.values < 0, 1000, 40).astype(np.int16)
    placed = place(Cut(1, "test", "midline", (0.0, 0.0, 1.0), 60.0, 0.2), shell, np.zeros(3))
    assert placed is not None
    region = region_of(*placed, shell.grid)
    edited = cut_scan(Volume(shell.grid, hu), region, blur_mm=0.5).hu
    inside = removed_bone(shell, region) & (region.wall_mm < -2.0)
    assert (edited[region.box][inside] == 40).all()
    changed = np.zeros(hu.shape, dtype=bool)
    changed[region.box] = region.wall_mm < 2.0
    assert (edited == hu)[~changed].all()


def test_a_cut_gives_way_to_a_hole_that_is_there(shell: Field) -> None:
    cut = Cut(1, "test", "unilateral", (0.0, 0.0, 1.0), 30.0, 0.2)
    points = node_points(shell.grid, (0, 0, 0), shell.grid.shape_kji)
    holed = np.where((np.hypot(points[..., 0], points[..., 1]) < 8.0) & (points[..., 2] > 0), 5.0, shell.values)
    placed = place(cut, Field(shell.grid, holed.astype(np.float32)), np.zeros(3))
    assert placed is not None
    assert placed[0].axis @ cut.axis < 0.97


def test_bars_are_named_and_missing_figures_fail() -> None:
    assert record.failures({"dice_mean": 0.95}, {"dice_mean_min": 0.92}) == []
    assert record.failures({"hd95_mean_mm": 2.0}, {"hd95_mean_max_mm": 1.3}) != []
    assert record.failures({}, {"count_min": 1.0}) != []
    assert record.failures({}, {"memory_base_mb": 400.0}) == []


def test_a_part_of_a_study_that_misses_nothing_is_recorded_as_a_part_and_not_as_passed(tmp_path: Path) -> None:
    figures = {bar.replace("_min", "").replace("_max", ""): limit for bar, limit in record.bars("guides").items()}
    for count, word in ((1000.0, "passed"), (40.0, "part of the bar")):
        made = {**figures, "count": count}
        missed = record.failures(made, record.asked_bars("guides", count=count))
        assert record.finish(tmp_path / "r.json", "guides", made, [], missed) == 0
        said = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
        assert (said["passed"], said["verdict"], said["missed"]) == (count == 1000, word, [])
    assert said["short"] == ["count: 40, wanted at least 1000"] and said["bars"]["count_min"] == 1000
    figures = summarise([{"dice": 0.9, "hd95_mm": 1.0, "outer_rms_mm": 0.3, "seconds": 1.0}])
    assert {n.replace("_min", "").replace("_max", "") for n in record.bars("cut_defects")} <= set(figures)


def test_files_that_differ_or_are_missing_are_named() -> None:
    assert compare({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == ["b", "c"]
