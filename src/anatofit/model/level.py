"""A cut across a limb as a person reads it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class LevelRow(BaseModel):
    """At one level above the distal end: area, perimeter as a tape lies, and the limb's volume below. below_tendon_mm: below the middle of the
    patellar tendon, negative above it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    above_distal_end_mm: float
    below_tendon_mm: float
    area_mm2: float
    perimeter_mm: float
    volume_below_mm3: float
