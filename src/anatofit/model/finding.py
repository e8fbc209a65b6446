"""What must be proved of a device, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from anatofit.model.words import figured

# Stands for "not measured" where a number must stand: JSON has no word for a missing measurement.
NOT_MEASURED = -1.0
# Among a finding's values: how far was looked. A distance that is as great was not reached by anything, and is told as more.
SEARCHED = "searched_mm"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Requirement(_Frozen):
    """One statement that verify/ must prove: `check` names a room of verify/, `parameters` are its numbers.

    advice: what a person may try where it fails.
    """

    id: str
    what: str
    check: str
    part: str
    unit: str
    limit_low: float | None = None
    limit_high: float | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    advice: str = ""


_COUNTED = ("faults", "edges", "triangle pairs", "pieces", "differences", "slices", "kernels", "files", "patients")


class Finding(_Frozen):
    """One measurement against its limits. `basis` says whether files alone ("pack") or only the scan ("scan") can show it.

    waived: a limit on the scan that is not kept, and that a person waived by name; of the part nothing can be waived.
    advice: what a person may try; empty where it passed, or where nothing was measured.
    """

    id: str
    what: str
    measured: float
    unit: str
    limit_low: float | None = None
    limit_high: float | None = None
    passed: bool
    waived: bool = False
    detail: str = ""
    advice: str = ""
    basis: str = "pack"
    values: dict[str, float] = Field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """It passed, or a person took it on."""
        return self.passed or (self.waived and self.basis == "scan")

    @property
    def not_measured(self) -> bool:
        """Nothing was measured: the number is none."""
        return not self.holds and self.measured == NOT_MEASURED

    @property
    def told(self) -> str:
        """What was measured, with its unit, as a person reads it."""
        if self.not_measured:
            return "not measured"
        one = self.measured == 1 and self.unit in _COUNTED
        return f"{self.figure} {self.unit.removesuffix('s') if one else self.unit}".rstrip()

    @property
    def figure(self) -> str:
        """The number alone; one that failed never reads as its limit."""
        more = "> " if self.values.get(SEARCHED) == self.measured else ""
        return more + figured(self.measured, self.unit, apart=() if self.passed else (self.limit_low, self.limit_high))


class Verdict(StrEnum):
    """The first word of the report."""

    FIT = "every requirement holds"
    NOT_FOR_USE = "NOT FOR USE"


def by_basis(findings: Sequence[Finding]) -> str:
    """How many findings there are of what went in and how many of the part, which alone its requirements count."""
    source = sum(f.basis == "scan" for f in findings)
    return f"{source} of the source, {len(findings) - source} of the part"


def unmeasured(findings: Sequence[Finding], requirements: Sequence[Requirement]) -> list[Requirement]:
    """The requirements that no finding answers."""
    answered = {f.id for f in findings}
    return [r for r in requirements if r.id not in answered]


def verdict_of(findings: Sequence[Finding], requirements: Sequence[Requirement]) -> Verdict:
    """FIT only where something was required, every requirement was measured, and every finding passed or was waived."""
    measured = bool(requirements) and not unmeasured(findings, requirements)
    return Verdict.FIT if measured and all(f.holds for f in findings) else Verdict.NOT_FOR_USE
