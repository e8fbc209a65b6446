"""PDUs over one connection, bounded in size and time before memory is taken (PS3.8, 9.3)."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import suppress

from anatofit.exchange.limits import Limits

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
HEADER = struct.Struct(">BxL")
_PDV = struct.Struct(">LBB")
_TIME = struct.Struct("@ll")  # struct timeval
RELEASE_REQUEST = HEADER.pack(RELEASE_RQ, 4) + b"\0\0\0\0"
RELEASE_REPLY = HEADER.pack(RELEASE_RP, 4) + b"\0\0\0\0"
# Source 2: service provider; reason 6: invalid PDU parameter value (PS3.8, table 9-26).
ABORT_PDU = HEADER.pack(ABORT, 4) + b"\0\0\2\6"


class LinkError(Exception):
    """The peer broke the rules of the protocol, was too slow, or is gone; the connection is of no more use."""


class LinkClosedError(LinkError):
    """The peer closed or aborted the connection."""


class LinkReleasedError(LinkError):
    """The peer asked to end the association in order."""


class Wire:
    """One connected socket. Every read has a deadline for its whole PDU, so that a trickle of bytes gains no time."""

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        self._socket = connection
        self._tls = isinstance(connection, ssl.SSLSocket)
        self._flags = 0 if self._tls else socket.MSG_WAITALL
        connection.settimeout(limits.pdu_s if self._tls else None)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIME.pack(int(limits.pdu_s), 1))
        self._limits = limits
        self._buffer = bytearray(limits.largest_pdu_bytes)
        self.fragment_bytes = limits.largest_pdu_bytes

    @property
    def address(self) -> str:
        """The network address of the other side; empty where it is gone."""
        try:
            return str(self._socket.getpeername()[0])
        except OSError:
            return ""

    def receive(self, *, wait_s: float, largest_bytes: int | None = None) -> tuple[int, memoryview]:
        """The next PDU's type and body; the body lives until the next call. Raises LinkError."""
        most = self._limits.largest_pdu_bytes if largest_bytes is None else largest_bytes
        kind, size = HEADER.unpack(self._exactly(memoryview(bytearray(HEADER.size)), wait_s))
        if not ASSOCIATE_RQ <= kind <= ABORT:
            raise LinkError("no PDU of DICOM")
        if size > most:
            raise LinkError("a PDU longer than was agreed")
        if size > len(self._buffer):
            self._buffer = bytearray(size)
        return kind, self._exactly(memoryview(self._buffer)[:size], self._limits.pdu_s)

    def _exactly(self, into: memoryview, wait_s: float) -> memoryview:
        end, filled = time.monotonic() + wait_s, 0
        try:
            while filled < len(into):
                self._wait_at_most(end - time.monotonic())
                got = self._socket.recv_into(into[filled:], 0, self._flags)
                if got == 0:
                    raise LinkClosedError("the peer closed the connection")
                filled += got
        except OSError as error:
            raise LinkClosedError("the peer was too slow, or is gone") from error
        return into

    def _wait_at_most(self, seconds: float) -> None:
        """The system's own timer: it spans a whole read of many packets, which costs one call in place of a call for each.

        TLS knows no such read, and would begin again when that timer ends: there it is Python's timer.
        """
        if seconds <= 0:
            raise TimeoutError
        if self._tls:
            self._socket.settimeout(seconds)
            return
        self._socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIME.pack(int(seconds), int(seconds % 1 * 1e6) or 1)
        )

    def fragments(self, *, wait_s: float) -> Iterator[tuple[int, int, memoryview]]:
        """Context, control byte and data of each fragment in the next PDU. Raises LinkReleasedError, LinkClosedError, LinkError."""
        kind, body = self.receive(wait_s=wait_s)
        if kind == RELEASE_RQ:
            raise LinkReleasedError("the peer ended the association")
        if kind == ABORT:
            raise LinkClosedError("the peer aborted the association")
        if kind != P_DATA:
            raise LinkError("a PDU at the wrong time")
        place = 0
        while place < len(body):
            if len(body) - place < _PDV.size:
                raise LinkError("a fragment that is cut short")
            size, context, control = _PDV.unpack_from(body, place)
            if size < 2 or place + 4 + size > len(body):
                raise LinkError("a fragment that is longer than its PDU")
            yield context, control, body[place + _PDV.size : place + 4 + size]
            place += 4 + size

    def send(self, data: bytes) -> None:
        """All of it, within the time of one PDU. Raises LinkClosedError."""
        try:
            if self._tls:
                self._socket.settimeout(self._limits.pdu_s)
            self._socket.sendall(data)
        except OSError as error:
            raise LinkClosedError("the peer takes nothing more") from error

    def send_fragments(self, context: int, data: bytes, *, command: bool) -> None:
        """`data` as one or more P-DATA-TF PDUs that the peer can take."""
        most = max(self.fragment_bytes - _PDV.size, 1)
        for place in range(0, max(len(data), 1), most):
            part = data[place : place + most]
            control = (1 if command else 0) | (2 if place + most >= len(data) else 0)
            self.send(HEADER.pack(P_DATA, len(part) + _PDV.size) + _PDV.pack(len(part) + 2, context, control) + part)

    def abort(self) -> None:
        """Tells the peer that it broke the rules, then closes."""
        with suppress(LinkClosedError):
            self.send(ABORT_PDU)
        self.close()

    def close(self) -> None:
        """Ends the connection."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
