"""Plates from a shelf: what a catalogue says of each, in the frame of its own file."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field, field_validator

from anatofit.model.mesh import Mesh

Triple = tuple[float, float, float]


class StockHole(BaseModel):
    """A hole of a stock plate: its middle, its axis away from the bone, and its diameter."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    centre: Triple
    axis: Triple
    diameter_mm: float = Field(gt=0.3, le=12.0)

    @field_validator("axis")
    @classmethod
    def _direction(cls, value: Triple) -> Triple:
        if not 1e-6 < math.hypot(*value) < 1e6:
            raise ValueError("a direction was wanted, such as [0, 0, 1]: its length tells none")
        return value


class StockPlate(BaseModel):
    """A plate of a catalogue; its mesh is known by the hash of its file where the order is told."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)

    name: str = Field(min_length=1, max_length=80)
    sha256: str
    holes: tuple[StockHole, ...] = Field(min_length=2, max_length=40)
    mesh: Mesh = Field(exclude=True, repr=False)
