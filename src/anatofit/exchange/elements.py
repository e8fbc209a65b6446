"""The first texts of a data set, found without building it: no recursion, no value read that was not asked for (PS3.5, 7)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection
from typing import BinaryIO, Protocol

IMPLICIT, EXPLICIT_BIG, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
SOP_CLASS, SOP_INSTANCE, STUDY, SERIES = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
# Before the series UID a CT of today holds some 300 elements; sequences nest to a depth of four.
_MOST_ELEMENTS, _DEEPEST, _LONGEST_BYTES = 200_000, 64, 4096
# Headers are some kilobytes; more in front of the series UID is no header.
_MOST_INFLATED_BYTES = 16 * 1024**2


class NotReadableError(Exception):
    """The bytes are no data set, or what was asked for does not come where it must."""


class _Source(Protocol):
    def take(self, count: int) -> bytes: ...
    def skip(self, count: int) -> None: ...


class _File:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def take(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(data) != count:
            raise NotReadableError("cut short")
        return data

    def skip(self, count: int) -> None:
        self._stream.seek(count, 1)


class _Inflated:
    """The front of a deflated stream, never more of it than asked for."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._inflate, self._left = stream, zlib.decompressobj(-zlib.MAX_WBITS), _MOST_INFLATED_BYTES

    def take(self, count: int) -> bytes:
        out = bytearray()
        while len(out) < count:
            out += self._some(count - len(out))
        return bytes(out)

    def skip(self, count: int) -> None:
        while count:
            count -= len(self._some(min(count, 65_536)))

    def _some(self, most: int) -> bytes:
        while True:
            waiting = self._inflate.unconsumed_tail or self._stream.read(4096)
            if not waiting and self._inflate.eof:
                raise NotReadableError("cut short")
            try:
                data = self._inflate.decompress(waiting, most)
            except zlib.error as error:
                raise NotReadableError("not deflated") from error
            if data:
                self._left -= len(data)
                if self._left < 0:
                    raise NotReadableError("a header longer than any")
                return data
            if not waiting or self._inflate.eof:
                raise NotReadableError("cut short")


def first_texts(stream: BinaryIO, syntax: str, wanted: Collection[int]) -> dict[int, str]:
    """The texts of the `wanted` tags at the top level of the data set at `stream`. Raises NotReadableError."""
    source: _Source = _Inflated(stream) if syntax == DEFLATED else _File(stream)
    walk = _Walk(source, implicit=syntax == IMPLICIT, order=">" if syntax == EXPLICIT_BIG else "<")
    return walk.texts(frozenset(wanted))


class _Walk:
    """One pass over elements in their order; `_open` holds, for each thing of undefined length, whether it is implicit."""

    def __init__(self, source: _Source, *, implicit: bool, order: str) -> None:
        self._source, self._implicit = source, implicit
        self._pair, self._short = struct.Struct(order + "HH"), struct.Struct(order + "H")
        self._long = struct.Struct(order + "L")
        self._open: list[bool] = []

    def texts(self, wanted: frozenset[int]) -> dict[int, str]:
        found: dict[int, str] = {}
        last = max(wanted)
        for _ in range(_MOST_ELEMENTS):
            try:
                tag, vr, size = self._header()
            except NotReadableError:
                if found or self._open:
                    break  # a short answer ends with its last element
                raise
            if not self._open and tag > last:
                return found
            if not self._open and tag in wanted and size != _UNDEFINED:
                found[tag] = self._text(size)
            else:
                self._step(tag, vr, size)
        if self._open:
            raise NotReadableError("a sequence without an end")
        return found

    def _text(self, size: int) -> str:
        if size > _LONGEST_BYTES:
            raise NotReadableError("a text longer than any")
        return self._source.take(size).decode("ascii", errors="replace").strip("\0 ")

    def _step(self, tag: int, vr: bytes, size: int) -> None:
        if tag in (_ITEM_END, _SEQUENCE_END):
            if not self._open:
                raise NotReadableError("an end without a beginning")
            self._implicit = self._open.pop()
        elif size != _UNDEFINED:
            self._source.skip(size)
        elif len(self._open) >= _DEEPEST:
            raise NotReadableError("nested deeper than any")
        else:
            self._open.append(self._implicit)
            self._implicit = self._implicit or vr == b"UN"  # PS3.5, 6.2.2, note 4

    def _header(self) -> tuple[int, bytes, int]:
        group, element = self._pair.unpack(self._source.take(4))
        tag = group << 16 | element
        if self._implicit or group == 0xFFFE:
            return tag, b"", self._long.unpack(self._source.take(4))[0]
        vr = self._source.take(2)
        if vr in _LONG:
            self._source.skip(2)
            return tag, vr, self._long.unpack(self._source.take(4))[0]
        return tag, vr, self._short.unpack(self._source.take(2))[0]
