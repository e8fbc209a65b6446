"""Whether a folder holds the very files that went in, by the hash of their hashes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any


def scan_faults(scan: Path, inputs: object) -> list[str]:
    """What is wrong with the folder against the manifest's inputs; empty where every series is there, unaltered."""
    if not isinstance(inputs, list) or not inputs:
        return ["the manifest names no input"]
    if not scan.is_dir():
        return ["the scan folder is missing; name the folder that the pack was made from"]
    hashes = _hashes_by_series(scan)
    return [fault for record in inputs if (fault := _fault(record if isinstance(record, dict) else {}, hashes))]


def _fault(record: dict[str, Any], hashes: dict[str, list[str]]) -> str:
    found = hashes.get(str(record.get("uid")), [])
    if not found:
        return "the series of the pack is not in the folder"
    if len(found) != record.get("count"):
        return f"the series has {len(found)} files; {record.get('count')} went in"
    combined = hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
    return "" if combined == record.get("sha256") else "a file of the series was altered since the pack was made"


def _hashes_by_series(scan: Path) -> dict[str, list[str]]:
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    out: dict[str, list[str]] = {}
    for path in sorted(p for p in scan.rglob("*") if p.is_file()):
        try:
            uid = str(
                dcmread(path, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"]).get("SeriesInstanceUID", "")
            )
        except (InvalidDicomError, OSError, ValueError, AttributeError, KeyError, EOFError):
            continue
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest not in out.setdefault(uid, []):  # the same file twice counts once
            out[uid].append(digest)
    return out
