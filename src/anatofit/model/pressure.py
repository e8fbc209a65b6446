"""A map of plantar pressure as it came in, and as it lies on a foot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from anatofit.model.frame import FloatArray


class PlacedBy(StrEnum):
    """How a pressure map came to lie on the foot."""

    STATED = "stated in the file"
    OUTLINE = "found by the outline"


@dataclass(frozen=True, eq=False)
class PressureMap:
    """Pressures in kPa in square cells. kpa: (nj, ni), 0 where nothing bears. x_mm, y_mm: (nj, ni) middles of the cells in right-handed
    axes as seen from above the foot. heel_mm, toe_mm: (2,) in these axes, the heel's centre and a place on the second ray, where the
    file states them. sha256: of the file."""

    kpa: FloatArray
    cell_mm: float
    x_mm: FloatArray
    y_mm: FloatArray
    heel_mm: FloatArray | None = None
    toe_mm: FloatArray | None = None
    sha256: str = ""

    @property
    def force_n(self) -> float:
        """The sum of pressure by area."""
        return float(self.kpa.sum()) * self.cell_mm**2 * 1e-3


@dataclass(frozen=True, eq=False)
class PressureOnFoot:
    """Pressures on the nodes of a foot's sole. kpa: (nj, ni) as its heights, 0 beside the map. overlap: what the loaded cells and the
    sole's footprint share, by what they cover together. turn_deg, move_mm: how the map's axes lie in the foot's."""

    kpa: FloatArray
    by: PlacedBy
    overlap: float
    turn_deg: float
    move_mm: FloatArray

    @property
    def peak_kpa(self) -> float:
        """The greatest pressure."""
        return float(np.max(self.kpa))
