"""T15 and T20: whose images, of what kind, and how many kinds in one folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from pydicom.dataset import FileDataset

from validation.odd.layout import SAGITTAL, Layout, layout
from validation.odd.odd import Change, Odd, each, odd, some
from validation.odd.writer import slices, write

AT = layout()
OTHER = "1.2.826.0.1.7.2"


def together(
    row: str,
    name: str,
    *parts: tuple[Layout, Sequence[Change]],
    refused: str = "",
    either: str = "",
    series: str | None = None,
) -> Odd:
    """Several series in one folder; the first is the sound one. A part whose changes set no UID of its own gets the next."""

    def make(folder: Path) -> None:
        for n, (at, changes) in enumerate(parts, start=1):
            found = slices(at, uid=f"1.2.826.0.1.7.{n}")
            each(SeriesNumber=n + 2)(found)
            for change in changes:
                change(found)
            write(found, folder, prefix=f"p{n}-")

    return Odd(
        name, row, make, parts[0][0], right=not refused, rules=frozenset((refused or either).split()), series=series
    )


def _same_series() -> Change:
    return each(SeriesInstanceUID="1.2.826.0.1.7.1", SeriesNumber=3)


def mixtures() -> Iterator[Odd]:
    """Two of anything in one folder: never a guess."""
    other_patient = each(PatientID="ODD-2", PatientName="Other^Person", PatientBirthDate="19610203")
    other_frame = each(FrameOfReferenceUID="1.2.826.0.1.7.10")
    half = layout(places_mm=(np.arange(34) - 16.5) * 1.25 + 0.6)
    double = "duplicate-slice duplicate-instance uneven-spacing interleaved-series"
    yield odd("T15", "one slice of another patient", AT, some([9], PatientID="ODD-2"), refused="mixed-patients")
    yield odd(
        "T15", "half the slices of another patient", AT, some(range(17), PatientID="ODD-2"), refused="mixed-patients"
    )
    yield odd(
        "T15",
        "one slice of the same id and another birth date",
        AT,
        some([9], PatientBirthDate="19610203"),
        refused="mixed-patients",
    )
    yield odd(
        "T15",
        "one slice of the same id and another name",
        AT,
        some([9], PatientName="Other^Person"),
        either="mixed-patients",
    )
    yield odd("T15", "one slice without a patient", AT, some([9], PatientID=None, PatientName=None, PatientBirthDate=None),
              refused="mixed-patients")  # fmt: skip
    yield together("T15", "two patients, a series each", (AT, []), (AT, [other_patient]), refused="mixed-patients")
    yield together(
        "T15",
        "two patients, the first one's series is named",
        (AT, []),
        (half, [other_patient]),
        series="1.2.826.0.1.7.1",
    )
    yield odd(
        "T15",
        "one slice in another frame of reference",
        AT,
        some([9], FrameOfReferenceUID="1.2.826.0.1.7.10"),
        refused="mixed-frames",
    )
    yield odd("T15", "half the slices in another frame of reference", AT, some(range(17, 34), FrameOfReferenceUID="1.2.826.0.1.7.10"),
              refused="mixed-frames")  # fmt: skip
    yield odd(
        "T15", "one slice without a frame of reference", AT, some([9], FrameOfReferenceUID=None), either="mixed-frames"
    )
    yield odd("T15", "no frame of reference at all", AT, each(FrameOfReferenceUID=None))
    yield together(
        "T15",
        "two frames of reference, a series each, one named",
        (AT, []),
        (half, [other_frame]),
        series="1.2.826.0.1.7.1",
    )
    yield together("T15", "two series under one UID, the same places, other numbers", (AT, []), (AT, [_other_pixels(), _same_series()]),
                   refused=double)  # fmt: skip
    yield together("T15", "two series under one UID, 0.6 mm apart, other numbers", (AT, []), (half, [_other_pixels(), _same_series()]),
                   refused=double)  # fmt: skip
    yield together("T15", "an axial and a sagittal series under one UID", (AT, []), (layout(*SAGITTAL), [_same_series()]),
                   refused="mixed-orientation")  # fmt: skip
    yield together("T15", "two pixel sizes under one UID", (AT.take(list(range(17))), []),
                   (layout(pixel_mm=(0.85, 0.8), size=(56, 58)).take(list(range(17, 34))), [_same_series()]),
                   refused="image-size-mismatch")  # fmt: skip
    yield together("T15", "two studies, the thin series beside a thick one", (AT, []),
                   (layout(step_mm=2.5, count=18), [each(StudyInstanceUID="1.2.826.0.1.8")]))  # fmt: skip
    yield odd(
        "T15", "one slice of another study", AT, some([9], StudyInstanceUID="1.2.826.0.1.8"), refused="mixed-studies"
    )
    yield odd("T15", "one slice of another date", AT, some([9], StudyDate="20230101"), refused="mixed-studies")
    yield together(
        "T15", "CT beside MR of the same places", (AT, []), (AT, [_class("1.2.840.10008.5.1.4.1.1.4", "MR")])
    )
    yield together(
        "T15",
        "CT with a localizer beside it",
        (AT, []),
        (layout(*SAGITTAL, count=2), [each(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])]),
    )


def _other_pixels() -> Change:
    def change(series: list[FileDataset]) -> None:
        for ds in series:
            words = np.frombuffer(ds.PixelData, "<u2")
            ds.PixelData = (words // 2).astype("<u2").tobytes()

    return change


def _class(uid: str, modality: str) -> Change:
    def change(series: list[FileDataset]) -> None:
        for ds in series:
            ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = uid
            ds.Modality = modality

    return change


def kinds() -> Iterator[Odd]:
    """Images that are no CT slices, or not fine enough."""
    for uid, modality, name in (
        ("1.2.840.10008.5.1.4.1.1.4", "MR", "MR"),
        ("1.2.840.10008.5.1.4.1.1.128", "PT", "PET"),
        ("1.2.840.10008.5.1.4.1.1.2", "MR", "MR under the class of CT"),
        ("1.2.840.10008.5.1.4.1.1.4", "CT", "CT under the class of MR"),
    ):
        yield odd("T20", name, AT, _class(uid, modality), refused="modality")
    yield odd("T20", "secondary captures", AT, _class("1.2.840.10008.5.1.4.1.1.7", "CT"), refused="secondary-capture")
    for value, rule in (
        (["ORIGINAL", "PRIMARY", "LOCALIZER"], "localizer"),
        (["DERIVED", "SECONDARY", "MIP"], "projection"),
        (["DERIVED", "SECONDARY", "REFORMATTED", "AVERAGE"], "derived-image"),
        (["DERIVED", "PRIMARY", "AXIAL"], "derived-image"),
    ):
        yield odd("T20", "image type " + "\\".join(value), AT, each(ImageType=value), refused=rule)
    yield odd(
        "T20",
        "one localizer among the slices",
        AT,
        some([0], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
        refused="mixed-kinds",
    )
    yield odd("T20", "derived, waived", AT, each(ImageType=["DERIVED", "PRIMARY", "AXIAL"]), waive=("derived-image",))
    yield odd("T20", "no image type", AT, each(ImageType=None))
    yield odd("T20", "contrast medium given", AT, each(ContrastBolusAgent="IOHEXOL"), either="contrast-agent")
    for step, count, waive in ((5.0, 9, ()), (2.0, 21, ()), (1.6, 26, ()), (5.2, 11, ("slice-thickness",))):
        said = ", waived" if waive else ""
        yield odd(
            "T20",
            f"slices every {step:g} mm{said}",
            layout(step_mm=step, count=count),
            waive=waive,
            refused="slice-thickness too-few-slices",
        )
    yield odd("T20", "slices every 4 mm, waived", layout(step_mm=4.0, count=11), waive=("slice-thickness",))
    yield odd("T20", "slices every 2.5 mm, waived", layout(step_mm=2.5, count=17), waive=("slice-thickness",))
    coarse = layout(pixel_mm=(1.3, 1.3), size=(36, 36))
    yield odd("T20", "pixels of 1.3 mm", coarse, refused="pixel-size")
    yield odd("T20", "pixels of 1.3 mm, waived", coarse, waive=("pixel-size",))
    yield odd("T20", "seven slices", layout(count=7), refused="too-few-slices")
    yield odd("T20", "twelve slices, 15 mm high", layout(count=12), refused="too-short")


def lost() -> Iterator[Odd]:
    """Slices that do not say where they lie, or say it in directions that are none."""
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        rule = "pixel-spacing-missing" if keyword == "PixelSpacing" else "position-missing"
        yield odd("T17", f"no {keyword} in any slice", AT, each(**{keyword: None}), refused=rule)
        yield odd("T17", f"no {keyword} in one slice", AT, some([12], **{keyword: None}), refused=rule)
    for name, numbers, change, rules in (
        ("rows and columns not perpendicular", [1, 0, 0, 0.1, 1, 0], each, "orientation"),
        ("orientation of zeros", [0, 0, 0, 0, 0, 0], each, "orientation position-missing"),
        ("one slice of another orientation", [0, 1, 0, 1, 0, 0], partial(some, [12]), "mixed-orientation"),
    ):
        yield odd("T17", name, AT, change(ImageOrientationPatient=numbers), refused=rules)


def unlike() -> Iterator[Odd]:
    """One series whose slices contradict each other in who, how or with what: refused where it can harm, said where it cannot."""
    for name, tags, others, rule in (
        ("lie on their bellies", {"PatientPosition": "HFP"}, range(17, 34), "mixed-positions"),
        ("go in feet first", {"PatientPosition": "FFS"}, [9], "mixed-positions"),
        ("are of another sex", {"PatientSex": "F"}, [9], "mixed-patients"),
        ("are of another maker", {"Manufacturer": "Second"}, range(17, 34), "mixed-scanners"),
        ("are of another model", {"ManufacturerModelName": "Other"}, [9], "mixed-scanners"),
        ("are of another machine", {"DeviceSerialNumber": "2"}, [9, 10], "mixed-scanners"),
    ):
        yield odd("T15", f"{len(others)} of the slices {name}", AT, _MACHINE, some(list(others), **tags), refused=rule)
    for name, tags, told in (
        ("a station of another name", {"StationName": "CT-B"}, "station"),
        ("another tube voltage", {"KVP": "80"}, "tube voltages"),
        ("another name of the patient", {"PatientName": "Odd^Other"}, "name is written"),
        ("another age", {"PatientAge": "012Y"}, "PatientAge says 12 to 74 years"),
    ):
        yield odd("T15", f"half the slices of {name}", AT, _MACHINE, some(range(17), **tags), told=told)
    yield odd(
        "T15", "an age that contradicts the birth date", AT, each(PatientAge="031Y"), told="the date of the scan 74"
    )
    yield odd("T15", "a birth date after the scan", AT, each(PatientBirthDate="20990101"), told="lies after the scan")
    yield odd("T15", "slices without sex, scanner and position of the patient among others", AT, _MACHINE,
              some([9], PatientSex=None, Manufacturer=None, DeviceSerialNumber=None, PatientPosition=None))  # fmt: skip
    thin = AT.take(list(range(0, 34, 2)))
    yield odd("T17", "every second slice taken out, its number with it, waived", thin, each(InstanceNumber=lambda n: 2 * n + 1),
              waive=("slice-thickness",), told="in steps of 2")  # fmt: skip
    yield odd(
        "T17",
        "numbers left out of an even stack",
        AT,
        each(InstanceNumber=lambda n: n + 1 + (n > 20)),
        told="1 is not there",
    )


_MACHINE = each(
    PatientSex="M", Manufacturer="First", ManufacturerModelName="One", DeviceSerialNumber="1", StationName="CT-A",
    PatientAge="074Y", KVP="120",
)  # fmt: skip


def cases() -> Iterator[Odd]:
    yield from mixtures()
    yield from kinds()
    yield from lost()
    yield from unlike()
