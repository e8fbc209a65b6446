"""How a socket differs from its limb, as data: regions pressed in or relieved, and volume taken away by level, each with its source."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

LimbMark = Literal[
    "patella", "patellar_tendon", "tibial_tubercle", "fibular_head", "medial_flare", "lateral_flare", "distal_tibia",
    "distal_end", "popliteal", "hamstring_medial", "hamstring_lateral",
]  # fmt: skip
DEEPEST_MM, HIGHEST_MM = -12.0, 8.0  # of a depth: pressed in, relieved (parameter table of sockets)
REGION_NAME, TEMPLATE_NAME = r"^[A-Za-z0-9][A-Za-z0-9 ,()+/-]*$", r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$"
BY_HAND = ("hamstring_medial", "hamstring_lateral")  # never found: a person marks them
SIDED = ("fibular_head", "medial_flare", "lateral_flare", *BY_HAND)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Region(_Frozen):
    """A rounded patch of the skin, even over its middle and eased to nothing (C1) over `falloff_mm` around it.

    It lies at a landmark, moved by proximal_mm along the limb and medial_deg around it, or runs from there to the landmark `to` (moved
    likewise by to_proximal_mm); its even part reaches half_along_mm and half_around_mm to either side. depth_mm: negative presses into
    the limb, positive relieves. thicker_mm: of the wall there. optional: left out, with a word, where its landmark is not known.
    """

    name: str = Field(min_length=1, max_length=60, pattern=REGION_NAME)
    at: LimbMark
    to: LimbMark | None = None
    proximal_mm: float = Field(default=0.0, ge=-200, le=100)
    to_proximal_mm: float = Field(default=0.0, ge=-200, le=100)
    medial_deg: float = Field(default=0.0, ge=-180, le=180)
    half_along_mm: float = Field(ge=0, le=120)
    half_around_mm: float = Field(ge=0, le=120)
    falloff_mm: float = Field(ge=5, le=60)
    depth_mm: float = Field(ge=DEEPEST_MM, le=HIGHEST_MM)
    thicker_mm: float = Field(default=0.0, ge=0, le=4)
    optional: bool = False
    source: str = Field(min_length=1, max_length=300)
    proposal: bool = False


class Reduction(_Frozen):
    """Of the volume at a landmark's level (moved by proximal_mm), so many per cent are taken away; even between levels."""

    at: LimbMark
    proximal_mm: float = Field(default=0.0, ge=-200, le=100)
    percent: float = Field(ge=0, le=8)


class Template(_Frozen):
    """A rectification: of the library, or a prosthetist's own."""

    name: str = Field(min_length=1, max_length=40, pattern=TEMPLATE_NAME)
    title: str = Field(min_length=1, max_length=120)
    source: str = Field(min_length=1, max_length=400)
    proposal: bool = True
    reduction: tuple[Reduction, ...] = Field(default=(), max_length=12)
    region: tuple[Region, ...] = Field(default=(), max_length=24)

    @model_validator(mode="after")
    def _told_apart(self) -> Template:
        names = [region.name for region in self.region]
        if len(set(names)) < len(names):
            raise ValueError("regions with names of their own")
        return self
