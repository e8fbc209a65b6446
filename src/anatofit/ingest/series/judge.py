"""The series of a folder, each judged by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anatofit.ingest.figure import beyond
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.rules import apply_waivers
from anatofit.ingest.series.copies import without_copies
from anatofit.ingest.series.integrity import integrity_findings
from anatofit.ingest.series.kinds import series_kind
from anatofit.ingest.series.notes import series_notes
from anatofit.ingest.series.spacing import spacing_findings
from anatofit.ingest.series.stack import Stack, stack_of
from anatofit.ingest.series.suitability import patient_findings, suitability_findings, typical_step_mm
from anatofit.ingest.series.tagged import tag_figures
from anatofit.model.case import Patient, Waiver
from anatofit.model.scan import ScanFinding, ScanLimits, SeriesKind, SeriesReport


@dataclass(frozen=True)
class Demands:
    """What a scan is judged against."""

    limits: ScanLimits
    patient: Patient
    order_date: str | None
    waivers: tuple[Waiver, ...]


@dataclass(frozen=True)
class JudgedSeries:
    """A series with its instances, its stack where it makes one, its report, and the copies of instances that are not used."""

    report: SeriesReport
    instances: tuple[Instance, ...]
    stack: Stack | None
    copies: tuple[Instance, ...] = ()


def judge_all(instances: Sequence[Instance], demands: Demands) -> tuple[JudgedSeries, ...]:
    """Every series, and every stack of a multi-frame object, ordered by series number and UID, numbered from 1."""
    groups: dict[tuple[str, str], list[Instance]] = {}
    for instance in instances:
        groups.setdefault((instance.series_uid, instance.stack_name), []).append(instance)
    ordered = sorted(groups.items(), key=lambda item: (_series_number(item[1]), item[0]))
    return tuple(_judge(n, group, demands) for n, (_, group) in enumerate(ordered, start=1))


def _series_number(instances: Sequence[Instance]) -> float:
    return min((float(i.series_number) for i in instances if i.series_number is not None), default=float("inf"))


def _judge(number: int, instances: Sequence[Instance], demands: Demands) -> JudgedSeries:
    # one order whatever the files are called, so that "the first" means the same on every machine
    instances = sorted(
        instances, key=lambda i: (i.position_lps_mm or (), i.instance_number or 0, i.sop_uid, i.frame, i.file_bytes)
    )
    instances, copies = without_copies(instances)
    kind, findings = series_kind(instances)
    stack: Stack | None = None
    if kind is SeriesKind.CT:
        stack, geometry = stack_of(instances)
        findings += integrity_findings(instances) + geometry
        if stack is not None:
            findings += spacing_findings(instances, stack, limit=demands.limits.slice_spacing_mm)
        findings += suitability_findings(instances, stack, limits=demands.limits, order_date=demands.order_date)
        findings += [f for f in map(beyond, tag_figures(instances, demands.limits)) if f is not None]
        findings += patient_findings(instances, demands.patient)
    judged = apply_waivers(findings, demands.waivers)
    report = _report(number, kind, instances, stack, judged, copies=copies)
    return JudgedSeries(report, tuple(instances), stack, tuple(copies))


def _report(
    number: int,
    kind: SeriesKind,
    instances: Sequence[Instance],
    stack: Stack | None,
    findings: tuple[ScanFinding, ...],
    *,
    copies: Sequence[Instance],
) -> SeriesReport:
    first = instances[0]
    return SeriesReport(
        number=number,
        uid=first.series_uid,
        kind=kind,
        modality=first.modality,
        description=first.description,
        series_number=first.series_number,
        file_count=len({i.path for i in (*instances, *copies)}),
        slice_count=len(instances),
        stack=first.stack_name,
        rows=first.rows,
        columns=first.columns,
        pixel_mm=(first.pixel_mm[0], first.pixel_mm[1]) if first.pixel_mm else None,
        slice_step_mm=typical_step_mm(stack) if stack and stack.step_mm > 0 else None,
        slice_thickness_mm=first.thickness_mm,
        plane=stack.plane if stack else "",
        first_mm=round(float(stack.places_mm[0]), 4) if stack else None,
        last_mm=round(float(stack.places_mm[-1]), 4) if stack else None,
        kernel=first.kernel,
        scan_date=first.date,
        transfer_syntax=first.transfer_syntax,
        findings=findings,
        notes=tuple(series_notes(instances, stack, copies)) if kind is SeriesKind.CT else (),
    )
