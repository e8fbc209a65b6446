"""A deflated data set (PS3.5, A.5) inflated step by step, never further than its own header demands."""

from __future__ import annotations

import zlib

from anatofit.ingest.door.elements import Read
from anatofit.ingest.door.faults import UNREADABLE, FileError

DEFLATED = "1.2.840.10008.1.2.1.99"
# What comes before the pixels: headers of CT slices take kilobytes, the largest functional groups a few megabytes.
HEADER_BYTES = 16 * 2**20
# A deflated series of single slices needs at most 32 MiB each (4096 x 4096 of 16 bits); a file that would inflate beyond this
# takes seconds of work before anybody has asked for its pixels.
INFLATED_BYTES = 512 * 2**20
# Padding and signatures may follow the pixels.
TRAILING_BYTES = 64 * 2**10
_STEP_BYTES = 2**20
_HEAD_ROOM_BYTES = 12
# More than any file has: the end of what is not inflated to its end yet.
NO_END = 2**48
_RAW = -zlib.MAX_WBITS


class Inflating:
    """The beginning of the inflated data set, `prefix`; whether that is all of it, `whole`; and how much would follow."""

    def __init__(self, read: Read, *, start: int, size: int) -> None:
        self._read, self._at, self._size = read, start, size
        self._engine = zlib.decompressobj(_RAW)
        self._pending = b""
        self.prefix = bytearray()
        while len(self.prefix) < HEADER_BYTES and (step := self._step(HEADER_BYTES - len(self.prefix))):
            self.prefix += step
        self._count = len(self.prefix)
        self.whole = self._count < HEADER_BYTES or not self._step_counted(1)

    def count(self, most: int) -> int:
        """How many bytes there are in all, counted and thrown away, up to just beyond `most`."""
        while self._count <= most and self._step_counted(_STEP_BYTES):
            pass
        return self._count

    def _step_counted(self, most: int) -> int:
        got = len(self._step(most))
        self._count += got
        return got

    def _step(self, most: int) -> bytes:
        """At most `most` further bytes; none where the stream ends. Raises FileError."""
        while not self._engine.eof:
            packed = self._pending or self._next()
            try:
                got = self._engine.decompress(packed, most)
            except zlib.error as error:
                raise FileError(UNREADABLE, "the deflated data set is broken") from error
            self._pending = self._engine.unconsumed_tail
            if got or not packed:
                return got
        return b""

    def _next(self) -> bytes:
        packed = self._read(self._at, min(_STEP_BYTES, max(0, self._size - self._at)))
        self._at += len(packed)
        return packed


def inflated(data: bytes, *, start: int, end: int) -> bytes:
    """The file with its data set inflated in place from `start`, cut at `end`, which a walk has found. Raises zlib.error."""
    return data[:start] + zlib.decompressobj(_RAW).decompress(memoryview(data)[start:], end - start)


def inflated_view(read: Read, inflating: Inflating, *, start: int) -> Read:
    """Reads the file as it would be with its data set inflated from `start`, as far as that is in memory."""
    known = start + len(inflating.prefix)

    def plain(at: int, count: int) -> bytes:
        if at < start:
            before = read(at, min(count, start - at))
            return before + plain(start, count - len(before)) if count > len(before) else before
        if not inflating.whole and at + _HEAD_ROOM_BYTES > known:
            raise FileError("inflates-too-far", f"no pixels within the first {HEADER_BYTES} bytes that it inflates to")
        return bytes(inflating.prefix[at - start : at - start + count])

    return plain


def inflated_size(inflating: Inflating, before: int, length: int, needed: int) -> int:
    """Bytes of the inflated data set, counted only as far as its picture demands. Raises FileError beyond."""
    allowed = needed or length
    if allowed > INFLATED_BYTES:
        raise FileError(
            "inflates-too-far", f"its pixels would inflate to {allowed} bytes, at most {INFLATED_BYTES} are inflated"
        )
    most = before + allowed + TRAILING_BYTES
    if (count := inflating.count(most)) > most:
        raise FileError("inflates-too-far", f"it inflates to more than {most} bytes, its picture takes {allowed}")
    return count
