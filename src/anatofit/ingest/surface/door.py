"""The file with the surface: opened without following links, measured before it is read, told by its content."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from anatofit.ingest.door.files import open_regular
from anatofit.ingest.surface import height_map, obj, ply, stl, threemf
from anatofit.ingest.surface.raw import MOST_BYTES, MOST_TRIANGLES, RawSurface, refused

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BOM = b"\xef\xbb\xbf"
SUFFIXES = (".stl", ".ply", ".obj", ".3mf")


@dataclass(frozen=True)
class OpenedSurface:
    """What was read, with hash and size of the very bytes."""

    raw: RawSurface
    sha256: str
    file_bytes: int


def open_surface(path: Path) -> OpenedSurface:
    """The triangles of the file at `path`, whatever its name ends with. Raises ScanUnsuitableError."""
    data = _bytes_of(path)
    return OpenedSurface(parse_surface(data, suffix=path.suffix.lower()), hashlib.sha256(data).hexdigest(), len(data))


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise refused("no-surface", "A folder was named, the file of a surface is wanted")
        descriptor = open_regular(path)
        if descriptor is None:
            raise refused("no-surface", "What was named is a link or a device, not the file itself")
        with os.fdopen(descriptor, "rb") as stream:
            size = os.fstat(descriptor).st_size
            _check_size(stream.read(stl.SNIFFED), size, path.suffix.lower())
            stream.seek(0)
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise refused("no-surface", f"The file of the surface cannot be read ({error.strerror})") from error


def _check_size(head: bytes, size: int, suffix: str) -> None:
    """Raises ScanUnsuitableError where size and first bytes alone say that nothing good follows: before the rest is read."""
    if not size:
        raise refused("no-surface", "The file of the surface is empty")
    if size > MOST_BYTES:
        was = f"The file has {size} bytes; at most {MOST_BYTES} are read, a binary STL of {MOST_TRIANGLES} triangles"
        raise refused("surface-too-large", was)
    if suffix == ".stl" and not _known(head, size):
        stl.check_binary(head, size)


def _known(head: bytes, size: int) -> bool:
    """Whether the first bytes tell a format, whatever the name says."""
    return (
        stl.names_itself_binary(head, size) or stl.is_text(head) or head[:4] in _ZIP or ply.MARK.match(head) is not None
    )


def parse_surface(data: bytes, *, suffix: str = "") -> RawSurface:
    """The triangles in a file's bytes. The name's ending decides only where the content does not. Raises ScanUnsuitableError."""
    head = data[: stl.SNIFFED]
    if head[:4] in _ZIP:
        return threemf.read_3mf(data)
    if ply.MARK.match(head):
        return ply.read_ply(data)
    if head.removeprefix(_BOM).startswith(height_map.MARK):
        return height_map.read_height_map(data)
    if stl.names_itself_binary(head, len(data)):
        return stl.read_binary(data)
    if stl.is_text(head):
        return stl.read_text(data)
    if suffix == ".obj" or (suffix not in SUFFIXES and obj.looks_like_obj(head)):
        return obj.read_obj(data)
    if suffix == ".stl":
        return stl.read_binary(data)
    raise refused("surface-format", "The file begins as no STL, PLY, OBJ, 3MF or height map does")
