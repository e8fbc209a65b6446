"""The hole of a part around an axis that is said to be its own: how wide it is, where it ends, to which side it opens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.bridge import frame_on
from anatofit.geometry.section_lines import section
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

REACH_MM = 10.0  # from the place that is said to be the hole's middle: no hole of a plate is as wide, no plate as thick
_PLANES = 12  # through the axis: every 15 degrees around it a wall
_LIPS_MM = (0.1, 1.0, 3.0)  # behind the wall, where the part's faces are looked at; the second still on a head's cone


@dataclass(frozen=True, eq=False)
class Bore:
    """walls_mm: `(24,)` how far all around the axis the nearest wall is, n and n + 12 opposite; 0 where the part stands in the axis, inf
    where no wall is within reach. low_mm, high_mm: between which along the axis the part stands around it. opens_mm: by how much the hole
    opens more towards the axis's end than towards its start, within a millimetre of its wall, where it does most."""

    walls_mm: FloatArray
    low_mm: float
    high_mm: float
    opens_mm: float

    @property
    def width_mm(self) -> float:
        """Across the axis, where the hole is narrowest."""
        return float((self.walls_mm[:_PLANES] + self.walls_mm[_PLANES:]).min())

    @property
    def off_mm(self) -> float:
        """How far the axis lies beside the hole's middle."""
        return float(np.abs(self.walls_mm[:_PLANES] - self.walls_mm[_PLANES:]).max() / 2)


def bore_of(mesh: Mesh, middle_mm: FloatArray, axis: FloatArray) -> Bore:
    """What a part has around a place and a unit vector through it, both in its own frame."""
    near = _near(mesh, middle_mm)
    turns = np.pi / _PLANES * np.arange(2 * _PLANES)
    u, v, _ = frame_on(axis).T
    halves = [_half(near, middle_mm, axis, np.cos(t) * u + np.sin(t) * v) for t in turns]
    walls = np.array([half[:, :, 0].min(initial=np.inf) for half in halves])
    faces = np.array([[_faces(half, wall + lip) for lip in _LIPS_MM] for half, wall in zip(halves, walls, strict=True)])
    low, high = faces[..., 0], faces[..., 1]
    opens = (high[:, 1] - high[:, 0]) - (low[:, 0] - low[:, 1])
    return Bore(
        walls,
        float(np.nanmin(low, initial=np.inf)),
        float(np.nanmax(high, initial=-np.inf)),
        float(np.nanmax(opens, initial=-np.inf)) if np.isfinite(opens).any() else 0.0,
    )


def _near(mesh: Mesh, middle_mm: FloatArray) -> Mesh:
    corners = mesh.triangles_lps_mm
    low, high = corners.min(axis=1), corners.max(axis=1)
    return Mesh(
        mesh.vertices_lps_mm, mesh.faces[((low < middle_mm + REACH_MM) & (high > middle_mm - REACH_MM)).all(axis=1)]
    )


def _half(mesh: Mesh, middle_mm: FloatArray, axis: FloatArray, way: FloatArray) -> FloatArray:
    """`(n, 2, 2)` segments of the part in the half of a plane that the axis ends: off the axis, and along it."""
    ends = section(mesh, middle_mm, np.cross(axis, way)) - middle_mm
    flat = np.stack([(ends * way).sum(axis=2), (ends * axis).sum(axis=2)], axis=2)
    flat = flat[(flat[:, :, 0] > 0).any(axis=1)]
    behind = flat[:, :, 0] < 0
    run = flat[:, 1] - flat[:, 0]
    share = -flat[:, 0, 0] / np.where(run[:, 0] == 0.0, 1.0, run[:, 0])
    flat[behind] = (flat[:, 0] + share[:, None] * run)[behind.any(axis=1)]
    return np.asarray(flat[(np.abs(flat[:, :, 1]) < REACH_MM).any(axis=1) & (flat[:, :, 0] < REACH_MM).any(axis=1)])


def _faces(half: FloatArray, off_mm: float) -> tuple[float, float]:
    """The lowest and the highest place of the part so far off the axis; NaN where it has none."""
    (x, z), (x2, z2) = half[:, 0].T, half[:, 1].T
    met = (x - off_mm) * (x2 - off_mm) <= 0
    met &= x != x2
    at = z[met] + (off_mm - x[met]) / (x2[met] - x[met]) * (z2[met] - z[met])
    return (float(at.min()), float(at.max())) if len(at) else (np.nan, np.nan)
