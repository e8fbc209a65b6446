"""The door of intake: a folder, a zip archive, a DICOMDIR or one file becomes a row of files that can be read, for as long as it is open."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from anatofit.ingest.door.archive import is_archive, no_room, unpack
from anatofit.ingest.door.faults import FileError, Refused, refused_file
from anatofit.ingest.door.files import open_regular, walk_files
from anatofit.ingest.door.media import is_medium, read_medium
from anatofit.model.words import counted

# Files of a folder that are looked at for what else it may be.
MOST_LOOKED_AT = 1000
_BY_NAME = {
    "NIfTI or NRRD file": (".nii", ".nii.gz", ".nrrd", ".nhdr"),
    "surface": (".stl", ".ply", ".obj", ".3mf"),
}


class Kind(StrEnum):
    """What was given as a scan."""

    NOTHING = "place"
    FOLDER = "folder"
    ARCHIVE = "archive"
    MEDIUM = "medium"
    FILE = "file"


@dataclass(frozen=True)
class Opened:
    """The files of a scan. refused: the archive or DICOMDIR itself, where it must not be used; missing: files that it names in vain."""

    kind: Kind
    place: Path
    files: Iterable[Path] = ()
    refused: tuple[Refused, ...] = ()
    missing: int = 0


@contextmanager
def opened(scan: Path) -> Iterator[Opened]:
    """The files of `scan` while the context lasts; what was unpacked is taken away with it, however it ends.

    Raises OutputError where an archive finds no room to be unpacked in. Everything wrong with the scan is in what is yielded.
    """
    if scan.is_dir():
        yield Opened(Kind.FOLDER, scan, walk_files(scan))
        return
    descriptor = _open(scan)
    if descriptor is None:
        yield Opened(Kind.NOTHING, scan)
        return
    folder = _private_folder() if is_archive(os.pread(descriptor, 4, 0)) else None
    try:
        yield _file(descriptor, scan) if folder is None else _archive(descriptor, scan, folder)
    finally:
        os.close(descriptor)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def kind_of_file(scan: Path) -> Kind:
    """What the file at `scan` is, without reading what it holds or names."""
    descriptor = _open(scan)
    if descriptor is None:
        return Kind.NOTHING
    try:
        if is_archive(os.pread(descriptor, 4, 0)):
            return Kind.ARCHIVE
        return Kind.MEDIUM if is_medium(descriptor, scan) else Kind.FILE
    except FileError:
        return Kind.FILE
    finally:
        os.close(descriptor)


def other_scans(folder: Path) -> str:
    """What lies in a folder and is a scan only where it is named itself, counted by kind; empty where there is nothing of it."""
    seen = Counter(kind for path in islice(walk_files(folder), MOST_LOOKED_AT) if (kind := _nameable(path)))
    return " and ".join(counted(seen[kind], kind) for kind in sorted(seen))


def _nameable(path: Path) -> str:
    """By its name or its first bytes: nothing of it is read further."""
    descriptor = None if path.is_symlink() else _open(path)
    if descriptor is None:
        return ""
    try:
        packed = is_archive(os.pread(descriptor, 4, 0))
    finally:
        os.close(descriptor)
    by_name = (kind for kind, ends in _BY_NAME.items() if path.name.lower().endswith(ends))
    return next(by_name, "zip archive" if packed else "")


def _open(scan: Path) -> int | None:
    """A person may name a scan by a link; what it leads to is opened."""
    try:
        return open_regular(scan.resolve())
    except OSError:
        return None


def _private_folder() -> Path:
    """For its owner alone (0700)."""
    try:
        return Path(tempfile.mkdtemp(prefix="anatofit-"))
    except OSError as error:
        raise no_room(error) from error


def _archive(descriptor: int, scan: Path, folder: Path) -> Opened:
    size = os.fstat(descriptor).st_size
    try:
        with os.fdopen(os.dup(descriptor), "rb") as source:
            return Opened(Kind.ARCHIVE, scan, unpack(source, folder, packed_bytes=size))
    except FileError as error:
        return Opened(Kind.ARCHIVE, scan, refused=(refused_file(descriptor, scan.resolve(), error),))


def _file(descriptor: int, scan: Path) -> Opened:
    """One DICOM file, or all that a DICOMDIR names, itself among them."""
    path = scan.resolve()
    try:
        if not is_medium(descriptor, path):
            return Opened(Kind.FILE, scan, (path,))
        medium = read_medium(descriptor, path)
    except FileError:
        return Opened(Kind.FILE, scan, (path,))
    if medium.fault is not None:
        refused = refused_file(descriptor, path, medium.fault)
        return Opened(Kind.MEDIUM, scan, medium.files, (refused,), medium.missing)
    return Opened(Kind.MEDIUM, scan, (path, *medium.files), (), medium.missing)
