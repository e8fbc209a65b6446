"""Why one file, archive or medium is refused, and what is told of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from anatofit.ingest.door.files import digest_of

# What does not hold together; the message tells where and what.
UNREADABLE = "unreadable-file"
# A file that no picture may fill (two pixel elements' worth) is neither hashed nor copied: that alone would take minutes.
LARGEST_KEPT_BYTES = 2**32


class FileError(Exception):
    """One file breaks a rule (docs/reference/errors.md); `was` is a sentence of positions and numbers, never of the file's text."""

    def __init__(self, rule: str, was: str) -> None:
        super().__init__(f"{rule}: {was}")
        self.rule = rule
        self.was = was


class CutShortError(FileError):
    """A length claims more than is left."""


@dataclass(frozen=True)
class Refused:
    """A file that is kept apart: the rule it breaks, how, and what it can be known by; no hash where it cannot be opened."""

    rule: str
    was: str
    path: Path = field(repr=False, compare=False)
    sha256: str = ""
    file_bytes: int = 0


def refused_file(descriptor: int, path: Path, error: FileError) -> Refused:
    """The refused file behind the descriptor that it was judged by, with its hash (none where it is too large to be kept)."""
    if (size := os.fstat(descriptor).st_size) > LARGEST_KEPT_BYTES:
        return Refused(error.rule, error.was, path, file_bytes=size)
    digest, size = digest_of(descriptor)
    return Refused(error.rule, error.was, path, digest, size)
