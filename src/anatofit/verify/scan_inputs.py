"""Whether a folder holds the very files that went in, by the hash of their hashes."""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from anatofit.model.provenance import InputRecord
from anatofit.model.words import counted

_SERIES_NAMED = 3
_HASH_SHOWN = 12  # digits


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
    if not scan.is_dir():
        return ["the scan folder is missing; name the folder that the pack was made from"]
    hashes = _hashes_by_series(scan)
    return [fault for record in wanted if (fault := _fault(record, hashes))]


def _fault(record: InputRecord, hashes: Mapping[str, Sequence[str]]) -> str:
    found = hashes.get(record.uid, ())
    went_in = f"{counted(record.count, 'file')} of sha256 {record.sha256[:_HASH_SHOWN]}…"
    if not found:
        return f"the scan holds {_held(hashes)}; series {record.uid} ({went_in}) went into the pack"
    combined = hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
    if (len(found), combined) == (record.count, record.sha256):
        return ""
    now = f"{counted(len(found), 'file')} of sha256 {combined[:_HASH_SHOWN]}…"
    return f"series {record.uid} is there with {now}; {went_in} went into the pack"


def _held(hashes: Mapping[str, Sequence[str]]) -> str:
    """The series of a folder with their numbers of files; the first by name, the rest by count."""
    named = [f"{uid or 'without a name'} ({counted(len(files), 'file')})" for uid, files in sorted(hashes.items())]
    rest = [f"{len(named) - _SERIES_NAMED} more"] if len(named) > _SERIES_NAMED else []
    return "series " + ", ".join([*named[:_SERIES_NAMED], *rest]) if named else "no series"


def _hashes_by_series(scan: Path) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    with _quiet_pydicom():
        for path in sorted(p for p in scan.rglob("*") if p.is_file()):
            uid = _series_of(path)
            if uid is None:
                continue
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if digest not in out.setdefault(uid, []):  # the same file twice counts once
                out[uid].append(digest)
    return out


def _series_of(path: Path) -> str | None:
    """None where the file is none of DICOM's, or cannot be read."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        header = dcmread(path, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"])
        return str(header.get("SeriesInstanceUID", ""))
    except (InvalidDicomError, OSError, ValueError, AttributeError, KeyError, EOFError):
        return None


@contextmanager
def _quiet_pydicom() -> Iterator[None]:
    """pydicom says nothing meanwhile: its warnings quote values, and values may identify the patient."""
    logger = logging.getLogger("pydicom")
    was, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = was
