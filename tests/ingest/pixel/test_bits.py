"""What lies in a pixel's word beside its value is masked where an overlay is declared there, and refused where nobody can tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import FileDataset

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_scan
from anatofit.model.scan import ScanLimits
from tests.ingest.coded import J2K, JPEG_LS, RLE, coded_file, encode
from tests.ingest.dicom_writer import Series, make_series, pattern

LIMITS = ScanLimits()


def overlay(ds: FileDataset, *bits: int, allocated: int = 16) -> None:
    """Declares overlays in these bits of the words, as files did before 2004."""
    for n, bit in enumerate(bits):
        group = 0x60000000 + 0x20000 * n
        ds.add_new(group + 0x0010, "US", ds.Rows)
        ds.add_new(group + 0x0011, "US", ds.Columns)
        ds.add_new(group + 0x0040, "CS", "G")
        ds.add_new(group + 0x0050, "SS", [1, 1])
        ds.add_new(group + 0x0100, "US", allocated)
        ds.add_new(group + 0x0102, "US", bit)


def twelve_bits(*, above: int = 0, overlays: tuple[int, ...] = (), signed: int = 1, shift: int = 0) -> Series:
    """The pattern in 12 of 16 bits, with something in the other bits of every pixel."""
    series = make_series()
    for ds in series.slices:
        stored = np.frombuffer(ds.PixelData, "<i2").astype(np.int32) + (0 if signed else 1000)
        ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11 + shift, signed
        ds.RescaleIntercept = -24 if signed else -1024
        ds.PixelData = ((stored & 0x0FFF) << shift | above).astype("<u2").tobytes()
        overlay(ds, *overlays)
    return series


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize("bits", [(12,), (15,), (12, 14), (12, 13, 14, 15)])
def test_declared_overlays_are_masked_and_said(bits: tuple[int, ...], signed: int, tmp_path: Path) -> None:
    above = sum(1 << b for b in bits)
    scan = load_scan(twelve_bits(above=above, overlays=bits, signed=signed).write(tmp_path), limits=LIMITS)
    assert np.array_equal(scan.volume.hu, pattern())
    named = ", ".join(map(str, bits))
    assert f"overlays are declared in the pixels' words (bit {named}) and were left out" in scan.facts.notes


def test_overlays_below_a_value_are_masked_as_well(tmp_path: Path) -> None:
    series = twelve_bits(above=0b0110, overlays=(1, 2), shift=4)
    assert np.array_equal(load_scan(series.write(tmp_path), limits=LIMITS).volume.hu, pattern())


@pytest.mark.parametrize(
    ("above", "overlays", "signed", "shift"),
    [(0x5000, (), 1, 0), (0x5000, (), 0, 0), (0x5000, (12,), 1, 0), (0x8000, (12, 13), 0, 0), (0x0001, (), 1, 4), (0xF000, (), 0, 0)],
)  # fmt: skip
def test_what_no_overlay_explains_is_refused_by_name(
    above: int, overlays: tuple[int, ...], signed: int, shift: int, tmp_path: Path
) -> None:
    series = twelve_bits(above=above, overlays=overlays, signed=signed, shift=shift)
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_scan(series.write(tmp_path), limits=LIMITS)
    (reason,) = refusal.value.reasons
    assert reason.rule == "pixel-bits" and "12 of 16 bits are stated" in reason.message
    assert "more is in 384 words of one slice" in reason.message and "20 slices at z = 40.00" in reason.message


def test_numbers_beyond_the_bits_that_are_stated_do_not_wrap_round(tmp_path: Path) -> None:
    """16-bit words said to hold 12 bits: 4100 became 4, metal became air."""
    series = twelve_bits(signed=0)
    ds = series.slices[5]
    words = np.frombuffer(ds.PixelData, "<u2").copy()
    words[7] = 4100
    ds.PixelData = words.tobytes()
    with pytest.raises(ScanUnsuitableError, match=r"in 1 word of one slice, such as 4100.*1 slice at z = 46\.25"):
        load_scan(series.write(tmp_path), limits=LIMITS)


@pytest.mark.parametrize("above", [0x0000, 0xF000])
def test_the_sign_may_be_repeated_above_a_value_or_not(above: int, tmp_path: Path) -> None:
    series = make_series()
    for ds in series.slices:
        ds.BitsStored, ds.HighBit = 12, 11
        if not above:
            ds.PixelData = (np.frombuffer(ds.PixelData, "<u2") & 0x0FFF).astype("<u2").tobytes()
    assert np.array_equal(load_scan(series.write(tmp_path), limits=LIMITS).volume.hu, pattern())


def test_a_writer_that_repeats_some_signs_has_cut_his_large_numbers(tmp_path: Path) -> None:
    series = make_series()
    for ds in series.slices:
        hu = np.frombuffer(ds.PixelData, "<i2").copy()
        hu[:5] = 2986
        ds.PixelData, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = hu.tobytes(), 12, 11, 1
        ds.RescaleIntercept = 0
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_scan(series.write(tmp_path), limits=LIMITS)
    assert [r.rule for r in refusal.value.reasons] == ["pixel-bits"]


def test_the_sign_above_a_positive_value_is_no_sign(tmp_path: Path) -> None:
    series = twelve_bits()
    ds = series.slices[0]
    words = np.frombuffer(ds.PixelData, "<u2").copy()
    words[-1] = 0xF001
    ds.PixelData = words.tobytes()
    with pytest.raises(ScanUnsuitableError, match="pixel-bits"):
        load_scan(series.write(tmp_path), limits=LIMITS)


def test_padding_may_be_a_whole_word_but_what_wraps_round_to_it_is_no_padding(tmp_path: Path) -> None:
    for n, (word, fine) in enumerate([(63536, True), (4096, False)]):
        series = twelve_bits(signed=0)
        for ds in series.slices:
            words = np.frombuffer(ds.PixelData, "<u2").reshape(ds.Rows, ds.Columns).copy()
            words[:2] = word
            ds.PixelData = words.tobytes()
            ds.add_new(0x00280120, "US", 63536 if fine else 0)
        folder = series.write(tmp_path / str(n))
        if fine:
            assert load_scan(folder, limits=LIMITS).volume.hu[:, :2].max() == -1024
            continue
        with pytest.raises(ScanUnsuitableError, match="pixel-bits"):
            load_scan(folder, limits=LIMITS)


@pytest.mark.parametrize("bit", [1, 5, 11])
def test_an_overlay_in_the_values_own_bits_is_refused(bit: int, tmp_path: Path) -> None:
    (finding,) = inspect_scan(twelve_bits(overlays=(bit,)).write(tmp_path), LIMITS).series[0].findings
    assert finding.rule == "pixel-bits" and "in the value's own bits in: all 20 slices" in finding.message


@pytest.mark.parametrize(("bit", "allocated"), [(0, 1), (0, 16), (12, 1), (99, 16)])
def test_an_overlay_beside_the_pixels_is_none_in_them(bit: int, allocated: int, tmp_path: Path) -> None:
    series = make_series()
    for ds in series.slices:
        overlay(ds, bit, allocated=allocated)
        ds.add_new(0x60003000, "OW", bytes(48))
    scan = load_scan(series.write(tmp_path), limits=LIMITS)
    assert np.array_equal(scan.volume.hu, pattern()) and not any("overlay" in note for note in scan.facts.notes)


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS, J2K])
@pytest.mark.parametrize("declared", [True, False])
def test_overlays_that_were_coded_with_the_pixels_are_masked_where_declared(syntax: str, declared: bool) -> None:
    from anatofit.ingest.pixel.decode import decoder
    from anatofit.ingest.pixel.fault import PixelError
    from anatofit.ingest.pixel.hounsfield import write_sound

    rng = np.random.default_rng(3)
    values = rng.integers(0, 4096, (40, 40))
    words = values | rng.integers(0, 2, values.shape) << 12
    coded = encode(words, syntax, bits=16, allocated=16)
    tags: dict[str, Any] = {"BitsStored": 12, "HighBit": 11, "RescaleIntercept": -1024}
    data, instance = coded_file([[coded]], syntax, shape=(40, 40), bits=16, allocated=16, **tags)
    import dataclasses

    instance = dataclasses.replace(instance, overlay_bits=1 << 12 if declared else 0)
    into = np.zeros((40, 40), dtype=np.int16)
    with decoder() as decode:
        if declared:
            write_sound(decode(data, instance), instance, into)
            assert np.array_equal(into, values - 1024)
            return
        with pytest.raises(PixelError, match="pixel-bits" if syntax == RLE else "coded-header"):
            write_sound(decode(data, instance), instance, into)
