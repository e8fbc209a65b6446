"""The series of a folder, each judged by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from anatofit.ingest.headers import Instance
from anatofit.ingest.integrity import integrity_findings
from anatofit.ingest.kinds import series_kind
from anatofit.ingest.rules import apply_waivers
from anatofit.ingest.stack import AXIS_NAMES, EVEN_MM, Stack, even_tolerance_mm, stack_of
from anatofit.ingest.suitability import patient_findings, suitability_findings, typical_step_mm
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
    """A series with its instances, its stack where it makes one, and its report."""

    report: SeriesReport
    instances: tuple[Instance, ...]
    stack: Stack | None


def judge_all(instances: Sequence[Instance], demands: Demands) -> tuple[JudgedSeries, ...]:
    """Every series, ordered by series number and UID, numbered from 1."""
    groups: dict[str, list[Instance]] = {}
    for instance in instances:
        groups.setdefault(instance.series_uid, []).append(instance)
    ordered = sorted(groups.items(), key=lambda item: (_series_number(item[1]), item[0]))
    return tuple(_judge(n, group, demands) for n, (_, group) in enumerate(ordered, start=1))


def _series_number(instances: Sequence[Instance]) -> float:
    return min((float(i.series_number) for i in instances if i.series_number is not None), default=float("inf"))


def _judge(number: int, instances: Sequence[Instance], demands: Demands) -> JudgedSeries:
    # one order whatever the files are called, so that "the first" means the same on every machine
    instances = sorted(
        instances, key=lambda i: (i.position_lps_mm or (), i.instance_number or 0, i.sop_uid, i.file_bytes)
    )
    kind, findings = series_kind(instances)
    stack: Stack | None = None
    if kind is SeriesKind.CT:
        stack, geometry = stack_of(instances)
        findings += integrity_findings(instances) + geometry
        findings += suitability_findings(instances, stack, limits=demands.limits, order_date=demands.order_date)
        findings += patient_findings(instances, demands.patient)
    judged = apply_waivers(findings, demands.waivers)
    return JudgedSeries(_report(number, kind, instances, stack, judged), tuple(instances), stack)


def _report(
    number: int, kind: SeriesKind, instances: Sequence[Instance], stack: Stack | None, findings: tuple[ScanFinding, ...]
) -> SeriesReport:
    first = instances[0]
    return SeriesReport(
        number=number,
        uid=first.series_uid,
        kind=kind,
        modality=first.modality,
        description=first.description,
        series_number=first.series_number,
        file_count=len(instances),
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
        notes=tuple(_notes(instances, stack)) if kind is SeriesKind.CT else (),
    )


def _notes(instances: Sequence[Instance], stack: Stack | None) -> Iterator[str]:
    """What does not stop a design and a reader should know."""
    if stack is not None:
        yield from _geometry_notes(instances, stack)
    if any(i.contrast for i in instances):
        yield "a contrast agent was given: vessels may reach the values of bone"
    kernels = Counter(i.kernel for i in instances)
    if len(kernels) > 1:
        yield f"{len(kernels)} reconstruction kernels in one series"
    if not any(i.frame_uid for i in instances):
        yield "no frame of reference is stated"


def _geometry_notes(instances: Sequence[Instance], stack: Stack) -> Iterator[str]:
    step = typical_step_mm(stack)
    if not step:
        return
    if 1e-3 < stack.uneven_mm <= even_tolerance_mm(step):
        yield f"slices lie up to {stack.uneven_mm:.4f} mm off their even places"
    if any(abs(abs(i.spacing_tag_mm) - step) > EVEN_MM for i in instances if i.spacing_tag_mm is not None):
        yield f"the tag SpacingBetweenSlices contradicts the positions; the positions ({step:g} mm) are used"
    thick = max((i.thickness_mm for i in instances if i.thickness_mm is not None), default=0.0)
    if thick > 1.5 * step:
        yield f"slices of {thick:g} mm overlap at a step of {step:g} mm: edges across them are softened"
    if 0 < thick < step - EVEN_MM:
        yield f"slices of {thick:g} mm leave gaps at a step of {step:g} mm"
    if "turned" in stack.plane or stack.axis != 2:
        yield f"the stack is {stack.plane} (along {AXIS_NAMES[stack.axis]})"
