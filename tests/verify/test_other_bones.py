"""What verification says of other bones: by how much they are cleared, and what they stand in the way of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.model.finding import Finding, Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.run import check_named
from anatofit.verify.subject import Measurement, Subject

PLAN: dict[str, Any] = {"insertion_direction_lps": [0.0, 0.0, 1.0]}


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Mesh:
    from manifold3d import Manifold

    from anatofit.geometry.bridge import mesh_of

    solid = Manifold.cube(np.subtract(high, low).tolist()).translate(low).refine_to_length(1.0)
    return mesh_of(solid)


PART = box((-5.0, -5.0, 0.0), (5.0, 5.0, 4.0))


def asked(check: str, **parameters: Any) -> Requirement:
    return Requirement(id="X-1", what="", check=check, part="guide", unit="mm", parameters=parameters)


def cleared(other: Mesh, length_mm: float = 60.0) -> Measurement:
    subject = Subject(part=PART, host=None, missing=None, plan=PLAN, neighbours=other)
    return check_named("other_bones")(subject, asked("other_bones", length_mm=length_mm))


def test_a_bone_beside_the_part_is_as_near_as_it_is() -> None:
    assert cleared(box((6.5, -5.0, 0.0), (20.0, 5.0, 4.0))).value == pytest.approx(1.5, abs=0.01)


def test_a_bone_over_the_part_is_met_on_the_way_and_not_in_the_seat() -> None:
    above = box((-5.0, -5.0, 20.0), (5.0, 5.0, 30.0))
    assert cleared(above).value < 0
    assert cleared(above, length_mm=0.0).value == 3.0


def test_bones_out_of_reach_are_told_as_such() -> None:
    said = cleared(box((60.0, -5.0, 0.0), (70.0, 5.0, 4.0)))
    assert said.value == 3.0 and "no other bone that is known comes within 3 mm" in said.detail
    found = Finding(id="X-1", what="", measured=said.value, unit="mm", passed=True, values=dict(said.values))
    assert found.told == "> 3 mm"
    assert found.model_copy(update={"values": {}}).told == "3 mm"


def test_a_pack_without_its_other_bones_is_not_measured() -> None:
    subject = Subject(part=PART, host=None, missing=None, plan=PLAN)
    with pytest.raises(ValueError, match=r"models/neighbours\.stl is missing"):
        check_named("other_bones")(subject, asked("other_bones", length_mm=10.0))


def test_a_bone_above_an_entry_is_in_a_drill_s_way() -> None:
    sleeve = {"entry_lps_mm": [0.0, 0.0, 0.0], "axis_lps": [0.0, 0.0, 1.0], "diameter_mm": 3.0, "drill_mm": 2.5}
    sleeve |= {"outer_diameter_mm": 7.0, "low_mm": 0.0, "top_mm": 10.0, "depth_mm": 20.0}
    plan = {**PLAN, "sleeves": [sleeve]}
    host = box((-20.0, -20.0, -30.0), (20.0, 20.0, 0.0))
    slopes = []
    for other in (None, box((-5.0, -5.0, 40.0), (5.0, 5.0, 50.0)), box((-5.0, -5.0, -60.0), (5.0, 5.0, -40.0))):
        subject = Subject(part=PART, host=host, missing=None, plan=plan, neighbours=other)
        slopes.append(check_named("drill_way")(subject, asked("drill_way", of="sleeves")).value)
    assert slopes[0] == slopes[2] == 0.0 and slopes[1] > 80.0
