"""The listener at work: studies come in, close, and go on to intake; what happens is told line by line, without identity."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from anatofit.app.outside import refuse_among_studies, refuse_within
from anatofit.app.prescription import read_job
from anatofit.app.received import Carried, carry_out
from anatofit.app.settings import load_settings
from anatofit.errors import OutputError, PrescriptionError, Reason, RequestError
from anatofit.model.exchange import Receive
from anatofit.model.words import counted

if TYPE_CHECKING:
    from anatofit.exchange.inbox import Closed, Inbox

_LOOK_S = 0.2  # how often studies are looked at for closing


@dataclass(frozen=True)
class ReceiveRequest:
    """What a person asks of the listener. order and out: what is done with each study that closes; changed: settings overruled.

    expect: instances of a whole study, where that is known; once: end after the first study was handled.
    """

    into: Path
    site: Path | None = None
    changed: Mapping[str, object] | None = None
    order: Path | None = None
    out: Path | None = None
    expect: int | None = None
    once: bool = False


@dataclass(frozen=True)
class Summary:
    """How it went. instances: new, same again, other bytes under a known UID, unfit; exit_code: of the last order carried out."""

    instances: Mapping[str, int]
    associations: Mapping[str, int]
    studies: int
    exit_code: int = 0


def receive(request: ReceiveRequest, *, stop: threading.Event, tell: Callable[[str], None]) -> Summary:
    """Listens until `stop` is set. Raises RequestError where it cannot begin."""
    from anatofit.exchange.inbox import Inbox
    from anatofit.exchange.limits import Limits
    from anatofit.exchange.listener import Listener, Welcome
    from anatofit.exchange.secure import tls_context
    from anatofit.exchange.taking import InboxTaker

    settings, limits = _settings(request), Limits()
    refuse_among_studies("--into", request.into)
    refuse_within({"the folder of the listener": request.into}, {"--out": request.out})
    _judge_order(request)
    _raise_descriptors(limits.waiting + 4 * limits.associations)
    inbox, told = Inbox(request.into), _Told(tell)
    try:
        listener = Listener(
            InboxTaker(inbox, request.into, limits),
            Welcome(settings.ae_title, frozenset(settings.callers)),
            address=(settings.address, settings.port),
            limits=limits,
            tls=None if settings.tls is None else tls_context(settings.tls),
            tell=told.line,
        )
        listener.open()
        told(f"listening at {settings.address} port {listener.port} as {settings.ae_title}, {_guard(settings)}")
        try:
            work = _Work(request, inbox, settings.quiet_s, told)
            work.go_on(stop)
        finally:
            listener.close()
        return Summary(dict(inbox.counts), dict(listener.counts), work.studies, work.exit_code)
    finally:
        inbox.end()


def _guard(settings: Receive) -> str:
    callers = f"{counted(len(settings.callers), 'known caller')}"
    return f"{callers}, {'with TLS' if settings.tls else 'without TLS'}"


def _settings(request: ReceiveRequest) -> Receive:
    """The site's [receive] with what the command overrules. Raises RequestError."""
    from pydantic import ValidationError

    site = load_settings(request.site, beside=request.order.parent if request.order else None).receive
    try:
        settings = Receive.model_validate({**site.model_dump(), **(request.changed or {})})
    except ValidationError as error:
        from anatofit.app.wording import reasons_of

        known = {"": Receive.model_fields}
        raise PrescriptionError(
            [Reason("site", f"{r.rule} {r.message}") for r in reasons_of(error, known=known)]
        ) from error
    if not settings.callers:
        why = "no AE title is known that may send; name each sender with --caller, or in [receive] callers of anatofit.toml"
        raise RequestError(Reason("callers", why))
    return settings


def _judge_order(request: ReceiveRequest) -> None:
    """An order must be right before the first study comes, and say whose scan it is for. Raises RequestError."""
    if request.order is None:
        if request.out is not None:
            raise RequestError(
                Reason("command", "--out is the folder for packs, and needs --order, which asks for them")
            )
        return
    if request.out is None:
        raise OutputError(Reason("out", "an order needs --out, the folder for its packs"))
    patient = read_job(request.order, site=request.site, scan=request.into).prescription.patient
    if patient.id is None and patient.id_sha256 is None:
        why = "the order names no patient, and would be carried out on anybody's scan; put [patient] id or id_sha256 into it"
        raise RequestError(Reason("order-without-patient", why))


def _raise_descriptors(wanted: int) -> None:
    """Each connection takes a descriptor, each association a second and a third."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )


class _Told:
    """Lines from many threads, one at a time, each with its time."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell, self._lock = tell, threading.Lock()

    def line(self, line: str) -> None:
        """A line that bears its time already."""
        with self._lock:
            self._tell(line)

    def __call__(self, what: str) -> None:
        from anatofit.exchange.lines import moment

        self.line(f"{moment()} {what}")


class _Work:
    """Closes studies and hands them on, one order at a time, while the listener goes on."""

    def __init__(self, request: ReceiveRequest, inbox: Inbox, quiet_s: float, tell: Callable[[str], None]) -> None:
        self._request, self._inbox, self._quiet_s, self._tell = request, inbox, quiet_s, tell
        self._under_way: list[tuple[Closed, Future[Carried]]] = []
        self._gone = threading.Event()
        self.studies, self.exit_code = 0, 0

    def go_on(self, stop: threading.Event) -> None:
        with ThreadPoolExecutor(1) as orders:
            try:
                for closed in self._inbox.unhandled():
                    self._hand_on(closed, orders)
                while not stop.wait(_LOOK_S) and not (self._request.once and self.studies):
                    for closed in self._inbox.close_quiet(quiet_s=self._quiet_s, expect=self._request.expect):
                        self._hand_on(closed, orders)
                    self._look_after()
            finally:
                self._gone.set()
                orders.shutdown(cancel_futures=True)

    def _hand_on(self, closed: Closed, orders: ThreadPoolExecutor) -> None:
        name, count = f"study {closed.study} version {closed.version}", counted(closed.instance_count, "instance")
        senders = f", from {', '.join(closed.senders)}" if closed.senders else ""
        self._tell(f"{name}: {count}, closed ({closed.why}){senders} [{closed.folder}]")
        if self._request.order is None:
            self._note(closed, {"exit": 0, "order": False})
        else:
            self._under_way.append((closed, orders.submit(self._carry_out, closed)))

    def _carry_out(self, closed: Closed) -> Carried:
        request = self._request
        assert request.order is not None and request.out is not None
        pack = request.out / f"{closed.study}-v{closed.version}"
        return carry_out(request.order, scan=closed.folder, out=pack, site=request.site, stop=self._gone)

    def _look_after(self) -> None:
        for entry in [e for e in self._under_way if e[1].done()]:
            self._under_way.remove(entry)
            closed, carried = entry[0], entry[1].result()
            for line in carried.lines:
                self._tell(f"study {closed.study} version {closed.version}: {line}")
            self.exit_code = carried.exit_code
            self._note(closed, {"exit": carried.exit_code, "order": True, "codes": list(carried.codes)})

    def _note(self, closed: Closed, outcome: dict[str, object]) -> None:
        self._inbox.handled(closed, outcome)
        self.studies += 1
