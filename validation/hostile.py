"""Hostile and broken files made on the fly, byte by byte, each with the row of the fault catalogue and the rule that must refuse it.

Nothing here comes from a library that reads DICOM, and nothing is larger on disk than a few megabytes.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CT_CLASS = b"1.2.840.10008.5.1.4.1.1.2"
IMPLICIT, EXPLICIT, BIG, DEFLATED = (f"1.2.840.10008.1.2{s}".encode() for s in ("", ".1", ".2", ".1.99"))
LONG_FORM = frozenset((b"OB", b"OW", b"SQ", b"UN", b"UC", b"UT"))
UNDEFINED = 0xFFFFFFFF
PIXELS = 0x7FE00010
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD


def element(tag: int, vr: bytes, value: bytes = b"", *, length: int | None = None, implicit: bool = False) -> bytes:
    """One element in little endian; `length` lies where it is given, else the value is padded to an even one."""
    if length is None:
        value += (b"\0" if vr in (b"UI", b"OB") else b" ") * (len(value) % 2)
    size = len(value) if length is None else length
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if implicit or tag >> 16 == 0xFFFE:
        return head + struct.pack("<I", size) + value
    if vr in LONG_FORM:
        return head + vr + b"\0\0" + struct.pack("<I", size) + value
    return head + vr + struct.pack("<H", size & 0xFFFF) + value


def number(value: int) -> bytes:
    """A number of 16 bits."""
    return struct.pack("<H", value)


def meta(syntax: bytes = EXPLICIT) -> bytes:
    """Preamble, mark and group 0002."""
    group = (
        element(0x00020002, b"UI", CT_CLASS) + element(0x00020003, b"UI", b"1.2.3") + element(0x00020010, b"UI", syntax)
    )
    return bytes(128) + b"DICM" + element(0x00020000, b"UL", struct.pack("<I", len(group))) + group


def header(
    *,
    rows: bytes | None = None,
    columns: bytes | None = None,
    frames: bytes = b"",
    private: bytes = b"",
    implicit: bool = False,
) -> bytes:
    """A CT slice's data set up to its pixels: 32 x 32 pixels of 16 bits unless told otherwise; `private` stands in group 0009."""

    def one(tag: int, vr: bytes, value: bytes) -> bytes:
        return element(tag, vr, value, implicit=implicit)

    parts = [
        one(0x00080008, b"CS", b"ORIGINAL\\PRIMARY\\AXIAL"),
        one(0x00080016, b"UI", CT_CLASS),
        one(0x00080018, b"UI", b"1.2.3"),
        one(0x00080060, b"CS", b"CT"),
        private,
        one(0x00100020, b"LO", b"CANARY-17"),
        one(0x0020000E, b"UI", b"1.2.3.4"),
        one(0x00200032, b"DS", b"0\\0\\0"),
        one(0x00200037, b"DS", b"1\\0\\0\\0\\1\\0"),
        one(0x00280002, b"US", number(1)),
        one(0x00280004, b"CS", b"MONOCHROME2"),
        one(0x00280008, b"IS", frames) if frames else b"",
        rows or one(0x00280010, b"US", number(32)),
        columns or one(0x00280011, b"US", number(32)),
        one(0x00280030, b"DS", b"0.5\\0.5"),
        one(0x00280100, b"US", number(16)),
        one(0x00280101, b"US", number(16)),
        one(0x00280102, b"US", number(15)),
        one(0x00280103, b"US", number(1)),
        one(0x00281052, b"DS", b"-24"),
        one(0x00281053, b"DS", b"1"),
    ]
    return b"".join(parts)


def pixels(count: int = 2048, *, length: int | None = None, implicit: bool = False) -> bytes:
    """The pixel element with `count` bytes; `length` is what it says."""
    return element(PIXELS, b"OW", bytes(count), length=count if length is None else length, implicit=implicit)


def slice_file(
    *, preamble: bytes = b"", after: bytes = b"", pixel_element: bytes | None = None, **more: bytes
) -> bytes:
    """A whole file in explicit little endian."""
    head = meta()
    return (
        preamble
        + head[len(preamble) :]
        + header(**more)
        + (pixels() if pixel_element is None else pixel_element)
        + after
    )


def deflated(data_set: bytes) -> bytes:
    """A file with this data set deflated (raw, PS3.5, A.5)."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return meta(DEFLATED) + engine.compress(data_set) + engine.flush()


def _zeros(count: int) -> bytes:
    """Deflated zeros, without an end: a block that starts afresh gives the same bytes each time, so one is made and repeated."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (engine.compress(bytes(2**20)) + engine.flush(zlib.Z_FULL_FLUSH)) * (count // 2**20)


_LAST_BLOCK = b"\x03\0"


def deflated_zeros(before: bytes, count: int) -> bytes:
    """A deflated file whose data set ends in `count` zeros, made without holding them."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return meta(DEFLATED) + engine.compress(before) + engine.flush(zlib.Z_FULL_FLUSH) + _zeros(count) + _LAST_BLOCK


def nested(depth: int, *, undefined: bool, implicit: bool = False) -> bytes:
    """Sequences in sequences."""
    tag, vr = 0x00081140, b"SQ"
    if undefined:
        opening = element(tag, vr, length=UNDEFINED, implicit=implicit) + element(ITEM, b"", length=UNDEFINED)
        return opening * depth + (element(ITEM_END, b"") + element(SEQUENCE_END, b"")) * depth
    head = 8 if implicit else 12
    sizes = [(head + 8) * (depth - 1 - n) + 8 for n in range(depth)]
    return b"".join(
        element(tag, vr, length=size, implicit=implicit) + element(ITEM, b"", length=size - 8) for size in sizes
    )


def archive(entries: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return out.getvalue()


def zip_bomb(count: int) -> bytes:
    """One entry that inflates to `count` zeros, sums and sizes right, made without holding them (APPNOTE 4.3)."""
    packed = _zeros(count) + _LAST_BLOCK
    total = 0
    for _ in range(count // 2**20):
        total = zlib.crc32(bytes(2**20), total)
    told = struct.pack("<HHHHIIIHH", 0, 8, 0, 33, total, len(packed), count, 1, 0)
    local = b"PK\x03\x04" + struct.pack("<H", 20) + told + b"a"
    listed = b"PK\x01\x02" + struct.pack("<HH", 20, 20) + told + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"a"
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(listed), len(local) + len(packed), 0)
    return local + packed + listed + end


def many_entries(count: int) -> bytes:
    """Entries without content."""
    return archive({f"{n:06}": b"" for n in range(count)}, method=zipfile.ZIP_STORED)


def altered(data: bytes, old: bytes, new: bytes) -> bytes:
    """Bytes of a made archive replaced by others of the same length."""
    assert old in data and len(old) == len(new)
    return data.replace(old, new)


def encrypted() -> bytes:
    """An entry that is marked as encrypted."""
    data = bytearray(archive({"a": b"x"}, method=zipfile.ZIP_STORED))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


def linked() -> bytes:
    """An entry that is a symbolic link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        entry = zipfile.ZipInfo("a")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        made.writestr(entry, "/etc/passwd")
    return out.getvalue()


@dataclass(frozen=True)
class Hostile:
    """One file: its row of the catalogue, the rule that must refuse it, and how it is made. suffix: `.zip` for archives."""

    row: str
    rule: str
    make: Callable[[], bytes]
    suffix: str = ".dcm"

    def write(self, folder: Path) -> Path:
        """The path to give as scan: the archive, or a folder with the one file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"file{self.suffix}"
        path.write_bytes(self.make())
        return path if self.suffix == ".zip" else folder


GIGABYTE = 2**30
PRIVATE = 0x00091010
_ROWS, _COLUMNS = 0x00280010, 0x00280011


def _deflated_pixels() -> bytes:
    return deflated_zeros(header() + element(PIXELS, b"OW", length=GIGABYTE), GIGABYTE)


def _deflated_element() -> bytes:
    return deflated_zeros(element(0x00080060, b"CS", b"CT") + element(PRIVATE, b"UN", length=GIGABYTE), GIGABYTE)


def _sized(side: int) -> bytes:
    return slice_file(rows=element(_ROWS, b"US", number(side)), columns=element(_COLUMNS, b"US", number(side)))


def _nested_implicit() -> bytes:
    deep = nested(10_000, undefined=False, implicit=True)
    return meta(IMPLICIT) + header(implicit=True, private=deep) + pixels(implicit=True)


def _many_elements() -> bytes:
    opening = element(PRIVATE, b"SQ", length=UNDEFINED) + element(ITEM, b"", length=UNDEFINED)
    return slice_file(private=opening + element(PRIVATE, b"CS") * 1_000_000)


def _private(vr: bytes, value: bytes, length: int | None = None) -> bytes:
    return slice_file(private=element(PRIVATE, vr, value, length=length))


def _past_the_end() -> bytes:
    return meta() + header() + element(0x00990010, b"LO", b"xy", length=60_000)


def _twice() -> bytes:
    return altered(archive({"name-a": b"x", "name-b": b"y"}), b"name-b", b"name-a")


def _dicom(row: str, rule: str, make: Callable[[], bytes]) -> Hostile:
    return Hostile(row, rule, make)


def _zip(rule: str, make: Callable[[], bytes]) -> Hostile:
    return Hostile("T14", rule, make, ".zip")


HOSTILE: dict[str, Hostile] = {
    "deflated pixels of 1 GB": _dicom("T04", "inflates-too-far", _deflated_pixels),
    "deflated element of 1 GB": _dicom("T04", "inflates-too-far", _deflated_element),
    "deflated 1 GB after the pixels": _dicom(
        "T04", "inflates-too-far", lambda: deflated_zeros(header() + pixels(), GIGABYTE)
    ),
    "65535 x 65535": _dicom("T06", "image-size", lambda: _sized(65_535)),
    "no rows": _dicom("T06", "image-size", lambda: _sized(0)),
    "2147483647 frames": _dicom("T06", "image-size", lambda: slice_file(frames=b"2147483647")),
    "-1 frames": _dicom("T06", "image-size", lambda: slice_file(frames=b"-1")),
    "Rows as UL": _dicom("T06", "image-size", lambda: slice_file(rows=element(_ROWS, b"UL", struct.pack("<I", 2**31)))),
    "pixels short by a byte": _dicom("T07", "truncated-pixels", lambda: slice_file(pixel_element=pixels(2047))),
    "half of the pixels": _dicom(
        "T07", "truncated-pixels", lambda: slice_file(pixel_element=pixels(1024, length=2048))
    ),
    "pixels of 0xFFFFFFFE bytes": _dicom(
        "T07", "truncated-pixels", lambda: slice_file(pixel_element=pixels(100, length=0xFFFFFFFE))
    ),
    "a row of pixels too many": _dicom("T08", "pixel-length", lambda: slice_file(pixel_element=pixels(2048 + 64))),
    "10000 sequences, undefined lengths": _dicom(
        "T09", "nested-too-deep", lambda: slice_file(private=nested(10_000, undefined=True))
    ),
    "10000 sequences, defined lengths": _dicom(
        "T09", "nested-too-deep", lambda: slice_file(private=nested(10_000, undefined=False))
    ),
    "10000 sequences, implicit": _dicom("T09", "nested-too-deep", _nested_implicit),
    "100000 sequences": _dicom("T09", "nested-too-deep", lambda: slice_file(private=nested(100_000, undefined=True))),
    "a million elements": _dicom("T10", "too-many-elements", _many_elements),
    "a private element of 4 GB": _dicom("T10", "unreadable-file", lambda: _private(b"UN", bytes(100), 0xFFFFFFFE)),
    "an odd length": _dicom("T10", "unreadable-file", lambda: _private(b"UN", b"xyz", 3)),
    "an unknown representation": _dicom("T10", "unreadable-file", lambda: _private(b"QQ", b"xy")),
    "a length past the end": _dicom("T10", "unreadable-file", _past_the_end),
    "a name that leads out": _zip("archive-path", lambda: archive({"../../x": b"x"})),
    "an absolute name": _zip("archive-path", lambda: archive({"/x": b"x"})),
    "1 GB in an archive": _zip("archive-too-large", lambda: zip_bomb(GIGABYTE)),
    "an archive in an archive": _zip("archive-nested", lambda: archive({"a": archive({"b": b"x"})})),
    "100000 entries": _zip("archive-too-large", lambda: many_entries(100_000)),
    "two entries of one name": _zip("archive-twice", _twice),
    "an encrypted archive": _zip("archive-encrypted", encrypted),
    "a link in an archive": _zip("archive-link", linked),
}
