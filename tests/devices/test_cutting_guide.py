"""The cutting guide on a computed bone: where it stands, what it leads, and what it refuses by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.layout import CuttingGuidePlan
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, CuttingPlan
from anatofit.devices.guide.fixation import meeting
from anatofit.errors import PrescriptionError
from anatofit.geometry.canonical import unmatched_edges
from anatofit.geometry.closest import NearSurface
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone

# A small guide, so that it is built in a second.
SMALL = {"foot_reach_mm": 12.0, "foot_width_mm": 18.0, "slot_length_mm": 14.0, "pin_count": 2, "window_mm": 0.0}
SHAFT = {"point": [0.0, -3.0, 150.0], "normal": [0.1, 0.0, 1.0]}
MEDIAL = [-1.0, -0.4, 0.0]


@cache
def bone() -> Anatomy:
    return Anatomy("bone", Laterality.LEFT, {"host": long_bone(Laterality.LEFT)})


def spec_of(*cuts: Mapping[str, Any], design: Mapping[str, Any] | None = None, **plan: Any) -> CuttingGuideSpec:
    surgery = CuttingPlan.model_validate({"cut": list(cuts), **plan})
    return DEVICE.spec({**SMALL, **(design or {})}, surgery=surgery)


def planned(*cuts: Mapping[str, Any], **more: Any) -> CuttingGuidePlan:
    plan: CuttingGuidePlan = DEVICE.plan(bone(), spec_of(*cuts, **more), case="A-1")
    return plan


def built(plan: CuttingGuidePlan) -> Mesh:
    (part,) = DEVICE.build(bone(), plan)
    return part.mesh


def refused(*cuts: Mapping[str, Any], **more: Any) -> list[str]:
    with pytest.raises(PrescriptionError) as caught:
        planned(*cuts, **more)
    return [reason.rule for reason in caught.value.reasons]


@pytest.fixture(scope="module")
def plan() -> CuttingGuidePlan:
    return planned({**SHAFT, "marks": ["PROX", "DIST"]}, approach=MEDIAL)


@pytest.fixture(scope="module")
def guide(plan: CuttingGuidePlan) -> Mesh:
    return built(plan)


def test_the_guide_is_one_closed_body_that_the_same_plan_builds_again(guide: Mesh, plan: CuttingGuidePlan) -> None:
    assert unmatched_edges(guide.faces) == 0
    read = DEVICE.read_plan(plan.model_dump(mode="json"))
    again = built(read)
    assert np.array_equal(again.vertices_lps_mm, guide.vertices_lps_mm) and np.array_equal(again.faces, guide.faces)


def test_the_guide_keeps_its_offset_from_the_bone(guide: Mesh) -> None:
    near = NearSurface(bone().surfaces["host"], spacing_mm=0.5)
    away = near.distance_mm(guide.vertices_lps_mm, reach_mm=3.0)
    assert away.min() > 0.2
    contact = away[away < 0.5]
    assert np.median(contact) == pytest.approx(0.3, abs=0.02)


def test_the_slot_lies_in_its_planned_plane(guide: Mesh, plan: CuttingGuidePlan) -> None:
    slot = plan.slots[0]
    normal = slot.frame[:, 0]
    place = (guide.triangles_lps_mm.mean(axis=1) - np.array(slot.point_lps_mm)) @ slot.frame
    cross = np.cross(*np.moveaxis(guide.triangles_lps_mm[:, 1:] - guide.triangles_lps_mm[:, :1], 1, 0))
    facing = np.abs(cross @ normal) > 0.999 * np.linalg.norm(cross, axis=1)
    wall = facing & (np.abs(np.abs(place[:, 0]) - slot.opening_mm / 2) < 0.02) & (np.abs(place[:, 1]) < 6)
    corners = (guide.triangles_lps_mm[wall] - np.array(slot.point_lps_mm)) @ normal
    assert wall.sum() > 4
    np.testing.assert_allclose(np.abs(corners), slot.opening_mm / 2, atol=1e-4)
    assert (corners.max(), corners.min()) == (pytest.approx(0.625, abs=1e-4), pytest.approx(-0.625, abs=1e-4))


def test_the_letters_tell_case_side_and_ends(plan: CuttingGuidePlan) -> None:
    said = " ".join(text.string for text in plan.texts)
    assert {"A-1", "L", "PROX", "DIST"} <= set(said.split())


def test_pins_cross_and_lead_through_the_bone(plan: CuttingGuidePlan) -> None:
    first, second = (np.array(pin.axis_lps) for pin in plan.pins)
    assert 2.0 < np.rad2deg(np.arccos(first @ second)) < 60.0
    assert all(pin.depth_mm is not None and 8.0 < pin.depth_mm < 45.0 for pin in plan.pins)


def test_the_way_in_is_chosen_and_said_where_none_is_ordered() -> None:
    chosen = planned(SHAFT)
    assert chosen.approach_from == "search"
    assert any("was chosen by the program" in note for note in chosen.notes)
    assert abs(np.dot(chosen.insertion_direction_lps, [0.0995, 0, 0.995])) < 1e-3


def test_an_open_slot_ends_at_one_side_and_the_guide_stays_in_one_piece() -> None:
    mesh = built(planned({**SHAFT, "slot": "open", "open_toward": [0, 1, 0]}, approach=MEDIAL))
    assert unmatched_edges(mesh.faces) == 0


def test_a_one_sided_slot_has_its_wall_half_a_blade_from_the_plane() -> None:
    plan = planned({**SHAFT, "slot": "one-sided", "rest": "normal"}, approach=MEDIAL)
    mesh = built(plan)
    away = (mesh.vertices_lps_mm - np.array(plan.slots[0].point_lps_mm)) @ plan.slots[0].frame[:, 0]
    assert away.min() == pytest.approx(0.5, abs=1e-4)
    slot = plan.slots[0]
    up = (mesh.vertices_lps_mm - np.array(slot.point_lps_mm)) @ slot.frame[:, 2]
    wall = away[(up > slot.top_mm - 4.0) & (up < slot.top_mm - 1.5)]
    assert wall.max() == pytest.approx(slot.block_half_mm[0], abs=0.03)


def test_nothing_of_a_base_on_steep_ground_covers_the_letters() -> None:
    plan = planned({**SHAFT, "normal": [0.0, 0.0, 1.0]}, approach=[-1.0, -0.4, 0.6])
    text = plan.texts[0]
    right, up = np.array(text.right_lps), np.array(text.up_lps)
    rest = built(plan).vertices_lps_mm - np.array(text.origin_lps_mm)
    x, y, z = (rest @ way for way in (right, up, np.cross(right, up)))
    above = (np.abs(x) < text.width_mm / 2) & (np.abs(y) < text.block_height_mm / 2) & (z > 0.1) & (z < 3.0)
    assert not above.any()
    foot = np.array(text.origin_lps_mm) - text.block_height_mm / 2 * up
    away = NearSurface(bone().surfaces["host"], spacing_mm=0.5).distance_mm(foot[None], reach_mm=20.0)
    assert away[0] > plan.contact_offset_mm + plan.base_thickness_mm


def test_two_cuts_stand_on_one_base() -> None:
    low, high = {**SHAFT, "point": [0, -3, 140]}, {**SHAFT, "point": [0, -3, 172], "normal": [0, 0.2, 1]}
    plan = planned(low, high, approach=MEDIAL)
    assert len(plan.slots) == 2 and len(plan.bridges) == 1
    assert unmatched_edges(built(plan).faces) == 0


def test_a_relieved_region_stands_further_off() -> None:
    plan = planned(SHAFT, approach=MEDIAL)
    entry = plan.pins[0].entry_lps_mm
    relieved = planned(SHAFT, approach=MEDIAL, relief=[{"point": list(entry), "radius_mm": 4.0, "offset_mm": 1.2}])
    mesh = built(relieved)
    near = NearSurface(bone().surfaces["host"], spacing_mm=0.5)
    beside = np.linalg.norm(mesh.vertices_lps_mm - np.array(entry), axis=1) < 3.5
    assert near.distance_mm(mesh.vertices_lps_mm[beside], reach_mm=9.0).min() > 1.0


@pytest.mark.parametrize(
    ("cuts", "more", "rule"),
    [
        ([SHAFT], {"approach": MEDIAL, "design": {"slot_length_mm": 100.0, "steepest_deg": 30.0}}, "no-footing"),
        ([{**SHAFT, "point": [0.0, 0.0, 900.0]}], {"approach": MEDIAL}, "plan-misses-bone"),
        ([{**SHAFT, "point": [900.0, 0.0, SHAFT["point"][2]]}], {}, "plan-misses-bone"),
        ([SHAFT], {"approach": [0.2, 0.0, 1.0]}, "approach"),
        ([{**SHAFT, "slot": "one-sided"}, {**SHAFT, "point": [0.0, -3.0, 180.0]}], {"approach": MEDIAL}, "no-room"),
        ([SHAFT, {**SHAFT, "point": [0.0, -3.0, 151.5]}], {"approach": MEDIAL}, "no-room"),
        ([SHAFT], {"approach": MEDIAL, "design": {"pin_wall_mm": 4.0, "pin_diameter_mm": 4.0, "foot_reach_mm": 8.0}}, "no-room"),
        ([SHAFT], {"approach": MEDIAL, "design": {"slot_height_mm": 5.0}}, "design.text"),
        ([SHAFT], {"approach": MEDIAL, "design": {"pin_count": 0}, "pin": [{"entry": [90, 0, 150], "target": [120, 0, 150]}]}, "plan-misses-bone"),
        ([SHAFT], {"approach": MEDIAL, "design": {"pin_count": 0}, "pin": [{"entry": [-12, -3, 240], "target": [0, -3, 240]}]}, "no-room"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_carried_out_is_refused_by_name(cuts: Any, more: Any, rule: str) -> None:
    assert rule in refused(*cuts, **more)


def test_pins_do_not_meet_on_their_ways_through_the_bone() -> None:
    """Two corners of a narrow base whose axes the bone's roundness turns to each other: one pin stands elsewhere, or leans otherwise."""
    plan = planned(SHAFT, approach=MEDIAL, design={"pin_count": 4, "pin_angle_deg": 25.0, "text": "none"})
    assert len(plan.pins) >= 2 and [*meeting(plan.pins)] == []


def test_ordered_pins_that_meet_in_the_bone_are_refused() -> None:
    first = {"entry": [-13.0, -3.0, 140.0], "target": [5.0, -3.0, 140.0]}
    second = {"entry": [-13.0, -3.0, 160.0], "target": [5.0, -3.0, 140.0]}
    assert "no-room" in refused(SHAFT, approach=MEDIAL, pin=[first, second])


def test_the_design_is_held_against_its_envelope_with_all_reasons_at_once() -> None:
    with pytest.raises(PrescriptionError) as caught:
        spec_of({**SHAFT, "length_mm": 500.0}, design={"blade_mm": 9.0, "text_depth_mm": 0.9, "slot_wall_mm": 2.0})
    rules = {reason.rule for reason in caught.value.reasons}
    assert {"design.blade_mm", "plan.cut[1].length_mm", "design.text_depth_mm"} <= rules


def test_a_base_ordered_wider_than_the_bone_ends_where_the_bone_does() -> None:
    wide = planned(SHAFT, approach=MEDIAL, design={"foot_width_mm": 80.0, "foot_reach_mm": 30.0, "text": "none"})
    assert 250.0 < wide.footing_mm2 < 0.5 * 80.0 * 60.0


def test_a_wall_that_rounding_would_eat_is_refused() -> None:
    with pytest.raises(PrescriptionError) as caught:
        spec_of(SHAFT, design={"pin_wall_mm": 1.2, "slot_wall_mm": 3.0, "edge_radius_mm": 1.5})
    assert {reason.rule for reason in caught.value.reasons} == {"design.pin_wall_mm", "design.slot_wall_mm"}
    with pytest.raises(PrescriptionError, match=r"at least 1\.8 mm is wanted .* lower edge_radius_mm to 0\.5 mm"):
        spec_of(SHAFT, design={"pin_wall_mm": 1.2})
    assert (
        spec_of(SHAFT, design={"pin_wall_mm": 1.2, "edge_radius_mm": 0.5}).pin_wall_mm == 1.2
    )  # what is advised is taken


@pytest.mark.parametrize(
    "cut", [{"point": [0, 0, 0], "normal": [0, 0, 0]}, {"point": [9e9, 0, 0], "normal": [0, 0, 1]},
            {**SHAFT, "marks": ["much too long", "x"]}, {**SHAFT, "slot": "wide"}, {"normal": [0, 0, 1]}],
)  # fmt: skip
def test_a_cut_that_tells_no_plane_is_none(cut: Any) -> None:
    with pytest.raises(ValidationError):
        CuttingPlan.model_validate({"cut": [cut]})
