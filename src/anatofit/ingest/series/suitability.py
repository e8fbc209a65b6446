"""Whether a sound series is fine enough, recent enough and of the right patient for the device."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date

from anatofit.errors import PrescriptionError, Reason
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.rules import found
from anatofit.ingest.series.stack import Stack
from anatofit.model.case import Patient
from anatofit.model.scan import Limit, ScanFinding, ScanLimits
from anatofit.model.words import counted

# Positions and spacings are decimal strings: a figure above its limit by no more than this is on it.
ROUNDING_MM = 0.002


def suitability_findings(
    instances: Sequence[Instance], stack: Stack | None, *, limits: ScanLimits, order_date: str | None
) -> list[ScanFinding]:
    """Every limit of the device that the series does not keep."""
    findings = list(_fine_enough(instances, stack, limits=limits))
    findings += _enough(instances, stack, limits=limits)
    findings += _derived(instances)
    findings += _scan_age(instances, limits.scan_age_days, order_date=order_date)
    findings += _patient_age(instances, limits.age_years_min)
    return findings


def _over(rule: str, was: str, *, measured: float, limit: Limit) -> Iterator[ScanFinding]:
    """A finding where `measured` is above the limit; beyond `waivable_to` nobody can waive it."""
    if measured <= limit.fit + ROUNDING_MM:
        return
    beyond = limit.waivable_to is not None and measured > limit.waivable_to + ROUNDING_MM
    most = f", and {limit.waivable_to:g} mm is the most that can be waived" if beyond else ""
    what = f"{was} {measured:.3f} mm, at most {limit.fit:g} mm is wanted{most}"
    yield found(rule, what, measured=measured, limit=limit.fit, unit="mm", waivable=not beyond)


def _fine_enough(instances: Sequence[Instance], stack: Stack | None, *, limits: ScanLimits) -> Iterator[ScanFinding]:
    if stack is not None and stack.step_mm > 0:
        yield from _over("slice-thickness", "The step between slices is", measured=typical_step_mm(stack),
                         limit=limits.slice_spacing_mm)  # fmt: skip
    sizes = [max(i.pixel_mm) for i in instances if i.pixel_mm]
    if sizes:
        yield from _over("pixel-size", "The pixels measure", measured=max(sizes), limit=limits.pixel_mm)


def typical_step_mm(stack: Stack) -> float:
    """The step of most slices: gaps and copies, which have findings of their own, do not change it."""
    steps = sorted(float(b - a) for a, b in zip(stack.along_mm[:-1], stack.along_mm[1:], strict=True))
    steps = [s for s in steps if s > ROUNDING_MM]
    return round(steps[len(steps) // 2], 6) if steps else 0.0


def _enough(instances: Sequence[Instance], stack: Stack | None, *, limits: ScanLimits) -> Iterator[ScanFinding]:
    count, fewest, lowest = len(instances), limits.slice_count_min, limits.height_mm_min
    if count < fewest:
        what = f"{counted(count, 'slice')}, at least {fewest} are wanted"
        yield found("too-few-slices", what, measured=count, limit=fewest, unit="slices")
    elif stack is not None and stack.height_mm < lowest:
        what = f"The stack is {stack.height_mm:.1f} mm high, at least {lowest:g} mm are wanted"
        yield found("too-short", what, measured=stack.height_mm, limit=lowest, unit="mm")


def _derived(instances: Sequence[Instance]) -> Iterator[ScanFinding]:
    count = sum(i.image_type[:1] == ("DERIVED",) for i in instances)
    if count:
        yield found("derived-image", f"{count} of {len(instances)} slices {'is' if count == 1 else 'are'} derived, original ones are wanted",
                    measured=count, limit=0, unit="slices")  # fmt: skip


def _scan_age(instances: Sequence[Instance], limit: Limit | None, *, order_date: str | None) -> Iterator[ScanFinding]:
    if limit is None or order_date is None:
        return
    days = scan_age_days(instances, order_date)
    if days is None:
        yield found("scan-age", f"The scan bears no date, at most {limit.fit:g} days before the order are wanted",
                    limit=limit.fit, unit="days")  # fmt: skip
        return
    if days > limit.fit:
        beyond = limit.waivable_to is not None and days > limit.waivable_to
        yield found("scan-age", f"The scan was made {counted(days, 'day')} before the order, at most {limit.fit:g} are wanted",
                    measured=days, limit=limit.fit, unit="days", waivable=not beyond)  # fmt: skip


def scan_age_days(instances: Sequence[Instance], order_date: str | None) -> int | None:
    """Days from the oldest slice to the order; None where the order or the scan bears no date. Raises PrescriptionError."""
    dates = [i.date for i in instances if i.date]
    if order_date is None:
        return None
    day = order_day(order_date)
    return (day - date.fromisoformat(min(dates))).days if dates else None


def order_day(order_date: str) -> date:
    """The day that an order names. Raises PrescriptionError where the calendar has none such."""
    try:
        return date.fromisoformat(order_date)
    except ValueError as error:
        what = f"[order] date {order_date} is no day of the calendar; YYYY-MM-DD is wanted."
        raise PrescriptionError(Reason("order-date", what)) from error


def _patient_age(instances: Sequence[Instance], limit: Limit | None) -> Iterator[ScanFinding]:
    years = youngest_years(instances)
    if limit is None or years is None or years >= limit.fit:
        return
    beyond = limit.waivable_to is not None and years < limit.waivable_to
    yield found("patient-age", f"The patient was {years:g} years old, at least {limit.fit:g} are wanted",
                measured=years, limit=limit.fit, unit="years", waivable=not beyond)  # fmt: skip


def youngest_years(instances: Sequence[Instance]) -> float | None:
    """The least age at the scan that a slice tells; None where none does."""
    return min((years for i in instances if (years := i.youngest_years) is not None), default=None)


def patient_findings(instances: Sequence[Instance], patient: Patient) -> list[ScanFinding]:
    """What the prescription says of the patient and the scan does not; no message shows an identity."""
    said: list[str] = []
    wanted = {hashlib.sha256(patient.id.strip().encode()).hexdigest()} if patient.id is not None else set()
    wanted |= {patient.id_sha256} if patient.id_sha256 is not None else set()
    ids = {i.patient_id_sha256 for i in instances}
    if wanted and ids == {None}:
        said.append("the scan bears no patient id, the prescription names one")
    elif wanted and ids != wanted:
        said.append("the scan's patient id is not the one of the prescription")
    years = {i.birth_year for i in instances}
    if patient.birth_year is not None and years == {None}:
        said.append("the scan bears no birth date, the prescription names a birth year")
    elif patient.birth_year is not None and years != {patient.birth_year}:
        said.append("the scan's birth year is not the one of the prescription")
    return [found("patient-mismatch", what[0].upper() + what[1:]) for what in said]
