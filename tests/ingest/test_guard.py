"""A file is judged on its bytes: what is hostile or broken is refused by its rule, what is only odd comes in with a note."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from anatofit.errors import ScanUnsuitableError
from anatofit.ingest.door.faults import FileError
from anatofit.ingest.door.guard import Judged, dataset_of, judge
from anatofit.ingest.header.headers import KEYWORDS
from anatofit.ingest.load import load_scan
from anatofit.ingest.scan import inspect_scan
from anatofit.model.scan import ScanLimits
from tests.ingest.dicom_writer import make_series
from validation.hostile import (
    HOSTILE,
    IMPLICIT,
    ITEM,
    PIXELS,
    UNDEFINED,
    deflated,
    element,
    header,
    meta,
    nested,
    pixels,
    slice_file,
)

LIMITS = ScanLimits()
LIGHT = [name for name, h in HOSTILE.items() if h.suffix == ".dcm" and h.row != "T04" and "000" not in name]


def judged(data: bytes, tmp_path: Path, *, name: str = "file") -> Judged | None:
    """The bytes judged as a file of that name."""
    path = tmp_path / name
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return judge(descriptor, path=path, keywords=KEYWORDS)
    finally:
        os.close(descriptor)


def rule_of(data: bytes, tmp_path: Path, *, name: str = "file") -> str:
    """The rule that refuses the bytes; empty where none does."""
    try:
        judged(data, tmp_path, name=name)
    except FileError as error:
        return error.rule
    return ""


@pytest.mark.parametrize("name", LIGHT)
def test_a_hostile_file_is_refused_by_its_rule(name: str, tmp_path: Path) -> None:
    folder = HOSTILE[name].write(tmp_path / "scan")
    with pytest.raises(ScanUnsuitableError) as refusal:
        load_scan(folder, limits=LIMITS)
    assert HOSTILE[name].rule in {r.rule for r in refusal.value.reasons}
    assert "CANARY" not in str(refusal.value) and str(folder) not in str(refusal.value)


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("implicit", [True, False])
def test_nesting_ends_at_its_limit_in_every_form(undefined: bool, implicit: bool, tmp_path: Path) -> None:
    def file(depth: int) -> bytes:
        deep = nested(depth, undefined=undefined, implicit=implicit)
        head = meta(IMPLICIT) if implicit else meta()
        return head + header(private=deep, implicit=implicit) + pixels(implicit=implicit)

    assert rule_of(file(32), tmp_path) == ""
    assert rule_of(file(33), tmp_path) == "nested-too-deep"


@pytest.mark.parametrize(
    "start",
    [b"MZ\x90\0", b"\x7fELF\x02", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!/bin/sh\n", b"\0asm", b"<script>", b"<?php", b"%PDF-1.7",
     b"PK\x03\x04", b"@ECHO off"],
)  # fmt: skip
def test_a_preamble_that_runs_is_refused(start: bytes, tmp_path: Path) -> None:
    assert rule_of(slice_file(preamble=start), tmp_path) == "executable-preamble"


def test_a_preamble_of_a_tiff_is_silent_and_any_other_is_noted(tmp_path: Path) -> None:
    notes = {p: judged(slice_file(preamble=p), tmp_path) for p in (b"", b"II*\0\x08\0", b"MM\0*", b"hello")}
    assert [bool(j and j.notes) for j in notes.values()] == [False, False, False, True]
    report = inspect_scan(tmp_path, LIMITS)
    assert "1 file of 1 bears something in the 128 bytes" in report.series[0].notes[-2]
    assert "hello" not in report.model_dump_json()


@pytest.mark.parametrize(
    ("data", "name", "rule"),
    [
        (b"", "a.dcm", "not-dicom"),
        (b"", "IM0001", "not-dicom"),
        (b"", "1.2.840.10008.77", "not-dicom"),
        (b"", "empty.txt", ""),
        (b"", ".nomedia", ""),
        (b"\0", "IM0001", "not-dicom"),
        (bytes(4096), "IM0001", "not-dicom"),
        (b"DICM", "IM0001", "unreadable-file"),
        (bytes(128) + b"DICM", "IM0001", "unreadable-file"),
        (b"a text, renamed", "a.dcm", "not-dicom"),
        (b"a text", "README", ""),
        (b"\xff\xd8\xff\xe0 JFIF", "a.DCM", "not-dicom"),
        (b"\xff\xd8\xff\xe0 JFIF", "a.jpg", ""),
        (b"PK\x03\x04", "a.ima", "not-dicom"),
        (b"\0\x05\x16\x07\0\x02\0\0Mac OS X", "._IM0001.dcm", ""),
    ],
)
def test_what_is_no_dicom_stops_only_where_it_says_that_it_is(
    data: bytes, name: str, rule: str, tmp_path: Path
) -> None:
    assert rule_of(data, tmp_path, name=name) == rule


@given(st.binary(max_size=600))
@settings(max_examples=150)
def test_bytes_of_any_kind_are_refused_or_left_aside_and_raise_nothing_else(data: bytes) -> None:
    for content in (data, bytes(128) + b"DICM" + data, meta() + data, meta(IMPLICIT) + data):
        descriptor = os.memfd_create("any")
        try:
            os.write(descriptor, content)
            judge(descriptor, path=Path("any"), keywords=KEYWORDS)
        except FileError:
            pass
        finally:
            os.close(descriptor)


def test_a_slice_without_preamble_comes_in_as_the_same_volume(tmp_path: Path) -> None:
    whole = load_scan(make_series().write(tmp_path / "whole"), limits=LIMITS)
    for way in ("explicit", "implicit", "big", "meta alone"):
        folder = tmp_path / way
        series = make_series()
        for ds in series.slices:
            syntax = {"implicit": ImplicitVRLittleEndian, "big": ExplicitVRBigEndian}.get(way, ExplicitVRLittleEndian)
            ds.file_meta.TransferSyntaxUID = syntax
            if way == "big":
                ds.PixelData = np.frombuffer(ds.PixelData, dtype="<i2").astype(">i2").tobytes()
        for path in series.write(folder).iterdir():
            data = path.read_bytes()
            path.write_bytes(data[132:] if way == "meta alone" else data[data.index(_first(way)) :])
        scan = load_scan(folder, limits=LIMITS)
        assert np.array_equal(scan.volume.hu, whole.volume.hu), way
        assert any("no preamble" in note for note in scan.facts.notes)


def _first(way: str) -> bytes:
    """The head of Image Type, the first element after group 0002."""
    return {"implicit": b"\x08\0\x08\0\x16\0\0\0", "big": b"\0\x08\0\x08CS"}.get(way, b"\x08\0\x08\0CS")


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_every_uncompressed_form_gives_the_same_volume(syntax: Any, tmp_path: Path) -> None:
    whole = load_scan(make_series().write(tmp_path / "whole"), limits=LIMITS)
    series = make_series()
    for ds in series.slices:
        ds.file_meta.TransferSyntaxUID = syntax
        if syntax == ExplicitVRBigEndian:
            ds.PixelData = np.frombuffer(ds.PixelData, dtype="<i2").astype(">i2").tobytes()
    scan = load_scan(series.write(tmp_path / "other"), limits=LIMITS)
    assert np.array_equal(scan.volume.hu, whole.volume.hu)


def test_what_is_handed_on_is_what_pydicom_reads(tmp_path: Path) -> None:
    folder = make_series(count=1).write(tmp_path)
    data = next(folder.iterdir()).read_bytes()
    theirs, ours = dcmread(BytesIO(data)), judged(data, tmp_path)
    assert ours is not None
    dataset = dataset_of(ours.kept, ours.encoding)
    assert len(dataset) >= 25 and all(theirs[e.tag].value == e.value for e in dataset)
    assert (ours.pixel_end, ours.pixels) == (len(data), "whole")


@pytest.mark.parametrize(
    ("extra", "note"),
    [
        (pixels(2048 + 2), "long-pixels"),
        (pixels() + b"CANARY behind the data set", "trailing-bytes"),
        (pixels() + element(0x00280106, b"US", b"\1\0"), "trailing-bytes"),
        (pixels() + element(0xFFFCFFFC, b"OB", bytes(64)), ""),
    ],
)
def test_what_is_beside_the_picture_is_noted_and_not_used(extra: bytes, note: str, tmp_path: Path) -> None:
    found = judged(slice_file(pixel_element=extra), tmp_path)
    assert found is not None and found.notes == ((note,) if note else ())
    assert found.pixels == "whole" and set(found.kept) & {0x00280106} == set()


def test_elements_out_of_order_are_noted_and_twice_refused(tmp_path: Path) -> None:
    early = element(0x00300010, b"LO", b"x") + element(0x00100010, b"PN", b"y")
    found = judged(slice_file(private=early), tmp_path)
    assert found is not None and found.notes == ("out-of-order",)
    assert rule_of(slice_file(private=element(0x00080060, b"CS", b"MR")), tmp_path) == "unreadable-file"


def test_a_length_beyond_its_own_sequence_is_refused(tmp_path: Path) -> None:
    inside = element(ITEM, b"", length=UNDEFINED) + element(0x00080100, b"SH", b"long value", length=10)
    data = slice_file(private=element(0x00081140, b"SQ", inside, length=12))
    assert rule_of(data, tmp_path) == "unreadable-file"


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    "spoil",
    [_cut, lambda d: d[:-40], lambda d: d[:400] + bytes(8) + d[408:]],
)
def test_a_deflated_file_that_is_broken_is_refused(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    noise = np.random.default_rng(0).bytes(2048)
    data = deflated(header() + element(PIXELS, b"OW", noise))
    whole = judged(data, tmp_path)
    assert whole is not None and whole.pixels == "whole"
    assert _state(spoil(data), tmp_path) in ("cut short", "unreadable-file")


def _state(data: bytes, tmp_path: Path) -> str:
    try:
        found = judged(data, tmp_path)
    except FileError as error:
        return error.rule
    return found.pixels if found else ""


def test_what_a_deflated_header_asks_for_bounds_what_is_inflated(tmp_path: Path) -> None:
    honest = header() + pixels() + element(0xFFFCFFFC, b"OB", bytes(1000))
    assert rule_of(deflated(honest), tmp_path) == ""
    side = [element(tag, b"US", struct.pack("<H", 32000)) for tag in (0x00280010, 0x00280011)]
    large = header(rows=side[0], columns=side[1]) + element(PIXELS, b"OW", bytes(2**25), length=2_048_000_000)
    assert rule_of(deflated(large), tmp_path) == "inflates-too-far"
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    late = engine.compress(header() + pixels() + bytes(70_000)) + engine.flush()
    assert judged(meta(b"1.2.840.10008.1.2.1.99") + late, tmp_path) is not None  # small, and noted
