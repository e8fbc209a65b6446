"""A map of plantar pressure as it came in, and as it lies on a foot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from anatofit.model.frame import FloatArray

LOADED_KPA = 10.0  # what sensors read of nothing stays below


class PlacedBy(StrEnum):
    """How a pressure map came to lie on the foot."""

    STATED = "stated in the file"
    OUTLINE = "found by the outline"


@dataclass(frozen=True, eq=False)
class Gait:
    """What the frames of one step say of each cell, (nj, ni) each: the mean while it bears, pressure by time, and how long it bears.

    frames: those in which the foot bears; rate_hz: how many come in a second."""

    mean_kpa: FloatArray
    integral_kpa_s: FloatArray
    contact_s: FloatArray
    frames: int
    rate_hz: float

    @property
    def step_s(self) -> float:
        """From the first frame that bears to the last."""
        return self.frames / self.rate_hz

    @property
    def maps(self) -> dict[str, FloatArray]:
        """Each by its name among the values of a sole's nodes."""
        return {"mean_kpa": self.mean_kpa, "pressure_time_kpa_s": self.integral_kpa_s, "contact_s": self.contact_s}


@dataclass(frozen=True, eq=False)
class PressureMap:
    """Pressures in kPa in square cells. kpa: (nj, ni), 0 where nothing bears. x_mm, y_mm: (nj, ni) middles of the cells in right-handed
    axes as seen from above the foot. heel_mm, toe_mm: (2,) in these axes, the heel's centre and a place on the second ray, where the
    file states them. sha256: of the file. gait: of a file with frames; kpa are the greatest over them then."""

    kpa: FloatArray
    cell_mm: float
    x_mm: FloatArray
    y_mm: FloatArray
    heel_mm: FloatArray | None = None
    toe_mm: FloatArray | None = None
    sha256: str = ""
    gait: Gait | None = None

    @property
    def force_n(self) -> float:
        """The sum of pressure by area."""
        return float(self.kpa.sum()) * self.cell_mm**2 * 1e-3


@dataclass(frozen=True, eq=False)
class PressureOnFoot:
    """Pressures on the nodes of a foot's sole. kpa: (nj, ni) as its heights, 0 beside the map. overlap: what the loaded cells and the
    sole's footprint share, by what they cover together. turn_deg, move_mm: how the map's axes lie in the foot's.
    force_n: of all cells of the map, those beside the sole too. of_step: what frames say of the same nodes, by name."""

    kpa: FloatArray
    by: PlacedBy
    overlap: float
    turn_deg: float
    move_mm: FloatArray
    force_n: float = 0.0
    of_step: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def peak_kpa(self) -> float:
        """The greatest pressure."""
        return float(np.max(self.kpa))
