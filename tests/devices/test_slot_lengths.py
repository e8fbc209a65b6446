"""A slot is as long as the bone asks where the order leaves it open, and its base as wide; pins of the order keep off it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.across import Across, across_cuts, least_free
from anatofit.devices.cutting_guide.fixation import comes_through, in_slots
from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.cutting_guide.lengths import LED, with_lengths
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, CuttingPlan, WedgeCut
from anatofit.devices.guide.layout import Sleeve, Window
from anatofit.devices.guide.place import Room
from anatofit.errors import PrescriptionError
from anatofit.model.mesh import Mesh
from tests.verify.shapes import box

OUT = np.array([1.0, 0.0, 0.0])


def spec(design: dict[str, float] | None = None, **cut: Any) -> CuttingGuideSpec:
    surgery = CuttingPlan.model_validate({"cut": [{"point": [0.0, 0.0, 0.0], "normal": [0.0, 0.0, 1.0], **cut}]})
    return DEVICE.spec(design or {}, surgery=surgery)


def bar(width: float, *, at: float = 0.0) -> Mesh:
    return box((30.0, width, 200.0), (0.0, at, 0.0))


def made(of: CuttingGuideSpec, bone: Mesh) -> tuple[float | None, float]:
    found = with_lengths(of, across_cuts(bone, of), OUT)
    return found.surgery.cut[0].length_mm, found.foot_width_mm


@pytest.mark.parametrize(("width", "length", "base"), [(14.0, 20.0, 26.0), (50.0, 40.0, 46.0), (90.0, 60.0, 66.0)])
def test_a_slot_leads_most_of_the_bone_within_what_a_saw_and_a_wound_allow(
    width: float, length: float, base: float
) -> None:
    assert made(spec(), bar(width)) == (length, base)


def test_a_slot_off_the_middle_is_longer_but_never_longer_than_the_bone_is_wide() -> None:
    length, _ = made(spec(), bar(50.0, at=5.0))
    assert length is not None and length / 2 + 20.0 == pytest.approx(LED * 50.0)
    assert made(spec(), bar(50.0, at=24.0))[0] == 50.0


def test_what_the_order_says_of_lengths_stands() -> None:
    assert made(spec({"slot_length_mm": 33.0, "foot_width_mm": 25.0}), bar(50.0)) == (33.0, 25.0)
    assert made(spec(length_mm=12.0), bar(50.0)) == (12.0, 26.0)


@pytest.mark.parametrize(
    ("design", "cut", "rule"),
    [
        ({"slot_length_mm": 5.0}, {}, "design.slot_length_mm"),
        ({"foot_width_mm": 7.0}, {}, "design.foot_width_mm"),
        ({}, {"length_mm": 3.0}, "plan.cut[1].length_mm"),
    ],
)
def test_a_length_that_no_blade_passes_is_refused_by_its_key(design: Any, cut: Any, rule: str) -> None:
    with pytest.raises(PrescriptionError) as caught:
        spec(design, **cut)
    assert [(r.rule, "or 0: by the width of the bone" in r.message) for r in caught.value.reasons] == [(rule, True)]


SLOT = Slot(point_lps_mm=(0.0, 0.0, 0.0), normal_lps=(0.0, 0.0, 1.0), blade_way_lps=(1.0, 0.0, 0.0), opening_mm=1.0, blade_mm=0.8,
            length_mm=40.0, wall_mm=3.0, low_mm=10.0, top_mm=30.0, lead_in_mm=0.6)  # fmt: skip


def pin(z: float, axis: tuple[float, float, float]) -> Sleeve:
    return Sleeve(
        entry_lps_mm=(15.0, 0.0, z),
        axis_lps=axis,
        diameter_mm=2.0,
        outer_diameter_mm=6.0,
        low_mm=-3.0,
        top_mm=9.0,
        depth_mm=20.0,
    )


def test_a_pin_of_the_order_whose_way_comes_through_a_slot_is_refused_with_the_wall_that_is_left() -> None:
    beside = pin(6.0, (1.0, 0.0, 0.0))  # 6 mm off the plane: half the opening and half the pin leave 4.5 mm
    assert [*in_slots([beside], [SLOT], wall_mm=4.4)] == []
    (said,) = in_slots([beside], [SLOT], wall_mm=4.6)
    assert "pin 1 and the slot of cut 1 4.5 mm would be left" in said.message
    through = pin(12.0, (0.6, 0.0, -0.8))  # its sleeve ends before the slot; the drill's way to it goes through
    assert "0.0 mm would be left" in next(iter(in_slots([through], [SLOT], wall_mm=1.0))).message


@pytest.mark.parametrize(("lean", "through"), [(0.0, False), (-0.6, True), (0.6, False)])
def test_a_window_that_leans_under_the_block_beside_it_would_be_cut_into_the_slot(lean: float, through: bool) -> None:
    window = Window(centre_lps_mm=(10.0, 0.0, 8.0), axis_lps=(float(np.sqrt(1 - lean**2)), 0.0, lean), diameter_mm=5.0)
    assert comes_through(window, [SLOT], 3.0) is through


def test_the_way_from_a_place_to_the_base_is_that_to_its_nearest_column() -> None:
    x, y = np.arange(0.0, 10.0), np.arange(0.0, 6.0)
    ground = np.where((x >= 4.0)[None, :] & (y <= 2.0)[:, None], -1.0, 1.0).astype(np.float32)
    room = Room(x, y, ground, ground)
    assert room.to_base_mm(np.array([1.0, 5.0])).tolist() == [3.0, -3.0]


def across(other: Mesh | None, *, movable: bool = False) -> Across:
    of = spec()
    (found,) = across_cuts(bar(50.0), of, other)
    cut = found.cut.model_copy()
    if movable:
        cut = WedgeCut(point=cut.point, normal=cut.normal, out=(1.0, 0.0, 0.0), by_anatomy=True)
    return replace(found, cut=cut)


def post(*, x: float, y: float) -> Mesh:
    """A bone 8 mm thick beside the bar, whose front stands at x = 15."""
    return box((8.0, 8.0, 100.0), (x, y, 0.0))


def test_a_bone_beside_the_front_takes_its_part_of_the_slot_and_one_behind_takes_none() -> None:
    """The bar is 50 mm wide; the post's side at y = 14 leaves the slot up to there, less its wall of 3 mm and 1 mm."""
    assert across(None).free_mm(OUT, (-25.0, 25.0)) == (-np.inf, np.inf)
    assert across(post(x=-40.0, y=18.0)).free_mm(OUT, (-25.0, 25.0)) == (-np.inf, np.inf)
    before = across(post(x=20.0, y=18.0))
    sign = before.along_lps(OUT)[1]
    low, high = before.free_mm(OUT, (-25.0, 25.0))
    assert max(sign * low, sign * high) == pytest.approx(10.0, abs=0.5) and min(sign * low, sign * high) == -np.inf
    assert least_free([before], OUT) == pytest.approx(0.7, abs=0.01)


def test_what_is_free_is_found_wherever_other_bones_end() -> None:
    """That a place stands at the end of what is free is told in numbers that are rounded."""
    beside = across(post(x=20.0, y=18.0))
    for y in -4.0 * np.sqrt(np.random.default_rng(1).uniform(size=300)):  # to the last bit: sums with it are rounded
        low, high = replace(beside, others_lps_mm=np.array([[20.0, y, 0.0]])).free_mm(OUT, (-10.0, 25.0))
        assert low < high


def test_on_a_narrow_bone_the_shortest_slot_must_be_free_too() -> None:
    """The bar is 50 mm wide; a slot of 70 mm would meet a post beside it."""
    beside = replace(across(post(x=20.0, y=38.0)), least_mm=70.0)
    assert beside.span_mm(OUT) == pytest.approx((-35.0, 35.0))
    assert least_free([beside], OUT) == pytest.approx((35.0 + 30.0) / 70.0, abs=0.01)


def test_a_slot_beside_another_bone_is_shorter_or_stands_off_it_where_it_may() -> None:
    of, other = spec(), post(x=20.0, y=18.0)
    fixed = with_lengths(of, [across(other)], OUT).surgery.cut[0]
    assert fixed.length_mm == pytest.approx(20.0, abs=0.6) and fixed.point == (0.0, 0.0, 0.0)
    moved = with_lengths(of, [across(other, movable=True)], OUT).surgery.cut[0]
    assert moved.length_mm == pytest.approx(35.0, abs=0.6)
    assert moved.point[1] + moved.length_mm / 2 <= 10.2 and moved.point[1] == pytest.approx(-7.5, abs=0.5)
