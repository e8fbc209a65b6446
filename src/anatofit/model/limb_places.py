"""Landmarks of a residual limb, as a person may mark them in an order."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

Place = tuple[float, float, float]


class LimbPlaces(BaseModel):
    """Each a place on the skin in the source's own axes, mm; those that are marked are taken as they are."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    patella: Place | None = None
    patellar_tendon: Place | None = None
    tibial_tubercle: Place | None = None
    fibular_head: Place | None = None
    medial_flare: Place | None = None
    lateral_flare: Place | None = None
    distal_tibia: Place | None = None
    distal_end: Place | None = None
    popliteal: Place | None = None
    hamstring_medial: Place | None = None
    hamstring_lateral: Place | None = None
