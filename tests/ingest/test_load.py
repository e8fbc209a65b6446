"""The volume holds every voxel at its own place and in Hounsfield units, however the files say it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.pixels import get_encoder
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.door.opened import opened
from anatofit.ingest.load import load_scan
from anatofit.ingest.pixel.fault import PixelError
from anatofit.ingest.scan import survey
from anatofit.ingest.series.judge import Demands
from anatofit.ingest.volume.assemble import read_unchanged
from anatofit.model.case import Patient
from anatofit.model.scan import LoadedScan, ScanLimits
from tests.ingest import jpeg_lossless
from tests.ingest.dicom_writer import COLUMN_MM, ROW_MM, STEP_MM, Series, make_series, pattern

ORIENTATIONS: dict[str, tuple[tuple[float, ...], int]] = {
    "HFS": ((1, 0, 0, 0, 1, 0), 1),
    "HFS, slices downwards": ((1, 0, 0, 0, 1, 0), -1),
    "HFP": ((-1, 0, 0, 0, -1, 0), 1),
    "FFS": ((-1, 0, 0, 0, 1, 0), 1),
    "FFP": ((1, 0, 0, 0, -1, 0), -1),
    "sagittal": ((0, 1, 0, 0, 0, -1), 1),
    "coronal": ((1, 0, 0, 0, 0, -1), -1),
    "columns first": ((0, 1, 0, 1, 0, 0), 1),
    "oblique": ((0.8, 0.6, 0, -0.6, 0.8, 0), 1),
}


def loaded(series: Series, folder: Path) -> LoadedScan:
    """The series through a folder."""
    return load_scan(series.write(folder), limits=ScanLimits())


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_every_voxel_stays_where_its_own_tags_put_it(name: str, tmp_path: Path) -> None:
    orientation, sign = ORIENTATIONS[name]
    origin = np.array([-3.0, 5.0, 40.0])
    scan = loaded(make_series(orientation=orientation, sign=sign, origin=tuple(origin)), tmp_path)
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    normal = np.cross(row, column) * sign
    k, j, i = np.indices(pattern().shape).reshape(3, -1)
    points = origin + np.outer(i, row * COLUMN_MM) + np.outer(j, column * ROW_MM) + np.outer(k, normal * STEP_MM)
    index = scan.volume.grid.to_index(points)
    nearest = np.rint(index).astype(int)
    assert np.abs(index - nearest).max() < 1e-3
    assert np.array_equal(scan.volume.hu[nearest[:, 2], nearest[:, 1], nearest[:, 0]], pattern().ravel())
    assert np.linalg.det(scan.volume.grid.direction_lps) == pytest.approx(1.0)
    assert np.trace(scan.volume.grid.direction_lps) > 2.5


def test_one_body_scanned_in_eight_ways_is_one_array(tmp_path: Path) -> None:
    """The same block of space, its slices cut and its rows run in every way along the axes."""
    want = loaded(make_series(), tmp_path / "plain").volume
    for n, (rows_back, columns_back, upside) in enumerate(np.ndindex(2, 2, 2)):
        series = make_series()
        for ds in series.slices:
            hu = np.frombuffer(ds.PixelData, "<i2").reshape(ds.Rows, ds.Columns)
            position = np.array([float(v) for v in ds.ImagePositionPatient])
            position += [COLUMN_MM * (ds.Columns - 1) * rows_back, ROW_MM * (ds.Rows - 1) * columns_back, 0]
            ds.PixelData = hu[:: 1 - 2 * columns_back, :: 1 - 2 * rows_back].tobytes()
            ds.ImagePositionPatient = [f"{v:.6f}" for v in position]
            ds.ImageOrientationPatient = [1 - 2 * rows_back, 0, 0, 0, 1 - 2 * columns_back, 0]
        series.slices = series.slices[:: 1 - 2 * upside]
        got = loaded(series, tmp_path / f"turned{n}").volume
        assert np.array_equal(got.hu, want.hu)
        assert np.allclose(got.grid.origin_lps_mm, want.grid.origin_lps_mm, atol=1e-6)
        assert np.array_equal(got.grid.direction_lps, np.eye(3))


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless])
def test_compressed_forms_equal_the_plain_one(syntax: UID, tmp_path: Path) -> None:
    series = make_series()
    for ds in series.slices:
        stored = np.frombuffer(ds.PixelData, "<i2").reshape(ds.Rows, ds.Columns) + 1000
        wide = np.tile(stored, (2, 3)).astype("<u2")  # JPEG 2000 wants at least 32 pixels a side
        ds.Rows, ds.Columns = wide.shape
        ds.PixelRepresentation, ds.BitsStored, ds.HighBit, ds.RescaleIntercept = 0, 12, 11, -1024
        ds.PixelData = wide.tobytes()
    plain = loaded(series, tmp_path / "plain").volume.hu
    assert np.array_equal(plain, np.tile(pattern(), (1, 2, 3)))
    for ds in series.slices:
        pack(ds, syntax)
    assert np.array_equal(loaded(series, tmp_path / "packed").volume.hu, plain)


def pack(ds: Any, syntax: UID) -> None:
    """The dataset in a compressed form, lossless."""
    if syntax in (JPEGLossless, JPEGLosslessSV1):
        words = np.frombuffer(ds.PixelData, "<u2").reshape(ds.Rows, ds.Columns)
        ds.PixelData = encapsulate([jpeg_lossless.encode(words, bits=12)])
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
        ds.file_meta.TransferSyntaxUID = syntax
        return
    if not get_encoder(syntax).is_available:
        pytest.skip("no encoder for this form is installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds.compress(syntax, generate_instance_uid=False)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_every_uncompressed_form_is_the_same(syntax: str, tmp_path: Path) -> None:
    series = make_series()
    for ds in series.slices:
        ds.file_meta.TransferSyntaxUID = syntax
        if syntax == ExplicitVRBigEndian:
            ds.PixelData = np.frombuffer(ds.PixelData, "<i2").astype(">i2").tobytes()
        ds["PixelData"].VR = "OW"
    assert np.array_equal(loaded(series, tmp_path).volume.hu, pattern())


def test_each_slice_keeps_its_own_rescale(tmp_path: Path) -> None:
    series = make_series()
    for n, ds in enumerate(series.slices):
        ds.RescaleIntercept = -24 - n
        ds.PixelData = (np.frombuffer(ds.PixelData, "<i2") + n).astype("<i2").tobytes()
    scan = loaded(series, tmp_path)
    assert scan.volume.hu.dtype == np.int16 and np.array_equal(scan.volume.hu, pattern())


def test_a_broken_slope_gives_float(tmp_path: Path) -> None:
    series = make_series()
    series.slices[3].RescaleSlope = 0.5
    scan = loaded(series, tmp_path)
    want = pattern().astype(np.float32)
    want[3] = np.maximum((want[3] + 24) * 0.5 - 24, -1024)
    assert scan.volume.hu.dtype == np.float32 and np.array_equal(scan.volume.hu, want)


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize("stored", [12, 16])
def test_padding_becomes_air(signed: int, stored: int, tmp_path: Path) -> None:
    series = make_series()
    for ds in series.slices:
        values = np.frombuffer(ds.PixelData, "<i2").astype(np.int32) + (1000 if not signed else 0)
        words = values.astype("<i2").reshape(ds.Rows, ds.Columns).copy()
        words[:2] = -2000
        ds.PixelData, ds.PixelRepresentation = words.tobytes(), signed
        ds.BitsStored, ds.HighBit, ds.RescaleIntercept = stored, stored - 1, -24 if signed else -1024
        ds.add_new(0x00280120, "SS" if signed else "US", -2000 if signed else 63536)
    want = pattern().copy()
    want[:, :2] = -1024
    assert np.array_equal(loaded(series, tmp_path).volume.hu, want)


def test_what_scanners_put_below_the_scale_becomes_air(tmp_path: Path) -> None:
    series = make_series()
    words = np.frombuffer(series.slices[0].PixelData, "<i2").copy()
    words[:5] = -3000
    series.slices[0].PixelData = words.tobytes()
    assert int(loaded(series, tmp_path).volume.hu.min()) == -1024


def test_file_names_and_order_change_nothing_and_the_hash_is_of_the_files(tmp_path: Path) -> None:
    series = make_series()
    first = loaded(series, tmp_path / "a")
    series.slices.reverse()
    second = loaded(series, tmp_path / "b")
    assert first.facts == second.facts and np.array_equal(first.volume.hu, second.volume.hu)
    series.slices[0].PixelData = bytes(len(series.slices[0].PixelData))
    assert loaded(series, tmp_path / "c").facts.input.sha256 != first.facts.input.sha256
    assert first.facts.input.count == 20


def test_a_spacing_tag_that_contradicts_the_positions_is_overruled_and_said(tmp_path: Path) -> None:
    series = make_series()
    for ds in series.slices:
        ds.SpacingBetweenSlices = 2.5
    scan = loaded(series, tmp_path)
    assert scan.facts.slice_step_mm == STEP_MM
    assert any("SpacingBetweenSlices" in note for note in scan.facts.notes)


def test_undecodable_pixels_name_their_slice(tmp_path: Path) -> None:
    series = make_series()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for ds in series.slices:
            ds.compress(RLELossless, generate_instance_uid=False)
    broken: Any = series.slices[4]
    broken.PixelData = broken.PixelData[:8] + b"\xfe\xff\x00\xe0\x04\x00\x00\x00abcd"
    broken["PixelData"].is_undefined_length = True
    with pytest.raises(ScanUnsuitableError, match=r"undecodable-pixels.*z = 45\.00"):
        loaded(series, tmp_path)


def test_a_file_that_changes_under_the_reader_stops_the_run(tmp_path: Path) -> None:
    make_series().write(tmp_path)
    demands = Demands(ScanLimits(), Patient(), None, ())
    with opened(tmp_path) as scan:
        chosen = survey(scan, demands, series=None).chosen
    assert chosen is not None
    other = make_series(origin=(0.0, 0.0, 0.0))
    other.write(tmp_path)
    with pytest.raises(PixelError) as stopped:
        read_unchanged(chosen.instances[0])
    assert stopped.value.rule == "changed-file"


def test_the_report_of_what_was_kept_has_no_identity(tmp_path: Path) -> None:
    scan = loaded(make_series(), tmp_path)
    text = repr(scan.facts) + repr(scan.findings)
    assert "CANARY" not in text.upper() and "19700203" not in text
    assert all(f.passed and f.basis == "scan" for f in scan.findings)
    assert scan.facts.age_years == 53.0  # a fraction would tell the birthday, beside the date of the scan


def test_a_code_stream_of_another_picture_is_told_with_its_slices(tmp_path: Path) -> None:
    series = make_series()
    for ds in series.slices:
        ds.compress(RLELossless, generate_instance_uid=False)
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
    with pytest.raises(ScanUnsuitableError, match=r"coded-header.*2 bytes a pixel, stated 1.*20 slices at z = 40\.00"):
        loaded(series, tmp_path)
