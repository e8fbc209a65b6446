"""A measured figure of a scan against the device's limit: within it, beyond it under its rule's name, or not judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from anatofit.ingest.rules import found
from anatofit.model.finding import Finding
from anatofit.model.scan import Limit, ScanFinding


@dataclass(frozen=True)
class Figure:
    """One figure. measured: None where the scan tells too little, and `missing` says what. detail: where, and how it was judged.

    what: the noun for a table. was: how a sentence with the number begins. digits: decimals that mean something.
    """

    rule: str
    what: str
    was: str
    measured: float | None
    unit: str
    limit: Limit
    digits: int = 1
    detail: str = ""
    missing: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    positions_mm: tuple[float, ...] = ()


def rounded(figure: Figure) -> float:
    """The number as it is judged and shown: no finer than it means."""
    return round(figure.measured or 0.0, figure.digits)


def beyond(figure: Figure) -> ScanFinding | None:
    """The finding of a figure above its limit; nobody can waive it above the second one."""
    measured, limit = rounded(figure), figure.limit
    if figure.measured is None or measured <= limit.fit:
        return None
    too_far = limit.waivable_to is not None and measured > limit.waivable_to
    most = f", and {limit.waivable_to:g} {figure.unit} is the most that can be waived" if too_far else ""
    where = f"; {figure.detail}" if figure.detail else ""
    what = f"{figure.was} {measured:.{figure.digits}f} {figure.unit}, at most {limit.fit:g} is wanted{most}{where}"
    return found(figure.rule, what, measured=measured, limit=limit.fit, unit=figure.unit, waivable=not too_far,
                 positions_mm=figure.positions_mm)  # fmt: skip


def kept(figure: Figure) -> Finding | None:
    """The figure within its limit, for report and manifest."""
    if figure.measured is None or beyond(figure) is not None:
        return None
    return Finding(
        id=figure.rule, what=figure.what, measured=rounded(figure), unit=figure.unit, limit_high=figure.limit.fit,
        passed=True, basis="scan", detail=figure.detail, values=dict(figure.values),
    )  # fmt: skip


def unjudged(figure: Figure) -> str | None:
    """The sentence for a figure that could not be measured."""
    if figure.measured is not None:
        return None
    return f"{figure.rule} (at most {figure.limit.fit:g} {figure.unit}) was not judged: {figure.missing}"
