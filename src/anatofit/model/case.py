"""The order: a prescription as a person writes it, checked whole."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from anatofit.model.exchange import ACCESSION
from anatofit.model.frame import Laterality
from anatofit.model.limb_places import LimbPlaces
from anatofit.model.seating import SeatingOrder

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


# The keys of [source] that name a scan, each in its own way; an order names one.
ORIGINS = ("dicom", "volume", "surface", "accession")


class Source(_Strict):
    """Where the scan is, relative to the prescription: a folder, archive, DICOMDIR or file of DICOM and if need be
    one series of it, a research volume, a file with a surface, or a study in a PACS.

    labels: a file or folder of labels in place of our own segmentation; label: name or number of the one that is the bone.
    pressure: a file with a map of plantar pressure, beside the surface of a foot; last: one with the surface of a shoe last;
    neighbours: files with the closed surfaces of bones beside that of a bone, in its unit and frame.
    deface: what is stored to be looked at shows no face.
    unit, up, frame: of a surface; which of its axes is up, and the frame of its coordinates (none: they stay as they stand).
    """

    dicom: str | None = None
    volume: str | None = None
    accession: str | None = Field(default=None, pattern=ACCESSION)
    pacs: str | None = None
    surface: str | None = None
    pressure: str | None = None
    last: str | None = None
    neighbours: tuple[str, ...] = Field(default=(), max_length=20)
    series: str | None = None
    labels: str | None = None
    label: str | int | None = None
    deface: bool = False
    unit: Literal["mm", "cm", "m", "in"] | None = None
    up: str | None = Field(default=None, pattern=r"^[+-][xyz]$")
    frame: Literal["LPS", "RAS"] | None = None

    @field_validator("dicom", "volume", "surface", "labels", "pressure", "last")
    @classmethod
    def _named(cls, value: str | None) -> str | None:
        """An empty text would be the folder of the prescription."""
        if value is not None and (not value.strip() or "\0" in value):
            raise ValueError("the name of a file or folder")
        return value

    @field_validator("neighbours")
    @classmethod
    def _all_named(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            cls._named(value)
        return values

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        if sum(getattr(self, key) is not None for key in ORIGINS) != 1:
            raise ValueError(f"exactly one of {', '.join(ORIGINS)}")
        if self.series is not None and self.dicom is None and self.accession is None:
            raise ValueError("series together with dicom or accession")
        if self.pacs is not None and self.accession is None:
            raise ValueError("accession beside pacs, which names the PACS that has it,")
        if self.label is not None and self.labels is None:
            raise ValueError("label together with labels")
        if self.surface is not None and (self.labels is not None or self.deface):
            raise ValueError("labels and deface together with dicom or volume")
        on_surfaces = ("unit", "up", "frame", "pressure", "last", "neighbours")
        strays = [key for key in on_surfaces if getattr(self, key) not in (None, ())]
        if self.surface is None and strays:
            raise ValueError(f"{' and '.join(strays)} together with surface, and with nothing else,")
        return self

    @property
    def place(self) -> str | None:
        """The scan's file or folder; None where it has still to be fetched."""
        return next((value for value in (self.dicom, self.volume, self.surface) if value is not None), None)


class Pair(_Strict):
    """The other foot of an order for two: its own files, and where it is to be made otherwise than [design] and [plan] say.

    unit, up, frame: of its surface where they are not those of [source]. design: rows in place of those of [design]; plan: in place of
    the whole of [plan].
    """

    surface: str = Field(min_length=1)
    pressure: str | None = Field(default=None, min_length=1)
    last: str | None = Field(default=None, min_length=1)
    unit: Literal["mm", "cm", "m", "in"] | None = None
    up: str | None = Field(default=None, pattern=r"^[+-][xyz]$")
    frame: Literal["LPS", "RAS"] | None = None
    design: dict[str, Any] = Field(default_factory=dict)
    plan: dict[str, Any] | None = None


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
    bone: Literal["tibia", "femur", "other"] | None = None
    near: tuple[float, float, float] | None = None
    landmark: LimbPlaces | None = None


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
    """The whole order. `design` and `plan` stay open here: their keys and bounds belong to the device. seating: none, no study."""

    order: Order
    patient: Patient = Patient()
    source: Source
    design: dict[str, Any] = Field(default_factory=dict)
    plan: dict[str, Any] = Field(default_factory=dict)
    locate: Locate = Locate()
    make: Make = Make()
    seating: SeatingOrder | None = None
    waiver: list[Waiver] = Field(default_factory=list)

    @model_validator(mode="after")
    def _finite(self) -> Prescription:
        bad = [k for k, v in self.design.items() if isinstance(v, float) and not math.isfinite(v)]
        if bad:
            raise ValueError(f"[design] {', '.join(sorted(bad))}: a finite number is wanted")
        return self
