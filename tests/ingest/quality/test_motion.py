"""A patient who moved between two slices shows with the distance; a patient who lay still, with no more than anatomy makes."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.ingest.quality.motion import Motion, motion_of
from tests.ingest.image_phantoms import head, places, volume

SPACING = (1.5, 1.0, 1.0)
SHAPE = (40, 220, 190)
STILL_MM = 0.6  # of a patient who lay still, below any limit that makes sense


def scan(
    jump_mm: float = 0.0, *, at: int = 20, turn_deg: float = 0.0, drift_mm: float = 0.0, spacing: tuple[float, ...] = SPACING,
    shape: tuple[int, int, int] = SHAPE, below_mm: float = 10.0, noise_hu: float = 12.0,
) -> Motion:  # fmt: skip
    """The head with slices from `at` on moved, and all of it drifting over the stack."""
    x, y, z = places(shape, spacing)
    n = np.arange(shape[0]).reshape(-1, 1, 1)
    moved, cos, sin = (n >= at), np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    x = x - moved * jump_mm * 0.8 - drift_mm * n / shape[0]
    y = y - moved * jump_mm * 0.6
    x, y = np.where(moved, cos * x + sin * y, x), np.where(moved, cos * y - sin * x, y)
    return motion_of(volume(head(x, y, z - below_mm), spacing, noise_hu=noise_hu).hu, spacing)


@pytest.mark.parametrize("jump_mm", [1.0, 2.0, 3.0, 12.0])
@pytest.mark.parametrize("at", [8, 20, 34])
def test_a_jump_is_measured_and_placed(jump_mm: float, at: int) -> None:
    motion = scan(jump_mm, at=at)
    assert motion.step_mm == pytest.approx(jump_mm, abs=0.3) and motion.at == at - 1
    assert (motion.judged, motion.pairs) == (37, 39)


@pytest.mark.parametrize("pixel_mm", [0.5, 0.7])
def test_a_jump_is_the_same_at_any_pixel(pixel_mm: float) -> None:
    wide = (24, int(220 / pixel_mm), int(190 / pixel_mm))
    assert scan(2.0, at=12, spacing=(1.5, pixel_mm, pixel_mm), shape=wide).step_mm == pytest.approx(2.0, abs=0.3)


def test_a_head_that_turns_moves_at_its_edges() -> None:
    """Two degrees at the edges' mean distance from their middle, some 70 mm."""
    assert scan(turn_deg=2.0).step_mm == pytest.approx(np.radians(2.0) * 70, abs=0.6)


@pytest.mark.parametrize("noise_hu", [0.0, 12.0, 50.0])
def test_who_lay_still_jumps_nowhere(noise_hu: float) -> None:
    assert (scan(noise_hu=noise_hu).step_mm or 0) < STILL_MM


def test_a_slow_drift_is_no_jump() -> None:
    assert (scan(drift_mm=15.0).step_mm or 0) < STILL_MM


def test_a_vault_that_closes_is_no_jump() -> None:
    """Up to the last slice of scalp and beyond it: what changes too fast is not judged."""
    motion = scan(shape=(70, 220, 190), below_mm=-40.0)
    assert (motion.step_mm or 0) < STILL_MM and motion.judged < motion.pairs


def test_thick_slices_judge_what_they_can() -> None:
    still = scan(spacing=(5.0, 1.0, 1.0), shape=(30, 220, 190), below_mm=0.0)
    assert (still.step_mm or 0) < STILL_MM and 10 < still.judged < still.pairs
    moved = scan(2.5, at=15, spacing=(5.0, 1.0, 1.0), shape=(30, 220, 190), below_mm=0.0)
    assert moved.step_mm == pytest.approx(2.5, abs=0.3) and moved.at == 14


def test_air_and_even_tissue_tell_nothing() -> None:
    for value in (-1000, 40):
        assert motion_of(np.full((12, 64, 64), value, dtype=np.int16), SPACING) == Motion(None, 0, 0, 11)


@pytest.mark.parametrize("shape", [(2, 30, 30), (5, 1, 40), (3, 4, 4)])
def test_small_images_end_without_a_figure(shape: tuple[int, int, int]) -> None:
    hu = np.random.default_rng(1).integers(-1000, 1000, shape).astype(np.int16)
    assert motion_of(hu, SPACING).step_mm is None
