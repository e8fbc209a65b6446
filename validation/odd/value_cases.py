"""T19: stored numbers in every form that means Hounsfield units, and some that mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as Items

from validation.odd.layout import COUNT, layout
from validation.odd.odd import Change, Odd, each, odd, some
from validation.odd.writer import Stored, words_of

AT = layout()
LOST = "rescale-missing"


def forms() -> Iterator[Odd]:
    """One picture in many stored forms."""
    for name, form in {
        "16 bits signed, intercept 0": Stored(intercept=0, signed=True),
        "16 bits signed, intercept -1024": Stored(signed=True),
        "16 bits unsigned, intercept -1000": Stored(intercept=-1000),
        "12 of 16 bits unsigned": Stored(bits=12),
        "12 of 16 bits signed, intercept 1000": Stored(bits=12, signed=True, intercept=1000),
        "12 of 16 bits in the upper bits": Stored(bits=12, high=15),
        "14 of 16 bits unsigned": Stored(bits=14),
        "slope 0.5": Stored(slope=0.5),
        "slope 0.24420024 signed": Stored(slope=0.24420024, intercept=1000, signed=True),
        "slope 1.2": Stored(slope=1.2),
        "slope 1, intercept -1024.5": Stored(intercept=-1024.5),
        "slope 0.1, intercept -1100": Stored(slope=0.1, intercept=-1100),
    }.items():
        yield odd("T19", name, AT, stored=form, bar_mm=1e-3 * max(1.0, form.slope))
    yield odd(
        "T19",
        "slope -1 (inverted numbers)",
        AT,
        stored=Stored(slope=-1.0, intercept=3000),
        either="rescale-missing hu-range",
    )
    for name, form in {
        "12 of 16 bits unsigned": Stored(bits=12, garbage=True),
        "13 of 16 bits signed": Stored(bits=13, signed=True, intercept=0, garbage=True),
        "12 of 16 bits in the upper bits": Stored(bits=12, high=15, garbage=True),
    }.items():
        yield odd(
            "T19", name + ", old overlays in the others", AT, with_overlays, stored=form, told="overlays are declared"
        )
        yield odd("T19", name + ", something in the others", AT, stored=form, refused="pixel-bits")
    yield odd("T19", "16 bits said to be 12, metal", AT, metal, stored=Stored(bits=12), refused="pixel-bits")
    yield odd(
        "T19",
        "an overlay declared in the value's own bits",
        AT,
        with_overlays,
        stored=Stored(bits=15),
        refused="pixel-bits",
    )
    by_slice = [Stored(slope=0.5 + 0.02 * k, intercept=-1024 - k) for k in range(COUNT)]
    yield odd("T19", "slope and intercept of each slice its own", AT, stored=by_slice, bar_mm=1.2e-3)
    yield odd(
        "T19", "intercept of each slice its own", AT, stored=[Stored(intercept=-1024 - 3 * k) for k in range(COUNT)]
    )
    signs = [Stored(signed=bool(k % 2)) for k in range(COUNT)]
    yield odd("T19", "signed and unsigned slices in turn", AT, stored=signs, either="image-size-mismatch pixel-format")
    bits = [Stored(bits=12 if k % 2 else 16) for k in range(COUNT)]
    yield odd("T19", "12 and 16 bits in turn", AT, stored=bits, either="image-size-mismatch pixel-format")


def unusable() -> Iterator[Odd]:
    """No Hounsfield units without a slope, an intercept and the right unit."""
    yield odd("T19", "no slope in one slice", AT, some([4], RescaleSlope=None), refused=LOST)
    yield odd("T19", "no intercept in any slice", AT, each(RescaleIntercept=None), refused=LOST)
    yield odd(
        "T19", "no rescale at all", AT, each(RescaleIntercept=None, RescaleSlope=None, RescaleType=None), refused=LOST
    )
    yield odd("T19", "slope 0", AT, each(RescaleSlope="0"), refused=LOST)
    yield odd("T19", "slope empty", AT, each(RescaleSlope=""), refused=LOST)
    yield odd("T19", "slope no number", AT, _raw("RescaleSlope", b"abc "), refused=LOST + " unreadable-file")
    yield odd("T19", "slope nan", AT, _raw("RescaleSlope", b"nan "), refused=LOST + " unreadable-file")
    yield odd(
        "T19", "intercept 1e300", AT, _raw("RescaleIntercept", b"1e300 "), refused=LOST + " hu-range unreadable-file"
    )
    yield odd("T19", "slope 1e30", AT, _raw("RescaleSlope", b"1e30"), refused=LOST + " hu-range")
    yield odd("T19", "unit US", AT, each(RescaleType="US"), refused="rescale-type")
    yield odd("T19", "unit not stated", AT, each(RescaleType=None))
    yield odd("T19", "signed numbers said to be unsigned", AT, each(PixelRepresentation=0, RescaleIntercept="0"),
              stored=Stored(intercept=0, signed=True), refused="hu-range")  # fmt: skip
    yield odd("T19", "MONOCHROME1", AT, each(PhotometricInterpretation="MONOCHROME1"), refused="pixel-format")


def _raw(keyword: str, value: bytes) -> Change:
    """A value that no writer would let pass."""
    from pydicom.datadict import tag_for_keyword
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import Tag

    def change(series: list[FileDataset]) -> None:
        tag = Tag(tag_for_keyword(keyword))
        for ds in series:
            ds[tag] = RawDataElement(tag, "DS", len(value), value, 0, False, True)

    return change


def with_overlays(series: list[FileDataset]) -> None:
    """Overlays in all bits of the words that the value leaves; in its upper four where it leaves one alone."""
    for ds in series:
        value = set(range(ds.HighBit + 1 - ds.BitsStored, ds.HighBit + 1))
        for n, bit in enumerate(sorted(set(range(16)) - value) if len(value) < 15 else (11, 12, 13, 14)):
            group = 0x60000000 + 0x20000 * n
            for element, vr, said in ((0x10, "US", ds.Rows), (0x11, "US", ds.Columns), (0x40, "CS", "G"),
                                      (0x50, "SS", [1, 1]), (0x100, "US", 16), (0x102, "US", bit)):  # fmt: skip
                ds.add_new(group + element, vr, said)


def metal(series: list[FileDataset]) -> None:
    """One number that needs 13 bits, where 12 are stated."""
    words = words_of(series[3]).copy()
    words[5, 7] = 5000
    series[3].PixelData = words.tobytes()


def tables() -> Iterator[Odd]:
    """Lookup tables in place of slope and intercept (PS3.3, C.11.1)."""
    even, half = np.arange(4096) - 1024, np.arange(8192) // 2 - 1024
    yield odd("T19", "modality LUT", AT, with_lut(even), stored=Stored(bits=12), told="lookup table")
    yield odd("T19", "modality LUT of signed numbers", AT, with_lut(even, first=-1024),
              stored=Stored(intercept=0, signed=True), told="lookup table")  # fmt: skip
    yield odd("T19", "modality LUT that begins and ends within the numbers", AT, with_lut(even[24:3900], first=24),
              stored=Stored(bits=12), told="lookup table")  # fmt: skip
    yield odd(
        "T19", "modality LUT with each HU twice", AT, with_lut(half), stored=Stored(slope=0.5), told="lookup table"
    )
    yield odd("T19", "modality LUT that falls", AT, with_lut(even[::-1]), stored=Stored(slope=-1.0, intercept=3071, bits=12),
              told="lookup table")  # fmt: skip
    yield odd("T19", "modality LUT on every other slice", AT, lambda s: with_lut(even)(s[::2]), stored=Stored(bits=12))
    table = np.concatenate([even[:2000], even[1990:1980:-1], even[2010:]])
    for name, change, rule in (
        ("beside slope and intercept", with_lut(even, rescale=True), "rescale-contradiction"),
        ("of an unspecified unit", with_lut(even, unit="US"), "modality-lut"),
        ("of optical density", with_lut(even, unit="OD"), "modality-lut"),
        ("that is shorter than it says", with_lut(even, count=5000), "modality-lut"),
        ("with its entries out of order", with_lut(table), "modality-lut"),
        ("of HU above 0 alone", with_lut(even + 1024), "modality-lut"),
        ("of entries of 8 bits", with_lut(even, bits=8), "modality-lut"),
    ):
        yield odd("T19", f"modality LUT {name}", AT, change, stored=Stored(bits=12), refused=rule)


def with_lut(
    table: NDArray[Any], *, first: int = 0, unit: str = "HU", count: int | None = None, bits: int = 16, rescale: bool = False
) -> Change:  # fmt: skip
    """Tables of HU as signed words in place of slope and intercept, or beside them."""

    def change(series: list[FileDataset]) -> None:
        for ds in series:
            item = Dataset()
            # entries, first stored number, bits of an entry (PS3.3, C.11.1.1)
            said = [(len(table) if count is None else count) % 65536, first, bits]
            item.add_new(0x00283002, "SS" if ds.PixelRepresentation else "US", said)
            item.ModalityLUTType = unit
            item.add_new(0x00283006, "OW", np.asarray(table).astype("<i2").tobytes())
            if not rescale:
                del ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType
            ds.ModalityLUTSequence = Items([item])

    return change


def padding() -> Iterator[Odd]:
    """No picture outside the round field of view, in the ways of the vendors."""
    for name, form, number, tags in (
        ("signed, padding -2000", Stored(intercept=0, signed=True), -2000, {"PixelPaddingValue": -2000}),
        ("signed, padding -32768", Stored(intercept=0, signed=True), -32768, {"PixelPaddingValue": -32768}),
        ("unsigned, padding 63536 (-2000 signed)", Stored(bits=16), 63536, {"PixelPaddingValue": 63536}),
        ("unsigned, padding 0", Stored(bits=16), 0, {"PixelPaddingValue": 0}),
        ("-2000 without a padding tag", Stored(intercept=0, signed=True), -2000, {}),
        ("signed, padding range -2100 to -1900", Stored(intercept=0, signed=True), -2000,
         {"PixelPaddingValue": -2100, "PixelPaddingRangeLimit": -1900}),
        ("unsigned 12 bits, padding 4095", Stored(bits=12), 4095, {"PixelPaddingValue": 4095}),
    ):  # fmt: skip
        yield odd("T19", name, AT, padded(number), each(**tags), stored=form)
    yield odd("T19", "unsigned, 63536 outside the view and no padding tag", AT, padded(63536), refused="hu-range")


def padded(number: int) -> Change:
    """The corners outside a circle about the middle hold `number`."""

    def change(series: list[FileDataset]) -> None:
        for ds in series:
            words = words_of(ds).copy()
            j, i = np.indices(words.shape)
            half = np.array(words.shape) / 2
            words[((j - half[0]) / half[0]) ** 2 + ((i - half[1]) / half[1]) ** 2 > 1] = number & 0xFFFF
            ds.PixelData = words.tobytes()

    return change


def extended() -> Iterator[Odd]:
    """Metal above the old end of the scale: outside the phantom nothing may be cut off or wrap round."""
    yield odd("T19", "12-bit numbers with intercept -8192, slope 4 (extended scale)", AT,
              stored=Stored(slope=4.0, intercept=-8192, bits=12), bar_mm=4e-3)  # fmt: skip
    yield odd("T19", "slope 10 (extended scale)", AT, stored=Stored(slope=10.0, intercept=-10240, bits=16), bar_mm=1e-2)


def cases() -> Iterator[Odd]:
    for some_cases in (forms, unusable, tables, padding, extended):
        yield from some_cases()
