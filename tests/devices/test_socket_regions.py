"""Regions of a socket: where their landmark is not known, what they make where they overlap, and what a reduction leaves of the distal gap."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sockets import R, asked, limb, planned

from anatofit.devices.socket.spec import library
from anatofit.errors import PrescriptionError
from anatofit.model.rectification import Reduction


def region(name: str, at: str, depth_mm: float, **more: Any) -> dict[str, Any]:
    size = {"half_along_mm": 5.0, "half_around_mm": 14.0, "falloff_mm": 15.0}
    return {"name": name, "at": at, **size, "depth_mm": depth_mm, "source": "felt", **more}


def test_a_hamstring_that_nobody_marked_is_said_to_be_marked_by_hand_whatever_the_side() -> None:
    spec = asked(plan={"region": [region("channel", "hamstring_medial", 5.0, optional=True)]})
    (note,) = planned(limb(R), spec).notes
    assert "'channel' was left out" in note and "no scan" in note and "locate.landmark.hamstring_medial" in note
    assert "side" not in note


def test_a_reduction_leaves_the_distal_gap_that_was_ordered() -> None:
    own = library("tsb").model_copy(update={"reduction": (Reduction(at="tibial_tubercle", percent=3.0),)})
    inset = planned(limb(R), asked({"distal_gap_mm": 5.0}, template=own)).shape.inset
    assert inset[0].value_mm == 0.0 and max(s.value_mm for s in inset) > 0.3
    without = planned(limb(R), asked({"distal_gap_mm": 0.0}, template=own)).shape.inset
    assert without[0].value_mm > 0.3


def test_regions_that_together_go_deeper_than_any_of_them_are_told() -> None:
    spec = asked({"template": "hydrostatic"}, {"region": [region(n, "popliteal", -3.0) for n in ("one", "two")]})
    assert any(
        "'one' and 'two' overlap: together they press in by up to 6.0 mm" in n for n in planned(limb(R), spec).notes
    )


@pytest.mark.parametrize(("strength", "depths"), [(100, (-7.0, -7.0)), (150, (-9.0,)), (100, (5.0, 4.0))])
def test_regions_that_together_leave_their_bounds_are_refused_by_name(
    strength: float, depths: tuple[float, ...]
) -> None:
    own = [region(f"own {n}", "popliteal", depth) for n, depth in enumerate(depths)]
    with pytest.raises(PrescriptionError, match=r"'own 0'.*where they are deepest") as stopped:
        planned(limb(R), asked({"template": "hydrostatic", "strength_percent": strength}, {"region": own}))
    assert [r.rule for r in stopped.value.reasons] == ["rectification"]


@pytest.mark.parametrize("name", ["ptb", "tsb"])
def test_regions_of_the_library_blend_and_do_not_pile_up(name: str) -> None:
    assert not planned(limb(R), asked({"template": name, "strength_percent": 150.0})).notes
