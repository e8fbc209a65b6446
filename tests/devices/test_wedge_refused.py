"""What of a wedge is refused by name, and what is told before the saw is taken up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.named_ends import misleading, with_marks
from anatofit.devices.cutting_guide.neighbours import other_bones
from anatofit.devices.cutting_guide.slots import through_cuts
from anatofit.devices.cutting_guide.spec import Cut, CuttingPlan
from anatofit.devices.guide.layout import Sleeve, triple
from anatofit.errors import PrescriptionError
from tests.devices.wedges import (
    CLOSING,
    OPENING,
    SMALL,
    bone,
    planned,
    refused,
)
from tests.verify.shapes import box


@pytest.mark.parametrize(
    ("wedge", "rule", "said"),
    [
        ({**OPENING, "hinge": [80.0, 0.0, 322.0]}, "hinge", "the nearest of which lies"),
        ({**OPENING, "start": [26.0, 40.0, 326.0]}, "hinge", "from the hinge line"),
        ({**OPENING, "start": [-900.0, -4.0, 326.0]}, "plan-misses-bone", "where the saw enters"),
        ({**OPENING, "distal": [-0.9, 0.0, -0.4]}, "hinge", "which part turns"),
        ({**OPENING, "hinge": [26.0, 0.0, 335.0], "start": [-27.0, -4.0, 335.0]}, "hinge", "proximal of the cut; 8 mm"),
        ({"kind": "opening", "angle_deg": 5.0, "side": "medial"}, "not-located", "not recognised"),
        ({**CLOSING, "angle_deg": 2.0}, "no-room", "or more leave room"),
        ({**OPENING, "angle_deg": 30.0}, "plan.wedge[1].angle_deg", "20 deg"),
    ],
)  # fmt: skip
def test_a_wedge_that_cannot_be_carried_out_is_refused_by_name(wedge: dict[str, Any], rule: str, said: str) -> None:
    error = refused(wedge)
    assert rule in [reason.rule for reason in error.reasons] and said in str(error)


def test_a_direction_called_distal_that_points_to_the_head_of_a_known_bone_is_refused() -> None:
    error = refused({**OPENING, "distal": [0.0, 0.0, 1.0]}, bone(located=True))
    assert [r.rule for r in error.reasons] == ["hinge"] and "points to the head on this tibia" in str(error)


@pytest.mark.parametrize(
    ("marks", "normal", "refuses"),
    [
        (("PROX", "DIST"), (0.0, 0.0, 1.0), False),
        (("PROX", "DIST"), (0.0, 0.0, -1.0), True),
        (("DIST 1", "X"), (0.0, 0.3, 0.9), True),
        (("DIST", "PROX"), (1.0, 0.0, 0.1), False),
        (("A", "B"), (0.0, 0.0, -1.0), False),
    ],
)
def test_marks_that_name_the_wrong_end_of_a_known_bone_are_refused(
    marks: tuple[str, str], normal: tuple[float, float, float], refuses: bool
) -> None:
    cut = Cut(point=(0.0, 0.0, 250.0), normal=normal, marks=marks)
    assert [r.rule for r in misleading(bone(located=True), [cut])] == (["marks"] if refuses else [])
    assert [*misleading(bone(), [cut])] == []
    along = replace(bone(), beside="tibia", planes={"beside_across": bone(located=True).planes["joint"]})
    assert [r.rule for r in misleading(along, [cut])] == (["marks"] if refuses else [])


@pytest.mark.parametrize(
    ("normal", "marks", "refuses"),
    [
        ((0.0, 0.1, 1.0), ("PROX", "DIST"), True),
        ((0.0, 0.1, -1.0), ("PROX", "DIST"), False),
        ((0.0, 0.1, 1.0), ("PROX 2", "A"), True),
        ((0.0, 0.1, 1.0), ("DIST", "PROX"), False),
        ((0.0, 1.0, 0.9), ("PROX", "DIST"), False),  # 132 degrees from the other: an axis between them goes with both
        ((0.0, 0.1, 1.0), ("A", "B"), False),
    ],
)
def test_cuts_of_which_one_calls_proximal_what_the_other_calls_distal_are_refused_together(
    normal: tuple[float, float, float], marks: tuple[str, str], refuses: bool
) -> None:
    cuts = [
        Cut(point=(0.0, 0.0, 250.0), normal=(0.0, 0.0, 1.0), marks=("DIST", "PROX")),
        Cut(point=(0.0, 0.0, 200.0), normal=normal, marks=marks),
    ]
    found = [*misleading(bone(), cuts)]
    assert [r.rule for r in found] == (["marks"] if refuses else [])
    assert not refuses or "of cuts 1 and 2 contradict" in found[0].message


@pytest.mark.parametrize(
    ("located", "normal", "marks"),
    [
        (True, (0.0, 0.0, 1.0), ("PROX", "DIST")),
        (True, (0.0, 0.2, -1.0), ("DIST", "PROX")),
        (True, (1.0, 0.0, 0.1), None),
        (False, (0.0, 0.0, 1.0), None),
    ],
)
def test_cuts_across_a_known_bone_are_marked_also_where_the_order_gives_no_marks(
    located: bool, normal: tuple[float, float, float], marks: tuple[str, str] | None
) -> None:
    spec = DEVICE.spec(
        {}, surgery=CuttingPlan.model_validate({"cut": [{"point": (0.0, 0.0, 250.0), "normal": normal}]})
    )
    assert with_marks(bone(located=located), spec).surgery.cut[0].marks == marks


def test_a_cut_whose_plane_passes_beside_the_bone_is_refused_with_the_distance() -> None:
    spec = DEVICE.spec(
        {}, surgery=CuttingPlan.model_validate({"cut": [{"point": (0.0, 0.0, 900.0), "normal": (0.0, 0.0, 1.0)}]})
    )
    with pytest.raises(PrescriptionError, match=r"plan-misses-bone: the plane of cut 1 passes \d+ mm beside the bone"):
        DEVICE.plan(bone(), spec, case="A-1")


def test_what_is_refused_as_too_flat_a_wedge_is_built_at_the_angle_that_is_named() -> None:
    said = str(refused({**CLOSING, "angle_deg": 2.0}))
    least = float(said.split("here ")[1].split("°")[0])
    assert len(planned({**CLOSING, "angle_deg": least}).slots) == 2


def test_a_hinge_that_no_place_of_the_bone_can_have_is_refused() -> None:
    wedge = {"kind": "opening", "angle_deg": 8.0, "side": "medial", "hinge_from_cortex_mm": 40.0, "start_mm": 120.0, "hinge_below_joint_mm": 110.0}  # fmt: skip
    assert "to the joint line" in str(refused(wedge, bone(located=True)))
    shallow = {**wedge, "hinge_below_joint_mm": 150.0}
    assert refused(shallow, bone(located=True)).reasons[0].rule == "hinge"


def test_an_approach_far_from_where_the_saw_enters_is_refused() -> None:
    surgery = CuttingPlan.model_validate({"wedge": [OPENING], "approach": [0.0, -1.0, 0.0]})
    with pytest.raises(PrescriptionError, match="where the saw of cut 1 is to enter"):
        DEVICE.plan(bone(), DEVICE.spec(SMALL, surgery=surgery), case="A-1")


def test_where_the_front_was_located_the_guide_is_not_set_down_from_behind() -> None:
    plan = planned({"kind": "opening", "angle_deg": 8.0, "side": "medial"}, bone(located=True))
    assert plan.insertion_direction_lps[1] < 0.03


def test_another_bone_beyond_the_hinge_line_is_none_that_the_saw_could_meet() -> None:
    (slot,) = planned(OPENING).slots
    assert slot.hinge_mm is not None
    beyond = np.array(slot.point_lps_mm) + (slot.top_mm - max(slot.hinge_mm) - 12.0) * slot.frame[:, 2]
    fibula = box((8.0, 8.0, 8.0), (float(beyond[0]), float(beyond[1]), float(beyond[2])))
    assert other_bones([slot], fibula) == ([], [])
    (said,) = other_bones([slot.model_copy(update={"hinge_mm": None})], fibula)[1]
    assert "protect it from the saw" in said


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ((-5.0, 0.0, 300.0), "pin 1 stands in the way of the saw of cut 1"),
        (
            (26.0, 0.0, 321.0),
            "pin 1 stands in the way of the saw of cut 1",
        ),  # its axis beneath the plane: its radius and the blade's reach it
        ((40.0, 0.0, 328.3), "pin 1 goes through the bone beyond the hinge of cut 1"),
        ((0.0, -2.0, 272.0), ""),
    ],
)
def test_a_pin_in_the_way_of_the_saw_or_through_the_hinge_is_told(
    target: tuple[float, float, float], told: str
) -> None:
    plan, entry = planned(OPENING), np.array([-22.0, -10.0, 286.0])
    axis = triple((entry - target) / np.linalg.norm(entry - target))
    pin = Sleeve(
        entry_lps_mm=triple(entry),
        axis_lps=axis,
        diameter_mm=2.5,
        outer_diameter_mm=6.5,
        low_mm=-3.0,
        top_mm=9.0,
        depth_mm=70.0,
    )
    assert [note.split(",")[0] for note in through_cuts(plan.slots, [pin], plan.wedge)] == ([told] if told else [])


@pytest.mark.parametrize(
    "wedge",
    [
        {"kind": "opening", "angle_deg": 8.0},
        {**OPENING, "side": "medial"},
        {k: v for k, v in OPENING.items() if k != "distal"},
        {**OPENING, "removed": "distal"},
        {**OPENING, "hinge_axis": [0, 0, 0]},
        {**OPENING, "marks": ["much too long", "x"]},
        {**OPENING, "kind": "rotating"},
    ],
)
def test_a_wedge_that_is_told_by_halves_is_none(wedge: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CuttingPlan.model_validate({"wedge": [wedge]})


def test_a_plan_needs_a_cut_or_a_wedge() -> None:
    with pytest.raises(ValidationError, match="a wedge"):
        CuttingPlan.model_validate({})
