"""Pins of guides stay off what is kept out of, and tell where one would end in the knee."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from anatofit.devices.cutting_guide import DEVICE as CUTTING
from anatofit.devices.cutting_guide.spec import CuttingPlan
from anatofit.devices.drill_guide import DEVICE as DRILL
from anatofit.devices.drill_guide.spec import DrillPlan
from anatofit.devices.guide.exits import exit_notes
from anatofit.devices.guide.joint import joint_of
from anatofit.devices.guide.layout import Sleeve
from anatofit.errors import PrescriptionError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality, Plane
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone
from tests.verify.shapes import box

AXIS = {"entry": [-14.0, -5.0, 150.0], "target": [4.0, -3.0, 150.0], "diameter_mm": 3.2}
BASE = {"foot_reach_mm": 16.0, "sleeve_mm": 16.0, "pin_count": 2, "window_mm": 0.0, "text": "none"}
SLOT = {"foot_reach_mm": 12.0, "foot_width_mm": 18.0, "slot_length_mm": 14.0, "pin_count": 2, "window_mm": 0.0}
CUT = {"point": [0.0, -3.0, 150.0], "normal": [0.1, 0.0, 1.0]}


@cache
def host() -> Mesh:
    return long_bone(Laterality.LEFT, rings=80, around=36)


def bone(kind: str = "", joint: Plane | None = None, **surfaces: Mesh) -> Anatomy:
    planes = {} if joint is None else {"joint": joint}
    return Anatomy("bone", Laterality.LEFT, {"host": host(), **surfaces}, planes=planes, bone=kind)


def drilled(anatomy: Anatomy | None = None, **plan: Any) -> Any:
    surgery = DrillPlan.model_validate({"trajectory": [AXIS], "approach": [-1.0, -0.1, 0.0], **plan})
    return DRILL.plan(anatomy or bone(), DRILL.spec(BASE, surgery=surgery), case="A-1")


def cut(anatomy: Anatomy | None = None, *, angle: float = 25.0, **plan: Any) -> Any:
    surgery = CuttingPlan.model_validate({"cut": [CUT], "approach": [-1.0, -0.4, 0.0], **plan})
    return CUTTING.plan(anatomy or bone(), CUTTING.spec({**SLOT, "pin_angle_deg": angle}, surgery=surgery), case="A-1")


def at(pin: Sleeve, deep_mm: float) -> FloatArray:
    return np.asarray(np.array(pin.entry_lps_mm) - deep_mm * np.array(pin.axis_lps))


def end(pin: Sleeve) -> FloatArray:
    assert pin.depth_mm is not None
    return at(pin, pin.depth_mm)


def away_mm(pin: Sleeve, place: Any) -> float:
    """From a pin's drilled hole to a place, by small steps."""
    assert pin.depth_mm is not None
    return (
        min(float(np.linalg.norm(at(pin, d) - place)) for d in np.arange(0.0, pin.depth_mm, 0.05)) - pin.diameter_mm / 2
    )


def pin_from(entry: Any, axis: Any, depth: float | None) -> Sleeve:
    unit = np.array(axis, dtype=np.float64) / np.linalg.norm(axis)
    return Sleeve(entry_lps_mm=tuple(entry), axis_lps=tuple(unit.tolist()), diameter_mm=2.0, outer_diameter_mm=6.0, low_mm=-3.0,
                  top_mm=9.0, depth_mm=depth)  # fmt: skip


def test_pins_are_placed_off_a_ball_that_one_would_have_gone_through() -> None:
    free = drilled().pins
    middle = at(free[0], 0.75 * free[0].depth_mm)
    pins = drilled(keep_out=[{"point": middle.tolist(), "radius_mm": 1.0}]).pins
    assert len(pins) == 2 and away_mm(free[0], middle) < 0.0
    assert all(away_mm(pin, middle) - 1.0 >= 2.0 for pin in pins)


def test_pins_are_placed_off_a_surface_and_none_are_where_it_leaves_no_room() -> None:
    free = drilled().pins
    middle = at(free[0], 0.75 * free[0].depth_mm)
    pins = drilled(bone(keep_out=box((1.0, 1.0, 1.0), tuple(middle.tolist())))).pins
    assert all(away_mm(pin, middle) >= 2.0 + 0.5 for pin in pins)
    with pytest.raises(PrescriptionError, match=r"no-room.*off what is kept out of"):
        drilled(bone(keep_out=box((2.0, 70.0, 80.0), (9.0, 0.0, 150.0))))


def test_an_ordered_pin_that_goes_through_what_is_kept_out_of_is_refused_by_its_name() -> None:
    pins = [{"entry": [-14.0, -5.0, z], "target": [4.0, -5.0, z]} for z in (139.0, 161.0)]
    assert len(drilled(pin=pins).pins) == 2
    with pytest.raises(PrescriptionError) as caught:
        drilled(pin=pins, keep_out=[{"point": [2.0, -5.0, 163.5], "radius_mm": 1.0}])
    assert [reason.rule for reason in caught.value.reasons] == ["plan.pin[2]"]
    with pytest.raises(PrescriptionError, match=r"plan\.pin\[1\].*goes through what is kept out of"):
        drilled(bone(keep_out=box((2.0, 8.0, 8.0), (2.0, -5.0, 139.0))), pin=pins)


@pytest.mark.parametrize(("kind", "up", "side"), [("tibia", 1.0, "below"), ("femur", -1.0, "above")])
def test_a_pin_towards_the_joint_is_told_where_it_ends_and_how_deep_it_may_go(kind: str, up: float, side: str) -> None:
    planes = {"joint": Plane(np.array([0.0, 0.0, up]), np.array([0.0, 0.0, 1.0]))}
    end = box((48.0, 40.0, 80.0), (0.0, 0.0, -40.0 * up))  # its joint surface lies 1 mm before the plane
    anatomy = Anatomy("bone", Laterality.LEFT, {"host": end}, planes=planes, bone=kind)
    joint = joint_of(anatomy)
    assert joint is not None
    steep = pin_from((0.0, 0.0, -49.0 * up), (0.0, 0.0, -up), 49.0)  # straight at the joint
    flat = pin_from((0.0, 0.0, -20.5 * up), (-0.8, 0.0, -0.6 * up), 30.0)  # leaves the side 2.5 mm under the rim
    beneath = pin_from((0.0, 0.0, -20.0 * up), (-1.0, 0.0, 0.0), 24.0)
    along = pin_from((0.0, 0.0, -3.0 * up), (-1.0, 0.0, 0.0), 24.0)
    told = exit_notes(anatomy, [steep, flat, beneath, along])
    assert told == [
        "pin 1 would leave the bone after 49 mm through the knee's joint surface: drill no deeper than 39 mm",
        f"pin 2 would leave the bone after 30 mm at the bone's side, 3.5 mm {side} the plane of the knee's joint surface, where its capsule "
        "begins: drill no deeper than 20 mm",
        f"pin 4 would leave the bone after 24 mm at the bone's side, 4.0 mm {side} the plane of the knee's joint surface, where its capsule "
        "begins: see whether it may stand there",
    ]
    slow = pin_from((0.0, 0.0, -8.0 * up), (-1.0, 0.0, -0.2 * up), 40.0)
    assert abs(at(slow, joint.deepest_mm(slow))[2] - up) == pytest.approx(5.0, abs=1e-9)
    assert not joint.met_by(pin_from(slow.entry_lps_mm, slow.axis_lps, None))


def test_a_bone_that_was_not_recognised_has_no_joint() -> None:
    assert joint_of(bone()) is None and joint_of(bone("tibia")) is None


def test_a_pin_of_a_cutting_guide_stands_straight_where_its_lean_would_end_in_the_joint() -> None:
    leaning, straight = cut().pins[0], cut(angle=0.0).pins[0]
    beyond = end(leaning) - end(straight)
    assert np.linalg.norm(beyond) > 6.0
    inward = -np.array(leaning.axis_lps)  # the joint lies behind the bone, off the base
    plan = cut(bone("tibia", Plane(end(leaning), 0.8 * beyond / np.linalg.norm(beyond) + 0.6 * inward)))
    assert plan.pins[0].axis_lps == straight.axis_lps
    assert not any("pin 1 would" in note for note in plan.notes)


@pytest.mark.parametrize("make", [cut, drilled])
def test_pins_that_cannot_keep_out_of_the_joint_are_told_of_on_the_first_page(make: Any) -> None:
    plan = make(bone("tibia", Plane(np.array([-3.8, -1.5, 0.0]), np.array([0.93, 0.37, 0.0]))))
    assert sum("the knee's joint surface" in note for note in plan.notes) == len(plan.pins) == 2
    ordered = [{"entry": [-14.0, -5.0, z], "target": [4.0, -5.0, z]} for z in (138.0, 162.0)]
    high = Plane(np.array([0.0, 0.0, 166.0]), np.array([0.0, 0.0, 1.0]))
    notes = make(bone("tibia", high), pin=ordered).notes
    assert [note[:6] for note in notes if "joint surface" in note] == ["pin 2 "]


def test_pins_beyond_two_that_would_end_in_the_joint_are_left_out_and_told() -> None:
    through = Plane(np.array([-3.8, -1.5, 0.0]), np.array([0.93, 0.37, 0.0]))
    surgery = CuttingPlan.model_validate({"cut": [CUT], "approach": [-1.0, -0.4, 0.0]})
    spec = CUTTING.spec({**SLOT, "pin_count": 4}, surgery=surgery)
    free, kept = (CUTTING.plan(anatomy, spec, case="A-1") for anatomy in (bone(), bone("tibia", through)))
    assert len(kept.pins) == 2 < len(free.pins)
    assert any(
        note.startswith("2 pins of 4 found room and a way that keeps out of the knee's joint") for note in kept.notes
    )
