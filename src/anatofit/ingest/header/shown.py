"""What of a file's text may be shown: defined terms as they are, free text by known words, UIDs without the patient in them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache

from anatofit.model.vocabulary import MODALITIES, PATIENT_POSITIONS, harmless

# A UID that bears fewer digits of an identity than this bears them by chance.
_DIGITS = 5
# Slices of a series say the same: what was made of it is not made again.
_REMEMBERED = 256
_STANDARD_UIDS = "1.2.840.10008."


def modality(text: str) -> str:
    """A modality of the standard; empty for anything else."""
    return text.upper() if text.upper() in MODALITIES else ""


def position_name(text: str) -> str:
    """A patient position of the standard; empty for anything else."""
    return text.upper() if text.upper() in PATIENT_POSITIONS else ""


@lru_cache(_REMEMBERED)
def free_text(text: str) -> str:
    """A description, cleaned."""
    return harmless(text)


@lru_cache(_REMEMBERED)
def kernel(text: str) -> str:
    """A kernel, cleaned; where something was withheld, four digits of its hash tell one kernel from another."""
    cleaned = harmless(text)
    return (
        cleaned
        if cleaned == text
        else f"{cleaned} {hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:4]}"
    )


def standard_uid(uid: str) -> str:
    """A UID that DICOM itself gives (classes, transfer syntaxes); a stand-in for any other, empty for none."""
    return uid if not uid or uid.startswith(_STANDARD_UIDS) else stand_in(uid)


def anonymous_uid(uid: str, *, marks: tuple[str, ...]) -> str:
    """The UID, or its stand-in where it bears the number or the birth date of the patient (`marks`)."""
    runs, undotted = _digits_of(marks), uid.replace(".", "")
    return stand_in(uid) if any(run in undotted for run in runs) else uid


@lru_cache(_REMEMBERED)
def _digits_of(marks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(run for mark in marks for run in _runs(mark)))


def _runs(mark: str) -> Iterator[str]:
    """The digits of an identity that a UID may bear; of a date also with the day or the month first."""
    whole = re.sub(r"\D", "", mark, flags=re.ASCII)
    yield from (run for run in (whole, whole.lstrip("0"), *re.findall(r"[0-9]+", mark)) if len(run) >= _DIGITS)
    if len(whole) == 8:
        yield whole[6:] + whole[4:6] + whole[:4]
        yield whole[4:6] + whole[6:] + whole[:4]


def stand_in(uid: str) -> str:
    """One UID in place of another, always the same (PS3.5, B.2: 2.25 and the number of a UUID, here of version 8)."""
    number = int.from_bytes(
        hashlib.sha256(b"anatofit uid\0" + uid.encode("utf-8", "surrogatepass")).digest()[:16], "big"
    )
    number = number & ~(0xF << 76) | (8 << 76)
    number = number & ~(0x3 << 62) | (2 << 62)
    return f"2.25.{number}"
