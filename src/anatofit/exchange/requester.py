"""An archive asked by C-FIND, and fetched from by C-GET or C-MOVE in the Study Root model (PS3.4, annex C)."""

from __future__ import annotations

import io
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import MappingProxyType

from anatofit.exchange import acceptor, dimse
from anatofit.exchange.acceptor import Peer
from anatofit.exchange.archive import StudyEntry, number_of, too_large, unreachable
from anatofit.exchange.association import EXPLICIT_LITTLE, STORED, Proposal, associate
from anatofit.exchange.collect import Collector, Promise
from anatofit.exchange.dimse import Command, Messages
from anatofit.exchange.elements import SERIES, SOP_CLASS, SOP_INSTANCE, STUDY, NotReadableError, first_texts
from anatofit.exchange.limits import Limits
from anatofit.exchange.listener import Listener, Welcome
from anatofit.exchange.part10 import is_uid
from anatofit.exchange.secure import client_context, move_context
from anatofit.exchange.wire import RELEASE_REQUEST, LinkError, Wire
from anatofit.model.exchange import Dimse

FIND, MOVE, GET = (f"1.2.840.10008.5.1.4.1.2.2.{n}" for n in (1, 2, 3))
_LEVEL, _ACCESSION, _COUNT = 0x00080052, 0x00080050, 0x00201208
_SERIES_NUMBER, _INSTANCE_NUMBER = 0x00200011, 0x00200013
_VR = MappingProxyType(
    {_LEVEL: b"CS", _ACCESSION: b"SH", _COUNT: b"IS", _SERIES_NUMBER: b"IS", _INSTANCE_NUMBER: b"IS"}
)
_PENDING = (0xFF00, 0xFF01)
_CONNECT_S = 10.0


def identifier(keys: Mapping[int, str], *, explicit: bool) -> bytes:
    """A query: what is asked for by value, and what is wanted back by an empty one."""
    out = bytearray()
    for tag in sorted(keys):
        vr, value = _VR.get(tag, b"UI"), keys[tag].encode("ascii")
        value += (b"\0" if vr == b"UI" else b" ") * (len(value) % 2)
        pair = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        out += pair + (vr + struct.pack("<H", len(value)) if explicit else struct.pack("<L", len(value))) + value
    return bytes(out)


class DimseArchive:
    """An archive that speaks DIMSE."""

    def __init__(self, archive: Dimse, limits: Limits) -> None:
        self._archive, self._limits = archive, limits

    def studies(self, *, accession: str | None = None, study: str | None = None) -> Sequence[StudyEntry]:
        """The studies of an accession number, or the one of a UID. Raises ScanUnsuitableError."""
        keys = {_LEVEL: "STUDY", _ACCESSION: accession or "", STUDY: study or "", _COUNT: ""}
        found = self._find([keys])
        fit = [f for f in found if is_uid(f.get(STUDY, "")) and study in (None, f[STUDY])]
        if accession is not None:
            fit = [f for f in fit if f.get(_ACCESSION, "") == accession]
        return [StudyEntry(uid, n) for uid, n in {f[STUDY]: number_of(f.get(_COUNT, "")) for f in fit}.items()]

    def instances(self, study: str) -> Mapping[str, Promise]:
        """Every instance of the study: asked series by series, as the model wants it. Raises ScanUnsuitableError."""
        series = self._find([{_LEVEL: "SERIES", STUDY: study, SERIES: "", _SERIES_NUMBER: ""}])
        numbers = {s[SERIES]: number_of(s.get(_SERIES_NUMBER, "")) for s in series if is_uid(s.get(SERIES, ""))}
        blank = {SOP_CLASS: "", SOP_INSTANCE: "", _INSTANCE_NUMBER: ""}
        found = self._find([{_LEVEL: "IMAGE", STUDY: study, SERIES: uid, **blank} for uid in numbers])
        return {
            f[SOP_INSTANCE]: Promise(
                f[SERIES], f.get(SOP_CLASS, ""), numbers[f[SERIES]], number_of(f.get(_INSTANCE_NUMBER, ""))
            )
            for f in found
            if is_uid(f.get(SOP_INSTANCE, "")) and f.get(SERIES) in numbers
        }

    def _find(self, queries: Sequence[Mapping[int, str]]) -> list[dict[int, str]]:
        answers: list[dict[int, str]] = []
        with self._peer(Proposal((FIND,))) as peer:
            number, syntax = peer.contexts.of(FIND)
            messages = Messages(peer.wire, self._limits)
            for turn, keys in enumerate(queries, start=1):
                data = identifier(keys, explicit=syntax == EXPLICIT_LITTLE)
                _ask(peer, number, FIND, dimse.FIND_RQ, turn, data)
                for answer in self._answers(messages, number):
                    # an archive need not repeat what it was asked by
                    texts = first_texts(io.BytesIO(answer), syntax, tuple(keys))
                    answers.append({**{t: v for t, v in keys.items() if v}, **texts})
                    if len(answers) > self._limits.most_instances:
                        raise too_large("the archive lists more than any study holds")
        return answers

    def _answers(self, messages: Messages, number: int) -> Iterator[bytes]:
        while True:
            came, command = messages.command()
            status = command.number(dimse.STATUS)
            if came != number or command.number(dimse.FIELD) != dimse.FIND_RQ | dimse.ANSWER:
                raise LinkError("an answer to nothing")
            if status in _PENDING and command.has_dataset:
                yield messages.small_dataset(number)
            elif status == dimse.SUCCESS:
                return
            else:
                raise LinkError(f"the query was answered by status {status & 0xFFFF:04X}")

    def fetch(self, study: str, into: Collector) -> None:
        """Brings the instances of the study. Raises ScanUnsuitableError."""
        if self._archive.retrieve == "move":
            self._move(study, into)
            return
        classes = {p.sop_class for p in into.promised.values() if is_uid(p.sop_class)} or set(STORED)
        with self._peer(Proposal((GET,), tuple(sorted(classes)))) as peer:
            self._bring(peer, GET, dimse.GET_RQ, study, into)

    def close(self) -> None:
        """Nothing is held: each task has an association of its own."""

    def _move(self, study: str, into: Collector) -> None:
        ours = self._archive
        welcome = Welcome(ours.ours, frozenset({ours.ae_title}))
        address, tls = (ours.our_address, ours.our_port), move_context(ours)
        listener = Listener(into, welcome, address=address, limits=self._limits, tls=tls)
        listener.open()
        try:
            with self._peer(Proposal((MOVE,))) as peer:
                self._bring(peer, MOVE, dimse.MOVE_RQ, study, into)
        finally:
            listener.close()

    def _bring(self, peer: Peer, service: str, kind: int, study: str, into: Collector) -> None:
        """Asks for the study and takes what comes on this association until the archive says that it is done."""
        number, syntax = peer.contexts.of(service)
        data = identifier({_LEVEL: "STUDY", STUDY: study}, explicit=syntax == EXPLICIT_LITTLE)
        _ask(peer, number, service, kind, 1, data, destination=self._archive.ours if service == MOVE else None)
        messages, stores = Messages(peer.wire, self._limits), 0
        while True:
            came, command = messages.command()
            if command.number(dimse.FIELD) == dimse.STORE_RQ and service == GET:
                stores += 1
                if stores > 2 * len(into.promised) + 100:
                    raise too_large("the archive sends many more instances than it lists")
                acceptor.store(peer, messages, into, came, command)
            elif _is_done(messages, came, command, kind):
                return

    @contextmanager
    def _peer(self, proposal: Proposal) -> Iterator[Peer]:
        """An association for one task. Raises ScanUnsuitableError."""
        with suppress_link_errors():
            wire = Wire(self._connected(), self._limits)
            try:
                agreed = associate(
                    wire, ours=self._archive.ours, theirs=self._archive.ae_title, proposal=proposal, limits=self._limits
                )
                yield Peer(agreed, wire, self._limits)
                with suppress(LinkError):
                    wire.send(RELEASE_REQUEST)
                    wire.receive(wait_s=_CONNECT_S)
            except LinkError:
                wire.abort()
                raise
            finally:
                wire.close()

    def _connected(self) -> socket.socket:
        archive = self._archive
        tls = client_context(archive) if archive.tls else None
        try:
            plain = socket.create_connection((archive.host, archive.port), timeout=_CONNECT_S)
            return plain if tls is None else tls.wrap_socket(plain, server_hostname=archive.host)
        except ssl.SSLCertVerificationError as error:
            raise LinkError("its certificate is not one of the CA that is named, or not for its host") from error
        except OSError as error:
            raise LinkError(f"no connection ({type(error).__name__})") from error


@contextmanager
def suppress_link_errors() -> Iterator[None]:
    """Turns what goes wrong on the wire into a refusal by name."""
    try:
        yield
    except NotReadableError as error:
        raise unreachable("the archive gives answers that cannot be read") from error
    except LinkError as error:
        raise unreachable(f"the archive cannot be used: {error}") from error


def _ask(
    peer: Peer, number: int, service: str, kind: int, turn: int, data: bytes, *, destination: str | None = None
) -> None:
    values: dict[int, int | str] = {
        dimse.CLASS: service,
        dimse.FIELD: kind,
        dimse.MESSAGE: turn,
        dimse.PRIORITY: 0,
        dimse.DATASET_TYPE: dimse.A_DATASET,
    }
    if destination is not None:
        values[dimse.DESTINATION] = destination
    peer.wire.send_fragments(number, dimse.encoded(values), command=True)
    peer.wire.send_fragments(number, data, command=False)


def _is_done(messages: Messages, number: int, command: Command, kind: int) -> bool:
    """The archive's word on how far it is; what failed on its side shows in what is missing. Raises LinkError."""
    if command.number(dimse.FIELD) != kind | dimse.ANSWER:
        raise LinkError("an answer to nothing")
    if command.has_dataset:
        messages.small_dataset(number)  # the list of what failed
    status = command.number(dimse.STATUS)
    if status in _PENDING:
        return False
    if status in (dimse.SUCCESS, 0xB000) or status >> 8 == 0xA7:
        return True
    raise LinkError(f"the request was answered by status {status & 0xFFFF:04X}")
