"""The quarantine: what cannot be accepted is kept, bytes intact, with a record that says why and names nobody."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import MappingProxyType

from anatofit.exchange.part10 import Incoming, sync_folder, write_durably

# Why an instance is kept aside; the words are a contract of the record.
REASONS = MappingProxyType(
    {
        "other-bytes": "an instance with the same SOP Instance UID and other bytes came before",
        "other-instance": "its SOP Class or SOP Instance UID is another than the one it was announced under",
        "other-study": "it does not belong to the study that was asked for",
        "not-promised": "the archive did not list it",
        "unreadable": "it does not say which study, series and instance it is",
    }
)


def keep_aside(part: Incoming, folder: Path, *, why: str, study: str | None = None) -> str:
    """Moves the file to `folder` under a name made of its bytes; the same bytes again take no more room. Raises OSError."""
    with part.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    name = digest[:32]
    record = {"sha256": digest, "bytes": part.byte_count, "reason": why, "meaning": REASONS[why], "study": study}
    data = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=True).encode() + b"\n"
    write_durably(folder / f"{name}.json", data, by=part.path.parent)
    part.path.rename(folder / f"{name}.dcm")
    sync_folder(folder)
    return name
