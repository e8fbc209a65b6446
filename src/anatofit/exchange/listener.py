"""A DICOM storage listener: known callers only, on this machine alone unless the site says otherwise, with TLS where it is set."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from anatofit.errors import Reason, RequestError
from anatofit.exchange import acceptor
from anatofit.exchange.acceptor import Taker
from anatofit.exchange.association import CALLED_UNKNOWN, CALLING_UNKNOWN, NO_ROOM, Asked, read_request, rejected
from anatofit.exchange.dimse import SUCCESS
from anatofit.exchange.door import Door
from anatofit.exchange.library import library
from anatofit.exchange.limits import Limits
from anatofit.exchange.lines import moment, peer_name, taken
from anatofit.exchange.wire import LinkClosedError, LinkError, Wire

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Welcome:
    """Who is let in: our AE title, and those that may call."""

    ours: str
    callers: frozenset[str]

    def refusal(self, asked: Asked) -> tuple[int, int, int] | None:
        """Why this one is not let in."""
        if asked.called != self.ours:
            return CALLED_UNKNOWN
        return None if asked.calling in self.callers else CALLING_UNKNOWN


class Listener:
    """Takes instances into `taker` until it is closed; one thread for each association, none that polls.

    tell: hears one line for each association, with time and peer; without it only what goes wrong is logged.
    """

    def __init__(
        self,
        taker: Taker,
        welcome: Welcome,
        *,
        address: tuple[str, int],
        limits: Limits,
        tls: ssl.SSLContext | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        library("pynetdicom.pdu")
        self._taker, self._welcome, self._limits, self._tell = taker, welcome, limits, tell
        self._lock = threading.Lock()
        self._busy: dict[threading.Thread, Wire] = {}
        self.counts = dict.fromkeys(("accepted", "refused", "broken"), 0)
        try:
            self._door = Door(address, self._enter, limits=limits, tls=tls)
        except OSError as error:
            why = f"nothing can listen at the address and port that are set: {error.strerror}. Choose another port"
            raise RequestError(Reason("listen", why)) from error

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._door.port

    @property
    def turned_away(self) -> int:
        """Connections that never asked for an association as DICOM does."""
        return self._door.turned_away

    def open(self) -> None:
        """Begins to take."""
        self._door.open()

    def close(self) -> None:
        """Takes nothing more; what was under way and not acknowledged is forgotten."""
        self._door.close()
        with self._lock:
            busy = dict(self._busy)
        for wire in busy.values():
            wire.close()
        for thread in busy:
            thread.join()

    def _enter(self, connection: socket.socket, body: bytes) -> None:
        """Raises OSError where the caller is gone already, RuntimeError where the system has no thread left."""
        wire = Wire(connection, self._limits)
        thread = threading.Thread(target=self._converse, args=(wire, body), name="association", daemon=True)
        with self._lock:
            full = len(self._busy) >= self._limits.associations
            if not full:
                self._busy[thread] = wire
        if full:
            self._say(peer_name("", wire.address), "an association was refused: as many as are allowed are at work")
            self._reject(wire, NO_ROOM)
            return
        try:
            thread.start()
        except RuntimeError:
            with self._lock:
                self._busy.pop(thread)
            raise

    def _reject(self, wire: Wire, why: tuple[int, int, int], *, wait_s: float = 0.0) -> None:
        """Says why, then leaves it so long to the peer to close, as PS3.8 has it (9.2, AE-8): one that finds the connection closed may not
        read what came before."""
        self._count("refused")
        with suppress(LinkError):
            wire.send(rejected(why))
            wire.receive(wait_s=wait_s)
        wire.close()

    def _converse(self, wire: Wire, body: bytes) -> None:
        stores: Counter[bool] = Counter()
        peer = peer_name("", wire.address)
        try:
            asked = read_request(body)
            peer = peer_name(asked.calling, wire.address)
            if (why := self._welcome.refusal(asked)) is not None:
                self._say(peer, f"an association was refused: {_WORDS[why]}")
                self._reject(wire, why, wait_s=_REFUSED_S)
                return
            self._count("accepted")
            wire.fragment_bytes = min(asked.largest_pdu_bytes or wire.fragment_bytes, wire.fragment_bytes)
            served = acceptor.answer(wire, asked, self._limits)
            acceptor.serve(served, self._taker, told=lambda status: stores.update([status == SUCCESS]))
            self._say(peer, f"an association ended: instances {taken(stores)}", usual=True)
        except LinkClosedError as error:
            self._count("broken")
            self._say(peer, f"an association broke off: {error}; instances {taken(stores)}", usual=True)
        except LinkError as error:
            self._count("broken")
            self._say(peer, f"an association was ended: {error}; instances {taken(stores)}")
            wire.abort()
        except Exception as error:  # noqa: BLE001 - one peer's association must not end the listener; its text may identify
            self._count("broken")
            self._say(peer, f"an association ended by {type(error).__name__} in our own code; report it")
            wire.abort()
        finally:
            wire.close()
            with self._lock:
                self._busy.pop(threading.current_thread(), None)

    def _say(self, peer: str, what: str, *, usual: bool = False) -> None:
        """One line, which holds nothing that was sent but the peer's AE title."""
        line = f"{moment()} {peer}: {what}"
        if self._tell is not None:
            with suppress(OSError):  # nobody reads any more: what is sent is taken all the same
                self._tell(line)
        else:
            _log.log(logging.INFO if usual else logging.WARNING, "%s", line)

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1


# What a refused caller has to read why and close; it holds a place among the associations as long, and a network's round trip is shorter.
_REFUSED_S = 2.0
_WORDS = {
    CALLED_UNKNOWN: "the AE title that was called is not ours",
    CALLING_UNKNOWN: "the AE title of the caller is not among the known ones",
}
