"""What is seen from outside along the way that a part is put in: maps of heights, one line to each place of an even grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.verify.surface import BoolArray, Surface, cropped

# Lines are 1 mm apart, and farther for a large part: twice as many lines show no opening that these miss.
_STEP_MM, _MOST_LINES = 1.0, 15_000
_ABOVE_MM, _BELOW_MM = 30.0, 80.0  # lines begin above every bone beside a part, and end beyond an orbit


@dataclass(frozen=True)
class Seen:
    """Height along the way out `(rows, columns)` and the face's normal `(rows, columns, 3)`; -inf and 0 where nothing is met."""

    height_mm: FloatArray
    normal: FloatArray


@dataclass(frozen=True)
class View:
    """Axes (rows: right, up, way out) in LPS, and the corners of the room that is seen, in these axes."""

    axes: FloatArray
    low_mm: FloatArray
    high_mm: FloatArray
    step_mm: float

    def turned(self, mesh: Mesh) -> Mesh:
        """The mesh in the axes of the view."""
        return Mesh(mesh.vertices_lps_mm @ self.axes.T, mesh.faces)

    @property
    def across_mm(self) -> tuple[FloatArray, FloatArray]:
        """Places of the lines, `(rows, columns)` each: to the right, and up."""
        across = [np.arange(self.low_mm[n], self.high_mm[n], self.step_mm) for n in range(2)]
        right, up = np.meshgrid(*across)
        return right, up

    def seen(self, turned: Mesh) -> Seen:
        """The first face that each line meets from outside, of a mesh in the axes of the view."""
        right, up = self.across_mm
        near = cropped(turned, self.low_mm, self.high_mm)
        if not len(near.faces):
            return Seen(np.full(right.shape, -np.inf), np.zeros((*right.shape, 3)))
        surface, nothing = Surface(near), np.zeros(right.size)
        starts = np.stack([right.ravel(), up.ravel(), nothing + self.high_mm[2]], axis=1)
        far, face = surface.first_hits(starts, starts * [1, 1, 0] + [0, 0, self.low_mm[2]])
        normal = np.where(face[:, None] >= 0, surface.face_normals[face], 0.0)
        return Seen((self.high_mm[2] - far).reshape(right.shape), normal.reshape(*right.shape, 3))

    def lps_mm(self, height_mm: FloatArray, where: BoolArray) -> FloatArray:
        """`(n, 3)` places in LPS of a map of heights."""
        right, up = self.across_mm
        return np.asarray(np.stack([right[where], up[where], height_mm[where]], axis=1) @ self.axes)


def view_of(part: Mesh, way_out: FloatArray, *, margin_mm: float) -> View:
    """The view of a part and of what lies within a margin around it."""
    helper = np.eye(3)[int(np.argmin(np.abs(way_out)))]
    right = unit_vector(np.cross(helper, way_out))
    axes = np.stack([right, np.cross(way_out, right), way_out])
    corners = part.vertices_lps_mm @ axes.T
    low = corners.min(axis=0) - np.array([margin_mm, margin_mm, _BELOW_MM])
    high = corners.max(axis=0) + np.array([margin_mm, margin_mm, _ABOVE_MM])
    wide, tall = (high - low)[:2]
    return View(axes, low, high, max(_STEP_MM, float(np.sqrt(wide * tall / _MOST_LINES))))
