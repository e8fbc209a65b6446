"""The map of what changed between two scans bears words, and is the same each time."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import Laterality
from anatofit.report.limb_map import limb_map
from anatofit.report.written import write


def test_words_stand_where_they_are_put_with_room_between_them() -> None:
    pixels = np.full((60, 200, 3), 255, np.uint8)
    write(pixels, "mm out", row=30, column=100, size_px=20)
    rows, columns = np.nonzero(pixels[..., 0] < 128)
    assert abs((rows.min() + rows.max()) / 2 - 30) <= 1 and abs((columns.min() + columns.max()) / 2 - 100) <= 1
    assert np.diff(np.unique(columns)).max() >= 4  # a space
    write(turned := np.full((200, 60, 3), 255, np.uint8), "mm out", row=100, column=30, size_px=20, upright=True)
    assert np.ptp(np.nonzero(turned[..., 0] < 128)[0]) == np.ptp(columns)


def test_a_map_names_its_axes_and_is_the_same_each_time() -> None:
    change, levels = np.zeros((60, 72)), np.arange(60) * 2.5 + 2.5
    one, two = (limb_map(change, levels, tendon_mm=100.0, side=Laterality.LEFT) for _ in range(2))
    assert np.array_equal(one, two)
    assert (
        (one[:40] < 128).any() and (one[-34:] < 128).any() and (one[:, :30] < 128).any() and (one[:, -34:] < 128).any()
    )
