"""A zip archive unpacked into a private folder, under names of our own, no further than its limits: what it says of itself is not believed."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from anatofit.errors import OutputError, Reason
from anatofit.ingest.door.faults import FileError
from anatofit.ingest.door.preamble import DICOM_SUFFIXES

# The largest studies of a day hold some ten thousand pictures.
MOST_ENTRIES = 50_000
# The list of entries at its end: 50 000 entries with names of 250 bytes.
LARGEST_DIRECTORY_BYTES = 16 * 2**20
# Five thousand slices of 512 x 512 with 16 bits, three times over.
UNPACKED_BYTES = 8 * 2**30
# Pictures of CT pack two to four times, empty ones some hundred; beyond 100 to 1, and beyond what any machine bears anyway,
# an archive is made to burst (archives of 3MF jobs are bounded by the same ratio).
RATIO = 100
ALWAYS_BYTES = 64 * 2**20
_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
_ENTRY_MARK = b"PK\x01\x02"
_STEP_BYTES = 2**20
_ENCRYPTED = 0x1
_UNIX = 3
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def is_archive(head: bytes) -> bool:
    """The bytes begin a zip archive."""
    return head.startswith(_BEGINNINGS)


def unpack(source: IO[bytes], folder: Path, *, packed_bytes: int) -> list[Path]:
    """Every file of the archive as `folder/000001` and so on, in the archive's order. Raises FileError, OutputError."""
    _few_entries(source, packed_bytes)
    try:
        with zipfile.ZipFile(_Bounded(source)) as archive:
            files = [e for e in archive.infolist() if not e.is_dir()]
            _judge(archive.infolist())
            allowance = _Allowance(packed_bytes)
            return [_unpacked(archive, e, folder / _own_name(n, e), allowance) for n, e in enumerate(files, start=1)]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        raise FileError("archive-broken", "the parts of the archive do not fit together") from error


class _Bounded(io.RawIOBase):
    """A stream that is never asked for more at once than a list of entries may hold."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source

    def read(self, count: int = -1) -> bytes:
        """At most `count` bytes. Raises FileError."""
        if count > LARGEST_DIRECTORY_BYTES:
            what = f"a list of entries of {count} bytes, at most {LARGEST_DIRECTORY_BYTES} are read"
            raise FileError("archive-too-large", what)
        return self._source.read(count)

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == io.SEEK_SET and offset < 0:  # the list says that it lies later than it does
            raise zipfile.BadZipFile
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def _few_entries(source: IO[bytes], packed_bytes: int) -> None:
    """Counts the entries' marks in the end of the archive, where their list must stand, before the list is made. Raises FileError."""
    # the record of the end and its comment follow the list (APPNOTE 4.3.6)
    tail = min(packed_bytes, LARGEST_DIRECTORY_BYTES + 2**17)
    source.seek(packed_bytes - tail)
    count = source.read(tail).count(_ENTRY_MARK)
    if count > MOST_ENTRIES:
        raise FileError("archive-too-large", f"about {count} entries, at most {MOST_ENTRIES} are unpacked")


def _judge(entries: Sequence[zipfile.ZipInfo]) -> None:
    """What the list of entries tells, judged before anything is unpacked. Raises FileError."""
    faults = (
        ("archive-encrypted", "encrypted", lambda e: bool(e.flag_bits & _ENCRYPTED)),
        ("archive-path", "named by a path that leads out of the archive", lambda e: _leads_out(e.orig_filename)),
        ("archive-link", "no file, but a link or a device", _is_special),
        ("archive-broken", "packed in another way than by deflating", lambda e: e.compress_type not in _METHODS),
    )
    for rule, what, is_so in faults:
        if count := sum(map(is_so, entries)):
            raise FileError(rule, f"{count} of {len(entries)} entries {'is' if count == 1 else 'are'} {what}")
    names = Counter(e.orig_filename.replace("\\", "/") for e in entries)
    if twice := sum(n - 1 for n in names.values()):
        raise FileError("archive-twice", f"{twice} of {len(entries)} entries bear a name that another bears too")


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    drive = len(name) > 1 and name[1] == ":"
    return parts[0] == "" or ".." in parts or drive or not name.isprintable()


def _is_special(entry: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return entry.create_system == _UNIX and kind not in (0, stat.S_IFREG, stat.S_IFDIR)


class _Allowance:
    """Bytes that may still be written."""

    def __init__(self, packed_bytes: int) -> None:
        self.most = self.left = min(UNPACKED_BYTES, max(ALWAYS_BYTES, RATIO * packed_bytes))

    def take(self, count: int) -> None:
        """Raises FileError where no more may be written."""
        self.left -= count
        if self.left < 0:
            raise FileError("archive-too-large", f"it unpacks to more than {self.most} bytes")


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, allowance: _Allowance) -> Path:
    begun = False
    with archive.open(entry) as packed, os.fdopen(_new(target), "wb") as out:
        while step := packed.read(_STEP_BYTES):
            if not begun and is_archive(step):
                raise FileError("archive-nested", "an archive lies in the archive")
            begun = True
            allowance.take(len(step))
            _written(out, step)
    return target


def _new(target: Path) -> int:
    try:
        return os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise no_room(error) from error


def _written(out: IO[bytes], step: bytes) -> None:
    try:
        out.write(step)
    except OSError as error:
        raise no_room(error) from error


def no_room(error: OSError) -> OutputError:
    """What is said where the folder to unpack into fails."""
    return OutputError(
        Reason(
            "unpack",
            f"the archive cannot be unpacked: {error.strerror}. Make room, or set TMPDIR to a folder with more",
        )
    )


def _own_name(number: int, entry: zipfile.ZipInfo) -> str:
    """Nothing of the entry's name but whether it says, or allows, that the file is DICOM."""
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    suffix = name.suffix.lower()
    if name.name.startswith("."):
        return f"{number:06}.other"
    if suffix in DICOM_SUFFIXES:
        return f"{number:06}{suffix}"
    return f"{number:06}" if suffix == "" or suffix[1:].isdigit() else f"{number:06}.other"
