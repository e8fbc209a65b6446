"""A landmark as a person reads it and gives it back to an order."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class LandmarkRow(BaseModel):
    """source_mm: in the source's own axes, as [locate] takes it. within_mm: the distance within which it is expected in two of three.
    confidence: 0 to 1; it orders errors and is no probability. One of both is there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source_mm: tuple[float, float, float]
    told_by: str
    within_mm: float | None = None
    confidence: float | None = None
