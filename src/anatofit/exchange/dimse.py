"""Messages over a wire: short commands as plain values, data sets as a stream that is never held whole (PS3.7, 6.3 and annex E)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from anatofit.exchange.limits import Limits
from anatofit.exchange.wire import LinkError, Wire

# Elements of a command, all of group 0000 (PS3.7, table E.1-1).
CLASS, FIELD, MESSAGE, ANSWERED, DESTINATION = 0x0002, 0x0100, 0x0110, 0x0120, 0x0600
PRIORITY, DATASET_TYPE, STATUS, INSTANCE = 0x0700, 0x0800, 0x0900, 0x1000
REMAINING, COMPLETED, FAILED, WARNED = 0x1020, 0x1021, 0x1022, 0x1023
NO_DATASET, A_DATASET = 0x0101, 0x0001
STORE_RQ, GET_RQ, FIND_RQ, MOVE_RQ, ECHO_RQ, CANCEL_RQ = 0x0001, 0x0010, 0x0020, 0x0021, 0x0030, 0x0FFF
ANSWER = 0x8000  # the bit that makes an answer of a request
SUCCESS, UNRECOGNISED = 0x0000, 0x0211
_ELEMENT = struct.Struct("<HHL")


@dataclass(frozen=True)
class Command:
    """A command set: the value of each element of group 0000, as it came."""

    values: Mapping[int, bytes]

    def number(self, element: int) -> int:
        """An unsigned value of two or four bytes; -1 where it is missing or something else."""
        value = self.values.get(element, b"")
        return int.from_bytes(value, "little") if len(value) in (2, 4) else -1

    def text(self, element: int) -> str:
        """A text without its padding; characters beyond ASCII are replaced."""
        return self.values.get(element, b"").decode("ascii", errors="replace").strip("\0 ")

    @property
    def has_dataset(self) -> bool:
        """A data set follows."""
        return self.number(DATASET_TYPE) != NO_DATASET


def encoded(values: Mapping[int, int | str]) -> bytes:
    """A command set in implicit little endian, with its group length."""
    body = b"".join(_element(element, _value(values[element])) for element in sorted(values))
    return _element(0, struct.pack("<L", len(body))) + body


def _element(element: int, value: bytes) -> bytes:
    return _ELEMENT.pack(0, element, len(value)) + value


def _value(value: int | str) -> bytes:
    if isinstance(value, int):
        return struct.pack("<H", value)
    data = value.encode("ascii")
    return data + b"\0" * (len(data) % 2)


def decoded(data: bytes) -> Command:
    """The command in `data`. Raises LinkError where it is none."""
    values, place = {}, 0
    while place < len(data):
        if len(data) - place < _ELEMENT.size:
            raise LinkError("a command that is cut short")
        group, element, size = _ELEMENT.unpack_from(data, place)
        place += _ELEMENT.size
        if group != 0 or size > len(data) - place:
            raise LinkError("no command of DICOM")
        values[element] = data[place : place + size]
        place += size
    return Command(values)


class Messages:
    """Reads messages off a wire, fragment by fragment."""

    def __init__(self, wire: Wire, limits: Limits) -> None:
        self._wire, self._limits = wire, limits
        self._pending: Iterator[tuple[int, int, memoryview]] = iter(())

    def command(self) -> tuple[int, Command]:
        """The context and the command of the next message. Raises LinkError and its kinds."""
        data, wait_s = bytearray(), self._limits.idle_s
        while True:
            context, control, part = self._next(wait_s)
            if not control & 1:
                raise LinkError("data without a command")
            if len(data) + len(part) > self._limits.largest_command_bytes:
                raise LinkError("a command longer than any")
            data += part
            if control & 2:
                return context, decoded(bytes(data))
            wait_s = self._limits.pdu_s

    def dataset(self, context: int) -> Iterator[memoryview]:
        """The pieces of the data set that follows; each lives until the next is asked for. Raises LinkError and its kinds."""
        while True:
            came, control, part = self._next(self._limits.pdu_s)
            if control & 1 or came != context:
                raise LinkError("a command inside a data set")
            yield part
            if control & 2:
                return

    def small_dataset(self, context: int) -> bytes:
        """The data set that follows, where it must be short. Raises LinkError."""
        data = bytearray()
        for part in self.dataset(context):
            if len(data) + len(part) > self._limits.largest_answer_bytes:
                raise LinkError("an answer longer than any")
            data += part
        return bytes(data)

    def _next(self, wait_s: float) -> tuple[int, int, memoryview]:
        for fragment in self._pending:
            return fragment
        while True:
            self._pending = self._wire.fragments(wait_s=wait_s)
            for fragment in self._pending:
                return fragment
            raise LinkError("a PDU without a fragment")
