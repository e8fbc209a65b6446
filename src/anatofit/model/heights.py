"""How high a surface stands over a plane, on a square lattice in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray, Plane

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class HeightMap:
    """Heights in mm over the plane through `origin` that the first two axes span; nan where there is no surface.

    origin_lps_mm: (3,). axes_lps: (3, 3) orthonormal, right-handed rows x, y, z; heights run along z. low_mm: (2,) x and y of node
    (0, 0). step_mm: from node to node. height_mm: (nj, ni), y along j and x along i. All arrays read-only.
    """

    origin_lps_mm: FloatArray
    axes_lps: FloatArray
    low_mm: FloatArray
    step_mm: float
    height_mm: FloatArray

    def __post_init__(self) -> None:
        for name, shape in (("origin_lps_mm", (3,)), ("axes_lps", (3, 3)), ("low_mm", (2,)), ("height_mm", None)):
            array = np.array(getattr(self, name), dtype=np.float64)
            if array.shape != shape if shape else array.ndim != 2:
                raise ValueError(f"{name} of a height map has shape {array.shape}, {shape or '(nj, ni)'} is wanted")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        turned = self.axes_lps @ self.axes_lps.T
        if not np.allclose(turned, np.eye(3), atol=1e-6) or np.linalg.det(self.axes_lps) < 0:
            raise ValueError("the axes of a height map must be orthonormal and right-handed")
        if not self.step_mm > 0:
            raise ValueError(f"the step of a height map must be positive, got {self.step_mm}")

    @property
    def plane(self) -> Plane:
        """The plane that heights are measured from, its normal along them."""
        return Plane(self.origin_lps_mm, self.axes_lps[2])

    @property
    def there(self) -> BoolArray:
        """(nj, ni) where there is a surface."""
        return np.isfinite(self.height_mm)

    @property
    def x_mm(self) -> FloatArray:
        """(ni,) x of the nodes."""
        return np.asarray(self.low_mm[0] + self.step_mm * np.arange(self.height_mm.shape[1]))

    @property
    def y_mm(self) -> FloatArray:
        """(nj,) y of the nodes."""
        return np.asarray(self.low_mm[1] + self.step_mm * np.arange(self.height_mm.shape[0]))

    def to_lps_mm(self, local_mm: FloatArray) -> FloatArray:
        """`(..., 3)` x, y, z to LPS mm."""
        return np.asarray(local_mm @ self.axes_lps + self.origin_lps_mm)

    def to_local_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(..., 3)` LPS mm to x, y, z."""
        return np.asarray((points_lps_mm - self.origin_lps_mm) @ self.axes_lps.T)

    def nodes_mm(self, mask: BoolArray) -> FloatArray:
        """(n, 3) x, y and height of the nodes of a mask."""
        j, i = np.nonzero(mask)
        return np.stack([self.x_mm[i], self.y_mm[j], self.height_mm[j, i]], axis=1)

    def at_mm(self, xy_mm: FloatArray) -> FloatArray:
        """(n,) heights at (n, 2) places, linear between nodes; nan beside the surface and the lattice."""
        index = (np.asarray(xy_mm, dtype=np.float64) - self.low_mm) / self.step_mm
        nj, ni = self.height_mm.shape
        within = np.asarray((index >= 0).all(axis=1) & (index <= [ni - 1, nj - 1]).all(axis=1))
        i, j = np.clip(np.floor(np.where(within[:, None], index, 0.0)), 0, [ni - 2, nj - 2]).astype(np.int64).T
        u, v = index[:, 0] - i, index[:, 1] - j
        h = self.height_mm
        low, high = h[j, i] * (1 - u) + h[j, i + 1] * u, h[j + 1, i] * (1 - u) + h[j + 1, i + 1] * u
        return np.where(within, low * (1 - v) + high * v, np.nan)
