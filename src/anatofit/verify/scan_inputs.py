"""Whether a folder, archive or medium holds the very files that went in, by the hash of their hashes; a surface by its file's own."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import IO

from anatofit.model.provenance import InputRecord
from anatofit.model.quiet import quiet_pydicom
from anatofit.model.words import counted

_SERIES_NAMED = 3
_HASH_SHOWN = 12  # digits
_MEDIUM = "1.2.840.10008.1.3.10"
# A data set without preamble begins with group 0002 or 0008.
_BARE = (b"\x02\0", b"\x08\0", b"\0\x08")
_LONGEST_LINE = 1 << 16


def recorded_inputs(inputs: object) -> list[InputRecord]:
    """The manifest's inputs. Raises ValueError where it names none, or not as they are written."""
    if not isinstance(inputs, list) or not inputs:
        raise ValueError("the manifest names no input")
    try:
        return [InputRecord.model_validate(record) for record in inputs]
    except ValueError as error:
        raise ValueError("the manifest's inputs are not of the form that is written") from error


def scan_faults(scan: Path, inputs: object) -> list[str]:
    """What is wrong with the folder against the manifest's inputs; empty where every series is there, unaltered."""
    try:
        return other_scan(scan, recorded_inputs(inputs))
    except ValueError as error:
        return [str(error)]


def other_scan(scan: Path, wanted: Sequence[InputRecord]) -> list[str]:
    """What the folder holds in the place of each series that went in; empty where all are there, unaltered."""
    if any(not record.uid for record in wanted):
        return _other_file(scan, wanted)
    if not scan.exists():
        return ["the scan folder is missing; name the folder that the pack was made from"]
    hashes = _hashes_by_series(scan)
    return [fault for record in wanted if (fault := _fault(record, hashes))]


def _other_file(scan: Path, wanted: Sequence[InputRecord]) -> list[str]:
    """The same for a research volume, which has no series: one file, or an NRRD header and the file of values beside it."""
    if not scan.is_file():
        return ["the file of the scan is missing; name the research volume that the pack was made from"]
    hashes = {"": [hashlib.sha256(path.read_bytes()).hexdigest() for path in (scan, *_beside(scan))]}
    return [fault for record in wanted if (fault := _fault(record, hashes))]


def _beside(scan: Path) -> Iterator[Path]:
    """The file that an NRRD header names for its values, where it is one of the same folder."""
    if scan.suffix.lower() not in (".nhdr", ".nrrd"):
        return
    with scan.open("rb") as stream:
        for line in iter(lambda: stream.readline(_LONGEST_LINE).strip(), b""):
            key, _, value = line.partition(b":")
            path = scan.parent / Path(value.decode("utf-8", "replace").strip()).name
            if key.lower().replace(b" ", b"") == b"datafile" and path.is_file():
                yield path


def _fault(record: InputRecord, hashes: Mapping[str, Sequence[str]]) -> str:
    found = next((h for uid, h in hashes.items() if record.uid in (uid, _stand_in(uid))), ())
    went_in = f"{counted(record.count, 'file')} of sha256 {record.sha256[:_HASH_SHOWN]}…"
    if not found:
        return f"the scan holds {_held(hashes)}; series {record.uid} ({went_in}) went into the pack"
    combined = hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
    # one file of no series may be recorded by its own hash
    known = {combined, *(() if record.uid or len(found) > 1 else found)}
    if len(found) == record.count and record.sha256 in known:
        return ""
    now = f"{counted(len(found), 'file')} of sha256 {combined[:_HASH_SHOWN]}…"
    return f"series {record.uid} is there with {now}; {went_in} went into the pack"


def _held(hashes: Mapping[str, Sequence[str]]) -> str:
    """How many series a folder holds and their numbers of files; their UIDs stay there: one may bear a patient's number."""
    sizes = [counted(len(files), "file") for _, files in sorted(hashes.items())]
    rest = [f"{len(sizes) - _SERIES_NAMED} more"] if len(sizes) > _SERIES_NAMED else []
    return f"{len(sizes)} other series ({', '.join([*sizes[:_SERIES_NAMED], *rest])})" if sizes else "no series"


def _stand_in(uid: str) -> str:
    """What intake writes in place of a UID that may not be shown: 2.25 and a UUID of version 8 out of its SHA-256."""
    number = bytearray(hashlib.sha256(b"anatofit uid\0" + uid.encode("utf-8", "surrogatepass")).digest()[:16])
    number[6], number[8] = number[6] & 0x0F | 0x80, number[8] & 0x3F | 0x80
    return f"2.25.{int.from_bytes(number, 'big')}"


def _hashes_by_series(scan: Path) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    with quiet_pydicom():
        for stream in _streams(scan):
            uid = _series_of(stream)
            if uid is None:
                continue
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
            if digest not in out.setdefault(uid, []):  # the same file twice counts once
                out[uid].append(digest)
    return out


def _streams(scan: Path) -> Iterator[IO[bytes]]:
    """Each file of a folder tree, of a zip archive (in memory, one at a time), or of the folder that a DICOMDIR lies in; else the file."""
    if scan.is_file() and _begins(scan) in (b"PK\x03\x04", b"PK\x05\x06"):
        with zipfile.ZipFile(scan) as archive:
            yield from (BytesIO(archive.read(entry)) for entry in archive.infolist() if not entry.is_dir())
        return
    for path in _paths(scan):
        with path.open("rb") as stream:
            yield stream


def _begins(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(4)


def _paths(scan: Path) -> list[Path]:
    if scan.is_file() and not _is_medium(scan):
        return [scan]
    folder = scan if scan.is_dir() else scan.resolve().parent
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def _is_medium(path: Path) -> bool:
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        return str(dcmread(path, specific_tags=[]).file_meta.MediaStorageSOPClassUID) == _MEDIUM
    except (InvalidDicomError, OSError, ValueError, AttributeError, KeyError, EOFError):
        return False


def _series_of(stream: IO[bytes]) -> str | None:
    """None where the file is none of DICOM's, or cannot be read; a data set may come without the mark (PS3.10, 7.1)."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    bare = stream.read(2) in _BARE
    stream.seek(0)
    try:
        header = dcmread(stream, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"], force=bare)
        uid = str(header.get("SeriesInstanceUID", ""))
        return uid if uid or not bare else None
    except (InvalidDicomError, OSError, ValueError, AttributeError, KeyError, EOFError):
        return None
