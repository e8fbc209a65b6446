"""Other bones of a scan: a device stays clear of them in its seat and on its way, and an order that cannot is refused by name."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from anatofit.devices.bone_plate import DEVICE as PLATE
from anatofit.devices.bone_plate.spec import PlatePlan
from anatofit.devices.cutting_guide import DEVICE as CUTTING
from anatofit.devices.cutting_guide.neighbours import other_bones
from anatofit.devices.cutting_guide.spec import CuttingPlan
from anatofit.devices.drill_guide import DEVICE as DRILL
from anatofit.devices.drill_guide.spec import DrillPlan
from anatofit.devices.guide.layout import Seat, Sleeve
from anatofit.devices.guide.overhead import OtherBones, barred
from anatofit.devices.guide.unseen import unseen_notes
from anatofit.errors import PrescriptionError
from anatofit.geometry.bridge import mesh_of
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.mesh import Mesh
from anatofit.samples.long_bone import long_bone
from anatofit.verify.run import verify

SMALL = {
    "foot_reach_mm": 12.0,
    "foot_width_mm": 18.0,
    "slot_length_mm": 14.0,
    "pin_count": 0,
    "window_mm": 0.0,
    "text": "none",
}
CUT = {"point": [0.0, -3.0, 150.0], "normal": [0.0, 0.0, 1.0]}
FRONT = [0.0, -1.0, 0.0]
SEAT = Seat(
    origin_lps_mm=(0.0, 0.0, 0.0), axes_lps=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), low_mm=(-20.0, -20.0, 0.0),
    shape_kji=(2, 81, 81), step_mm=0.5,
)  # fmt: skip


def ball(at: tuple[float, float, float], radius: float) -> Mesh:
    from manifold3d import Manifold

    return mesh_of(Manifold.sphere(radius, 48).translate(at))


@cache
def _host() -> Mesh:
    return long_bone(Laterality.LEFT, rings=80, around=36)


def anatomy(*others: Mesh) -> Anatomy:
    surfaces = {"host": _host()}
    if others:
        (surfaces["neighbours"],) = others
    return Anatomy("bone", Laterality.LEFT, surfaces, figures={"neighbours_count": float(len(others))})


def cutting(found: Anatomy, **more: Any) -> Any:
    surgery = CuttingPlan.model_validate({"cut": [CUT], "approach": FRONT, **more})
    return CUTTING.plan(found, CUTTING.spec(SMALL, surgery=surgery), case="A-1")


def front_at(z: float) -> float:
    """y of the bone's front at a height, on x = 0."""
    near = _host().vertices_lps_mm
    near = near[(np.abs(near[:, 2] - z) < 4) & (np.abs(near[:, 0]) < 4)]
    return float(near[:, 1].min())


def nearest_mm(points: FloatArray, at: tuple[float, float, float], radius: float) -> float:
    return float(np.linalg.norm(points - np.array(at), axis=1).min()) - radius


def measured(device: Any, found: Anatomy, spec: Any, plan: Any, mesh: Mesh, part: str) -> dict[str, Any]:
    from anatofit.model.make import Material, Printer

    material = Material(name="PA12", density_g_cm3=1.01, smallest_wall_mm=0.8, smallest_hole_mm=0.8, source="test")
    printer = Printer(name="P", build_volume_mm=(200, 200, 200), source="test")
    asked = device.requirements(spec, plan, material=material, printer=printer)
    beside = [r for r in asked if r.check == "other_bones"]
    findings = verify({part: mesh}, requirements=beside, models=dict(found.surfaces), plan=plan.model_dump(mode="json"))
    return {f.id: f for f in findings}


def test_a_guide_leaves_the_way_of_another_bone_free() -> None:
    # it stands 9 mm off the bone's front, above what would be the upper foot of the base
    at, radius = (0.0, front_at(161.0) - 16.0, 161.0), 7.0
    found = anatomy(ball(at, radius))
    plan = cutting(found)
    (part,) = CUTTING.build(found, plan)
    (alone,) = CUTTING.build(anatomy(), cutting(anatomy()))
    beneath = part.mesh.vertices_lps_mm[:, [0, 2]] - [at[0], at[2]]
    assert np.linalg.norm(beneath, axis=1).min() > radius + 0.5
    assert part.mesh.volume_mm3 < alone.mesh.volume_mm3 - 100.0
    surgery = CuttingPlan.model_validate({"cut": [CUT], "approach": FRONT})
    said = measured(CUTTING, found, CUTTING.spec(SMALL, surgery=surgery), plan, part.mesh, "guide")["CG-BESIDE-1"]
    assert said.passed and 0.5 < said.measured <= 3.0
    blind = measured(CUTTING, found, CUTTING.spec(SMALL, surgery=surgery), plan, alone.mesh, "guide")["CG-BESIDE-1"]
    assert not blind.passed


def test_what_is_kept_clear_of_is_told_and_what_touches_counts_as_bone() -> None:
    near = cutting(anatomy(ball((0.0, front_at(161.0) - 16.0, 161.0), 7.0)))
    assert near.beside_mm == 1.0
    assert any("1 other bone of the scan is kept clear of" in note for note in near.notes)
    alone = cutting(anatomy())
    assert alone.beside_mm is None
    assert any(
        "no other bone of the scan" in n and "touches this one in the scan counts as a part of it" in n
        for n in alone.notes
    )
    unseen = Anatomy("bone", Laterality.LEFT, {"host": _host()})
    assert not any("other bone" in note for note in cutting(unseen).notes)


def test_another_bone_before_a_blade_is_refused_and_one_behind_is_told() -> None:
    with pytest.raises(PrescriptionError, match="another bone stands over the slot of cut 1") as caught:
        cutting(anatomy(ball((0.0, front_at(150.0) - 45.0, 150.0), 8.0)))
    assert [r.rule for r in caught.value.reasons] == ["way-blocked"]
    # a plane that leans: the blade comes from elsewhere than the guide does
    leaning = {**CUT, "normal": [0.0, 0.5, 1.0]}
    with pytest.raises(
        PrescriptionError, match=r"another bone stands in the plane of cut 1 before the bone that is cut"
    ) as caught:
        cutting(anatomy(ball((0.0, -50.0, 173.5), 4.0)), cut=[leaning])
    assert [r.rule for r in caught.value.reasons] == ["way-blocked"]
    behind = cutting(anatomy(ball((0.0, 45.0, 150.0), 8.0)))
    assert any("another bone lies in the plane of cut 1" in n and "protect it from the saw" in n for n in behind.notes)
    slot = behind.slots[0]
    end = np.array(slot.point_lps_mm) + (slot.length_mm / 2 + slot.wall_mm) * slot.frame[:, 1]
    beyond = end + 6.0 * slot.frame[:, 1] + (slot.low_mm - 20.0) * slot.frame[:, 2]
    _, notes = other_bones([slot], ball(tuple(beyond), 3.0))
    assert any("3 mm past the end of the slot" in n and "by hand" in n for n in notes)
    _, notes = other_bones([slot], ball(tuple(beyond + 12.0 * slot.frame[:, 1]), 3.0))
    assert notes == []


def test_the_best_way_in_is_one_that_no_other_bone_bars() -> None:
    surgery = CuttingPlan.model_validate({"cut": [CUT]})
    spec = CUTTING.spec(SMALL, surgery=surgery)
    free = np.array(CUTTING.plan(anatomy(), spec, case="A-1").insertion_direction_lps)
    at = np.array(CUT["point"]) + 40.0 * free
    wall = ball((float(at[0]), float(at[1]), float(at[2])), 22.0)
    barred = np.array(CUTTING.plan(anatomy(wall), spec, case="A-1").insertion_direction_lps)
    assert float(free @ barred) < 0.9


def drilled(found: Anatomy, **design: Any) -> Any:
    entry = [0.0, front_at(150.0), 150.0]
    line = {"entry": entry, "target": [0.0, entry[1] + 15.0, 150.0], "diameter_mm": 2.5}
    surgery = DrillPlan.model_validate({"trajectory": [line], "approach": FRONT})
    spec = DRILL.spec({"pin_count": 0, "window_mm": 0.0, "text": "none", **design}, surgery=surgery)
    return spec, DRILL.plan(found, spec, case="A-1")


def test_another_bone_over_a_drill_or_beside_its_sleeve_is_refused() -> None:
    with pytest.raises(PrescriptionError, match=r"another bone stands .* in the way of the drill"):
        drilled(anatomy(ball((0.0, front_at(150.0) - 60.0, 150.0), 8.0)))
    with pytest.raises(PrescriptionError, match="another bone stands over the sleeve of trajectory 1"):
        drilled(anatomy(ball((10.0, front_at(150.0) - 13.0, 150.0), 6.0)))


def test_a_trajectory_that_ends_in_another_bone_is_told() -> None:
    _, plan = drilled(anatomy(ball((0.0, front_at(150.0) + 15.0 + 30.0, 150.0), 6.0)))
    assert not any("enters another bone" in note for note in plan.notes)
    _, plan = drilled(anatomy(ball((0.0, front_at(150.0) + 12.0, 150.0), 2.0)))
    assert any("trajectory 1 enters another bone 10 mm beneath its entry" in note for note in plan.notes)


def test_a_plate_under_another_bone_stays_off_it_and_says_that_it_does_not_come_off() -> None:
    y = front_at(150.0)
    path = [[0.0, front_at(130.0), 130.0], [0.0, y, 150.0], [0.0, front_at(170.0), 170.0]]
    spec = PLATE.spec({"text": "none"}, surgery=PlatePlan.model_validate({"path": path}))
    at, radius = (0.0, y - 14.0, 150.0), 9.0
    found = anatomy(ball(at, radius))
    plan = PLATE.plan(found, spec, case="A-1")
    assert not plan.comes_off and any("does not come off" in note for note in plan.notes)
    (part,) = PLATE.build(found, plan)
    assert nearest_mm(part.mesh.vertices_lps_mm, at, radius) > 0.8
    assert measured(PLATE, found, spec, plan, part.mesh, "plate")["BP-BESIDE-1"].passed


@pytest.mark.parametrize(
    ("at", "over", "before"),
    [((9.0, 0.0, 6.0), False, False), ((6.5, 0.0, 6.0), True, False), ((0.0, 0.0, 40.0), True, True)],
)
def test_a_pin_is_barred_by_a_bone_over_or_beside_its_sleeve_or_before_its_drill(
    at: tuple[float, float, float], over: bool, before: bool
) -> None:
    pin = Sleeve(
        entry_lps_mm=(0.0, 0.0, 0.0),
        axis_lps=SEAT.axes_lps[2],
        diameter_mm=2.5,
        outer_diameter_mm=6.5,
        low_mm=-3.0,
        top_mm=9.0,
        depth_mm=20.0,
    )
    found = OtherBones.over(SEAT, ball(at, 3.0))
    assert found is not None and (found.over_tube(pin), found.before(pin)) == (over, before)
    assert len([*barred([pin], found)]) == int(over or before)


@pytest.mark.parametrize(
    ("reaches_mm", "figures", "told"),
    [
        (25.0, {}, True),
        (15.0, {}, False),
        (25.0, {"neighbours_given_count": 1.0}, False),
        (25.0, {"neighbours_count": 0.0}, False),
    ],
)
def test_a_guide_far_past_a_bone_beside_which_no_other_was_seen_says_so(
    reaches_mm: float, figures: dict[str, float], told: bool
) -> None:
    """Columns of bone within 10 mm of the middle."""
    x = np.arange(-20.0, 20.5, 0.5)
    height = np.where(np.hypot(x, x[:, None]) <= 10.0, 5.0, np.nan)
    found = Anatomy("bone", Laterality.LEFT, {"host": _host()}, figures=figures)
    said = unseen_notes(found, "guide", SEAT, height, [np.array([[0.0, 0.0, 9.0], [reaches_mm, 0.0, 9.0]])])
    assert [note.split(",")[0] for note in said] == (
        ["the guide stands as much as 15 mm past the bone's outline"] if told else []
    )
