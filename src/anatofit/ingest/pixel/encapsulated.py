"""One picture's compressed bytes out of a file that holds one or many, in fragments (PS3.5, A.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from anatofit.ingest.pixel.coding import Coding
from anatofit.ingest.pixel.fault import PixelError

# Tags as little endian words: the pixel data, an item, the end of the items.
_PIXEL_DATA = 0x00107FE0
_ITEM = 0xE000FFFE
_END = 0xE0DDFFFE
_UNDEFINED_LENGTH = 0xFFFFFFFF
# Thousands of pictures of a few fragments each; far beyond lie only files made to keep a reader busy.
_MOST_FRAGMENTS = 200_000
# How a code stream begins: SOI (T.81), SOC and SIZ (T.800). In RLE a picture is always one fragment (PS3.5, A.4.2).
_FIRST_BYTES = {Coding.JPEG: b"\xff\xd8", Coding.JPEG_LS: b"\xff\xd8", Coding.JPEG_2000: b"\xff\x4f\xff\x51"}

Span = tuple[int, int]


@dataclass(frozen=True)
class Fragments:
    """Where a file's fragments begin and end, and the offsets of its Basic Offset Table (none: it is empty)."""

    spans: tuple[Span, ...]
    table: tuple[int, ...]


def read_fragments(data: bytes, *, offset: int) -> Fragments:
    """The fragments of the pixel data element at `offset`. Raises PixelError where the file ends before they do."""
    if len(data) < offset + 12 or offset < 0:
        raise PixelError("truncated-pixels")
    tag, _, length = struct.unpack_from("<III", data, offset)
    if tag != _PIXEL_DATA or length != _UNDEFINED_LENGTH:
        raise PixelError("undecodable-pixels")
    spans = tuple(_items(data, at=offset + 12))
    if len(spans) < 2 or (spans[0][1] - spans[0][0]) % 4:
        raise PixelError("undecodable-pixels")
    (start, end), *rest = spans
    return Fragments(tuple(rest), struct.unpack_from(f"<{(end - start) // 4}I", data, start))


def _items(data: bytes, *, at: int) -> Iterator[Span]:
    for _ in range(_MOST_FRAGMENTS):
        if at + 8 > len(data):
            raise PixelError("truncated-pixels")
        tag, length = struct.unpack_from("<II", data, at)
        at += 8
        if tag == _END:
            return
        if tag != _ITEM or length == _UNDEFINED_LENGTH:
            raise PixelError("undecodable-pixels")
        if at + length > len(data):
            raise PixelError("truncated-pixels")
        yield at, at + length
        at += length
    raise PixelError("undecodable-pixels")


def picture_bytes(data: bytes, fragments: Fragments, *, coding: Coding, frame: int, frames: int) -> bytes:
    """The bytes of picture `frame` (from 0) of `frames`. Raises PixelError where the file does not tell which they are.

    An Extended Offset Table is not needed: with it each picture is one fragment (PS3.3, C.7.6.3.1.8).
    """
    firsts = _firsts(data, fragments, coding=coding, frames=frames)
    ends = [*firsts[1:], len(fragments.spans)]
    if not 0 <= frame < len(firsts):
        raise PixelError("undecodable-pixels")
    spans = fragments.spans[firsts[frame] : ends[frame]]
    return b"".join([data[start:end] for start, end in spans])


def _firsts(data: bytes, fragments: Fragments, *, coding: Coding, frames: int) -> Sequence[int]:
    """The number of each picture's first fragment."""
    count = len(fragments.spans)
    if frames == 1 and len(fragments.table) < 2:
        return [0]
    if fragments.table:
        return _by_table(fragments, frames=frames)
    if count == frames:
        return range(count)
    # neither a table nor one fragment each: a picture begins where a code stream does
    mark = _FIRST_BYTES.get(coding)
    firsts = [n for n, (start, _) in enumerate(fragments.spans) if mark and data[start : start + len(mark)] == mark]
    if len(firsts) != frames or firsts[0] != 0:
        raise PixelError("undecodable-pixels")
    return firsts


def _by_table(fragments: Fragments, *, frames: int) -> Sequence[int]:
    """Offsets count from the first fragment's item tag, eight bytes before its content (PS3.5, A.4)."""
    begin = fragments.spans[0][0]
    number = {start - begin: n for n, (start, _) in enumerate(fragments.spans)}
    firsts = [number.get(offset, -1) for offset in fragments.table]
    rising = all(a < b for a, b in pairwise(firsts))
    if len(firsts) != frames or firsts[0] != 0 or not rising:
        raise PixelError("undecodable-pixels")
    return firsts
