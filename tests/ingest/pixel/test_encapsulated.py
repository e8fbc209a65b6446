"""Fragments that lie about where they end or which picture they belong to are the refusal of a slice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from anatofit.ingest.pixel import decode as room
from anatofit.ingest.pixel.decode import decoder
from anatofit.ingest.pixel.fault import PixelError
from anatofit.ingest.pixel.pixels import Decode
from tests.ingest.coded import J2K, RLE, coded_file, encode, picture

VALUES = picture(bits=12)
FORMAT: dict[str, Any] = {"bits": 12, "allocated": 16}


@pytest.fixture
def decode(monkeypatch: pytest.MonkeyPatch) -> Iterator[Decode]:
    """A decoder that must refuse before any child is started."""
    monkeypatch.setattr(room, "_Child", lambda: pytest.fail("the child was started"))
    with decoder() as decode:
        yield decode


def test_fragments_that_lie_are_refused(decode: Decode) -> None:
    data, instance = coded_file([[encode(VALUES, J2K, **FORMAT)]], J2K, shape=VALUES.shape, **FORMAT)
    at = instance.pixel_offset
    first = data.index(b"\xfe\xff\x00\xe0", at + 20)
    lies = {
        "the end is missing": (data[:-8], "truncated-pixels"),
        "the last byte is missing": (data[:-9], "truncated-pixels"),
        "half the pixels are missing": (data[: (at + len(data)) // 2], "truncated-pixels"),
        "a fragment of 4 GB": (data[: first + 4] + b"\xfe\xff\xff\xff" + data[first + 8 :], "truncated-pixels"),
        "a fragment of no length": (data[: first + 4] + b"\xff\xff\xff\xff" + data[first + 8 :], "undecodable-pixels"),
        "no fragments": (data[: at + 8] + b"\x10\0\0\0" + data[at + 12 :], "undecodable-pixels"),
        "no item": (data[: at + 12] + b"\1" + data[at + 13 :], "undecodable-pixels"),
        "nothing": (data[: at + 4], "truncated-pixels"),
        "empty items without end": (data[: at + 12] + b"\xfe\xff\x00\xe0\0\0\0\0" * 300_000, "undecodable-pixels"),
    }
    for lie, (bad, rule) in lies.items():
        with pytest.raises(PixelError) as stopped:
            decode(bad, instance)
        assert stopped.value.rule == rule, lie


def test_pictures_that_cannot_be_told_apart_are_refused(decode: Decode) -> None:
    coded = encode(VALUES, RLE, **FORMAT)
    cases = [
        coded_file([[coded[:300], coded[300:]], [coded]], RLE, shape=VALUES.shape, table="", **FORMAT),
        coded_file([[coded], [coded]], RLE, shape=VALUES.shape, NumberOfFrames=3, **FORMAT),
        coded_file([[coded], [coded]], RLE, shape=VALUES.shape, NumberOfFrames=1, **FORMAT),
    ]
    for data, instance in cases:
        with pytest.raises(PixelError) as stopped:
            decode(data, instance)
        assert stopped.value.rule == "undecodable-pixels"
