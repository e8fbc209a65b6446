"""The one frame of the house: DICOM patient coordinates, LPS (x to the patient's left, y to the back, z to the head), mm."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FRAME = "LPS"
# Of a surface whose order states none: its file's own axes stand, and names that end in _lps or _lps_mm hold coordinates along them.
SOURCE_AXES = "axes of the source's file; no frame was stated"
UNIT = "mm"

FloatArray = NDArray[np.float64]


class Laterality(StrEnum):
    """DICOM (0020,0060) sides: R, L, both, and unpaired or unknown."""

    RIGHT = "R"
    LEFT = "L"
    BOTH = "B"
    UNPAIRED = "U"


ONE_SIDE = 0.9  # this share on one side is that side's defect; otherwise it crosses the midline


def side_of(right_share: float) -> Laterality:
    """The side on which something lies of which this share is on the patient's right."""
    if right_share >= ONE_SIDE:
        return Laterality.RIGHT
    return Laterality.LEFT if right_share <= 1 - ONE_SIDE else Laterality.BOTH


def unit_vector(vector: FloatArray) -> FloatArray:
    """The vector at length one. Raises ValueError for a zero or non-finite vector."""
    array = np.asarray(vector, dtype=np.float64)
    length = float(np.linalg.norm(array))
    if not np.isfinite(length) or length == 0.0:
        raise ValueError(f"a direction needs a finite, non-zero vector, got {array.tolist()}")
    return array / length


@dataclass(frozen=True)
class Plane:
    """A plane in LPS mm; `normal_lps` is stored at unit length."""

    point_lps_mm: FloatArray
    normal_lps: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "point_lps_mm", np.asarray(self.point_lps_mm, dtype=np.float64))
        object.__setattr__(self, "normal_lps", unit_vector(self.normal_lps))

    def signed_distance_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(n, 3)` points to `(n,)` millimetres, positive on the side of the normal."""
        return np.asarray((points_lps_mm - self.point_lps_mm) @ self.normal_lps)

    def reflect(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(n, 3)` points mirrored in the plane."""
        distance = self.signed_distance_mm(points_lps_mm)
        return np.asarray(points_lps_mm - 2.0 * np.multiply.outer(distance, self.normal_lps))

    def reflect_directions(self, directions_lps: FloatArray) -> FloatArray:
        """`(..., 3)` directions mirrored in the plane, wherever it lies."""
        return np.asarray(directions_lps - 2.0 * (directions_lps @ self.normal_lps)[..., None] * self.normal_lps)
