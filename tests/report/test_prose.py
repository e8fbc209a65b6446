"""Numbers reach a reader with words and units, and without exponents."""

from __future__ import annotations

import pytest

from anatofit.model.words import bracketed
from anatofit.report.numbers import triple
from anatofit.report.prose import confidence, found_side, measured, number
from anatofit.restore.sunken import SUNKEN_MM, SUNKEN_REACH_MM


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("density_g_cm3", 1.32, "density 1.32 g/cm³"),
        ("edge_slope_hu_per_mm", 720.4, "rise of the CT value across the edge of bone 720.4 HU/mm"),
        ("stroke_share", 0.1751, "part of the text's place that is stroke 17.51 %"),
        ("to_patient_left_mm", -50.19, "to the patient's left of the midline (minus: right) −50.19 mm"),
        ("pinched_vertices", 0.0, "pinched vertices 0"),
        ("p95", 0.5, "p95 0.5"),
        ("no_face", 36.0, "without an outer face 36"),
        ("compared_share", 0.9884, "part of the skull beside the part that could be compared 98.84 %"),
        ("host_edge_deviation_p50_mm", 2.68e-6, "host's surface from the image's own edge, median < 0.001 mm"),
        ("symmetric_share", 0.97, "part of the vault that is symmetric within 4 mm 97 %"),
    ],
)
def test_a_number_of_a_finding_is_told_with_words_and_unit(name: str, value: float, said: str) -> None:
    assert measured(value, name) == said


@pytest.mark.parametrize(("value", "said"), [(8.473e-06, "0.00000847"), (-2e-5, "−0.00002"), (0.0, "0"), (1e-15, "0")])
def test_small_numbers_have_no_exponent_and_what_rounding_leaves_is_zero(value: float, said: str) -> None:
    assert number(value) == said


def test_what_lies_in_front_of_sunken_bone_is_told_with_the_limits_it_was_found_by() -> None:
    said = confidence({"disagreement_p95_mm": 1.0, "over_sunken_bone_share": 0.17})
    assert "17 % of it lies beyond the hole" in said and "than the other side's, mirrored" in said
    assert f"up to {SUNKEN_REACH_MM:g} mm from it" in said and f"more than {SUNKEN_MM:g} mm deeper" in said
    assert "hole" not in confidence({"disagreement_p95_mm": 1.0, "over_sunken_bone_share": 0.0})


@pytest.mark.parametrize(
    ("right", "said"), [(1.0, "patient's right"), (0.02, "patient's left"), (0.6, "midline, 60 %")]
)
def test_the_side_on_which_a_defect_was_found_is_told(right, said):
    assert said in found_side({"defect_right_share": right})
    assert found_side({}) == ""


def test_a_place_in_brackets_has_no_zero_with_a_minus():
    assert bracketed((-0.0, -0.04, 12.26), 1) == "(0.0, 0.0, 12.3)"
    assert triple((-0.004, -1.5, 0.0), 2) == "(0.00, \u22121.50, 0.00)"
