"""The door of a listener: connections that have not yet asked for anything cost a socket each, and never stand in anyone's way.

One thread watches them all. Whoever sends a whole request for an association in time is handed on; whoever sends anything else, or
nothing for too long, is sent away. When the door is full, the one that has waited longest makes way.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from anatofit.exchange.limits import Limits
from anatofit.exchange.wire import ASSOCIATE_RQ, HEADER

_LOOK_S = 0.25  # how often deadlines are looked at
_BACKLOG = 512
_PAUSE_S = 0.05  # before the next try to accept, where descriptors ran out


@dataclass
class _Waiting:
    connection: socket.socket
    deadline_s: float
    shaken: bool  # the TLS handshake is done, or there is none
    data: bytearray = field(default_factory=bytearray)


class Door:
    """Listens at an address until `close`; `enter(socket, request body)` is called for each whole request, and must return at once."""

    def __init__(
        self,
        address: tuple[str, int],
        enter: Callable[[socket.socket, bytes], None],
        *,
        limits: Limits,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._enter, self._limits, self._tls = enter, limits, tls
        self._waiting: dict[int, _Waiting] = {}  # in the order of their arrival
        self.turned_away = 0
        self._ends = threading.Event()
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._listening = socket.create_server(address, family=family, backlog=_BACKLOG)
        self._listening.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._watch, name="door", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listening.getsockname()[1])

    def open(self) -> None:
        """Begins to let in."""
        self._thread.start()

    def close(self) -> None:
        """Lets nobody in any more, and sends away who waits."""
        self._ends.set()
        self._thread.join()
        for waiting in list(self._waiting.values()):
            self._away(waiting)
        self._selector.close()
        self._listening.close()

    def _watch(self) -> None:
        looked = time.monotonic()
        while not self._ends.is_set():
            for key, _ in self._selector.select(_LOOK_S):
                if key.fileobj is self._listening:
                    self._let_in()
                elif key.fd in self._waiting:
                    self._hear(self._waiting[key.fd])
            if time.monotonic() - looked >= _LOOK_S:
                looked = time.monotonic()
                for waiting in [w for w in self._waiting.values() if w.deadline_s < looked]:
                    self._away(waiting)

    def _let_in(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except BlockingIOError:
                return
            except OSError:  # no descriptor left: room is made, and the caller waits in the backlog meanwhile
                self._make_room()
                time.sleep(_PAUSE_S)
                return
            if len(self._waiting) >= self._limits.waiting:
                self._make_room()
            self._welcome(connection)

    def _make_room(self) -> None:
        if self._waiting:
            self._away(next(iter(self._waiting.values())))

    def _welcome(self, connection: socket.socket) -> None:
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        except OSError:
            connection.close()
            return
        waiting = _Waiting(connection, time.monotonic() + self._limits.first_pdu_s, shaken=self._tls is None)
        self._waiting[connection.fileno()] = waiting
        self._selector.register(connection, selectors.EVENT_READ)

    def _hear(self, waiting: _Waiting) -> None:
        """Reads what is there; ends the waiting of whoever is done, or broke the rules."""
        try:
            if not waiting.shaken:
                waiting.connection.do_handshake()  # type: ignore[attr-defined]  # only TLS sockets are not shaken
                waiting.shaken = True
            while (missing := self._missing(waiting)) > 0:
                data = waiting.connection.recv(missing)
                if not data:
                    self._away(waiting)
                    return
                waiting.data += data
        except ssl.SSLWantWriteError:
            self._selector.modify(waiting.connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
        except (BlockingIOError, ssl.SSLWantReadError):
            self._selector.modify(waiting.connection, selectors.EVENT_READ)
            self._hold_together()
        except OSError:
            self._away(waiting)
        else:
            self._done(waiting, whole=missing == 0)

    def _missing(self, waiting: _Waiting) -> int:
        """How many bytes of header or request are still to come; -1 where what came is no request."""
        data = waiting.data
        if data and data[0] != ASSOCIATE_RQ:
            return -1
        if len(data) < HEADER.size:
            return HEADER.size - len(data)
        _, size = HEADER.unpack_from(data)
        if not 0 < size <= self._limits.largest_request_bytes:
            return -1
        return int(HEADER.size + size - len(data))

    def _done(self, waiting: _Waiting, *, whole: bool) -> None:
        if not whole:
            self._away(waiting)
            return
        self._forget(waiting)
        try:
            waiting.connection.setblocking(True)
            self._enter(waiting.connection, bytes(waiting.data[HEADER.size :]))
        except (OSError, RuntimeError):  # gone already, or no thread is left for it: the door stays open for others
            self.turned_away += 1
            waiting.connection.close()

    def _hold_together(self) -> None:
        """All that wait hold no more than is allowed; the one that has waited longest with the most goes."""
        held = sum(len(w.data) for w in self._waiting.values() if len(w.data) > HEADER.size)
        if held > self._limits.waiting_bytes:
            self._away(max(self._waiting.values(), key=lambda w: len(w.data)))

    def _forget(self, waiting: _Waiting) -> None:
        self._selector.unregister(waiting.connection)
        self._waiting.pop(waiting.connection.fileno(), None)

    def _away(self, waiting: _Waiting) -> None:
        self.turned_away += 1
        self._forget(waiting)
        with suppress(OSError):
            waiting.connection.close()
