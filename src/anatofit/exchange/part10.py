"""An instance as a file: the bytes that came behind a file meta header of ours, written durably under a name of ours (PS3.10, 7.1)."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from anatofit.exchange.elements import SERIES, SOP_CLASS, SOP_INSTANCE, STUDY, NotReadableError, first_texts

_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_LONGEST_UID = 64
_PREAMBLE = b"\0" * 128 + b"DICM"
_IMPLEMENTATION_UID = "2.25.302044912744163713950206243870416530477"
_BUFFER_BYTES = 65_536


def is_uid(text: str) -> bool:
    """The text is a UID (PS3.5, 9.1); leading zeros are let pass, as many makers write them."""
    return len(text) <= _LONGEST_UID and _UID.fullmatch(text) is not None


def name_of(uid: str) -> str:
    """The name under which a study or an instance is kept and logged: nothing from the wire becomes a path or a line."""
    return hashlib.sha256(uid.encode()).hexdigest()[:32]


def file_meta(sop_class: str, sop_instance: str, syntax: str) -> bytes:
    """Preamble, mark and file meta information."""
    body = b"".join(
        (
            struct.pack("<HH2sHL", 2, 0x0001, b"OB", 0, 2) + b"\0\1",
            _text(0x0002, sop_class),
            _text(0x0003, sop_instance),
            _text(0x0010, syntax),
            _text(0x0012, _IMPLEMENTATION_UID),
        )
    )
    return _PREAMBLE + struct.pack("<HH2sHL", 2, 0, b"UL", 4, len(body)) + body


def _text(element: int, value: str) -> bytes:
    data = value.encode("ascii") + b"\0" * (len(value) % 2)
    return struct.pack("<HH2sH", 2, element, b"UI", len(data)) + data


@dataclass(frozen=True)
class Identity:
    """Who an instance says that it is."""

    sop_class: str
    sop_instance: str
    study: str
    series: str


@dataclass
class Incoming:
    """An instance on its way in, under a temporary name; `close` makes its bytes durable, `drop` forgets them.

    sender: who brings it, as `lines.peer_name` says it.
    """

    path: Path
    stream: BinaryIO = field(repr=False)
    byte_count: int = 0
    sender: str = ""

    @classmethod
    def begin(cls, folder: Path) -> Incoming:
        """A new file that nobody else opens."""
        path = folder / f"{secrets.token_hex(16)}.part"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return cls(path, os.fdopen(descriptor, "w+b", buffering=_BUFFER_BYTES))

    def write(self, data: bytes | memoryview) -> None:
        """Appends. Raises OSError where the disk does not take it."""
        self.stream.write(data)
        self.byte_count += len(data)

    def identity(self) -> Identity:
        """What the data set says of itself. Raises NotReadableError."""
        self.stream.flush()
        return identity_of(self.stream)

    def close(self) -> None:
        """Every byte is on the disk when this returns. Raises OSError."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.close()

    def drop(self) -> None:
        """Takes the file away."""
        with suppress(OSError):
            self.stream.close()
        self.path.unlink(missing_ok=True)


def identity_of(stream: BinaryIO) -> Identity:
    """What the Part 10 file at `stream` says of itself. Raises NotReadableError where that is not a whole identity."""
    stream.seek(0)
    if stream.read(len(_PREAMBLE))[128:] != b"DICM":
        raise NotReadableError("no DICOM file")
    group = stream.read(12)
    if group[:6] != b"\2\0\0\0UL":
        raise NotReadableError("no file meta information")
    start = stream.tell()
    syntax = first_texts(stream, "", (0x00020010,)).get(0x00020010, "")
    stream.seek(start + struct.unpack("<L", group[8:])[0])
    texts = first_texts(stream, syntax, (SOP_CLASS, SOP_INSTANCE, STUDY, SERIES))
    found = Identity(*(texts.get(tag, "") for tag in (SOP_CLASS, SOP_INSTANCE, STUDY, SERIES)))
    if not all(map(is_uid, (found.sop_class, found.sop_instance, found.study, found.series))):
        raise NotReadableError("a UID is missing or none")
    return found


def sync_folder(folder: Path) -> None:
    """What was renamed into or out of `folder` outlasts a power failure. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, data: bytes, *, by: Path) -> None:
    """`data` at `path`, whole or not at all, by way of a temporary file in folder `by` of the same disk. Raises OSError."""
    part = Incoming.begin(by)
    try:
        part.write(data)
        part.close()
        part.path.rename(path)
    except OSError:
        part.drop()
        raise
    sync_folder(path.parent)


def room_for(folder: Path, *, keep_free_bytes: int) -> bool:
    """The disk of `folder` has more than `keep_free_bytes` left."""
    return shutil.disk_usage(folder).free > keep_free_bytes
