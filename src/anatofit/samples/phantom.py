"""A head whose bone is known by formula: every surface has a signed distance, every voxel follows from it.

Frames: `head` is the phantom's own (x left, y back, z up, zero in the middle of the vault); the scan sees it turned and
shifted (`Pose`), so that no grid line is a plane of the head. All distances are millimetres, negative inside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.samples import face
from anatofit.samples.bodies import SMOOTH_MM, Body, blend
from anatofit.samples.hole import Hole
from anatofit.samples.sutures import suture_per_mm
from anatofit.samples.vault import VaultShape, outer_radius_mm, thickness_mm, vault_shape

FloatArray = NDArray[np.float64]
FAR_MM = 99.0
STEP_RAD = 1e-4  # for the slope of a radius; its error is far below a micrometre


@dataclass(frozen=True)
class Pose:
    """How the head lies in the scanner: turns in degrees about its own axes, then a shift in LPS mm."""

    turn_xyz_deg: tuple[float, float, float] = (-4.0, 2.0, 3.0)
    origin_lps_mm: tuple[float, float, float] = (4.3, -11.6, 812.4)

    @cached_property
    def matrix(self) -> FloatArray:
        """(3, 3) from the head's frame to LPS."""
        total = np.eye(3)
        for axis, degrees in enumerate(self.turn_xyz_deg):
            c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            one, two = (axis + 1) % 3, (axis + 2) % 3
            turn = np.eye(3)
            turn[one, one], turn[one, two], turn[two, one], turn[two, two] = c, -s, s, c
            total = turn @ total
        return total

    def to_head(self, points_lps_mm: FloatArray) -> FloatArray:
        """(..., 3) LPS to the head's frame."""
        return np.asarray((np.asarray(points_lps_mm, dtype=np.float64) - self.origin_lps_mm) @ self.matrix)

    def to_lps(self, points_head_mm: FloatArray) -> FloatArray:
        """(..., 3) the head's frame to LPS."""
        return np.asarray(np.asarray(points_head_mm) @ self.matrix.T + self.origin_lps_mm)


def nearest_body_mm(bodies: Iterable[Body], points: FloatArray, over_mm: float = 0.0) -> FloatArray:
    """Distance to the union of bodies at (..., 3) points of the head's frame, seams rounded over a length."""
    x, y, z = np.moveaxis(points, -1, 0)
    total = np.full(points.shape[:-1], FAR_MM)
    for body in bodies:
        total = blend(total, body.distance_mm(x, y, z), over_mm)
    return total


@dataclass(frozen=True)
class HeadPhantom:
    """One head: a shape (seed 0 is the default), a pose, and a hole or none."""

    shape_seed: int = 0
    hole: Hole | None = field(default_factory=Hole)
    pose: Pose = field(default_factory=Pose)

    @cached_property
    def vault(self) -> VaultShape:
        """The numbers of the vault."""
        return vault_shape(self.shape_seed)

    def radius_mm(self, directions: NDArray[Any], table: str) -> NDArray[Any]:
        """Radius of the 'outer' or 'inner' table along unit directions of the head's frame."""
        outer = outer_radius_mm(self.vault, directions)
        return outer if table == "outer" else np.asarray(outer - thickness_mm(self.vault, directions))

    def _table_mm(self, points_head: FloatArray, table: str) -> FloatArray:
        def level(points: FloatArray) -> FloatArray:
            radius = np.linalg.norm(points, axis=-1)
            return np.asarray(radius - self.radius_mm(points / np.maximum(radius, 1e-6)[..., None], table))

        value = level(points_head)
        step = STEP_RAD * 80.0
        slope2 = np.zeros_like(value)
        for axis in range(3):
            shift = np.zeros(3)
            shift[axis] = step
            slope2 += ((level(points_head + shift) - level(points_head - shift)) / (2 * step)) ** 2
        return np.asarray(value / np.sqrt(slope2))

    def outer_distance_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """(n, 3) points to (n,) distance from the whole outer table (hole or not), negative on the brain's side."""
        return self._table_mm(self.pose.to_head(points_lps_mm), "outer")

    def inner_distance_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """(n, 3) points to (n,) distance from the whole inner table, negative in the cranial cavity."""
        return self._table_mm(self.pose.to_head(points_lps_mm), "inner")

    def wall_distance_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """(n, 3) points to (n,) distance from the hole's wall, negative in the hole; inf without a hole."""
        head = self.pose.to_head(points_lps_mm)
        radius = np.linalg.norm(head, axis=-1)
        if self.hole is None:
            return np.full(radius.shape, np.inf)
        return np.asarray(self.hole.distance_per_mm(head / np.maximum(radius, 1e-6)[..., None]) * radius)

    def suture_distance_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """(n, 3) points to (n,) distance from the nearest suture's middle, to within some tenths; the truth calls it bone."""
        head = self.pose.to_head(points_lps_mm)
        radius = np.linalg.norm(head, axis=-1)
        return np.asarray(suture_per_mm(head / np.maximum(radius, 1e-6)[..., None]) * radius)

    def missing_distance_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """(n, 3) points to (n,) distance from the piece that was taken out."""
        shell = np.maximum(self.outer_distance_mm(points_lps_mm), -self.inner_distance_mm(points_lps_mm))
        return np.asarray(np.maximum(shell, self.wall_distance_mm(points_lps_mm)))

    def faces_mm(self, points_lps_mm: FloatArray) -> dict[str, FloatArray]:
        """What bounds the bone, each as a signed distance: tables, wall, natural openings, face, what is carved out."""
        head = self.pose.to_head(points_lps_mm)
        return {
            "outer": self._table_mm(head, "outer"),
            "inner": -self._table_mm(head, "inner"),
            "wall": -self.wall_distance_mm(points_lps_mm),
            "openings": -nearest_body_mm(face.openings(), head),
            "face": nearest_body_mm(face.bones(), head, SMOOTH_MM),
            "carved": -nearest_body_mm([*face.orbits(), *face.sinuses()], head),
        }

    def bone_distance_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """(n, 3) points to (n,) distance from all bone of skull and face, as it is in the scan."""
        f = self.faces_mm(points_lps_mm)
        vault = np.maximum.reduce([f["outer"], f["inner"], f["wall"], f["openings"]])
        return np.asarray(np.maximum(np.minimum(vault, f["face"]), f["carved"]))
