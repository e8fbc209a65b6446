"""The parts of a multipart answer, one after another and never a whole part in memory (RFC 2046, 5.1; PS3.18, 8.6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONGEST_HEAD_BYTES = 16_384
_BOUNDARY = re.compile(r"""boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))""", re.IGNORECASE)


class MultipartError(Exception):
    """The answer is not what its header says."""


def boundary_of(content_type: str) -> bytes:
    """What separates the parts. Raises MultipartError."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/related") or found is None:
        raise MultipartError("no multipart answer")
    return (found[1] or found[2]).encode("ascii", errors="replace")


class Parts:
    """Walks over `chunks`: `while parts.next(): for data in parts.body(): ...`; a body must be read to its end."""

    def __init__(self, chunks: Iterator[bytes], boundary: bytes) -> None:
        self._chunks, self._mark = chunks, b"\r\n--" + boundary
        self._held = bytearray(b"\r\n")  # the first boundary has no line before it
        self._begun = False

    def next(self) -> bool:
        """Goes to the body of the next part; False behind the last. Raises MultipartError."""
        if not self._begun:
            self._begun = True
            for _ in self.body():
                pass  # a preamble is for people
        while len(self._held) < 2:
            self._more()
        if self._held[:2] == b"--":
            return False
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > _LONGEST_HEAD_BYTES:
                raise MultipartError("a head longer than any")
            self._more()
        del self._held[: end + 4]
        return True

    def body(self) -> Iterator[bytes]:
        """The part's bytes. Raises MultipartError where the answer ends inside."""
        while (end := self._held.find(self._mark)) < 0:
            ready = len(self._held) - len(self._mark)
            if ready > 0:
                yield bytes(self._held[:ready])
                del self._held[:ready]
            self._more()
        yield bytes(self._held[:end])
        del self._held[: end + len(self._mark)]

    def _more(self) -> None:
        data = next(self._chunks, b"")
        if not data:
            raise MultipartError("the answer ends inside a part")
        self._held += data
