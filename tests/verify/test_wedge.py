"""A wedge on a slab of bone: its slots, its hinge and the bone after it, as planned and wrong in one way each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anatofit.model.finding import Finding, Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.run import verify
from tests.verify.guide_shapes import LENGTH, OPENING, TOP, Guide, bone, brick, mesh_of, placed, slot_plan, turned

# The cut lies in x = 0, the saw comes in from above, the hinge line runs along y, 15 mm deep in 20 mm of bone.
DEEP, ANGLE = 15.0, 10.0
WALL = 12.0  # so wide that a second slot stands in the same block


def hinged(solid: Any, angle: float, *, deep: float = DEEP) -> Any:
    """Turned about the hinge line; by a positive angle what lies above it goes towards plus x."""
    return solid.translate([0, 0, deep]).rotate([0, angle, 0]).translate([0, 0, -deep])


def around(angle: float, point: Any = (0.0, 0.0, 0.0)) -> list[float]:
    """A place after that turn."""
    x, y, z = np.array(point) + np.array([0, 0, DEEP])
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    return [float(c * x + s * z), float(y), float(c * z - s * x - DEEP)]


def second_slot(angle: float = -ANGLE) -> dict[str, Any]:
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    return slot_plan(point_lps_mm=placed(around(angle)).tolist(), normal_lps=turned((c, 0, -s)), blade_way_lps=turned((s, 0, c)),
                     hinge_mm=[TOP + DEEP, TOP + DEEP], low_mm=2.0, top_mm=TOP - 4.0)  # fmt: skip


def plan_of(kind: str, **changed: Any) -> dict[str, Any]:
    wedge = {"kind": kind, "angle_deg": ANGLE, "hinge_lps_mm": placed((0, 0, -DEEP)).tolist(), "cuts": [1],
             "axis_lps": turned((0, -1 if kind == "opening" else 1, 0))}  # fmt: skip
    slots = [slot_plan(hinge_mm=[TOP + DEEP, TOP + DEEP])]
    if kind == "closing":
        wedge["cuts"], slots = [1, 2], [*slots, second_slot()]
    return {"slots": slots, "wedge": wedge | changed}


def after(kind: str = "opening", *, angle: float = ANGLE, deep: float = DEEP, shift: float = 0.0) -> Mesh:
    """The slab with its part at minus x turned, as it is shown after the correction."""
    slab = brick((90, 60, 20), (0, 0, -10)).refine_to_length(6.0)
    standing = slab.trim_by_plane((1, 0, 0), 0.0)
    part = slab.trim_by_plane((-1, 0, 0), 0.0) if kind == "opening" else slab ^ hinged(brick((200, 200, 200), (-100, 0, 0)), -ANGLE)  # fmt: skip
    return mesh_of(standing + hinged(part, -angle if kind == "opening" else angle, deep=deep).translate([0, shift, 0]))


def guide(kind: str = "opening", *, second: float = -ANGLE, **changed: Any) -> Guide:
    channel = brick((OPENING, LENGTH, 80))
    cut = [hinged(channel, second)] if kind == "closing" else []
    return Guide(pins=(), wall=WALL, cut=cut, plan_changes=plan_of(kind) | {"pins": []}, **changed)


def found(
    check: str, made: Guide, *, host: Mesh | None = None, corrected: Mesh | None = None, **limits: Any
) -> Finding:
    requirement = Requirement(id="T", what="", check=check, part="guide", unit="", **limits)
    models = {"host": host or bone()} | ({"corrected_bone": corrected} if corrected is not None else {})
    (finding,) = verify({"guide": made.mesh()}, requirements=[requirement], models=models, plan=made.plan())
    return finding


BOTH = ("wedge_hinge", "correction_deg", "correction_hinge")  # the second slot of this block has no mouth of its own


@pytest.mark.parametrize(
    ("kind", "check"),
    [("opening", "blade_stop"), *((kind, check) for kind in ("opening", "closing") for check in BOTH)],
)
def test_a_wedge_as_planned_deviates_by_rounding_alone(kind: str, check: str) -> None:
    finding = found(check, guide(kind), corrected=after(kind), limit_high=0.05)
    assert finding.passed, finding.detail
    assert finding.measured < 5e-3


def test_the_angle_between_two_slots_is_the_ordered_one() -> None:
    finding = found("wedge_angle", guide("closing"), limit_high=0.05)
    assert finding.passed and finding.measured < 2e-3


@pytest.mark.parametrize("off", [0.1, -0.1])
def test_a_tenth_of_a_degree_between_the_slots_is_measured_and_fails(off: float) -> None:
    finding = found("wedge_angle", guide("closing", second=-ANGLE + off), limit_high=0.05)
    assert not finding.passed
    assert finding.measured == pytest.approx(0.1, abs=2e-3)


def test_a_slot_beside_the_hinge_line_is_measured_in_millimetres() -> None:
    finding = found("wedge_hinge", guide(slot_shift=(0.1, 0, 0)), limit_high=0.05)
    assert not finding.passed
    assert finding.measured == pytest.approx(0.1, abs=2e-3)


def test_where_two_slots_meet_beside_the_hinge_is_measured_in_millimetres() -> None:
    # both planes through a line 0.5 mm deeper than the hinge: the second keeps its angle and moves by half a millimetre's sine
    moved = hinged(brick((OPENING, LENGTH, 80)), -ANGLE, deep=DEEP + 0.5)
    made = Guide(pins=(), wall=WALL, cut=[moved], plan_changes=plan_of("closing") | {"pins": []})
    finding = found("wedge_hinge", made, limit_high=0.05)
    assert not finding.passed
    assert finding.measured == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("kind", ["opening", "closing"])
@pytest.mark.parametrize(("thick", "left"), [(20.0, 5.0), (18.0, 3.0)])
def test_the_bridge_is_the_bone_beyond_the_hinge_line(kind: str, thick: float, left: float) -> None:
    finding = found("hinge_bridge", guide(kind), host=bone(thick), limit_low=4.9)
    assert finding.measured == pytest.approx(left, abs=2e-3)
    assert finding.passed is (left > 4.9)


def test_a_cut_that_goes_beside_the_hinge_in_the_bone_is_not_measured() -> None:
    far = bone()
    far = Mesh(far.vertices_lps_mm + 500.0, far.faces)
    assert found("wedge_hinge", guide(), host=far).not_measured
    assert found("hinge_bridge", guide(), host=far).not_measured


def test_the_blades_way_is_measured_from_the_mouth_as_it_is() -> None:
    lower = brick((200, 200, 80), (0, 0, TOP - 1.0 + 40))
    finding = found("blade_stop", guide(), limit_high=0.3)
    assert finding.passed and finding.values["slot_1_least_mm"] == pytest.approx(TOP + DEEP, abs=2e-3)
    made = Guide(pins=(), wall=WALL, cut=[lower], plan_changes=plan_of("opening") | {"pins": []})
    finding = found("blade_stop", made, limit_high=0.3)
    assert not finding.passed
    assert finding.measured == pytest.approx(1.0, abs=2e-3)


def test_the_gap_is_told_in_millimetres_at_the_cortex() -> None:
    finding = found("correction_deg", guide(), corrected=after())
    assert finding.values["at_the_cortex_mm"] == pytest.approx(2 * DEEP * np.sin(np.deg2rad(ANGLE / 2)), abs=5e-3)
    assert "opens by" in finding.detail


@pytest.mark.parametrize("kind", ["opening", "closing"])
@pytest.mark.parametrize("angle", [ANGLE + 0.1, ANGLE - 0.1, 0.0, -ANGLE])
def test_a_bone_turned_by_another_angle_is_measured_and_fails(kind: str, angle: float) -> None:
    finding = found("correction_deg", guide(kind), corrected=after(kind, angle=angle), limit_high=0.05)
    assert not finding.passed and not finding.not_measured
    assert finding.measured == pytest.approx(abs(ANGLE - angle), abs=2e-3)


def test_a_bone_turned_about_another_line_is_measured_and_fails() -> None:
    finding = found("correction_hinge", guide(), corrected=after(deep=DEEP + 1.0), limit_high=0.05)
    assert not finding.passed
    assert finding.measured == pytest.approx(2 * np.sin(np.deg2rad(ANGLE / 2)), abs=5e-3)
    moved = found("correction_hinge", guide(), corrected=after(shift=0.2), limit_high=0.05)
    assert moved.measured == pytest.approx(0.2, abs=5e-3)


def test_a_corrected_bone_of_another_shape_fails_unmeasured() -> None:
    finding = found(
        "correction_deg", guide(), corrected=mesh_of(brick((60, 40, 14), (0, 0, -10)).refine_to_length(6.0))
    )
    assert finding.not_measured and "is not found in the corrected bone" in finding.detail


def test_without_the_corrected_bone_the_correction_is_not_measured() -> None:
    finding = found("correction_deg", guide())
    assert finding.not_measured and "models/corrected_bone.stl" in finding.detail


def test_a_plan_without_a_wedge_is_not_measured() -> None:
    assert found("wedge_hinge", Guide(pins=())).not_measured
