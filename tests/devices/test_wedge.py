"""Wedges on a computed bone: two ways to order one, its cuts and its hinge, and what is refused by name."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from anatofit.app.turned import ras_to_lps
from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.layout import CuttingGuidePlan, PlannedWedge, Slot
from anatofit.devices.cutting_guide.marks import misleading, with_marks
from anatofit.devices.cutting_guide.neighbours import other_bones
from anatofit.devices.cutting_guide.slots import through_cuts
from anatofit.devices.cutting_guide.spec import Cut, CuttingPlan
from anatofit.devices.cutting_guide.wedge import slope_notes
from anatofit.devices.guide.layout import Sleeve, triple
from anatofit.errors import PrescriptionError
from anatofit.geometry.canonical import unmatched_edges
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality, Plane
from anatofit.samples.long_bone import long_bone
from tests.verify.shapes import box

SMALL = {"foot_reach_mm": 12.0, "foot_width_mm": 24.0, "slot_length_mm": 18.0, "pin_count": 2, "window_mm": 0.0, "text": "none"}  # fmt: skip
KNEE, ANKLE, SLOPE = np.array([0.0, 0.0, 338.0]), np.array([3.0, 0.0, 4.0]), 0.1
OPENING = {"kind": "opening", "angle_deg": 8.0, "hinge": [26.0, 0.0, 322.0], "hinge_axis": [0.0, 1.0, 0.1],
           "start": [-27.0, -4.0, 298.0], "distal": [0.0, 0.0, -1.0]}  # fmt: skip
CLOSING = {**OPENING, "kind": "closing", "hinge": [-24.0, 0.0, 312.0], "start": [33.0, -4.0, 312.0]}


@cache
def bone(*, located: bool = False, side: Laterality = Laterality.LEFT) -> Anatomy:
    """The bone, its joint line and axis set by hand where they are to be located."""
    host = long_bone(side, rings=80, around=36)
    if not located:
        return Anatomy("bone", side, {"host": host})
    turn = np.array([1.0 if side is Laterality.LEFT else -1.0, 1.0, 1.0])  # medial is to the right on the left side
    marks = {
        "knee_centre": KNEE,
        "ankle_centre": ANKLE,
        "medial_plateau": KNEE + np.array([-22.0, 0.0, -1.0]),
        "lateral_plateau": KNEE + np.array([22.0, 0.0, 1.0]),
    }
    axis = (ANKLE - KNEE) / np.linalg.norm(ANKLE - KNEE)
    planes = {
        "joint": Plane(KNEE, turn * [0.0, SLOPE, 1.0]),
        "coronal": Plane(KNEE, np.array([0.0, -1.0, 0.0])),
        "sagittal": Plane(KNEE, turn * [axis[2], 0.0, -axis[0]]),  # square to the axis, which lies in the coronal plane
    }
    return Anatomy(
        "bone",
        side,
        {"host": host},
        landmarks={name: turn * place for name, place in marks.items()},
        planes=planes,
        figures={"medial_proximal_tibial_angle_deg": 86.0, "posterior_slope_deg": 5.7},
        bone="tibia",
    )


def planned(wedge: dict[str, Any], anatomy: Anatomy | None = None, **design: float) -> CuttingGuidePlan:
    surgery = CuttingPlan.model_validate({"wedge": [wedge]})
    plan: CuttingGuidePlan = DEVICE.plan(
        anatomy or bone(), DEVICE.spec({**SMALL, **design}, surgery=surgery), case="A-1"
    )
    return plan


def wedge_of(plan: CuttingGuidePlan) -> PlannedWedge:
    assert plan.wedge is not None
    return plan.wedge


def refused(wedge: dict[str, Any], anatomy: Anatomy | None = None, **design: float) -> PrescriptionError:
    with pytest.raises(PrescriptionError) as caught:
        planned(wedge, anatomy, **design)
    return caught.value


def away_mm(slot: Slot, place: Any) -> float:
    return float((np.array(place) - np.array(slot.point_lps_mm)) @ slot.frame[:, 0])


def turned(plan: CuttingGuidePlan, place: Any) -> FloatArray:
    """A place of the distal part after the correction, by the formula of Rodrigues."""
    wedge = wedge_of(plan)
    hinge, axis, angle = np.array(wedge.hinge_lps_mm), np.array(wedge.axis_lps), np.deg2rad(wedge.angle_deg)
    v = np.array(place) - hinge
    return np.asarray(hinge + v * np.cos(angle) + np.cross(axis, v) * np.sin(angle) + axis * (axis @ v) * (1 - np.cos(angle)))  # fmt: skip


def test_an_opening_wedge_has_one_slot_through_hinge_line_and_start() -> None:
    plan = planned(OPENING)
    (slot,) = plan.slots
    assert wedge_of(plan).cuts == (1,)
    for place in (OPENING["hinge"], OPENING["start"], np.array(OPENING["hinge"]) + OPENING["hinge_axis"]):
        assert away_mm(slot, place) == pytest.approx(0.0, abs=1e-4)
    assert slot.frame[2, 0] > 0  # its normal points proximally


def test_the_wedge_opens_where_the_saw_enters_by_its_chord() -> None:
    plan = planned(OPENING)
    start = np.array(OPENING["start"])
    moved = turned(plan, start)
    assert away_mm(plan.slots[0], moved) < -6.0
    depth = np.linalg.norm(np.cross(start - OPENING["hinge"], np.array([0, 1, 0.1]) / np.hypot(1, 0.1)))
    assert np.linalg.norm(moved - start) == pytest.approx(2 * depth * np.sin(np.deg2rad(4.0)), rel=1e-6)
    wedge = wedge_of(plan)
    assert wedge.gap_mm == pytest.approx(2 * wedge.entry_mm * np.sin(np.deg2rad(4.0)), abs=1e-5)


@pytest.mark.parametrize("removed", ["distal", "proximal"])
def test_a_closing_wedge_has_two_slots_that_meet_at_the_hinge_by_its_angle(removed: str) -> None:
    plan = planned({**CLOSING, "removed": removed})
    proximal, distal = plan.slots
    normals = [slot.frame[:, 0] for slot in plan.slots]
    assert np.rad2deg(np.arccos(normals[0] @ normals[1])) == pytest.approx(8.0, abs=1e-4)
    for slot in plan.slots:
        assert away_mm(slot, CLOSING["hinge"]) == pytest.approx(0.0, abs=1e-4)
    first = proximal if removed == "distal" else distal
    assert away_mm(first, CLOSING["start"]) == pytest.approx(0.0, abs=1e-4)
    assert away_mm(proximal, distal.point_lps_mm) < -6.0  # the distal slot lies distally
    assert away_mm(proximal, turned(plan, distal.point_lps_mm)) == pytest.approx(0.0, abs=1e-4)  # and its cut comes to lie on the other  # fmt: skip


def test_the_blade_is_told_how_far_it_is_from_a_slots_mouth_to_the_hinge_line() -> None:
    plan = planned(OPENING)
    (slot,) = plan.slots
    assert slot.hinge_mm is not None
    _, along, up = slot.frame.T
    axis = np.array(wedge_of(plan).axis_lps)
    for side, way in zip((-1, 1), slot.hinge_mm, strict=True):
        mouth = np.array(slot.point_lps_mm) + slot.top_mm * up + side * slot.length_mm / 2 * along
        rest = mouth - way * up - np.array(OPENING["hinge"])
        assert np.linalg.norm(rest - axis * (rest @ axis)) == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("side", [Laterality.LEFT, Laterality.RIGHT])
def test_by_anatomy_the_hinge_lies_where_it_is_ordered_to(side: Laterality) -> None:
    anatomy = bone(located=True, side=side)
    plan = planned({"kind": "opening", "angle_deg": 8.0, "side": "medial", "hinge_from_cortex_mm": 11.0, "hinge_below_joint_mm": 17.0}, anatomy)  # fmt: skip
    wedge = wedge_of(plan)
    assert wedge.told_by == "anatomy" and wedge.bridge_mm == pytest.approx(11.0, abs=0.01)
    assert anatomy.planes["joint"].signed_distance_mm(np.array([wedge.hinge_lps_mm]))[0] == pytest.approx(-17.0, abs=1e-4)  # fmt: skip
    # the hinge line lies in the plane of the joint and in that of the axis, so the slope of the joint is kept
    for plane in ("joint", "sagittal"):
        assert np.array(wedge.axis_lps) @ anatomy.planes[plane].normal_lps == pytest.approx(0.0, abs=1e-5)
    lateral = 1.0 if side is Laterality.LEFT else -1.0
    assert lateral * wedge.hinge_lps_mm[0] > 15.0 and lateral * plan.slots[0].point_lps_mm[0] < -20.0


@pytest.mark.parametrize(
    ("kind", "side", "more"),
    [("opening", "medial", True), ("closing", "lateral", True), ("opening", "lateral", False), ("closing", "medial", False)],
)  # fmt: skip
def test_the_angle_at_the_joint_grows_where_the_bone_is_made_valgus(kind: str, side: str, more: bool) -> None:
    plan = planned({"kind": kind, "angle_deg": 8.0, "side": side}, bone(located=True))
    angle, slope = wedge_of(plan).angles
    assert slope.name == "posterior_slope_deg" and slope.after_deg == pytest.approx(slope.before_deg, abs=0.1)
    assert (angle.name, angle.before_deg) == ("medial_proximal_tibial_angle_deg", 86.0)
    assert angle.after_deg - angle.before_deg == pytest.approx(7.5 if more else -7.5, abs=0.5)


def test_both_ways_to_order_end_in_the_same_numbers() -> None:
    by_anatomy = planned({"kind": "closing", "angle_deg": 8.0, "side": "lateral"}, bone(located=True))
    wedge = wedge_of(by_anatomy)
    by_place = planned(
        {"kind": "closing", "angle_deg": 8.0, "hinge": wedge.hinge_lps_mm, "hinge_axis": wedge.axis_lps,
         "start": by_anatomy.slots[0].point_lps_mm, "distal": (ANKLE - KNEE).tolist()}, bone(located=True),
    )  # fmt: skip
    again = wedge_of(by_place).model_dump()
    for name, value in wedge.model_dump(exclude={"told_by", "kind", "angles"}).items():
        np.testing.assert_allclose(again[name], value, atol=1e-4)
    for one, other in zip(by_anatomy.slots, by_place.slots, strict=True):
        off = np.subtract(
            one.point_lps_mm, other.point_lps_mm
        )  # in one plane; told by anatomy, in the middle of the bone there
        assert float(off @ np.array(one.normal_lps)) == pytest.approx(0.0, abs=1e-4) and np.linalg.norm(off) < 2.0
        np.testing.assert_allclose(one.normal_lps, other.normal_lps, atol=1e-5)


def test_a_wedge_guide_is_one_body_out_of_the_plan_as_it_was_filed() -> None:
    plan = planned(CLOSING)
    read = DEVICE.read_plan(plan.model_dump(mode="json"))
    assert read == plan
    (part,) = DEVICE.build(bone(), read)
    assert unmatched_edges(part.mesh.faces) == 0


@pytest.mark.parametrize("wedge", [OPENING, CLOSING], ids=["opening", "closing"])
def test_the_corrected_bone_is_closed_and_its_far_end_has_turned(wedge: dict[str, Any]) -> None:
    plan = planned(wedge)
    mesh = DEVICE.models(bone(), plan)["corrected_bone"]
    assert unmatched_edges(mesh.faces) == 0
    host = bone().surfaces["host"]
    low = host.vertices_lps_mm[host.vertices_lps_mm[:, 2] < 5.0]
    top = host.vertices_lps_mm[host.vertices_lps_mm[:, 2] > 335.0]
    for place in (*top[:5], *(turned(plan, place) for place in low[:5])):
        assert np.linalg.norm(mesh.vertices_lps_mm - place, axis=1).min() < 1e-4


def test_a_plan_without_a_wedge_makes_no_other_model() -> None:
    spec = DEVICE.spec(SMALL, surgery=CuttingPlan.model_validate({"cut": [{"point": [0, -3, 150], "normal": [0.1, 0, 1]}]}))  # fmt: skip
    assert DEVICE.models(bone(), DEVICE.plan(bone(), spec, case="A-1")) == {}


def test_a_wedge_and_a_cut_stand_on_one_base_and_the_wedge_comes_last() -> None:
    cut = {"point": [-16.0, -20.0, 262.0], "normal": [0, 0, 1], "length_mm": 8.0}
    surgery = CuttingPlan.model_validate({"wedge": [OPENING], "cut": [cut]})
    plan = DEVICE.plan(bone(), DEVICE.spec(SMALL, surgery=surgery), case="A-1")
    assert plan.wedge.cuts == (2,) and plan.slots[0].hinge_mm is None and plan.slots[1].hinge_mm is not None


@pytest.mark.parametrize(
    ("wedge", "rule", "said"),
    [
        ({**OPENING, "hinge": [80.0, 0.0, 322.0]}, "hinge", "does not run through the bone"),
        ({**OPENING, "start": [26.0, 40.0, 326.0]}, "hinge", "from the hinge line"),
        ({**OPENING, "distal": [-0.9, 0.0, -0.4]}, "hinge", "which part turns"),
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


def test_a_hinge_line_aslant_is_told_by_the_slope_that_it_changes() -> None:
    aslant = {**OPENING, "hinge_axis": [0.35, 1.0, 0.1]}
    wedge = wedge_of(planned(aslant, bone(located=True)))
    slope = next(a for a in wedge.angles if a.name == "posterior_slope_deg")
    assert abs(slope.after_deg - slope.before_deg) > 1.0
    (note,) = slope_notes(wedge)
    assert f"from 5.7° to {slope.after_deg:.1f}°" in note and note in planned(aslant, bone(located=True)).notes
    assert slope_notes(wedge_of(planned(OPENING, bone(located=True)))) == slope_notes(None) == []


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


@pytest.mark.parametrize(("target", "told"), [((-5.0, 0.0, 300.0), True), ((0.0, -2.0, 272.0), False)])
def test_a_pin_in_the_way_of_the_saw_within_the_bone_is_told(target: tuple[float, float, float], told: bool) -> None:
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
    assert (
        any("pin 1 crosses the plane of cut 1" in note for note in through_cuts(plan.slots, [pin], plan.wedge)) is told
    )


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


def test_a_wedge_is_turned_with_the_surface_that_it_was_planned_on() -> None:
    (wedge,) = ras_to_lps(CuttingPlan.model_validate({"wedge": [OPENING]})).wedge
    assert wedge.hinge == (-26.0, 0.0, 322.0) and wedge.distal == (0.0, 0.0, -1.0) and wedge.angle_deg == 8.0
