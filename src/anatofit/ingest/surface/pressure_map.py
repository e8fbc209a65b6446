"""A map of plantar pressure as text: kPa in square cells, its view stated, its position where the file knows it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from anatofit.ingest.door.files import open_regular
from anatofit.ingest.surface.gait import MARK as GAIT
from anatofit.ingest.surface.gait import parse_gait
from anatofit.ingest.surface.grid_text import MOST_BYTES, read_grid
from anatofit.ingest.surface.pressure_form import CELLS_MM, checked, states_kpa, with_place
from anatofit.ingest.surface.raw import refused
from anatofit.model.pressure import PressureMap

MARK = b"# anatofit pressure map"


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
    """The map in a file's bytes; of frames (`gait`) that of the greatest pressures. Raises ScanUnsuitableError."""
    start = data.removeprefix(b"\xef\xbb\xbf")
    if start.startswith(GAIT):
        return parse_gait(data)
    if not start.startswith(MARK):
        raise refused("grid-header", f"The file begins neither with '{MARK.decode()}' nor with '{GAIT.decode()}'")
    grid = read_grid(data, what="pressure map", cells_mm=CELLS_MM)
    states_kpa(grid, "pressure map")
    return with_place(checked(np.nan_to_num(grid.values, nan=0.0), grid), grid, data)
