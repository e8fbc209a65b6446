"""What provokes the rules of the exchange with archives: archives that answer from a list, and commands that cannot begin."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

from anatofit.exchange.archive import StudyEntry, too_large
from anatofit.exchange.collect import Collector, Promise
from anatofit.exchange.library import library
from tests.app.fakes import PRESCRIPTION, write_prescription
from tests.rules.provoke import ROWS, Desk, provokes

WEB = '[pacs.x]\nkind = "dicomweb"\nurl = "http://127.0.0.1:1/x"\n'
DIMSE = '[pacs.x]\nkind = "dimse"\nhost = "127.0.0.1"\nport = 1\nae_title = "X"\n'


@dataclass
class _Archive:
    """Lists what it is told to, and sends nothing."""

    entries: Sequence[StudyEntry]
    listed: Mapping[str, Promise]
    floods: bool = False

    def studies(self, **_asked: Any) -> Sequence[StudyEntry]:
        return self.entries

    def instances(self, _study: str) -> Mapping[str, Promise]:
        return self.listed

    def fetch(self, _study: str, _into: Collector) -> None:
        if self.floods:
            raise too_large("an instance is larger than any")

    def close(self) -> None:
        pass


def _pull(desk: Desk, site: str = DIMSE, *, into: str = "out") -> list[str]:
    path = desk.folder / "site.toml"
    path.write_text(site)
    return ["pull", "--accession", "A1", "--site", str(path), "--into", str(desk.folder / into)]


def _from(desk: Desk, *uids: str, floods: bool = False, into: str = "out") -> list[str]:
    made = _Archive([StudyEntry(uid, 1) for uid in uids], {"1.2.3.4": Promise("1.2.3", "", 1, 1)}, floods)
    desk.patch.setattr("anatofit.exchange.pull.DimseArchive", lambda *_: made)
    return _pull(desk, into=into)


ROWS["study-not-found"] = partial(_from)
ROWS["several-studies"] = lambda desk: _from(desk, "1.2", "1.3")
ROWS["pull-incomplete"] = lambda desk: _from(desk, "1.2")
ROWS["pull-too-large"] = lambda desk: _from(desk, "1.2", floods=True)
ROWS["pacs-unreachable"] = partial(_pull)
ROWS["pacs"] = lambda desk: _pull(desk, "")


@provokes("inbox")
def _in_use(desk: Desk) -> list[str]:
    return _from(desk, "1.2", into=".")


@provokes("pacs-login")
def _no_login(desk: Desk) -> list[str]:
    desk.patch.delenv("ANATOFIT_TEST_LOGIN", raising=False)
    return _pull(desk, WEB + 'auth = "basic"\nlogin_variable = "ANATOFIT_TEST_LOGIN"\n')


@provokes("exchange-missing")
def _missing(desk: Desk) -> list[str]:
    def absent(_name: str) -> None:
        raise ImportError

    library.cache_clear()
    desk.patch.setattr("anatofit.exchange.library.importlib", SimpleNamespace(import_module=absent))
    return _pull(desk, WEB)


def _receive(desk: Desk, *more: str) -> list[str]:
    return ["receive", "--into", str(desk.folder / "in"), *more]


ROWS["callers"] = partial(_receive)


@provokes("listen")
def _taken(desk: Desk) -> list[str]:
    def taken(*_arguments: Any, **_more: Any) -> None:
        raise OSError(errno.EADDRINUSE, "Address already in use")

    desk.patch.setattr("anatofit.exchange.door.socket.create_server", taken)
    return _receive(desk, "--caller", "A")


@provokes("order-without-patient")
def _anybody(desk: Desk) -> list[str]:
    order = write_prescription(desk.folder, PRESCRIPTION)
    return _receive(desk, "--caller", "A", "--order", str(order), "--out", str(desk.folder / "packs"))
