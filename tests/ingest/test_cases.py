"""Real scans, where they are at hand: found out, chosen, refused as they deserve."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from scipy.ndimage import binary_opening, label, map_coordinates

from anatofit.app.stages import scan_limits
from anatofit.devices.registry import get_device
from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.door.files import walk_files
from anatofit.ingest.header.headers import read_files
from anatofit.ingest.load import load_scan
from anatofit.ingest.pixel.decode import decoder
from anatofit.ingest.pixel.hounsfield import hounsfield
from anatofit.ingest.pixel.pixels import raw_pixels
from anatofit.ingest.quality.metal import metal_of
from anatofit.ingest.scan import inspect_lines, inspect_scan
from anatofit.model.case import Waiver
from anatofit.model.grid import Grid
from anatofit.model.scan import ScanLimits, SeriesKind
from anatofit.model.volume import Volume

CASES = Path(os.environ.get("ANATOFIT_CASES", Path(__file__).parents[2].parent / "shared" / "cases"))
LIMITS = ScanLimits()
FORMS = ("compressed_jpegls", "compressed_j2k", "compressed_jpeg", "compressed_rle", "compressed")
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the real cases are not on this machine")


def test_the_cranium_is_fit() -> None:
    scan = load_scan(CASES / "cranium" / "dicom", limits=LIMITS)
    assert scan.volume.hu.shape == (108, 256, 256) and scan.volume.hu.dtype.name == "int16"
    assert scan.facts.slice_step_mm == 1.5 and scan.facts.pixel_mm == (0.957031, 0.957031)


def test_the_cranium_keeps_every_limit_of_the_plate() -> None:
    """Teeth, a neck that is cut, a head holder over 250 HU that leaves the field, a vault that closes: none is a fault."""
    scan = load_scan(CASES / "cranium" / "dicom", limits=scan_limits(get_device("cranial-plate")))
    told = {f.id: f.measured for f in scan.findings}
    assert all(f.passed for f in scan.findings)
    assert (
        told["metal"]
        == told["bone-cut-sides"]
        == told["bone-cut-head"]
        == told["contrast-agent"]
        == told["body-part"]
        == 0
    )
    assert 3 < told["image-noise"] < 15 and 0.957 < told["image-blur"] < 1.9 and told["motion-step"] < 1


def test_the_nail_in_the_pelvis_is_found_where_it_is() -> None:
    """NIfTI (its 352 bytes of header read by hand): axes to the left and back by their signs, metal by its own brightest voxels."""
    raw = gzip.decompress((CASES / "pelvis" / "example_ct.nii.gz").read_bytes())
    columns, rows, slices = map(int, np.frombuffer(raw, "<i2", 3, 42))
    affine = np.frombuffer(raw, "<f4", 12, 280).reshape(3, 4).astype(float)
    hu = np.frombuffer(raw, "<i4", columns * rows * slices, 352).reshape(slices, rows, columns)
    assert np.array_equal(affine[:, :3], np.diag(np.diag(affine)))
    to_lps = np.diag([-1.0, -1.0, 1.0]) @ affine
    grid = Grid(hu.shape, to_lps[:, 3], np.abs(np.diag(to_lps)), np.diag(np.sign(np.diag(to_lps))))
    metal = metal_of(Volume(grid, hu.astype(np.float32)), slice_axis=0)
    k, j, i = np.unravel_index(np.argmax(hu), hu.shape)
    assert metal.volume_mm3 > 5000 and metal.bodies <= 3
    assert np.linalg.norm(np.array(metal.centre_lps_mm) - grid.to_lps(np.array([i, j, k], dtype=float))) < 40


def test_the_mixed_study_has_one_series_that_only_a_waiver_lets_through() -> None:
    report = inspect_scan(CASES / "mixed-study", LIMITS)
    assert not report.fit and len(report.series) == 3
    assert "stopped by slice-thickness" in report.why
    waiver = Waiver(rule="slice-thickness", reason="only scan available", by="Clinical Engineering")
    scan = load_scan(CASES / "mixed-study", limits=LIMITS, waivers=[waiver])
    assert scan.volume.hu.shape == (28, 512, 512) and [w.rule for w in scan.waived] == ["slice-thickness"]


def test_the_tilted_head_comes_out_straight_and_its_rod_has_its_volume() -> None:
    """By the recipe of the cases' README: 15.96 cm³ within 2 %, and the native values within a median of 30 HU."""
    scan = load_scan(CASES / "tilted-head", limits=ScanLimits(slice_spacing_mm=5.0))
    grid = scan.volume.grid
    assert grid.is_straight and (grid.spacing_ijk_mm <= 0.40625 + 1e-9).all()
    native, points, voxel_mm3 = native_voxels(CASES / "tilted-head" / "dicom")
    read = map_coordinates(scan.volume.hu, grid.to_index(points).T[::-1], output=np.float32, order=1, mode="nearest")
    assert float(np.median(np.abs(read - native.ravel()))) <= 30
    soft = binary_opening(((read > -60) & (read < 200)).reshape(native.shape), iterations=2)
    labels, _ = label(soft)
    rod_cm3 = float((labels == labels[34, 202, 290]).sum()) * voxel_mm3 / 1000
    assert rod_cm3 == pytest.approx(15.96, rel=0.02)


def native_voxels(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.float64], float]:
    """HU `[slice, row, column]`, every pixel's own LPS place `(n, 3)`, and the volume of one, by plain pydicom."""
    slices = [dcmread(f) for f in sorted(folder.iterdir())]
    row, column = np.array(slices[0].ImageOrientationPatient[:3]), np.array(slices[0].ImageOrientationPatient[3:])
    normal = np.cross(row, column)
    slices.sort(key=lambda ds: float(np.array(ds.ImagePositionPatient) @ normal))
    hu = np.stack([ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept) for ds in slices])
    places = np.array([ds.ImagePositionPatient for ds in slices], dtype=float)
    dy, dx = (float(v) for v in slices[0].PixelSpacing)
    k, j, i = (a.ravel() for a in np.indices(hu.shape))
    step = float(np.diff(places @ normal).mean())
    return hu.astype(np.float32), places[k] + np.outer(i * dx, row) + np.outer(j * dy, column), dx * dy * step


@pytest.mark.parametrize("name", ["dicom-oddities", "seg-and-rtstruct"])
def test_odd_files_are_named_and_crash_nothing(name: str) -> None:
    report = inspect_scan(CASES / name, LIMITS)
    assert len(inspect_lines(report)) > 20
    limits = ScanLimits(slice_count_min=2, height_mm_min=0)
    for series in [s for s in report.series if s.kind is SeriesKind.CT][:5]:
        assert inspect_scan(CASES / name, limits, series=series.uid).nearest == series.uid
    with pytest.raises(ScanUnsuitableError, match="mixed-patients"):
        load_scan(CASES / name, limits=limits)


def test_lossless_forms_of_one_real_slice_decode_alike() -> None:
    """Files of other hands: each compressed one against its plain twin, by stored values."""
    folder = CASES / "dicom-oddities" / "dicom2nifti_generic"
    plain, *packed = (_pixels(folder / name) for name in FORMS)
    assert all(len(p) == len(plain) == 4 for p in packed)
    for form in packed:
        assert all(np.array_equal(form[place], hu) for place, hu in plain.items())


def _pixels(folder: Path) -> dict[tuple[float, ...], Any]:
    instances = read_files(walk_files(folder)).instances
    with decoder() as decode:
        return {i.position_lps_mm or (): hounsfield(raw_pixels(i.path.read_bytes(), i, decode), i) for i in instances}
