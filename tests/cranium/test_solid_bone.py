"""Bodies made solid: sinuses that open to the outside, films, and bone beside tissue that is nearly as bright."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import generate_binary_structure, maximum_filter, minimum_filter

from anatofit.geometry.chart import Chart
from anatofit.restore.closing import with_hollows_filled
from anatofit.restore.core import core_of_shell, without_spikes
from anatofit.restore.solid import drop_slivers

STEP_MM = 0.5


def _nowhere(nodes_kji: np.ndarray) -> np.ndarray:
    """No node lies in the hole."""
    return np.zeros(len(nodes_kji), dtype=bool)


CROSS = generate_binary_structure(3, 1)
CHART = Chart(np.zeros(3), np.array([0.0, 0.0, 1.0]), 85.0, 2.5, 41)
OUTER, INNER = np.full((41, 41), 80.0), np.full((41, 41), 70.0)


def _box(*, low_mm: float, high_mm: float, side: int = 60) -> np.ndarray:
    """Distances to a slab between two heights in a cube of `side` voxels, negative inside."""
    z = (np.arange(side) * STEP_MM)[:, None, None]
    return np.broadcast_to(np.maximum(low_mm - z, z - high_mm), (side, side, side)).astype(np.float32)


@pytest.mark.parametrize(("distance_mm", "inside"), [(71.0, False), (72.0, True), (78.0, True), (79.0, False)])
def test_the_core_lies_between_the_tables_and_keeps_off_them(distance_mm: float, inside: bool) -> None:
    assert (core_of_shell(CHART, OUTER, INNER, np.array([[0.0, 0.0, distance_mm]]))[0] < 0) is np.bool_(inside)


def test_there_is_no_core_where_a_table_is_unknown() -> None:
    outer = OUTER.copy()
    outer[15:26, 15:26] = np.nan
    assert core_of_shell(CHART, outer, INNER, np.array([[0.0, 0.0, 75.0]]))[0] > 0


def test_a_single_ray_through_a_pinhole_does_not_dent_the_table() -> None:
    outer = OUTER.copy()
    outer[20, 20] = 71.0
    assert without_spikes(outer)[20, 20] == 80.0


def test_a_sinus_open_to_the_outside_is_filled_up_to_its_walls_and_no_further() -> None:
    """Two walls 8 mm apart, nothing between and open at the side: only the core tells it from the outside."""
    walls = np.minimum(_box(low_mm=8.0, high_mm=10.0), _box(low_mm=18.0, high_mm=20.0))
    core = _box(low_mm=9.5, high_mm=18.5)
    solid = with_hollows_filled(np.minimum(walls, core), STEP_MM, 3.0)
    z = np.arange(60) * STEP_MM
    assert (solid[(z > 8.0) & (z < 20.0)] < 0).all()
    assert (solid[(z < 7.9) | (z > 20.1)] > 0).all()
    assert np.array_equal(solid[[15, 16, 40, 41], 30, 30] < 0, walls[[15, 16, 40, 41], 30, 30] < 0)


def test_filled_bone_is_deep_where_core_and_wall_meet() -> None:
    """A film of shallow values there would part the body for whoever asks how deep a place lies."""
    walls = np.minimum(_box(low_mm=8.0, high_mm=10.0), _box(low_mm=18.0, high_mm=20.0))
    solid = with_hollows_filled(np.minimum(walls, _box(low_mm=9.5, high_mm=18.5)), STEP_MM, 3.0)
    z = np.arange(60) * STEP_MM
    assert solid[(z > 9.5) & (z < 18.5), 20:40, 20:40].max() < -0.6


def test_a_body_beside_bright_tissue_is_kept_whole_though_its_field_is_shallow() -> None:
    """Where the host's scar is only 0.3 mm's worth of HU under the edge, the field never falls deeper than that."""
    body = np.maximum(_box(low_mm=10.0, high_mm=16.0), np.float32(-0.3))
    assert np.array_equal(drop_slivers(body, STEP_MM, _nowhere) < 0, body < 0)


def test_a_film_far_from_the_body_is_dropped() -> None:
    body, film = _box(low_mm=5.0, high_mm=11.0), _box(low_mm=20.0, high_mm=20.6)
    kept = drop_slivers(np.minimum(body, film), STEP_MM, _nowhere)
    assert np.array_equal(kept < 0, body < 0)


def test_a_thin_sheet_stays_where_it_closes_the_hole_and_goes_beside_the_host() -> None:
    """A plate of 6 mm that thins to a sheet of 1 mm, half of which lies in the hole; a sheet of its own there is no part of it."""
    x = (np.arange(60) * STEP_MM)[None, None, :]
    body, sheet = _box(low_mm=10.0, high_mm=16.0), _box(low_mm=12.5, high_mm=13.5)
    piece = np.minimum(np.maximum(body, x - 10.0), sheet).astype(np.float32)
    with_crumb = np.minimum(piece, np.maximum(_box(low_mm=24.0, high_mm=25.0), 15.0 - x)).astype(np.float32)
    kept = drop_slivers(with_crumb, STEP_MM, lambda nodes: nodes[:, 2] * STEP_MM < 20.0) < 0
    along = kept[:48].any(axis=(0, 1))
    assert along[x.ravel() < 19.9].all() and not along[x.ravel() > 20.6].any()
    assert np.array_equal(kept[:, :, x.ravel() < 19.0], (piece < 0)[:, :, x.ravel() < 19.0])


@pytest.mark.parametrize("towards", [(1.0, 1.0, 1.0), (1.0, 1.0, 0.0), (1.0, 0.1, 0.0), (1.0, 2.0, 0.3)])
def test_keeping_the_body_does_not_move_its_surface(towards: tuple[float, float, float]) -> None:
    """A slab of 8 mm: every node with an edge through the surface keeps its value."""
    at = np.moveaxis(np.indices((60, 60, 60)) * STEP_MM - 15.0, 0, -1) @ (np.array(towards) / np.linalg.norm(towards))
    body = np.clip(np.abs(at + 0.13) - 4.0, -4, 4).astype(np.float32)
    crossed = (minimum_filter(body, footprint=CROSS) < 0) & (maximum_filter(body, footprint=CROSS) >= 0)
    crossed &= np.pad(np.ones((52, 52, 52), dtype=bool), 4)  # where the grid cuts the slab is an edge
    assert crossed.sum() > 5000
    assert np.array_equal(drop_slivers(body, STEP_MM, _nowhere)[crossed], body[crossed])
