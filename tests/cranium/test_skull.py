"""The skull made whole is read block by block from the scan."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.surface.skull import block_mean
from tests.cranium.conftest import Chain


@pytest.mark.parametrize("block", [(1, 1, 1), (2, 2, 2), (3, 1, 2)])
def test_a_block_holds_the_mean_of_its_voxels(block: tuple[int, int, int]) -> None:
    array = np.random.default_rng(1).integers(-1000, 3000, (6, 6, 8), dtype=np.int16)
    means = block_mean(array, block)
    for place in np.ndindex(means.shape):
        box = tuple(slice(p * b, (p + 1) * b) for p, b in zip(place, block, strict=True))
        assert means[place] == pytest.approx(array[box].mean(), abs=1e-3)


def test_the_edge_of_a_block_is_that_of_its_middle(chain: Chain) -> None:
    low, high = (4, 6, 8), (20, 22, 24)
    fine, blocks = chain.bone.edge_at(low, high), chain.bone.edge_at(low, high, (2, 2, 2))
    means = fine.reshape(8, 2, 8, 2, 8, 2).mean(axis=(1, 3, 5))
    assert blocks.shape == means.shape
    difference = np.abs(blocks - means)
    assert np.median(difference) < 0.01  # HU; where the coarse grid has a knot within the block the two may differ
    assert difference.max() < 0.05 * np.ptp(fine)
