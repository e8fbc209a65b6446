"""What the report says of way in, tabs, screws and scalp comes from the plan, and fits what it holds."""

from __future__ import annotations

import pytest

from anatofit.model.finding import NOT_MEASURED, Finding
from anatofit.report.seat import seat


def tab(thickness_mm=1.5):
    return {"thickness_mm": thickness_mm}


def screw(kind="tab", *, depth_mm=0.0, head_mm=2.0):
    return {"kind": kind, "diameter_mm": 2.0, "recess_diameter_mm": head_mm, "recess_depth_mm": depth_mm}


def step(measured=0.71, detail="measured at 37 of 120 places of the rim"):
    return Finding(
        id="CR-STEP-1", what="step", measured=measured, unit="mm", limit_high=1.0, passed=measured >= 0, detail=detail
    )


def said(plan, findings=()):
    return dict(seat(plan, findings))


@pytest.mark.parametrize(("thickness", "gap", "wanted"), [(1.5, 0.5, "stands 2 mm"), (2.2, 0.8, "stands 3 mm")])
def test_a_tab_stands_above_bone_by_its_thickness_and_the_gap(thickness, gap, wanted):
    words = said({"gap_mm": gap, "tabs": [tab(thickness), tab(thickness)], "screws": [screw(), screw()]})
    assert wanted in words["Tabs"] and f"{thickness:g} mm thick and {gap:g} mm off" in words["Tabs"]
    assert words["Tabs"].startswith("2 tabs")


def test_tabs_of_two_thicknesses_are_told_as_a_span():
    words = said({"gap_mm": 0.5, "tabs": [tab(1.5), tab(2.0)], "screws": []})
    assert "1.5 to 2 mm thick" in words["Tabs"] and "stands 2 to 2.5 mm" in words["Tabs"]


def test_a_hole_without_a_countersink_says_that_the_head_stands_on_the_tab():
    words = said({"gap_mm": 0.5, "tabs": [tab()], "screws": [screw()]})
    assert (
        words["Screws"] == "1 screw hole of 2 mm in the tabs, without a countersink: a screw's head stands on the tab."
    )


def test_a_recess_names_its_depth_and_width_and_no_tab():
    words = said({"gap_mm": 0.5, "tabs": [], "screws": [screw("recess", depth_mm=1.0, head_mm=4.0)] * 3})
    assert "Tabs" not in words and "tab" not in words["Scalp"]
    assert "3 screw holes of 2 mm in the plate" in words["Screws"]
    assert "countersunk 1 mm deep to 4 mm across" in words["Screws"] and "without" not in words["Screws"]
    assert "No screw of this part reaches bone" in words["Screws"] and "separate plates" in words["Screws"]
    assert "separate plates" not in said({"gap_mm": 0.5, "tabs": [tab()], "screws": [screw()]})["Screws"]


def test_without_fixation_nothing_is_said_of_tabs_and_the_surgeon_decides():
    words = said({"gap_mm": 0.5, "tabs": [], "screws": []})
    assert "Tabs" not in words and "how it is held is for the surgeon" in words["Screws"]
    assert "no fixation of its own" in words["Screws"]


def test_the_scalp_was_not_looked_at_and_the_surgeon_judges():
    words = said({"tabs": [tab()], "screws": [screw()]})
    assert "the part and its tabs were not looked at" in words["Scalp"] and "surgeon to judge" in words["Scalp"]


def test_the_step_is_told_with_where_it_was_measured():
    words = said({}, [step()])
    assert "at most 0.71 mm (CR-STEP-1): measured at 37 of 120 places" in words["Flush with bone"]
    assert "No step from bone" in said({}, [step(NOT_MEASURED)])["Flush with bone"]
    assert "Flush with bone" not in said({})


def test_the_way_in_is_told_in_words_and_how_much_of_it_was_looked_at():
    words = said({"insertion_direction_lps": [0.0, -1.0, 0.0], "insertion_length_mm": 30.0})
    assert words["Way in"].startswith("Put in from the front (level and straight)")
    assert "the last 30 mm of the way" in words["Way in"] and "Way in" not in said({})
