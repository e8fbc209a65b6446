"""What is said of a folder as a whole: links in it, and patients beside one another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_lines, inspect_scan
from anatofit.model.scan import ScanLimits
from tests.ingest.dicom_writer import make_series
from tests.ingest.test_faults import each, rules_of

LIMITS = ScanLimits()


def refused(folder: Path) -> tuple[Reason, ...]:
    """The reasons for which the folder is refused."""
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_scan(folder, limits=LIMITS)
    return tuple(refusal.value.reasons)


@pytest.mark.parametrize(("linked", "count"), [("files", "20 symbolic links"), ("the folder", "1 symbolic link")])
def test_links_are_not_followed_and_the_message_says_so(tmp_path: Path, linked: str, count: str) -> None:
    scan, folder = make_series().write(tmp_path / "scan"), tmp_path / "links"
    folder.mkdir()
    for path in sorted(scan.iterdir()) if linked == "files" else [scan]:
        (folder / path.name).symlink_to(path)
    (reason,) = refused(folder)
    assert reason.rule == "no-dicom" and f"holds {count}, not followed, and nothing else" in reason.message
    assert "Copy what they point to" in reason.message
    assert "not followed (symbolic links)" in " ".join(inspect_lines(inspect_scan(folder, LIMITS)))


def test_two_patients_in_the_one_series_are_told_once(tmp_path: Path) -> None:
    series = make_series()
    series.slices[3].PatientID = "CANARY-99"
    assert [r.rule for r in refused(series.write(tmp_path / "scan"))] == ["mixed-patients"]


def test_a_patient_of_another_series_is_told_of_the_folder(tmp_path: Path) -> None:
    other = make_series(uid="1.9")
    for ds in other.slices:
        ds.PatientID = "CANARY-99"
    make_series().write(tmp_path / "scan" / "one")
    other.write(tmp_path / "scan" / "other")
    (reason,) = refused(tmp_path / "scan")
    assert reason.rule == "mixed-patients" and "The folder holds images of 2 patients" in reason.message


def test_a_folder_without_a_scan_says_so(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path / "empty", tmp_path / "text"):
        if folder.name != "none":
            folder.mkdir()
        if folder.name == "text":
            (folder / "notes.txt").write_text("no scan here")
        with pytest.raises(ScanUnsuitableError) as refusal:
            load_scan(folder, limits=LIMITS)
        assert [r.rule for r in refusal.value.reasons] == ["no-dicom"]


def test_a_broken_file_is_not_dropped_in_silence(tmp_path: Path) -> None:
    folder = make_series().write(tmp_path / "scan")
    (folder / "broken").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 400)
    assert "unreadable-file" in rules_of(inspect_scan(folder, LIMITS))


def test_links_pipes_and_text_beside_the_scan_are_left_aside(tmp_path: Path) -> None:
    folder = make_series().write(tmp_path / "scan" / "deep")
    outside = make_series(uid="1.9").write(tmp_path / "outside")
    (folder / "link").symlink_to(next(outside.iterdir()))
    (folder / "tree").symlink_to(outside)
    (folder / "readme.txt").write_text("hello")
    os.mkfifo(folder / "pipe")
    report = inspect_scan(tmp_path / "scan", LIMITS)
    assert report.fit and len(report.series) == 1
    assert sum(report.skipped.values()) == 4


def test_two_patients_in_a_folder_are_refused_until_one_is_named(tmp_path: Path) -> None:
    make_series().write(tmp_path, prefix="a")
    other = make_series(uid="1.2.3.5")
    each(PatientID="CANARY-99")(other.slices)
    other.write(tmp_path, prefix="b")
    assert "mixed-patients" in rules_of(inspect_scan(tmp_path, LIMITS))
    assert load_scan(tmp_path, limits=LIMITS, series="1.2.3.5").facts.series_uid == "1.2.3.5"


def test_a_named_series_that_is_not_there_is_refused(tmp_path: Path) -> None:
    folder = make_series().write(tmp_path / "scan")
    assert "series-not-found" in rules_of(inspect_scan(folder, LIMITS, series="1.2.99"))


@pytest.mark.parametrize("cut", [[3], [3, 9]])
def test_files_that_end_early_are_told_once_with_their_places(tmp_path: Path, cut: list[int]) -> None:
    series = make_series()
    for n in cut:
        series.slices[n].PixelData = series.slices[n].PixelData[:-100]
    folder = series.write(tmp_path)
    (reason,) = refused(folder)
    assert reason.rule == "truncated-pixels" and "z = 43.75" in reason.message and f"{len(cut)} of 20" in reason.message
    report = inspect_scan(folder, LIMITS)
    assert report.findings == () and report.files.quarantined == 20 and not report.fit


def test_a_file_that_ends_early_in_another_series_stops_the_folder_still(tmp_path: Path) -> None:
    make_series().write(tmp_path, prefix="a")
    other = make_series(uid="1.9")
    other.slices[3].PixelData = other.slices[3].PixelData[:-100]
    other.write(tmp_path, prefix="b")
    report = inspect_scan(tmp_path, LIMITS)
    assert [f.rule for f in report.findings] == ["truncated-pixels"] and not report.fit
