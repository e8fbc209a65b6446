"""`anatofit inspect`: what is in a folder, archive or medium of images, what is wrong with it, and which series would be used."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from anatofit.cli.output import number, say, say_json
from anatofit.model.words import counted

if TYPE_CHECKING:
    from anatofit.model.scan import ScanFinding, ScanLimits, ScanReport, SeriesReport

UNFIT = 3
WITHOUT_ORDER = (
    "Judged here: the series alone. Not judged without an order: patient-mismatch, scan-age, the skull and its defect "
    "(no-defect, wrong-side); nor patient-age where the scan bears no age."
)


def command(options: Namespace) -> int:
    """0 where a series would be used, 3 where none can be."""
    from anatofit.app.stages import scan_limits
    from anatofit.devices.registry import get_device

    report = _report(options.scan, scan_limits(get_device(options.device)), options.quarantine)
    code = 0 if report.fit else UNFIT
    if options.json:
        say_json({"exit": code, **report.model_dump(mode="json")})
    else:
        say(f"scan: {options.scan}")
        _tell(report)
    return code


def _report(scan: Path, limits: ScanLimits, quarantine: Path | None) -> ScanReport:
    """A research volume and a file of labels are looked at as what they are, all else as a scan in DICOM."""
    from anatofit.ingest.gridfile import is_grid_file
    from anatofit.ingest.kinds import LABEL_CLASSES
    from anatofit.ingest.labels import class_of, inspect_labels
    from anatofit.ingest.research import inspect_research
    from anatofit.ingest.scan import inspect_scan

    if is_grid_file(scan) and not scan.is_dir():
        return inspect_research(scan, limits)
    if scan.is_file() and class_of(scan) in LABEL_CLASSES:
        return inspect_labels(scan)
    return inspect_scan(scan, limits, quarantine=quarantine)


def _tell(report: ScanReport) -> None:
    skipped = "".join(f", {count} {cause}" for cause, count in report.skipped.items())
    say(f"{counted(report.file_count, 'file')}{skipped}, {len(report.series)} series")
    say(report.files.sentence)
    for finding in report.findings:
        say(_finding(finding))
    for series in report.series:
        _series(series, chosen=series.uid == report.chosen)
    if report.why:
        say()
        say(report.why)
    if report.series:
        say(WITHOUT_ORDER)


def _series(series: SeriesReport, *, chosen: bool) -> None:
    say()
    mark = " <- would be used" if chosen else ""
    what = f"{series.kind.value}, {series.modality}, {counted(series.file_count, 'file')}, {series.description!r}"
    say(f"series {series.number}: {what}{mark}")
    if series.uid:
        say(f"  uid {series.uid}")
    if series.rows and series.columns:
        pixel = " x ".join(number(p) for p in series.pixel_mm or ())
        say(f"  {series.plane or 'plane unknown'}, {series.columns} x {series.rows} pixels of {pixel or '?'} mm, "
            f"step {number(series.slice_step_mm)} mm, thickness {number(series.slice_thickness_mm)} mm, "
            f"{_where(series)}")  # fmt: skip
    for finding in series.findings:
        say(_finding(finding))
    for note in series.notes:
        say(f"  note: {note}")


def _where(series: SeriesReport) -> str:
    if series.first_mm is None or series.last_mm is None:
        return "no stack of slices"
    if series.first_mm == series.last_mm:
        return f"at {number(series.first_mm)} mm"
    return f"from {number(series.first_mm)} to {number(series.last_mm)} mm"


def _finding(finding: ScanFinding) -> str:
    state = "waived" if finding.waived else "can be waived" if finding.waivable else "stops a design"
    return f"  {finding.code} {finding.rule} ({state}): {finding.message}"
