"""A regular grid of nodes in space: where voxels are, apart from what they hold."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from anatofit.model.frame import FloatArray


@dataclass(frozen=True)
class Grid:
    """Nodes at `origin + direction @ (spacing * (i, j, k))`, arrays indexed `[k, j, i]`.

    shape_kji: number of nodes along k, j, i (the shape of a numpy array on this grid).
    origin_lps_mm: (3,) centre of node (0, 0, 0). spacing_ijk_mm: (3,) positive steps along i, j, k.
    direction_lps: (3, 3) orthonormal, its columns the unit axes i, j, k in LPS.
    """

    shape_kji: tuple[int, int, int]
    origin_lps_mm: FloatArray
    spacing_ijk_mm: FloatArray
    direction_lps: FloatArray = field(default_factory=lambda: np.eye(3))

    def __post_init__(self) -> None:
        for name, shape in (("origin_lps_mm", (3,)), ("spacing_ijk_mm", (3,)), ("direction_lps", (3, 3))):
            array = np.array(getattr(self, name), dtype=np.float64)
            if array.shape != shape or not np.isfinite(array).all():
                raise ValueError(f"{name} must be finite with shape {shape}, got {array.tolist()}")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        object.__setattr__(self, "shape_kji", tuple(int(n) for n in self.shape_kji))
        if len(self.shape_kji) != 3 or min(self.shape_kji) < 1 or (self.spacing_ijk_mm <= 0).any():
            raise ValueError(
                f"a grid needs three positive sizes and steps, got {self.shape_kji}, {self.spacing_ijk_mm}"
            )
        if not np.allclose(self.direction_lps.T @ self.direction_lps, np.eye(3), atol=1e-4):
            raise ValueError(f"grid axes must be orthonormal, got {self.direction_lps.tolist()}")

    def to_lps(self, ijk: FloatArray) -> FloatArray:
        """`(..., 3)` index coordinates i, j, k to LPS mm."""
        along = np.asarray(ijk) * self.spacing_ijk_mm
        return np.asarray((along if self.is_straight else along @ self.direction_lps.T) + self.origin_lps_mm)

    def to_index(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(..., 3)` LPS mm to index coordinates i, j, k."""
        offset = np.asarray(points_lps_mm) - self.origin_lps_mm
        return np.asarray((offset if self.is_straight else offset @ self.direction_lps) / self.spacing_ijk_mm)

    @property
    def is_straight(self) -> bool:
        """The axes i, j, k are exactly x, y, z of LPS."""
        return bool(np.array_equal(self.direction_lps, np.eye(3)))

    @property
    def cell_mm3(self) -> float:
        """The volume that one node stands for."""
        return float(np.prod(self.spacing_ijk_mm))


def crop_to(grid: Grid, low_kji: tuple[int, int, int], high_kji: tuple[int, int, int]) -> Grid:
    """The part of `grid` from node `low_kji` to before `high_kji`."""
    shape = tuple(h - low for low, h in zip(low_kji, high_kji, strict=True))
    return Grid(
        (shape[0], shape[1], shape[2]),
        grid.to_lps(np.array(low_kji[::-1], dtype=float)),
        grid.spacing_ijk_mm,
        grid.direction_lps,
    )
