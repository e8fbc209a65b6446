"""What is said before a cut or a screw on a known tibia: a slot that leads a part of it, tuberosity, fibula, knee."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatofit.devices.bone_plate.knee import back_notes, ends_at_knee, knee_notes
from anatofit.devices.bone_plate.layout import Screw
from anatofit.devices.cutting_guide.cautions import cautions
from anatofit.devices.cutting_guide.held import held_by
from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.cutting_guide.marks import unmarked
from anatofit.devices.cutting_guide.slots import on_free_side
from anatofit.devices.cutting_guide.spec import Cut
from anatofit.devices.guide.exits import Back, back_of, exit_notes
from anatofit.devices.guide.joint import Joint
from anatofit.devices.guide.layout import Letters, Sleeve
from anatofit.devices.guide.sleeves import moved, off_surface
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality, Plane
from tests.verify.shapes import box, finer

# A bar 40 mm wide and 60 mm deep that stands along z; medial is to -x, the front to -y.
TIBIA = Anatomy(
    "bone", Laterality.LEFT, {"host": box((40.0, 60.0, 200.0), (0.0, 0.0, 0.0))},
    landmarks={"tuberosity": np.array([0.0, -30.0, 58.0])},
    planes={"sagittal": Plane(np.zeros(3), np.array([-1.0, 0.0, 0.0]))}, bone="tibia",
)  # fmt: skip


def slot(*, length: float = 55.0, z: float = 0.0, out: tuple[float, float, float] = (-1.0, 0.0, 0.0)) -> Slot:
    return Slot(point_lps_mm=(0.0, 0.0, z), normal_lps=(0.0, 0.0, 1.0), blade_way_lps=out, opening_mm=1.25, blade_mm=1.0, length_mm=length,
                wall_mm=3.0, low_mm=20.0, top_mm=36.0, lead_in_mm=0.6)  # fmt: skip


def test_a_slot_that_leads_less_than_the_bone_is_wide_is_told_with_both() -> None:
    assert cautions(TIBIA, [slot()]) == []
    (said,) = cautions(TIBIA, [slot(), slot(length=20.0)])
    assert said.startswith("the slot of cut 2 is 20 mm long and leads 20 of the 60 mm")


@pytest.mark.parametrize(("ways", "left"), [((64.0, 64.4), "both its corners"), ((78.4, 64.0), "14 mm short of it")])
def test_a_wedges_cut_says_how_deep_the_slot_leads_and_what_is_left(ways: tuple[float, float], left: str) -> None:
    (said,) = cautions(TIBIA, [slot().model_copy(update={"hinge_mm": ways})])
    assert "by 64.0 mm at most" in said and left in said


def test_a_slot_that_stands_past_the_bone_is_told_with_how_far_and_where() -> None:
    aside = slot(length=50.0).model_copy(update={"point_lps_mm": (0.0, 20.0, 0.0)})
    led, past = cautions(TIBIA, [aside])
    assert "leads 35 of the 60 mm" in led and "Raise" not in led
    assert past.startswith("15 of the 50 mm of the slot of cut 1 stand past the bone, towards (0.00, 1.00, 0.00)")
    (past, other) = cautions(TIBIA, [slot(length=100.0)])
    assert "20 of the 100 mm" in past and "Shorten it" in past and "(0.00, -1.00, 0.00)" in other


@pytest.mark.parametrize(
    ("point", "off"), [((0.0, 10.0, 0.0), None), ((-27.0, 0.0, 0.0), None), ((-55.0, 0.0, 0.0), 35)]
)
def test_a_cuts_point_far_off_the_bone_is_told(point: tuple[float, float, float], off: int | None) -> None:
    said = [s for s in cautions(TIBIA, [slot().model_copy(update={"point_lps_mm": point})]) if "the point of" in s]
    assert said == [] if off is None else f"lies {off} mm off the bone" in said[0]


def test_a_cut_by_the_tuberosity_is_told_with_the_distance() -> None:
    (said,) = cautions(TIBIA, [slot(z=63.0)])
    assert "passes 5 mm from the tuberosity" in said
    assert cautions(replace(TIBIA, bone=""), [slot(z=63.0)]) == []


def test_a_saw_from_the_lateral_side_is_told_where_the_fibula_is_not_in_the_model() -> None:
    (said,) = cautions(TIBIA, [slot(out=(1.0, 0.0, 0.0))])
    assert "from the lateral side" in said and "fibula" in said
    shin = replace(TIBIA, surfaces={"host": finer(TIBIA.surfaces["host"], 4)})
    for x, unseen in ((34.0, False), (-34.0, True), (90.0, True)):  # lateral beside it; medial; another leg's
        known = replace(
            shin, surfaces={**shin.surfaces, "neighbours": finer(box((10.0, 10.0, 180.0), (x, 0.0, 0.0)), 4)}
        )
        assert bool(cautions(known, [slot(out=(1.0, 0.0, 0.0))])) is unseen


@pytest.mark.parametrize(("length", "told"), [(30.0, None), (47.0, "3 mm before"), (50.0, "on"), (58.0, "8 mm beyond")])
def test_a_screw_that_ends_at_the_knee_is_told(length: float, told: str | None) -> None:
    joint = Joint(Plane(np.array([0.0, 0.0, 100.0]), np.array([0.0, 0.0, 1.0])), -1.0, TIBIA.surfaces["host"])
    screw = Screw.model_construct(
        number=3, centre_lps_mm=(0.0, 0.0, 50.0), axis_lps=(0.0, 0.0, -1.0), length_mm=length, hold="bicortical"
    )
    assert ends_at_knee(joint, screw) is (told is not None)
    assert ends_at_knee(None, screw) is False and knee_notes(None, [screw]) == []
    wanted = (
        []
        if told is None
        else [f"screw 3 ends {told} the knee's joint plane: aim it away, or let it stop before (hold)"]
    )
    assert knee_notes(joint, [screw]) == wanted
    shorter = knee_notes(joint, [screw.model_copy(update={"hold": "monocortical"})])
    assert not any("hold" in said for said in shorter) and len(shorter) == len(wanted)


def pin(z: float) -> Sleeve:
    return Sleeve.model_construct(entry_lps_mm=(-20.0, 0.0, z), axis_lps=(-1.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("off", "told"), [(12.8, "12.8 mm above"), (-4.0, "4.0 mm beneath"), (2.0, None), (-2.0, None)]
)
def test_an_entry_that_was_moved_far_to_the_surface_is_told_with_how_far(off: float, told: str | None) -> None:
    said = list(moved("trajectory", [(-20.0 - off, 0.0, 5.0)], [pin(5.0)]))
    assert said == [] if told is None else f"trajectory 1 was ordered {told} the bone's surface" in said[0]


KNOWN = replace(
    TIBIA,
    planes={
        "coronal": Plane(np.zeros(3), np.array([0.0, -1.0, 0.0])),
        "joint": Plane(np.array([0.0, 0.0, 100.0]), np.array([0.0, 0.0, 1.0])),
    },
)


def way(*places: tuple[float, float, float]) -> dict[str, object]:
    """Entry, axis out and depth of a way from one place to another."""
    entry, end = np.array(places)
    deep = float(np.linalg.norm(entry - end))
    return {"entry_lps_mm": places[0], "axis_lps": tuple((entry - end) / deep), "depth_mm": deep}


def test_a_pin_leaves_the_back_where_the_bone_looks_there_whatever_its_own_way() -> None:
    backward = way((-20.0, -30.0, 0.0), (20.0, 20.0, 0.0))  # heads for the back, comes out of the side
    sideward = way((-20.0, 10.0, 0.0), (15.0, 30.0, 0.0))
    high = way((-20.0, 10.0, 50.0), (-10.0, 30.0, 97.0))  # under the rim
    joint = way((-10.0, -30.0, 60.0), (-10.0, 22.0, 100.0))
    told = exit_notes(KNOWN, [Sleeve.model_construct(**w) for w in (backward, sideward, high, joint)])
    assert [said.split(" after")[0] for said in told] == [
        "pin 2 would leave the bone at its back",
        "pin 3 would leave the bone at its back",
        "pin 4 would leave the bone",
    ]
    assert "3.0 mm below the plane of the knee" in told[1] and "vessels and nerves" in told[1]
    assert "through the knee's joint surface" in told[2] and "vessels" not in told[2]


def test_of_a_bone_that_was_not_recognised_it_is_told_how_deep_each_pin_leaves_it() -> None:
    through = [Sleeve.model_construct(**way((0.0, 0.0, 0.0), (0.0, 0.0, -deep))) for deep in (38.0, 24.0)]
    ending = Sleeve.model_construct(depth_mm=None)
    unknown = replace(KNOWN, bone="")
    (told,) = exit_notes(unknown, [through[0], ending, through[1]])
    assert told.startswith("drilled through, pins 1 and 3 leave the bone after 38 and 24 mm")
    assert exit_notes(unknown, [through[1]])[0].startswith("drilled through, pin 1 leaves the bone after 24 mm")
    assert exit_notes(unknown, [ending]) == []


@pytest.mark.parametrize(
    ("turned_deg", "tibia", "femur"),
    [
        (30.0, "its back", "its back"),
        (55.0, "the corner of its back", "the corner of its back"),
        (70.0, "its side by the fibula", ""),
        (-70.0, "", ""),
        (85.0, "", ""),
    ],
)
def test_the_corner_beside_the_back_is_told_and_of_a_tibia_the_side_by_the_fibula(
    turned_deg: float, tibia: str, femur: str
) -> None:
    turn = np.deg2rad(turned_deg)
    back, side = np.array([np.sin(turn), np.cos(turn), 0.0]), np.array([-np.cos(turn), np.sin(turn), 0.0])
    left = Sleeve.model_construct(**way((0.0, -30.0, 0.0), (0.0, 30.0, 0.0)))
    found = [Back(TIBIA.surfaces["host"], back, fibula) for fibula in (side, None)]
    assert [b.place_of(left) for b in found] == [tibia, femur]
    assert [b.left_by(left) for b in found] == 2 * ["back" in femur]


def test_screws_that_stand_out_of_the_back_are_told_together() -> None:
    ways = [way((-20.0, 10.0, 0.0), (15.0, 30.0, 0.0)), way((0.0, -30.0, 0.0), (0.0, 30.0, 0.0))]
    screws = [Screw.model_construct(number=n, beyond_mm=0.5 * n, **w) for n, w in enumerate(ways, start=1)]
    (said,) = back_notes(back_of(KNOWN), screws)
    assert said.startswith("screws 1, 2 stand out of the bone at its back, by 1.0 mm at most")
    within = [s.model_copy(update={"beyond_mm": -1.0}) for s in screws]
    assert back_notes(back_of(KNOWN), within) == [] == back_notes(None, screws)


def test_a_piece_that_one_pin_alone_holds_is_told() -> None:
    assert cautions(TIBIA, [slot()], [pin(9.0), pin(-9.0), pin(-12.0), pin(12.0)]) == []
    (said,) = cautions(TIBIA, [slot()], [pin(9.0), pin(-9.0), pin(-12.0)])
    assert said.startswith("1 and 2 pins stand on the two sides of cut 1:")


def test_what_is_to_stand_on_the_open_side_of_a_one_sided_slot_is_refused_with_what_works() -> None:
    resting = slot().model_copy(update={"resting": -1})
    (beside,) = on_free_side([resting, slot(z=30.0)], [])
    assert (
        "cannot be one-sided" in beside.message and "another slot" in beside.message and "closed slot" in beside.message
    )
    (pinned,) = on_free_side([resting], [(0.0, 0.0, -20.0), (0.0, 0.0, 20.0)])
    assert "pins on its wall's side alone" in pinned.message
    assert [*on_free_side([resting, slot(z=-30.0)], [(0.0, 0.0, -20.0)])] == []
    (said,) = held_by([pin(-40.0), pin(-20.0)], [resting])
    assert "0 and 2 pins" in said and "take a closed one" in said


def test_pieces_between_cuts_that_no_pin_holds_are_told_and_one_that_is_taken_out_is_not() -> None:
    cuts = [slot(z=30.0), slot(z=-30.0), slot(z=0.0)]
    uneven, loose = held_by([pin(40.0), pin(-40.0)], cuts)
    assert uneven.startswith("1 and 1 pins stand on the two sides of each of cuts 1, 2 and 3")
    assert loose.startswith("no pin holds the bone between cuts 2 and 3, or 1 and 3: it is loose")
    ends = [pin(z) for z in (40.0, 45.0, -40.0, -45.0)]
    assert [*held_by([*ends, pin(15.0), pin(-15.0)], cuts)] == []
    wedge = [s.model_copy(update={"hinge_mm": (60.0, 60.0)}) for s in cuts[:2]]
    assert [*held_by(ends, wedge)] == [] == [*held_by([], cuts)]


def test_a_mark_without_room_is_told() -> None:
    cuts = [Cut(point=(0.0, 0.0, z), normal=(0.0, 0.0, 1.0), marks=("PROX", "DIST")) for z in (0.0, 60.0)]
    slots = [slot(z=0.0), slot(z=60.0)]
    texts = [Letters.model_construct(string=said) for said in ("A-1 L PROX", "L DIST", "DIST")]
    (said,) = unmarked(cuts, slots, texts)
    assert said.startswith("the proximal side is not marked on 1 of 2 walls: PROX has no room there")
    (said,) = unmarked(cuts[:1], slots[:1], texts[1:])
    assert said.startswith("the proximal side is not marked on the guide: PROX")
    assert unmarked(cuts, [slot(z=0.0), slot(z=10.0)], texts[:2]) == []  # the walls between two slots have no outside


@pytest.mark.parametrize(
    ("x", "out", "said"),
    [
        (10.0, 1.0, "10 mm deep in the bone"),
        (60.0, 1.0, "begins 40 mm beyond"),
        (60.0, -1.0, "entry and target were exchanged"),
    ],
)
def test_an_entry_off_the_surface_is_told_with_where_the_bone_lies(x: float, out: float, said: str) -> None:
    reason = off_surface(
        "pin 1", TIBIA.surfaces["host"], np.array([x, 1.0, 2.0]), np.array([out, 0.0, 0.0]), within_mm=5.0
    )
    assert reason.rule == "plan-misses-bone" and said in reason.message


def test_an_axis_beside_the_bone_meets_none() -> None:
    aside = off_surface(
        "pin 1", TIBIA.surfaces["host"], np.array([0.0, 90.0, 0.0]), np.array([1.0, 0.0, 0.0]), within_mm=5.0
    )
    assert "meets no bone along its axis" in aside.message
