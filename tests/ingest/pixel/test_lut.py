"""A lookup table in place of slope and intercept gives each stored number the HU of its entry, or is refused with the reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset

from anatofit.app.export_volume import export_volume
from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.door.faults import FileError
from anatofit.ingest.header.lut import ModalityLut
from anatofit.ingest.load import load_scan
from anatofit.ingest.pixel.hounsfield import hounsfield, write_hounsfield
from anatofit.ingest.scan import inspect_scan
from anatofit.model.scan import ScanLimits
from tests.ingest.coded import as_file, header_of, plain
from tests.ingest.dicom_writer import Series, form, make_series, pattern

LIMITS = ScanLimits()
FIRST, COUNT = 100, 4096
# Bent at bone, so that no slope and intercept stand for it: from -1024 to 2503 HU.
TABLE = np.rint(np.interp(np.arange(COUNT), [0, 2000, COUNT - 1], [-1024, 1000, 2503])).astype(np.int16)
Change = Callable[[Dataset], object]


def with_lut(
    ds: FileDataset, *, table: NDArray[Any] = TABLE, first: int = FIRST, rescale: bool = False, **tags: Any
) -> Dataset:
    """Puts a table in place of slope and intercept (beside them, if wanted); the item, for a test to spoil."""
    item = Dataset()
    item.add_new(0x00283002, "SS" if ds.PixelRepresentation else "US", [len(table) % 65536, first, 16])
    item.ModalityLUTType = tags.pop("ModalityLUTType", "HU")
    item.add_new(0x00283006, "OW", np.asarray(table).astype("<i2").tobytes())
    for keyword, value in tags.items():
        setattr(item, keyword, value)
    if not rescale:
        del ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType
    ds.ModalityLUTSequence = [item]
    return item


def series_with(change: Change | None = None, **lut: Any) -> Series:
    """The pattern stored by the place of its HU in the table, a table on every slice."""
    series = make_series()
    for ds in series.slices:
        stored = np.frombuffer(ds.PixelData, "<i2") - 24
        ds.PixelRepresentation, ds.BitsStored, ds.HighBit = 0, 16, 15
        ds.PixelData = (np.searchsorted(TABLE, stored) + FIRST).astype("<u2").tobytes()
        item = with_lut(ds, **lut)
        if change is not None:
            change(item)
    return series


def reached(hu: NDArray[Any]) -> NDArray[Any]:
    """The HU of the table at or next above each: what the series stores."""
    return TABLE[np.searchsorted(TABLE, hu)]


def test_the_truth_of_a_volume_comes_through_its_table_and_is_told(tmp_path: Path) -> None:
    scan = load_scan(series_with().write(tmp_path), limits=LIMITS)
    assert scan.volume.hu.dtype == np.int16
    assert np.array_equal(scan.volume.hu, reached(pattern()))
    assert "the values of 20 slices went through a lookup table (Modality LUT): 4096 entries from -1024 to 2503 HU, up to 2 HU apart" in (
        scan.facts.notes
    )  # fmt: skip


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"])  # fmt: skip
@pytest.mark.parametrize("signed", [0, 1])
def test_a_table_is_read_in_every_plain_form_and_its_first_number_has_the_pixels_sign(
    syntax: str, signed: int, tmp_path: Path
) -> None:
    import io

    from pydicom import dcmwrite

    first = -500 if signed else 60_000
    ds = make_series(count=1).slices[0]
    ds.file_meta.TransferSyntaxUID = syntax
    ds.PixelRepresentation = signed
    item = with_lut(ds, first=first)
    ds["PixelData"].VR = "OW"
    if syntax.endswith("2.2"):
        item[0x00283006].value = TABLE.astype(">i2").tobytes()
    stream = io.BytesIO()
    dcmwrite(stream, ds, enforce_file_format=True, **form(ds))
    lut = header_of(stream.getvalue()).modality_lut
    assert lut is not None and not lut.fault and lut.first == first and np.array_equal(lut.hu, TABLE)


def by_the_letter(number: int, lut: ModalityLut) -> int:
    """PS3.3, C.11.1.1: below the first number the first entry, above the last number the last."""
    place = number - lut.first
    return int(lut.hu[0] if place < 0 else lut.hu[-1] if place >= len(lut.hu) else lut.hu[place])


@settings(max_examples=200, deadline=None)
@given(
    words=st.lists(st.integers(0, 65535), min_size=1, max_size=40),
    entries=st.lists(st.integers(-1024, 32767), min_size=1, max_size=60).map(sorted),
    first=st.integers(-70000, 70000),
    layout=st.tuples(st.sampled_from([12, 16]), st.booleans()),
    falling=st.booleans(),
)
def test_every_stored_number_has_the_hu_of_its_entry(
    words: list[int], entries: list[int], first: int, layout: tuple[int, bool], falling: bool
) -> None:
    table = np.array(entries[::-1] if falling else entries, dtype=np.int16)
    stored, signed = layout
    instance = dataclasses.replace(
        plain(np.zeros((16, 16), dtype=np.int64), bits=16, allocated=16)[1], bits_stored=stored, high_bit=stored - 1,
        signed=signed, slope=None, intercept=None, modality_lut=ModalityLut(first, table.tobytes()),
    )  # fmt: skip
    numbers = [w & ((1 << stored) - 1) for w in words]
    numbers = [n - (1 << stored) * (signed and n >> (stored - 1)) for n in numbers]
    want = [by_the_letter(n, instance.modality_lut or ModalityLut()) for n in numbers]
    raw = np.array(words, dtype=np.uint16)
    assert hounsfield(raw, instance).tolist() == want
    for kind in (np.int16, np.float32):
        into = np.full(raw.shape, 7, dtype=kind)
        write_hounsfield(raw, instance, into)
        assert into.tolist() == want


def test_numbers_beyond_the_table_have_the_hu_of_its_end_and_it_is_said(tmp_path: Path) -> None:
    short = TABLE[:3000]
    series = series_with(table=short)
    want = np.minimum(reached(pattern()), short[-1])
    lost = int((reached(pattern()) > short[-1]).sum())
    scan = load_scan(series.write(tmp_path), limits=LIMITS)
    assert np.array_equal(scan.volume.hu, want) and lost > 0
    assert (
        f"{lost} pixels above air with stored numbers beyond the lookup table: HU of its first or last entry"
        in scan.facts.notes
    )


def test_padding_goes_through_no_table(tmp_path: Path) -> None:
    """PS3.3, C.7.5.1.1.2: the padding value is a stored number, and stands for no HU."""
    series = series_with()
    want = reached(pattern()).copy()
    want[:, :2] = -1024
    for ds in series.slices:
        words = np.frombuffer(ds.PixelData, "<u2").reshape(ds.Rows, ds.Columns).copy()
        words[:2] = 63536
        ds.PixelData = words.tobytes()
        ds.add_new(0x00280120, "US", 63536)
    scan = load_scan(series.write(tmp_path), limits=LIMITS)
    assert np.array_equal(scan.volume.hu, want)
    assert "the padding value stands for 2503 HU and was taken as air" in scan.facts.notes


def test_padding_that_tissue_has_is_refused_through_a_table_as_well(tmp_path: Path) -> None:
    series = series_with()
    bone = int(np.searchsorted(TABLE, 1900)) + FIRST
    for ds in series.slices:
        ds.add_new(0x00280120, "US", bone)
    with pytest.raises(ScanUnsuitableError, match="padding-in-picture"):
        load_scan(series.write(tmp_path), limits=LIMITS)


def test_what_is_exported_went_through_the_table(tmp_path: Path) -> None:
    scan = series_with().write(tmp_path / "scan")
    export_volume(scan, tmp_path / "out.nii", series=None)
    values = np.frombuffer((tmp_path / "out.nii").read_bytes()[352:], "<i2")
    assert np.array_equal(np.sort(values), np.sort(reached(pattern()), axis=None))


def spoiled(tag: int, vr: str, value: Any) -> Change:
    return lambda item: item.add_new(tag, vr, value)


def renamed(name: str) -> Change:
    return lambda item: setattr(item, "ModalityLUTType", name)


FAULTY: dict[str, tuple[Change, str]] = {
    "unspecified": (renamed("US"), "its type is US, HU is wanted"),
    "optical density": (renamed("OD"), "its type is OD, HU is wanted"),
    "a type of nobody": (renamed("CANARY"), "its type is no term of DICOM, HU is wanted"),
    "no type": (lambda item: delattr(item, "ModalityLUTType"), "its type is not stated, HU is wanted"),
    "no descriptor": (lambda item: delattr(item, "LUTDescriptor"), "its descriptor is not three 16-bit numbers"),
    "no entries": (lambda item: delattr(item, "LUTData"), "its 4096 entries take 8192 bytes of 16-bit words, 0 bytes are there"),
    "too few entries": (spoiled(0x00283006, "OW", bytes(8190)), "8190 bytes are there"),
    "too many entries": (spoiled(0x00283006, "OW", bytes(8194)), "8194 bytes are there"),
    "65536 entries claimed": (spoiled(0x00283002, "US", [0, 0, 16]), "its 65536 entries take 131072 bytes"),
    "8 bits": (spoiled(0x00283002, "US", [4096, 0, 8]), "its entries have 8 bits, 16 are wanted"),
    "another sign than the pixels": (spoiled(0x00283002, "SS", [4096, -5, 16]), "the sign of its first stored number"),
    "up and down": (spoiled(0x00283006, "OW", TABLE[[*range(9), 8000 % 4096, *range(10, 4096)]].tobytes()), "rise and fall"),
    "neither air": (spoiled(0x00283006, "OW", (TABLE + 1024).tobytes()), "its entries go from 0 to 3527, air and bone lie at"),
    "nor bone": (spoiled(0x00283006, "OW", np.minimum(TABLE, 300).tobytes()), "its entries go from -1024 to 300"),
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTY)
def test_a_table_that_gives_no_hu_is_refused_with_the_reason_and_nothing_beside(what: str, tmp_path: Path) -> None:
    change, reason = FAULTY[what]
    (finding,) = inspect_scan(series_with(change).write(tmp_path), LIMITS).series[0].findings
    assert finding.rule == "modality-lut" and finding.code == "AF-1410"
    assert reason in finding.message and "CANARY" not in finding.message


def test_two_tables_are_one_too_many(tmp_path: Path) -> None:
    series = series_with()
    for ds in series.slices:
        ds.ModalityLUTSequence = [ds.ModalityLUTSequence[0], ds.ModalityLUTSequence[0]]
    (finding,) = inspect_scan(series.write(tmp_path), LIMITS).series[0].findings
    assert finding.rule == "modality-lut" and "2 tables, one is wanted" in finding.message


def test_slope_and_intercept_beside_a_table_are_a_contradiction(tmp_path: Path) -> None:
    """PS3.3, C.11.1: one of them is there, and the other is not."""
    (finding,) = inspect_scan(series_with(rescale=True).write(tmp_path), LIMITS).series[0].findings
    assert finding.rule == "rescale-contradiction" and "all 20 slices" in finding.message


def test_an_empty_sequence_is_no_table(tmp_path: Path) -> None:
    series = make_series()
    for ds in series.slices:
        ds.ModalityLUTSequence = []
    assert load_scan(series.write(tmp_path), limits=LIMITS).volume.hu.max() == 1900


@pytest.mark.parametrize("size", [2**18 + 2, 2**22])
def test_a_table_larger_than_any_is_refused_before_it_is_read(size: int) -> None:
    ds = make_series(count=1).slices[0]
    item = with_lut(ds)
    item.add_new(0x00283006, "OW", bytes(size))
    with pytest.raises(FileError, match="at most 262144 are read") as refusal:
        as_file(ds)
    assert refusal.value.rule == "modality-lut"


def test_slices_share_one_table_in_memory(tmp_path: Path) -> None:
    from anatofit.ingest.header.headers import read_files

    folder = series_with().write(tmp_path)
    assert len({id(i.modality_lut) for i in read_files(sorted(folder.iterdir())).instances}) == 1


def test_a_table_beside_the_frames_own_rescale_is_a_contradiction_too(tmp_path: Path) -> None:
    from tests.ingest.enhanced import enhanced, write

    ds = enhanced([make_series()])
    with_lut(ds, rescale=True)
    (finding,) = inspect_scan(write(ds, tmp_path), LIMITS).series[0].findings
    assert finding.rule == "rescale-contradiction"
