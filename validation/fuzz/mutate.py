"""Changes that know where a DICOM file's tags, types, lengths and values are: what a flip of random bytes seldom reaches."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from validation.fuzz.unit import joined, split

LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT", b"SV", b"UV"})
TYPES = sorted({*LONG, b"AE", b"AS", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL",
                b"SS", b"ST", b"TM", b"UI", b"UL", b"US", b"\0\0", b"ZZ"})  # fmt: skip
LENGTHS = (0, 1, 2, 3, 7, 0xFE, 0xFFFF, 0xFFFE, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF)
WORDS = (0, 1, 2, 7, 8, 12, 15, 16, 17, 32, 64, 255, 4096, 32767, 32768, 65535)
TEXTS = (
    b"", b" ", b"0", b"-0", b"1e400", b"1e30", b"-1e-400", b"nan", b"inf", b"1\\2", b"1\\2\\3", b"\\", b"\\\\\\", b"0x10", b"1,5",
    b"99999999999999999999", b"-2147483649", b"4294967296", b"1.0\\0.0\\0.0\\0.0\\1.0\\0.0", b"0\\0\\0\\0\\0\\0", b"00010101",
    b"99991231", b"20240230", b"999Y", b"-01D", b"\xff\xfe\xfd", b"\x1b$B\x1b(B", b"A" * 300, b"../../x", b"ISO 2022 IR 87", b"LUT",
    b"1.2.840.10008.5.1.4.1.1.2", b"1.2.840.10008.5.1.4.1.1.2.1", b"CT", b"MONOCHROME1", b"01",
)  # fmt: skip
TAGS = (
    0x00020010, 0x00080005, 0x00080008, 0x00080016, 0x00080060, 0x00100010, 0x00100020, 0x00101010, 0x00180050, 0x00180088,
    0x00181120, 0x0020000E, 0x00200032, 0x00200037, 0x00200052, 0x00201041, 0x00280002, 0x00280004, 0x00280008, 0x00280010,
    0x00280011, 0x00280030, 0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00280120, 0x00280121, 0x00281052, 0x00281053,
    0x00281054, 0x00282110, 0x00283000, 0x00289110, 0x00209113, 0x00209116, 0x52009229, 0x52009230, 0x60003000, 0x7FE00010,
    0x7FE00001, 0xFFFAFFFA, 0xFFFCFFFC, 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD, 0x00091001,
)  # fmt: skip
SYNTAXES = tuple(
    b"1.2.840.10008.1.2" + end
    for end in (b"", b".1", b".2", b".1.99", b".5", b".4.50", b".4.51", b".4.57", b".4.70", b".4.80", b".4.81", b".4.90",
                b".4.91", b".4.201", b".4.202", b".4.203", b".4.100", b".9")
)  # fmt: skip
DEEPEST = 1500


@dataclass(frozen=True)
class Element:
    """Offsets of one element: of its tag, its length field of `size` bytes, its value, its end; its type where it is written."""

    tag: int
    length: int
    size: int
    value: int
    end: int
    kind: bytes


def elements(data: bytes) -> list[Element]:
    """Elements as far as they can be made out, those within sequences too, in the order of the file."""
    found: list[Element] = []
    at, explicit, order = (132, True, "<") if data[128:132] == b"DICM" else (0, False, "<")
    meta = at == 132
    while at + 8 <= len(data) and len(found) < 4000:
        group, number = struct.unpack_from(order + "HH", data, at)
        if meta and group != 2:
            meta = False
            explicit, order = _form_of(data, found)
            continue
        element = _element(data, at, (group << 16) + number, explicit=explicit, order=order)
        found.append(element)
        # the items of a sequence are read as elements that follow
        inside = element.kind == b"SQ" or group == 0xFFFE or element.end > len(data)
        at = element.value if inside else element.end
    return found


def _form_of(data: bytes, meta: list[Element]) -> tuple[bool, str]:
    syntax = next((data[e.value : e.end].rstrip(b"\0 ") for e in meta if _tag(data, e) == 0x00020010), b"")
    return syntax != SYNTAXES[0], ">" if syntax == SYNTAXES[2] else "<"


def _tag(data: bytes, element: Element) -> int:
    group, number = struct.unpack_from("<HH", data, element.tag)
    return int((group << 16) + number)


def _element(data: bytes, at: int, tag: int, *, explicit: bool, order: str) -> Element:
    kind = data[at + 4 : at + 6]
    if not explicit or tag >> 16 == 0xFFFE or kind not in TYPES:
        length, where, size, value = struct.unpack_from(order + "I", data, at + 4)[0], at + 4, 4, at + 8
        kind = b""
    elif kind in LONG:
        length = struct.unpack_from(order + "I", data, at + 8)[0] if at + 12 <= len(data) else 0
        where, size, value = at + 8, 4, at + 12
    else:
        length, where, size, value = struct.unpack_from(order + "H", data, at + 6)[0], at + 6, 2, at + 8
    end = value if length == 0xFFFFFFFF else value + length
    return Element(at, where, size, value, end, kind)


def mutate(unit: bytes, *, most: int, rng: Random, flip: Callable[[bytes, int], bytes]) -> bytes:
    """The unit with one to four changes in one of its files, or in which files there are. flip: changes bytes without any knowledge."""
    files = split(unit) or [b""]
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        n = rng.randrange(len(files))
        if rng.random() < 0.06:
            _shuffle(files, n, rng)
        elif rng.random() < 0.35:
            files[n] = flip(files[n], most // 2)
        else:
            files[n] = _changed(files[n], rng.choice(files), rng)
    out = joined(files)
    return out if len(out) <= most else unit


def _shuffle(files: list[bytes], n: int, rng: Random) -> None:
    action = rng.randrange(3)
    if action == 0 and len(files) > 1:
        del files[n]
    elif action == 1:
        files.append(files[n])
    else:
        files[n] = files[n][: rng.randrange(len(files[n]) + 1)]


def _changed(data: bytes, other: bytes, rng: Random) -> bytes:
    found = elements(data)
    if not found:
        return data + bytes(rng.randrange(256) for _ in range(16))
    element = rng.choice(found)
    return rng.choice(_CHANGES)(data, element, other, rng)


def _put(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def _length(data: bytes, e: Element, _other: bytes, rng: Random) -> bytes:
    true = max(0, e.end - e.value)
    new = rng.choice((*LENGTHS, true + 1, max(0, true - 1), true * 2, len(data) - e.value))
    return _put(data, e.length, struct.pack("<I", new & 0xFFFFFFFF)[: e.size])


def _type(data: bytes, e: Element, _other: bytes, rng: Random) -> bytes:
    return _put(data, e.tag + 4, rng.choice(TYPES)) if e.kind else data


def _retag(data: bytes, e: Element, _other: bytes, rng: Random) -> bytes:
    tag = rng.choice(TAGS)
    return _put(data, e.tag, struct.pack("<HH", tag >> 16, tag & 0xFFFF))


def _value(data: bytes, e: Element, _other: bytes, rng: Random) -> bytes:
    """Another value with a length that fits it."""
    if e.kind in (b"US", b"SS", b"UL", b"SL") or (not e.kind and e.end - e.value == 2):
        return _put(data, e.value, struct.pack("<H", rng.choice(WORDS)))
    text = rng.choice(SYNTAXES if _tag(data, e) == 0x00020010 else TEXTS)
    text += b" " * (len(text) % 2)
    head = _put(data, e.length, struct.pack("<I", len(text))[: e.size])
    return head[: e.value] + text + head[max(e.value, e.end) :]


def _without(data: bytes, e: Element, _other: bytes, _rng: Random) -> bytes:
    return data[: e.tag] + data[e.end :]


def _twice(data: bytes, e: Element, _other: bytes, rng: Random) -> bytes:
    return data[: e.end] + data[e.tag : e.end] * rng.choice((1, 1, 3, 200)) + data[e.end :]


def _foreign(data: bytes, e: Element, other: bytes, rng: Random) -> bytes:
    """An element of another file in this one's place."""
    there = elements(other)
    if not there:
        return data
    take = rng.choice(there)
    return data[: e.tag] + other[take.tag : take.end] + data[e.end if rng.random() < 0.5 else e.tag :]


def _nested(data: bytes, e: Element, _other: bytes, rng: Random) -> bytes:
    """Sequences within sequences in front of the element, of undefined or of a wrong length."""
    deep = rng.choice((1, 2, 30, DEEPEST))
    length = struct.pack("<I", rng.choice((0xFFFFFFFF, 0xFFFFFFFF, 8, 0)))
    layer = b"\x40\x00\x75\x02" + (b"SQ\0\0" if e.kind else b"") + length + b"\xfe\xff\x00\xe0" + length
    return data[: e.tag] + layer * deep + data[e.tag :]


def _cut(data: bytes, e: Element, _other: bytes, rng: Random) -> bytes:
    return data[: rng.choice((e.tag, e.length, e.value, e.value + 1, max(0, e.end - 1), e.end))]


def _inside(data: bytes, e: Element, _other: bytes, rng: Random) -> bytes:
    """Bytes of the value itself: offsets, markers and sizes within a compressed stream."""
    if e.end <= e.value or e.value >= len(data):
        return data
    at = rng.randrange(e.value, min(e.end, len(data)))
    width = rng.choice((1, 2, 4))
    new = rng.choice(
        (b"\0" * width, b"\xff" * width, struct.pack("<I", rng.choice(LENGTHS))[:width], rng.randbytes(width))
    )
    return _put(data, at, new)[: max(len(data), at)]


_CHANGES = (_length, _type, _retag, _value, _value, _value, _without, _twice, _foreign, _nested, _cut, _inside, _inside)
