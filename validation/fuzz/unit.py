"""A folder of files as one string of bytes, which is what a fuzzer passes on."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

MARK = b"AFZ1"
# A folder of more files says nothing more.
MOST_FILES = 12


def joined(files: Sequence[bytes]) -> bytes:
    """The unit of a folder."""
    return MARK + b"".join(struct.pack("<I", len(f)) + f for f in files[:MOST_FILES])


def split(unit: bytes) -> list[bytes]:
    """The files of a unit; anything else is one file."""
    if not unit.startswith(MARK):
        return [unit]
    files, at = [], len(MARK)
    while at + 4 <= len(unit) and len(files) < MOST_FILES:
        (length,) = struct.unpack_from("<I", unit, at)
        files.append(unit[at + 4 : at + 4 + length])
        at += 4 + length
    return files


def lay_out(files: Sequence[bytes], folder: Path) -> Path:
    """The files in `folder`, emptied before; what is to be read: the only file itself, or the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for n, data in enumerate(files):
        (folder / (f"f{n}" if data[:2] != b"PK" else f"f{n}.zip")).write_bytes(data)
    return folder
