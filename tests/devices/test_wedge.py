"""Wedges on a computed bone: two ways to order one, its cuts and its hinge, and the bone after it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from manifold3d import Manifold, OpType

from anatofit.app.turned import ras_to_lps
from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.corrected import meets_others
from anatofit.devices.cutting_guide.spec import CuttingPlan
from anatofit.devices.cutting_guide.wedge import slope_notes
from anatofit.geometry.bridge import mesh_of
from anatofit.geometry.canonical import unmatched_edges
from anatofit.model.frame import Laterality, unit_vector
from tests.devices.wedges import (
    ANKLE,
    CLOSING,
    KNEE,
    OPENING,
    SMALL,
    away_mm,
    bone,
    planned,
    turned,
    wedge_of,
)


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


def test_a_bone_that_the_correction_turns_into_another_one_is_told_where_that_would_not_go_along() -> None:
    plan, host = planned(OPENING), bone()
    points = host.surfaces["host"].vertices_lps_mm
    low, top = points[points[:, 2] < 5.0], points[points[:, 2] > 335.0]
    way = unit_vector((turned(plan, low.mean(axis=0)) - low.mean(axis=0)) * [1.0, 1.0, 0.0])
    edge = turned(plan, low[(low @ way).argmax()])  # the corrected bone reaches so far, the bone itself does not
    back = unit_vector(turned(plan, top.mean(axis=0), back=True) - top.mean(axis=0))
    above = turned(
        plan, top[(top @ back).argmax()], back=True
    )  # what is here lies in the part that stands once it is turned along
    beyond = edge + 40.0 * way
    for places, told in (([edge], 0), ([above], 0), ([edge, above], 1), ([beyond, above], 0)):
        others = mesh_of(Manifold.batch_boolean([Manifold.sphere(5.0, 48).translate(p) for p in places], OpType.Add))
        beside = replace(host, surfaces={**host.surfaces, "neighbours": others})
        assert len(meets_others(beside, plan.wedge, plan.slots)) == told
    assert meets_others(host, plan.wedge, plan.slots) == []


def test_a_plan_without_a_wedge_makes_no_other_model() -> None:
    spec = DEVICE.spec(SMALL, surgery=CuttingPlan.model_validate({"cut": [{"point": [0, -3, 150], "normal": [0.1, 0, 1]}]}))  # fmt: skip
    assert DEVICE.models(bone(), DEVICE.plan(bone(), spec, case="A-1")) == {}


def test_a_wedge_and_a_cut_stand_on_one_base_and_the_wedge_comes_last() -> None:
    cut = {"point": [-16.0, -20.0, 262.0], "normal": [0, 0, 1], "length_mm": 8.0}
    surgery = CuttingPlan.model_validate({"wedge": [OPENING], "cut": [cut]})
    plan = DEVICE.plan(bone(), DEVICE.spec(SMALL, surgery=surgery), case="A-1")
    assert plan.wedge.cuts == (2,) and plan.slots[0].hinge_mm is None and plan.slots[1].hinge_mm is not None


def test_a_hinge_line_aslant_is_told_by_the_slope_that_it_changes() -> None:
    aslant = {**OPENING, "hinge_axis": [0.35, 1.0, 0.1]}
    wedge = wedge_of(planned(aslant, bone(located=True)))
    slope = next(a for a in wedge.angles if a.name == "posterior_slope_deg")
    assert abs(slope.after_deg - slope.before_deg) > 1.0
    (note,) = slope_notes(wedge)
    assert f"from 5.7° to {slope.after_deg:.1f}°" in note and note in planned(aslant, bone(located=True)).notes
    assert slope_notes(wedge_of(planned(OPENING, bone(located=True)))) == slope_notes(None) == []


def test_a_wedge_is_turned_with_the_surface_that_it_was_planned_on() -> None:
    (wedge,) = ras_to_lps(CuttingPlan.model_validate({"wedge": [OPENING]})).wedge
    assert wedge.hinge == (-26.0, 0.0, 322.0) and wedge.distal == (0.0, 0.0, -1.0) and wedge.angle_deg == 8.0
