"""Frames of plantar pressure under one step: what they say of each cell, and files that are none by name."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.surface.pressure_map import parse_pressure_map

HEAD = "# anatofit gait\n# unit = kPa\n# cell_mm = 10\n# view = above\n# rate_hz = 20\n"
ROWS, COLUMNS = 12, 4


def text(frames: list[np.ndarray], head: str = HEAD) -> str:
    return head + "\n".join("".join(",".join(f"{v:g}" for v in row) + "\n" for row in frame) for frame in frames)


def frames(count: int = 10) -> list[np.ndarray]:
    """Heel to toe: row n of the page bears 100 kPa in its frame and 40 in the next one."""
    found = [np.zeros((ROWS, COLUMNS)) for _ in range(count + 1)]
    for n in range(count):
        found[n][ROWS - 1 - n, 1:3] = 100.0
        found[n + 1][ROWS - 1 - n, 1:3] = 40.0
    return found


def test_greatest_mean_integral_and_contact_are_those_of_the_frames() -> None:
    empty = np.zeros((ROWS, COLUMNS))
    read = parse_pressure_map(text([empty, *frames(), empty]).encode())
    gait = read.gait
    assert gait is not None and gait.frames == 11 and gait.step_s == pytest.approx(0.55)
    at = (ROWS - 1, 1)
    assert read.kpa[at] == 100.0 and gait.mean_kpa[at] == 70.0
    assert gait.integral_kpa_s[at] == pytest.approx(7.0) and gait.contact_s[at] == pytest.approx(0.1)
    assert gait.contact_s[:, 0].max() == gait.mean_kpa[:, 0].max() == 0.0


def test_a_map_without_frames_says_nothing_of_time() -> None:
    page = "# anatofit pressure map\n# unit = kPa\n# cell_mm = 10\n# view = above\n" + "0,50,50,0\n" * 12
    assert parse_pressure_map(page.encode()).gait is None


SMALLER = [*frames()[:4], np.zeros((ROWS - 1, COLUMNS)), *frames()[5:]]
TWICE = [*frames(), np.zeros((ROWS, COLUMNS)), *frames()]
NEGATIVE = [f - 1.0 for f in frames()]
FAULTS = {
    "three frames": ("gait-frames", "holds 3 frames", text(frames(2))),
    "no frames": ("gait-frames", "holds 0 frames", HEAD),
    "a smaller frame": ("gait-frames", "Frame 5 of the gait file has 11 rows, the first has 12", text(SMALLER)),
    "two steps": ("gait-frames", "holds 2 steps", text(TWICE)),
    "nothing bears": ("gait-frames", "holds 0 steps", text([np.zeros((ROWS, COLUMNS))] * 6)),
    "too slow": ("gait-frames", "lasts 5.50 s", text([f for f in frames() for _ in range(10)])),
    "no rate": ("grid-header", "rate_hz", text(frames(), HEAD.replace("# rate_hz = 20\n", ""))),
    "a rate of nothing": ("grid-header", "rate_hz", text(frames(), HEAD.replace("= 20", "= 0"))),
    "no unit": ("grid-header", "unit = kPa", text(frames(), HEAD.replace("kPa", "bar"))),
    "no view": ("grid-header", "view", text(frames(), HEAD.replace("# view = above\n", ""))),
    "below zero": ("grid-numbers", "outside 0", text(NEGATIVE)),
    "a word": ("grid-numbers", "no number", text(frames()).replace("100", "much", 1)),
    "a ragged row": ("grid-numbers", "cells, the first has", text(frames()).replace("0,100,100,0", "0,100,100", 1)),
    "one short toe": ("grid-size", "span", text([np.where(np.arange(ROWS)[:, None] > 8, f, 0.0) for f in frames(3)] + frames(3)[1:3])),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_file_that_is_none_is_refused_by_name(name: str) -> None:
    rule, said, data = FAULTS[name]
    with pytest.raises(ScanUnsuitableError) as refused:
        parse_pressure_map(data.encode())
    assert refused.value.reasons[0].rule == rule and said in refused.value.reasons[0].message
