"""T19: stored numbers in every form that means Hounsfield units, and some that mean nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
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
        "12 of 16 bits unsigned, old overlay bits above": Stored(bits=12, garbage=True),
        "13 of 16 bits signed, old overlay bits above": Stored(bits=13, signed=True, intercept=0, garbage=True),
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
    yield odd(
        "T19",
        "modality LUT in place of slope and intercept",
        AT,
        with_lut,
        stored=Stored(bits=12),
        either=LOST + " modality-lut",
    )


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


def with_lut(series: list[FileDataset]) -> None:
    item = Dataset()
    # entries, first stored number, bits of an entry (PS3.3, C.11.1.1): the table is HU itself, signed words
    item.add_new(0x00283002, "US", [4096, 0, 16])
    item.ModalityLUTType = "HU"
    item.add_new(0x00283006, "OW", (np.arange(4096) - 1024).astype("<i2").tobytes())
    for ds in series:
        del ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType
        ds.ModalityLUTSequence = Items([item])


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
    for some_cases in (forms, unusable, padding, extended):
        yield from some_cases()
