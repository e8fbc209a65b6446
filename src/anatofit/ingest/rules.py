"""Findings under the rules of a scan: what was, what was wanted, what to do, and what a person waived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from anatofit.errors import Reason
from anatofit.model.case import Waiver
from anatofit.model.scan import ScanFinding
from anatofit.rules import RULES, WAIVABLE

# A message names this many places and counts the rest.
PLACES_NAMED = 8
# Digits of a file's sha256 that a message shows.
HASH_SHOWN = 12


def found(
    rule: str,
    was: str,
    *,
    measured: float | None = None,
    limit: float | None = None,
    unit: str = "",
    waivable: bool | None = None,
    positions_mm: Iterable[float] = (),
) -> ScanFinding:
    """The finding under `rule`: what was, then the table's remedy. `waivable=False` is for values beyond waiving."""
    entry = RULES[rule]
    allowed = entry.waivable if waivable is None else waivable
    remedy = entry.remedy if allowed or not entry.waivable else entry.remedy.split(", or waive")[0] + "."
    return ScanFinding(
        rule=rule,
        message=f"{was.rstrip('.')}. {remedy}",
        measured=None if measured is None else round(float(measured), 6),
        limit=limit,
        unit=unit,
        waivable=allowed,
        positions_mm=tuple(round(float(p), 4) for p in positions_mm),
    )


def listed(places: Sequence[str]) -> str:
    """The places in a row, the first few by name and the rest by count."""
    shown = ", ".join(places[:PLACES_NAMED])
    rest = len(places) - PLACES_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown


def apply_waivers(findings: Sequence[ScanFinding], waivers: Sequence[Waiver]) -> tuple[ScanFinding, ...]:
    """The findings with those marked that are waivable and waived by name."""
    names = {waiver.rule for waiver in waivers}
    return tuple(_apply(finding, named=finding.rule in names) for finding in findings)


def _apply(finding: ScanFinding, *, named: bool) -> ScanFinding:
    if not named:
        return finding
    if finding.waivable:
        return finding.model_copy(update={"waived": True})
    return finding.model_copy(update={"message": f"{finding.message} A waiver was given, but this cannot be waived."})


def wrong_waivers(rules: Mapping[int, str]) -> tuple[Reason, ...]:
    """A reason for each waiver, by its number, whose rule is no scan rule that may be waived."""
    wanted = ", ".join(sorted(WAIVABLE))
    return tuple(
        Reason("waiver", f"[[waiver]] number {n} names no rule that can be waived; one of {wanted} is wanted.")
        for n, rule in rules.items()
        if rule not in WAIVABLE
    )
