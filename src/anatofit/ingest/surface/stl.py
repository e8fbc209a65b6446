"""STL, binary and text: which of the two it is tells its size, never its first word."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.surface.raw import RawSurface, check_count, checked, refused
from anatofit.model.words import counted

HEAD_BYTES = 84
_RECORD = np.dtype([("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
# Enough of a file to tell text from numbers: a text STL has its first facet within some lines.
SNIFFED = 4096
_NUMBER = rb"([-+.0-9a-z#]{1,40})"  # nan and inf too: they are told apart when the numbers are looked at
_VERTEX = rb"\s+vertex\s+" + rb"\s+".join([_NUMBER] * 3)
_NORMAL = rb"\s+".join([rb"[-+.0-9a-z#]{1,40}"] * 3)
_FACET = re.compile(
    rb"\s*facet\s+normal\s+" + _NORMAL + rb"\s+outer\s+loop" + _VERTEX * 3 + rb"\s+endloop\s+endfacet\b", re.I
)
_SOLID = re.compile(rb"\s*(?:end)?solid\b[^\r\n]*", re.I)
# Text is gone through by pieces of this size, so that a large file makes no large list of words.
_PIECE = 4_000_000


def names_itself_binary(head: bytes, size: int) -> bool:
    """Whether the count in the header fits the file's size, whatever its first word is."""
    return len(head) >= HEAD_BYTES and size == HEAD_BYTES + binary_count(head) * _RECORD.itemsize


def binary_count(head: bytes) -> int:
    """The number of triangles that a binary header names."""
    return int.from_bytes(head[80:HEAD_BYTES], "little")


def is_text(head: bytes) -> bool:
    """Whether the file begins as text STL does: the word, and no byte that text never has."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:5].lower() == b"solid" and b"\0" not in head[:SNIFFED]


def check_binary(head: bytes, size: int) -> None:
    """Raises ScanUnsuitableError where header and size say different things, or too much: before anything is read."""
    if size < HEAD_BYTES:
        raise refused("surface-damaged", f"The file has {size} bytes; a binary STL has at least {HEAD_BYTES}")
    count = binary_count(head)
    wanted = HEAD_BYTES + count * _RECORD.itemsize
    if size != wanted:
        what = f"The header names {counted(count, 'triangle')}, which take {wanted} bytes; the file has {size}"
        raise refused("surface-damaged", what)
    check_count(count)


def read_binary(data: bytes) -> RawSurface:
    """The triangles of a binary STL, three corners of its own for each. Raises ScanUnsuitableError."""
    check_binary(data[:HEAD_BYTES], len(data))
    records = np.frombuffer(data, dtype=_RECORD, offset=HEAD_BYTES)
    corners = records["corners"].reshape(-1, 3)
    notes = ["16 bits beside each triangle (colours, as a rule) were not read"] if records["attribute"].any() else []
    return checked(RawSurface("binary STL", corners, _own_corners(len(records)), notes=tuple(notes)))


def _own_corners(triangles: int) -> NDArray[np.int64]:
    return np.arange(3 * triangles, dtype=np.int64).reshape(-1, 3)


def read_text(data: bytes) -> RawSurface:
    """The triangles of a text STL, of all its solids together. Raises ScanUnsuitableError with the place of the first fault."""
    solids, parts, at = 0, [], 3 if data.startswith(b"\xef\xbb\xbf") else 0
    words: list[bytes] = []
    end = len(data.rstrip())
    while at < end:
        if match := _FACET.match(data, at):
            words += match.groups()
            if len(words) > _PIECE // 10:
                parts.append(_numbers(words))
                words = []
                check_count(sum(map(len, parts)) // 3)
        elif match := _SOLID.match(data, at):
            solids += not match.group().strip().lower().startswith(b"end")
        else:
            line = data.count(b"\n", 0, at) + 1
            raise refused("surface-damaged", f"From line {line} on the text is no facet of an STL, or it is cut short")
        at = match.end()
    parts.append(_numbers(words))
    corners = np.concatenate(parts)
    check_count(len(corners) // 3)
    _check_closed(data)
    notes = (f"{solids} solids were read as one surface",) if solids > 1 else ()
    return checked(RawSurface("text STL", corners, _own_corners(len(corners) // 3), notes=notes))


def _numbers(words: list[bytes]) -> NDArray[np.float64]:
    try:
        return np.array(list(map(float, words)), dtype=np.float64).reshape(-1, 3)
    except ValueError as error:
        raise refused("surface-damaged", "A coordinate of the text STL is no number") from error


def _check_closed(data: bytes) -> None:
    """A text STL ends with `endsolid`; one that was cut between two facets does not."""
    if b"endsolid" not in data[-SNIFFED:].lower():
        raise refused("surface-damaged", "The text STL ends without `endsolid`: it is cut short")
