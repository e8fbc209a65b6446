"""`anatofit inspect`: what is in a folder, archive or medium of images, what is wrong with it, and which series would be used."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anatofit.cli.output import by_hash, number, say, say_json
from anatofit.model.words import counted

if TYPE_CHECKING:
    from anatofit.errors import Reason
    from anatofit.model.finding import Finding
    from anatofit.model.scan import ScanFinding, ScanLimits, ScanReport, SeriesReport

UNFIT = 3
RESEARCH_ONLY = "Noise, blur, metal, motion and field of view are judged with --image."
HEADERS_ONLY = "The pixels were not read: whether they decode, and noise, blur, metal, motion and field of view, are judged with --image."
WITHOUT_ORDER = (
    "Judged here: the series alone. Not judged without an order: patient-mismatch, scan-age, the skull and its defect "
    "(no-defect, wrong-side); nor patient-age where the scan bears no age."
)


def command(options: Namespace) -> int:
    """0 where a series or the surface would be used, 3 where none can be."""
    from anatofit.cli.inspect_surface import is_surface

    if is_surface(options):
        from anatofit.cli.inspect_surface import command as of_a_surface

        return of_a_surface(options)
    from anatofit.app.outside import refuse_within
    from anatofit.app.stages import scan_limits
    from anatofit.devices.registry import get_device

    limits = scan_limits(get_device(options.device))
    refuse_within({"the scan": options.scan}, {"--quarantine": options.quarantine})
    report = _report(options.scan, limits, options.quarantine)
    wanted = options.image and report.chosen is not None
    image = _image(options.scan, report.chosen or "", limits, options.quarantine) if wanted else None
    if image is not None and image.reasons:
        report = report.model_copy(update={"files": report.files.with_refused(_chosen_files(report))})
    code = 0 if report.fit and (image is None or not image.reasons) else UNFIT
    if options.json:
        say_json({"exit": code, **report.model_dump(mode="json"), "image": None if image is None else image.as_json()})
    else:
        say(f"scan: {options.scan}")
        _tell(report, copied=options.quarantine is not None)
        _tell_image(image, asked=options.image, report=report)
        if report.series:
            say(WITHOUT_ORDER)
    return code


@dataclass(frozen=True)
class _Image:
    """What the pixels of the chosen series say: figures within their limits, or the reasons why they are not fit."""

    findings: tuple[Finding, ...]
    not_judged: tuple[str, ...]
    reasons: tuple[Reason, ...]

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        reasons = [{"code": r.code, "rule": r.rule, "message": r.message} for r in self.reasons]
        findings = [f.model_dump(mode="json") for f in self.findings]
        return {"fit": not reasons, "findings": findings, "not_judged": list(self.not_judged), "reasons": reasons}


def _chosen_files(report: ScanReport) -> int:
    chosen = (s for s in report.series if (s.uid, s.stack) == (report.chosen, report.chosen_stack))
    return sum(s.file_count for s in chosen)


def _image(folder: Path, series: str, limits: ScanLimits, quarantine: Path | None) -> _Image:
    """The chosen series read whole."""
    from anatofit.errors import ScanError
    from anatofit.ingest.load import load_scan
    from anatofit.ingest.research.volume import load_research

    try:
        if series:
            scan = load_scan(folder, series=series, limits=limits, quarantine=quarantine)
        else:  # a research volume is of no series
            scan = load_research(folder, limits=limits, quarantine=quarantine)
    except ScanError as error:
        return _Image((), (), tuple(error.reasons))
    return _Image(scan.findings, tuple(scan.facts.not_judged), ())


def _tell_image(image: _Image | None, *, asked: bool, report: ScanReport) -> None:
    """The figures of the pixels, or why there are none."""
    if image is None:
        if report.series:
            unread = RESEARCH_ONLY if report.chosen == "" else HEADERS_ONLY
            say("No series is fit, so no pixels were judged." if asked else unread)
        return
    say()
    say("By its pixels it is not fit:" if image.reasons else "By its pixels it is fit too:")
    for reason in image.reasons:
        say(f"  {reason.code} {reason.rule}: {reason.message}")
    for finding in image.findings:
        say(
            f"  {finding.id}: {finding.what}: {finding.told} ({_limit(finding)})"
            + (f"; {finding.detail}" if finding.detail else "")
        )
    for said in image.not_judged:
        say(f"  {said}")
    say()


def _limit(finding: Finding) -> str:
    low, high = finding.limit_low, finding.limit_high
    return f"at least {low:g}" if low is not None else f"at most {high:g}" if high is not None else "no limit"


def _report(scan: Path, limits: ScanLimits, quarantine: Path | None) -> ScanReport:
    """A research volume and a file of labels are looked at as what they are, all else as a scan in DICOM."""
    from anatofit.ingest.labels.read import class_of, inspect_labels
    from anatofit.ingest.research.gridfile import is_grid_file
    from anatofit.ingest.research.volume import inspect_research
    from anatofit.ingest.scan import inspect_scan
    from anatofit.ingest.series.kinds import LABEL_CLASSES

    if is_grid_file(scan) and not scan.is_dir():
        return inspect_research(scan, limits, quarantine=quarantine)
    if scan.is_file() and class_of(scan) in LABEL_CLASSES:
        return inspect_labels(scan, quarantine=quarantine)
    return inspect_scan(scan, limits, quarantine=quarantine)


def _tell(report: ScanReport, *, copied: bool) -> None:
    skipped = "".join(f", {count} {cause}" for cause, count in report.skipped.items())
    say(f"{counted(report.file_count, 'file')}{skipped}, {len(report.series)} series")
    say(report.files.sentence)
    if report.files.quarantined and not copied:
        say("No copy was made of what is quarantined: --quarantine DIR names a folder for it.")
    for finding in report.findings:
        say(_finding(finding))
    for series in report.series:
        _series(series, chosen=(series.uid, series.stack) == (report.chosen, report.chosen_stack))
    if report.why:
        say()
        say(report.why)
    for hint in by_hash(f.message for f in (*report.findings, *(f for s in report.series for f in s.findings))):
        say(hint)


def _series(series: SeriesReport, *, chosen: bool) -> None:
    say()
    mark = " <- would be used" if chosen else ""
    what = f"{series.kind.value}, {series.modality}, {counted(series.file_count, 'file')}, {series.description!r}"
    say(f"series {series.number}: {what}{mark}")
    if series.uid:
        say(f"  uid {series.uid}" + (f"#{series.stack}" if series.stack else ""))
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
