"""Images compressed with loss are refused; a person may waive it, and then what is known of the loss is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.encaps import encapsulate

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_lines, inspect_scan
from anatofit.model.case import Waiver
from anatofit.model.scan import ScanLimits
from tests.ingest.coded import J2K, J2K_LOSSY, JPEG_LS_NEAR, PLAIN, encode
from tests.ingest.dicom_writer import make_series, pattern

LIMITS = ScanLimits()
WAIVER = Waiver(rule="lossy-compression", reason="the only scan there is", by="Clinical Engineering")


def lossy_series(folder: Path, syntax: str, *, near: int = 1, coded_as: str = "", **tags: Any) -> Path:
    """The pattern, each slice two by three times beside itself, compressed; `coded_as` where the label says another form."""
    import jpeg_ls

    series = make_series()
    for ds in series.slices:
        stored = np.tile(np.frombuffer(ds.PixelData, "<i2").reshape(ds.Rows, ds.Columns) + 1000, (2, 3))
        ds.Rows, ds.Columns = stored.shape
        ds.PixelRepresentation, ds.BitsStored, ds.HighBit, ds.RescaleIntercept = 0, 12, 11, -1024
        ds.PixelData = stored.astype("<u2").tobytes()
        if syntax != PLAIN:
            coded = encode(stored.astype(np.int64), coded_as or syntax, bits=12, allocated=16)
            if syntax == JPEG_LS_NEAR:
                coded = bytes(jpeg_ls.encode_buffer(ds.PixelData, ds.Rows, ds.Columns, 1, 12, near))
            ds.PixelData = encapsulate([coded])
            ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
            ds.file_meta.TransferSyntaxUID = syntax
        for keyword, value in tags.items():
            setattr(ds, keyword, value)
    return series.write(folder)


Told = tuple[str, dict[str, Any], str]
CASES: dict[str, Told] = {
    "tags alone": (
        PLAIN,
        {
            "LossyImageCompression": "01",
            "LossyImageCompressionRatio": 8.5,
            "LossyImageCompressionMethod": "ISO_10918_1",
        },
        "by JPEG at a ratio of 8.5",
    ),
    "twice": (
        PLAIN,
        {
            "LossyImageCompression": "01",
            "LossyImageCompressionRatio": [4, 10],
            "LossyImageCompressionMethod": ["ISO_10918_1", "ISO_15444_1"],
        },
        "by JPEG and JPEG 2000 at a ratio of 4 to 10",
    ),
    "no more than the mark": (PLAIN, {"LossyImageCompression": "01"}, "at a ratio that no tag states"),
    "near-lossless": (JPEG_LS_NEAR, {}, "by JPEG-LS near-lossless"),
    "a lossy wavelet": (J2K_LOSSY, {}, "by JPEG 2000"),
}


@pytest.mark.parametrize("case", CASES)
def test_loss_is_refused_until_it_is_waived_and_then_told(case: str, tmp_path: Path) -> None:
    syntax, tags, told = CASES[case]
    folder = lossy_series(tmp_path / "scan", syntax, **tags)
    with pytest.raises(ScanUnsuitableError, match="lossy-compression") as stopped:
        load_scan(folder, limits=LIMITS)
    assert told in str(stopped.value)
    scan = load_scan(folder, limits=LIMITS, waivers=[WAIVER])
    assert [w.rule for w in scan.waived] == ["lossy-compression"]
    finding = next(f for f in scan.findings if f.id == "lossy-compression")
    assert finding.waived and not finding.passed and (finding.measured, finding.limit_high) == (20, 0)
    assert finding.detail == "waived by Clinical Engineering: the only scan there is"
    assert any(told in note for note in scan.facts.notes)
    away = np.abs(scan.volume.hu.astype(int) - np.tile(pattern(), (1, 2, 3)))
    assert away.max() <= (0 if syntax == PLAIN else 1 if syntax == JPEG_LS_NEAR else 700)


def test_a_stream_that_says_it_lost_nothing_is_told_and_still_refused(tmp_path: Path) -> None:
    """What was lost before the last coding, the last stream cannot know: the label stands."""
    folder = lossy_series(tmp_path / "scan", JPEG_LS_NEAR, near=0)
    with pytest.raises(ScanUnsuitableError, match="by its own header the code stream of the first lost nothing"):
        load_scan(folder, limits=LIMITS)
    volume = load_scan(folder, limits=LIMITS, waivers=[WAIVER]).volume
    assert np.array_equal(volume.hu, np.tile(pattern(), (1, 2, 3)))


def test_a_reversible_wavelet_is_no_proof(tmp_path: Path) -> None:
    """Its low bits may have been cut off after it: only the label of the lossless form promises that they were not."""
    folder = lossy_series(tmp_path / "scan", J2K_LOSSY, coded_as=J2K)
    report = inspect_scan(folder, LIMITS)
    assert not report.fit and "reversible wavelet, but cannot tell" in "\n".join(inspect_lines(report))
    volume = load_scan(folder, limits=LIMITS, waivers=[WAIVER]).volume
    assert np.array_equal(volume.hu, np.tile(pattern(), (1, 2, 3)))


def test_hostile_methods_and_ratios_reach_no_line(tmp_path: Path) -> None:
    hostile = {"LossyImageCompressionMethod": "CANARY_METHOD", "LossyImageCompressionRatio": "1e999"}
    folder = lossy_series(tmp_path / "scan", PLAIN, LossyImageCompression="01", **hostile)
    text = "\n".join(inspect_lines(inspect_scan(folder, LIMITS)))
    assert "lossy-compression" in text and "CANARY" not in text and "1e999" not in text and "inf" not in text


def test_a_file_that_is_cut_before_its_stream_is_still_told(spoiled: Callable[..., Path]) -> None:
    def change(slices: list[Any]) -> None:
        for ds in slices:
            ds.file_meta.TransferSyntaxUID = J2K_LOSSY
            ds.PixelData = encapsulate([b"\xff\x4f"])
            ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True

    with pytest.raises(ScanUnsuitableError, match="by JPEG 2000"):
        load_scan(spoiled(change), limits=LIMITS)
