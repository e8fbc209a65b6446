"""The patient as a file names them: normalised, so that one person written in two ways has one pseudonym."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from anatofit.model.quiet import quiet_pydicom

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_TAGS = ["PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "StudyInstanceUID"]


@dataclass(frozen=True)
class PatientIdentity:
    """Who somebody is; it never shows itself."""

    number: str = field(default="", repr=False)
    issuer: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)

    study: str = field(default="", repr=False)

    @property
    def known(self) -> bool:
        """A number or a name is there."""
        return bool(self.number or self.name)

    @property
    def normal(self) -> str:
        """By the number and who issued it; by name and birth date where there is no number; else by the study."""
        kind = "number" if self.number else "name" if self.name else "study"
        fields = {"number": (self.number, self.issuer), "name": (self.name, self.birth_date), "study": (self.study,)}[
            kind
        ]
        return "\0".join([kind, *map(_normal, fields)])


def _normal(text: str) -> str:
    """One form for what differs only in case, width, accents' coding or spaces (Unicode NFKC)."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("^", " ").split())


def identity_of(dataset: Dataset) -> PatientIdentity:
    """The identity in a dataset; what cannot be read is empty."""
    return PatientIdentity(*(_text(dataset, keyword) for keyword in _TAGS))


def identity_in(data: bytes) -> PatientIdentity:
    """The identity in a DICOM file. Raises whatever a broken file makes pydicom raise."""
    from pydicom import dcmread

    with quiet_pydicom():
        return identity_of(dcmread(BytesIO(data), stop_before_pixels=True, specific_tags=_TAGS, force=True))


def _text(dataset: Any, keyword: str) -> str:
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 - a broken value is as good as none
        return ""
    return "" if value is None else "".join(c for c in str(value) if c.isprintable()).strip()
