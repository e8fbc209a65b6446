"""Stored numbers become Hounsfield units as the standard says, however sign, depth, padding and rescale are written."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.header.instance import Instance
from anatofit.ingest.load import load_scan
from anatofit.ingest.pixel.fault import LOWEST_HU, PixelError
from anatofit.ingest.pixel.hounsfield import HIGHEST_HU, hounsfield, write_hounsfield
from anatofit.ingest.pixel.scale import whole_rescale
from anatofit.ingest.pixel.words import stored_values
from anatofit.model.scan import ScanLimits
from tests.ingest.coded import header_of, plain
from tests.ingest.dicom_writer import form, make_series, pattern

BASE = plain(np.zeros((16, 16), dtype=np.int64), bits=16, allocated=16)[1]
WORDS = st.lists(st.integers(0, 65535), min_size=1, max_size=40)
NUMBERS = st.integers(-70_000, 70_000)


@st.composite
def layouts(draw: st.DrawFn) -> Instance:
    """Any layout of a CT word, rescale and padding, the usual ones oftener than the odd."""
    allocated = draw(st.sampled_from([16, 16, 16, 8]))
    stored = draw(st.sampled_from([allocated, min(12, allocated)]) | st.integers(1, allocated))
    padding = draw(st.none() | st.sampled_from([-2000, 63536, 0, -32768]) | NUMBERS)
    return dataclasses.replace(
        BASE,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=draw(st.sampled_from([None, stored - 1]) | st.integers(stored - 1, allocated - 1)),
        signed=draw(st.booleans()),
        slope=draw(st.sampled_from([1.0, 1.0, 2.0, 10.0, -1.0]) | st.floats(-1e3, 1e3).filter(bool)),
        intercept=draw(st.sampled_from([-1024.0, 0.0, -8192.0, 0.5]) | st.floats(-1e5, 1e5) | NUMBERS.map(float)),
        padding=padding,
        padding_limit=draw(st.none() | NUMBERS) if padding is not None else None,
    )


def one_by_one(word: int, i: Instance) -> float:
    """The HU of one word, by the letter of PS3.5, 8.1.1 and PS3.3, C.7.5.1.1.2 and C.11.1, in whole numbers and floats."""
    assert i.bits_allocated and i.bits_stored and i.slope and i.intercept is not None
    high = i.bits_stored - 1 if i.high_bit is None else i.high_bit
    number = (word >> (high + 1 - i.bits_stored)) % (1 << i.bits_stored)
    whole = word
    if i.signed:
        number -= (number >> (i.bits_stored - 1)) << i.bits_stored
        whole -= (whole >> (i.bits_allocated - 1)) << i.bits_allocated
    if i.padding is not None:
        size = 1 << i.bits_allocated
        if word == i.padding % size or (i.bits_stored < i.bits_allocated and number == i.padding):
            return LOWEST_HU
        if i.padding_limit is not None:
            ends = [v % size - size * (i.signed and v % size >= size // 2) for v in (i.padding, i.padding_limit)]
            if any(min(ends) <= v <= max(ends) for v in (number, whole)):
                return LOWEST_HU
    exact = whole_rescale(i)
    hu = number * int(i.slope) + int(i.intercept) if exact else number * i.slope + i.intercept
    return max(hu, LOWEST_HU)


@settings(max_examples=400, deadline=None)
@given(layout=layouts(), words=WORDS)
def test_the_fast_way_and_the_general_way_are_the_letter_of_the_standard(layout: Instance, words: list[int]) -> None:
    raw = np.array(words, dtype=np.uint16).astype(f"u{(layout.bits_allocated or 16) // 8}")
    want = [one_by_one(int(w), layout) for w in raw]
    assert hounsfield(raw, layout).tolist() == want
    for kind in (np.int16, np.float32) if whole_rescale(layout) else (np.float32,):
        into = np.full(raw.shape, 7, dtype=kind)
        if max(want) > HIGHEST_HU:
            with pytest.raises(PixelError, match="hu-range"):
                write_hounsfield(raw, layout, into)
        else:
            write_hounsfield(raw, layout, into)
            assert np.array_equal(into, np.array(want).astype(kind))


USUAL = [(12, False), (16, True), (16, False), (12, True)]


@settings(max_examples=200, deadline=None)
@given(
    words=WORDS,
    usual=st.sampled_from(USUAL),
    padding=st.sampled_from([None, -2000, 63536, -32768]),
    slope=st.integers(1, 10),
)
def test_usual_layouts_give_the_same_numbers_in_either_way(
    words: list[int], usual: tuple[int, bool], padding: int | None, slope: int
) -> None:
    stored, signed = usual
    layout = dataclasses.replace(
        BASE,
        bits_stored=stored,
        high_bit=stored - 1,
        signed=signed,
        padding=padding,
        slope=float(slope),
        intercept=-1024.0,
    )
    for order in ("<u2", ">u2"):
        raw = np.array(words, dtype=order)
        want = hounsfield(raw, layout)
        into = np.zeros(raw.shape, dtype=np.int16)[::-1]
        if want.max() <= HIGHEST_HU:
            write_hounsfield(raw, layout, into)
            assert np.array_equal(into, want)


@pytest.mark.parametrize(
    ("slope", "intercept"), [(1e300, 0.0), (1.0, 1e300), (1e308, 1e308), (1e18, 0.0), (2.0**40, 1.0)]
)
def test_a_rescale_beyond_all_numbers_is_refused_and_overflows_nothing(slope: float, intercept: float) -> None:
    layout = dataclasses.replace(BASE, slope=slope, intercept=intercept)
    for kind in (np.int16, np.float32):
        with pytest.raises(PixelError, match="hu-range"):
            write_hounsfield(np.array([1, 2, 60000], dtype=np.uint16), layout, np.zeros(3, dtype=kind))


def test_the_extended_scale_is_kept_up_to_its_end() -> None:
    """12 bits with slope 10 reach 30710 HU over metal; 16 bits 32767."""
    ten = dataclasses.replace(BASE, bits_stored=12, high_bit=11, signed=False, slope=10.0, intercept=-10240.0)
    into = np.zeros(3, dtype=np.int16)
    write_hounsfield(np.array([4095, 1024, 0], dtype=np.uint16), ten, into)
    assert into.tolist() == [30710, 0, -1024]
    one = dataclasses.replace(BASE, bits_stored=16, high_bit=15, signed=False, slope=1.0, intercept=-1024.0)
    write_hounsfield(np.array([33791, 4095 + 1024, 0], dtype=np.uint16), one, into)
    assert into.tolist() == [32767, 4095, -1024]
    with pytest.raises(PixelError, match="hu-range"):
        write_hounsfield(np.array([33792, 0, 0], dtype=np.uint16), one, into)


def test_overlays_in_the_unused_bits_are_masked_also_where_there_is_padding() -> None:
    """Before 2004 an overlay lay in the bits above those stored (PS3.5, 8.1.2)."""
    layout = dataclasses.replace(
        BASE, bits_stored=12, high_bit=11, signed=False, slope=1.0, intercept=-1024.0, padding=4000, padding_limit=None
    )
    plain_words = np.array([0, 1024, 3000, 4000, 4095], dtype=np.uint16)
    want = [-1024, 0, 1976, -1024, 3071]
    for overlay in (0, 0x1000, 0x8000, 0xF000):
        into = np.zeros(5, dtype=np.int16)
        write_hounsfield(plain_words | np.uint16(overlay), layout, into)
        assert into.tolist() == want


def test_bits_above_a_value_that_does_not_begin_at_the_lowest_bit() -> None:
    layout = dataclasses.replace(BASE, bits_stored=12, high_bit=15, signed=True)
    raw = (np.array([-2048, -1, 0, 2047]) << 4).astype(np.int16).view(np.uint16) | np.uint16(0xF)
    assert stored_values(raw, layout).tolist() == [-2048, -1, 0, 2047]


def refused(change: Any, tmp_path: Any) -> set[str]:
    """The names under which the changed series is refused."""
    series = make_series()
    for ds in series.slices:
        change(ds)
    with pytest.raises(ScanUnsuitableError) as stopped:
        load_scan(series.write(tmp_path / "scan"), limits=ScanLimits())
    return {r.rule for r in stopped.value.reasons}


def set_tags(**tags: Any) -> Any:
    return lambda ds: [setattr(ds, keyword, value) for keyword, value in tags.items()]


def float_pixels(ds: Any) -> None:
    values = np.frombuffer(ds.PixelData, "<i2").astype("<f4")
    del ds.PixelData
    ds.FloatPixelData = values.tobytes()
    ds.BitsAllocated = 32


def wide(ds: Any) -> None:
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 32, 32, 31
    ds.PixelData = np.frombuffer(ds.PixelData, "<i2").astype("<i4").tobytes()
    ds["PixelData"].VR = "OW"


REFUSED = {
    "32 bits": (wide, "pixel-format"),
    "float pixels": (float_pixels, "pixel-format"),
    # PS3.3, C.7.6.3.1.2, lets it change the display alone; ITK inverts the numbers, so nobody can know what a writer meant
    "black is high": (set_tags(PhotometricInterpretation="MONOCHROME1"), "pixel-format"),
    "another unit": (set_tags(RescaleType="HU_MOD"), "rescale-type"),
    "beyond 16 bits": (set_tags(RescaleSlope=1000), "hu-range"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_hounsfield_units_is_refused(what: str, tmp_path: Any) -> None:
    change, rule = REFUSED[what]
    assert rule in refused(change, tmp_path)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
@pytest.mark.parametrize(("signed", "written"), [(1, -2000), (0, 63536)])
def test_a_padding_value_is_read_in_every_plain_form(syntax: str, signed: int, written: int) -> None:
    """Its kind of number depends on PixelRepresentation, which implicit files do not repeat beside it (PS3.5, annex A.1)."""
    ds = make_series(count=1).slices[0]
    ds.file_meta.TransferSyntaxUID = syntax
    ds.PixelRepresentation = signed
    ds.add_new(0x00280120, "SS" if signed else "US", written)
    ds["PixelData"].VR = "OW"
    import io

    from pydicom import dcmwrite

    stream = io.BytesIO()
    dcmwrite(stream, ds, enforce_file_format=True, **form(ds))
    assert header_of(stream.getvalue()).padding == written


def test_slices_with_their_own_sign_and_rescale_make_one_volume(tmp_path: Any) -> None:
    series = make_series()
    for n, ds in enumerate(series.slices):
        hu = np.frombuffer(ds.PixelData, "<i2").astype(np.int32) - 24
        ds.PixelRepresentation, ds.RescaleSlope, ds.RescaleIntercept = n % 2, 1, -1000 - n
        ds.PixelData = (hu + 1000 + n).astype("<u2").tobytes()
    assert np.array_equal(load_scan(series.write(tmp_path), limits=ScanLimits()).volume.hu, pattern())


def test_finite_numbers_are_all_that_a_rescale_gives() -> None:
    layout = dataclasses.replace(BASE, slope=1e308, intercept=-1e308)
    hu = hounsfield(np.array([0, 1, 60000], dtype=np.uint16), layout)
    assert not any(math.isnan(v) for v in hu.tolist())
