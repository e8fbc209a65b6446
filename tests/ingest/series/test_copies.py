"""The same picture twice counts once; two different ones under one name or at one place stop the run."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_scan
from anatofit.model.scan import LoadedScan, ScanLimits
from anatofit.verify.scan_inputs import other_scan
from tests.ingest.dicom_writer import SLICES, make_series

LIMITS = ScanLimits()


def twin(ds: Any, **tags: Any) -> Any:
    """A copy of a slice with some tags of its own."""
    other = copy.deepcopy(ds)
    for keyword, value in tags.items():
        setattr(other, keyword, value)
    return other


def loaded(tmp_path: Path, *twins: Any) -> LoadedScan:
    made = make_series()
    made.slices += twins
    return load_scan(made.write(tmp_path / "scan"), limits=LIMITS)


COPIES = {
    "the same file": {},
    "sent again under a new name": {"SOPInstanceUID": "1.2.3.4.99", "InstanceNumber": 99},
    "described otherwise": {"SOPInstanceUID": "1.2.3.4.99", "SeriesDescription": "again"},
}


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_is_used_once_and_said(kind: str, tmp_path: Path) -> None:
    alone = load_scan(make_series().write(tmp_path / "alone"), limits=LIMITS)
    scan = loaded(tmp_path, twin(make_series().slices[7], **COPIES[kind]))
    assert np.array_equal(scan.volume.hu, alone.volume.hu) and scan.facts.slice_count == SLICES
    assert any("1 copy of slices left aside" in n for n in scan.facts.notes)


@pytest.mark.parametrize("kind", COPIES)
def test_a_scan_with_copies_is_recognised_when_a_pack_is_checked(kind: str, tmp_path: Path) -> None:
    scan = loaded(tmp_path, twin(make_series().slices[7], **COPIES[kind]))
    assert other_scan(tmp_path / "scan", [scan.facts.input]) == []


def test_a_whole_series_twice_is_the_series(tmp_path: Path) -> None:
    make_series().write(tmp_path / "scan" / "a")
    make_series().write(tmp_path / "scan" / "b")
    report = inspect_scan(tmp_path / "scan", LIMITS)
    assert report.fit and (report.series[0].file_count, report.series[0].slice_count) == (2 * SLICES, SLICES)


DIFFERENT = {
    "other pixels": {"PixelData": bytes(24 * 16 * 2)},
    "another rescale": {"RescaleIntercept": -1024},
    "another padding value": {"PixelPaddingValue": 7},
}


@pytest.mark.parametrize("kind", DIFFERENT)
def test_two_different_slices_at_one_place_are_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ScanUnsuitableError, match=r"duplicate-slice.*several lie at z = 48\.75 mm"):
        loaded(tmp_path, twin(make_series().slices[7], SOPInstanceUID="1.2.3.4.99", **DIFFERENT[kind]))


def test_one_name_for_two_different_slices_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScanUnsuitableError, match=r"duplicate-instance.*with DIFFERENT bytes"):
        loaded(tmp_path, twin(make_series().slices[7], PixelData=bytes(24 * 16 * 2)))
