"""Where a bone plate has room for letters and for a driver, and what of it belongs to which hole."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from anatofit.devices.bone_plate import DEVICE, build, lettering
from anatofit.devices.bone_plate.block import BESIDE_MM, EDGE_MM, Block
from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.driver import in_the_way
from anatofit.devices.bone_plate.face import Face, Fits, anywhere
from anatofit.devices.bone_plate.layout import BonePlatePlan, Station
from anatofit.devices.bone_plate.spacing import free_pieces
from anatofit.devices.bone_plate.spec import PlatePlan
from anatofit.devices.guide.letters import engraved, fitted, layouts
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone

BOX = np.array([[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2],
                [1, 3, 7], [1, 7, 5]])  # fmt: skip


def bent(*, arm_mm: float, other_mm: float, radius_mm: float, sign: float = 1.0) -> Curve:
    """Two straight arms and a quarter of a circle between them; the bone is outside of it, or inside (`sign` -1)."""
    turn_mm = radius_mm * np.pi / 2
    at = np.arange(0.0, arm_mm + turn_mm + other_mm + 1e-9, 0.5)
    angle = np.clip((at - arm_mm) / radius_mm, 0.0, np.pi / 2)
    along = np.stack([np.cos(angle), 0 * angle, -np.sin(angle)], axis=1)
    places = np.concatenate([np.zeros((1, 3)), np.cumsum(0.25 * (along[1:] + along[:-1]), axis=0)])
    out = sign * np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1)
    return Curve.of([
        Station(at_mm=s, point_lps_mm=tuple(p), normal_lps=tuple(n), width_mm=7.0, thickness_mm=2.5)
        for s, p, n in zip(at.tolist(), places.tolist(), out.tolist(), strict=True)
    ])  # fmt: skip


def texts(curve: Curve, *rooms_mm: float, fits: Fits = anywhere) -> list[Block]:
    """Letters that could do with stretches of the path without holes."""
    face = Face.of(curve, offset_mm=0.3)
    return [Block(face, ("A",), (room - 2 * BESIDE_MM, 3.5), fits) for room in rooms_mm]


def spec_of(design: dict[str, Any] | None = None, **plan: Any) -> Any:
    return DEVICE.spec(design or {}, surgery=PlatePlan.model_validate({"path": [[0, 0, 0], [60, 0, 0]], **plan}))


def hole(centre: Any, axis: Any, *, entry: Any, at_mm: float, head_mm: float = 4.5) -> Any:
    return SimpleNamespace(
        centre_lps_mm=centre, axis_lps=axis, along_lps=(1.0, 0.0, 0.0), entry_lps_mm=entry, at_mm=at_mm, aside_mm=0.0, stretch_mm=0.0,
        lean_deg=0.0, recess_diameter_mm=head_mm)  # fmt: skip


def box(low: Any, high: Any) -> Mesh:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    return Mesh(np.array(low) + corners * (np.array(high) - low), BOX)


def test_letters_stand_beside_a_bend_and_nowhere_where_no_arm_is_long_enough() -> None:
    face = Face.of(bent(arm_mm=30.0, other_mm=10.0, radius_mm=6.0), offset_mm=0.3)
    length = 40.0 + 3.0 * np.pi
    place = face.even(0.0, length, half_mm=8.0)
    assert place is not None and 15.0 < place <= 25.0
    short = Face.of(bent(arm_mm=12.0, other_mm=10.0, radius_mm=6.0), offset_mm=0.3)
    assert short.even(0.0, 22.0 + 3.0 * np.pi, half_mm=8.0) is None


def test_on_a_straight_plate_letters_stand_in_the_middle_of_their_stretch() -> None:
    face = Face.of(bent(arm_mm=60.0, other_mm=0.5, radius_mm=100.0), offset_mm=0.3)
    assert face.even(10.0, 50.0, half_mm=8.0) == pytest.approx(30.0)
    assert face.even(30.000001, 30.000001, half_mm=8.0) == pytest.approx(
        30.0
    )  # just as long as they are, between rounded holes


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_letters_end_on_the_path_where_the_outer_face_has_their_width(sign: float) -> None:
    """The face of a plate around a bone is longer than the path on it, that of one in a hollow shorter."""
    radius, half = 30.0, 6.0
    curve = bent(arm_mm=1.0, other_mm=1.0, radius_mm=radius, sign=sign)
    middle = 0.5 * round(curve.length_mm)
    reach = radius * np.arcsin(half / (radius + sign * 2.8))
    ends = Face.of(curve, offset_mm=0.3).ends_mm(middle, half_mm=half)
    assert ends == pytest.approx((middle - reach, middle + reach), abs=0.05)


def test_holes_leave_room_for_letters_where_the_plate_is_even() -> None:
    curve = bent(arm_mm=45.0, other_mm=25.0, radius_mm=6.0)
    kept = free_pieces(spec_of(), curve, (), texts=texts(curve, 24.0, 18.0))
    gap = max(((b[0] + a[1]) / 2, b[0] - a[1]) for a, b in pairwise(kept))
    assert gap[1] >= 18.0 + 4.5 and gap[0] + 9.0 < 47.0


def test_letters_that_would_leave_two_holes_of_many_leave_their_room_to_the_holes() -> None:
    curve = bent(arm_mm=30.0, other_mm=0.5, radius_mm=100.0)
    assert free_pieces(spec_of(), curve, (), texts=texts(curve, 80.0)) == free_pieces(spec_of(), curve, (), texts=[])


def test_holes_leave_room_for_letters_where_what_lies_across_the_plate_fits_them() -> None:
    """A ridge beneath the middle of the path bars the letters there, and a stretch that they do not fit is no room."""
    curve = bent(arm_mm=100.0, other_mm=0.5, radius_mm=1000.0)
    ridge = curve.length_mm / 2
    (text,) = texts(curve, 20.0, fits=lambda low, high: not low < ridge < high)
    (_, left), (right, _) = (pieces := free_pieces(spec_of(), curve, (), texts=[text]))[0], pieces[-1]
    stretch = left + 2.25, right - 2.25
    middle = text.within_mm(*stretch)
    assert middle is not None and stretch[1] - stretch[0] < 21.0 and not stretch[0] + 2 < ridge < stretch[1] - 2


def test_in_a_hollow_holes_leave_as_much_of_the_path_as_letters_need_there() -> None:
    """Its outer face is shorter than its path: letters of 16 mm take more of that."""
    curve = bent(arm_mm=1.0, other_mm=1.0, radius_mm=30.0, sign=-1.0)
    (text,) = texts(curve, 12.0 + 2 * BESIDE_MM)
    middle = 0.5 * round(curve.length_mm)
    reach = text.reach_mm(middle)
    assert reach > 6.0 + EDGE_MM + 0.5
    assert text.within_mm(middle - reach, middle + reach) == pytest.approx(middle)
    assert text.within_mm(middle - reach + 0.1, middle + reach - 0.1) is None


@pytest.mark.parametrize("long_mm", [47.0, 60.0, 80.0, 100.0])
def test_an_ordinary_plate_bears_its_case_number_and_its_side_or_says_that_it_has_no_room(long_mm: float) -> None:
    bone = Anatomy("bone", Laterality.LEFT, {"host": long_bone(Laterality.LEFT, rings=80, around=36)})
    spec = spec_of(path=[[-14, -2, 100.0], [-12, -4, 100.0 + long_mm]])
    plan: BonePlatePlan = DEVICE.plan(bone, spec, case="STUDY-4")
    told = any("the side (L) is not engraved" in note for note in plan.notes)
    assert told == (long_mm < 60.0) and len(plan.holes) >= 4
    assert plan.text is not None and plan.text.string == ("STUDY-4" if told else "STUDY-4 L")


def test_a_plate_s_side_goes_before_the_height_of_its_letters_and_their_lines() -> None:
    lines = [lines for lines, _ in lettering._sizes(spec_of(), "RD4-16", "L")]
    assert lines[:2] == [("RD4-16 L",), ("RD4-16", "L")]
    sided = [words[-1].split()[-1] == "L" for words in lines]
    broken = [n for n, words in enumerate(lines) if words[0] == "RD4-"]
    assert sided == sorted(sided, reverse=True) and not all(sided)
    assert min(broken) > max(n for n, words in enumerate(lines) if sided[n] and words[0].startswith("RD4-16"))


@pytest.mark.parametrize(("words", "side", "told"), [("A-1 L", "L", 0), ("A-1", "L", 1), ("A-1", "", 0)])
def test_a_plate_that_has_no_room_for_its_side_says_so(words: str, side: str, told: int) -> None:
    x, y = np.eye(3)[:2]
    text = engraved((words,), origin=np.zeros(3), right=x, up=y, height_mm=2.5, depth_mm=0.3)
    assert [said.startswith(f"the side ({side}) is not engraved") for said in lettering.unsided(text, side=side)] == [
        True
    ] * told


def test_a_case_number_is_broken_only_where_the_smallest_letters_do_not_take_it_whole() -> None:
    whole, broken = layouts(case="RD4-08", words="L 1")
    assert whole == [("RD4-08 L 1",), ("RD4-08", "L 1")] and broken == [("RD4-", "08", "L 1")]
    assert fitted(whole, room_mm=(16.0, 20.0), height_mm=3.5) == (("RD4-08", "L 1"), 3.0)
    assert next(layouts(case="RD4-08", words="")) == [("RD4-08",)]


def test_letters_keep_a_wall_to_the_side_and_to_the_bevel() -> None:
    assert lettering._room_across(spec_of(), 7.0, 2.5) == pytest.approx(7.0 - 2 * (0.3 * 2.5 + 0.8))
    assert lettering._room_across(spec_of({"bevel_share": 0.0}), 7.0, 2.5) == pytest.approx(5.0)


def test_a_driver_has_no_way_in_under_bone() -> None:
    curve = bent(arm_mm=60.0, other_mm=0.5, radius_mm=100.0)
    screw = hole((20.0, 0.0, 2.8), (0.0, 0.0, 1.0), entry=(20.0, 0.0, 0.0), at_mm=20.0)
    assert in_the_way(box((-5, -9, -20), (70, 9, 0)), curve, screw, offset_mm=0.3) == ""
    assert "bone stands over" in in_the_way(box((15, -9, 20), (30, 9, 25)), curve, screw, offset_mm=0.3)


@pytest.mark.parametrize(("radius_mm", "cuts"), [(6.0, True), (40.0, False)])
def test_a_driver_has_no_way_in_beside_a_plate_that_bends_up(radius_mm: float, cuts: bool) -> None:
    curve = bent(
        arm_mm=30.0, other_mm=20.0, radius_mm=radius_mm, sign=-1.0
    )  # turned over: bone on the bend's outer side
    place = curve.points(np.array([30.0]))[0]
    screw = hole(tuple(place - (0, 0, 2.8)), (0.0, 0.0, -1.0), entry=tuple(place), at_mm=30.0)
    said = in_the_way(box((-90, -9, 50), (90, 9, 60)), curve, screw, offset_mm=0.3)
    assert ("bends up" in said) == cuts


def test_a_hole_s_plate_is_not_where_its_axis_passes_another_part() -> None:
    curve = bent(arm_mm=60.0, other_mm=0.5, radius_mm=100.0)
    screw: Any = hole((20.0, 0.0, 2.8), (0.0, 0.0, 1.0), entry=(20.0, 0.0, 0.0), at_mm=20.0)
    found = build._reached(np.array([[20.0, 0.0, 2.8], [21.0, 0.0, 0.0], [20.0, 0.0, -50.0]]), curve, screw)
    np.testing.assert_allclose(found, [0.0, 1.0, 50.0], atol=1e-6)


def test_beneath_the_heads_of_a_thin_plate_more_is_left_than_the_least_wall_of_titanium() -> None:
    bone = Anatomy("bone", Laterality.LEFT, {"host": long_bone(Laterality.LEFT, rings=80, around=36)})
    design = {"thickness_mm": 1.5, "end_thickness_mm": 1.2, "runout_mm": 3.0, "text": "none", "head_diameter_mm": 3.5, "screw_diameter_mm": 1.5}  # fmt: skip
    for screw in DEVICE.plan(bone, spec_of(design, path=[[-14, -2, 100.0], [-12, -4, 140.0]]), case="T").holes:
        assert screw.recess_depth_mm > 0.3 and 1.5 - screw.recess_depth_mm > 0.85
