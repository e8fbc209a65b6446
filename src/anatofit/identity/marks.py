"""The strings by which a file names people and places, in every coding they might be repeated in, and the search for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, MutableSequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from anatofit.model.words import names

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# Attributes beside all person names (VR PN) whose values identify: numbers, addresses, places, the birth date.
_IDENTIFYING = names(
    "PatientID OtherPatientIDs IssuerOfPatientID PatientBirthDate PatientAddress PatientTelephoneNumbers AccessionNumber "
    "InstitutionName InstitutionAddress InstitutionalDepartmentName MedicalRecordLocator AdmissionID RequestingService "
    "ReferringPhysicianAddress ReferringPhysicianTelephoneNumbers ResponsibleOrganization"
)
_CODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1", "shift_jis", "iso2022_jp", "euc_kr", "gb18030", "iso8859_5")
_SPLIT = re.compile(r"[\\^=\s,;|/]+")
# Shorter pieces stand in any file by chance: "Li", "17".
_LETTERS, _DIGITS = 4, 5
# Among half a million bytes of pixels six given ones stand by chance once in five hundred million files.
_IN_PIXELS_BYTES = 6


@dataclass(frozen=True)
class Marks:
    """Pieces of identities as text, and as bytes in every coding; neither ever shows itself."""

    pieces: frozenset[str] = field(repr=False)
    raw: frozenset[bytes] = field(repr=False)

    def in_text(self, text: str) -> bool:
        """A piece of an identity stands in the text, in whatever case."""
        lowered = text.casefold()
        return any(piece.casefold() in lowered for piece in self.pieces)

    def without(self, words: str) -> Marks:
        """The marks that are no part of `words`: what this program writes of itself is no trace of a patient."""
        lowered = words.casefold()
        pieces = frozenset(p for p in self.pieces if p.casefold() not in lowered)
        return Marks(pieces, frozenset(r for r in self.raw if r.decode("latin-1").casefold() not in lowered))

    @property
    def forms(self) -> tuple[bytes, ...]:
        """What is searched in bytes: every piece in every coding and three cases, and what stood in the file itself."""
        made = {coded for piece in self.pieces for form in _cases(piece) for coded in _coded(form)}
        return tuple(sorted(form for form in made | self.raw if len(form) >= _LETTERS))


def found_in(data: bytes, forms: Iterable[bytes], *, pixels_from: int) -> str:
    """Where a form stands: in the attributes, in the pixels, or nowhere (empty)."""
    for form in forms:
        if 0 <= data.find(form) < pixels_from:
            return "attributes"
        if len(form) >= _IN_PIXELS_BYTES and data.find(form, pixels_from) >= 0:
            return "pixels"
    return ""


def _cases(piece: str) -> set[str]:
    return {piece, piece.lower(), piece.upper(), piece.title()}


def _coded(text: str) -> Iterator[bytes]:
    return (coded for coding in _CODINGS if (coded := _encoded(text, coding)))


def _encoded(text: str, coding: str) -> bytes:
    """The text in the coding; nothing where that has no characters for it."""
    try:
        return text.encode(coding)
    except UnicodeError:
        return b""


def marks_of(dataset: Dataset) -> Marks:
    """Of the dataset and everything nested in it."""
    pieces: set[str] = set()
    raw: set[bytes] = set()
    _collect(dataset, pieces, raw)
    return Marks(frozenset(pieces), frozenset(raw))


def joined(marks: Iterable[Marks]) -> Marks:
    """The marks of several files."""
    every = list(marks)
    return Marks(frozenset().union(*(m.pieces for m in every)), frozenset().union(*(m.raw for m in every)))


def _collect(dataset: Any, pieces: set[str], raw: set[bytes]) -> None:
    from pydicom.datadict import keyword_for_tag

    for tag in list(dataset.keys()):
        keyword = keyword_for_tag(tag)
        before = dataset.get_item(tag)
        try:
            element = dataset[tag]
        except Exception:  # noqa: BLE001 - a broken element is never written; its bytes count where its name says so
            element = None
        if element is not None and element.VR == "SQ":
            for item in element.value:
                _collect(item, pieces, raw)
        elif keyword in _IDENTIFYING or (element is not None and element.VR == "PN"):
            _take(element, getattr(before, "value", None), pieces, raw)


def _take(element: Any, before: Any, pieces: set[str], raw: set[bytes]) -> None:
    if isinstance(before, bytes):
        raw.update(part for part in re.split(rb"[\\^=\s]+", before.strip(b"\0 ")) if _tells_raw(part))
    text = "" if element is None else _joined_text(element.value)
    pieces.update(part for part in _SPLIT.split(text) if _tells(part))


def _joined_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    many = list(value) if isinstance(value, MutableSequence) else [value]
    return "\\".join(str(v) for v in many)


def _tells(part: str) -> bool:
    if part.isascii():
        return len(part) >= (_DIGITS if part.isdigit() else _LETTERS)
    return len(part) >= 2


def _tells_raw(part: bytes) -> bool:
    return len(part) >= (_DIGITS if part.isdigit() else _LETTERS)
