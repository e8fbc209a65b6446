"""Frames of plantar pressure under one step as text: kPa in square cells, frame after frame, and what they say of each cell together."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import numpy as np

from anatofit.ingest.surface.grid_text import GridText, numbers_of, read_grid
from anatofit.ingest.surface.pressure_form import CELLS_MM, checked, states_kpa, with_place, within_bounds
from anatofit.ingest.surface.raw import refused
from anatofit.model.frame import FloatArray
from anatofit.model.pressure import LOADED_KPA, Gait, PressureMap

MARK = b"# anatofit gait"
_RATES_HZ = (10.0, 2000.0)  # from slow insoles to force plates
_LEAST_FRAMES = 5  # a step of fewer tells no course of time
_STEP_S = (0.15, 4.0)  # from a runner's stance to the slowest walk; beyond, rate or file are wrong (proposal)


def parse_gait(data: bytes) -> PressureMap:
    """The greatest pressures of one step, with mean, integral over time and contact. Raises ScanUnsuitableError."""
    packed, counts = _without_gaps(data)
    _check_counts(counts)
    grid = read_grid(packed, what="gait file", cells_mm=CELLS_MM)
    states_kpa(grid, "gait file")
    frames = within_bounds(_frames(grid, len(counts)))
    step = _one_step(frames)
    page = replace(grid, values=step.max(axis=0))
    read = with_place(checked(page.values, page), page, data)
    return replace(read, gait=_gait(step, _rate_hz(grid)))


def _without_gaps(data: bytes) -> tuple[bytes, list[int]]:
    """The file without the empty lines that part its frames, and how many rows each frame has."""
    lines = data.split(b"\n")
    rows = [line for line in lines if not line.lstrip(b"\xef\xbb\xbf").startswith(b"#")]
    blocks = [sum(1 for _ in block) for filled, block in groupby(rows, key=lambda row: bool(row.strip())) if filled]
    return b"\n".join(line for line in lines if line.strip()), blocks


def _check_counts(counts: list[int]) -> None:
    """Raises ScanUnsuitableError for too few frames, or such as differ in rows. counts: rows of each."""
    if len(counts) < _LEAST_FRAMES:
        said = f"The gait file holds {len(counts)} frames, {_LEAST_FRAMES} at least are wanted; empty lines part them"
        raise refused("gait-frames", said)
    odd = next((number for number, count in enumerate(counts, start=1) if count != counts[0]), None)
    if odd is not None:
        said = f"Frame {odd} of the gait file has {counts[odd - 1]} rows, the first has {counts[0]}"
        raise refused("gait-frames", said)


def _frames(grid: GridText, count: int) -> FloatArray:
    """(n, nj, ni), empty cells 0."""
    return np.asarray(np.nan_to_num(grid.values, nan=0.0).reshape(count, -1, grid.values.shape[1]))


def _one_step(frames: FloatArray) -> FloatArray:
    """The frames in which the foot bears. Raises ScanUnsuitableError for none, and for more than one step."""
    bears = np.asarray((frames > LOADED_KPA).any(axis=(1, 2)))
    found = sum(1 for bearing, _ in groupby(bears.tolist()) if bearing)
    if found != 1:
        raise refused(
            "gait-frames",
            f"The gait file holds {found} steps, parted by frames without load over {LOADED_KPA:g} kPa; one is wanted: export the step that is "
            "typical, or the mean of several",
        )
    return np.asarray(frames[bears])


def _rate_hz(grid: GridText) -> float:
    numbers = numbers_of(grid.header, "rate_hz", count=1)
    if numbers is None or not _RATES_HZ[0] <= numbers[0] <= _RATES_HZ[1]:
        raise refused(
            "grid-header", f"The gait file does not state rate_hz as a number from {_RATES_HZ[0]:g} to {_RATES_HZ[1]:g}"
        )
    return numbers[0]


def _gait(step: FloatArray, rate_hz: float) -> Gait:
    """Each frame stands for the time to the next. Raises ScanUnsuitableError for a step that no walk has."""
    long = len(step) / rate_hz
    if not _STEP_S[0] <= long <= _STEP_S[1]:
        said = f"The step lasts {long:.2f} s at {rate_hz:g} Hz, {_STEP_S[0]:g} to {_STEP_S[1]:g} s are met in walking"
        raise refused("gait-frames", said)
    integral, contact = step.sum(axis=0) / rate_hz, (step > LOADED_KPA).sum(axis=0) / rate_hz
    mean = np.where(contact > 0, (step * (step > LOADED_KPA)).sum(axis=0) / rate_hz / np.maximum(contact, 1e-9), 0.0)
    return Gait(mean_kpa=mean, integral_kpa_s=integral, contact_s=contact, frames=len(step), rate_hz=rate_hz)
