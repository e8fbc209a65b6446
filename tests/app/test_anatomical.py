"""A plan in the frame of the bone means the same on either side and in any pose; where there is no such frame it is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from anatofit.app.anatomical import check_form, plan_marks, spec_in_lps, with_order_axes
from anatofit.app.bones import closed_bone, recognised
from anatofit.app.prescription import read_job
from anatofit.app.resolved import asked
from anatofit.app.turned import ras_to_lps
from anatofit.devices.cutting_guide.spec import CuttingPlan
from anatofit.devices.guide.spelled import as_written, spelled
from anatofit.errors import PrescriptionError, ScanUnsuitableError
from anatofit.locate.long_bone import locate_long_bone
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality, unit_vector
from anatofit.samples.shin_bone import shin_bone

ORDER = """
[order]
case = "A-0001"
device = "cutting-guide"
laterality = "L"
prescriber = "Department of Orthopaedics"
[source]
surface = "bone.stl"
unit = "mm"
frame = "RAS"
[plan]
frame = "bone"
approach = [1.0, 0.0, 0.0]
[[plan.cut]]
point = [20.0, 5.0, -45.0]
normal = [0.0, 0.6, 0.8]
"""


class Form(BaseModel):
    surgery: CuttingPlan


PLAN = CuttingPlan.model_validate(
    {"approach": [1, 0, 0], "cut": [{"point": [20, 5, -45], "normal": [0, 0.6, 0.8]}], "relief": [{"point": [0, 0, -30], "radius_mm": 5, "offset_mm": 1}]}
)  # fmt: skip


def located(side: Laterality) -> Anatomy:
    mesh = shin_bone(side, rings=80, around=36)
    found = locate_long_bone(mesh, ordered=side, bone="tibia")
    assert found is not None
    return recognised(closed_bone(mesh, side), found)


def in_lps(anatomy: Anatomy, frame: str = "bone") -> CuttingPlan:
    job: Any = SimpleNamespace(plan_frame=frame, spec=Form(surgery=PLAN))
    return spec_in_lps(job, anatomy).surgery  # type: ignore[attr-defined, no-any-return]


def test_places_count_from_the_knee_and_directions_from_nowhere() -> None:
    anatomy = located(Laterality.LEFT)
    plan, knee = in_lps(anatomy), anatomy.landmarks["knee_centre"]
    # a left bone in LPS: medial is -x, the front -y
    assert np.array(plan.cut[0].point) == pytest.approx(knee + np.array([-20.0, -5.0, -45.0]), abs=2.5)
    assert np.array(plan.approach) == pytest.approx([-1.0, 0.0, 0.0], abs=0.05)
    assert np.array(plan.cut[0].normal) == pytest.approx([0.0, -0.6, 0.8], abs=0.05)
    assert plan.relief[0].radius_mm == 5.0


def test_the_same_plan_on_the_other_side_is_its_mirror_image() -> None:
    left, right = (in_lps(located(side)) for side in (Laterality.LEFT, Laterality.RIGHT))
    mirror = np.array([-1.0, 1.0, 1.0])
    assert np.array(right.cut[0].point) == pytest.approx(np.array(left.cut[0].point) * mirror, abs=0.05)
    assert np.array(right.cut[0].normal) == pytest.approx(np.array(left.cut[0].normal) * mirror, abs=0.005)


def test_a_plan_in_the_sources_coordinates_stays() -> None:
    assert in_lps(located(Laterality.LEFT), "source") == PLAN


@pytest.mark.parametrize(
    ("source", "plan", "expected"),
    [("RAS", "source", [1.0, 0.0, 0.0]), ("LPS", "source", [-1.0, 0.0, 0.0]), (None, "source", [-1.0, 0.0, 0.0]), ("RAS", "bone", [1.0, 0.0, 0.0])],
)  # fmt: skip
def test_a_direction_that_is_proposed_is_spelled_in_the_axes_of_the_orders_plan(
    source: str | None, plan: str, expected: list[float]
) -> None:
    job: Any = SimpleNamespace(
        plan_frame=plan, spec=Form(surgery=PLAN), prescription=SimpleNamespace(source=SimpleNamespace(frame=source))
    )
    anatomy = with_order_axes(job, located(Laterality.LEFT))
    asked = anatomy.as_ordered(np.array([-1.0, 0.0, 0.0]))
    assert asked == pytest.approx(expected, abs=0.05)
    again = PLAN.model_copy(update={"approach": tuple(asked.tolist())})
    if plan == "bone":
        job.spec = Form(surgery=again)
        back = spec_in_lps(job, anatomy).surgery  # type: ignore[attr-defined]
    else:
        back = ras_to_lps(again) if source == "RAS" else again
    assert np.array(back.approach) == pytest.approx([-1.0, 0.0, 0.0], abs=1e-6)


@pytest.mark.parametrize("source", ["RAS", "LPS", "bone"])
def test_a_direction_put_back_as_it_is_spelled_is_the_very_one_that_was_designed_along(source: str) -> None:
    job: Any = SimpleNamespace(
        plan_frame="bone" if source == "bone" else "source",
        spec=Form(surgery=PLAN),
        prescription=SimpleNamespace(source=SimpleNamespace(frame=source)),
    )
    anatomy = with_order_axes(job, located(Laterality.LEFT))
    way = as_written(np.array([0.3, 0.52345678, -0.7]), anatomy)
    words = spelled("approach", way, anatomy)
    again = PLAN.model_copy(update={"approach": tuple(json.loads(words.split(" = ")[1]))})
    job.spec = Form(surgery=again)
    back = spec_in_lps(job, anatomy).surgery if source == "bone" else ras_to_lps(again) if source == "RAS" else again  # type: ignore[attr-defined]
    assert unit_vector(np.array(back.approach)).tolist() == way.tolist()


def test_without_a_recognised_bone_there_is_no_such_frame() -> None:
    with pytest.raises(ScanUnsuitableError, match="not recognised") as caught:
        in_lps(replace(located(Laterality.LEFT), bone=""))
    assert [r.rule for r in caught.value.reasons] == ["not-that-bone"]


def test_a_line_that_does_not_tell_directions_from_places_takes_no_such_plan() -> None:
    class Loose(BaseModel):
        point: tuple[float, float, float] | None = None

    check_form(Loose, "source")
    check_form(CuttingPlan, "bone")
    with pytest.raises(PrescriptionError, match=r"cannot be given in the frame of the bone"):
        check_form(Loose, "bone")


def test_an_order_in_the_bones_frame_is_not_turned_with_its_file_and_is_filed_as_it_was_given(tmp_path: Path) -> None:
    order = tmp_path / "order.toml"
    order.write_text(ORDER, encoding="utf-8")
    job = read_job(order)
    assert job.plan_frame == "bone"
    assert asked(job)["plan"]["frame"] == "bone" and asked(job)["plan"]["cut"][0]["point"] == [20.0, 5.0, -45.0]


AXES = """
[[plan.trajectory]]
entry = [10.0, 5.0, -45.0]
target = [0.0, 5.0, -45.0]
diameter_mm = 3.2
mark = "L LAT"
[[plan.trajectory]]
entry = [10.0, 5.0, -65.0]
target = [0.0, 5.0, -65.0]
diameter_mm = 3.2
"""


@pytest.mark.parametrize("frame", ["bone", "source"])
def test_marks_of_a_plan_are_known_in_either_frame_and_its_places_in_that_of_the_source(
    frame: str, tmp_path: Path
) -> None:
    (tmp_path / "order.toml").write_text(
        ORDER.replace("[[plan.cut]]", '[[plan.cut]]\nmarks = ["R", "MED"]').replace('"bone"', f'"{frame}"')
    )
    assert [(m.what, m.marks, m.places) for m in plan_marks(read_job(tmp_path / "order.toml"))] == [
        ("cut 1", ("R", "MED"), ())
    ]
    axes = ORDER.split("[[plan.cut]]")[0].replace("cutting", "drill").replace('"bone"', f'"{frame}"') + AXES
    (tmp_path / "order.toml").write_text(axes)
    marked = plan_marks(read_job(tmp_path / "order.toml"))
    assert [(m.what, m.marks) for m in marked] == [("trajectory 1", ("L LAT",)), ("trajectory 2", ())]
    assert [len(m.places) for m in marked] == ([2, 2] if frame == "source" else [0, 0])


def test_a_frame_that_is_not_known_is_told_by_its_key(tmp_path: Path) -> None:
    order = tmp_path / "order.toml"
    order.write_text(ORDER.replace('frame = "bone"', 'frame = "tibia"'), encoding="utf-8")
    with pytest.raises(PrescriptionError) as caught:
        read_job(order)
    assert [r.rule for r in caught.value.reasons] == ["plan.frame"]
