"""Skulls that we can compute: ellipsoid shells with a hole of a known shape, as an Anatomy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.devices.cranial_plate import DEVICE
from anatofit.geometry.bridge import mesh_of_field
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality, Plane
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh
from anatofit.model.volume import Volume
from anatofit.surface.air import air_walls

CENTRE = np.array([4.0, -7.0, 12.0])


@dataclass(frozen=True)
class Skull:
    """Radii of the outer ellipsoid, bone thickness, and a hole: its half width, its waviness, the lean of its wall.

    ridge_mm: height of a ridge 3 mm wide on the inner face, across the hole; notch_mm: length of a spur of bone 3 mm wide
    that stands into the hole from its rim; sinus_wall_mm: thickness of the bone over a hollow, as high as the skull is thick
    but for this wall and 1 mm, beside the half of the hole that lies toward its first axis; sinus_air: air is in it, and not diploe.
    """

    radii_mm: tuple[float, float, float] = (75.0, 92.0, 80.0)
    thickness_mm: float = 5.0
    hole_radius_mm: float = 30.0
    wave: float = 0.0
    wall_lean: float = 0.0
    hole_axis: tuple[float, float, float] = (-0.8, -0.35, 0.48)
    step_mm: float = 0.8
    ridge_mm: float = 0.0
    notch_mm: float = 0.0
    sinus_wall_mm: float = 0.0
    sinus_air: bool = False


def make_anatomy(skull: Skull) -> Anatomy:
    """Host, missing bone and outer contour of a skull with a hole on the patient's right, cut off 30 mm beyond the rim.

    Of the skull made whole only the left side opposite is given: nothing else of it is looked at.
    """
    axis = np.array(skull.hole_axis) / np.linalg.norm(skull.hole_axis)
    side = np.cross(axis, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    other = np.cross(axis, side)
    radii = np.array(skull.radii_mm)
    surface_point = CENTRE + axis / np.linalg.norm(axis / radii)
    half = skull.hole_radius_mm + 32.0
    low, high = surface_point - half, surface_point + half
    count = np.ceil((high - low) / skull.step_mm).astype(int) + 1
    grid = Grid((int(count[2]), int(count[1]), int(count[0])), low, np.full(3, skull.step_mm))
    x, y, z = (low[a] + skull.step_mm * np.arange(count[a]) for a in range(3))
    p = np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1) - CENTRE

    def shell(shrink: float) -> np.ndarray:
        r = radii - shrink
        k0, k1 = np.linalg.norm(p / r, axis=-1), np.linalg.norm(p / r**2, axis=-1)
        return k0 * (k0 - 1.0) / np.maximum(k1, 1e-9)

    outer, inner = shell(0.0), shell(skull.thickness_mm)
    a, b, along = p @ side, p @ other, p @ axis
    inner = inner + skull.ridge_mm * np.exp(-((b / 1.5) ** 2))
    reach = float((surface_point - CENTRE) @ axis)
    angle = np.arctan2(b, a)
    width = skull.hole_radius_mm * (1.0 + skull.wave * np.cos(5 * angle) + 0.4 * skull.wave * np.sin(3 * angle))
    scale = np.maximum(np.linalg.norm(p, axis=-1), 1e-6) / reach
    hole = np.hypot(a, b) / np.maximum(scale, 0.2) - width + skull.wall_lean * outer
    if skull.notch_mm:
        hole = np.maximum(hole, np.minimum(a - (skull.hole_radius_mm - skull.notch_mm), 1.5 - np.abs(b)))
    hole = np.where(along > 0, hole, 60.0)
    box = np.abs(p - (surface_point - CENTRE)).max(axis=-1) - (half - 1.5)
    bone = np.maximum(outer, -inner)
    host = np.maximum(np.maximum(bone, -hole), box)
    cell = np.full_like(outer, 9.0)
    if skull.sinus_wall_mm:
        cell = np.maximum(np.maximum(outer + skull.sinus_wall_mm, 1.0 - inner), np.maximum(2.0 - hole, 5.0 - a))
        host = np.maximum(host, -cell)
    missing = np.maximum(np.maximum(bone, hole), box)
    contour = np.maximum(outer, box)
    turns = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    r = skull.hole_radius_mm * (1.0 + skull.wave * np.cos(5 * turns) + 0.4 * skull.wave * np.sin(3 * turns))
    r = r + skull.wall_lean * skull.thickness_mm / 2
    rays = np.outer(np.cos(turns) * r, side) + np.outer(np.sin(turns) * r, other)
    rays += axis * np.sqrt(np.maximum(reach**2 - r**2, 1.0))[:, None]
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    rim = CENTRE + rays / np.linalg.norm(rays / (radii - skull.thickness_mm / 2), axis=1, keepdims=True)
    meshes = {
        n: mesh_of_field(f.astype(np.float32), grid)
        for n, f in (("host", host), ("missing_bone", missing), ("outer_contour", contour))
    }
    air = air_walls(meshes["host"], Volume(grid, np.where(cell < 0, -1000, 40).astype(np.int16)))
    if skull.sinus_air:
        meshes["air_walls"] = air
    opposite = mesh_of_field(np.maximum(bone, box).astype(np.float32), grid)
    flip = np.array([-1.0, 1.0, 1.0])
    meshes["restored"] = Mesh((opposite.vertices_lps_mm - CENTRE) * flip + CENTRE, opposite.faces[:, ::-1])
    return Anatomy(
        kind="cranium",
        laterality=Laterality.RIGHT,
        surfaces=meshes,
        curves={"rim": rim},
        landmarks={
            "defect_centre": CENTRE + axis / np.linalg.norm(axis / (radii - skull.thickness_mm / 2)),
            "cavity_centre": CENTRE,
        },
        planes={"midsagittal": Plane(CENTRE, np.array([1.0, 0.0, 0.0]))},
    )


def make_plate(anatomy: Anatomy, design: dict[str, object], case: str = "A-0001") -> tuple[Any, Mesh]:
    """The plan of a plate and the plate."""
    plan = DEVICE.plan(anatomy, DEVICE.spec(design), case=case)
    (part,) = DEVICE.build(anatomy, plan)
    return plan, part.mesh
