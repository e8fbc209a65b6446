"""How an association is asked for and answered (PS3.8, 9.3.2-9.3.4); pynetdicom encodes and decodes, nothing else of it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anatofit.exchange.library import library
from anatofit.exchange.limits import Limits
from anatofit.exchange.wire import ASSOCIATE_AC, ASSOCIATE_RJ, ASSOCIATE_RQ, HEADER, LinkError, Wire

VERIFICATION = "1.2.840.10008.1.1"
EXPLICIT_LITTLE, IMPLICIT_LITTLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
# Every transfer syntax that intake reads, the sender's own form first: nothing is converted on the way if it need not be.
COMPRESSED = (
    "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.203", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51",
)  # fmt: skip
PLAIN = (EXPLICIT_LITTLE, IMPLICIT_LITTLE, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")
# CT, Enhanced CT, Legacy Converted Enhanced CT; segmentations and structures; what travels along with a study.
STORED = (
    "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2",
    "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7", "1.2.840.10008.5.1.4.1.1.66.5", "1.2.840.10008.5.1.4.1.1.481.3",
    "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.7.1", "1.2.840.10008.5.1.4.1.1.7.2",
    "1.2.840.10008.5.1.4.1.1.7.3", "1.2.840.10008.5.1.4.1.1.7.4",
    "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4",
    "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.128",
    "1.2.840.10008.5.1.4.1.1.66", "1.2.840.10008.5.1.4.1.1.66.1", "1.2.840.10008.5.1.4.1.1.67",
    "1.2.840.10008.5.1.4.1.1.11.1", "1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.88.22",
    "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.88.34", "1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.5.1.4.1.1.88.67",
    "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.3",
)  # fmt: skip
_APPLICATION = "1.2.840.10008.3.1.1.1"
_IMPLEMENTATION_UID, _IMPLEMENTATION = "2.25.302044912744163713950206243870416530477", b"ANATOFIT"
# (result, source, reason) of PS3.8, table 9-21
CALLED_UNKNOWN, CALLING_UNKNOWN, NO_ROOM = (1, 1, 7), (1, 1, 3), (2, 3, 2)
# Results of a presentation context (PS3.8, table 9-18).
_AGREED, _NO_SUCH_CLASS, _NO_SUCH_SYNTAX = 0, 3, 4


@dataclass(frozen=True)
class Contexts:
    """What was agreed: abstract and transfer syntax by context id."""

    agreed: Mapping[int, tuple[str, str]]

    def of(self, abstract: str, *, syntax: str | None = None) -> tuple[int, str]:
        """A context for an abstract syntax, and its transfer syntax. Raises LinkError where the peer took none."""
        for number, (name, transfer) in self.agreed.items():
            if name == abstract and syntax in (None, transfer):
                return number, transfer
        raise LinkError("the peer does not offer what is needed")


@dataclass(frozen=True)
class Asked:
    """An association request: who calls whom, and the request itself."""

    calling: str
    called: str
    largest_pdu_bytes: int
    primitive: Any


def read_request(body: bytes) -> Asked:
    """The request in the body of an A-ASSOCIATE-RQ. Raises LinkError where it is none."""
    pdu, primitive = _decoded("A_ASSOCIATE_RQ", ASSOCIATE_RQ, body)
    largest = primitive.maximum_length_received or 0
    return Asked(str(pdu.calling_ae_title).strip(), str(pdu.called_ae_title).strip(), int(largest), primitive)


def _decoded(name: str, kind: int, body: bytes) -> tuple[Any, Any]:
    """The PDU and its primitive. Raises LinkError."""
    pdu = getattr(library("pynetdicom.pdu"), name)()
    try:
        pdu.decode(HEADER.pack(kind, len(body)) + body)
        return pdu, pdu.to_primitive()
    except Exception as error:
        raise LinkError("a request for an association that cannot be read") from error


def accepted(asked: Asked, *, limits: Limits) -> tuple[bytes, Contexts]:
    """The A-ASSOCIATE-AC that answers `asked`, and what it agrees to: storage and verification. Raises LinkError."""
    presentation = library("pynetdicom.presentation")
    try:
        result = [_judged(presentation, c) for c in asked.primitive.presentation_context_definition_list]
        body = _accept(asked.primitive, result, limits)
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise LinkError("a request for an association that cannot be answered") from error
    agreed = {c.context_id: (str(c.abstract_syntax), str(c.transfer_syntax[0])) for c in result if c.result == _AGREED}
    return body, Contexts(agreed)


def _judged(presentation: Any, theirs: Any) -> Any:
    """The answer to one context. The order of the sender decides: a good one names the form that it holds first."""
    name, syntaxes = str(theirs.abstract_syntax), list(map(str, theirs.transfer_syntax))
    takes = PLAIN[:2] if name == VERIFICATION else (*COMPRESSED, *PLAIN)
    chosen = next((s for s in syntaxes if s in takes), None)
    ours = _context(presentation, theirs.context_id, name, [chosen or syntaxes[0]])
    known = name == VERIFICATION or name in STORED
    ours.result = _NO_SUCH_CLASS if not known else _NO_SUCH_SYNTAX if chosen is None else _AGREED
    return ours


def _accept(request: Any, result: Sequence[Any], limits: Limits) -> bytes:
    primitives = library("pynetdicom.pdu_primitives")
    answer = primitives.A_ASSOCIATE()
    answer.application_context_name = _APPLICATION
    answer.calling_ae_title, answer.called_ae_title = request.calling_ae_title, request.called_ae_title
    answer.result, answer.result_source = 0, 1
    answer.presentation_context_definition_results_list = list(result)
    answer.user_information = _about_us(primitives, limits)
    pdu = library("pynetdicom.pdu").A_ASSOCIATE_AC()
    pdu.from_primitive(answer)
    return bytes(pdu.encode())


def _about_us(primitives: Any, limits: Limits) -> list[Any]:
    size, uid, name = (
        primitives.MaximumLengthNotification(),
        primitives.ImplementationClassUIDNotification(),
        primitives.ImplementationVersionNameNotification(),
    )
    size.maximum_length_received = limits.largest_pdu_bytes
    uid.implementation_class_uid, name.implementation_version_name = _IMPLEMENTATION_UID, _IMPLEMENTATION.decode()
    return [size, uid, name]


def rejected(why: tuple[int, int, int]) -> bytes:
    """An A-ASSOCIATE-RJ."""
    return HEADER.pack(ASSOCIATE_RJ, 4) + bytes((0, *why))


def _context(presentation: Any, number: int, abstract: str, syntaxes: Sequence[str]) -> Any:
    context = presentation.PresentationContext()
    context.context_id = number
    context.abstract_syntax, context.transfer_syntax = abstract, list(syntaxes)
    return context


@dataclass(frozen=True)
class Proposal:
    """What we ask a peer for. stored: classes that the peer may send us on this association (C-GET)."""

    services: Sequence[str]
    stored: Sequence[str] = ()


def associate(wire: Wire, *, ours: str, theirs: str, proposal: Proposal, limits: Limits) -> Contexts:
    """An association as the one who asks. Raises LinkError where the peer says no, or anything but yes."""
    wire.send(_request(ours, theirs, proposal, limits))
    kind, body = wire.receive(wait_s=limits.idle_s, largest_bytes=limits.largest_request_bytes)
    if kind == ASSOCIATE_RJ:
        raise LinkError("the peer refuses the association: it does not know our AE title, its own, or has no room")
    if kind != ASSOCIATE_AC:
        raise LinkError("the peer gives no answer of DICOM")
    answer = _decoded("A_ASSOCIATE_AC", ASSOCIATE_AC, bytes(body))[1]
    wire.fragment_bytes = _theirs(answer.maximum_length_received, limits)
    names = dict(_numbered(proposal))
    agreed = {
        c.context_id: (names[c.context_id][0], str(c.transfer_syntax[0]))
        for c in answer.presentation_context_definition_results_list
        if c.result == _AGREED and c.context_id in names and c.transfer_syntax
    }
    return Contexts(agreed)


def _theirs(announced: int | None, limits: Limits) -> int:
    """How long a PDU the peer takes; 0 means any length."""
    return min(announced or limits.largest_pdu_bytes, limits.largest_pdu_bytes)


def _numbered(proposal: Proposal) -> Iterable[tuple[int, tuple[str, tuple[str, ...]]]]:
    wanted: list[tuple[str, tuple[str, ...]]] = [(name, PLAIN[:2]) for name in proposal.services]
    # whoever holds compressed pixels hands them out as they are in the second context of each class
    wanted += [(name, group) for name in proposal.stored for group in (PLAIN[:2], COMPRESSED)]
    return ((2 * n + 1, entry) for n, entry in enumerate(wanted[:128]))


def _request(ours: str, theirs: str, proposal: Proposal, limits: Limits) -> bytes:
    presentation, primitives = library("pynetdicom.presentation"), library("pynetdicom.pdu_primitives")
    asked = primitives.A_ASSOCIATE()
    asked.application_context_name = _APPLICATION
    asked.calling_ae_title, asked.called_ae_title = ours, theirs
    asked.presentation_context_definition_list = [
        _context(presentation, number, name, syntaxes) for number, (name, syntaxes) in _numbered(proposal)
    ]
    asked.user_information = _about_us(primitives, limits)
    for name in proposal.stored:
        role = primitives.SCP_SCU_RoleSelectionNegotiation()
        role.sop_class_uid, role.scu_role, role.scp_role = name, False, True
        asked.user_information.append(role)
    pdu = library("pynetdicom.pdu").A_ASSOCIATE_RQ()
    pdu.from_primitive(asked)
    return bytes(pdu.encode())
