"""How near two straight pieces come: crossing, askew, side by side, end to end, and without a length."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.geometry.pieces import apart_mm


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ([[-1, 0, 0], [1, 0, 0]], [[0, -1, 0], [0, 1, 0]], 0.0),
        ([[-1, 0, 0], [1, 0, 0]], [[0, -1, 3], [0, 1, 3]], 3.0),
        ([[-1, 0, 0], [1, 0, 0]], [[2, -1, 0], [2, 1, 0]], 1.0),
        ([[0, 0, 0], [4, 0, 0]], [[1, 2, 0], [3, 2, 0]], 2.0),
        ([[0, 0, 0], [1, 0, 0]], [[4, 4, 0], [5, 4, 0]], 5.0),
        ([[0, 0, 0], [4, 0, 0]], [[2, 0, 0], [7, 0, 0]], 0.0),
        ([[0, 0, 2], [0, 0, 2]], [[-1, 0, 0], [1, 0, 0]], 2.0),
    ],
)
def test_pieces_are_as_far_apart_as_plain_geometry_says(one: list, other: list, wanted: float) -> None:
    a, b = np.array(one, dtype=float), np.array(other, dtype=float)
    assert apart_mm(a, b) == pytest.approx(wanted) == apart_mm(b[::-1], a)


def test_random_pieces_agree_with_places_along_them() -> None:
    random = np.random.default_rng(3)
    share = np.linspace(0.0, 1.0, 401)[:, None]
    for _ in range(50):
        one, other = random.normal(size=(2, 2, 3)) * 10.0
        a, b = (ends[0] + share * (ends[1] - ends[0]) for ends in (one, other))
        dense = float(np.sqrt(np.square(a[:, None] - b[None]).sum(axis=2)).min())
        assert dense - 0.15 <= apart_mm(one, other) <= dense + 1e-9
