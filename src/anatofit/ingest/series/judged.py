"""What the limits say of the chosen series: kept, waived, or not judged because scan or order does not tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from anatofit.ingest.figure import kept, unjudged
from anatofit.ingest.series.judge import Demands, JudgedSeries
from anatofit.ingest.series.suitability import scan_age_days, typical_step_mm, youngest_years
from anatofit.ingest.series.tagged import tag_figures
from anatofit.model.case import Patient, Waiver
from anatofit.model.finding import Finding
from anatofit.model.scan import ScanFinding
from anatofit.rules import RULES

# Rules whose limit is the least, not the most.
_AT_LEAST = ("patient-age",)


def limit_findings(chosen: JudgedSeries, demands: Demands) -> Iterator[Finding]:
    """Every limit with what was measured, for the report and the manifest; one that a person waived is not passed, but waived."""
    waived = {f.rule: f for f in chosen.report.findings if f.waived and f.measured is not None}
    yield from (f for f in _kept(chosen, demands) if f.id not in waived)
    yield from (waived_finding(waived[rule], demands.waivers) for rule in sorted(waived))


def _kept(chosen: JudgedSeries, demands: Demands) -> Iterator[Finding]:
    assert chosen.stack is not None, "a series without a stack is never chosen"
    limits, step = demands.limits, typical_step_mm(chosen.stack)
    yield _passed("slice-thickness", "step between slices", step, "mm", high=limits.slice_spacing_mm.fit)
    pixel = max(chosen.report.pixel_mm or (0.0,))
    yield _passed("pixel-size", "largest pixel spacing", pixel, "mm", high=limits.pixel_mm.fit)
    count = len(chosen.instances)
    yield _passed("too-few-slices", "number of slices", count, "slices", low=limits.slice_count_min)
    if not chosen.stack.even:
        widest = float(np.diff(chosen.stack.along_mm).max())
        yield _passed("uneven-spacing", "widest step between slices", widest, "mm", high=limits.slice_spacing_mm.fit)
    days, years = scan_age_days(chosen.instances, demands.order_date), youngest_years(chosen.instances)
    if limits.scan_age_days is not None and days is not None:
        yield _passed("scan-age", "from the scan to the order", days, "days", high=limits.scan_age_days.fit)
    if limits.age_years_min is not None and years is not None:
        yield _passed("patient-age", "age at the scan", years, "years", low=limits.age_years_min.fit)
    yield from (f for f in map(kept, tag_figures(chosen.instances, limits)) if f is not None)


def _passed(
    rule: str, what: str, measured: float, unit: str, *, low: float | None = None, high: float | None = None
) -> Finding:
    return Finding(id=rule, what=what, measured=round(measured, 6), unit=unit, limit_low=low, limit_high=high,
                   passed=True, basis="scan")  # fmt: skip


def waived_finding(
    finding: ScanFinding, waivers: Sequence[Waiver], *, detail: str = "", values: Mapping[str, float] | None = None
) -> Finding:
    """What a person took on, with the waiver's words and, before them, what was measured where."""
    side = "limit_low" if finding.rule in _AT_LEAST else "limit_high"
    return Finding(
        id=finding.rule, what=RULES[finding.rule].meaning.rstrip("."), measured=round(finding.measured or 0.0, 6),
        unit=finding.unit, passed=False, waived=True, basis="scan", values=dict(values or {}),
        detail="; ".join(filter(None, [detail, _by(finding.rule, waivers)])), **{side: finding.limit},
    )  # fmt: skip


def _by(rule: str, waivers: Sequence[Waiver]) -> str:
    waiver = next(w for w in waivers if w.rule == rule)
    return f"waived by {waiver.by}: {waiver.reason}"


def not_judged(chosen: JudgedSeries, demands: Demands) -> list[str]:
    """Limits that scan or order gives nothing to judge by, as sentences that name rule, limit and what is missing."""
    limits, said = demands.limits, []
    if limits.age_years_min is not None and youngest_years(chosen.instances) is None:
        said.append(f"patient-age (at least {limits.age_years_min.fit:g} years) was not judged: the scan bears no age")
    if limits.scan_age_days is not None and scan_age_days(chosen.instances, demands.order_date) is None:
        missing = "the order bears no date" if demands.order_date is None else "the scan bears no date"
        by = next((f"; {_by(w.rule, [w])}" for w in demands.waivers if w.rule == "scan-age"), "")
        said.append(f"scan-age (at most {limits.scan_age_days.fit:g} days) was not judged: {missing}{by}")
    return said + [sentence for f in tag_figures(chosen.instances, limits) if (sentence := unjudged(f)) is not None]


def identity_checked(patient: Patient) -> str:
    """Which marks of the patient the scan was compared with; a mismatch never comes so far."""
    id_given = patient.id is not None or patient.id_sha256 is not None
    marks = [mark for mark, given in (("id", id_given), ("birth year", patient.birth_year is not None)) if given]
    if not marks:
        return "not checked: the order names no patient"
    return f"{' and '.join(marks)} {'match' if len(marks) > 1 else 'matches'} between order and scan"
