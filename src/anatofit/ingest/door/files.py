"""Files of a folder tree, opened so that a link, a pipe or a device never leads the reader elsewhere."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

# A DICOM file bears "DICM" after a preamble of 128 bytes (PS3.10, 7.1).
MARK_OFFSET = 128
MARK = b"DICM"
_STEP_BYTES = 2**20


def walk_files(root: Path) -> Iterator[Path]:
    """Every entry below `root` that is no folder, ordered by names alone; a link to a folder is such an entry, never entered."""
    if root.is_file():
        yield root
        return
    for folder, folders, names in os.walk(root, followlinks=False):
        folders.sort()
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        for name in sorted([*names, *linked]):
            yield Path(folder, name)


def open_regular(path: Path) -> int | None:
    """A descriptor of the regular file at `path`; None for a link, pipe, device or socket. Raises OSError otherwise."""
    if path.is_symlink():
        return None
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def digest_of(descriptor: int) -> tuple[str, int]:
    """The sha256 of the file behind the descriptor, and its bytes, read step by step."""
    digest, at = hashlib.sha256(), 0
    while step := os.pread(descriptor, _STEP_BYTES, at):
        digest.update(step)
        at += len(step)
    return digest.hexdigest(), at


def read_regular(path: Path) -> bytes:
    """The whole regular file. Raises OSError where there is none (any more)."""
    descriptor = open_regular(path)
    if descriptor is None:
        raise OSError("not a regular file")
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read()
