"""A folder of images looked at as a person would: every series, what is wrong with each, which one to use and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from anatofit.ingest.door.opened import Kind, Opened, opened, other_scans
from anatofit.ingest.door.quarantine import keep_apart
from anatofit.ingest.header.headers import LINKED, Inventory
from anatofit.ingest.header.intake import balance_of, file_findings, received
from anatofit.ingest.header.shown import stand_in
from anatofit.ingest.rules import found, listed
from anatofit.ingest.series.judge import Demands, JudgedSeries, judge_all
from anatofit.ingest.series.refused import refused_files
from anatofit.model.case import Patient, Waiver
from anatofit.model.scan import ScanFinding, ScanLimits, ScanReport, SeriesKind, SeriesReport
from anatofit.model.words import counted

# Steps and pixels nearer than this are equal when series are compared.
EQUAL_MM = 0.005


@dataclass(frozen=True)
class Survey:
    """The report together with what the loader needs: the chosen series' files and stack, and where refused files came from."""

    report: ScanReport
    chosen: JudgedSeries | None
    place: Path


def inspect_scan(
    folder: Path,
    limits: ScanLimits,
    *,
    series: str | None = None,
    patient: Patient | None = None,
    order_date: str | None = None,
    waivers: Sequence[Waiver] = (),
    quarantine: Path | None = None,
) -> ScanReport:
    """Every series of the folder, archive or medium, judged, and the choice explained. Reads headers only; raises for no bad scan.

    quarantine: a folder that takes a copy of every file that is refused, by itself or with the series that it belongs to, with the
    reasons. Raises OutputError where it cannot.
    """
    demands = Demands(limits, patient or Patient(), order_date, tuple(waivers))
    with opened(folder) as scan:
        return survey(scan, demands, series=series, quarantine=quarantine).report


def survey(scan: Opened, demands: Demands, *, series: str | None, quarantine: Path | None = None) -> Survey:
    """The report of `inspect_scan` with the chosen series at hand."""
    inventory = received(scan)
    judged = judge_all(inventory.instances, demands)
    wanted = [j for j in judged if series is None or _is_named(j.report, series.strip())]
    ranked = sorted(wanted, key=lambda j: _rank(j.report))
    best = ranked[0] if ranked else None
    findings = _folder_findings(scan, inventory, judged, named=series is not None, nearest=best)
    findings += _stacks(ranked)
    chosen = best if best is not None and best.report.fit and not findings else None
    asked = best.report.uid if best and series is not None else None
    refused = {} if chosen or best is None else refused_files(judged, named=asked)
    for alone in inventory.refused:
        refused.pop(alone.path, None)
    if quarantine is not None and (inventory.refused or refused):
        keep_apart(inventory.refused, quarantine, scan=scan.place, series=refused)
    report = ScanReport(
        file_count=inventory.file_count,
        files=balance_of(inventory).with_refused(len(refused)),
        skipped=inventory.skipped,
        series=tuple(j.report for j in judged),
        findings=tuple(findings),
        chosen=chosen.report.uid if chosen else None,
        chosen_stack=chosen.report.stack if chosen else "",
        nearest=best.report.uid if best else None,
        why=_why([j.report for j in ranked], chosen=chosen is not None, named=series is not None),
    )
    return Survey(report, chosen, scan.place)


def _is_named(report: SeriesReport, name: str) -> bool:
    """By its UID, or by `UID#STACK` where an object holds several stacks."""
    uid, _, stack = name.partition("#")
    return report.uid in (uid, stand_in(uid)) and stack in ("", report.stack)


def _stacks(ranked: Sequence[JudgedSeries]) -> list[ScanFinding]:
    """Two stacks of one object that are both fit are told apart by a person alone."""
    fit = [j.report for j in ranked if j.report.fit]
    rivals = [r for r in fit if r.uid == fit[0].uid] if fit else []
    if len(rivals) < 2:
        return []
    what = f"{len(rivals)} stacks of one object would serve ({listed([r.stack for r in rivals])}), one is wanted"
    return [found("several-stacks", what, measured=len(rivals), limit=1, unit="stacks")]


def _folder_findings(
    scan: Opened, inventory: Inventory, judged: Sequence[JudgedSeries], *, named: bool, nearest: JudgedSeries | None
) -> list[ScanFinding]:
    findings = []
    if not inventory.instances and not inventory.refused:
        findings.append(found("no-dicom", _nothing(scan, inventory)))
    elif nearest is None and inventory.instances:
        which = "The only series is not" if len(judged) == 1 else f"None of the {len(judged)} series is"
        findings.append(found("series-not-found", f"{which} the one that was asked for"))
    findings += [f for f in file_findings(scan, inventory) if not _placed(f.rule, inventory, nearest)]
    patients = _by_patient(judged)
    if len(patients) > 1 and not named and not _told(nearest, len(patients)):
        what = f"The folder holds images of {len(patients)} patients ({_each_patient(patients)}), one is wanted"
        findings.append(found("mixed-patients", what, measured=len(patients), limit=1, unit="patients"))
    return findings


def _by_patient(judged: Sequence[JudgedSeries]) -> dict[str, Counter[int]]:
    """How many images of each patient are in each series, by its number."""
    out: dict[str, Counter[int]] = {}
    for j in judged:
        for i in j.instances if j.report.kind is not SeriesKind.NOT_AN_IMAGE else ():
            out.setdefault(i.patient_id_sha256 or i.patient_sha256, Counter())[j.report.number] += 1
    return out


def _each_patient(patients: Mapping[str, Counter[int]]) -> str:
    """Where the images of each lie: nobody is named, and everyone can be found."""
    return "; ".join(
        f"{counted(counts.total(), 'image')} in series {listed([str(n) for n in sorted(counts)])}"
        for counts in patients.values()
    )


def _placed(rule: str, inventory: Inventory, nearest: JudgedSeries | None) -> bool:
    """Whether every file refused under a rule is of the series that a refusal tells of, which says by the same rule where they lie."""
    if nearest is None or all(f.rule != rule for f in nearest.report.findings):
        return False
    files = {refused.path for refused in inventory.refused if refused.rule == rule}
    return bool(files) and files <= {i.path for i in nearest.instances}


def _told(nearest: JudgedSeries | None, patients: int) -> bool:
    """Whether the series that a refusal tells of holds every patient of the folder itself, and says so."""
    findings = nearest.report.findings if nearest is not None else ()
    return any(f.rule == "mixed-patients" and (f.measured or 0) >= patients for f in findings)


def _nothing(scan: Opened, inventory: Inventory) -> str:
    if scan.kind is Kind.NOTHING:
        return "The scan's folder does not exist (in a prescription [source] dicom names it)"
    if inventory.file_count == 0:
        return f"The scan's {scan.kind} holds no file"
    if links := inventory.skipped.get(LINKED, 0):
        return _linked(links, rest=inventory.file_count - links)
    if scan.kind is Kind.FILE:
        return "The file that was named as the scan is no DICOM image"
    if scan.kind is Kind.FOLDER and (named := other_scans(scan.place)):
        return f"The scan's folder holds no DICOM image, but {named}. Name that file itself as the scan"
    if inventory.file_count == 1:
        return f"The only file in the scan's {scan.kind} is no DICOM image"
    return f"None of the {inventory.file_count} files in the scan's {scan.kind} is a DICOM image"


def _linked(links: int, *, rest: int) -> str:
    """Why a folder of symbolic links (to files or folders) gives no scan, and what makes it one."""
    beside = f"{counted(rest, 'file')} without a DICOM image" if rest else "nothing else"
    copy = "Copy what they point to into a folder of its own (as `cp -rL` does)"
    return f"The scan's folder holds {counted(links, 'symbolic link')}, not followed, and {beside}. {copy}"


def _rank(report: SeriesReport) -> tuple[object, ...]:
    """Fit before waivable before unfit, CT slices before others, then thin, many, small pixels, low number, UID."""
    blocking = [f for f in report.findings if f.blocks]
    unfit = 0 if not blocking else 1 if all(f.waivable for f in blocking) else 2
    step = round((report.slice_step_mm or 1e3) / EQUAL_MM)
    pixel = round((max(report.pixel_mm) if report.pixel_mm else 1e3) / EQUAL_MM)
    return (report.kind is not SeriesKind.CT, unfit, step, -report.file_count, pixel, report.number, report.uid)


def _why(ranked: Sequence[SeriesReport], *, chosen: bool, named: bool) -> str:
    """The choice in sentences."""
    if not ranked:
        return "There is no series to choose from."
    best, others = ranked[0], ranked[1:]
    if not best.fit:
        stops = listed(sorted({f.rule for f in best.findings if f.blocks}))
        return f"No series is fit for design; series {best.number} comes nearest and is stopped by {stops}."
    if not chosen:
        return f"Series {best.number} would be fit, but the folder is not."
    if named:
        return f"Series {best.number} is the one that was asked for, and it is fit."
    rivals = [r for r in others if r.fit]
    if not rivals:
        left = f" among {len(ranked)}" if others else ""
        return f"Series {best.number} is the only one{left} that is fit for design."
    return f"Series {best.number} is chosen of {len(rivals) + 1} that are fit: {_edge(best, rivals[0])}."


def _edge(best: SeriesReport, second: SeriesReport) -> str:
    """What the chosen series has before the next one."""
    step, next_step = best.slice_step_mm or 0.0, second.slice_step_mm or 0.0
    if abs(step - next_step) > EQUAL_MM:
        return f"its slices step {step:g} mm, those of series {second.number} {next_step:g} mm"
    if best.file_count != second.file_count:
        return f"it has {best.file_count} slices, series {second.number} has {second.file_count} at the same step"
    pixel, next_pixel = max(best.pixel_mm or (0.0,)), max(second.pixel_mm or (0.0,))
    if abs(pixel - next_pixel) > EQUAL_MM:
        return f"its pixels measure {pixel:g} mm, those of series {second.number} {next_pixel:g} mm"
    kernels = f" (kernels {best.kernel or 'unknown'} and {second.kernel or 'unknown'})"
    return (
        f"it equals series {second.number} in step, slices and pixels{kernels}, and the lower series number goes "
        f"first; name the other if it is wanted ([source] series; on the command line: --series)"
    )


def inspect_lines(report: ScanReport) -> list[str]:
    """The report for a person, line by line."""
    skipped = ", ".join(f"{n} {cause}" for cause, n in sorted(report.skipped.items()))
    lines = [
        f"{counted(report.file_count, 'file')}, {len(report.series)} series"
        + (f"; left aside: {skipped}" if skipped else "")
    ]
    lines += _finding_lines(report.findings, indent="")
    for series in report.series:
        mark = "*" if (series.uid, series.stack) == (report.chosen, report.chosen_stack) else " "
        lines.append(f"{mark} {series.number}. {_headline(series)}")
        lines.append(f"     {series.uid}" + (f"#{series.stack}" if series.stack else ""))
        lines += _finding_lines(series.findings, indent="     ")
        lines += [f"     note: {note}" for note in series.notes]
    return [*lines, report.files.sentence, report.why]


def _headline(series: SeriesReport) -> str:
    parts = [f"{series.kind}, {counted(series.file_count, 'file')}"]
    if series.description:
        parts.append(f'"{series.description}"')
    if series.rows and series.columns:
        parts.append(f"{series.columns}x{series.rows}")
    if series.pixel_mm:
        parts.append(f"pixel {series.pixel_mm[1]:g}x{series.pixel_mm[0]:g} mm")
    if series.slice_step_mm:
        parts.append(
            f"step {series.slice_step_mm:g} mm, {series.plane} from {series.first_mm:g} to {series.last_mm:g} mm"
        )
    return ", ".join(parts) + (": fit" if series.fit else ": not fit")


def _finding_lines(findings: Sequence[ScanFinding], *, indent: str) -> list[str]:
    def state(finding: ScanFinding) -> str:
        return "waived" if finding.waived else "can be waived" if finding.waivable else "cannot be waived"

    return [f"{indent}{finding.code} {finding.rule} ({state(finding)}): {finding.message}" for finding in findings]
