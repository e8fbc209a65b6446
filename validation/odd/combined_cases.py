"""Two odd things at once, and lies within one tag: where one check may lean on what another one assumes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.sequence import Sequence as Items

from validation.odd.coding_cases import changed, one_object
from validation.odd.enhanced import enhanced
from validation.odd.layout import COUNT, SAGITTAL, Layout, layout, tilted, turned
from validation.odd.odd import Change, Odd, each, odd, some
from validation.odd.place_cases import DOUBLE, UNEVEN
from validation.odd.value_cases import padded
from validation.odd.writer import Stored, slices

AT = layout()
GROWING = np.concatenate([[0.0], np.cumsum(np.linspace(0.6, 1.45, 40))])
GROWING = GROWING - GROWING[-1] / 2


def leaning() -> Iterator[Odd]:
    """A tilt together with something else."""
    tilt = tilted(14.0, about="x")
    for seed, along in enumerate(((0.15, -0.1, 1.0), (-0.2, 0.05, 1.0), (0.0, 0.3, -1.0))):
        row, column = turned(30 + seed)
        direction = np.stack([row, column, np.cross(row, column)], axis=1) @ np.array(along)
        yield odd(
            "T17",
            f"oblique and sheared along {along}",
            layout(tuple(row), tuple(column), along=direction, count=36),
            resampled=True,
        )
    yield odd("T17", "tilt of 14 degrees, a slice missing", tilt.take([k for k in range(40) if k != 18]),
              refused="missing-slice slice-thickness")  # fmt: skip
    yield odd(
        "T17", "tilt of 14 degrees, a slice twice", tilt, lambda s: s.append(copy.deepcopy(s[11])), resampled=True
    )
    yield odd(
        "T17",
        "tilt of 14 degrees, a slice pushed by 2 mm",
        tilt.moved(20, (2.0, 0.0, 0.0)),
        resampled=True,
        either="shifted-slices",
    )
    yield odd("T17", "tilt of 14 degrees, slices from the head down", tilt.take(list(range(40))[::-1]), resampled=True)
    yield odd("T17", "tilt of 14 degrees, pixels of 0.5 x 0.98 mm",
              _reshaped(tilt, rows=96, columns=47, row_mm=0.5, column_mm=0.98), resampled=True)  # fmt: skip
    yield odd("T17", "tilt of 14 degrees, intercept of each slice its own", tilt, stored=[Stored(intercept=-1024 - 3 * k) for k in range(40)],
              resampled=True)  # fmt: skip
    yield odd("T17", "tilt of 14 degrees, padding -2000 about a round view", tilt, padded(-2000), each(PixelPaddingValue=-2000),
              stored=Stored(intercept=0, signed=True), resampled=True)  # fmt: skip
    yield odd(
        "T17", "tilt of 14 degrees, slope 4", tilt, stored=Stored(slope=4.0, intercept=-8192, bits=12), resampled=True
    )
    yield odd("T17", "tilt of 50 degrees", layout((1, 0, 0), (0, np.cos(np.radians(50)), np.sin(np.radians(50))), along=np.array([0.0, 0.0, 1.0]), count=50),
              refused="gantry-tilt slice-thickness")  # fmt: skip
    yield odd("T17", "tilt of 14 degrees, pixels said to be of 0.01 mm", tilt, each(PixelSpacing=["0.01", "0.01"]),
              refused="pixel-size image-size pixel-spacing-missing gantry-tilt")  # fmt: skip
    for name, axes in (("sagittal", SAGITTAL), ("oblique", tuple(map(tuple, turned(8))))):
        yield odd(
            "T16",
            f"{name}, steps growing from 0.6 to 1.45 mm",
            layout(*axes, places_mm=GROWING),
            resampled=True,
            either=UNEVEN,
        )
    far = np.concatenate([[0.0], np.cumsum(np.where(np.arange(34) == 16, 3.1, 1.25))])
    yield odd("T16", "steps of 1.25 mm, once 3.1 mm, slice-thickness waived", layout(places_mm=far - far[-1] / 2), resampled=True,
              waive=("slice-thickness",), either=UNEVEN)  # fmt: skip


def _reshaped(at: Layout, *, rows: int, columns: int, row_mm: float, column_mm: float) -> Layout:
    """Other pixels over the same middle."""
    middle = at.first + at.row * (at.columns - 1) / 2 * at.column_mm + at.column * (at.rows - 1) / 2 * at.row_mm
    first = middle - at.row * (columns - 1) / 2 * column_mm - at.column * (rows - 1) / 2 * row_mm
    return Layout(at.row, at.column, np.round(first, 6), rows, columns, row_mm, column_mm)


def single() -> Iterator[Odd]:
    """One slice unlike the others, and numbers that are none."""
    yield odd(
        "T16",
        "one slice twice, the second with another intercept",
        AT,
        _twin_of(9, RescaleIntercept="-924"),
        refused=DOUBLE,
    )
    yield odd(
        "T16", "one slice twice, the second with another slope", AT, _twin_of(9, RescaleSlope="2"), refused=DOUBLE
    )
    yield odd(
        "T16", "one slice twice, the second said to be signed", AT, _twin_of(9, PixelRepresentation=1), either=DOUBLE
    )
    yield odd("T16", "one slice twice, the second of another pixel spacing", AT, _twin_of(9, PixelSpacing=["0.4", "0.4"]),
              refused=DOUBLE + " image-size-mismatch")  # fmt: skip
    yield odd("T16", "one slice twice, the second turned by 180 degrees", AT, _twin_of(9, ImageOrientationPatient=["-1", "0", "0", "0", "-1", "0"]),
              refused=DOUBLE + " mixed-orientation")  # fmt: skip
    yield odd(
        "T18",
        "one slice stored with mirrored columns and the orientation that says so",
        AT,
        _stored_mirrored(12),
        either="mixed-orientation",
    )
    yield odd(
        "T18",
        "every second slice stored with mirrored rows and columns",
        AT,
        _stored_turned(range(0, COUNT, 2)),
        either="mixed-orientation",
    )
    yield odd("T18", "one slice's orientation mirrored, its pixels not", AT, some([12], ImageOrientationPatient=["-1", "0", "0", "0", "1", "0"]),
              refused="mixed-orientation")  # fmt: skip
    for value in (["nan", "0", "0"], ["1e400", "0", "0"], ["0", "0"], ["", "", ""]):
        yield odd(
            "T17",
            f"one slice's position reads {'/'.join(value)}",
            AT,
            _written_as(0x00200032, value),
            refused="position-missing unreadable-file",
        )
    for value in (["0.8"], ["nan", "0.85"], ["-0.8", "0.85"], ["0.8", "0.85", "0.8"]):
        yield odd("T17", f"the pixel spacing reads {'/'.join(value)}", AT, _written_as(0x00280030, value, everywhere=True),
                  refused="pixel-spacing-missing unreadable-file")  # fmt: skip
    yield odd("T19", "high bit 11 of 16 stored bits", AT, each(HighBit=11), refused="pixel-format")
    yield odd(
        "T19",
        "32 bits allocated",
        AT,
        each(BitsAllocated=32, BitsStored=32, HighBit=31),
        refused="pixel-format truncated-pixels pixel-length",
    )
    yield odd(
        "T19",
        "padding 1064: the number of the tissue itself",
        AT,
        each(PixelPaddingValue=1064),
        either="hu-range pixel-format padding-in-picture",
    )
    yield odd("T19", "padding range over the whole of bone", AT, each(PixelPaddingValue=1500, PixelPaddingRangeLimit=4000),
              either="hu-range pixel-format padding-in-picture")  # fmt: skip


def _twin_of(number: int, **tags: object) -> Change:
    def change(series: list[FileDataset]) -> None:
        twin = copy.deepcopy(series[number])
        twin.SOPInstanceUID = twin.file_meta.MediaStorageSOPInstanceUID = f"{twin.SOPInstanceUID}.77"
        each(**tags)([twin])
        series.append(twin)

    return change


def _stored_mirrored(number: int) -> Change:
    """The slice as it would be written with its columns the other way round."""

    def change(series: list[FileDataset]) -> None:
        other = slices(AT.flipped(columns=True))[number]
        each(ImageOrientationPatient=other.ImageOrientationPatient, ImagePositionPatient=other.ImagePositionPatient,
             PixelData=other.PixelData)([series[number]])  # fmt: skip

    return change


def _stored_turned(numbers: Sequence[int]) -> Change:
    def change(series: list[FileDataset]) -> None:
        others = slices(AT.flipped(columns=True, rows=True))
        for n in numbers:
            each(ImageOrientationPatient=others[n].ImageOrientationPatient, ImagePositionPatient=others[n].ImagePositionPatient,
                 PixelData=others[n].PixelData)([series[n]])  # fmt: skip

    return change


def _written_as(tag: int, values: Sequence[str], *, everywhere: bool = False) -> Change:
    """Decimal strings that no writer lets pass."""
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import Tag

    def change(series: list[FileDataset]) -> None:
        text = "\\".join(values).encode()
        text += b" " * (len(text) % 2)
        for ds in series if everywhere else series[12:13]:
            ds[Tag(tag)] = RawDataElement(Tag(tag), "DS", len(text), text, 0, False, True)

    return change


def _group(series: list[FileDataset], n: int) -> FileDataset:
    return series[0].PerFrameFunctionalGroupsSequence[n]


def _spaced(series: list[FileDataset]) -> None:
    _group(series, 8).PixelMeasuresSequence[0].PixelSpacing = ["0.4", "0.4"]


def _one_turned(series: list[FileDataset]) -> None:
    _group(series, 8).PlaneOrientationSequence[0].ImageOrientationPatient = ["0", "1", "0", "1", "0", "0"]


def _one_place(series: list[FileDataset]) -> None:
    for n in range(COUNT):
        _group(series, n).PlanePositionSequence = _group(series, 0).PlanePositionSequence


def _localizer(series: list[FileDataset]) -> None:
    kind = copy.deepcopy(series[0].SharedFunctionalGroupsSequence[0].CTImageFrameTypeSequence[0])
    kind.FrameType = ["ORIGINAL", "PRIMARY", "LOCALIZER", "NONE"]
    _group(series, 0).CTImageFrameTypeSequence = Items([kind])


def _without_groups(series: list[FileDataset]) -> None:
    del series[0].PerFrameFunctionalGroupsSequence, series[0].SharedFunctionalGroupsSequence


NO_PLACES = "frame-groups position-missing pixel-spacing-missing rescale-missing truncated-pixels pixel-length undecodable-pixels unreadable-file"
UNLIKE = (
    ("one frame of another pixel spacing", _spaced, "image-size-mismatch"),
    ("one frame of another orientation", _one_turned, "mixed-orientation"),
    ("all frames at one place", _one_place, "duplicate-slice"),
    ("fewer frames said than there are", each(NumberOfFrames=COUNT - 3), NO_PLACES),
    ("more frames said than there are", each(NumberOfFrames=COUNT + 5), NO_PLACES),
    ("one frame a localizer", _localizer, "mixed-kinds localizer"),
    ("no functional groups", _without_groups, "frame-groups position-missing"),
)


def frames() -> Iterator[Odd]:
    """Enhanced CT whose frames are not of one kind."""
    for name, change, rules in UNLIKE:
        make = partial(changed, partial(enhanced, AT, per_frame=True), change)
        yield one_object(f"Enhanced CT, {name}", make, AT, refused=f"{rules} multi-frame")
    twice = layout(places_mm=np.repeat((np.arange(34) - 16.5) * 1.25, 2))
    yield one_object(
        "Enhanced CT, every place at two times",
        lambda: [_timed(enhanced(twice))],
        AT,
        either="duplicate-slice multi-frame",
    )
    yield one_object(
        "Enhanced CT, one object a frame", lambda: [enhanced(AT.take([k]), number=k + 1) for k in range(COUNT)], AT
    )


def _timed(ds: FileDataset) -> FileDataset:
    """Frames at one place are told apart by their number in time; those of the second time hold half of everything."""
    frame = len(ds.PixelData) // int(ds.NumberOfFrames)
    pixels = bytearray(ds.PixelData)
    for n, group in enumerate(ds.PerFrameFunctionalGroupsSequence):
        group.FrameContentSequence[0].TemporalPositionIndex = n % 2 + 1
        if n % 2:
            words = np.frombuffer(ds.PixelData, "<u2", count=frame // 2, offset=n * frame)
            pixels[n * frame : (n + 1) * frame] = (words // 2).astype("<u2").tobytes()
    ds.PixelData = bytes(pixels)
    return ds


def cases() -> Iterator[Odd]:
    yield from leaning()
    yield from single()
    yield from frames()
