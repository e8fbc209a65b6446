"""Which places belong to the engraving: strokes on a hollow face are left out of the walls, what lies under them is not."""

from __future__ import annotations

import numpy as np

from anatofit.verify.regions import in_text, on_strokes

# A line of 40 mm on an inner face that looks down (the reader stands below): right is x, up is -y, toward the reader -z.
WIDTH_MM, DEPTH_MM, RADIUS_MM = 40.0, 0.5, 45.0
PLAN = {
    "text": {
        "string": "A-0001", "origin_lps_mm": [0.0, 0.0, 0.0], "right_lps": [1.0, 0.0, 0.0], "up_lps": [0.0, -1.0, 0.0],
        "height_mm": 5.0, "width_mm": WIDTH_MM, "depth_mm": DEPTH_MM,
    }
}  # fmt: skip


def hollow(x_mm: float) -> float:
    """Height of a hollow inner face whose middle is at zero: its sides bend towards the reader."""
    return -(RADIUS_MM - np.sqrt(RADIUS_MM**2 - x_mm**2))


def test_the_sides_of_strokes_at_the_ends_of_a_line_on_a_round_face_are_strokes() -> None:
    end = WIDTH_MM / 2
    points = np.array([[0.0, 0.0, 0.2], [end, 0.0, hollow(end) + 0.2]])
    assert abs(hollow(end)) > 4.0
    assert on_strokes(points, np.array([[1.0, 0.0, 0.0]] * 2), PLAN).all()


def test_a_floor_or_a_face_that_looks_at_the_reader_is_never_a_stroke() -> None:
    points = np.array([[0.0, 0.0, DEPTH_MM], [3.0, 1.0, 0.0], [3.0, 1.0, 1.0]])
    toward = np.array([[0.0, 0.0, -1.0], [0.3, 0.0, -0.954], [0.0, 0.0, 1.0]])
    assert in_text(points, PLAN).all()
    assert not on_strokes(points, toward, PLAN).any()


def test_what_stands_deeper_than_the_text_or_beside_it_is_no_stroke() -> None:
    points = np.array([[0.0, 0.0, DEPTH_MM + 2.1], [0.0, 4.0, 0.2], [WIDTH_MM / 2 + 1.1, 0.0, -4.0], [0.0, 0.0, -8.0]])
    assert not on_strokes(points, np.array([[1.0, 0.0, 0.0]] * 4), PLAN).any()
