"""A map of plantar pressure as text: kPa in square cells, its view stated, its position where the file knows it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np

from anatofit.ingest.door.files import open_regular
from anatofit.ingest.surface.grid_text import MOST_BYTES, GridText, numbers_of, read_grid
from anatofit.ingest.surface.raw import refused
from anatofit.model.frame import FloatArray
from anatofit.model.pressure import PressureMap

MARK = b"# anatofit pressure map"
_CELLS_MM = (0.5, 15.0)  # from the finest films to the sensors of insoles
# Platforms and insoles read up to some 1270 kPa; beyond this a unit is wrong, or a sensor broken (proposal).
MOST_KPA = 2000.0
LOADED_KPA = 10.0  # what sensors read of nothing stays below
_LONG_MM = (60.0, 380.0)  # the loaded part of a child's and of the largest adult's foot


def read_pressure_map(path: Path) -> PressureMap:
    """The map in the file at `path`. Raises ScanUnsuitableError."""
    try:
        descriptor = None if path.is_dir() else open_regular(path)
        if descriptor is None:
            raise refused(
                "no-surface", "What was named as pressure map is a folder, a link or a device, not the file itself"
            )
        with os.fdopen(descriptor, "rb") as stream:
            return parse_pressure_map(stream.read(MOST_BYTES + 1))
    except OSError as error:
        raise refused("no-surface", f"The file of the pressure map cannot be read ({error.strerror})") from error


def parse_pressure_map(data: bytes) -> PressureMap:
    """The map in a file's bytes. Raises ScanUnsuitableError."""
    if not data.removeprefix(b"\xef\xbb\xbf").startswith(MARK):
        raise refused("grid-header", f"The file does not begin with '{MARK.decode()}'")
    grid = read_grid(data, what="pressure map", cells_mm=_CELLS_MM)
    if grid.header.get("unit") != "kPa":
        raise refused("grid-header", "The pressure map does not state unit = kPa")
    kpa = _checked(np.nan_to_num(grid.values, nan=0.0), grid)
    x, y = grid.xy_mm()
    heel, toe = _place(grid, "heel_mm"), _place(grid, "toe_mm")
    if (heel is None) is not (toe is None):
        raise refused("grid-header", "The pressure map states one of heel_mm and toe_mm without the other")
    return PressureMap(kpa, grid.cell_mm, x, y, heel, toe, hashlib.sha256(data).hexdigest())


def _checked(kpa: FloatArray, grid: GridText) -> FloatArray:
    if float(kpa.min()) < 0 or float(kpa.max()) > MOST_KPA:
        raise refused("grid-numbers", f"A pressure lies outside 0 to {MOST_KPA:g} kPa")
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
