"""A device's limits on a scan, what a person may waive of them, and the patient that the order names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from anatofit.errors import PrescriptionError, ScanUnsuitableError, WrongPatientError
from anatofit.ingest.load import load_scan
from anatofit.ingest.rules import wrong_waivers
from anatofit.ingest.scan import inspect_scan
from anatofit.model.case import Patient, Waiver
from tests.ingest.dicom_writer import make_series
from tests.ingest.test_faults import LIMITS, Spoiled, each, rules_of


@pytest.mark.parametrize(
    ("step_mm", "fit", "waivable"),
    [(1.5, True, None), (1.5001, True, None), (1.6, False, True), (5.0, False, True), (5.1, False, False)],
)
def test_the_step_between_slices_has_two_limits(
    tmp_path: Path, step_mm: float, fit: bool, waivable: bool | None
) -> None:
    folder = make_series(step_mm=step_mm).write(tmp_path / "scan")
    report = inspect_scan(folder, LIMITS)
    assert report.fit is fit
    assert [f.waivable for f in report.series[0].findings if f.rule == "slice-thickness"] == ([] if fit else [waivable])
    waiver = Waiver(rule="slice-thickness", reason="only scan available", by="Clinical Engineering")
    assert inspect_scan(folder, LIMITS, waivers=[waiver]).fit is (fit or bool(waivable))


def test_a_waiver_is_recorded_where_it_was_needed(tmp_path: Path) -> None:
    waivers = [Waiver(rule=rule, reason="only scan", by="CE") for rule in ("slice-thickness", "pixel-size")]
    scan = load_scan(make_series(step_mm=3.0).write(tmp_path / "scan"), limits=LIMITS, waivers=waivers)
    assert [w.rule for w in scan.waived] == ["slice-thickness"]
    finding = next(f for f in scan.findings if f.id == "slice-thickness")
    assert (finding.measured, finding.limit_high, finding.detail) == (3.0, 1.5, "waived by CE: only scan")
    assert finding.waived and finding.holds and not finding.passed
    assert [f.id for f in scan.findings].count("slice-thickness") == 1


def test_the_limit_on_an_age_is_the_least(spoiled: Spoiled) -> None:
    waiver = Waiver(rule="patient-age", reason="adult skull", by="CE")
    scan = load_scan(spoiled(each(PatientAge="012Y")), limits=LIMITS, waivers=[waiver])
    finding = next(f for f in scan.findings if f.id == "patient-age")
    assert (finding.measured, finding.limit_low, finding.limit_high, finding.waived) == (12.0, 21.0, None, True)


def test_limits_that_were_judged_are_findings_with_their_limits(tmp_path: Path) -> None:
    scan = load_scan(make_series().write(tmp_path), limits=LIMITS, order_date="2024-03-02")
    found = {f.id: (f.limit_low, f.limit_high) for f in scan.findings}
    assert found["patient-age"] == (21.0, None) and found["scan-age"] == (None, 180.0)
    assert None not in (found["slice-thickness"][1], found["pixel-size"][1])
    assert scan.facts.not_judged == []


def test_what_scan_or_order_does_not_tell_is_said_not_to_be_judged(spoiled: Spoiled) -> None:
    def bare(slices: list[Any]) -> None:
        for ds in slices:
            del ds.PatientBirthDate

    scan = load_scan(spoiled(bare), limits=LIMITS)
    assert scan.facts.not_judged == [
        "patient-age (at least 21 years) was not judged: the scan bears no age",
        "scan-age (at most 180 days) was not judged: the order bears no date",
    ]
    assert not {"patient-age", "scan-age"} & {f.id for f in scan.findings}
    assert scan.facts.identity == "not checked: the order names no patient"


def test_what_of_the_patient_was_compared_is_said(tmp_path: Path) -> None:
    folder = make_series().write(tmp_path)
    assert load_scan(folder, limits=LIMITS, patient=Patient(birth_year=1970)).facts.identity.startswith("birth year")


def test_wrong_geometry_cannot_be_waived(spoiled: Spoiled) -> None:
    waiver = Waiver(rule="missing-slice", reason="never mind", by="CE")
    with pytest.raises(ScanUnsuitableError, match="cannot be waived"):
        load_scan(spoiled(lambda s: s.pop(7)), limits=LIMITS, waivers=[waiver])
    assert [r.rule for r in wrong_waivers({1: waiver.rule})] == ["waiver"]
    assert not wrong_waivers({1: "scan-age"})


@pytest.mark.parametrize(("order", "fit"), [(None, True), ("2024-06-01", True), ("2025-01-15", False)])
def test_the_scans_age_is_judged_by_the_order_alone(tmp_path: Path, order: str | None, fit: bool) -> None:
    folder = make_series().write(tmp_path / "scan")
    report = inspect_scan(folder, LIMITS, order_date=order)
    assert report.fit is fit
    assert fit or ("scan-age" in rules_of(report) and report.series[0].findings[0].measured == 366)


def test_a_date_of_no_calendar_is_the_prescriptions_fault(tmp_path: Path) -> None:
    with pytest.raises(PrescriptionError, match="2024-13-45"):
        load_scan(make_series().write(tmp_path / "scan"), limits=LIMITS, order_date="2024-13-45")


@pytest.mark.parametrize(
    ("patient", "fits"),
    [
        (Patient(id="CANARY-17", birth_year=1970), True),
        (Patient(id_sha256="b" * 64), False),
        (Patient(id="CANARY-18"), False),
        (Patient(birth_year=1971), False),
    ],
)
def test_a_wrong_patient_stops_the_run(tmp_path: Path, patient: Patient, fits: bool) -> None:
    folder = make_series().write(tmp_path / "scan")
    if fits:
        assert load_scan(folder, limits=LIMITS, patient=patient).facts.slice_count == 20
        return
    waiver = Waiver(rule="patient-mismatch", reason="never mind", by="CE")
    with pytest.raises(WrongPatientError) as refusal:
        load_scan(folder, limits=LIMITS, patient=patient, waivers=[waiver])
    assert {r.rule for r in refusal.value.reasons} == {"patient-mismatch"} and "CANARY" not in str(refusal.value)
