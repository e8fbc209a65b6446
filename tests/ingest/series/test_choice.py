"""Of several series the fit and finest one is chosen, and the reason is said in a sentence."""

from __future__ import annotations

from pathlib import Path

from anatofit.ingest.scan import inspect_lines, inspect_scan
from anatofit.model.scan import ScanLimits, ScanReport, SeriesKind
from tests.ingest.dicom_writer import make_series


def write(
    folder: Path, *, uid: str, step_mm: float = 1.25, count: int = 20, number: int = 2, words: str = "AXIAL"
) -> None:
    """One more series in the folder."""
    series = make_series(step_mm=step_mm, count=count, uid=uid)
    for ds in series.slices:
        ds.SeriesNumber = number
        ds.ImageType = ["ORIGINAL", "PRIMARY", words]
    series.write(folder, prefix=uid.replace(".", "_"))


def report(folder: Path) -> ScanReport:
    """The report under the default limits."""
    return inspect_scan(folder, ScanLimits())


def test_the_thinnest_fit_series_wins_over_thick_ones_and_localizers(tmp_path: Path) -> None:
    write(tmp_path, uid="1.1", step_mm=1.5, number=1)
    write(tmp_path, uid="1.2", step_mm=5.0, number=2)
    write(tmp_path, uid="1.3", step_mm=1.25, number=3)
    write(tmp_path, uid="1.4", count=1, number=4, words="LOCALIZER")
    seen = report(tmp_path)
    assert seen.chosen == "1.3" and seen.fit
    assert seen.why == "Series 3 is chosen of 2 that are fit: its slices step 1.25 mm, those of series 1 1.5 mm."
    assert [s.kind for s in seen.series] == [SeriesKind.CT] * 3 + [SeriesKind.LOCALIZER]


def test_a_thin_series_with_a_gap_loses_to_a_whole_one(tmp_path: Path) -> None:
    write(tmp_path, uid="1.1", step_mm=1.5)
    broken = make_series(step_mm=1.1, uid="1.2")
    broken.slices.pop(9)
    broken.write(tmp_path, prefix="b")
    assert report(tmp_path).chosen == "1.1"


def test_more_slices_win_at_the_same_step(tmp_path: Path) -> None:
    write(tmp_path, uid="1.1", count=18, number=1)
    write(tmp_path, uid="1.2", count=20, number=2)
    seen = report(tmp_path)
    assert seen.chosen == "1.2" and "20 slices" in seen.why


def test_equals_are_told_apart_by_number_and_that_is_said(tmp_path: Path) -> None:
    write(tmp_path, uid="1.9", number=3)
    write(tmp_path, uid="1.1", number=7)
    seen = report(tmp_path)
    assert seen.chosen == "1.9" and "equals series 2" in seen.why and "[source] series" in seen.why


def test_the_report_survives_json_and_reads_as_lines(tmp_path: Path) -> None:
    write(tmp_path, uid="1.1")
    seen = report(tmp_path)
    again = ScanReport.model_validate_json(seen.model_dump_json(exclude_computed_fields=True))
    assert again == seen
    lines = inspect_lines(seen)
    assert (
        lines[0] == "20 files, 1 series" and lines[1].startswith("* 1. CT slices, 20 files") and lines[-1] == seen.why
    )
