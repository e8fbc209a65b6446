"""A guide on flat bone whose truth is known: base, a slot in a block, two pins in sleeves; each may be wrong in one way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from anatofit.model.finding import Finding, Requirement
from anatofit.model.mesh import Mesh
from anatofit.verify.run import verify

OFFSET, OPENING, BLADE, LENGTH, TOP, WALL = 0.3, 1.25, 1.0, 20.0, 18.0, 3.0
PINS = ((-18.0, 8.0), (18.0, -8.0))
HOLE, SLEEVE = 2.5, 6.5
# Every guide is measured lying askew and away from the origin, in float32: as a file holds it.
TURN = np.linalg.qr(np.random.default_rng(11).normal(size=(3, 3)))[0]
TURN *= np.sign(np.linalg.det(TURN))
PLACE = np.array([-310.0, 155.0, 420.0])


def placed(points: Any) -> Any:
    return np.asarray(points, dtype=float) @ TURN.T + PLACE


def turned(direction: Any) -> list[float]:
    return (TURN @ np.asarray(direction, dtype=float)).tolist()


def brick(size: Any, middle: Any = (0, 0, 0)) -> Any:
    from manifold3d import Manifold

    return Manifold.cube(list(map(float, size)), True).translate(list(map(float, middle)))


def rod(diameter: float, low: float, high: float, at: Any = (0, 0), *, sides: int = 48, lean_deg: float = 0.0) -> Any:
    """A rod along z through (x, y, 0), its polygon as large as the true circle, leaned about its place at z = 0."""
    from manifold3d import Manifold

    swell = np.sqrt(2 * np.pi / (sides * np.sin(2 * np.pi / sides)))
    solid = Manifold.cylinder(high - low, diameter / 2 * swell, diameter / 2 * swell, sides)
    return solid.translate([0, 0, low]).rotate([lean_deg, 0, 0]).translate([*map(float, at), 0])


@dataclass
class Guide:
    """What is made; the plan is always that of the guide without faults, unless `plan_changes` says else."""

    slot_shift: Any = (0, 0, 0)
    slot_turn_deg: Any = (0, 0, 0)
    opening: float = OPENING
    slot: bool = True
    wall: float = WALL
    end_wall: float = WALL
    pin_shift: Any = (0, 0, 0)
    pin_lean_deg: float = 0.0
    hole: float = HOLE
    sides: int = 48
    pins: Any = PINS
    added: list[Any] = field(default_factory=list)
    cut: list[Any] = field(default_factory=list)
    plan_changes: dict[str, Any] = field(default_factory=dict)

    def solid(self) -> Any:
        block = brick((OPENING + 2 * self.wall, LENGTH + 2 * self.end_wall, TOP - OFFSET), (0, 0, (TOP + OFFSET) / 2))
        body = brick((54, 30, 4), (0, 0, OFFSET + 2)) + block
        for at in self.pins:
            body += rod(SLEEVE, OFFSET, 9.0, at)
        if self.slot:
            channel = brick((self.opening, LENGTH, 80))
            body -= channel.rotate(list(self.slot_turn_deg)).translate(list(map(float, self.slot_shift)))
        for at in self.pins:
            hole = rod(self.hole, -30, 60, at, sides=self.sides, lean_deg=self.pin_lean_deg)
            body -= hole.translate(list(map(float, self.pin_shift)))
        for solid in self.cut:
            body -= solid
        for solid in self.added:
            body += solid
        return body

    def mesh(self) -> Mesh:
        return mesh_of(self.solid())

    def plan(self) -> dict[str, Any]:
        return plan_of(self.pins) | self.plan_changes


def mesh_of(solid: Any) -> Mesh:
    raw = solid.to_mesh64()
    points = placed(np.asarray(raw.vert_properties)[:, :3]).astype(np.float32)
    return Mesh(points.astype(float), np.asarray(raw.tri_verts).astype(np.int64))


def slot_plan(**changed: Any) -> dict[str, Any]:
    plan = {
        "point_lps_mm": placed((0, 0, 0)).tolist(),
        "normal_lps": turned((1, 0, 0)),
        "blade_way_lps": turned((0, 0, 1)),
        "opening_mm": OPENING,
        "blade_mm": BLADE,
        "length_mm": LENGTH,
        "wall_mm": WALL,
        "low_mm": OFFSET,
        "top_mm": TOP,
        "lead_in_mm": 0.0,
        "open_end": 0,
        "resting": 0,
    }
    return plan | changed


def pin_plan(at: Any, **changed: Any) -> dict[str, Any]:
    plan = {
        "entry_lps_mm": placed((*at, 0.0)).tolist(),
        "axis_lps": turned((0, 0, 1)),
        "diameter_mm": HOLE,
        "outer_diameter_mm": SLEEVE,
        "low_mm": -3.0,
        "top_mm": 9.0,
        "depth_mm": 20.0,
    }
    return plan | changed


def plan_of(pins: Any = PINS) -> dict[str, Any]:
    return {
        "insertion_direction_lps": turned((0, 0, 1)),
        "contact_offset_mm": OFFSET,
        "edge_radius_mm": 0.0,
        "slots": [slot_plan()],
        "pins": [pin_plan(at) for at in pins],
        "seat": {"axes_lps": [turned(axis) for axis in np.eye(3)]},
    }


def bone(thickness: float = 20.0) -> Mesh:
    """A flat slab of bone from z = 0 down."""
    return mesh_of(brick((90, 60, thickness), (0, 0, -thickness / 2)).refine_to_length(6.0))


def found(check: str, guide: Guide, *, host: Mesh | None = None, **limits: Any) -> Finding:
    """The finding of one check on a guide on flat bone."""
    parameters = {"of": "pins"} if check.startswith("channel") else {}
    requirement = Requirement(id="T", what="", check=check, part="guide", unit="", parameters=parameters, **limits)
    models = {"host": host or bone()}
    (finding,) = verify({"guide": guide.mesh()}, requirements=[requirement], models=models, plan=guide.plan())
    return finding
