"""Every fault of a scan is refused under its own name, with its places and without the patient's identity."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_lines, inspect_scan
from anatofit.model.scan import ScanLimits, ScanReport
from anatofit.rules import RULES, WAIVABLE
from tests.ingest.dicom_writer import make_series

LIMITS = ScanLimits.model_validate({"scan_age_days": (180, None), "age_years_min": 21})
Spoiled = Callable[[Callable[[list[Any]], Any]], Path]


def each(**tags: Any) -> Callable[[list[Any]], None]:
    """A change that sets tags on every slice."""

    def change(slices: list[Any]) -> None:
        for ds in slices:
            for keyword, value in tags.items():
                setattr(ds, keyword, value)

    return change


def one(n: int, **tags: Any) -> Callable[[list[Any]], None]:
    """A change that sets tags on slice `n`."""
    return lambda slices: each(**tags)([slices[n]])


def unlike(n: int, **tags: tuple[Any, Any]) -> Callable[[list[Any]], None]:
    """A change that sets tags on every slice, and on slice `n` to the second of two values."""

    def change(slices: list[Any]) -> None:
        each(**{keyword: usual for keyword, (usual, _) in tags.items()})(slices)
        one(n, **{keyword: other for keyword, (_, other) in tags.items()})(slices)

    return change


def without(keyword: str) -> Callable[[list[Any]], None]:
    """A change that drops a tag from slice 4."""
    return lambda slices: delattr(slices[4], keyword)


def moved(n: int, axis: int, by_mm: float) -> Callable[[list[Any]], None]:
    """A change that moves slice `n`."""

    def change(slices: list[Any]) -> None:
        position = [float(v) for v in slices[n].ImagePositionPatient]
        position[axis] += by_mm
        slices[n].ImagePositionPatient = position

    return change


def sheared(slices: list[Any]) -> None:
    """Each slice 1.5 mm further back than the one before: 50 degrees."""
    for n in range(len(slices)):
        moved(n, 1, 1.5 * n)(slices)


def same_again(slices: list[Any]) -> None:
    """One slice twice, the second with other pixels."""
    import copy

    twin = copy.deepcopy(slices[5])
    twin.PixelData = bytes(len(twin.PixelData))
    slices.append(twin)


def shortened(slices: list[Any]) -> None:
    """The pixels of one slice end early."""
    slices[3].PixelData = slices[3].PixelData[:-100]


def interleaved(slices: list[Any]) -> None:
    """A second series half a step further on, its numbers beginning anew."""
    import copy

    others = [copy.deepcopy(ds) for ds in slices]
    for n, ds in enumerate(others):
        moved(n, 2, 0.625)(others)
        ds.SOPInstanceUID, ds.PixelData = f"1.2.3.4.{n + 500}", bytes(len(ds.PixelData))
    slices += others


def alternating(slices: list[Any]) -> None:
    """The same without numbers, not quite half a step on."""
    interleaved(slices)
    for n, ds in enumerate(slices):
        del ds.InstanceNumber
        if n >= len(slices) // 2:
            moved(n, 2, -0.1)(slices)


FAULTS: dict[str, tuple[str, Callable[[list[Any]], Any]]] = {
    "a slice is missing": ("missing-slice", lambda s: s.pop(7)),
    "three slices are missing": ("missing-slice", lambda s: s.__delitem__(slice(7, 10))),
    "a slice lies on another": ("duplicate-slice", moved(7, 2, 1.25)),
    "one slice is off": ("uneven-spacing", moved(7, 2, 0.3)),
    "the second half is pushed up": ("uneven-spacing", lambda s: [moved(n, 2, 0.3)(s) for n in range(10, 20)]),
    "the gantry is tilted": ("gantry-tilt", sheared),
    "the tilt tag has no tilt": ("tilt-contradiction", each(GantryDetectorTilt=15.0)),
    "a slice has slipped": ("shifted-slices", moved(7, 0, 2.0)),
    "another patient's slice": ("mixed-patients", one(3, PatientID="CANARY-99")),
    "a slice of another sex": ("mixed-patients", unlike(3, PatientSex=("F", "M"))),
    "a slice of one who lay on the belly": ("mixed-positions", unlike(3, PatientPosition=("HFS", "HFP"))),
    "a slice of one who went in feet first": ("mixed-positions", unlike(3, PatientPosition=("HFS", "FFS"))),
    "a slice of another maker": ("mixed-scanners", unlike(3, Manufacturer=("CANARY A", "CANARY B"))),
    "a slice of another model": ("mixed-scanners", unlike(3, ManufacturerModelName=("CANARY A", "CANARY B"))),
    "a slice of another machine": ("mixed-scanners", unlike(3, DeviceSerialNumber=("CANARY1", "CANARY2"))),
    "two frames of reference": ("mixed-frames", one(3, FrameOfReferenceUID="1.2.3.10")),
    "two orientations": ("mixed-orientation", one(3, ImageOrientationPatient=[0, 1, 0, 0, 0, -1])),
    "a slice of another study": ("mixed-studies", one(3, StudyInstanceUID="1.2.4")),
    "a slice of another year": ("mixed-studies", one(3, StudyDate="20190115")),
    "text in the pixels": ("burned-in-text", one(3, BurnedInAnnotation="YES")),
    "half of a concatenation": ("concatenation-incomplete", each(InConcatenationNumber=1, InConcatenationTotalNumber=2)),
    "two series interleaved": ("interleaved-series", interleaved),
    "two series interleaved without numbers": ("interleaved-series", alternating),
    "pixels that no scanner has": ("pixel-spacing-missing", each(PixelSpacing=[0.001, 0.001])),
    "padding that tissue has": ("padding-in-picture", each(PixelPaddingValue=1924)),
    "a range of padding over bone": ("padding-in-picture", each(PixelPaddingValue=1500, PixelPaddingRangeLimit=4000)),
    "a range of padding over all": ("padding-in-picture", each(PixelPaddingValue=-2000, PixelPaddingRangeLimit=4000)),
    "a skew orientation": ("orientation", each(ImageOrientationPatient=[1, 0, 0, 0.3, 1, 0])),
    "MR": ("modality", each(Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4")),
    "a localizer": ("localizer", each(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])),
    "a localizer among the slices": ("mixed-kinds", one(3, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])),
    "a projection": ("projection", each(ImageType=["DERIVED", "SECONDARY", "MIP"])),
    "derived slices": ("derived-image", each(ImageType=["DERIVED", "SECONDARY", "AXIAL"])),
    "a screen capture": ("secondary-capture", each(SOPClassUID="1.2.840.10008.5.1.4.1.1.7")),
    "frames without places": ("multi-frame", each(NumberOfFrames=2)),
    "enhanced CT without groups": ("frame-groups", each(SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1")),
    "a report": ("not-an-image", lambda s: [delattr(d, "Rows") for d in s]),
    "lossy by its tag": ("lossy-compression", one(3, LossyImageCompression="01")),
    "one slice": ("too-few-slices", lambda s: s.__delitem__(slice(1, None))),
    "a low stack": ("too-short", lambda s: s.__delitem__(slice(12, None))),
    "no slope": ("rescale-missing", without("RescaleSlope")),
    "no intercept": ("rescale-missing", without("RescaleIntercept")),
    "slope zero": ("rescale-missing", one(3, RescaleSlope=0)),
    "another unit": ("rescale-type", each(RescaleType="US")),
    "values beyond CT": ("hu-range", each(PixelRepresentation=0, RescaleIntercept=0)),
    "pixels cut short": ("truncated-pixels", shortened),
    "no pixels": ("truncated-pixels", without("PixelData")),
    "no position": ("position-missing", without("ImagePositionPatient")),
    "no orientation": ("position-missing", without("ImageOrientationPatient")),
    "no pixel spacing": ("pixel-spacing-missing", without("PixelSpacing")),
    "pixel spacing zero": ("pixel-spacing-missing", each(PixelSpacing=[0, 0])),
    "another size": ("image-size-mismatch", one(3, Rows=16, Columns=24)),
    "another pixel spacing": ("image-size-mismatch", one(3, PixelSpacing=[0.6, 0.75])),
    "a lying size": ("image-size", each(Rows=60000, Columns=60000)),
    "colour": ("pixel-format", each(SamplesPerPixel=3)),
    "the same UID with other pixels": ("duplicate-instance", same_again),
    "large pixels": ("pixel-size", each(PixelSpacing=[1.2, 1.2])),
    "a child": ("patient-age", each(PatientAge="012Y")),
}  # fmt: skip


def rules_of(report: ScanReport) -> set[str]:
    """The names of everything found."""
    return {f.rule for f in report.findings} | {f.rule for s in report.series for f in s.findings}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_by_its_name(fault: str, spoiled: Spoiled) -> None:
    rule, change = FAULTS[fault]
    folder = spoiled(change)
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_scan(folder, limits=LIMITS)
    assert rule in {r.rule for r in refusal.value.reasons}
    assert refusal.value.exit_code == 3
    report = inspect_scan(folder, LIMITS)
    if rule not in ("hu-range", "padding-in-picture"):  # only the pixels can show it
        assert rule in rules_of(report) and not report.fit
    for text in (str(refusal.value), "\n".join(inspect_lines(report)), report.model_dump_json()):
        assert "CANARY" not in text.upper() and "19700203" not in text and str(folder) not in text


def test_places_are_named(spoiled: Spoiled) -> None:
    report = inspect_scan(spoiled(lambda s: s.__delitem__(slice(7, 10))), LIMITS)
    (finding,) = report.series[0].findings
    assert finding.measured == 3
    assert "3 between z = 47.50 and 52.50 mm" in finding.message
    assert finding.positions_mm == (47.5, 52.5)


def test_all_reasons_come_at_once(spoiled: Spoiled) -> None:
    def change(slices: list[Any]) -> None:
        each(LossyImageCompression="01", PixelSpacing=[1.5, 1.5])(slices)
        slices.pop(4)

    with pytest.raises(ScanUnsuitableError) as refusal:
        load_scan(spoiled(change), limits=LIMITS)
    assert {r.rule for r in refusal.value.reasons} == {"lossy-compression", "pixel-size", "missing-slice"}


def test_slices_without_a_position_are_said_to_have_none(spoiled: Spoiled) -> None:
    def change(slices: list[Any]) -> None:
        for n in (3, 4):
            slices[n].RescaleType = "OD"
        del slices[3].ImagePositionPatient
        slices[6].BitsAllocated = slices[6].BitsStored = 12
        del slices[6].ImagePositionPatient

    report = inspect_scan(spoiled(change), LIMITS)
    said = {f.rule: f.message for f in report.series[0].findings}
    assert "2 of 20 slices (z = " in said["rescale-type"] and "mm; 1 without a position)" in said["rescale-type"]
    assert "1 of 20 slices (without a position)" in said["pixel-format"]


def test_one_is_told_in_the_singular(tmp_path: Path) -> None:
    gap, copy = make_series(), make_series()
    del gap.slices[7]
    copy.slices.append(copy.slices[7])
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "notes.txt").write_text("no scan here")
    folders = (gap.write(tmp_path / "gap"), copy.write(tmp_path / "copy"), tmp_path / "text")
    said = [" ".join(inspect_lines(inspect_scan(folder, LIMITS))) for folder in folders]
    assert (
        "1 slice is missing" in said[0] and "1 copy of slices left aside" in said[1] and "1 file, 0 series" in said[2]
    )
    assert not re.findall(r"\b1 (?:files|slices|DICOM files)", " ".join(said))


def test_hostile_text_reaches_no_line(spoiled: Spoiled) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom dislikes such text, too
        folder = spoiled(each(SeriesDescription="a\x1b[31m\nFORGED \u202e" + "x" * 60))
    report = inspect_scan(folder, LIMITS)
    assert not any("\x1b" in line or "\n" in line or "\u202e" in line for line in inspect_lines(report))


def test_the_table_of_rules_is_whole() -> None:
    assert {"slice-thickness", "pixel-size", "scan-age", "patient-age"} <= WAIVABLE
    assert {rule for rule, _ in FAULTS.values()} <= set(RULES)
