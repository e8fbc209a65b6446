"""The drill guide on a computed bone: where its sleeves stand, what they keep away from, and what it refuses by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from anatofit.app.wording import reasons_of
from anatofit.devices.drill_guide import DEVICE
from anatofit.devices.drill_guide.advice import ADVICE
from anatofit.devices.drill_guide.fixation import _on_one_pad
from anatofit.devices.drill_guide.layout import DrillGuidePlan
from anatofit.devices.drill_guide.spec import DrillGuideSpec, DrillPlan
from anatofit.devices.guide.layout import Pad
from anatofit.errors import PrescriptionError
from anatofit.geometry.bridge import mesh_of
from anatofit.geometry.canonical import unmatched_edges
from anatofit.geometry.closest import NearSurface
from anatofit.geometry.pierce import pierced
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.make import Material, Printer
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone

# A small guide, so that it is built in a second.
SMALL = {
    "foot_reach_mm": 9.0,
    "sleeve_mm": 16.0,
    "pin_count": 0,
    "window_mm": 0.0,
    "plate_mm": 14.0,
    "text_height_mm": 3.0,
}
ONE = {"entry": [-14.0, -5.0, 150.0], "target": [4.0, -3.0, 150.0], "diameter_mm": 3.2}
OTHER = {"entry": [-14.0, -5.0, 172.0], "target": [4.0, -3.0, 168.0], "diameter_mm": 2.5, "mark": "LOW"}
MEDIAL = [-1.0, -0.1, 0.0]


@cache
def bone() -> Anatomy:
    return Anatomy("bone", Laterality.LEFT, {"host": long_bone(Laterality.LEFT, rings=80, around=36)})


def spec_of(*axes: Mapping[str, Any], design: Mapping[str, Any] | None = None, **plan: Any) -> DrillGuideSpec:
    surgery = DrillPlan.model_validate({"trajectory": list(axes), **plan})
    return DEVICE.spec({**SMALL, **(design or {})}, surgery=surgery)


def planned(*axes: Mapping[str, Any], anatomy: Anatomy | None = None, **more: Any) -> DrillGuidePlan:
    plan: DrillGuidePlan = DEVICE.plan(anatomy or bone(), spec_of(*axes, **more), case="A-1")
    return plan


def built(plan: DrillGuidePlan, anatomy: Anatomy | None = None) -> Mesh:
    (part,) = DEVICE.build(anatomy or bone(), plan)
    return part.mesh


def box(low: list[float], high: list[float]) -> Mesh:
    """A closed block between two corners."""
    c = np.array([[(low, high)[i >> n & 1][n] for n in range(3)] for i in range(8)], dtype=np.float64)
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return Mesh(c, np.array([t for a, b, d, e in quads for t in ((a, b, d), (a, d, e))]))


@pytest.fixture(scope="module")
def plan() -> DrillGuidePlan:
    return planned(ONE, OTHER, approach=MEDIAL)


@pytest.fixture(scope="module")
def guide(plan: DrillGuidePlan) -> Mesh:
    return built(plan)


def test_the_guide_is_one_closed_body_that_the_same_plan_builds_again(guide: Mesh, plan: DrillGuidePlan) -> None:
    assert unmatched_edges(guide.faces) == 0
    again = built(DEVICE.read_plan(plan.model_dump(mode="json")))
    assert np.array_equal(again.vertices_lps_mm, guide.vertices_lps_mm) and np.array_equal(again.faces, guide.faces)


def test_the_guide_keeps_its_offset_from_the_bone(guide: Mesh) -> None:
    away = NearSurface(bone().surfaces["host"], spacing_mm=0.5).distance_mm(guide.vertices_lps_mm, reach_mm=3.0)
    assert away.min() > 0.2
    assert np.median(away[away < 0.5]) == pytest.approx(0.3, abs=0.02)


def test_a_sleeve_stands_around_its_planned_axis_as_high_as_ordered(guide: Mesh, plan: DrillGuidePlan) -> None:
    for sleeve, axis in zip(plan.sleeves, (ONE, OTHER), strict=True):
        way = np.array(axis["entry"]) - np.array(axis["target"])
        np.testing.assert_allclose(sleeve.axis_lps, way / np.linalg.norm(way), atol=1e-6)
        rest = guide.vertices_lps_mm - np.array(sleeve.entry_lps_mm)
        along = rest @ np.array(sleeve.axis_lps)
        off = np.linalg.norm(rest - np.outer(along, sleeve.axis_lps), axis=1)
        wall = np.abs(off - sleeve.diameter_mm / 2) < 0.05
        assert off.min() > sleeve.diameter_mm / 2 - 0.01 and wall.sum() > 100
        assert along[off < sleeve.outer_diameter_mm / 2].max() == pytest.approx(16.0, abs=0.02)


def test_the_plan_tells_how_deep_and_where_a_collar_stops(plan: DrillGuidePlan) -> None:
    first = plan.sleeves[0]
    at, _ = pierced(
        bone().surfaces["host"], np.array(first.entry_lps_mm) + np.array(first.axis_lps), -np.array(first.axis_lps)
    )
    assert first.depth_mm == pytest.approx(at.max() - 1.0, abs=1e-3)
    assert first.stop_mm == pytest.approx(first.top_mm + first.target_mm, abs=1e-5)
    assert first.bone_mm == pytest.approx(first.target_mm, abs=1e-5)


def test_a_drill_with_a_collar_sets_the_height_of_its_sleeve() -> None:
    (sleeve,) = planned({**ONE, "drill_mm": 32.0}, approach=MEDIAL).sleeves
    assert sleeve.stop_mm == pytest.approx(32.0, abs=1e-5)


def test_a_metal_insert_makes_the_bore_and_the_drill_keeps_its_own_diameter() -> None:
    (sleeve,) = planned({**ONE, "insert_mm": 5.0}, approach=MEDIAL).sleeves
    assert (sleeve.diameter_mm, sleeve.drill_mm, sleeve.insert_mm) == (5.05, 3.2, 5.0)


def test_the_letters_tell_case_side_and_trajectories(plan: DrillGuidePlan) -> None:
    said = " ".join(text.string for text in plan.texts)
    assert {"A-1", "L", "1", "LOW"} <= set(said.split())


def test_two_sleeves_keep_the_ordered_wall_between_their_channels() -> None:
    near = {**ONE, "entry": [-14.0, -5.0, 155.5], "target": [4.0, -3.0, 155.5]}  # 2.1 mm between channels of 3.4 mm
    thin = {"sleeve_wall_mm": 2.0, "text": "none"}
    assert len(planned(ONE, near, approach=MEDIAL, design=thin).sleeves) == 2
    with pytest.raises(PrescriptionError, match=r"2\.1 mm would be left; 2\.5 mm .* lower sleeve_wall_mm"):
        planned(ONE, near, approach=MEDIAL, design={"text": "none"})


def test_a_base_ordered_wider_than_the_bone_ends_where_the_bone_does() -> None:
    wide = planned(ONE, approach=MEDIAL, design={"foot_reach_mm": 30.0, "text": "none", "pin_count": 0})
    assert 250.0 < wide.footing_mm2 < 0.5 * 60.0**2


def test_the_way_in_is_chosen_near_the_axes_and_said() -> None:
    chosen = planned(ONE, OTHER | {"mark": None}, design={"text": "none"})
    assert chosen.approach_from == "search" and any("was chosen by the program" in note for note in chosen.notes)
    assert max(sleeve.lean_deg for sleeve in chosen.sleeves) <= 35.0
    assert chosen.plates == () and chosen.texts == ()


def between_cliffs(low: float, high: float, *, turned_deg: float = 0.0) -> tuple[list[dict[str, Any]], Anatomy]:
    """Two axes on a block with a trench, or a wall, between them, turned about the axes."""
    from manifold3d import Manifold

    wall = Manifold.cube((8.0, 40.0, high - low)).translate((-4.0, -20.0, low))
    block = Manifold.cube((60.0, 24.0, 20.0)).translate((-30.0, -12.0, -20.0))
    host = mesh_of((block - wall if low < -2.0 else block + wall).rotate((0.0, 0.0, turned_deg)))
    c, s = np.cos(np.deg2rad(turned_deg)), np.sin(np.deg2rad(turned_deg))
    axes = [{"entry": [x * c, x * s, 0.0], "target": [x * c, x * s, -15.0], "diameter_mm": 3.2} for x in (-18.0, 18.0)]
    return axes, Anatomy("bone", Laterality.UNPAIRED, {"host": host})


@pytest.mark.parametrize(("between", "bars"), [((-15.0, 1.0), 1), ((-1.0, 12.0), 2)])
def test_where_the_base_finds_no_ground_a_bar_or_a_gable_joins_the_sleeves(
    between: tuple[float, float], bars: int
) -> None:
    axes, anatomy = between_cliffs(*between)
    found = planned(*axes, approach=[0, 0, 1], anatomy=anatomy, design={"text": "none", "steepest_deg": 50.0})
    assert len(found.beams) == bars and found.bridges == ()
    guide = built(found, anatomy)
    assert unmatched_edges(guide.faces) == 0
    assert np.ptp(guide.vertices_lps_mm[:, 0]) > 50.0


def test_letters_stand_clear_of_the_bar_that_leaves_their_sleeve() -> None:
    axes, anatomy = between_cliffs(-15.0, 1.0, turned_deg=-60.0)
    found = planned(*axes, approach=[0, 0, 1], anatomy=anatomy, design={"steepest_deg": 50.0})
    (beam,), (text, *_) = found.beams, found.texts
    start, end = np.array(beam.start_lps_mm), np.array(beam.end_lps_mm)
    right, up = np.array(text.right_lps), np.array(text.up_lps)
    spread = [np.linspace(-size / 2, size / 2, 20) for size in (text.width_mm, text.block_height_mm)]
    across, above = (v.ravel() for v in np.meshgrid(*spread))
    letters = np.array(text.origin_lps_mm) + np.outer(across, right) + np.outer(above, up)
    along = (end - start) / np.linalg.norm(end - start)
    rest = letters - (start + end) / 2
    off = np.abs(np.stack([rest @ along, rest @ np.cross([0.0, 0.0, 1.0], along), rest @ [0.0, 0.0, 1.0]], axis=1))
    half = [float(np.linalg.norm(end - start)) / 2, beam.half_width_mm, beam.thickness_mm / 2]
    assert (
        float(np.linalg.norm(np.maximum(off - half, 0.0), axis=1).min()) > 1.5
    )  # half the fillet, and half a millimetre


def test_a_sleeve_that_stands_up_beside_the_collar_of_another_is_refused_before_it_is_cut_away() -> None:
    near = {**ONE, "entry": [-14.0, -5.0, 158.0], "target": [4.0, -3.0, 158.0]}
    design = {"text": "none"}
    assert len(planned(ONE, near, approach=MEDIAL, design=design).sleeves) == 2
    with pytest.raises(PrescriptionError, match=r"no-room.*trajectory 2 stands 3\.. mm up beside .* trajectory 1"):
        planned(ONE, {**near, "sleeve_mm": 20.0}, approach=MEDIAL, design=design)


def test_distance_and_lean_to_what_is_kept_out_of_are_those_of_plain_geometry() -> None:
    # a ball of 2 mm, 10 mm below the entry and 8 mm beside the axis of a drill of 3.2 mm
    (bare,) = planned(ONE, approach=MEDIAL).sleeves
    assert bare.keep_out_mm is None and bare.breach_deg is None
    ball = np.array(bare.entry_lps_mm) - 10.0 * np.array(bare.axis_lps) + [0.0, 0.0, 8.0]
    (sleeve,) = planned(ONE, approach=MEDIAL, keep_out=[{"point": ball.tolist(), "radius_mm": 2.0}]).sleeves
    assert sleeve.keep_out_mm == pytest.approx(8.0 - 2.0 - 1.6, abs=1e-3)
    expected = np.rad2deg(np.arctan2(8.0, 10.0) - np.arcsin(3.6 / np.hypot(8.0, 10.0)))
    assert sleeve.breach_deg == pytest.approx(expected, abs=0.01)


def test_a_ball_in_another_frame_guards_nothing_and_is_refused_and_one_aside_is_told() -> None:
    (bare,) = planned(ONE, approach=MEDIAL).sleeves
    balls = [{"point": [x + far for x in bare.entry_lps_mm], "radius_mm": 2.0} for far in (5.0, 60.0, 500.0)]
    with pytest.raises(
        PrescriptionError, match=r"plan-misses-bone: ball 3 .*lies 8[56]\d mm from the nearest trajectory"
    ):
        planned(ONE, approach=MEDIAL, keep_out=balls)
    notes = planned(ONE, approach=MEDIAL, keep_out=balls[:2]).notes
    assert [n.split(" that")[0] for n in notes if "ball" in n] == ["ball 2"]


def test_a_surface_that_is_kept_out_of_is_measured_from_the_whole_drilled_hole() -> None:
    kept = box([-30.0, -30.0, 155.0], [30.0, 30.0, 160.0])
    anatomy = Anatomy("bone", Laterality.LEFT, {**bone().surfaces, "keep_out": kept})
    found = planned(ONE, approach=MEDIAL, anatomy=anatomy)
    assert found.sleeves[0].keep_out_mm == pytest.approx(5.0 - 1.6, abs=0.01)


def test_a_drill_that_would_be_led_too_near_to_what_is_kept_out_of_is_refused_with_distance_and_place() -> None:
    kept = box([-3.0, -30.0, 140.0], [0.0, 30.0, 160.0])
    with pytest.raises(
        PrescriptionError, match=r"keep-out.*trajectory 1 reaches 3.1 mm into what is kept out of, 10 mm beneath"
    ):
        planned(ONE, approach=MEDIAL, anatomy=Anatomy("bone", Laterality.LEFT, {**bone().surfaces, "keep_out": kept}))
    entry, axis = (np.array(getattr(planned(ONE, approach=MEDIAL).sleeves[0], k)) for k in ("entry_lps_mm", "axis_lps"))
    ball = {"point": (entry - 10.0 * axis + [0.0, 0.0, 4.6]).tolist(), "radius_mm": 1.0}
    with pytest.raises(PrescriptionError, match=r"passes 2\.0 mm from .*10 mm beneath its entry.*3 mm at least"):
        planned(ONE, approach=MEDIAL, keep_out=[ball], design={"keep_out_mm": 3.0})
    (sleeve,) = planned(ONE, approach=MEDIAL, keep_out=[ball], design={"keep_out_mm": 1.9}).sleeves
    assert sleeve.keep_out_mm == pytest.approx(2.0, abs=1e-3)
    loose = {"keep_out_mm": 0.0, "drill_clearance_mm": 0.5, "sleeve_mm": 8.0, "text": "none"}
    near = {**ball, "radius_mm": 2.95}
    with pytest.raises(PrescriptionError, match=r"lean of 0\..*its sleeve lets the drill lean by [34]\."):
        planned(ONE, approach=MEDIAL, keep_out=[near], design=loose)


@pytest.mark.parametrize(
    ("axes", "more", "rule"),
    [
        ([{**ONE, "entry": [-90.0, 0.0, 150.0], "target": [-60.0, 0.0, 150.0]}], {}, "plan-misses-bone"),
        ([{**ONE, "target": [40.0, 1.0, 150.0]}], {"approach": MEDIAL}, "plan.trajectory[1].target"),
        ([ONE], {"approach": [0.0, 1.0, 0.0]}, "approach"),
        ([ONE, {**ONE, "entry": [14.0, 0.0, 172.0], "target": [0.0, 0.0, 172.0]}], {}, "approach"),
        ([ONE, {**ONE, "entry": [-14.0, -5.0, 154.0]}], {"approach": MEDIAL}, "no-room"),
        ([{**ONE, "entry": [-15.0, -3.0, 245.0], "target": [-9.0, -3.0, 226.0]}], {}, "way-blocked"),
        ([ONE], {"approach": MEDIAL, "design": {"plate_mm": 6.0, "sleeve_mm": 8.0}}, "design.text"),
        ([ONE], {"approach": MEDIAL, "pin": [{"entry": [90, 0, 150], "target": [120, 0, 150]}]}, "plan-misses-bone"),
        ([ONE], {"approach": MEDIAL, "design": {"pin_count": 2, "foot_reach_mm": 8.0}}, "no-room"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_carried_out_is_refused_by_name(axes: Any, more: Any, rule: str) -> None:
    with pytest.raises(PrescriptionError) as caught:
        planned(*axes, **more)
    assert rule in [reason.rule for reason in caught.value.reasons]


def test_a_tip_past_the_far_cortex_is_told_where_a_screw_needs_it_or_the_order_means_it() -> None:
    (sleeve,) = planned(ONE, approach=MEDIAL).sleeves
    past = {mm: ONE | {"target": [round(-14.0 + (sleeve.depth_mm or 0.0) + mm, 3), -5.0, 150.0]} for mm in (3.0, 60.0)}
    for axis in (past[3.0], past[60.0] | {"beyond_mm": 80.0}):
        assert any("beyond the far cortex" in said for said in planned(axis, approach=MEDIAL).notes)


def test_an_entry_that_is_refused_has_one_reason_and_a_list_without_entries_another() -> None:
    for axes, rule in (
        ([{**ONE, "diameter_mm": float("nan")}], "plan.trajectory[1].diameter_mm"),
        ([], "plan.trajectory"),
    ):
        with pytest.raises(ValidationError) as caught:
            DrillPlan.model_validate({"trajectory": axes})
        assert [r.rule for r in reasons_of(caught.value, known={}, below=("plan",))] == [rule]


def test_the_design_is_held_against_its_envelope_with_all_reasons_at_once() -> None:
    axes = [
        {**ONE, "sleeve_mm": 90.0},
        {**ONE, "drill_mm": 10.0},
        {**ONE, "insert_mm": 3.3},
        {**ONE, "target": ONE["entry"]},
    ]
    with pytest.raises(PrescriptionError) as caught:
        spec_of(*axes, design={"foot_reach_mm": 99.0, "text_depth_mm": 0.9, "pin_wall_mm": 1.2})
    rules = {reason.rule for reason in caught.value.reasons}
    assert {
        "design.foot_reach_mm",
        "design.text_depth_mm",
        "design.pin_wall_mm",
        "plan.trajectory[1].sleeve_mm",
    } <= rules
    assert {"plan.trajectory[2].drill_mm", "plan.trajectory[3].insert_mm", "plan.trajectory[4]"} <= rules


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"point": [0, 0, 0]},
        {"surface": "c.stl", "point": [0, 0, 0], "radius_mm": 2},
        {"radius_mm": 2},
        {"surface": ""},
    ],
)
def test_what_is_kept_out_of_is_a_surface_or_a_ball(kept: Any) -> None:
    with pytest.raises(ValidationError):
        DrillPlan.model_validate({"trajectory": [ONE], "keep_out": [kept]})


def test_the_name_of_a_file_is_told_to_nobody_but_the_reader_of_the_file() -> None:
    spec = spec_of(ONE, keep_out=[{"surface": "somebody.stl"}])
    assert DEVICE.keep_out(spec) == ["somebody.stl"] and "somebody" not in spec.model_dump_json()


def test_every_requirement_has_advice_and_what_is_not_there_is_not_required(plan: DrillGuidePlan) -> None:
    printer = Printer(name="P", build_volume_mm=(200.0, 200.0, 200.0), source="a test")
    material = Material(name="M", density_g_cm3=1.0, smallest_wall_mm=0.8, smallest_hole_mm=0.5, source="a test")
    found = DEVICE.requirements(spec_of(ONE, OTHER), plan, material=material, printer=printer)
    assert {r.id for r in found} <= set(ADVICE) and all(r.advice for r in found)
    assert not any(r.id.startswith(("DG-SAFE", "DG-PIN")) for r in found)


def test_pins_that_hold_one_pad_of_two_alone_are_told() -> None:
    seat = planned(ONE).seat
    pads = tuple(Pad(centre_mm=(x, 0.0), half_mm=(8.0, 8.0), radius_mm=2.0) for x in (-30.0, 30.0))
    (sleeve,) = planned(ONE).sleeves
    there = [
        sleeve.model_copy(update={"entry_lps_mm": tuple(seat.to_lps(np.array([x, 0.0, 5.0])))})
        for x in (25.0, 36.0, -25.0)
    ]
    assert _on_one_pad(there[:2], seat, pads) == [
        "all pins stand beside trajectory 2: see whether they hold the guide at the others"
    ]
    assert _on_one_pad(there, seat, pads) == [] and _on_one_pad(there[:2], seat, pads[1:]) == []


def test_a_trajectory_told_backwards_is_asked_about() -> None:
    backwards = {**OTHER, "entry": OTHER["target"], "target": OTHER["entry"]}
    with pytest.raises(PrescriptionError, match=r"trajectory 2 lies 9 mm deep in the bone.*exchanged"):
        planned(ONE, backwards)
    from_beyond = {**OTHER, "entry": [13.0, -2.0, 166.0], "target": [-8.0, -4.3, 170.7]}
    with pytest.raises(PrescriptionError, match=r"Trajectories 1 and 2 point against each other.*exchanged"):
        planned(ONE, from_beyond)
