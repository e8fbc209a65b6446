"""Each block of letters is seen square to its face and upright, and what stands before it is cut away."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from anatofit.geometry.joined import joined
from anatofit.model.mesh import Mesh
from anatofit.report.directions import PATIENT_AXES
from anatofit.report.letters_on_bone import inked_part, letters
from anatofit.report.page import _by_section
from tests.verify.shapes import box

# Two blocks 6 mm thick, 20 mm apart along y, as those of two cuts: the letters of the inner faces lie behind the other block.
BLOCKS = joined([box((30.0, 6.0, 20.0), (0.0, y, 0.0)) for y in (-13.0, 13.0)])


def text(*, y: float, right: float) -> dict[str, object]:
    return {"string": "R MID", "lines": ["R MID"], "origin_lps_mm": (0.0, y, 0.0), "right_lps": (right, 0.0, 0.0), "up_lps": (0.0, 0.0, 1.0),
            "height_mm": 4.0, "depth_mm": 0.5, "width_mm": 16.0, "block_height_mm": 4.0}  # fmt: skip


def pictures(part: Mesh = BLOCKS, **plan: object) -> list[tuple]:
    scene = SimpleNamespace(parts={"guide": part}, plan=plan)
    return list(letters(scene, {"guide": inked_part(part, plan)}, PATIENT_AXES))


@pytest.mark.parametrize(("y", "right", "toward", "cut"), [(-16.0, 1.0, -1.0, False), (-10.0, -1.0, 1.0, True)])
def test_letters_are_seen_square_to_their_face_and_nothing_stands_before_them(y, right, toward, cut) -> None:
    ((_, section, said, shot),) = pictures(texts=[text(y=y, right=right)])
    (view,), (body,) = shot.views, shot.bodies
    assert np.allclose(view.toward_lps, (0.0, toward, 0.0)) and np.allclose(view.right_lps, (right, 0.0, 0.0))
    before = toward * (body.mesh.vertices_lps_mm[:, 1] - y)
    assert before.max() == pytest.approx(0.0, abs=1e-9) and ("cut away" in said) is cut
    assert section in _by_section([]) and "R MID" in said


def test_a_case_number_in_two_lines_is_read_as_one() -> None:
    broken = text(y=-16.0, right=1.0) | {"string": "A-1- 08 L 1", "lines": ["A-1-", "08", "L 1"]}
    ((_, _, said, _),) = pictures(texts=[broken], case="A-1-08")
    assert "to be read as A-1-08 L 1, " in said


def test_letters_behind_a_low_sleeve_are_seen_over_it_and_nothing_is_cut() -> None:
    """It stands 4 to 8 mm before the face and 1 mm over the letters' foot: a look of 20 degrees from above passes it, one of 15 does not."""
    part = joined([box((30.0, 6.0, 20.0), (0.0, -13.0, 0.0)), box((6.0, 4.0, 9.0), (0.0, -4.0, -5.5))])
    ((_, _, said, shot),) = pictures(part, texts=[text(y=-10.0, right=-1.0)])
    (view,), (body,) = shot.views, shot.bodies
    assert np.allclose(view.toward_lps, (0.0, np.cos(np.deg2rad(20)), np.sin(np.deg2rad(20))))
    assert "aslant" in said and "cut away" not in said and body.mesh.vertices_lps_mm[:, 1].max() == pytest.approx(-2.0)


def test_a_picture_is_made_of_each_block_and_none_of_a_part_without_letters() -> None:
    made = pictures(texts=[text(y=-16.0, right=1.0), text(y=16.0, right=-1.0)])
    assert [name for name, *_ in made] == ["letters-1", "letters-2"]
    assert pictures() == []
