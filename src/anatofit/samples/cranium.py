"""The sample "cranium": a user's own copy of Cranium.inv3 becomes DICOM and an order.

An .inv3 file is a gzipped tar with `main.plist` (shape z, y, x and spacing x, y, z) and `matrix.dat` (int16, rows stored
bottom-up). It comes from outside: sizes are bounded, nothing is unpacked to disk, names in it lead nowhere.
"""

from __future__ import annotations

import io
import plistlib
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from anatofit.errors import Reason, RequestError
from anatofit.model.grid import Grid
from anatofit.model.volume import Volume
from anatofit.samples.series import SeriesText, write_series

MOST_MEMBERS = 1000
MOST_PLIST_BYTES = 1 << 20
MOST_MATRIX_BYTES = 1 << 30
MOST_READ_BYTES = 4 << 30  # of the unpacked archive, whatever its members claim
TEXT = SeriesText(
    seed="anatofit/sample/cranium/1", patient_id="CRANIUM-EXAMPLE", description="Cranium (invesalius-examples)", manufacturer="unknown",
    birth_year=1960, date="20120914", kernel="unknown",
)  # fmt: skip

PRESCRIPTION = """\
# A sample order: a real head CT with a defect of the right frontal bone, out of Cranium.inv3.
# Patient, age and date are not in that file; the tags of these slices are made up.

[order]
case = "SAMPLE-2"
device = "cranial-plate"
laterality = "R"
prescriber = "Department of Neurosurgery"

[patient]
id = "CRANIUM-EXAMPLE"

[source]
dicom = "scan/"

[design]
gap_mm = 0.5
"""


@dataclass(frozen=True)
class _Matrix:
    name: str
    shape_kji: tuple[int, int, int]
    spacing_ijk_mm: tuple[float, float, float]

    @property
    def bytes(self) -> int:
        """Size of the matrix file."""
        return 2 * self.shape_kji[0] * self.shape_kji[1] * self.shape_kji[2]


def write_cranium(directory: Path, source: Path) -> Path:
    """Scan and prescription out of an .inv3 file; returns the prescription's path. Raises RequestError if it is none."""
    volume = read_inv3(source)
    write_series(volume, directory / "scan", TEXT)
    path = directory / "prescription.toml"
    path.write_text(PRESCRIPTION, encoding="utf-8")
    return path


def read_inv3(source: Path) -> Volume:
    """CT values of an .inv3 file, rows turned so that y runs to the back; the origin is zero, the file has none."""
    try:
        main = _members(source, {"main.plist"}, MOST_PLIST_BYTES)
        matrix = _describe(_plist(main.get("main.plist")))
        data = _members(source, {matrix.name}, matrix.bytes).get(matrix.name, b"")
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise _refuse(f"it cannot be read as a gzipped tar ({type(error).__name__})") from error
    if len(data) != matrix.bytes:
        raise _refuse(f"its matrix holds {len(data)} bytes, its description asks for {matrix.bytes}")
    stored = np.frombuffer(data, dtype="<i2").reshape(matrix.shape_kji)
    hu = np.ascontiguousarray(stored[:, ::-1])
    return Volume(Grid(matrix.shape_kji, np.zeros(3), np.array(matrix.spacing_ijk_mm)), hu)


def _refuse(why: str) -> RequestError:
    what = f"the file named with --from is no usable .inv3 project: {why}"
    return RequestError(Reason("sample-source", f"{what}; take Cranium.inv3 of the package invesalius-examples"))


class _Bounded(io.RawIOBase):
    """A stream that ends with an error after a number of bytes, so that a small file cannot unpack without end."""

    def __init__(self, stream: Any, most: int) -> None:
        self._stream, self._left = stream, most

    def readable(self) -> bool:
        """A stream to read from."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads on; ValueError beyond the limit."""
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("the archive unpacks to more than is allowed")
        buffer[: len(data)] = data
        return len(data)


def _members(source: Path, names: set[str], most_bytes: int) -> dict[str, bytes]:
    """Regular files of these base names, at most `most_bytes` long each; every other member is passed over."""
    import gzip

    out: dict[str, bytes] = {}
    with (
        gzip.open(source) as packed,
        tarfile.open(fileobj=io.BufferedReader(_Bounded(packed, MOST_READ_BYTES)), mode="r|") as archive,
    ):
        for number, member in enumerate(archive):
            if number >= MOST_MEMBERS:
                raise _refuse(f"it holds more than {MOST_MEMBERS} files")
            name = PurePosixPath(member.name).name
            if name not in names or not member.isfile() or name in out:
                continue
            if member.size > most_bytes:
                raise _refuse(f"{name} is {member.size} bytes long, at most {most_bytes} were expected")
            handle = archive.extractfile(member)
            out[name] = handle.read(most_bytes) if handle else b""
            if set(out) == names:
                break
    return out


def _plist(data: bytes | None) -> dict[str, Any]:
    if data is None:
        raise _refuse("main.plist is not in it")
    try:
        content = plistlib.loads(data, fmt=plistlib.FMT_XML)
    except Exception as error:  # plistlib passes on errors of the XML parser of many kinds
        raise _refuse("main.plist is no property list") from error
    if not isinstance(content, dict):
        raise _refuse("main.plist holds no table")
    return content


def _describe(main: dict[str, Any]) -> _Matrix:
    """Shape and spacing, believed only within what a CT can be."""
    matrix = main.get("matrix")
    if not isinstance(matrix, dict) or matrix.get("dtype") != "int16":
        raise _refuse("main.plist describes no int16 matrix")
    shape, spacing = matrix.get("shape"), main.get("spacing")
    if not (isinstance(shape, list) and len(shape) == 3 and all(isinstance(n, int) and 2 <= n <= 4096 for n in shape)):
        raise _refuse("the matrix's shape is not three sizes between 2 and 4096")
    if not (
        isinstance(spacing, list)
        and len(spacing) == 3
        and all(isinstance(s, (int, float)) and 0.05 <= s <= 10.0 for s in spacing)
    ):
        raise _refuse("the spacing is not three lengths between 0.05 and 10 mm")
    found = _Matrix(
        PurePosixPath(str(matrix.get("filename", ""))).name,
        (shape[0], shape[1], shape[2]),
        (spacing[0], spacing[1], spacing[2]),
    )
    if found.bytes > MOST_MATRIX_BYTES or not found.name:
        raise _refuse(f"the matrix would need {found.bytes} bytes")
    return found
