"""Changes that know what files with surfaces are made of: numbers and lines of a text, words of a table, entries of a package."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from random import Random

from validation.fuzz.mutate import LENGTHS
from validation.fuzz.unit import SUFFIXES, SURFACE, surface

HEAD_BYTES = len(SURFACE) + 4
_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
NUMBERS = (
    b"0", b"-0", b"-1", b"1", b"1e30", b"-1e30", b"1e39", b"1e400", b"1e-400", b"nan", b"inf", b"-inf", b"0x10", b"1,5", b"", b"1.0.0",
    b"2147483647", b"-2147483649", b"4294967296", b"99999999999999999999", b"1_000", b"\xef\xbc\x91", b"9" * 400,
)  # fmt: skip
LINES = (
    b"element vertex 4294967295", b"element face 0", b"element edge 3", b"property list uchar int vertex_indices", b"end_header",
    b"property list int double x", b"property double x", b"property char x", b"format binary_big_endian 1.0", b"format ascii 2.0", b"comment \xff",
    b"facet normal 0 0 0", b"outer loop", b"vertex 1 2", b"endloop", b"endfacet", b"endsolid", b"solid again",
    b"f -1 -1 -1", b"f 1 2 3 4 5 6 7 8 9", b"f 1//2 3//4 5//6", b"f 0 0 0", b"v 1 2 3 4 5 6", b"v 1", b"l 1 2", b"call other.obj", b"p 1", b"\\", b"f 1 2 \\",
)  # fmt: skip
# Into the model of a package: components that hold themselves, references to nothing, what no reader should follow.
XML = (
    b'<component objectid="2"/>', b'<component objectid="9"/>', b'<item objectid="1"/>', b'<item objectid="2" transform="1 0 0"/>', b"<vertices/>",
    b'<item objectid="1" transform="0 0 0 0 0 0 0 0 0 0 0 0"/>', b'<item objectid="1" transform="1e300 0 0 0 1 0 0 0 1 0 0 0"/>', b"<!-- -->",
    b'<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>', b"&b;", b'<?xml version="1.0" encoding="UTF-16"?>', b"<a>" * 2000,
    b'<triangle v1="0" v2="0" v3="0"/>',
    b'<triangle v1="-1" v2="1" v3="99999999"/>', b'<object id="2"><components><component objectid="2"/></components></object>',
)  # fmt: skip
FLOATS = tuple(struct.pack("<f", v) for v in (0.0, -0.0, 1e-45, 3e38, -3e38, float("inf"), float("nan"), 1e20))
Change = Callable[[bytes, Random], bytes]


def mutate_surface(unit: bytes, *, most: int, rng: Random, flip: Callable[[bytes, int], bytes]) -> bytes:
    """The unit with one to four changes in the file, which stays one with a surface. flip: changes bytes without any knowledge."""
    suffix, data = unit[len(SURFACE) : HEAD_BYTES].decode("latin-1"), unit[HEAD_BYTES:]
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if rng.random() < 0.25:
            data = flip(data, most // 2)
        elif suffix == ".3mf" and rng.random() < 0.8:
            data = _repacked(data, rng)
        else:
            data = rng.choice(_CHANGES)(data, rng)
    out = surface(rng.choice(SUFFIXES) if rng.random() < 0.02 else suffix, data)
    return out if len(out) <= most else unit


def _number(data: bytes, rng: Random) -> bytes:
    """Another number in the place of one of the text."""
    found = list(_NUMBER.finditer(data[: 1 << 16]))
    if not found:
        return _word(data, rng)
    at = rng.choice(found)
    return data[: at.start()] + rng.choice(NUMBERS) + data[at.end() :]


def _line(data: bytes, rng: Random) -> bytes:
    """A line more, less, twice or many times."""
    lines = data.split(b"\n")
    n = rng.randrange(len(lines))
    new = rng.choice(
        ([rng.choice(LINES), lines[n]], [], [lines[n]] * 2, [lines[n]] * 300, [lines[n] + b" 1"], [lines[n][:-2]])
    )
    return b"\n".join([*lines[:n], *new, *lines[n + 1 :]])


def _word(data: bytes, rng: Random) -> bytes:
    """A word of a table: a length, an index, a coordinate."""
    if len(data) < 5:
        return data + rng.randbytes(8)
    at = rng.choice((80, 84, rng.randrange(len(data) - 4), rng.randrange(len(data) - 4)))
    new = rng.choice((*FLOATS, struct.pack(rng.choice("<>") + "I", rng.choice(LENGTHS))))
    return data[:at] + new + data[at + 4 :]


def _cut(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _again(data: bytes, rng: Random) -> bytes:
    """A stretch of it many times, or somewhere else."""
    a, b = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[a:b][:2000] * rng.choice((1, 1, 30)) + data[at:]


def _end_of_line(data: bytes, rng: Random) -> bytes:
    return data.replace(b"\n", rng.choice((b"\r\n", b"\r", b" ", b"\n\n", b"\\\n")))


_CHANGES: tuple[Change, ...] = (_number, _number, _number, _line, _line, _word, _word, _cut, _again, _end_of_line)


def _repacked(data: bytes, rng: Random) -> bytes:
    """The package with a change within one of its entries, whose checksum is right again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = [(i.filename, package.read(i)) for i in package.infolist()[:8]]
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, NotImplementedError, EOFError, OSError):
        return rng.choice(_CHANGES)(data, rng)
    if not entries:
        return data
    n = rng.randrange(len(entries))
    entries[n] = _entry(*entries[n], rng)
    if rng.random() < 0.1:
        entries += [rng.choice(entries)]
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", rng.choice((0, 0, zipfile.ZIP_DEFLATED))) as package:
        warnings.simplefilter("ignore")  # of two entries under one name, which is the point
        for name, content in entries:
            package.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def _entry(name: str, content: bytes, rng: Random) -> tuple[str, bytes]:
    action = rng.randrange(10)
    if action == 0:
        return rng.choice(("3D/other.model", "../out", "_rels/.rels", "3D/3dmodel.model", "a" * 300)), content
    if action <= 4:
        tags = [m.start() for m in re.finditer(rb"<", content)] or [0]
        at = rng.choice(tags)
        return name, content[:at] + rng.choice(XML) + content[at:]
    return name, rng.choice((_number, _number, _cut, _again))(content, rng)
