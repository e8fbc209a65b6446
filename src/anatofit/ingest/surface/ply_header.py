"""The header of a PLY file: which elements, how many, of what properties."""

from __future__ import annotations

import re
from dataclasses import dataclass

from anatofit.ingest.surface.raw import refused

# A header is some lines; one that is longer, or names more, is something else.
LONGEST_BYTES = 65_536
MOST_ELEMENTS = 32
MOST_PROPERTIES = 128

KINDS = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "text", "binary_little_endian": "binary, little endian", "binary_big_endian": "binary, big endian"}
_END = re.compile(rb"\nend_header[ \t]*(\r\n|\n)")


@dataclass(frozen=True)
class Property:
    """One value of an element, or a list of values behind its count. Kinds as numpy writes them, without byte order."""

    name: str
    kind: str
    count_kind: str = ""

    @property
    def is_list(self) -> bool:
        """It has a count before it."""
        return bool(self.count_kind)

    @property
    def least_bytes(self) -> int:
        """What it takes in a binary file at the least."""
        return int((self.count_kind or self.kind)[1])


@dataclass(frozen=True)
class Element:
    """`count` records of the same properties."""

    name: str
    count: int
    properties: tuple[Property, ...]


@dataclass(frozen=True)
class Header:
    """order: `text`, or `binary` with its byte order. body_at: where the records begin."""

    order: str
    elements: tuple[Element, ...]
    body_at: int


def parse_header(data: bytes) -> Header:
    """The header, held against the size of `data`. Raises ScanUnsuitableError."""
    end = _END.search(data[:LONGEST_BYTES])
    if end is None:
        raise refused("surface-damaged", "The PLY header does not end")
    order, elements = "", list[tuple[str, int, list[Property]]]()
    for line in data[: end.start()].decode("latin-1").splitlines()[1:]:
        words = line.split()
        if not words or words[0] in ("comment", "obj_info"):
            continue
        if words[0] == "format" and len(words) == 3 and not order:
            order = _ORDERS.get(words[1], "")
        elif words[0] == "element" and len(words) == 3 and words[2].isdecimal() and len(words[2]) < 20:
            elements.append((words[1], int(words[2]), []))
        elif words[0] == "property" and elements:
            elements[-1][2].append(_property(words))
        else:
            raise refused("surface-damaged", "A line of the PLY header is none of the format")
    if not order:
        raise refused("surface-damaged", "The PLY header names no form that is known")
    made = tuple(Element(name, count, tuple(properties)) for name, count, properties in elements)
    _check(made, order, len(data) - end.end())
    return Header(order, made, end.end())


def _property(words: list[str]) -> Property:
    if len(words) == 3 and words[1] in KINDS:
        return Property(words[2], KINDS[words[1]])
    whole = len(words) == 5 and words[1] == "list" and words[2] in KINDS and words[3] in KINDS
    if not whole or KINDS[words[2]][0] == "f":
        raise refused("surface-damaged", "A property of the PLY header is none of the format")
    return Property(words[4], KINDS[words[3]], KINDS[words[2]])


def _check(elements: tuple[Element, ...], order: str, body_bytes: int) -> None:
    """Raises ScanUnsuitableError where the records that the header names cannot fit into the file."""
    if len(elements) > MOST_ELEMENTS or any(len(e.properties) > MOST_PROPERTIES for e in elements):
        raise refused("surface-damaged", "The PLY header names more elements or properties than a surface has")
    for element in elements:
        if element.count and not element.properties:
            raise refused("surface-damaged", "An element of the PLY header has records without properties")
    # in text each value takes a digit and a blank or line end, the last one of the file perhaps no line end
    needed = sum(e.count * sum(2 if order == "text" else p.least_bytes for p in e.properties) for e in elements)
    if needed > body_bytes + (order == "text"):
        was = f"The PLY header names records of at least {needed} bytes; {body_bytes} follow it"
        raise refused("surface-damaged", was)
