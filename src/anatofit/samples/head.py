"""The sample "head": the phantom with a hole on the right, at the resolution of a plain clinical head CT."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from anatofit.model.grid import Grid
from anatofit.model.volume import Volume
from anatofit.samples.phantom import HeadPhantom
from anatofit.samples.render import Scanner, scan_phantom
from anatofit.samples.series import SeriesText, write_series

PIXEL_MM, STEP_MM = 0.9, 1.25
SHAPE_KJI = (132, 256, 224)
BEFORE_MM = (100.8, 115.2, 71.0)  # from the phantom's middle to the first voxel, along x, y, z: orbits to vertex
TEXT = SeriesText(
    seed="anatofit/sample/head/1", patient_id="PHANTOM-HEAD-1", description="Head 1.25 bone (computed phantom)"
)

PRESCRIPTION = """\
# A sample order: the scan is a computed phantom, nobody's head. Every key of [design] is optional.

[order]
case = "SAMPLE-1"
device = "cranial-plate"
laterality = "R"
prescriber = "Department of Neurosurgery"

[patient]
id = "PHANTOM-HEAD-1"
birth_year = 1979

[source]
dicom = "scan/"

[design]
gap_mm = 0.5
"""


def head_grid(
    phantom: HeadPhantom,
    *,
    shape_kji: tuple[int, int, int] = SHAPE_KJI,
    spacing_ijk_mm: tuple[float, float, float] = (PIXEL_MM, PIXEL_MM, STEP_MM),
) -> Grid:
    """The sample's field of view at any sampling: the same box, to within a voxel."""
    low = np.array(phantom.pose.origin_lps_mm) - BEFORE_MM
    return Grid(shape_kji, np.round(low, 3), np.array(spacing_ijk_mm))


def head_volume() -> Volume:
    """The scan of the sample, computed (some seconds)."""
    phantom = HeadPhantom()
    return scan_phantom(phantom, head_grid(phantom), Scanner(noise_hu=7.0))


def write_head(directory: Path, *, compress: bool = False) -> Path:
    """Scan and prescription of the sample; returns the prescription's path."""
    write_series(head_volume(), directory / "scan", TEXT, compress=compress)
    path = directory / "prescription.toml"
    path.write_text(PRESCRIPTION, encoding="utf-8")
    return path
