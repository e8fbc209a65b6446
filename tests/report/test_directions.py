"""Letters and views keep the patient's sides."""

from __future__ import annotations

import numpy as np
import pytest

from anatofit.report import directions
from anatofit.report.directions import letters, view_from


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
