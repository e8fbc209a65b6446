"""A folder of files as one string of bytes, which is what a fuzzer passes on."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

MARK = b"AFZ1"
# Media Storage Directory (PS3.4, B.5).
MEDIUM = b"1.2.840.10008.1.3.10"
# Before a surface: its name's ending, four bytes, follows.
SURFACE = b"AFS1"
SUFFIXES = (".stl", ".ply", ".obj", ".3mf")
# A folder of more files says nothing more.
MOST_FILES = 12


def joined(files: Sequence[bytes]) -> bytes:
    """The unit of a folder."""
    return MARK + b"".join(struct.pack("<I", len(f)) + f for f in files[:MOST_FILES])


def surface(suffix: str, data: bytes) -> bytes:
    """The unit of a file with a surface."""
    return SURFACE + suffix.encode() + data


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
    """The files in `folder`, emptied before, under names that tell what they seem to be; what is to be read: the only file, or the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    paths = [folder / _name(n, data) for n, data in enumerate(files)]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data[8:] if path.suffix in SUFFIXES else data)
    return paths[0] if len(paths) == 1 else folder


def _name(number: int, data: bytes) -> str:
    """By their first bytes, as far as a name decides who reads a file."""
    if data.startswith(SURFACE) and data[4:8].decode("latin-1") in SUFFIXES:
        return f"f{number}{data[4:8].decode('latin-1')}"
    if MEDIUM in data[:512]:
        return "DICOMDIR"
    ends = {b"PK": ".zip", b"\x1f\x8b": ".nii.gz", b"NR": ".nrrd", b"\x5c\x01": ".nii"}
    return f"f{number}{ends.get(data[:2], '')}"
