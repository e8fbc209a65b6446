"""What maps of plantar pressure and frames of it share: kPa in cells of one foot, and where its heel and second ray lie."""

from __future__ import annotations

import hashlib

import numpy as np

from anatofit.ingest.surface.grid_text import GridText, numbers_of
from anatofit.ingest.surface.raw import refused
from anatofit.model.frame import FloatArray
from anatofit.model.pressure import LOADED_KPA, PressureMap

CELLS_MM = (0.5, 15.0)  # from the finest films to the sensors of insoles
# Platforms and insoles read up to some 1270 kPa; beyond this a unit is wrong, or a sensor broken (proposal).
MOST_KPA = 2000.0
_LONG_MM = (60.0, 380.0)  # the loaded part of a child's and of the largest adult's foot


def states_kpa(grid: GridText, what: str) -> None:
    """Raises ScanUnsuitableError where the header does not."""
    if grid.header.get("unit") != "kPa":
        raise refused("grid-header", f"The {what} does not state unit = kPa")


def with_place(kpa: FloatArray, grid: GridText, data: bytes) -> PressureMap:
    """The map, with the places that the header states. Raises ScanUnsuitableError."""
    x, y = grid.xy_mm()
    heel, toe = _place(grid, "heel_mm"), _place(grid, "toe_mm")
    if (heel is None) is not (toe is None):
        raise refused("grid-header", "The pressure map states one of heel_mm and toe_mm without the other")
    return PressureMap(kpa, grid.cell_mm, x, y, heel, toe, hashlib.sha256(data).hexdigest())


def within_bounds(kpa: FloatArray) -> FloatArray:
    """The values, which are none that no sensor gives. Raises ScanUnsuitableError."""
    if float(kpa.min()) < 0 or float(kpa.max()) > MOST_KPA:
        raise refused("grid-numbers", f"A pressure lies outside 0 to {MOST_KPA:g} kPa")
    return kpa


def checked(kpa: FloatArray, grid: GridText) -> FloatArray:
    """What lies within what is measured under one foot. Raises ScanUnsuitableError."""
    within_bounds(kpa)
    j, i = np.nonzero(kpa > LOADED_KPA)
    if not len(j):
        raise refused("grid-size", f"No cell of the pressure map bears more than {LOADED_KPA:g} kPa")
    long = float(np.hypot(np.ptp(i), np.ptp(j))) * grid.cell_mm
    if not _LONG_MM[0] <= long <= _LONG_MM[1]:
        raise refused(
            "grid-size",
            f"The loaded cells span {long:.0f} mm, {_LONG_MM[0]:g} to {_LONG_MM[1]:g} mm are met under one foot",
        )
    return kpa


def _place(grid: GridText, key: str) -> FloatArray | None:
    """(2,) in right-handed axes seen from above, of a place that the file gives along columns and down rows."""
    if key not in grid.header:
        return None
    numbers = numbers_of(grid.header, key, count=2)
    nj, ni = grid.values.shape
    if numbers is None or not (0 <= numbers[0] <= ni * grid.cell_mm and 0 <= numbers[1] <= nj * grid.cell_mm):
        raise refused("grid-header", f"The pressure map states {key} as no two numbers within the grid")
    return np.array([numbers[0] if grid.from_above else -numbers[0], -numbers[1]])
