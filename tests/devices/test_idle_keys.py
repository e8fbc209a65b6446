"""What an order says in vain is refused by its name; what it leaves to the program is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from anatofit.devices.cutting_guide import DEVICE as CUTTING
from anatofit.devices.cutting_guide.ends import chosen_ends, open_end
from anatofit.devices.cutting_guide.layout import Slot
from anatofit.devices.cutting_guide.spec import Cut, CuttingPlan
from anatofit.devices.drill_guide import DEVICE as DRILL
from anatofit.devices.drill_guide.spec import DrillPlan
from anatofit.errors import PrescriptionError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality

BONE = Anatomy("bone", Laterality.LEFT, {})
CUT: dict[str, Any] = {"point": [0, 0, 0], "normal": [0, 0, 1]}
AXIS: dict[str, Any] = {"entry": [0, 0, 0], "target": [20, 0, 0], "diameter_mm": 3.2}
WEDGE: dict[str, Any] = {"kind": "opening", "angle_deg": 8.0, "side": "medial"}
PIN = {"entry": [0, 0, 9], "target": [9, 0, 9]}
SHALLOW = {"point": [0, 0, 0], "radius_mm": 5, "offset_mm": 0.3}
SLOT = Slot(point_lps_mm=(0, 0, 0), normal_lps=(0, 0, 1), blade_way_lps=(-1, 0, 0), opening_mm=1.25, blade_mm=1.0, length_mm=20,
            wall_mm=3, low_mm=0, top_mm=15, lead_in_mm=0.6)  # fmt: skip


@pytest.mark.parametrize(
    ("idle", "key"),
    [
        ({"slot": "open", "rest": "normal"}, "rest"),
        ({"open_toward": [0, 1, 0]}, "open_toward"),
        ({"rest": "other"}, "rest"),
    ],
)
def test_an_end_or_a_side_of_a_slot_that_has_none_is_refused_by_its_key(idle: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError, match=f"{key} is wanted beside slot") as caught:
        CuttingPlan.model_validate({"cut": [CUT | idle]})
    assert caught.value.errors()[0]["loc"] == ("cut", 0, key)


@pytest.mark.parametrize(
    ("plan", "design", "key"),
    [
        ({"cut": [CUT], "pin": [PIN]}, {"pin_count": 3}, "design.pin_count"),
        ({"cut": [CUT], "relief": [SHALLOW]}, {}, "plan.relief[1].offset_mm"),
        ({"cut": [CUT, CUT | {"marks": ["A", "B"]}]}, {"text": "none"}, "plan.cut[2].marks"),
        ({"wedge": [WEDGE | {"marks": ["A", "B"]}]}, {"text": "none"}, "plan.wedge[1].marks"),
        ({"trajectory": [AXIS | {"mark": "S1"}]}, {"text": "none"}, "plan.trajectory[1].mark"),
        ({"trajectory": [AXIS], "pin": [PIN]}, {"pin_count": 2}, "design.pin_count"),
        ({"trajectory": [AXIS], "relief": [SHALLOW]}, {}, "plan.relief[1].offset_mm"),
    ],
)
def test_what_another_key_makes_idle_is_refused_by_its_name(
    plan: dict[str, Any], design: dict[str, Any], key: str
) -> None:
    with pytest.raises(PrescriptionError) as caught:
        spec_of(plan, design)
    assert [reason.rule for reason in caught.value.reasons] == [key]


@pytest.mark.parametrize(("count", "text"), [(0, "engraved"), (1, "none")])
def test_pins_that_are_counted_as_they_are_named_pass_and_so_does_a_guide_without_words(count: int, text: str) -> None:
    for plan in ({"cut": [CUT], "pin": [PIN]}, {"trajectory": [AXIS], "pin": [PIN]}):
        spec_of(plan, {"pin_count": count, "text": text})


def test_an_open_end_and_a_resting_side_that_the_program_chose_are_told_and_ordered_ones_are_not() -> None:
    cuts = [Cut.model_validate(CUT | more) for more in ({"slot": "open"}, {"slot": "one-sided"})]
    slots = [SLOT.model_copy(update=end) for end in ({"open_end": open_end(cuts[0], SLOT, 1)}, {"resting": -1})]
    end, side = chosen_ends(BONE, cuts, slots)
    assert "cut 1 is open" in end and "open_toward = [0.0000, 1.0000, 0.0000]" in end
    assert "cut 2 rests on a wall on its side towards (0.00, 0.00, -1.00)" in side
    ordered = [
        Cut.model_validate(CUT | m)
        for m in ({"slot": "open", "open_toward": [0, -1, 3]}, {"slot": "one-sided", "rest": "other"})
    ]
    assert open_end(ordered[0], SLOT, 1) == -1 and not [*chosen_ends(BONE, ordered, slots)]


def test_a_direction_that_tells_no_end_of_the_slot_is_refused() -> None:
    across = Cut.model_validate(CUT | {"slot": "open", "open_toward": [5, 1, 0]})
    with pytest.raises(PrescriptionError) as caught:
        open_end(across, SLOT, 2)
    assert caught.value.reasons[0].rule == "plan.cut[2].open_toward" and np.isclose(SLOT.frame[1, 1], 1.0)


def spec_of(plan: dict[str, Any], design: dict[str, Any]) -> Any:
    if "trajectory" in plan:
        return DRILL.spec(design, surgery=DrillPlan.model_validate(plan))
    return CUTTING.spec(design, surgery=CuttingPlan.model_validate(plan))
