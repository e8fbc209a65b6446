"""The insole: its top is the foot with what was ordered, its body is sound, and what is wrong with a part is found."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from insoles import LONG_MM, asked, built, foot, measured, planned

from anatofit.app.settings import load_settings
from anatofit.devices.insole import DEVICE
from anatofit.devices.insole.bed import posting_mm
from anatofit.devices.insole.layout import InsolePlan
from anatofit.devices.insole.require import MEDIAN_MM, P99_MM
from anatofit.devices.insole.side import UNTOLD, told_by
from anatofit.errors import PrescriptionError
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.verify.insole_plan import frame_of

R, L = Laterality.RIGHT, Laterality.LEFT
PRINTER = load_settings().printers["filament-300"]
PLAIN: dict[str, Any] = {"text": "engraved", "rearfoot_post_deg": 4, "metatarsal_pad_mm": 5, "heel_lift_mm": 3}


@pytest.fixture(scope="module", params=[R, L], ids=["right", "left"])
def made(request: pytest.FixtureRequest) -> tuple[Laterality, InsolePlan, Mesh]:
    side = request.param
    plan = planned(foot(side), PLAIN)
    return side, plan, built(foot(side), plan)


def moved(part: Mesh, plan: InsolePlan, *, distal: float = 0.0, dorsal: float = 0.0) -> Mesh:
    axes = np.array(plan.frame.axes_lps)
    return Mesh(part.vertices_lps_mm + distal * axes[0] + dorsal * axes[2], part.faces)


def heights(part: Mesh, plan: InsolePlan, at: FloatArray) -> FloatArray:
    """(n,) of the top over the ground at places of the foot's frame, by the nearest corner of the top."""
    local = frame_of(plan.model_dump(mode="json")).local(part.vertices_lps_mm)
    top = local[local[:, 2] > plan.ground_mm + 0.3]
    return np.array([top[np.hypot(*(top[:, :2] - p).T).argmin(), 2] - plan.ground_mm for p in at])


def test_the_top_is_the_foot_with_what_was_ordered(made: tuple[Laterality, InsolePlan, Mesh]) -> None:
    side, plan, part = made
    assert measured("insole_top_median", part, foot(side), plan).value < MEDIAN_MM / 5
    assert measured("insole_top_p99", part, foot(side), plan).value < P99_MM


def test_the_body_is_closed_manifold_and_one_piece(made: tuple[Laterality, InsolePlan, Mesh]) -> None:
    side, plan, part = made
    assert measured("closed_manifold", part, foot(side), plan).value == 0
    assert measured("components", part, foot(side), plan).value == 1
    assert measured("self_intersection", part, foot(side), plan).value == 0


def test_its_own_shape_tells_which_foot_it_is_for(made: tuple[Laterality, InsolePlan, Mesh]) -> None:
    side, plan, part = made
    assert measured("insole_side", part, foot(side), plan, laterality=str(side)).value > 5
    turned_over = Mesh(part.vertices_lps_mm * [-1.0, 1.0, 1.0], part.faces[:, ::-1])
    assert measured("insole_side", turned_over, foot(side), plan, laterality=str(side)).value < -5


def test_case_and_side_are_engraved_as_deep_as_ordered(made: tuple[Laterality, InsolePlan, Mesh]) -> None:
    side, plan, part = made
    assert plan.texts[0].string == f"A-1 {'RIGHT' if side is R else 'LEFT'}"
    assert measured("engravings", part, foot(side), plan).value == pytest.approx(0.6, abs=0.02)


def test_the_same_plan_gives_the_same_bytes(made: tuple[Laterality, InsolePlan, Mesh]) -> None:
    side, plan, part = made
    again = built(foot(side), DEVICE.read_plan(plan.model_dump(mode="json")))
    assert again.vertices_lps_mm.tobytes() == part.vertices_lps_mm.tobytes()
    assert again.faces.tobytes() == part.faces.tobytes()


def test_a_top_that_is_off_by_a_little_is_found(made: tuple[Laterality, InsolePlan, Mesh]) -> None:
    side, plan, part = made
    assert measured("insole_top_median", moved(part, plan, dorsal=0.1), foot(side), plan).value > 0.05
    assert measured("insole_top_p99", moved(part, plan, distal=1.0), foot(side), plan).value > 0.2


def test_a_hole_in_the_sole_is_found_over_the_part(made: tuple[Laterality, InsolePlan, Mesh]) -> None:
    side, plan, part = made
    assert measured("insole_sole_holes", part, foot(side), plan).value == 0
    sole = foot(side).surfaces["sole"]
    off = np.linalg.norm(sole.triangles_lps_mm.mean(axis=1) - foot(side).landmarks["heel"], axis=1)
    holed = replace(
        foot(side), surfaces={**foot(side).surfaces, "sole": Mesh(sole.vertices_lps_mm, sole.faces[off > 8.0])}
    )
    assert 12.0 < measured("insole_sole_holes", part, holed, plan).value < 20.0


def test_it_is_nowhere_thinner_than_ordered(made: tuple[Laterality, InsolePlan, Mesh]) -> None:
    side, plan, part = made
    found = measured("insole_thickness", part, foot(side), plan, region="bed").value
    assert plan.thickness_mm - 0.1 < found < plan.thickness_mm + 1.5


def test_posting_tilts_the_heel_by_so_many_degrees_to_the_medial_side() -> None:
    flat = {"heel_cup_mm": 0, "arch_height_mm": 0, "lateral_wall_mm": 0, "forefoot_depth_mm": 0}
    plan = planned(foot(R), {**flat, "rearfoot_post_deg": 4})
    places = np.array([[20.0, -10.0], [20.0, 10.0]])
    rise = np.diff(heights(built(foot(R), plan), plan, places))[0]
    assert np.degrees(np.arctan2(rise, 20.0)) == pytest.approx(4.0, abs=0.3)


@pytest.mark.parametrize("length, share", [("three-quarter", 0.68), ("sulcus", 0.80), ("full", 1.035)])
def test_it_ends_where_its_length_says(length: str, share: float) -> None:
    plan = planned(foot(R), {"length": length})
    assert max(x for x, _ in plan.outline_mm) / LONG_MM == pytest.approx(share, abs=0.03)


def test_a_shorter_one_thins_out_and_is_as_sound() -> None:
    plan = planned(foot(R), {"length": "three-quarter"})
    part = built(foot(R), plan)
    assert measured("insole_top_p99", part, foot(R), plan).value < P99_MM
    assert measured("closed_manifold", part, foot(R), plan).value == 0
    assert (
        plan.floor_mm - 0.1 < measured("insole_thickness", part, foot(R), plan, region="all").value < plan.thickness_mm
    )


@pytest.mark.parametrize("side", [R, L], ids=["right", "left"])
def test_a_posted_heel_turns_about_its_own_border_and_is_not_lifted_there(side: Laterality) -> None:
    level, plan = planned(foot(side), {}), planned(foot(side), {"rearfoot_post_deg": 8})
    x, sign = plan.borders[0].x_mm, plan.frame.medial_sign
    border, middle = plan.borders[0].lateral_mm, (plan.borders[0].lateral_mm + plan.borders[0].medial_mm) / 2
    outline = np.array(plan.outline_mm)
    assert border > (sign * outline[:, 1]).min() + 4.0
    more = posting_mm(np.full(2, x), sign * np.array([border, middle]), plan)
    assert more == pytest.approx([0.0, plan.posted_mm[0]]) and plan.posted_mm[1] == 0.0
    assert plan.heel_mm == pytest.approx(level.heel_mm + plan.posted_mm[0])
    assert (
        f"raises its middle by {plan.posted_mm[0]:.1f} mm" in dict(DEVICE.told(plan.model_dump(mode="json")))["Posting"]
    )


def test_where_neither_arch_nor_front_end_tells_the_side_the_plan_says_that_it_is_not_proved() -> None:
    spec = asked({"text": "none", "rearfoot_post_deg": -8})
    plan = DEVICE.plan(foot(L), spec, case="A-1")
    assert told_by(plan) == "front" and UNTOLD not in plan.notes
    even = plan.model_copy(
        update={"outline_mm": tuple((x, y) for x in (0.0, 170.0) for y in (-30.0, -20.0, -15.0, 15.0, 20.0, 30.0))}
    )
    assert told_by(even) is None
    wanted = DEVICE.requirements(spec, even, material=load_settings().materials["TPU-85A"], printer=PRINTER)
    assert not any(r.id.startswith("IN-SIDE") for r in wanted)


def test_the_front_end_of_a_part_tells_its_side_and_that_of_its_mirror_image(
    made: tuple[Laterality, InsolePlan, Mesh],
) -> None:
    side, plan, part = made
    mirrored = Mesh(part.vertices_lps_mm * [-1.0, 1.0, 1.0], part.faces[:, ::-1])
    assert measured("insole_front", part, foot(side), plan, laterality=str(side)).value > 6
    assert measured("insole_front", mirrored, foot(side), plan, laterality=str(side)).value < -6


def test_the_side_of_a_shorter_one_is_asked_where_its_arch_stands_and_not_where_posting_hides_it() -> None:
    ids = {}
    for post in (0, -8):
        spec = asked({"text": "none", "length": "three-quarter", "rearfoot_post_deg": post})
        plan = DEVICE.plan(foot(L), spec, case="A-1")
        wanted = DEVICE.requirements(spec, plan, material=load_settings().materials["TPU-85A"], printer=PRINTER)
        ids[post] = {r.id: r for r in wanted}
    assert "IN-SIDE-1" not in ids[-8] and "IN-SIDE-2" in ids[-8]
    plan = planned(foot(L), {"length": "three-quarter"})
    assert measured("insole_side", built(foot(L), plan), foot(L), plan, **ids[0]["IN-SIDE-1"].parameters).value > 3


def test_a_pocket_is_as_deep_as_asked_and_counts_from_a_landmark() -> None:
    element = {"at": "first_metatarsal_head", "length_mm": 20, "width_mm": 16, "height_mm": -1.2}
    without, plan = planned(foot(R), {}), planned(foot(R), {}, [element])
    at = np.array([plan.raised[0].at_mm])
    deep = heights(built(foot(R), without), without, at) - heights(built(foot(R), plan), plan, at)
    assert deep[0] == pytest.approx(1.2, abs=0.05)


def test_the_left_plan_mirrors_the_right_one() -> None:
    right, left = planned(foot(R), {"arch_raise_mm": -2}), planned(foot(L), {"arch_raise_mm": -2})
    (a,), (b,) = right.raised, left.raised
    assert a.at_mm[1] == pytest.approx(-b.at_mm[1], abs=3.0)
    assert (right.frame.medial_sign, left.frame.medial_sign) == (1, -1)


def test_the_slope_of_the_top_stays_within_what_was_ordered(made: tuple[Laterality, InsolePlan, Mesh]) -> None:
    side, plan, part = made
    assert 50.0 < measured("insole_slope", part, foot(side), plan).value < plan.bed.steepest_deg + 3.0 + 4.0


def test_what_of_the_sole_bears_lies_over_it(made: tuple[Laterality, InsolePlan, Mesh]) -> None:
    side, plan, part = made
    assert measured("insole_cover", part, foot(side), plan).value == 100.0
    assert measured("insole_cover", moved(part, plan, distal=30.0), foot(side), plan).value < 90.0


def test_an_insole_that_is_longer_than_the_shoe_has_no_room(made: tuple[Laterality, InsolePlan, Mesh]) -> None:
    side, plan, part = made
    assert measured("insole_room", part, foot(side), plan, along="length", shoe_mm=190.0).value > 0
    assert measured("insole_room", part, foot(side), plan, along="width", shoe_mm=50.0).value < 0


@pytest.mark.parametrize(
    "design, elements, said",
    [
        ({"floor_mm": 3.0, "thickness_mm": 2.5}, [], "floor_mm"),
        ({"thickness_mm": 2.0, "text": "engraved"}, [], "text_depth_mm"),
        ({}, [{"at": "heel", "length_mm": 20, "width_mm": 20, "height_mm": -4}], "shallower"),
        ({}, [{"at": "heel", "length_mm": 200, "width_mm": 20, "height_mm": 2}], "120 mm"),
        ({"heel_cup_mm": 60}, [], "25 mm"),
    ],
)
def test_a_design_that_contradicts_itself_is_refused(design: dict[str, Any], elements: list[Any], said: str) -> None:
    with pytest.raises(PrescriptionError, match=said):
        asked({"text": "none", **design}, elements)


def test_an_element_beside_the_insole_has_no_room() -> None:
    element = {"x_mm": 80, "medial_mm": 70, "length_mm": 20, "width_mm": 20, "height_mm": 2}
    with pytest.raises(PrescriptionError, match="no room"):
        planned(foot(R), {}, [element])


def test_an_arch_that_is_filled_by_more_than_there_is_has_no_room() -> None:
    with pytest.raises(PrescriptionError, match="arch_raise_mm"):
        planned(foot(R), {"arch_raise_mm": -8, "arch_height_mm": 2})


def test_a_cup_higher_than_the_foot_carries_is_said() -> None:
    assert any("heel cup" in note for note in planned(foot(R), {"heel_cup_mm": 25}).notes)
