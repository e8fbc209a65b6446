"""The order: a prescription as a person writes it, checked whole."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from anatofit.model.exchange import ACCESSION
from anatofit.model.frame import Laterality

ENGRAVABLE = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,15}$"
DAY = r"^\d{4}-\d{2}-\d{2}$"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Order(_Strict):
    """Who asks for what. `case` is what will be engraved: letters, digits, dot, dash, slash, at most 16."""

    case: str = Field(pattern=ENGRAVABLE)
    device: str
    laterality: Laterality
    prescriber: str = Field(min_length=1, max_length=200)
    date: str | None = Field(default=None, pattern=DAY)

    @field_validator("date", mode="before")
    @classmethod
    def _day(cls, value: Any) -> Any:
        """A day in TOML's own form stands for its text; a day with a time of day does not."""
        return value.isoformat() if type(value) is dt.date else value


class Patient(_Strict):
    """What the scan must say of the patient; a mismatch cannot be waived."""

    id: str | None = None
    id_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    birth_year: int | None = Field(default=None, ge=1850, le=2200)


class Source(_Strict):
    """Where the scan is: a folder, archive, DICOMDIR or file, relative to the prescription, or a study in a PACS; its series if need be."""

    dicom: str | None = None
    accession: str | None = Field(default=None, pattern=ACCESSION)
    pacs: str | None = None
    series: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        if (self.dicom is None) == (self.accession is None):
            raise ValueError("one of dicom (a folder or file) and accession (a study in a PACS)")
        if self.pacs is not None and self.accession is None:
            raise ValueError("accession beside pacs, which names the PACS that has it,")
        return self


# Bone's edge lies between soft tissue (muscle, clotted blood: below 100 HU) and dense cortex (1500 HU and more): a value beyond these
# takes brain for bone or leaves bone out. A proposal, to be confirmed.
EDGE_LOW_HU, EDGE_HIGH_HU = 150.0, 1500.0


class Midplane(_Strict):
    """A mid-sagittal plane given by hand."""

    point_lps_mm: tuple[float, float, float]
    normal_lps: tuple[float, float, float]

    @field_validator("normal_lps")
    @classmethod
    def _direction(cls, value: tuple[float, float, float]) -> tuple[float, float, float]:
        if not 1e-6 < math.hypot(*value) < 1e6:
            raise ValueError("a direction was wanted, such as [1, 0, 0]: its length tells none")
        return value


class Locate(_Strict):
    """What a person overrules when automation fails; every entry is recorded."""

    midplane: Midplane | None = None
    rim: list[tuple[float, float, float]] | None = Field(default=None, min_length=8)
    defect: int | None = Field(default=None, ge=1)
    edge_hu: float | None = Field(default=None, ge=EDGE_LOW_HU, le=EDGE_HIGH_HU)


class Make(_Strict):
    """Names out of the site's anatofit.toml."""

    material: str | None = None
    printer: str | None = None


class Waiver(_Strict):
    """A limit on the scan waived by name, with reason and person."""

    rule: str
    reason: str = Field(min_length=1)
    by: str = Field(min_length=1)


class Prescription(_Strict):
    """The whole order. `design` stays open here: its keys and bounds belong to the device's envelope."""

    order: Order
    patient: Patient = Patient()
    source: Source
    design: dict[str, Any] = Field(default_factory=dict)
    locate: Locate = Locate()
    make: Make = Make()
    waiver: list[Waiver] = Field(default_factory=list)

    @model_validator(mode="after")
    def _finite(self) -> Prescription:
        bad = [k for k, v in self.design.items() if isinstance(v, float) and not math.isfinite(v)]
        if bad:
            raise ValueError(f"[design] {', '.join(sorted(bad))}: a finite number is wanted")
        return self
