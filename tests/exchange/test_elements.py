"""The first texts of any data set are found, and nothing that a peer sends costs more than reading it."""

from __future__ import annotations

import io
import random
import struct
import time
import zlib

import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.sequence import Sequence

from anatofit.exchange.association import read_request
from anatofit.exchange.dimse import Command, decoded, encoded
from anatofit.exchange.elements import DEFLATED, EXPLICIT_BIG, IMPLICIT, SERIES, STUDY, NotReadableError, first_texts
from anatofit.exchange.multipart import MultipartError, Parts, boundary_of
from anatofit.exchange.part10 import is_uid, name_of
from anatofit.exchange.wire import LinkError

EXPLICIT = "1.2.840.10008.1.2.1"
WANTED = (STUDY, SERIES)


def _dataset(*, undefined: bool) -> Dataset:
    inner, outer, ds = Dataset(), Dataset(), Dataset()
    inner.StudyInstanceUID, inner.CodeValue = "9.9.9", "x"
    outer.PurposeOfReferenceCodeSequence = Sequence([inner, inner])
    outer.StudyInstanceUID = "8.8.8"
    ds.ReferencedStudySequence = Sequence([outer, outer])
    ds.PatientName, ds.StudyInstanceUID, ds.SeriesInstanceUID = "A^B", "1.2.3", "1.2.3.4"
    ds.add_new(0x00091001, "UN", b"\1\2\3\4")
    if undefined:
        for sequence in (ds["ReferencedStudySequence"], outer["PurposeOfReferenceCodeSequence"]):
            sequence.is_undefined_length = True
            for item in sequence.value:
                item.is_undefined_length_sequence_item = True
    return ds


def _encoded(ds: Dataset, syntax: str) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = syntax == IMPLICIT, syntax != EXPLICIT_BIG
    write_dataset(buffer, ds)
    data = buffer.getvalue()
    if syntax == DEFLATED:
        squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        return squeeze.compress(data) + squeeze.flush()
    return data


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, EXPLICIT_BIG, DEFLATED])
def test_texts_are_found_behind_nested_sequences_and_never_inside_them(syntax, undefined):
    found = first_texts(io.BytesIO(_encoded(_dataset(undefined=undefined), syntax)), syntax, WANTED)
    assert found == {STUDY: "1.2.3", SERIES: "1.2.3.4"}


def test_sequences_nested_without_end_are_refused_at_once():
    deep = struct.pack("<HH2sHL", 0x0008, 0x1110, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    with pytest.raises(NotReadableError, match="deeper"):
        first_texts(io.BytesIO(deep * 100_000), EXPLICIT, WANTED)


def test_a_bomb_behind_the_header_is_never_unpacked():
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    head = struct.pack("<HH2sHL", 0x0008, 0x0005, b"OB", 0, 0xF0000000)
    bomb = squeeze.compress(head) + b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(300)) + squeeze.flush()
    start = time.perf_counter()
    with pytest.raises(NotReadableError, match="longer"):
        first_texts(io.BytesIO(bomb), DEFLATED, WANTED)
    assert time.perf_counter() - start < 2


def test_whatever_the_bytes_the_answer_is_a_text_or_a_refusal():
    chance = random.Random(7)
    for syntax in (IMPLICIT, EXPLICIT, EXPLICIT_BIG, DEFLATED):
        whole = _encoded(_dataset(undefined=True), syntax)
        for _ in range(1500):
            data = bytearray(whole[: chance.randrange(len(whole) + 1)])
            for _ in range(chance.randrange(6)):
                if data:
                    data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                first_texts(io.BytesIO(data), syntax, WANTED)
            except NotReadableError:
                continue


def test_whatever_the_bytes_a_request_is_read_or_refused():
    from anatofit.exchange.association import STORED, Proposal, _request
    from anatofit.exchange.limits import Limits

    chance = random.Random(8)
    whole = _request("SENDER", "ANATOFIT", Proposal((), STORED[:4]), Limits())[6:]
    assert read_request(whole).calling == "SENDER"
    start = time.perf_counter()
    for _ in range(300):
        data = bytearray(whole[: chance.randrange(len(whole) + 1)])
        for _ in range(chance.randrange(1, 6)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            read_request(bytes(data))
        except LinkError:
            continue
    assert time.perf_counter() - start < 20


def test_a_command_comes_back_as_it_was_said():
    said = decoded(encoded({0x0002: "1.2.840", 0x0100: 0x8001, 0x0900: 0xA700, 0x0800: 0x0101}))
    assert said.text(0x0002) == "1.2.840" and said.number(0x0900) == 0xA700 and not said.has_dataset
    assert Command({}).number(0x0100) == -1


@pytest.mark.parametrize("data", [b"\0\0", b"\x08\0\0\0\2\0\0\0ab", b"\0\0\2\0\xff\xff\xff\xff"])
def test_what_is_no_command_is_refused(data):
    with pytest.raises(LinkError):
        decoded(data)


@pytest.mark.parametrize("text", ["", "1..2", "1.2.", "../1", "1.2.3\n", "1" * 65, "1.2/3", "١.٢"])
def test_what_is_no_uid_is_none(text):
    assert not is_uid(text)


def test_a_name_tells_nothing_and_is_always_the_same():
    assert name_of("1.2.3") == name_of("1.2.3") != name_of("1.2.4")
    assert len(name_of("1.2.3")) == 32 and "1.2.3" not in name_of("1.2.3")


BODY = b"--b\r\nContent-Type: application/dicom\r\n\r\none\r\n--bnot\r\n--b\r\nX: y\r\n\r\n\r\n--b--\r\nepilogue"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_parts_are_found_however_the_answer_is_cut_into_pieces(size):
    body = BODY.replace(b"\r\n--bnot", b"\r\n-bnot")
    parts = Parts(iter([body[i : i + size] for i in range(0, len(body), size)]), b"b")
    found = []
    while parts.next():
        found.append(b"".join(parts.body()))
    assert found == [b"one\r\n-bnot", b""]


@pytest.mark.parametrize("data", [b"", b"--b\r\nX", b"--b\r\n\r\n\r\nabc", b"--b\r\n" + b"x" * 20_000])
def test_an_answer_that_ends_inside_is_said_to_be_broken(data):
    parts = Parts(iter([data]), b"b")
    with pytest.raises(MultipartError):  # noqa: PT012 - at whichever step
        while parts.next():
            b"".join(parts.body())


@pytest.mark.parametrize("header", ["text/html", "multipart/related", 'multipart/related; boundary=""', ""])
def test_an_answer_of_another_kind_is_refused(header):
    with pytest.raises(MultipartError):
        boundary_of(header)
