"""A step in a process of its own gives what it gives here; a process that dies is named."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from anatofit.app.away import done_away
from anatofit.app.routes.cranium import CRANIUM_CT
from anatofit.errors import AnatofitError
from anatofit.model.grid import Grid
from anatofit.model.volume import Field

WHOLE = next(step for step in CRANIUM_CT.steps if step.name == "whole")


def ball() -> Field:
    grid = Grid((21, 21, 21), np.full(3, -10.0), np.ones(3))
    k, j, i = np.indices(grid.shape_kji)
    return Field(grid, (np.sqrt((i - 10.0) ** 2 + (j - 10.0) ** 2 + (k - 10.0) ** 2) - 7.0).astype(np.float32))


def test_a_step_done_away_gives_the_same_bytes_as_done_here() -> None:
    inputs = {"whole_skull": ball()}
    here, away = WHOLE.run(None, inputs), done_away(WHOLE, inputs)
    assert away.outputs["skull"].vertices_lps_mm.tobytes() == here.outputs["skull"].vertices_lps_mm.tobytes()
    assert np.array_equal(away.outputs["skull"].faces, here.outputs["skull"].faces)
    assert away.sentence == here.sentence


def test_a_step_that_fails_away_is_an_error_with_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Field(ball().grid, np.ones((21, 21, 21), dtype=np.float32))
    with pytest.raises(AnatofitError, match=r"does the step 'whole' ended with 1: .*no surface"):
        done_away(WHOLE, {"whole_skull": nothing})
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(AnatofitError, match="ended with"):
        done_away(WHOLE, {"whole_skull": ball()})


def test_only_steps_that_ask_nothing_of_the_order_are_done_away() -> None:
    assert [step.name for step in CRANIUM_CT.steps if step.away] == ["whole"]
    assert not any(WHOLE.parameters(None)) and not any(WHOLE.unspoken(None))  # type: ignore[arg-type]
