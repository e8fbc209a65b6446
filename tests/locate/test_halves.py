"""A plan on a bone that spans the middle of the body is held against that bone's own middle, never against where the bone lies."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from anatofit.errors import ScanUnsuitableError
from anatofit.geometry.chirality import own_mirror
from anatofit.locate.halves import check_each, check_marks, lies_on_ordered_half, middle_plane, reaches_over, side_in
from anatofit.model.frame import FloatArray, Laterality, Plane
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone
from tests.ingest.surface.shapes import ball

AWAY = np.array([250.0, 30.0, 800.0])  # where a head lies in a scanner's frame: all of it on one side of x = 0
TURN = Rotation.from_euler("zy", [20.0, 12.0], degrees=True).as_matrix()


def placed(points: FloatArray) -> FloatArray:
    return np.asarray(points @ TURN.T + AWAY)


@cache
def head(*, askew_mm: float = 1.5) -> Mesh:
    """A vault that is longer than broad and bulges behind and above; a bump on one side alone, as skulls have."""
    body = ball(1.0, fine=24)
    x, y, z = body.vertices_lps_mm.T
    bump = askew_mm * np.exp(-6 * ((x - 0.8) ** 2 + (y - 0.4) ** 2 + (z - 0.4) ** 2))
    points = np.stack([70 * x + bump, 92 * y + 8 * z**2 - 9 * y * z, 76 * z + 10 * y**2], axis=1)
    return Mesh(placed(points), body.faces)


@cache
def middle() -> Plane:
    found = middle_plane(head())
    assert found is not None
    return found


def at(x_mm: float) -> tuple[float, float, float]:
    """A place of the head so far to the left of its middle."""
    x, y, z = placed(np.array([x_mm, 10.0, 40.0]))
    return float(x), float(y), float(z)


def test_the_middle_of_a_head_is_found_wherever_it_lies_and_looks_to_the_left() -> None:
    assert np.degrees(np.arccos(middle().normal_lps @ TURN[:, 0])) < 1.0
    assert middle().signed_distance_mm(np.array([at(0.0), at(50.0)])) == pytest.approx([0.0, 50.0], abs=1.0)


def test_a_plan_on_the_other_half_is_refused_with_how_far_it_lies_off() -> None:
    with pytest.raises(
        ScanUnsuitableError, match=r"on the left half of the bone, 4\d mm and more .* the right side"
    ) as caught:
        lies_on_ordered_half(middle(), [at(60.0), at(42.0)], Laterality.RIGHT)
    assert [r.rule for r in caught.value.reasons] == ["wrong-side"]


@pytest.mark.parametrize(
    ("places", "ordered", "told"),
    [
        ([at(60.0), at(42.0)], Laterality.LEFT, True),
        ([at(-60.0), at(42.0)], Laterality.RIGHT, True),  # across the middle, as a plate on a chin
        ([at(3.0), at(40.0)], Laterality.RIGHT, False),
    ],
)
def test_what_reaches_over_the_middle_is_not_refused(places: list, ordered: Laterality, told: bool) -> None:
    assert lies_on_ordered_half(middle(), places, ordered) is told


def test_a_thing_of_the_plan_all_on_the_other_half_is_refused_by_its_name_though_the_rest_lies_right() -> None:
    plan = [
        ("trajectory 1", [at(40.0), at(20.0)]),
        ("trajectory 2", [at(-40.0), at(-15.0)]),
        ("trajectory 3", [at(-40.0), at(-5.0)]),
    ]
    check_each(middle(), plan[:1] + plan[2:], Laterality.LEFT)  # one that ends by the middle may be meant
    with pytest.raises(
        ScanUnsuitableError, match=r"trajectory 2 lies on the right half of the bone, 1[45] mm .* the left side"
    ) as caught:
        check_each(middle(), plan, Laterality.LEFT)
    assert [r.rule for r in caught.value.reasons] == ["wrong-side"]


@pytest.mark.parametrize(("x_mm", "over"), [(20.0, False), (-7.0, False), (-14.0, True)])
def test_a_plan_that_also_reaches_clear_over_the_middle_is_known(x_mm: float, over: bool) -> None:
    assert reaches_over(middle(), [at(40.0), at(x_mm)], Laterality.LEFT) is over
    assert reaches_over(middle(), [at(-40.0), at(-x_mm)], Laterality.RIGHT) is over


def test_a_mark_of_a_side_on_the_other_half_is_refused_and_one_across_the_middle_is_not() -> None:
    check_marks(middle(), [("S1 L", [at(30.0), at(15.0)]), ("S1 R", [at(-30.0), at(20.0)]), ("L4", [at(-30.0)])])
    with pytest.raises(
        ScanUnsuitableError, match=r'marked "S1 R" lies on the left half of the bone, 1[45] mm'
    ) as caught:
        check_marks(middle(), [("S1 R", [at(30.0), at(15.0)]), ("LEFT", [at(-30.0)])])
    assert [r.rule for r in caught.value.reasons] == ["wrong-side", "wrong-side"]


@pytest.mark.parametrize(
    ("mark", "side"),
    [("S1 L", "L"), ("R", "R"), ("LEFT", "L"), ("R-S2", "R"), ("S2.R", "R"),
     ("L LAT", "L"), ("LEFT 2", "L"), ("A RIGHT", "R"), ("LEFTY", ""), ("LAT", ""), ("L4", ""), ("L 4", ""), ("RL", ""), ("ALAR", ""), ("R S1 L", "")],
)  # fmt: skip
def test_a_side_is_a_word_of_its_own_in_a_mark(mark: str, side: str) -> None:
    assert (side_in(mark) or "") == side


def test_a_bone_without_halves_is_not_judged() -> None:
    assert middle_plane(head(askew_mm=60.0)) is None  # unlike its mirror image, as a hip bone
    small = Mesh(AWAY + (head().vertices_lps_mm - AWAY) * 0.6, head().faces)
    assert own_mirror(small) is not None and middle_plane(small) is None  # no broader than the end of a long bone
    shaft = long_bone(Laterality.LEFT, rings=40, around=24)
    assert (
        middle_plane(Mesh(shaft.vertices_lps_mm[:, [2, 1, 0]], shaft.faces[:, [0, 2, 1]])) is None
    )  # along x: an arm, raised
