"""What is said of a folder as a whole: links in it, and patients beside one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_lines, inspect_scan
from anatofit.model.scan import ScanLimits
from tests.ingest.dicom_writer import make_series

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
