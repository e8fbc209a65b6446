"""The maps agree with shapes whose clearance and thickness are known."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.report.charts import histogram, ticks
from anatofit.report.colour import CIVIDIS, UNDEFINED, colours_of
from anatofit.report.maps import measure_maps
from tests.report.conftest import GAP_DEG, OUTER_MM, OUTWARD, WALL_MM, plate, skull


@pytest.fixture(scope="module")
def maps():
    return measure_maps(plate(), skull(), outward_lps=OUTWARD)


def test_thickness_of_a_shell_is_its_wall(maps):
    assert np.nanmedian(maps.thickness_mm) == pytest.approx(4.0, abs=0.02)


def test_clearance_is_never_below_the_gap_and_undefined_far_from_the_host(maps):
    smallest = (OUTER_MM - WALL_MM) * np.sin(np.radians(GAP_DEG))
    assert np.nanmin(maps.clearance_mm) >= smallest - 0.02
    assert np.isnan(maps.clearance_mm).any()


def test_the_colour_map_grows_in_lightness_so_that_grey_prints_read():
    grey = np.array(CIVIDIS) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(grey) > 0).all()
    assert tuple(colours_of(np.array([np.nan]))[0]) == UNDEFINED


def test_a_histogram_has_axis_label_and_limit_and_is_empty_without_values():
    chart = histogram(np.array([0.5, 0.6]), np.ones(2), label="gap <mm>", high=1.0, marks=[(0.45, "limit")])
    assert "gap &lt;mm&gt;" in chart and "limit" in chart
    assert histogram(np.array([np.nan]), np.ones(1), label="x", high=1.0) == ""


@pytest.mark.parametrize("high", [0.03, 0.9, 3.0, 7.0, 41.0, 100.0])
def test_ticks_are_few_and_within_the_axis(high):
    found = ticks(high)
    assert 2 <= len(found) <= 7 and found[-1] <= high * (1 + 1e-9)


def test_the_words_of_a_mark_stay_on_the_chart():
    chart = histogram(np.array([5.0]), np.ones(1), label="x", high=8.0, marks=[(2.0, "least"), (6.3, "most")])
    assert 'text-anchor="start">least' in chart and 'text-anchor="end">most' in chart
