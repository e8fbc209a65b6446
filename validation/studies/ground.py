"""A real bone as random plans are drawn on it: places by area, so that its ends, edges and hollows come as often as its shaft."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.stock import StockPlate

APART_MM = (12.0, 45.0)
FLAT_MM = 10.0  # around a place, over which bone is called flat or not
RELIEVED = 0.3  # share of plans with a region where the base stands off
TILT = 0.2  # of a direction's own length, each way: some 20 degrees off where it was meant


@dataclass(frozen=True)
class Drawn:
    """A plan, and what it names that lies beside the order."""

    plan: dict[str, Any]
    surfaces: dict[str, Mesh] = field(default_factory=dict)
    stock: tuple[StockPlate, ...] = ()


@dataclass(frozen=True)
class Ground:
    """A bone with its faces by area, to draw places from."""

    bone: Mesh
    centres: FloatArray
    normals: FloatArray
    shares: FloatArray
    tree: Any

    @classmethod
    def of(cls, bone: Mesh) -> Ground:
        """Of a bone."""
        from scipy.spatial import cKDTree

        a, b, c = np.moveaxis(bone.triangles_lps_mm, 1, 0)
        cross = np.cross(b - a, c - a)
        area = np.sqrt(np.square(cross).sum(axis=1))
        centres = (a + b + c) / 3
        return cls(bone, centres, cross / np.maximum(area, 1e-12)[:, None], area / area.sum(), cKDTree(centres))

    def any(self, random: np.random.Generator) -> int:
        """A face of it, by area."""
        return int(random.choice(len(self.shares), p=self.shares))

    def flatness(self, face: int) -> float:
        """How alike the normals around a face are, 1 on a plane: plates are laid where bone is flat, most of them."""
        around = self.normals[self.tree.query_ball_point(self.centres[face], FLAT_MM)]
        return float((around * self.normals[face]).sum(axis=1).mean())

    def beside(self, face: int, random: np.random.Generator) -> int | None:
        """Another face some way off that looks to the same side; None where there is none."""
        away = np.sqrt(np.square(self.centres - self.centres[face]).sum(axis=1))
        alike = (self.normals * self.normals[face]).sum(axis=1) > 0.8
        found = np.flatnonzero((away > APART_MM[0]) & (away < APART_MM[1]) & alike)
        return int(random.choice(found)) if len(found) else None

    def nearest(self, place: FloatArray) -> int:
        """The face nearest to a place."""
        return int(self.tree.query(place)[1])

    def relief(self, face: int, random: np.random.Generator) -> dict[str, Any]:
        """With some plans, a region about a face where the base stands off."""
        if random.random() >= RELIEVED:
            return {}
        return {"relief": [{"point": triple(self.centres[face]), "radius_mm": 6.0, "offset_mm": 1.5}]}


def triple(values: FloatArray) -> list[float]:
    """Three numbers as an order bears them, to a micrometre."""
    return [round(float(v), 3) for v in values]
