"""The bone plate on a computed bone: where it lies, where its screws go and how long they are, and what it refuses by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from anatofit.devices.bone_plate import DEVICE, build, screws
from anatofit.devices.bone_plate.build import letters
from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.holds import hold_notes, shorter
from anatofit.devices.bone_plate.layout import BonePlatePlan, Keep
from anatofit.devices.bone_plate.lines import far_lines, planned_keeps, too_near
from anatofit.devices.bone_plate.path import curve_of, nearby
from anatofit.devices.bone_plate.spec import BonePlateSpec, PlatePlan
from anatofit.errors import PrescriptionError
from anatofit.geometry.bridge import mesh_of
from anatofit.geometry.canonical import unmatched_edges
from anatofit.geometry.closest import NearSurface
from anatofit.geometry.nearest import Nearest
from anatofit.geometry.text import block_outline
from anatofit.model.anatomy import ELSEWHERE_MM, Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone

# Up the medial side of the shaft.
PATH = [[-14.0, -2.0, 80.0], [-12.0, -4.0, 115.0]]
PLANE = {"point": [0.0, 0.0, 97.0], "normal": [0.0, 0.0, 1.0]}
BARE = {"text": "none"}


@cache
def bone() -> Anatomy:
    return Anatomy("bone", Laterality.LEFT, {"host": long_bone(Laterality.LEFT, rings=80, around=36)})


def spec_of(design: Mapping[str, Any] | None = None, **plan: Any) -> BonePlateSpec:
    surgery = PlatePlan.model_validate({"path": PATH, **plan} if "axis" not in plan else plan)
    return DEVICE.spec({**BARE, **(design or {})}, surgery=surgery)


def planned(design: Mapping[str, Any] | None = None, **plan: Any) -> BonePlatePlan:
    found: BonePlatePlan = DEVICE.plan(bone(), spec_of(design, **plan), case="A-1")
    return found


def built(plan: BonePlatePlan) -> Mesh:
    (part,) = DEVICE.build(bone(), plan)
    return part.mesh


def refused(design: Mapping[str, Any] | None = None, **plan: Any) -> list[str]:
    with pytest.raises(PrescriptionError) as caught:
        planned(design, **plan)
    return [reason.rule for reason in caught.value.reasons]


@pytest.fixture(scope="module")
def plan() -> BonePlatePlan:
    return planned({"text": "engraved"}, line=[PLANE])


@pytest.fixture(scope="module")
def plate(plan: BonePlatePlan) -> Mesh:
    return built(plan)


def test_the_plate_is_one_closed_body_that_the_same_plan_builds_again(plate: Mesh, plan: BonePlatePlan) -> None:
    assert unmatched_edges(plate.faces) == 0
    again = built(DEVICE.read_plan(plan.model_dump(mode="json")))
    assert np.array_equal(again.vertices_lps_mm, plate.vertices_lps_mm) and np.array_equal(again.faces, plate.faces)


def test_the_underside_keeps_its_offset_and_the_outer_face_the_thickness(plate: Mesh) -> None:
    near = NearSurface(bone().surfaces["host"], spacing_mm=0.5)
    away = near.distance_mm(plate.vertices_lps_mm, reach_mm=6.0)
    assert away.min() > 0.25
    assert np.median(away[away < 0.6]) == pytest.approx(0.3, abs=0.02)
    assert away.max() == pytest.approx(2.8, abs=0.05)


def test_the_bevel_leaves_a_millimetre_of_the_outer_face_around_each_head() -> None:
    plan = planned(
        {"bevel_share": 0.45, "thickness_mm": 4.0, "width_mm": 4.0}, screw=[{"at_mm": 12.0}, {"at_mm": 24.0}]
    )
    plate = built(plan)
    away = NearSurface(bone().surfaces["host"], spacing_mm=0.5).distance_mm(plate.vertices_lps_mm, reach_mm=6.0)
    for screw in plan.screws:
        rest = plate.vertices_lps_mm - np.array(screw.centre_lps_mm)
        rest -= np.outer(rest @ np.array(screw.axis_lps), screw.axis_lps)
        aside = np.linalg.norm(rest, axis=1) - screw.recess_diameter_mm / 2
        assert away[(aside > 0.05) & (aside < 0.9) & (away > 3.0)].min() > 4.1


def test_holes_lie_on_both_sides_of_a_line_and_keep_off_it(plan: BonePlatePlan) -> None:
    (keep,) = plan.keeps
    assert keep.at_mm is not None
    assert {s.at_mm < keep.at_mm for s in plan.screws} == {True, False}
    for screw in plan.screws:
        assert abs(screw.centre_lps_mm[2] - 97.0) > keep.margin_mm + screw.recess_diameter_mm / 2 - 0.01


def test_a_bicortical_screw_reaches_the_next_step_of_the_catalogue_beyond_the_far_cortex(plan: BonePlatePlan) -> None:
    for screw in plan.screws:
        head = np.linalg.norm(np.subtract(screw.centre_lps_mm, screw.entry_lps_mm))
        assert screw.length_mm == int(screw.length_mm)
        assert screw.length_mm - head - screw.depth_mm == pytest.approx(screw.beyond_mm, abs=2e-3)
        assert 0.5 <= screw.beyond_mm < 1.5


def test_a_monocortical_screw_ends_in_the_bone() -> None:
    for screw in planned({"screw_hold": "monocortical", "screw_step_mm": 0.5}).screws:
        held = screw.depth_mm + screw.beyond_mm
        assert 4.5 - 1e-6 <= held <= 5.0 + 1e-6


def test_a_screw_longer_than_the_longest_holds_without_the_far_cortex_and_it_is_said() -> None:
    plan = planned({"screw_longest_mm": 14.0})
    assert {s.hold for s in plan.screws} == {"monocortical"}
    (said,) = (note for note in plan.notes if "monocortical" in note)
    assert said.endswith("the longest of the catalogue (14 mm) does not reach through the far one")


def test_a_screw_that_is_ordered_in_one_cortex_is_told_as_ordered_and_no_other_cause_is_guessed() -> None:
    plan = planned({}, screw=[{"at_mm": 12.0, "hold": "monocortical"}, {"at_mm": 24.0}])
    said = [note for note in plan.notes if "monocortical" in note]
    assert said == ["screw 1 is monocortical, in the near cortex alone, and 7 mm long: so the order asks (hold)"]


def test_the_letters_tell_case_and_side_between_the_holes(plan: BonePlatePlan) -> None:
    assert plan.text is not None and plan.text.string == "A-1 L"


def test_letters_are_as_wide_as_they_are_read_whatever_the_face_does_beneath_them(
    plan: BonePlatePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[Any] = []
    monkeypatch.setattr(build, "letters", lambda *given: cut.append(letters(*given)) or cut[0])
    built(plan)
    text = plan.text
    assert text is not None
    corners = mesh_of(cut[0]).vertices_lps_mm - np.array(text.origin_lps_mm)
    flat = np.array(block_outline(text.lines, height_mm=text.height_mm).bounds())  # x, y of two corners
    for n, way in enumerate((text.right_lps, text.up_lps)):
        read = corners @ np.array(way)
        assert [read.min(), read.max()] == pytest.approx(flat[n::2], abs=1e-4)
    assert np.ptp(corners @ np.cross(text.right_lps, text.up_lps)) > 1.05 * (
        text.depth_mm + 1.0
    )  # the face is no plane


def test_a_plate_runs_out_to_thin_ends(plan: BonePlatePlan) -> None:
    thick = [s.thickness_mm for s in plan.stations]
    assert thick[0] < 2.2 and thick[-1] < 2.2 and max(thick) == 2.5


def test_widths_and_thicknesses_follow_their_profile() -> None:
    plan = planned({"runout_mm": 0.0}, width_mm=[8.0, 10.0], thickness_mm=[2.0, 3.0])
    at = [s.at_mm / plan.length_mm for s in plan.stations]
    np.testing.assert_allclose([s.width_mm for s in plan.stations], 8.0 + 2.0 * np.array(at), atol=1e-5)
    np.testing.assert_allclose([s.thickness_mm for s in plan.stations], 2.0 + np.array(at), atol=1e-5)


def test_an_aimed_screw_goes_to_its_target() -> None:
    target = [2.0, -3.0, 98.0]
    screw = planned(screw=[{"at_mm": 15.0, "target": target}, {"at_mm": 28.0}]).screws[0]
    way = np.subtract(screw.centre_lps_mm, target)
    assert np.linalg.norm(np.cross(way, screw.axis_lps)) < 0.01
    assert 2.0 < screw.lean_deg < 20.0


def test_a_hole_beside_the_path_and_an_oblong_one_widen_the_plate() -> None:
    plan = planned(screw=[{"at_mm": 6.0}, {"at_point": [-9.5, -9.5, 92.0]}, {"at_mm": 29.0, "kind": "oblong"}])
    beside = next(s for s in plan.screws if s.aside_mm)
    assert abs(beside.aside_mm) > 3.0 and len(plan.oblongs) == 1 and plan.oblongs[0].stretch_mm == 2.0
    mesh = built(plan)
    assert unmatched_edges(mesh.faces) == 0
    rest = mesh.vertices_lps_mm - np.array(beside.centre_lps_mm)
    aside = np.linalg.norm(rest - np.outer(rest @ np.array(beside.axis_lps), beside.axis_lps), axis=1)
    assert aside.min() == pytest.approx(beside.diameter_mm / 2, abs=0.01)


def test_a_plate_along_an_axis_lies_on_the_side_that_is_named() -> None:
    plan = planned(axis={"from": [0, -3, 80], "to": [0, -3, 115], "toward": [-1, 0, 0]})
    assert all(s.point_lps_mm[0] < -8.0 for s in plan.stations)


def test_a_plate_around_half_the_bone_does_not_come_off_and_it_is_said() -> None:
    plan = planned({"wrap_deg": 80.0, "screw_hold": "monocortical"}, path=[[-13, 0, 100], [0, -14, 100], [12, 0, 100]])
    assert not plan.comes_off
    assert any("does not come off" in note for note in plan.notes)
    assert unmatched_edges(built(plan).faces) == 0


@pytest.mark.parametrize(
    ("design", "more", "rule"),
    [
        ({}, {"path": [[0, 0, 900], [0, 0, 950]]}, "plan-misses-bone"),
        ({}, {"path": [[-40, -2, 80], [-12, -4, 115]]}, "plan-misses-bone"),
        ({}, {"path": [[-14, -2, 80], [-14, -2, 84]]}, "no-room"),
        ({}, {"path": [[-14, -2, 80], [-12, -4, 115], [-14, -2, 80]]}, "no-room"),
        ({"width_mm": 16.0, "wrap_deg": 30.0}, {}, "no-footing"),
        ({}, {"screw": [{"at_mm": 10.0, "target": [0, 20, 90]}]}, "screw-lean"),
        ({}, {"screw": [{"at_mm": 500.0}]}, "no-room"),
        ({}, {"screw": [{"at_mm": 10.0}, {"at_mm": 12.0}]}, "no-room"),
        ({}, {"screw": [{"at_mm": 17.0}, {"at_mm": 30.0}], "line": [PLANE]}, "no-room"),
        ({}, {"screw": [{"at_point": [60, 0, 97]}, {"at_mm": 30.0}]}, "plan-misses-bone"),
        ({}, {"line": [{**PLANE, "point": [900.0, 0.0, 97.0]}]}, "plan-misses-bone"),
        ({"hole_count": 6, "line_margin_mm": 20.0}, {"line": [PLANE]}, "no-room"),
        ({"text": "engraved"}, {"screw": [{"at_mm": m} for m in (3.0, 10.0, 17.0, 24.0, 31.0)]}, "design.text"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_carried_out_is_refused_by_name(design: Any, more: Any, rule: str) -> None:
    assert rule in refused(design, **more)


@pytest.mark.parametrize(
    ("at_mm", "other"), [((3.0, 10.0, 17.0, 24.0, 31.0), "design.text"), ((10.0, 12.0), "no-room")]
)
def test_too_little_footing_is_told_first_and_with_what_else_is_wrong(at_mm: tuple[float, ...], other: str) -> None:
    design = {"text": "engraved", "width_mm": 16.0, "wrap_deg": 30.0}
    rules = refused(design, screw=[{"at_mm": at} for at in at_mm])
    assert rules[0] == "no-footing" and set(rules[1:]) == {other}


def test_the_design_is_held_against_its_envelope_with_all_reasons_at_once() -> None:
    with pytest.raises(PrescriptionError) as caught:
        spec_of({"width_mm": 90.0, "head_diameter_mm": 2.6}, thickness_mm=[2.0, 9.0])
    rules = {reason.rule for reason in caught.value.reasons}
    assert {"design.width_mm", "design.head_diameter_mm", "plan.thickness_mm[2]"} <= rules


@pytest.mark.parametrize(
    "table",
    [{}, {"path": [[0, 0, 0]]}, {"path": PATH, "axis": {"from": [0, 0, 0], "to": [0, 0, 9]}}, {"path": [[0, 0, 0], [0, 0, 0.1]]},
     {"path": PATH, "width_mm": [7.0]}, {"path": PATH, "screw": [{}]}, {"path": PATH, "line": [{"point": [0, 0, 0]}]},
     {"path": [[9e9, 0, 0], [0, 0, 0]]}],
)  # fmt: skip
def test_a_table_that_tells_no_path_is_none(table: Any) -> None:
    with pytest.raises(ValidationError):
        PlatePlan.model_validate(table)


def trough(radius_mm: float) -> Anatomy:
    """A block of bone whose upper face is a gutter along y."""
    x, y = (v.ravel() for v in np.meshgrid(np.linspace(-10, 10, 29), np.linspace(-15, 15, 16), indexing="ij"))
    top = np.stack([x, y, np.square(x) / (2 * radius_mm)], axis=1)
    n = np.arange(28 * 15) // 15 * 16 + np.arange(28 * 15) % 15
    upper = np.concatenate([np.stack([n, n + 16, n + 1], axis=1), np.stack([n + 1, n + 16, n + 17], axis=1)])
    edges = np.concatenate([upper[:, [0, 1]], upper[:, [1, 2]], upper[:, [2, 0]]])
    back = {(int(a), int(b)) for a, b in edges}
    rim = np.array([e for e in back if e[::-1] not in back])
    count = len(top)
    sides = np.concatenate([np.stack([rim[:, 1], rim[:, 0], rim[:, 0] + count], axis=1),
                            np.stack([rim[:, 1], rim[:, 0] + count, rim[:, 1] + count], axis=1)])  # fmt: skip
    faces = np.concatenate([upper, upper[:, ::-1] + count, sides])
    bone_ = Mesh(np.concatenate([top, top * (1, 1, 0) - (0, 0, 20)]), faces)
    return Anatomy("bone", Laterality.UNPAIRED, {"host": bone_})


def test_a_recess_over_bone_that_rises_beside_it_leaves_its_floor() -> None:
    design = {
        "width_mm": 10.0,
        "head_diameter_mm": 7.0,
        "wrap_deg": 80.0,
        "screw_hold": "monocortical",
        "thickness_mm": 3.0,
    }
    deep = {}
    for radius in (10.0, 1000.0):
        spec = spec_of(design, path=[[0, -10, 0.0], [0, 10, 0.0]], screw=[{"at_mm": 5.0}, {"at_mm": 15.0}])
        deep[radius] = DEVICE.plan(trough(radius), spec, case="A-1").screws[0].recess_depth_mm
    assert deep[1000.0] == pytest.approx(2.0, abs=0.05)
    rise = 3.5**2 / 20.0  # beneath the rim of the head
    assert deep[10.0] < 2.0 - 0.6 * rise


def test_a_hole_in_a_cleft_whose_flanks_would_leave_a_feather_is_refused() -> None:
    design = {"wrap_deg": 80.0, "screw_hold": "monocortical", "thickness_mm": 4.0, "head_diameter_mm": 4.0}
    spec = spec_of(design, path=[[0, -10, 0.0], [0, 10, 0.0]], screw=[{"at_mm": 5.0}, {"at_mm": 15.0}])
    assert len(DEVICE.plan(trough(5.0), spec, case="A-1").screws) == 2
    with pytest.raises(PrescriptionError, match="feather"):
        DEVICE.plan(trough(2.0), spec, case="A-1")


# What is measured of a place, too little of it and enough, and what is said of too little.
LACKS = (
    ("over_rim_mm", 0.5, 9.0, "head or driver finds no room"),
    ("depth_mm", 2.505, 9.0, "less than 2.5 mm of bone lies beneath"),
)


def ground(design: Mapping[str, Any], **plan: Any) -> tuple[Mesh, Nearest, BonePlateSpec, Curve, tuple[Keep, ...]]:
    """What screws are planned on."""
    host, spec = bone().surfaces["host"], spec_of(design, **plan)
    near = nearby(host, spec)
    curve, _ = curve_of(host, near, spec)
    return host, near, spec, curve, planned_keeps(spec, curve)


def three_placed(monkeypatch: pytest.MonkeyPatch, what: str, *found_mm: float) -> tuple[list[float], list[str]]:
    """Where three holes come to lie, and what is said of them, as one thing or another is measured at one place after the other."""
    there, found = ground({"screw_hold": "monocortical"}), iter(found_mm)
    monkeypatch.setattr(screws, what, lambda *_, **__: next(found))
    placed, said = screws.placed_screws(*there, [5.0, 17.0, 29.0], [(5.0, 29.0)])
    return [s.at_mm for s in placed], said


@pytest.mark.parametrize(("what", "little", "enough", "_"), LACKS)
def test_a_hole_that_finds_too_little_head_room_or_bone_is_moved_a_little(
    monkeypatch: pytest.MonkeyPatch, what: str, little: float, enough: float, _: str
) -> None:
    at, said = three_placed(monkeypatch, what, enough, little, enough, enough)
    assert at == pytest.approx([5.0, 18.0, 29.0], abs=1e-4) and not said


@pytest.mark.parametrize(("what", "little", "enough", "why"), LACKS)
def test_a_hole_that_finds_too_little_nearby_is_left_out_and_the_cause_is_said(
    monkeypatch: pytest.MonkeyPatch, what: str, little: float, enough: float, why: str
) -> None:
    at, said = three_placed(monkeypatch, what, enough, *[little] * len(screws.NUDGES_MM), enough)
    assert at == pytest.approx([5.0, 29.0], abs=1e-4)
    assert said == [f"1 hole left out: at 17.0 mm along the path {why}"]


def test_screws_of_the_order_stay_over_thin_bone_and_holes_of_the_program_are_refused_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(screws, "depth_mm", lambda *_, **__: 2.4)
    there = ground({"screw_hold": "monocortical"}, screw=[{"at_mm": 12.0}, {"at_mm": 24.0}])
    assert [round(s.at_mm) for s in screws.planned_screws(*there)] == [12, 24]
    with pytest.raises(
        PrescriptionError, match=r"0 screws found room; 2 .* \(2 holes left out: at 12.0 and 24.0 mm .* less than"
    ):
        screws.placed_screws(*there, [12.0, 24.0], [(12.0, 12.0), (24.0, 24.0)])


def test_a_screw_that_stops_before_a_line_in_the_far_cortex_is_as_long_as_keeps_off_it_and_tells_that_line_alone() -> (
    None
):
    _, _, spec, _, keeps = there = ground({}, line=[PLANE, {"point": [6.0, 0.0, 97.0], "normal": [1.0, 0.0, 0.0]}])
    found, _ = screws.placed_screws(*there, [5.0, 29.0], [(5.0, 5.0), (29.0, 29.0)])
    for screw in found:
        longer = screw.model_copy(update={"length_mm": screw.length_mm + spec.screw_step_mm})
        assert screw.depth_mm + screw.beyond_mm > spec.screw_in_bone_mm
        assert too_near(screw, keeps) <= 0.0 < too_near(longer, keeps)
    (said,) = hold_notes(found, spec, keeps, None)
    assert said.startswith("screws 1, 2 are monocortical, in the near cortex alone, and ")
    assert said.endswith("mm long: a screw through the far one would come too near to line 2, and so would longer ones")


def test_a_screw_of_the_longest_length_that_meets_a_line_stops_before_it_and_tells_both() -> None:
    line = {"point": [0.0, 0.0, 97.0], "normal": [1.0, 0.0, 0.0], "margin_mm": 2.0}
    _, _, spec, _, keeps = there = ground({"screw_longest_mm": 14.0}, line=[line])
    found, _ = screws.placed_screws(*there, [5.0, 29.0], [(5.0, 5.0), (29.0, 29.0)])
    (said,) = hold_notes(found, spec, keeps, None)
    assert max(s.length_mm for s in found) < 14.0
    assert said.endswith("(14 mm) does not reach through the far one, and would come too near to line 1")


def test_screws_that_are_all_wanted_in_the_near_cortex_are_made_no_longer_and_no_shorter() -> None:
    found, _ = screws.placed_screws(*ground({"screw_hold": "monocortical"}), [5.0, 29.0], [(5.0, 5.0), (29.0, 29.0)])
    assert all(list(shorter(s, spec_of({"screw_hold": "monocortical"}))) == [] for s in found)
    lengths = [s.length_mm for s in shorter(found[0], spec_of())]
    assert lengths == sorted(lengths, reverse=True) and lengths[-1] == found[0].length_mm


def test_a_line_on_the_bone_far_from_the_path_is_taken_and_one_far_off_the_bone_is_refused() -> None:
    host = bone().surfaces["host"]
    end = host.vertices_lps_mm[int(np.argmax(np.linalg.norm(host.vertices_lps_mm - PATH[0], axis=1)))]
    spec = spec_of(
        line=[
            {"points": [end.tolist(), (end + np.array([140.0, 0.0, 0.0])).tolist()]},
            {**PLANE, "point": [900.0, 0.0, 97.0]},
        ]
    )
    assert np.linalg.norm(end - PATH[0]) > ELSEWHERE_MM
    (reason,) = far_lines(host, nearby(host, spec), spec)
    assert reason.rule == "plan-misses-bone" and reason.message.startswith("line 2 of the plan lies 8")
