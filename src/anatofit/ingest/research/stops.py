"""A refusal in the words of its rule, for rooms that judge one file and stop at its first fault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.ingest.door.faults import FileError, refused_file
from anatofit.ingest.door.files import open_regular
from anatofit.ingest.door.quarantine import keep_apart
from anatofit.ingest.rules import found
from anatofit.model.scan import ScanFinding
from anatofit.rules import RULES


def stop(rule: str, was: str) -> ScanUnsuitableError:
    """The refusal under `rule`: what was, then what to do. The caller raises it."""
    return ScanUnsuitableError(Reason(rule, found(rule, was).message))


def as_findings(error: ScanUnsuitableError) -> tuple[ScanFinding, ...]:
    """The reasons of a refusal as findings of a report, which nobody can waive."""
    return tuple(ScanFinding(rule=r.rule, message=r.message) for r in error.reasons)


@contextmanager
def set_apart(path: Path, quarantine: Path | None) -> Iterator[None]:
    """What is refused within the block is copied, with its reason, to the quarantine folder where one is named. Raises OutputError."""
    try:
        yield
    except ScanUnsuitableError as error:
        descriptor = open_regular(path) if quarantine is not None and path.is_file() else None
        if quarantine is not None and descriptor is not None:
            reason = error.reasons[0]
            was = reason.message.removesuffix(RULES[reason.rule].remedy).rstrip(". ")
            try:
                refused = refused_file(descriptor, path, FileError(reason.rule, was))
            finally:
                os.close(descriptor)
            keep_apart([refused], quarantine, scan=path)
        raise
