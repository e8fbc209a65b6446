"""The zip around a 3MF: looked at before anything in it is unpacked, and never left."""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from xml.parsers import expat

from anatofit.ingest.surface.raw import refused

# A mesh of 5 million triangles takes about 400 MB of XML; more is no surface of ours.
MOST_UNPACKED = 400_000_000
# XML of a mesh packs five- to thirtyfold; a bomb packs a thousandfold. Small parts may pack as they like.
MOST_RATIO = 60
_SMALL_BYTES = 1_000_000
# A package holds a model or some, pictures and settings; its directory is some lines.
MOST_PARTS = 2_000
_MOST_DIRECTORY_BYTES = 1_000_000
_PIECE = 65_536
# An element of a mesh takes a hundred bytes; a word that does not end within this is none.
_LONGEST_WORD = 4_000_000
_DEEPEST = 64
_END_RECORD = struct.Struct("<4s4H2LH")
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_MODEL_TYPE = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
_OUTSIDE = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:|^//|\\")
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    ValueError,
    LookupError,
    OverflowError,
    OSError,
)


class Package:
    """The parts of a package by name. Raises ScanUnsuitableError for everything that could lead or grow beyond it."""

    def __init__(self, data: bytes) -> None:
        _check_directory(data)
        try:
            self._archive = zipfile.ZipFile(BytesIO(data))
        except _UNREADABLE as error:
            raise refused("surface-damaged", "The 3MF file is no whole zip archive") from error
        self._parts: dict[str, zipfile.ZipInfo] = {}
        for info in self._archive.infolist():
            if not info.filename.endswith("/"):
                self._add(info)
        if sum(i.file_size for i in self._parts.values()) > MOST_UNPACKED:
            raise refused("surface-unsafe", f"The 3MF file would unpack to more than {MOST_UNPACKED} bytes")

    def _add(self, info: zipfile.ZipInfo) -> None:
        name = info.orig_filename
        if _leads_out(name):
            raise refused("surface-unsafe", "A part of the 3MF file bears a name that leads out of the package")
        if name.lower() in self._parts:
            raise refused("surface-unsafe", "Two parts of the 3MF file bear one name")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refused(
                "surface-format", "A part of the 3MF file is encrypted, or packed in a way that 3MF does not have"
            )
        if info.file_size > max(_SMALL_BYTES, MOST_RATIO * info.compress_size):
            raise refused(
                "surface-unsafe", f"A part of the 3MF file would unpack to more than {MOST_RATIO} times its size"
            )
        self._parts[name.lower()] = info

    def part(self, path: str) -> str:
        """The path again, where the package holds such a part."""
        if path.lstrip("/").lower() not in self._parts:
            raise refused("surface-damaged", "The 3MF file names a model that it does not hold")
        return path

    def root_model(self) -> str:
        """The part that the package names as its model; every relation of the package is looked at on the way."""
        found = []
        for name in sorted(self._parts):
            if name.endswith(".rels"):
                found += self._relations(name)
        roots = [target for source, kind, target in found if source == "_rels/.rels" and kind == _MODEL_TYPE]
        if len(roots) != 1:
            raise refused("surface-damaged", f"The 3MF file names {len(roots)} models as its first, one is wanted")
        return self.part(roots[0])

    def _relations(self, name: str) -> list[tuple[str, str, str]]:
        """Source, type and target of each relation of a part. Raises ScanUnsuitableError where one leads out of the package."""
        found = []

        def start(tag: str, has: dict[str, str]) -> None:
            if tag != f"{_RELATIONS} Relationship":
                return
            target = has.get("Target", "")
            if (
                has.get("TargetMode", "Internal") != "Internal"
                or _leads_out(target.lstrip("/"))
                or _OUTSIDE.search(target)
            ):
                raise refused("surface-unsafe", "A relation of the 3MF file leads out of the package; none is followed")
            found.append((name, has.get("Type", ""), posixpath.normpath("/" + target.lstrip("/"))))

        self.parse(name, start)
        return found

    def parse(
        self,
        path: str,
        start: Callable[[str, dict[str, str]], None],
        namespace: Callable[[str, str], None] | None = None,
    ) -> None:
        """Walks the XML of a part: `start` is called with each element's name and attributes, and raises LookupError or ValueError
        where an element is none of the format. No document type, no entity."""
        walker = expat.ParserCreate(namespace_separator=" ")
        depth = 0

        def opened(name: str, has: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _DEEPEST:
                raise refused(
                    "surface-unsafe", f"Elements of the 3MF file stand in each other more than {_DEEPEST} deep"
                )
            start(name, has)

        def closed(_: str) -> None:
            nonlocal depth
            depth -= 1

        walker.StartDoctypeDeclHandler = _no_document_type
        walker.StartElementHandler = opened
        walker.EndElementHandler = closed
        if namespace is not None:
            walker.StartNamespaceDeclHandler = namespace
        try:
            fed = 0
            for piece in self._pieces(path):
                walker.Parse(piece, False)
                fed += len(piece)
                if fed - walker.CurrentByteIndex > _LONGEST_WORD:
                    raise refused("surface-unsafe", "A single word of the 3MF file is longer than a mesh needs")
            walker.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError, OverflowError) as error:
            raise refused(
                "surface-damaged", "A part of the 3MF file is no well-formed XML, or an element lacks what it needs"
            ) from error

    def _pieces(self, path: str) -> Iterator[bytes]:
        """A part's bytes, piece by piece; never more than its directory entry names, which was looked at."""
        try:
            with self._archive.open(self._parts[path.lstrip("/").lower()]) as stream:
                while piece := stream.read(_PIECE):
                    yield piece
        except _UNREADABLE as error:
            raise refused("surface-damaged", "A part of the 3MF file cannot be unpacked") from error


def _no_document_type(*_: object) -> None:
    raise refused(
        "surface-unsafe", "XML in the 3MF file declares a document type, with which entities can grow or lead out"
    )


def _leads_out(name: str) -> bool:
    return (
        not name
        or name.startswith("/")
        or "\\" in name
        or "\0" in name
        or ".." in name.split("/")
        or ":" in name.split("/")[0]
    )


def _check_directory(data: bytes) -> None:
    """Raises ScanUnsuitableError where the directory at the end names more than a 3MF has: before the library reads it."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - _END_RECORD.size - 65_536))
    if at < 0 or at + _END_RECORD.size > len(data):
        raise refused("surface-damaged", "The 3MF file is no whole zip archive")
    _, _, _, _, parts, directory_bytes, _, _ = _END_RECORD.unpack_from(data, at)
    if parts > MOST_PARTS or directory_bytes > _MOST_DIRECTORY_BYTES:
        raise refused("surface-unsafe", f"The 3MF file names {parts} parts, at most {MOST_PARTS} are read")
