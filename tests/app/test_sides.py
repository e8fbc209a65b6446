"""Of a foot or a limb the pack says who told its side; an order that states none is never made to look as if it had."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from anatofit.app.bones import recognised_as
from anatofit.app.named_sides import check_named_sides
from anatofit.app.sides import FOOT, FOOT_UNTOLD, HALF, HALF_UNTOLD, HALVES, LIMB, LIMB_UNTOLD, side_remark, untold_side
from anatofit.devices.base import Marked
from anatofit.errors import ScanUnsuitableError
from anatofit.locate.located import LocatedBone
from anatofit.model.anatomy import Anatomy
from anatofit.model.case import Source
from anatofit.model.frame import Laterality, Plane

PLANE = Plane(np.zeros(3), np.array([1.0, 0.0, 0.0]))
ENGRAVED = {"laterality": "R", "texts": [{}]}


@pytest.mark.parametrize("what", [FOOT, LIMB])
def test_a_side_that_only_the_shape_told_is_to_be_compared_with_the_patient(what: str) -> None:
    (said,) = side_remark(ENGRAVED, what, Laterality.UNPAIRED)
    assert "states no side (U)" in said and f"the {what} is a right one" in said and "planned and engraved so" in said
    (said,) = side_remark({**ENGRAVED, "texts": []}, what, Laterality.UNPAIRED)
    assert "engraved" not in said
    assert [*side_remark(ENGRAVED, what, Laterality.RIGHT)] == [f"the {what} is a right one by its shape"]


def test_a_limb_whose_side_nothing_tells_bears_none() -> None:
    (said,) = side_remark({"laterality": "U", "texts": [{}]}, LIMB, Laterality.UNPAIRED)
    assert "not known" in said and "none is engraved" in said


@pytest.mark.parametrize("what", [FOOT_UNTOLD, LIMB_UNTOLD])
def test_a_side_that_only_the_order_told_is_said_to_be(what: str) -> None:
    (said,) = side_remark(ENGRAVED, what, Laterality.RIGHT)
    assert "told by the order alone" in said


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (HALF, "the right half of the bone"),
        (HALF_UNTOLD, "order alone"),
        (HALVES, "into the left half of the bone too"),
        (HALVES, 'laterality = "U"'),
        ("", "was not judged"),
    ],
)
def test_of_a_bone_with_halves_the_plan_s_half_is_told(what: str, said: str) -> None:
    (told,) = side_remark(ENGRAVED, what, Laterality.RIGHT)
    assert said in told


def test_of_a_known_bone_whose_order_states_no_side_its_own_is_told() -> None:
    (told,) = untold_side("tibia", Laterality.RIGHT, Laterality.UNPAIRED)
    assert "states no side" in told and "a right tibia" in told
    assert [*untold_side("tibia", Laterality.RIGHT, Laterality.RIGHT)] == []


@pytest.mark.parametrize(
    ("ordered", "known", "refused"),
    [
        (Laterality.RIGHT, None, ["L LAT", "LEFT"]),
        (Laterality.LEFT, None, ["A R"]),
        (Laterality.UNPAIRED, Laterality.RIGHT, ["L LAT", "LEFT"]),
        (Laterality.LEFT, Laterality.RIGHT, ["A R"]),  # the order counts; the bone of another side is refused before
        (Laterality.UNPAIRED, None, []),
    ],
)
def test_a_mark_that_names_the_other_side_than_the_order_or_the_shape_is_refused_by_name(
    ordered: Laterality, known: Laterality | None, refused: list[str]
) -> None:
    plan = [
        Marked("trajectory 1", ("L LAT",)),
        Marked("trajectory 2", ()),
        Marked("cut 1", ("A R", "LEFT")),
        Marked("cut 2", ("PROX", "L4")),
    ]
    shape = None if known is None else LocatedBone("tibia", known, {}, {}, {})
    if not refused:
        check_named_sides(plan, ordered, shape)
        return
    with pytest.raises(ScanUnsuitableError) as caught:
        check_named_sides(plan, ordered, shape)
    assert [r.rule for r in caught.value.reasons] == ["wrong-side"] * len(refused)
    assert all(f'the mark "{mark}" of ' in r.message for mark, r in zip(refused, caught.value.reasons, strict=True))


@pytest.mark.parametrize(("right_mm", "said"), [(-40.0, HALF), (14.0, HALVES), (40.0, "trajectory 2")])
def test_a_plan_for_one_half_is_judged_by_each_of_its_trajectories(
    right_mm: float, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    near, deep = (-right_mm, 0.0, 0.0), (-right_mm + 25.0, 0.0, 0.0)
    plan = [
        Marked("trajectory 1", ("S1 A",), ((30.0, 0.0, 0.0), (20.0, 0.0, 0.0))),
        Marked("trajectory 2", (), (near, deep)),
    ]
    monkeypatch.setattr("anatofit.locate.halves.middle_plane", lambda _: PLANE)
    monkeypatch.setattr("anatofit.app.bones.plan_places", lambda _: [item.places[0] for item in plan])
    monkeypatch.setattr("anatofit.app.bones.plan_marks", lambda _: plan)
    order = SimpleNamespace(source=Source(dicom="scan"), order=SimpleNamespace(laterality=Laterality.LEFT))
    job: Any = SimpleNamespace(prescription=order)
    anatomy = Anatomy(kind="bone", laterality=Laterality.LEFT, surfaces={"host": None})  # type: ignore[dict-item]
    if said.startswith("trajectory"):
        with pytest.raises(ScanUnsuitableError, match=f"wrong-side: {said} lies on the right half"):
            recognised_as(anatomy, job)
    else:
        assert recognised_as(anatomy, job) == said


@pytest.mark.parametrize(
    ("source", "bone", "said"),
    [
        (Source(dicom="scan"), "", HALF),
        (Source(surface="skull.stl", frame="RAS"), "", HALF),
        (Source(surface="skull.stl"), "", ""),  # nothing says where left is
        (Source(dicom="scan"), "tibia", "tibia"),  # its own shape told its side
    ],
)
def test_only_where_left_is_known_is_a_plan_held_against_the_bone_s_halves(
    source: Source, bone: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anatofit.locate.halves.lies_on_ordered_half", lambda *_: True)
    monkeypatch.setattr("anatofit.locate.halves.middle_plane", lambda _: PLANE)
    monkeypatch.setattr("anatofit.app.bones.plan_places", lambda _: [(0.0, 0.0, 0.0)])
    monkeypatch.setattr("anatofit.app.bones.plan_marks", lambda _: [])
    order = SimpleNamespace(source=source, order=SimpleNamespace(laterality=Laterality.RIGHT))
    job: Any = SimpleNamespace(prescription=order)
    anatomy = Anatomy(kind="bone", laterality=Laterality.RIGHT, surfaces={"host": None}, bone=bone)  # type: ignore[dict-item]
    assert recognised_as(anatomy, job) == said
