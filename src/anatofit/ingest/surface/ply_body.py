"""The records of a PLY file behind its header, element by element, in text or binary."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.surface.ply_header import Element, Header
from anatofit.ingest.surface.raw import MOST_TRIANGLES, refused
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

_CUT = "The PLY file ends before the records that its header names"
_STRUCT = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d"}
# A polygon has a handful of corners; beyond three a face each adds a triangle, so that this many are too many for all together.
_MOST_CORNERS = MOST_TRIANGLES + 2


class BinaryBody:
    """Walks the records by their sizes; whole columns at once where every list is as long as the first one."""

    def __init__(self, data: bytes, header: Header) -> None:
        self._data, self._at = data, header.body_at
        self._order = ">" if "big" in header.order else "<"

    @property
    def left(self) -> int:
        """Bytes that were not read."""
        return len(self._data) - self._at

    def columns(self, element: Element, names: tuple[str, ...]) -> FloatArray:
        """`(count, len(names))` values of an element without lists."""
        records = self._even(element) if not any(p.is_list for p in element.properties) else None
        if records is None or not set(names) <= {p.name for p in element.properties}:
            raise refused("surface-damaged", "The vertices of the PLY file are no rows of x, y and z")
        return np.stack([records[f"p{_position(element, n)}"].astype(np.float64) for n in names], axis=1)

    def lists(self, element: Element, name: str) -> tuple[IntArray, IntArray]:
        """How long each record's list is, and the values of all lists one after the other."""
        at, position = self._at, _position(element, name)
        if (records := self._even(element)) is not None:
            values = records[f"p{position}"]
            sizes = records[f"n{position}"].astype(np.int64)
            return sizes, values.reshape(-1).astype(np.int64)
        self._at = at
        return self._walked(element, position)

    def skip(self, element: Element) -> None:
        """Goes past an element that nobody asks for."""
        at = self._at
        if self._even(element) is None:
            self._at = at
            self._walked(element, -1)

    def _even(self, element: Element) -> NDArray[np.void] | None:
        """All records at once, where every list is as long as in the first record; None where they are not."""
        dtype = self._dtype(element)
        if element.count * dtype.itemsize > len(self._data) - self._at:
            if any(p.is_list for p in element.properties):
                return None
            raise refused("surface-damaged", _CUT)
        records = np.frombuffer(self._data, dtype=dtype, count=element.count, offset=self._at)
        for k, prop in enumerate(element.properties):
            if prop.is_list and (records[f"n{k}"] != dtype[f"p{k}"].shape[0]).any():
                return None
        self._at += element.count * dtype.itemsize
        return records

    def _dtype(self, element: Element) -> np.dtype[np.void]:
        """The record of the element, each list as long as in its first record."""
        fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = []
        at = self._at
        for k, prop in enumerate(element.properties):
            if prop.is_list:
                size = self._number(prop.count_kind, at) if element.count else 0
                at += int(prop.count_kind[1]) + size * int(prop.kind[1])
                self._check(at)
                fields += [(f"n{k}", self._order + prop.count_kind), (f"p{k}", self._order + prop.kind, (size,))]
            else:
                at += int(prop.kind[1])
                fields.append((f"p{k}", self._order + prop.kind))
        return np.dtype(fields)

    def _number(self, kind: str, at: int) -> int:
        self._check(at + int(kind[1]))
        value = int(struct.unpack_from(self._order + _STRUCT[kind], self._data, at)[0])
        if not 0 <= value <= _MOST_CORNERS:
            raise refused("surface-damaged", "A list of the PLY file has an impossible length")
        return value

    def _check(self, at: int) -> None:
        if at > len(self._data):
            raise refused("surface-damaged", _CUT)

    def _walked(self, element: Element, wanted: int) -> tuple[IntArray, IntArray]:
        """Record by record, for lists of different lengths."""
        if element.count > MOST_TRIANGLES:
            was = f"The PLY header names {element.count} records of an element, at most {MOST_TRIANGLES} are read"
            raise refused("surface-too-large", was)
        sizes, values = list[int](), list[NDArray[np.int64]]()
        for _ in range(element.count):
            for k, prop in enumerate(element.properties):
                size = 1
                if prop.is_list:
                    size = self._number(prop.count_kind, self._at)
                    self._at += int(prop.count_kind[1])
                start, self._at = self._at, self._at + size * int(prop.kind[1])
                self._check(self._at)
                if k == wanted:
                    if size < 3:
                        raise refused("surface-damaged", f"A face has {size} corners, at least 3 are wanted")
                    sizes.append(size)
                    values.append(np.frombuffer(self._data, self._order + prop.kind, size, start).astype(np.int64))
        return np.array(sizes, dtype=np.int64), np.concatenate(values) if values else np.zeros(0, np.int64)


class TextBody:
    """Walks the lines; an element has one line a record."""

    def __init__(self, data: bytes, header: Header) -> None:
        self._stream = BytesIO(data)
        self._stream.seek(header.body_at)
        self._lines: Iterator[bytes] = (line for line in self._stream if line.strip())

    @property
    def left(self) -> int:
        """Bytes that were not read."""
        return sum(len(line) for line in self._lines)

    def columns(self, element: Element, names: tuple[str, ...]) -> FloatArray:
        """`(count, len(names))` values of an element without lists."""
        if any(p.is_list for p in element.properties) or not set(names) <= {p.name for p in element.properties}:
            raise refused("surface-damaged", "The vertices of the PLY file are no rows of x, y and z")
        at = [_position(element, n) for n in names]
        values = np.empty((element.count, len(names)))
        rows = 0
        for rows, words in enumerate(map(bytes.split, islice(self._lines, element.count)), start=1):
            values[rows - 1] = [_float(words, n) for n in at]
        if rows != element.count:
            raise refused("surface-damaged", _CUT)
        return values

    def lists(self, element: Element, name: str) -> tuple[IntArray, IntArray]:
        """How long each record's list is, and the values of all lists one after the other."""
        wanted = _position(element, name)
        sizes, values = list[int](), list[int]()
        for words in map(bytes.split, islice(self._lines, element.count)):
            own = _own_list(element, words, wanted)
            sizes.append(len(own))
            values += own
        if len(sizes) != element.count:
            raise refused("surface-damaged", _CUT)
        return np.array(sizes, dtype=np.int64), np.array(values, dtype=np.int64)

    def skip(self, element: Element) -> None:
        """Goes past an element that nobody asks for."""
        if sum(1 for _ in islice(self._lines, element.count)) != element.count:
            raise refused("surface-damaged", _CUT)


def _own_list(element: Element, words: list[bytes], wanted: int) -> list[int]:
    at = 0
    for k, prop in enumerate(element.properties):
        size = 1
        if prop.is_list:
            size = _whole(words[at : at + 1])[0]
            at += 1
        if k == wanted:
            own = _whole(words[at : at + size])
            if len(own) != size:
                break
            return own
        at += size
    raise refused("surface-damaged", "A face of the PLY file has fewer corners than it says")


def _whole(words: list[bytes]) -> list[int]:
    try:
        return [_bounded(int(w)) for w in words] if words else [-1]
    except ValueError as error:
        raise refused("surface-damaged", "An index of the PLY file is no whole number") from error


def _bounded(value: int) -> int:
    if not 0 <= value < 2**32:
        raise refused("surface-damaged", "An index of the PLY file points nowhere")
    return value


def _float(words: list[bytes], position: int) -> float:
    try:
        return float(words[position])
    except (ValueError, IndexError) as error:
        raise refused("surface-damaged", "A coordinate of the PLY file is missing or no number") from error


def _position(element: Element, name: str) -> int:
    return next(k for k, p in enumerate(element.properties) if p.name == name)
