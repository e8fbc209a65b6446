"""A listener in this process, for tests that look into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from anatofit.exchange.inbox import Inbox
from anatofit.exchange.limits import Limits
from anatofit.exchange.listener import Listener, Welcome
from anatofit.exchange.taking import InboxTaker
from tests.exchange.certificates import make_certificates


@dataclass
class Station:
    """A listener and its inbox."""

    folder: Path
    inbox: Inbox
    listener: Listener

    @property
    def port(self) -> int:
        return self.listener.port


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates and keys of a site."""
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Any]:
    """Makes listeners with limits of the test's choice; they end with the test."""
    with ExitStack() as ends:

        def make(*, tls: Any = None, callers: tuple[str, ...] = ("SENDER",), **limits: Any) -> Station:
            folder, bounds = tmp_path / "inbox", replace(Limits(), **limits)
            inbox = Inbox(folder)
            ends.callback(inbox.end)
            listener = Listener(
                InboxTaker(inbox, folder, bounds),
                Welcome("ANATOFIT", frozenset(callers)),
                address=("127.0.0.1", 0),
                limits=bounds,
                tls=tls,
            )
            listener.open()
            ends.callback(listener.close)
            return Station(folder, inbox, listener)

        yield make
