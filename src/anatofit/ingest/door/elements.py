"""Element after element of an encoded data set (PS3.5, 7.1 to 7.5), on bytes: a claim is judged before anything is read by it.

Nothing here calls itself, so that no nesting can exhaust the stack, and nothing allocates what a length claims.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import NamedTuple

from anatofit.ingest.door.faults import UNREADABLE, CutShortError, FileError

# Bytes at a position, fewer only where the data end.
Read = Callable[[int, int], bytes]

UNDEFINED_LENGTH = 0xFFFFFFFF
# Value representations with a length of 16 and of 32 bits (PS3.5, 7.1.2).
SHORT_FORM = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())
LONG_FORM = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
# Structured reports nest about ten deep, functional groups four; pydicom falls over its own stack at about 200.
DEEPEST = 32
# An Enhanced CT of 4000 frames with 50 elements each; a walk of so many takes about a third of a second.
MOST_ELEMENTS = 200_000
# One read serves many elements: most headers of CT slices end within this.
WINDOW_BYTES = 16_384
_HEAD_BYTES = 12
ITEM, ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DELIMITERS = 0xFFFE


class Encoding(IntEnum):
    """How elements are written: whether they bear their value representation, and the order of bytes."""

    EXPLICIT = 0
    IMPLICIT = 1
    BIG_ENDIAN = 2


class Element(NamedTuple):
    """The head of one element. `vr` is empty in implicit form; `value_at`: where its value begins."""

    tag: int
    vr: bytes
    length: int
    value_at: int

    @property
    def name(self) -> str:
        """`(gggg,eeee)`."""
        return f"({self.tag >> 16:04X},{self.tag & 0xFFFF:04X})"


@cache
def _sequences() -> frozenset[int]:
    """Tags that are sequences by the dictionary: in implicit form nothing else tells so."""
    from pydicom.datadict import DicomDictionary

    return frozenset(tag for tag, entry in DicomDictionary.items() if entry[0] == "SQ")


# By encoding: group, element, representation and short length; and a long length.
_HEADS = tuple(struct.Struct(order + "HH2sH").unpack_from for order in "<<>")
_LENGTHS = tuple(struct.Struct(order + "I").unpack_from for order in "<<>")


class Elements:
    """The elements between `start` and `end` of what `read` gives."""

    def __init__(self, read: Read, *, start: int, end: int, encoding: Encoding, window: bytes = b"") -> None:
        self.read = read
        self.end = end
        self.encoding = encoding
        self._base = 0 if window else start
        self._window = window
        self._left = MOST_ELEMENTS

    def head(self, at: int, encoding: Encoding | None = None) -> Element:
        """The head of the element at byte `at`. Raises FileError."""
        i = at - self._base
        if i < 0 or i + _HEAD_BYTES > len(self._window):
            self._window, self._base, i = self._refilled(at), at, 0
        self._left -= 1
        if self._left < 0:
            raise FileError("too-many-elements", f"more than {MOST_ELEMENTS} elements in one file")
        if encoding is None:
            encoding = self.encoding
        window = self._window
        group, number, vr, length = _HEADS[encoding](window, i)
        if encoding is Encoding.IMPLICIT or group == _DELIMITERS:
            vr, length, value_at = b"", _LENGTHS[encoding](window, i + 4)[0], at + 8
        elif vr in SHORT_FORM:
            value_at = at + 8
        elif vr in LONG_FORM:
            length, value_at = _LENGTHS[encoding](window, i + 8)[0], at + 12
        else:
            raise FileError(UNREADABLE, f"an unknown value representation at byte {at}")
        if value_at > self.end:
            raise CutShortError(UNREADABLE, f"the file ends inside an element that begins at byte {at}")
        return Element(group << 16 | number, vr, length, value_at)

    def _refilled(self, at: int) -> bytes:
        window = self.read(at, min(WINDOW_BYTES, max(0, self.end - at)))
        return window if len(window) >= _HEAD_BYTES else window + bytes(_HEAD_BYTES)

    def value(self, element: Element, end: int) -> bytes:
        """The bytes from the value's beginning to `end`; whoever asks has bounded them."""
        first, last = element.value_at - self._base, end - self._base
        if first >= 0 and last <= len(self._window):
            return self._window[first:last]
        return self.read(element.value_at, end - element.value_at)

    def past(self, element: Element) -> int:
        """Where the next element begins; sequences are walked through first. Raises FileError."""
        if element.length == UNDEFINED_LENGTH or self.is_sequence(element):
            return self._through(element)
        return _end_of(element, self.end)

    def is_sequence(self, element: Element, encoding: Encoding | None = None) -> bool:
        """By its representation, or where it bears none, by the dictionary."""
        implicit = (self.encoding if encoding is None else encoding) is Encoding.IMPLICIT
        return element.tag in _sequences() if implicit else element.vr == b"SQ"

    def _through(self, element: Element) -> int:
        """Past a sequence, or fragments, whatever lies in it; `levels` in the place of calls."""
        at = element.value_at
        levels = [self._opened(element, self.end, self.encoding)]
        while levels:
            level = levels[-1]
            if level.closes_at is not None and at >= level.closes_at:
                if at > level.closes_at:
                    raise FileError(UNREADABLE, f"a sequence or an item is longer than it says, at byte {at}")
                levels.pop()
                continue
            inner = self.head(at, level.encoding)
            if inner.tag >> 16 == _DELIMITERS:
                at = _delimited(inner, levels)
            elif not level.is_item:
                raise FileError(UNREADABLE, f"an item was wanted at byte {at}")
            elif inner.length == UNDEFINED_LENGTH or self.is_sequence(inner, level.encoding):
                levels.append(self._opened(inner, level.limit, level.encoding))
                at = inner.value_at
            else:
                at = inner.value_at + inner.length
                if at > level.limit or inner.length & 1:
                    at = _end_of(inner, level.limit)
            if len(levels) > 2 * DEEPEST:
                raise FileError("nested-too-deep", f"sequences nested deeper than {DEEPEST} levels, at byte {at}")
        return at

    def _opened(self, element: Element, limit: int, encoding: Encoding) -> _Level:
        """The level that a sequence, or a value in fragments, opens."""
        if element.length != UNDEFINED_LENGTH:
            end = _end_of(element, limit)
            return _Level(end, end, encoding, is_item=False)
        if element.vr in (b"SQ", b"UN", b""):
            # an unknown value of undefined length is a sequence in implicit form (PS3.5, 6.2.2, note 4)
            inside = Encoding.IMPLICIT if element.vr == b"UN" else encoding
            return _Level(limit, None, inside, is_item=False)
        if element.vr in (b"OB", b"OW"):
            return _Level(limit, None, encoding, is_item=False, fragments=True)
        raise FileError(UNREADABLE, f"element {element.name} has no length")


@dataclass(frozen=True)
class _Level:
    """A sequence or an item that is open: `limit` bounds all in it, `closes_at` is None where a delimiter closes it."""

    limit: int
    closes_at: int | None
    encoding: Encoding
    is_item: bool
    fragments: bool = False


def _delimited(inner: Element, levels: list[_Level]) -> int:
    """What an item or a delimiter does to the open levels; where the walk goes on. Raises FileError."""
    level = levels[-1]
    if inner.tag == ITEM and level.fragments:
        return _end_of(inner, level.limit, even=False)
    if inner.tag == ITEM and not level.is_item:
        closes_at = None if inner.length == UNDEFINED_LENGTH else _end_of(inner, level.limit)
        limit = level.limit if closes_at is None else closes_at
        levels.append(_Level(limit, closes_at, level.encoding, is_item=True))
        return inner.value_at
    closing = ITEM_END if level.is_item else _SEQUENCE_END
    if inner.tag == closing and level.closes_at is None and inner.length == 0:
        levels.pop()
        return inner.value_at
    raise FileError(UNREADABLE, f"a delimiter out of place before byte {inner.value_at}")


def _end_of(element: Element, limit: int, *, even: bool = True) -> int:
    """Where a value of known length ends. Raises FileError where that is past `limit`, or odd (PS3.5, 7.1)."""
    end = element.value_at + element.length
    if end > limit or element.length == UNDEFINED_LENGTH:
        left = max(0, limit - element.value_at)
        raise CutShortError(UNREADABLE, f"element {element.name} claims {element.length} bytes where {left} are left")
    if even and element.length & 1:
        raise FileError(UNREADABLE, f"element {element.name} has an odd length of {element.length} bytes")
    return end
