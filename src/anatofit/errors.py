"""Everything that can go wrong, in one tree; each message says what was, what was wanted, what to do.

AnatofitError                 exit 1   anything the program can name but no one foresaw
├── RequestError              exit 2   the prescription or the command is wrong
│   ├── PrescriptionError              a key, a value, a file it names
│   └── OutputError                    the pack cannot be written where it was asked for
└── ScanError                 exit 3   the scan does not allow a design
    ├── ScanUnsuitableError            missing, empty, not fit for design
    ├── WrongPatientError              the scan is of somebody else
    └── DefectError                    no defect, or not on the ordered side
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from anatofit.rules import code_of


@dataclass(frozen=True)
class Reason:
    """One reason to stop: a stable rule name (a contract, see docs/reference/errors.md) and a sentence."""

    rule: str
    message: str

    @property
    def code(self) -> str:
        """The stable code of the rule."""
        return code_of(self.rule)


class AnatofitError(Exception):
    """The root: carries every reason at once and the exit code of the command line."""

    exit_code = 1

    def __init__(self, reasons: Iterable[Reason] | Reason | str) -> None:
        if isinstance(reasons, str):
            reasons = [Reason("error", reasons)]
        elif isinstance(reasons, Reason):
            reasons = [reasons]
        self.reasons: tuple[Reason, ...] = tuple(reasons)
        super().__init__("\n".join(f"{r.rule}: {r.message}" for r in self.reasons))


class RequestError(AnatofitError):
    """The prescription or the command is wrong; nothing was written."""

    exit_code = 2


class PrescriptionError(RequestError):
    """A key, a value or a file named by the prescription is wrong."""


def refuse(reasons: Iterable[Reason]) -> None:
    """Raises PrescriptionError with every reason, where there is one."""
    if found := [*reasons]:
        raise PrescriptionError(found)


class OutputError(RequestError):
    """The output folder exists, cannot be written, or is full."""


class ScanError(AnatofitError):
    """The scan does not allow a design; nothing was written."""

    exit_code = 3


class ScanUnsuitableError(ScanError):
    """The scan is missing, empty or not fit for design."""


class WrongPatientError(ScanError):
    """The scan is not of the patient that the prescription names."""


class DefectError(ScanError):
    """There is no defect, or what was found does not match the order."""


class GeometryError(AnatofitError):
    """A geometric operation gave an empty or inconsistent result; the program stops instead of guessing."""


class NothingLeftError(GeometryError):
    """A geometric operation left nothing of a body; whoever knows what the body was meant to be turns it into a refusal."""
