"""Bytes of one file read in order and once: hashed as they pass, unpacked no further than they are asked for."""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path
from typing import IO, Protocol

from anatofit.ingest.door.files import open_regular

CHUNK_BYTES = 1 << 16
# Archives may be made of many packed pieces (bgzip), but a piece that holds nothing is only there to cost time.
MOST_EMPTY_PIECES = 100


class Source(Protocol):
    """Where bytes come from."""

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; none at the end."""
        ...


class HashedFile:
    """A regular file, opened once and never through a link. `sha256` is known when `close` has read what was left."""

    def __init__(self, path: Path) -> None:
        descriptor = open_regular(path)
        if descriptor is None:
            raise OSError("not a regular file")
        self._stream: IO[bytes] = os.fdopen(descriptor, "rb")
        self._digest = hashlib.sha256()
        self.descriptor, self.file_bytes = descriptor, os.fstat(descriptor).st_size

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; none at the end."""
        data = self._stream.read(count)
        self._digest.update(data)
        return data

    def line(self, longest: int) -> bytes:
        """One line with its end, of at most `longest` bytes."""
        data = self._stream.readline(longest)
        self._digest.update(data)
        return data

    def close(self) -> str:
        """Reads the rest and closes; the sha256 of the whole file."""
        while self.read(CHUNK_BYTES * 16):
            pass
        self._stream.close()
        return self._digest.hexdigest()

    def abandon(self) -> None:
        """Closes without reading on."""
        self._stream.close()


class Inflated:
    """A gzip stream unpacked as it is asked for (RFC 1952). Raises zlib.error where it is broken, EOFError where it is cut."""

    def __init__(self, packed: Source) -> None:
        self._packed, self._held = packed, b""
        self._piece = zlib.decompressobj(wbits=31)
        self._empty, self._given, self._begun = 0, 0, False

    def read(self, count: int) -> bytes:
        """Up to `count` unpacked bytes; none at the end."""
        while count > 0:
            if self._piece.eof and not self._next_piece():
                return b""
            fed = self._held or self._packed.read(CHUNK_BYTES)
            if not fed:
                if self._begun:
                    raise EOFError("the packed stream is cut")
                return b""
            self._begun = True
            data = self._piece.decompress(fed, count)
            self._held = self._piece.unused_data if self._piece.eof else self._piece.unconsumed_tail
            self._given += len(data)
            if data:
                return data
        return b""

    def _next_piece(self) -> bool:
        """The next packed piece of the stream; false at its end (zeros after it are padding)."""
        if len(self._held) < 2:
            self._held += self._packed.read(CHUNK_BYTES)
        self._held = self._held.lstrip(b"\0")
        self._empty = 0 if self._given else self._empty + 1
        if self._empty > MOST_EMPTY_PIECES:
            raise zlib.error("a packed stream of empty pieces")
        self._given, self._begun = 0, False
        self._piece = zlib.decompressobj(wbits=31)
        return self._held[:2] == b"\x1f\x8b"


def read_exactly(source: Source, count: int) -> bytes:
    """Exactly `count` bytes. Raises EOFError where there are fewer."""
    parts, left = [], count
    while left:
        data = source.read(min(left, CHUNK_BYTES * 64))
        if not data:
            raise EOFError(f"{left} of {count} bytes are missing")
        parts.append(data)
        left -= len(data)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def skip(source: Source, count: int) -> None:
    """Passes over `count` bytes. Raises EOFError where there are fewer."""
    while count:
        data = source.read(min(count, CHUNK_BYTES))
        if not data:
            raise EOFError(f"{count} bytes are missing")
        count -= len(data)
