"""The header of an NRRD file (teem.sourceforge.net/nrrd/format.html) as plain numbers; its space turned to LPS by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from anatofit.ingest.research.gridfile import GridFile
from anatofit.ingest.research.stops import stop
from anatofit.ingest.research.streams import HashedFile
from anatofit.model.frame import FloatArray

LONGEST_LINE, LONGEST_HEAD = 1 << 16, 1 << 20
_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"), **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"), **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
    **dict.fromkeys(("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"), "i8"),
    **dict.fromkeys(("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"), "u8"),
    "float": "f4", "double": "f8",
}  # fmt: skip
# Signs that turn each axis of a space of the patient to LPS.
_SPACES = {
    **dict.fromkeys(("left-posterior-superior", "lps"), (1.0, 1.0, 1.0)),
    **dict.fromkeys(("right-anterior-superior", "ras"), (-1.0, -1.0, 1.0)),
    **dict.fromkeys(("left-anterior-superior", "las"), (1.0, -1.0, 1.0)),
}
_ENCODINGS = {"raw": "raw", "gzip": "gzip", "gz": "gzip", "ascii": "ascii", "text": "ascii", "txt": "ascii"}
_UNITS = {"mm": 1.0, "millimeter": 1.0, "millimeters": 1.0, "m": 1000.0, "um": 0.001, "µm": 0.001, "μm": 0.001}
_VECTOR = re.compile(r"\(([^()]*)\)|\bnone\b")
_SEGMENT = re.compile(r"segment(\d+)_(name|labelvalue|layer)")


def read_nrrd(path: Path) -> GridFile:
    """The header. Raises ScanUnsuitableError, OSError or ValueError."""
    head = _read_head(path)
    encoding = _ENCODINGS.get(head.get("encoding").lower())
    if encoding is None:
        raise stop("research-unreadable", "The values are coded in a way that is not read; raw, gzip and ascii are")
    data_path = _detached(path, head)
    skip_bytes = head.whole("byteskip", 0)
    affine, notes = _affine(head)
    dtype = None if encoding == "ascii" else _dtype(head)
    shape = _shape(head)
    before = 0 if data_path else head.bytes
    if skip_bytes == -1 and encoding == "raw" and dtype is not None:
        before, skip_bytes = _at_the_end(data_path or path, shape, dtype), 0
    if skip_bytes < 0 or head.whole("lineskip", 0) < 0:
        raise stop("research-unreadable", "The header does not say where the values begin")
    return GridFile(
        form="NRRD", path=path, data_path=data_path, shape_ijk=shape, dtype=dtype, affine_lps_mm=affine,
        packed="data" if encoding == "gzip" else "", head_bytes=before, skip_lines=min(head.whole("lineskip", 0), 10_000),
        skip_bytes=skip_bytes, notes=notes, names=_names(head.pairs),
    )  # fmt: skip


@dataclass(frozen=True)
class _Fields:
    """Fields by their name without spaces in small letters, key/value pairs likewise, and where the header ends."""

    fields: Mapping[str, str]
    pairs: Mapping[str, str]
    bytes: int

    def get(self, name: str) -> str:
        return self.fields.get(name, "")

    def whole(self, name: str, otherwise: int) -> int:
        text = self.fields.get(name)
        return otherwise if text is None else int(text)


def _read_head(path: Path) -> _Fields:
    file = HashedFile(path)
    try:
        first = file.line(16)
        if not re.fullmatch(rb"NRRD000[1-5]\r?\n", first):
            raise stop("research-unreadable", "The file is no NRRD file")
        fields: dict[str, str] = {}
        pairs: dict[str, str] = {}
        size = len(first)
        while line := file.line(LONGEST_LINE):
            size += len(line)
            if size > LONGEST_HEAD or len(line) == LONGEST_LINE:
                raise stop("research-unreadable", "The header is longer than one can be")
            text = line.decode("utf-8").strip()
            if not text:
                break
            _take(text, fields, pairs)
        return _Fields(fields, pairs, size)
    finally:
        file.abandon()


def _take(text: str, fields: dict[str, str], pairs: dict[str, str]) -> None:
    if text.startswith("#"):
        return
    key, separator, value = re.match(r"([^:]*)(:=|:)?(.*)", text, flags=re.S).groups()  # type: ignore[union-attr]
    into, name = (pairs, key.lower()) if separator == ":=" else (fields, re.sub(r"\s", "", key.lower()))
    if not separator or name in into:
        raise stop("research-unreadable", "A line of the header is no field, or stands twice")
    into[name] = value.strip()


def _shape(head: _Fields) -> tuple[int, int, int]:
    sizes = [int(n) for n in head.get("sizes").split()]
    if head.whole("dimension", 0) != 3 or len(sizes) != 3 or min(sizes) < 1:
        raise stop("research-dimensions", f"The file holds {len(sizes)} dimensions, one volume of three is wanted")
    return sizes[0], sizes[1], sizes[2]


def _dtype(head: _Fields) -> np.dtype[Any]:
    kind = _TYPES.get(" ".join(head.get("type").lower().split()))
    if kind is None:
        raise stop("research-type", "The values are of a type that no CT has")
    endian = head.get("endian").lower()
    if endian not in ("little", "big") and kind[1] != "1":
        raise stop("research-unreadable", "The header does not say in which order the bytes of a value stand")
    return np.dtype((">" if endian == "big" else "<") + kind)


def _affine(head: _Fields) -> tuple[FloatArray, tuple[str, ...]]:
    """`(4, 4)` from index to LPS mm, and what a reader should know."""
    signs = _SPACES.get(head.get("space").lower())
    if signs is None:
        raise stop("research-space", "The header names no space of the patient; LPS, RAS or LAS is wanted")
    directions, origin = _vectors(head.get("spacedirections")), _vectors(head.get("spaceorigin"))
    if len(directions) != 3 or len(origin) != 1:
        raise stop("research-space", "The header bears no space origin, or no space direction for each of three axes")
    unit_mm, notes = _unit(head)
    affine = np.eye(4)
    affine[:3, :3] = np.array(signs)[:, None] * np.array(directions).T * unit_mm
    affine[:3, 3] = np.array(signs) * origin[0] * unit_mm
    return affine, notes


def _vectors(text: str) -> list[FloatArray]:
    found = [m[1] for m in _VECTOR.finditer(text)]
    vectors = [np.array([float(v) for v in inner.split(",")]) for inner in found if inner is not None]
    if any(len(v) != 3 for v in vectors):
        return []
    return vectors if len(vectors) == len(found) else []


def _unit(head: _Fields) -> tuple[float, tuple[str, ...]]:
    units = set(re.findall(r'"([^"]*)"', head.get("spaceunits")))
    if not units:
        return 1.0, ("the file names no unit of length; millimetres were taken",)
    if len(units) > 1 or not units <= set(_UNITS):
        raise stop("research-units", "The unit of length is none that is known")
    factor = _UNITS[units.pop()]
    named = {1000.0: "metres", 0.001: "microns"}
    return factor, (f"lengths in {named[factor]} were turned to millimetres",) if factor in named else ()


def _detached(path: Path, head: _Fields) -> Path | None:
    """The one plain file beside the header that holds the values; None where the header's own file does."""
    named = head.fields.get("datafile")
    if named is None:
        if path.name.lower().endswith(".nhdr"):
            raise stop("research-detached", "The header names no file with the values")
        return None
    name = named.removeprefix("./")
    plain = name == PurePosixPath(name).name and "\\" not in name and "\0" not in name and name not in ("", ".", "..")
    if not plain or "%" in name or name.split()[0] == "LIST":
        raise stop(
            "research-detached",
            "The header names its values by a path, a list or a pattern; one plain file beside it is wanted",
        )
    if not (path.parent / name).is_file() or (path.parent / name).is_symlink():
        raise stop("research-detached", "The file with the values is not beside the header, or is a link")
    return path.parent / name


def _at_the_end(path: Path, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> int:
    before = path.stat().st_size - shape[0] * shape[1] * shape[2] * dtype.itemsize
    if before < 0:
        raise EOFError("values are missing")
    return before


def _names(pairs: Mapping[str, str]) -> dict[int, str]:
    """Names of label values as 3D Slicer writes them (.seg.nrrd: Segment0_Name, Segment0_LabelValue, Segment0_Layer)."""
    segments: dict[str, dict[str, str]] = {}
    for key, value in pairs.items():
        if match := _SEGMENT.fullmatch(key):
            segments.setdefault(match[1], {})[match[2]] = value
    return {int(s["labelvalue"]): s.get("name", "") for s in segments.values() if s.get("labelvalue", "").isdigit()}
