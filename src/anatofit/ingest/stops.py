"""A refusal in the words of its rule, for rooms that judge one file and stop at its first fault."""

from __future__ import annotations

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.ingest.rules import found
from anatofit.model.scan import ScanFinding


def stop(rule: str, was: str) -> ScanUnsuitableError:
    """The refusal under `rule`: what was, then what to do. The caller raises it."""
    return ScanUnsuitableError(Reason(rule, found(rule, was).message))


def as_findings(error: ScanUnsuitableError) -> tuple[ScanFinding, ...]:
    """The reasons of a refusal as findings of a report, which nobody can waive."""
    return tuple(ScanFinding(rule=r.rule, message=r.message) for r in error.reasons)
