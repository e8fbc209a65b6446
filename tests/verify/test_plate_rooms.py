"""Plates on flat bone whose truth is known: as planned, and wrong in one way each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from anatofit.model.finding import Finding, Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.run import verify
from tests.verify.guide_shapes import bone, brick, mesh_of, placed, rod, turned

OFFSET, THICK, HOLE, HEAD, STRETCH = 0.3, 2.5, 3.0, 4.5, 2.0
AT = (-12.0, 12.0)  # along x: a round hole and an oblong one
DEPTH = 20.0
LENGTH = 24.0  # of a screw: 2.8 mm to the bone, 20 mm of it, and 1.2 mm beyond


@dataclass
class Plate:
    """What is made; the plan is that of the plate without faults, unless `plan_changes` says else."""

    thick: float = THICK
    shift: Any = (0.0, 0.0)
    lean_deg: float = 0.0
    hole: float = HOLE
    stretch: float = STRETCH
    shut: bool = False
    plan_changes: dict[str, Any] = field(default_factory=dict)

    def mesh(self) -> Mesh:
        return mesh_of(self.solid())

    def solid(self) -> Any:
        from manifold3d import Manifold

        body = brick((50, 8, self.thick), (0, 0, OFFSET + self.thick / 2)) - rod(HOLE, -9, 30, (AT[0], 0))
        ends = [
            rod(self.hole, -9, 30, (AT[1] + s * self.stretch / 2, 0), sides=64, lean_deg=self.lean_deg) for s in (-1, 1)
        ]
        if not self.shut:
            body -= Manifold.batch_hull(ends).translate([*self.shift, 0.0])
        return body

    def plan(self) -> dict[str, Any]:
        stations = [{"at_mm": x + 24.0, "point_lps_mm": placed((x, 0, 0)).tolist(), "normal_lps": turned((0, 0, 1)), "width_mm": 8.0,
                     "thickness_mm": THICK} for x in np.arange(-24.0, 25.0, 2.0)]  # fmt: skip
        return {
            "contact_offset_mm": OFFSET,
            "hollow_mm": 5.0,
            "stations": stations,
            "screws": [screw(1, AT[0], "locking")],
            "oblongs": [screw(2, AT[1], "oblong", stretch_mm=STRETCH)],
            "keeps": [plane(0.0)],
        } | self.plan_changes


def screw(number: int, x: float, kind: str, **changed: Any) -> dict[str, Any]:
    made = {
        "number": number, "kind": kind, "at_mm": x + 24.0, "entry_lps_mm": placed((x, 0, 0)).tolist(),
        "centre_lps_mm": placed((x, 0, OFFSET + THICK)).tolist(), "axis_lps": turned((0, 0, 1)), "along_lps": turned((1, 0, 0)),
        "screw_mm": 2.7, "diameter_mm": HOLE, "recess_diameter_mm": HEAD, "stretch_mm": 0.0, "low_mm": OFFSET, "top_mm": OFFSET + THICK,
        "depth_mm": DEPTH, "hold": "bicortical", "length_mm": LENGTH,
    }  # fmt: skip
    return made | changed


def plane(x: float, margin_mm: float = 4.0) -> dict[str, Any]:
    return {
        "point_lps_mm": placed((x, 0, 0)).tolist(),
        "normal_lps": turned((1, 0, 0)),
        "points_lps_mm": [],
        "margin_mm": margin_mm,
    }


def found(check: str, plate: Plate, *, of: str = "oblongs", **limits: float) -> Finding:
    requirement = Requirement(
        id="T-1", what="t", check=check, part="plate", unit="mm", parameters={"of": of}, advice="a", **limits
    )
    (finding,) = verify(
        {"plate": plate.mesh()}, requirements=[requirement], models={"host": bone(DEPTH)}, plan=plate.plan()
    )
    return finding


@pytest.mark.parametrize(
    ("check", "high"), [("oblong_middle", 0.05), ("oblong_deg", 0.05), ("oblong_sizes", 0.1), ("plate_thickness", 0.1)]
)
def test_a_plate_as_planned_deviates_little(check: str, high: float) -> None:
    finding = found(check, Plate(), limit_high=high)
    assert finding.passed
    assert finding.measured < 0.01


@pytest.mark.parametrize(
    ("check", "plate", "measured"),
    [
        ("oblong_middle", Plate(shift=(0.06, -0.08)), 0.1),
        ("oblong_deg", Plate(lean_deg=0.5), 0.5),
        ("oblong_sizes", Plate(hole=HOLE + 0.2, stretch=STRETCH - 0.2), 0.2),
        ("oblong_sizes", Plate(stretch=STRETCH + 0.3), 0.3),
        ("plate_thickness", Plate(thick=THICK - 0.2), 0.2),
    ],
)
def test_what_is_wrong_is_measured_and_fails(check: str, plate: Plate, measured: float) -> None:
    finding = found(check, plate, limit_high=0.05)
    assert not finding.passed
    assert finding.measured == pytest.approx(measured, rel=0.05)


@pytest.mark.parametrize("check", ["oblong_middle", "oblong_deg", "oblong_sizes"])
def test_an_oblong_hole_that_is_shut_fails_whatever_the_limit(check: str) -> None:
    finding = found(check, Plate(shut=True), limit_high=1e6)
    assert not finding.passed
    assert "hole 2" in finding.detail


class Undercut(Plate):
    """The underside is higher on one side of the oblong hole, as over bone that rises there, and comes down again beyond."""

    def solid(self) -> Any:
        from manifold3d import Manifold

        corners = [(AT[1] + x, y, z) for x, z in ((1.0, -1.0), (9.0, -1.0), (1.0, OFFSET + 0.5), (5.0, OFFSET + 0.5)) for y in (-9, 9)]  # fmt: skip
        return super().solid() - Manifold.hull_points(corners)


def test_an_underside_that_rises_beside_an_oblong_hole_is_no_wall_of_it() -> None:
    for check in ("oblong_middle", "oblong_deg", "oblong_sizes"):
        assert found(check, Undercut(), limit_high=0.05).passed


def test_the_least_room_to_a_plane_is_that_of_the_wider_hole() -> None:
    room = AT[1] - (HEAD + STRETCH) / 2 - 4.0
    assert found("line_room", Plate(), limit_low=0.0).measured == pytest.approx(room, abs=1e-6)


def test_a_screw_that_crosses_a_slanting_plane_in_the_bone_fails() -> None:
    slanting = plane(0.0) | {"normal_lps": turned((1.0, 0.0, 0.8))}
    finding = found("line_room", Plate(plan_changes={"keeps": [slanting]}), limit_low=0.0)
    assert not finding.passed


def test_a_line_over_the_bone_is_kept_off_as_a_plane_is() -> None:
    line = {
        "point_lps_mm": None,
        "normal_lps": None,
        "margin_mm": 4.0,
        "points_lps_mm": placed([[4, -9, 0], [4, 9, 0]]).tolist(),
    }
    room = AT[1] - 4.0 - (HEAD + STRETCH) / 2 - 4.0
    assert found("line_room", Plate(plan_changes={"keeps": [line]}), limit_low=0.0).measured == pytest.approx(
        room, abs=0.02
    )


def test_a_screw_s_needs_and_its_bone_are_measured_apart_from_the_plan() -> None:
    assert found("screw_lengths", Plate(), limit_high=0.25).measured < 0.01
    assert found("screw_held", Plate(), limit_low=2.5).measured == pytest.approx(DEPTH, abs=0.01)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"length_mm": 20.0}, "before the bone's far side"),
        ({"length_mm": 34.0}, "beyond the bone's far side"),
        ({"hold": "monocortical"}, "screw 2 is monocortical, and its tip ends"),
        ({"depth_mm": 15.0}, "screw 2"),
    ],
)
def test_a_length_that_does_not_hold_as_it_says_fails(changed: Any, said: str) -> None:
    plate = Plate(plan_changes={"oblongs": [screw(2, AT[1], "oblong", stretch_mm=STRETCH, **changed)]})
    finding = found("screw_lengths", plate, limit_high=0.25)
    assert not finding.passed
    assert said in finding.detail


class RunOut(Plate):
    """It runs out to thin ends, and its plan holds normals there that lean against the bone's own, as where the bone bends."""

    def solid(self) -> Any:
        from manifold3d import Manifold

        high = [(x, OFFSET + self._thick(x)) for x in (-25.0, -18.0, 18.0, 25.0)]
        section = [(x, y, z) for x, top in high for z in (OFFSET, top) for y in (-4, 4)]
        return super().solid() ^ Manifold.hull_points(section)

    @staticmethod
    def _thick(x: float) -> float:
        return THICK - max(abs(x) - 18.0, 0.0) / 4.0

    def plan(self) -> dict[str, Any]:
        plan = super().plan()
        for station in plan["stations"]:
            x = station["at_mm"] - 24.0
            lean = np.deg2rad(15.0) * (x < -20.0)
            station |= {"thickness_mm": self._thick(x), "normal_lps": turned((np.sin(lean), 0, np.cos(lean)))}
        return plan


def test_thickness_is_held_to_the_plan_of_the_place_beneath_the_outer_face() -> None:
    assert found("plate_thickness", RunOut(), limit_high=0.1).measured < 0.1
    assert found("plate_thickness", RunOut(thick=THICK - 0.2), limit_high=0.1).measured > 0.15


def test_where_holes_fill_the_middle_thickness_is_measured_to_their_sides() -> None:
    holes = {
        "screws": [screw(n, x, "locking") for n, x in enumerate(np.arange(-24.0, 25.0, 6.0), start=1)],
        "oblongs": [],
    }
    right, thin = (
        found("plate_thickness", Plate(thick=t, plan_changes=holes), limit_high=0.1) for t in (THICK, THICK - 0.3)
    )
    assert right.passed and right.measured >= 0.0
    assert thin.measured == pytest.approx(0.3, abs=0.01)


class Leaning(Plate):
    """A hole as planned, its axis leaning by 35°, so that a wall of it looks down on the outer face beside it."""

    def solid(self) -> Any:
        body = brick((50, 8, self.thick), (0, 0, OFFSET + self.thick / 2))
        return body - rod(HEAD, -9, 30, (AT[1], 0), lean_deg=35.0)

    def plan(self) -> dict[str, Any]:
        lean = np.deg2rad(35.0)
        leaning = screw(2, AT[1], "round", axis_lps=turned((0, -np.sin(lean), np.cos(lean))))
        return super().plan() | {"screws": [leaning], "oblongs": []}


def test_a_wall_of_a_leaning_hole_is_no_underside_and_its_mouth_no_outer_face() -> None:
    assert found("plate_thickness", Leaning(), limit_high=0.1).measured < 0.01
    assert found("plate_thickness", Leaning(thick=THICK - 0.3), limit_high=0.1).measured == pytest.approx(0.3, abs=0.01)


def test_a_thin_wall_beside_a_hole_names_the_hole() -> None:
    lean = found("min_wall", Plate(lean_deg=40.0), limit_low=0.8)
    assert not lean.passed and ", beside the hole of screw 2, " in lean.detail


class Folded(Plate):
    """One edge of the outer face, in the plate's middle, is folded over by a tenth of a micrometre."""

    def mesh(self) -> Mesh:
        whole = super().mesh()
        up, corners = np.array(turned((0, 0, 1))), whole.triangles_lps_mm
        top = np.flatnonzero(((corners - placed((0, 0, OFFSET + self.thick))) @ up > -1e-3).all(axis=1))
        sides = np.roll(corners[top], -1, axis=1) - corners[top]
        row, side = np.unravel_index(int(np.argmin(np.linalg.norm(corners[top] + sides / 2 - corners[top].mean((0, 1)), axis=2))), (len(top), 3))  # fmt: skip
        a, b, c = np.roll(whole.faces[top[row]], -side)
        outward = np.cross(sides[row, side], up) / np.linalg.norm(sides[row, side])
        new = len(whole.vertices_lps_mm)
        middle = corners[top[row], side] + sides[row, side] / 2 + 1e-4 * outward
        faces = [*np.delete(whole.faces, top[row], axis=0), (a, new, c), (new, b, c), (a, b, new)]
        return Mesh(np.concatenate([whole.vertices_lps_mm, middle[None]]), np.array(faces))


def test_a_sliver_that_is_folded_over_in_the_outer_face_is_no_underside() -> None:
    assert found("plate_thickness", Folded(), limit_high=0.1).measured < 0.01
