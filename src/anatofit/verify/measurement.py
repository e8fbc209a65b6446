"""What one check found: a number, whether the check's own terms hold, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from anatofit.errors import AnatofitError

# Stands for "could not be measured" where a number must stand: JSON has no word for a missing measurement.
NOT_MEASURED = -1.0


class CannotMeasureError(AnatofitError):
    """A check found nothing that it could measure; the finding fails and says why."""


@dataclass(frozen=True)
class Measurement:
    """One number in the requirement's unit; `holds` is False where the check fails whatever the limits are."""

    measured: float
    detail: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    holds: bool = True
