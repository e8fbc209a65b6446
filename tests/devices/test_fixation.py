"""Tabs, recesses and their screws on skulls that we can compute, and what they stand on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from measure import inside, ray_hits
from skulls import Skull, make_plate

from anatofit.devices.cranial_plate import DEVICE
from anatofit.devices.cranial_plate.fixation import free_share
from anatofit.devices.cranial_plate.footing import footing
from anatofit.devices.cranial_plate.insertion import find_insertion
from anatofit.devices.cranial_plate.site import look_at
from anatofit.errors import PrescriptionError
from anatofit.geometry.field import points_of
from anatofit.model.anatomy import Anatomy

SMALL = Skull(hole_radius_mm=16.0)
THIN = Skull(hole_radius_mm=14.0, thickness_mm=2.0)
SINUS = Skull(hole_radius_mm=16.0, thickness_mm=6.0, sinus_wall_mm=2.0, sinus_air=True)
TINY = Skull(hole_radius_mm=10.0, thickness_mm=3.0)

Maker = Callable[[Skull], Anatomy]


def test_a_tab_lies_over_bone_with_the_gap_beneath(skull: Maker) -> None:
    anatomy = skull(SMALL)
    plan, _ = make_plate(anatomy, {})
    beneath = np.array([np.array(s.centre_lps_mm) - 1.5 * np.array(s.axis_lps) for s in plan.screws])
    assert inside(anatomy.surfaces["host"], beneath).all()


def test_the_thinnest_tab_is_whole_at_the_widest_gap(skull: Maker) -> None:
    plan, mesh = make_plate(skull(SMALL), {"tab_thickness_mm": 1.2, "gap_mm": 1.2, "tab_count": 3, "tab_width_mm": 5.0})
    for tab, screw in zip(plan.tabs, plan.screws, strict=True):
        outward, axis = np.array(tab.outward_lps), np.array(screw.axis_lps)
        along = np.array(screw.centre_lps_mm) - np.outer(np.arange(2.0, 6.0, 0.5), outward)
        for place in along:  # from the screw to the neck there is tab beneath every place, and it is no sheet
            hits = ray_hits(mesh, place + 8 * axis, -axis)
            assert len(hits) >= 2 and hits[1] - hits[0] > 0.8


def test_no_screw_ends_in_the_air_of_a_sinus(skull: Maker) -> None:
    anatomy = skull(SINUS)
    plan, host = DEVICE.plan(anatomy, DEVICE.spec({}), case="A-0001"), anatomy.surfaces["host"]
    shafts = np.array(
        [np.array(s.centre_lps_mm) - d * np.array(s.axis_lps) for s in plan.screws for d in np.arange(0.4, 3.05, 0.2)]
    )
    assert len(plan.screws) >= 2
    assert inside(host, shafts).all()
    diploe = DEVICE.plan(skull(dataclasses.replace(SINUS, sinus_air=False)), DEVICE.spec({}), case="A-0001")
    ends = np.array([np.array(s.centre_lps_mm) - 3.0 * np.array(s.axis_lps) for s in diploe.screws])
    assert not inside(host, ends).all()  # over a hollow without air, the same tables bear screws


def test_a_skull_too_thin_for_screws_is_refused_by_name(skull: Maker) -> None:
    with pytest.raises(PrescriptionError, match=r"design\.fixation.*lower screw_bone_mm"):
        DEVICE.plan(skull(THIN), DEVICE.spec({}), case="A-0001")


def test_what_does_not_fit_is_said(skull: Maker) -> None:
    plan = DEVICE.plan(
        skull(TINY),
        DEVICE.spec({"tab_count": 8, "tab_width_mm": 12.0, "tab_length_mm": 9.0, "text": "none", "screw_bone_mm": 2.0}),
        case="X1",
    )
    assert len(plan.tabs) < 8
    assert "8 were asked" in plan.notes[0]


def test_tabs_leave_a_part_of_the_rim_free(skull: Maker) -> None:
    design = {"tab_count": 8, "tab_width_mm": 10.0, "tab_length_mm": 8.0, "perforations": "off", "text": "none"}
    plan = DEVICE.plan(skull(SMALL), DEVICE.spec(design), case="A-0001")
    feet = [np.array(t.centre_lps_mm) - np.array(t.outward_lps) * (8.0 - 7.0) / 2 for t in plan.tabs]
    rim = np.array(plan.rim_lps_mm)
    away = np.linalg.norm(rim[:, None] - np.array(feet), axis=2).min(axis=1)
    assert 2 <= len(plan.tabs) < 8
    assert "tabs were placed, 8 were asked" in plan.notes[0]
    assert (away > 10.0 / 2 + 3.0).mean() > 0.15


def test_two_tabs_that_fill_the_rim_are_refused_by_name(skull: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anatofit.devices.cranial_plate.fixation.FREE_SHARE", 0.9)
    with pytest.raises(PrescriptionError, match=r"design\.fixation.*needs separate plates"):
        DEVICE.plan(skull(SMALL), DEVICE.spec({"tab_width_mm": 12.0, "tab_length_mm": 9.0}), case="A-0001")


def test_the_free_share_of_a_rim_is_counted() -> None:
    turn = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    circle = 20.0 * np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=1)
    covered = 2 * 4 * np.arcsin(5.0 / 40.0) / (2 * np.pi)  # two stations, chords of 5 mm to either side
    assert free_share(circle, [0, 180], beside_mm=5.0) == pytest.approx(1 - covered, abs=0.012)
    half = circle[:, 1] > 0  # an orbit along the other half leaves no bone to measure against
    assert free_share(circle, [0, 180], beside_mm=5.0, bone=half) == pytest.approx((1 - covered) / 2, abs=0.012)


def test_recesses_make_room_for_the_case_number(skull: Maker) -> None:
    design = {"fixation": "recess", "tab_count": 8, "screw_diameter_mm": 2.7, "perforations": "off"}
    anatomy = skull(SMALL)
    plan = DEVICE.plan(anatomy, DEVICE.spec(design), case="A-000123-2026")
    without = DEVICE.plan(anatomy, DEVICE.spec(design | {"text": "none"}), case="A-000123-2026")
    assert plan.text is not None and 2 <= len(plan.screws) < len(without.screws)
    assert f"{len(plan.screws)} recesses were placed, 8 were asked" in " ".join(plan.notes)
    assert f"no screw of this part reaches bone: its {len(plan.screws)} countersunk holes" in plan.notes[0]
    assert "separate plates (miniplates)" in plan.notes[0] and "the surgeon chooses" in plan.notes[0]


def test_a_part_without_fixation_says_that_it_has_none_and_one_with_tabs_says_nothing(skull: Maker) -> None:
    anatomy = skull(SMALL)
    bare, tabs = (DEVICE.plan(anatomy, DEVICE.spec({"fixation": f}), case="A-0001") for f in ("none", "tabs"))
    assert "no fixation of its own" in bare.notes[0] and "separate plates" in bare.notes[0]
    assert not any("separate plates" in note for note in tabs.notes)


def test_a_tab_is_thick_on_even_bone_and_thin_where_a_bump_stands_beneath_it(skull: Maker) -> None:
    anatomy, spec = skull(SMALL), DEVICE.spec({})
    site = look_at(anatomy, spec, find_insertion(anatomy))
    even = footing(site, spec)
    assert even.left_mm.min() > 0.9 * spec.tab_thickness_mm
    rim, at = site.rim, 100
    top = site.on_outer((rim.foot_lps_mm + 6.0 * rim.outward_lps)[at : at + 1]) + 1.0 * rim.normal_lps[at]
    bump = 2.0 - np.linalg.norm(points_of(site.grid, np.ones(site.grid.shape_kji, dtype=bool)) - top, axis=1)
    blocked = np.maximum(site.blocked, bump.reshape(site.grid.shape_kji)).astype(np.float32)
    bumpy = footing(dataclasses.replace(site, blocked=blocked), spec)
    away = np.linalg.norm(rim.foot_lps_mm - rim.foot_lps_mm[at], axis=1)
    assert bumpy.left_mm[away < 2.0].max() < 0.5 * spec.tab_thickness_mm
    np.testing.assert_array_equal(bumpy.left_mm[away > 15.0], even.left_mm[away > 15.0])
    np.testing.assert_array_equal(bumpy.even, even.even)
