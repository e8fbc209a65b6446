"""What a listener does with an instance that came: into the inbox, or aside, and which status says so."""

from __future__ import annotations

from pathlib import Path

from anatofit.exchange.acceptor import DUPLICATE
from anatofit.exchange.dimse import SUCCESS
from anatofit.exchange.inbox import Inbox, Kept
from anatofit.exchange.limits import Limits
from anatofit.exchange.part10 import Identity, Incoming, room_for


class InboxTaker:
    """Puts what comes into an inbox."""

    def __init__(self, inbox: Inbox, folder: Path, limits: Limits) -> None:
        self._inbox, self._folder, self._limits = inbox, folder, limits

    def begin(self) -> Incoming:
        """A file for what begins to come in. Raises OSError."""
        return self._inbox.begin()

    def has_room(self, byte_count: int) -> bool:
        """The disk has room."""
        return room_for(self._folder, keep_free_bytes=self._limits.free_bytes)

    def take(self, part: Incoming, who: Identity) -> int:
        """Success for what is new or the same again; "duplicate" (PS3.7, C.4.2) for other bytes under a known UID."""
        return DUPLICATE if self._inbox.keep(part, who) is Kept.OTHER else SUCCESS

    def refuse(self, part: Incoming, why: str) -> None:
        """Keeps it aside. Raises OSError."""
        self._inbox.set_aside(part, why)
