"""The study of holes in skins: a hole is made again by its number, and what is told is held against what was cut out."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.model.surface_scan import SurfaceAnatomy
from tests.ingest.surface.shapes import tube
from validation.studies.skin_holes import closed, cut_out, summarise

LIMB = tube(radius_mm=50.0, around=90, along=60, dome=24)


def test_what_is_cut_out_is_the_truth_of_what_is_closed() -> None:
    holed, lost = cut_out(LIMB, np.array([0.0, 50.0, 60.0]), 12.0)
    made = closed(holed, lost, SurfaceAnatomy.LIMB)
    assert made["outcome"] == "closed" and made["off_mm"] < 0.1
    bump = lost + np.array([0.0, 4.0, 0.0])  # what nothing around the hole tells of
    assert 3.5 < closed(holed, bump, SurfaceAnatomy.LIMB)["off_mm"] < 4.5


def test_figures_count_what_was_let_pass_and_was_wrong() -> None:
    def row(told_mm: float | None, off_mm: float) -> dict[str, object]:
        return {"outcome": "closed", "told_mm": told_mm, "off_mm": off_mm}

    figures = summarise([row(0.5, 0.2), row(0.9, 1.4), row(2.0, 1.5), row(None, 9.0), {"outcome": "2 holes"}])
    assert figures["count"] == 5 and figures["told_count"] == 3 and figures["let_pass_count"] == 2
    assert figures["let_pass_wrong_percent"] == 50.0 and figures["let_pass_worst_mm"] == 1.4
    assert figures["further_than_told_percent"] == pytest.approx(100 / 3)
