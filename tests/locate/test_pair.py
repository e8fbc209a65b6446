"""Two feet are told from one scan that is given twice, as it stands or mirrored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatofit.errors import ScanUnsuitableError
from anatofit.locate.foot.pair import COPY_MM, apart_mm, check_feet, over
from anatofit.model.heights import HeightMap

_AXES = np.eye(3)


def sole(arch_mm: float, *, turn: float = 0.0, noise_mm: float = 0.0, medial: int = 1) -> HeightMap:
    """The sole of a foot of 220 mm, by formula, looked at in axes that are turned a little."""
    x, y = np.meshgrid(np.arange(0.0, 221.0), np.arange(-45.0, 46.0))
    u, v = x + turn * y, medial * (y - turn * x)
    arch = arch_mm * np.exp(-(((u - 100) / 35) ** 2)) / (1 + np.exp(-(v + 5) / 9))
    border = 0.02 * np.maximum(np.hypot((u - 110) / 2.6, v) - 34, 0.0) ** 2
    pads = 1.2 * np.cos(u / 17.0) * np.cos(v / 13.0)
    height = arch + border + pads + noise_mm * np.random.default_rng(3).normal(size=x.shape)
    inside = np.hypot((x - 110) / 2.6, y) < 41
    return HeightMap(np.zeros(3), _AXES, np.array([0.0, -45.0]), 1.0, np.where(inside, height, np.nan))


RIGHT = sole(16.0)


@pytest.mark.parametrize("turn, noise_mm", [(0.0, 0.0), (0.012, 0.0), (-0.008, 0.3)])
def test_a_mirrored_scan_is_found_where_it_is_turned_and_noisy(turn: float, noise_mm: float) -> None:
    copy = sole(16.0, turn=turn, noise_mm=noise_mm, medial=-1)
    assert apart_mm(over(RIGHT), copy) < 0.75 * COPY_MM
    with pytest.raises(ScanUnsuitableError, match=r"pair-copy: .*mirror image of the first"):
        check_feet(RIGHT, copy)


def test_a_scan_that_is_given_again_as_it_stands_is_refused() -> None:
    with pytest.raises(ScanUnsuitableError, match=r"pair-copy: .*once more"):
        check_feet(RIGHT, replace(RIGHT, height_mm=RIGHT.height_mm + 0.3))


@pytest.mark.parametrize("size, word", [(1.03, "enlarged by 3.0 %"), (0.97, "made smaller by 3.0 %")])
def test_a_mirrored_scan_of_another_size_is_still_a_copy(size: float, word: str) -> None:
    copy = sole(16.0, medial=-1)
    grown = replace(copy, low_mm=size * copy.low_mm, step_mm=size * copy.step_mm, height_mm=size * copy.height_mm)
    with pytest.raises(ScanUnsuitableError, match=rf"pair-copy: .*mirror image of the first one's, {word}"):
        check_feet(RIGHT, grown)


def test_a_mirrored_scan_that_was_stretched_along_and_across_is_a_copy_and_named() -> None:
    x, y = np.meshgrid(np.arange(0.0, 240.0), np.arange(-45.0, 46.0))
    copy = over(RIGHT)
    height = copy.at_mm(np.column_stack([x.ravel() / 1.08, y.ravel() / 0.95])).reshape(x.shape)
    grown = HeightMap(np.zeros(3), _AXES, np.array([0.0, -45.0]), 1.0, height)
    assert apart_mm(over(RIGHT), grown) > COPY_MM
    with pytest.raises(
        ScanUnsuitableError,
        match=r"pair-copy: .*mirror image of the first one's, stretched: \+8\.\d% along and -4\.\d% across",
    ):
        check_feet(RIGHT, grown)


def test_feet_whose_arches_differ_by_two_millimetres_are_two_feet() -> None:
    assert check_feet(RIGHT, sole(14.0, medial=-1)) > COPY_MM
