"""The one who is called: answers echoes, and takes instances one after another until the caller is done (PS3.4, annexes A and B)."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from anatofit.exchange import dimse
from anatofit.exchange.association import Asked, Contexts, accepted
from anatofit.exchange.dimse import Command, Messages
from anatofit.exchange.elements import NotReadableError
from anatofit.exchange.limits import Limits
from anatofit.exchange.lines import peer_name
from anatofit.exchange.part10 import Identity, Incoming, file_meta, is_uid
from anatofit.exchange.wire import RELEASE_REPLY, LinkError, LinkReleasedError, Wire

# Statuses of a C-STORE answer (PS3.4, table B.2-1; PS3.7, annex C).
NO_RESOURCES, DOES_NOT_MATCH, CANNOT_UNDERSTAND, DUPLICATE, WRONG_UID, WRONG_CLASS = (
    0xA700, 0xA900, 0xC000, 0x0111, 0x0117, 0x0122
)  # fmt: skip


class Taker(Protocol):
    """Where instances go: the inbox of a listener, or what a pull collects."""

    def begin(self) -> Incoming:
        """A file for what begins to come in. Raises OSError."""

    def has_room(self, byte_count: int) -> bool:
        """There is room for an instance that is so large by now."""

    def take(self, part: Incoming, who: Identity) -> int:
        """The status for a whole and durable instance. Raises OSError."""

    def refuse(self, part: Incoming, why: str) -> None:
        """Keeps aside what cannot be accepted. Raises OSError."""


@dataclass(frozen=True)
class Peer:
    """The other side of an association, and what was agreed with it; name: as `lines.peer_name` says it."""

    contexts: Contexts
    wire: Wire
    limits: Limits
    name: str = ""


def answer(wire: Wire, asked: Asked, limits: Limits) -> Peer:
    """Accepts the association. Raises LinkError."""
    reply, contexts = accepted(asked, limits=limits)
    wire.send(reply)
    return Peer(contexts, wire, limits, peer_name(asked.calling, wire.address))


def serve(peer: Peer, taker: Taker, *, told: Callable[[int], None] = lambda _status: None) -> None:
    """Answers until the caller releases the association; `told` hears each status of a store. Raises LinkError otherwise."""
    messages = Messages(peer.wire, peer.limits)
    while True:
        try:
            number, command = messages.command()
        except LinkReleasedError:
            peer.wire.send(RELEASE_REPLY)
            return
        kind = command.number(dimse.FIELD)
        if kind == dimse.STORE_RQ:
            told(store(peer, messages, taker, number, command))
        else:
            _other(peer, messages, number, command)


def _other(peer: Peer, messages: Messages, number: int, command: Command) -> None:
    """An echo, or something that nobody offered."""
    kind = command.number(dimse.FIELD)
    if command.has_dataset:
        messages.small_dataset(number)
    if kind == dimse.CANCEL_RQ:
        return
    if kind < 0 or kind & dimse.ANSWER:
        raise LinkError("an answer to nothing")
    status = dimse.SUCCESS if kind == dimse.ECHO_RQ else dimse.UNRECOGNISED
    _reply(peer.wire, number, command, status)


def store(peer: Peer, messages: Messages, taker: Taker, number: int, command: Command) -> int:
    """Takes one instance and answers its status, which is success only when it is durable. Raises LinkError."""
    if number not in peer.contexts.agreed or not command.has_dataset:
        raise LinkError("an instance that nothing was agreed for")
    status = _received(peer, messages, taker, number, command)
    _reply(peer.wire, number, command, status)
    return status


def _received(peer: Peer, messages: Messages, taker: Taker, number: int, command: Command) -> int:
    wrong = _announced(command, peer.contexts.agreed[number][0])
    part: Incoming | None = None
    try:
        if not wrong and taker.has_room(0):
            part = taker.begin()
            part.sender = peer.name
            sop_class, syntax = peer.contexts.agreed[number]
            part.write(file_meta(sop_class, command.text(dimse.INSTANCE), syntax))
        whole = _stream(peer, messages, taker, number, part)
        if wrong or part is None or not whole:
            return wrong or NO_RESOURCES
        status, part = _judged(part, taker, command), None
        return status
    except OSError as error:
        return NO_RESOURCES if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else CANNOT_UNDERSTAND
    finally:
        if part is not None:
            part.drop()


def _announced(command: Command, sop_class: str) -> int:
    """0, or the status for an instance that is announced as no instance can be."""
    if not is_uid(command.text(dimse.INSTANCE)):
        return WRONG_UID
    return 0 if command.text(dimse.CLASS) == sop_class else WRONG_CLASS


def _stream(peer: Peer, messages: Messages, taker: Taker, number: int, part: Incoming | None) -> bool:
    """Everything that is sent, into the file; the rest of what cannot be taken is read and let go, so that the caller hears why."""
    count, room = 0, part is not None
    for piece in messages.dataset(number):
        count += len(piece)
        if count > peer.limits.largest_instance_bytes:
            raise LinkError("an instance larger than any")
        if part is None or not room:
            continue
        try:
            part.write(piece)
            room = count % _LOOK_BYTES >= len(piece) or taker.has_room(count)
        except OSError:
            room = False
    return room


# How often the free room of the disk is looked at while an instance comes in.
_LOOK_BYTES = 16 * 1024**2


def _judged(part: Incoming, taker: Taker, command: Command) -> int:
    """The status of an instance that came whole. Raises OSError."""
    try:
        who = part.identity()
    except NotReadableError:
        return _refused(part, taker, "unreadable", CANNOT_UNDERSTAND)
    if (who.sop_class, who.sop_instance) != (command.text(dimse.CLASS), command.text(dimse.INSTANCE)):
        return _refused(part, taker, "other-instance", DOES_NOT_MATCH)
    try:
        part.close()
        return taker.take(part, who)
    except OSError:
        part.drop()
        raise


def _refused(part: Incoming, taker: Taker, why: str, status: int) -> int:
    try:
        part.close()
        taker.refuse(part, why)
    except OSError:
        part.drop()
        raise
    return status


def _reply(wire: Wire, number: int, command: Command, status: int) -> None:
    values: dict[int, int | str] = {
        dimse.FIELD: command.number(dimse.FIELD) | dimse.ANSWER,
        dimse.ANSWERED: max(command.number(dimse.MESSAGE), 0),
        dimse.DATASET_TYPE: dimse.NO_DATASET,
        dimse.STATUS: status,
    }
    for element in (dimse.CLASS, dimse.INSTANCE):
        if is_uid(command.text(element)):
            values[element] = command.text(element)
    wire.send_fragments(number, dimse.encoded(values), command=True)
