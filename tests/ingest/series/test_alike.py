"""What slices of one series say of patient, scanner and exposure is compared: refused where it can harm, said where it cannot."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from anatofit.ingest.header.tags import years_between
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_lines, inspect_scan
from anatofit.ingest.series import which
from anatofit.model.scan import ScanFinding, ScanLimits
from tests.ingest.dicom_writer import make_series
from tests.ingest.test_faults import each, one, unlike

LIMITS = ScanLimits()
Change = Callable[[list[Any]], Any]
Spoiled = Callable[[Change], Path]

SAID: dict[str, tuple[Change, str]] = {
    "another spelling of the name": (one(3, PatientName="Canary^Rose"), "the patient's name is written in 2 ways"),
    "another station": (unlike(3, StationName=("CANARY A", "CANARY B")), "2 names of the scanner's station"),
    "another voltage": (unlike(3, KVP=(120, 80)), "2 tube voltages in one series (80 to 120 kV)"),
    "an age that the birth date denies": (
        each(PatientAge="012Y"), "PatientAge says 12 years, the birth date and the date of the scan 53; the least is judged",
    ),
    "two ages": (unlike(3, PatientAge=("053Y", "051Y")), "PatientAge says 51 to 53 years in one series"),
    "a birth after the scan": (each(PatientBirthDate="20300203"), "birth date lies after the scan"),
    "locations that count down": (
        lambda s: [one(n, SliceLocation=-1.25 * n)(s) for n in range(len(s))], "SliceLocation counts down",
    ),
    "every second number": (
        lambda s: [one(n, InstanceNumber=2 * n + 1)(s) for n in range(len(s))],
        "20 slices bear numbers from 1 to 39 in steps of 2",
    ),
    "a number left out": (
        lambda s: [one(n, InstanceNumber=n + 1 + (n > 8))(s) for n in range(len(s))], "from 1 to 21, of which 1 is not there",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_does_not_stop_a_design_is_said(name: str, spoiled: Spoiled) -> None:
    change, said = SAID[name]
    report = inspect_scan(spoiled(change), LIMITS)
    assert report.fit and any(said in note for note in report.series[0].notes), report.series[0].notes
    assert "canary" not in report.model_dump_json().lower()


def test_another_name_under_a_number_that_no_birth_date_confirms_is_another_patient(spoiled: Spoiled) -> None:
    def change(slices: list[Any]) -> None:
        each(PatientBirthDate="")(slices)
        one(3, PatientName="Smith^John")(slices)

    (finding,) = inspect_scan(spoiled(change), LIMITS).series[0].findings
    assert finding.rule == "mixed-patients" and "2 names of the patient" in finding.message
    assert "smith" not in finding.message.lower()


SILENT: dict[str, Change] = {
    "nothing": lambda s: None,
    "a name in other letters": one(3, PatientName="CANARY YELLOW"),
    "a slice that leaves all out": lambda s: (
        each(PatientSex="F", PatientPosition="HFS", Manufacturer="A", DeviceSerialNumber="1", StationName="B")(s),
        each(PatientSex="", PatientPosition="", Manufacturer="", DeviceSerialNumber="", StationName="")([s[3]]),
    ),
    "a maker in other letters": unlike(3, Manufacturer=("Maker, Inc.", "MAKER INC")),
    "the age of the last birthday": each(PatientAge="053Y"),
    "locations that count up": lambda s: [one(n, SliceLocation=1.25 * n - 700)(s) for n in range(len(s))],
    "numbers that count down": lambda s: [one(n, InstanceNumber=len(s) - n)(s) for n in range(len(s))],
}


@pytest.mark.parametrize("name", SILENT)
def test_what_is_no_contradiction_is_not_told_as_one(name: str, spoiled: Spoiled) -> None:
    report = inspect_scan(spoiled(SILENT[name]), LIMITS)
    assert report.fit and report.series[0].notes == ()


@pytest.mark.parametrize("number", ["9" * 29, "-" + "9" * 29, "1e300"])
def test_a_number_longer_than_an_integer_string_may_be_counts_as_none(number: str, spoiled: Spoiled) -> None:
    """Found by the fuzzer: the instance number of one slice, where others are missing, did not fit into 64 bits."""

    def change(slices: list[Any]) -> None:
        element = RawDataElement(Tag("InstanceNumber"), "IS", len(number), number.encode(), 0, False, True)
        slices[3].__setitem__(element.tag, element)
        del slices[8]

    report = inspect_scan(spoiled(change), LIMITS)
    assert [f.rule for f in report.series[0].findings] == ["missing-slice"]


@pytest.mark.parametrize(("tag", "born", "judged"), [("031Y", "20100115", 14.0), ("012Y", "19700203", 12.0)])
def test_the_least_age_is_judged_whichever_tag_tells_it(tag: str, born: str, judged: float, spoiled: Spoiled) -> None:
    folder = spoiled(each(PatientAge=tag, PatientBirthDate=born))
    (finding,) = inspect_scan(folder, ScanLimits.model_validate({"age_years_min": 21})).series[0].findings
    assert (finding.rule, finding.measured) == ("patient-age", judged)
    assert load_scan(folder, limits=LIMITS).facts.age_years == judged


@pytest.mark.parametrize(
    ("birth", "at", "years"),
    [
        ("2000-05-05", "2021-05-05", 21.0),
        ("2000-02-29", "2021-03-01", 21.0),
        ("2000-02-29", "2024-02-29", 24.0),
        ("2000-05-05", "2021-05-04", 20.0),
        ("2000-05-05", "2001-06-04", 1.0),
        ("2000-05-05", "2001-06-05", 1.083),
        ("2021-05-05", "2021-05-04", -1.0),
        (None, "2021-05-05", None),
    ],
)
def test_years_and_the_months_of_the_first_two_are_whole_by_the_calendar(
    birth: str | None, at: str, years: float | None
) -> None:
    assert years_between(birth, at) == years


def test_an_age_from_the_birth_date_does_not_tell_the_birthday(spoiled: Spoiled) -> None:
    """The scan's date stays in the pack: 53.948 years before it would be one day."""
    facts = load_scan(spoiled(lambda s: None), limits=LIMITS).facts
    assert (facts.scan_date, facts.age_years) == ("2024-01-15", 53.0)


MIXED = {
    "patients": ("mixed-patients", one(3, PatientID="CANARY-99")),
    "sexes of the patient": ("mixed-patients", unlike(3, PatientSex=("F", "M"))),
    "frames of reference": ("mixed-frames", one(3, FrameOfReferenceUID="1.2.3.10")),
    "studies": ("mixed-studies", one(3, StudyInstanceUID="1.2.4")),
    "positions of the patient": ("mixed-positions", unlike(3, PatientPosition=("HFS", "FFS"))),
    "scanners by their serial numbers": ("mixed-scanners", unlike(3, DeviceSerialNumber=("1", "2"))),
}


@pytest.mark.parametrize("what", MIXED)
def test_a_mixture_names_how_many_on_each_side_and_place_and_hash_of_the_fewer(what: str, spoiled: Spoiled) -> None:
    rule, change = MIXED[what]
    folder = spoiled(change)
    (finding,) = inspect_scan(folder, LIMITS).series[0].findings
    (stranger,) = folder.glob("f*-3")
    digest = hashlib.sha256(stranger.read_bytes()).hexdigest()
    assert finding.rule == rule
    assert f"2 {what} in one series (19, 1 slices), one is wanted" in finding.message
    assert f"unlike the most: 1 of 20 slices (z = 43.75 mm), sha256 beginning {digest[:12]}." in finding.message


def test_days_far_apart_name_the_slices_of_the_fewer(spoiled: Spoiled) -> None:
    (finding,) = inspect_scan(spoiled(one(3, StudyDate="20240120")), LIMITS).series[0].findings
    assert "5 days apart" in finding.message and "1 of 20 slices (z = 43.75 mm), sha256 beginning" in finding.message


def test_two_patients_in_a_folder_are_told_by_their_series(tmp_path: Path) -> None:
    make_series().write(tmp_path, prefix="a")
    other = make_series(uid="1.2.3.5", count=12)
    each(PatientID="CANARY-99", SeriesNumber=7)(other.slices)
    other.write(tmp_path, prefix="b")
    (finding,) = inspect_scan(tmp_path, LIMITS).findings
    assert "2 patients (20 images in series 1; 12 images in series 2), one is wanted" in finding.message


def shifted(*moves: tuple[int, float], tilt_mm: float = 0.0) -> Change:
    """Slices pushed to the left, each in a stack that leans back by `tilt_mm` a slice."""

    def change(slices: list[Any]) -> None:
        for n, ds in enumerate(slices):
            x, y, z = (float(v) for v in ds.ImagePositionPatient)
            off = sum(by for number, by in moves if number == n)
            ds.ImagePositionPatient = [f"{v:.3f}" for v in (x + off, y + round(tilt_mm * n, 2), z)]

    return change


@pytest.mark.parametrize(
    ("moves", "tilt_mm"),
    [
        ([(0, 3.0)], 0.0),
        ([(19, 3.0)], 0.0),
        ([(7, 2.0)], 0.3117),
        ([(0, 2.0)], 0.3117),
        ([(3, 2.0), (4, 2.0), (15, -1.0)], 0.3117),
        ([(n, 3.0) for n in range(12, 20)], 0.0),
    ],
)
def test_slices_that_slipped_are_named_and_not_their_neighbours(
    moves: list[tuple[int, float]], tilt_mm: float, spoiled: Spoiled
) -> None:
    report = inspect_scan(spoiled(shifted(*moves, tilt_mm=tilt_mm)), LIMITS)
    finding: ScanFinding = report.series[0].findings[0]
    assert finding.rule == "shifted-slices"
    assert finding.positions_mm == tuple(40 + 1.25 * n for n, _ in moves)
    leaning = [note for note in report.series[0].notes if "lean against" in note]
    assert len(leaning) == (tilt_mm > 0) and all("14.00 degrees" in note for note in leaning)


def test_one_is_one_in_every_message(tmp_path: Path) -> None:
    said = []
    for n, tags in enumerate(
        (
            {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
            {"NumberOfFrames": 2, "PixelData": bytes(4 * 24 * 16)},
            {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]},
            {"ImageType": ["DERIVED", "SECONDARY", "MIP"]},
            {"Modality": "MR"},
            {"Rows": None},
        )
    ):
        made = make_series(count=1)
        each(**tags)(made.slices)
        if made.slices[0].get("Rows") is None:
            del made.slices[0].Rows
        said += inspect_lines(inspect_scan(made.write(tmp_path / str(n)), LIMITS))
    text = " ".join(said)
    for one_of in ("1 screen capture,", "1 multi-frame image without", "1 localizer image,", "1 projection or rendering,",
                   "1 object without an image,"):  # fmt: skip
        assert one_of in text, text


def test_what_is_wrong_in_some_slices_names_their_files_and_in_all_of_them_none(spoiled: Spoiled) -> None:
    def change(slices: list[Any]) -> None:
        del slices[3].RescaleSlope, slices[5].ImagePositionPatient
        each(RescaleType="US")(slices)

    folder = spoiled(change)
    said = {f.rule: f.message for f in inspect_scan(folder, LIMITS).series[0].findings}
    marks = {n: hashlib.sha256(next(folder.glob(f"f*-{n}")).read_bytes()).hexdigest()[:12] for n in (3, 5)}
    assert f"sha256 beginning {marks[3]}." in said["rescale-missing"]
    assert f"sha256 beginning {marks[5]}." in said["position-missing"]
    assert "all 20 slices" in said["rescale-type"] and "sha256" not in said["rescale-type"]


def test_many_frames_in_one_large_file_are_not_hashed_for_a_message(
    spoiled: Spoiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(which, "HASHED_BYTES", 100)
    (finding,) = inspect_scan(spoiled(unlike(3, PatientSex=("F", "M"))), LIMITS).series[0].findings
    assert "z = 43.75 mm" in finding.message and "sha256" not in finding.message
