"""An archive as a pull sees it, whichever protocol it speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.exchange.collect import Collector, Promise


@dataclass(frozen=True)
class StudyEntry:
    """A study that an archive lists; instance_count is -1 where it does not tell."""

    uid: str
    instance_count: int = -1


class Archive(Protocol):
    """What can be asked of an archive. Every answer is checked: an archive may be wrong, or not what it seems."""

    def studies(self, *, accession: str | None = None, study: str | None = None) -> Sequence[StudyEntry]:
        """The studies of an accession number, or the one of a UID. Raises ScanUnsuitableError."""

    def instances(self, study: str) -> Mapping[str, Promise]:
        """Every instance of the study, by SOP Instance UID. Raises ScanUnsuitableError."""

    def fetch(self, study: str, into: Collector) -> None:
        """Brings the instances of the study. Raises ScanUnsuitableError."""

    def close(self) -> None:
        """Lets go of every connection."""


def unreachable(why: str) -> ScanUnsuitableError:
    """The archive does not do what was asked; `why` holds nothing that came from it."""
    return ScanUnsuitableError(
        Reason("pacs-unreachable", f"{why}. Ask who runs the archive whether it is up and knows us; try again later")
    )


def too_large(what: str) -> ScanUnsuitableError:
    """The archive lists or sends more than is taken."""
    return ScanUnsuitableError(
        Reason("pull-too-large", f"{what}. Make room, or ask who runs the archive what it sends")
    )


def number_of(text: str) -> int:
    """A whole number in a text from an archive; -1 where it is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
