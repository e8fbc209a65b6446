"""Letters and views keep the patient's sides."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.report import directions
from anatofit.report.directions import letters, view_from, way_in


@pytest.mark.parametrize(
    ("direction", "wanted"),
    [
        ((1, 0, 0), "L"),
        ((-1, 0, 0), "R"),
        ((0, 1, 0), "P"),
        ((0, -1, 0), "A"),
        ((0, 0, 1), "H"),
        ((0, 0, -1), "F"),
        ((-1, -0.5, 0), "RA"),
    ],
)
def test_a_direction_is_named_after_the_patient(direction, wanted):
    assert letters(np.array(direction, dtype=float)) == wanted


@pytest.mark.parametrize(
    ("toward", "right", "up"),
    [
        (directions.FRONT, "L", "H"),
        (directions.RIGHT, "A", "H"),
        (directions.LEFT, "P", "H"),
        (directions.HEAD, "R", "A"),
    ],
)
def test_the_standard_views_show_the_patient_as_one_faces_him(toward, right, up):
    view = view_from(toward)
    assert (letters(view.right_lps), letters(view.up_lps)) == (right, up)


@pytest.mark.parametrize(
    ("outward", "wanted"),
    [
        (
            (-0.804419, -0.479635, 0.350514),
            "put in from the right and the front (59° to the patient's right of straight ahead, 21° above the horizontal); "
            "the part moves along (0.80, 0.48, −0.35) LPS, mainly left, back, down",
        ),
        (
            (0.5, 0.866, 0.0),
            "put in from the back and the left (30° to the patient's left of straight behind); "
            "the part moves along (−0.50, −0.87, 0.00) LPS, mainly forward, right",
        ),
        (
            (0.0, -0.866, -0.5),
            "put in from the front (30° below the horizontal); "
            "the part moves along (0.00, 0.87, 0.50) LPS, mainly back, up",
        ),
        (
            (-1.0, 0.0, 0.0),
            "put in from the right (90° to the patient's right of straight ahead); "
            "the part moves along (1.00, 0.00, 0.00) LPS, mainly left",
        ),
        (
            (0.1, 0.0, 0.9),
            "put in from above (6° off the vertical); the part moves along (−0.11, 0.00, −0.99) LPS, mainly down",
        ),
    ],
)
def test_the_way_in_is_said_in_words_angles_and_lps(outward, wanted):
    assert way_in(np.array(outward)) == wanted
