"""The design envelope: every parameter with default, bounds, unit and source, read from a device's envelope.toml."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from anatofit.errors import PrescriptionError, Reason
from anatofit.model.words import nearest_first, shown


class Row(BaseModel):
    """One parameter. `settable` rows are keys of [design]; the others are limits on what the scan or the part turns out to be.

    kind: "number", "count" (a whole number) or "choice". `proposal` marks a value that a clinical engineer has still to confirm.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    help: str
    source: str
    kind: str = "number"
    unit: str = ""
    default: float | int | str | None = None
    min: float | int | None = None
    max: float | int | None = None
    choices: tuple[str, ...] = ()
    proposal: bool = False
    settable: bool = True

    @model_validator(mode="after")
    def _whole(self) -> Row:
        if self.settable and self.default is None:
            raise ValueError(f"{self.name}: a settable row needs a default")
        if self.kind == "choice" and self.default not in self.choices:
            raise ValueError(f"{self.name}: the default is not one of the choices")
        return self

    def reason_against(self, value: Any) -> str | None:
        """Why `value` is outside this row, with range and source; None where it is inside."""
        if self.kind == "choice":
            inside = isinstance(value, str) and value in self.choices
            return None if inside else f"was {shown(value)}; one of {', '.join(self.choices)} is wanted ({self.source})"
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return f"was {shown(value)}; a finite number of {self._range()} is wanted ({self.source})"
        if self.kind == "count" and value != int(value):
            return f"was {value}; a whole number of {self._range()} is wanted ({self.source})"
        if (self.min is not None and value < self.min) or (self.max is not None and value > self.max):
            return f"was {value} {self.unit}; {self._range()} is wanted ({self.source}). Choose a value in the range".replace(
                "  ", " "
            )
        return None

    def _range(self) -> str:
        low, high = ("…" if b is None else f"{b:g}" for b in (self.min, self.max))
        return f"{low} to {high} {self.unit}".strip()


class Envelope(BaseModel):
    """All rows of a device by name, and its limits on the scan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: Mapping[str, Row]
    scan: Mapping[str, Mapping[str, Any]]

    def reasons_against(self, design: Mapping[str, Any]) -> list[Reason]:
        """A reason for every key that is unknown or outside its row."""
        known = self._known
        reasons = [
            Reason(
                f"design.{key}",
                f"was given, but is no parameter; known are {', '.join(nearest_first(key, sorted(known)))}",
            )
            for key in sorted(set(design) - set(known))
        ]
        for name, row in known.items():
            against = row.reason_against(design.get(name, row.default))
            if against:
                reasons.append(Reason(f"design.{name}", against))
        return reasons

    def resolve(self, design: Mapping[str, Any]) -> dict[str, Any]:
        """Every settable parameter, asked or default. Raises PrescriptionError with all of `reasons_against`."""
        if reasons := self.reasons_against(design):
            raise PrescriptionError(reasons)
        return {name: _as_kind(row, design.get(name, row.default)) for name, row in self._known.items()}

    @property
    def _known(self) -> dict[str, Row]:
        return {name: row for name, row in self.rows.items() if row.settable}


def _as_kind(row: Row, value: Any) -> Any:
    return value if row.kind == "choice" else int(value) if row.kind == "count" else float(value)


@cache
def read_envelope(package: str) -> Envelope:
    """The envelope.toml that lies in a device's package."""
    raw = tomllib.loads(files(package).joinpath("envelope.toml").read_text(encoding="utf-8"))
    rows = {name: Row(name=name, **row) for name, row in raw["design"].items()}
    rows |= {name: Row(name=name, settable=False, **row) for name, row in raw.get("limit", {}).items()}
    return Envelope(rows=rows, scan=raw.get("scan", {}))
