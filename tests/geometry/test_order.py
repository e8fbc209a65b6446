"""Whole numbers are ordered as a stable sort orders them."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.geometry.order import stable_order


@pytest.mark.parametrize("low, high", [(0, 5), (0, 10**12), (-50, 50), (0, 2**62)])
def test_equal_keys_keep_their_order_whatever_their_size(low: int, high: int) -> None:
    keys = np.random.default_rng(3).integers(low, high, 5000)
    assert np.array_equal(stable_order(keys), np.argsort(keys, kind="stable"))


def test_no_keys_have_no_order() -> None:
    assert len(stable_order(np.zeros(0, dtype=np.int64))) == 0
