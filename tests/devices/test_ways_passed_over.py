"""Of the ways in that the program would choose, one along which a guide can be made: it has room, hangs together and tells its seat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from anatofit.devices.cutting_guide import DEVICE
from anatofit.devices.cutting_guide.hardly import hardly_told
from anatofit.devices.cutting_guide.layout import CuttingGuidePlan
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, CuttingPlan
from anatofit.devices.drill_guide import DEVICE as DRILL
from anatofit.devices.drill_guide import plan as drill_plan
from anatofit.devices.drill_guide.spec import DrillPlan
from anatofit.devices.guide.fallen import apart
from anatofit.devices.guide.first import MOST_WAYS, coarse, first_made
from anatofit.devices.guide.layout import Seat
from anatofit.devices.guide.telling import SURELY, WRONG_SEAT_RATIO, told
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone

BONE = Anatomy("bone", Laterality.LEFT, {"host": long_bone(Laterality.LEFT, rings=60, around=36)})
DESIGN = {"text": "none", "foot_reach_mm": 12.0, "foot_width_mm": 18.0, "slot_length_mm": 14.0, "pin_count": 2, "window_mm": 0.0}  # fmt: skip
CUT = {"point": [0.0, -3.0, 150.0], "normal": [0.0, 0.0, 1.0]}
TOLD = {
    "fits": 0.9,
    "hardly": 1.0,
}  # of what is wanted: with less than SURELY a way may be without fault, and with 1 it is said to be
MEDIAL = [-1.0, -0.4, 0.0]


def _spec() -> CuttingGuideSpec:
    return DEVICE.spec(DESIGN, surgery=CuttingPlan.model_validate({"cut": [CUT], "approach": MEDIAL}))


@pytest.fixture(scope="module")
def plan() -> CuttingGuidePlan:
    made: CuttingGuidePlan = DEVICE.plan(BONE, _spec(), case="A-1")
    return made


def _first(plan: CuttingGuidePlan, faults: Sequence[str]) -> tuple[str, list[int]]:
    """The case of the plan that is taken of ways with faults, and the ways that were planned."""
    looked: list[int] = []

    def planned(number: int) -> CuttingGuidePlan:
        looked.append(number)
        if faults[number] not in ("", "falls", *TOLD):
            raise PrescriptionError(Reason(faults[number], f"way {number}"))
        return plan.model_copy(update={"case": str(number)})

    def whole(trial: CuttingGuidePlan) -> None:
        if faults[int(trial.case)] == "falls":
            raise PrescriptionError(Reason("no-room", "falls apart"))

    def well(trial: CuttingGuidePlan) -> float:
        return TOLD.get(faults[int(trial.case)], SURELY) * WRONG_SEAT_RATIO

    return first_made(len(faults), planned, whole, well).case, looked


@pytest.mark.parametrize(
    ("faults", "taken"),
    [
        (["", ""], "0"),
        (["falls", "no-room", "fits", ""], "3"),
        (["falls", "fits", "fits"], "1"),
        (["hardly", "fits", ""], "2"),
        (["hardly", "design.text"], "0"),
        (["design.text", ""], "1"),
        (["fits", "hardly", "fits"], "1"),
        (["no-footing", "falls", "falls"], "1"),
        (["falls"] * MOST_WAYS + [""], "0"),
    ],
)
def test_the_first_way_without_fault_is_taken_and_of_faulty_ones_the_least(plan: CuttingGuidePlan, faults: list[str], taken: str) -> None:  # fmt: skip
    case, looked = _first(plan, faults)
    assert case == taken and len(looked) <= MOST_WAYS


def test_where_no_way_has_room_the_first_says_why(plan: CuttingGuidePlan) -> None:
    with pytest.raises(PrescriptionError, match="way 0"):
        _first(plan, ["no-room", "design.text"])


def test_a_coarse_lattice_holds_the_same_bodies_in_an_eighth_of_the_nodes(plan: CuttingGuidePlan) -> None:
    rough = coarse(plan)
    high = [np.array(p.seat.low_mm) + p.seat.step_mm * (np.array(p.seat.shape_kji[::-1]) - 1) for p in (plan, rough)]
    assert rough.seat.low_mm == plan.seat.low_mm and (high[1] >= high[0] - 1e-6).all()
    assert np.prod(rough.seat.shape_kji) < np.prod(plan.seat.shape_kji) / 8


def test_a_drill_guide_whose_best_way_falls_apart_takes_the_next_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    trajectory = {"entry": [-14.0, -3.0, 150.0], "target": [0.0, -3.0, 150.0], "diameter_mm": 3.2}
    spec = DRILL.spec({"text": "none", "pin_count": 0, "window_mm": 0.0}, surgery=DrillPlan.model_validate({"trajectory": [trajectory]}))  # fmt: skip
    monkeypatch.setattr(drill_plan, "told_by", lambda *_, **__: 2.0)
    best, bodies = DRILL.plan(BONE, spec, case="A-1"), []

    def falling(anatomy: Anatomy, ground: object, trial: object) -> None:
        bodies.append(trial)
        if len(bodies) == 1:
            raise apart(900.0, anatomy, best)

    monkeypatch.setattr(drill_plan, "body_of", falling)
    taken = DRILL.plan(BONE, spec, case="A-1")
    assert taken.insertion_direction_lps != best.insertion_direction_lps and taken.approach_from == "search"
    assert any("along 1 way before it" in note for note in taken.notes)


def test_a_guide_that_falls_apart_is_told_by_what_it_has_and_by_its_way_in(plan: CuttingGuidePlan) -> None:
    (slotted,) = apart(12.0, BONE, plan).reasons
    assert "slots" in slotted.message and "approach = [-0.9285, -0.3714, 0.0000], was ordered" in slotted.message
    bare = plan.model_copy(update={"pins": (), "windows": (), "approach_from": "search"})
    (chosen,) = apart(12.0, BONE, bare).reasons
    assert "channels" not in chosen.message and "chosen by the program: order another approach" in chosen.message


def _seat(heights: FloatArray, reach: int) -> tuple[Mesh, Seat]:
    n = len(heights)
    x, y = np.meshgrid(np.arange(n) - n // 2, np.arange(n) - n // 2)
    at = np.arange(n * n).reshape(n, n)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, 1:].ravel(), at[1:, :-1].ravel()
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    bone = Mesh(np.stack([x.ravel(), y.ravel(), heights.ravel()], axis=1).astype(float), faces)
    axes = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    size = 2 * reach + 1
    return bone, Seat(origin_lps_mm=(0.0, 0.0, 0.0), axes_lps=axes, low_mm=(-reach, -reach, 0.0), shape_kji=(1, size, size), step_mm=1.0)  # fmt: skip


@pytest.mark.parametrize(("knob_mm", "tells"), [(0.0, False), (4.0, True)])
def test_a_knob_tells_the_seat_that_an_even_shaft_does_not(knob_mm: float, tells: bool) -> None:
    x, y = np.meshgrid(np.arange(-40.0, 41.0), np.arange(-40.0, 41.0))
    height = np.sqrt(np.maximum(45.0**2 - y**2, 0.0)) + knob_mm * np.exp(-((x - 6) ** 2 + (y - 5) ** 2) / 30)
    height += 0.6 * knob_mm * np.exp(-((x + 7) ** 2 + (y - 1) ** 2) / 20)
    bone, seat = _seat(height, 12)
    there = height[28:53, 28:53]
    found = told(bone, seat, there, np.full(there.shape, -1.0, dtype=np.float32), offset_mm=0.3)
    assert (found > WRONG_SEAT_RATIO) == tells and (tells or found < 1.1)


def test_what_tells_a_seat_better_is_proposed_the_shortest_base_and_the_nearest_way() -> None:
    spec, way = _spec(), np.array([-1.0, 0.0, 0.0])

    def forecast(other: CuttingGuideSpec, along: FloatArray) -> float:
        return 1.4 + 0.05 * (other.foot_reach_mm - spec.foot_reach_mm) + 0.02 * np.rad2deg(np.arccos(min(1.0, float(along @ way))))  # fmt: skip

    (said,) = hardly_told(BONE, spec, way, forecast)
    assert "1.40 times" in said and "foot_reach_mm = 18 " in said and "20° from this one" in said
    assert hardly_told(BONE, spec, way, lambda *_: 1.7) == []
    (even,) = hardly_told(BONE, spec, way, lambda *_: 1.0)
    assert "the bone is even there" in even
