"""A triangle mesh in LPS millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Mesh:
    """Triangles counter-clockwise seen from outside.

    vertices_lps_mm: (n, 3) float64, finite. faces: (m, 3) int64, indices into the vertices. Both read-only.
    """

    vertices_lps_mm: FloatArray
    faces: IntArray

    def __post_init__(self) -> None:
        vertices = np.array(self.vertices_lps_mm, dtype=np.float64)
        faces = np.array(self.faces, dtype=np.int64)
        if vertices.ndim != 2 or vertices.shape[1] != 3 or not np.isfinite(vertices).all():
            raise ValueError(f"vertices must be finite (n, 3), got shape {vertices.shape}")
        if faces.ndim != 2 or faces.shape[1] != 3:
            raise ValueError(f"faces must be (m, 3), got shape {faces.shape}")
        if faces.size and (faces.min() < 0 or faces.max() >= len(vertices)):
            raise ValueError("a face points at a vertex that does not exist")
        vertices.flags.writeable = False
        faces.flags.writeable = False
        object.__setattr__(self, "vertices_lps_mm", vertices)
        object.__setattr__(self, "faces", faces)

    @property
    def triangles_lps_mm(self) -> FloatArray:
        """`(m, 3, 3)` corner points of each triangle."""
        return np.asarray(self.vertices_lps_mm[self.faces])

    @cached_property
    def longest_edge_mm(self) -> float:
        """The longest side of any triangle; 0 of none."""
        corners = self.triangles_lps_mm
        sides = np.square(corners - np.roll(corners, 1, axis=1)).sum(axis=2)
        return float(np.sqrt(sides.max(initial=0.0)))

    @property
    def volume_mm3(self) -> float:
        """Enclosed volume by the divergence theorem; positive for a closed, outward-oriented mesh."""
        a, b, c = np.moveaxis(self.triangles_lps_mm - self.vertices_lps_mm[:1], 1, 0)
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)

    @property
    def bounds_lps_mm(self) -> FloatArray:
        """`(2, 3)` lowest and highest corner."""
        return np.stack([self.vertices_lps_mm.min(axis=0), self.vertices_lps_mm.max(axis=0)])
