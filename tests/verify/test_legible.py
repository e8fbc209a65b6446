"""A letter is legible where all of its strokes are cut and nothing of the part stands before them in a look that leans a little."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.devices.guide.letters import engraved, letters_tool
from anatofit.model.finding import Finding, Requirement
from anatofit.verify.run import verify
from tests.verify.guide_shapes import brick, mesh_of, placed, turned

LINES = ("A-1", "S1 L")
LETTERS = engraved(
    LINES, origin=np.zeros(3), right=np.array([1.0, 0, 0]), up=np.array([0.0, 1, 0]), height_mm=3.0, depth_mm=0.5
)


def judged(*standing: Any, lines: tuple[str, ...] = LINES) -> Finding:
    """A wall that looks along z with those lines cut into it, and what stands before it; the plan is always that of both lines."""
    cut = letters_tool(LETTERS.model_copy(update={"lines": lines}))
    body = brick((30, 16, 4), (0, 0, -2)) - cut
    for solid in standing:
        body += solid
    plan = {**LETTERS.model_dump(), "origin_lps_mm": placed((0, 0, 0)).tolist()}
    plan |= {"right_lps": turned((1, 0, 0)), "up_lps": turned((0, 1, 0))}
    asked = Requirement(id="T", what="", check="letters_seen", part="guide", unit="%", limit_low=95.0)
    return verify({"guide": mesh_of(body)}, requirements=[asked], models={}, plan={"texts": [plan]})[0]


def test_letters_on_a_free_wall_are_seen_whole() -> None:
    assert judged().measured == 100.0 and judged().passed


def test_a_base_that_rises_before_the_lower_line_hides_its_letters() -> None:
    found = judged(brick((30, 6, 4), (0, -5, 2)))  # against the wall, over the lower half of the lower line
    assert not found.passed and found.measured < 70.0
    wide = judged(brick((30, 16, 2), (0, 0, 5)), brick((30, 1, 7), (0, -7.5, 2.5)))  # a wall before all of it
    assert wide.measured == 0.0


def test_what_stands_before_letters_and_is_looked_past_hides_none() -> None:
    found = judged(
        brick((30, 3, 2), (0, -6, 6)), brick((30, 1, 8), (0, -7.5, 3))
    )  # 5 mm before the wall, under the letters' foot
    assert found.measured == 100.0


def test_a_letter_that_is_not_cut_is_told_by_its_number() -> None:
    found = judged(lines=("A-1", "S1 "))
    assert not found.passed and found.measured == pytest.approx(0.0, abs=20.0)
    assert judged(lines=("A-1", "S1 I")).measured < 95.0


def test_one_letter_of_many_decides() -> None:
    found = judged(brick((1.5, 4, 5), (4.5, -2.4, 2.5)))  # on the last letter alone
    assert not found.passed and "letter 6" in found.detail
