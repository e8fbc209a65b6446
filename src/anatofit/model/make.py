"""What a site makes with: materials and printers, each with the source of its numbers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Material(_Frozen):
    """A material as this site makes it: how heavy it is, and the smallest wall and hole that come out whole.

    strength_mpa: tensile strength as it is printed, across its layers; None where nobody stated it. shore_a: of a rubber, which carries no
    load by its shape, however strong; None of a material that is none.
    """

    name: str = Field(min_length=1)
    density_g_cm3: float = Field(gt=0, le=25)
    smallest_wall_mm: float = Field(gt=0, le=50)
    smallest_hole_mm: float = Field(gt=0, le=50)
    strength_mpa: float | None = Field(default=None, gt=0, le=5000)
    shore_a: float | None = Field(default=None, ge=10, le=95)
    source: str = Field(min_length=1)
    proposal: bool = False


class Printer(_Frozen):
    """A machine of this site: the box that a part must fit into."""

    name: str = Field(min_length=1)
    build_volume_mm: tuple[float, float, float]
    source: str = Field(min_length=1)
    proposal: bool = False
