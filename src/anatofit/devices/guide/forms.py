"""What the orders of guides have in common: places, directions, pins and regions of relief, as the surgeon's plan gives them."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field, field_validator

Triple = tuple[float, float, float]
MARK = r"^[A-Z0-9][A-Z0-9 .+-]{0,7}$"  # what fits on a wall beside the case number
FURTHEST_MM = 5000.0  # beyond the reach of any scanner's coordinates
ROUNDED_MM = 0.2  # of a wall between its two rounded edges: less is a knife


class Form(BaseModel):
    """A table of an order's [plan]."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def a_direction(value: Triple | None) -> Triple | None:
    """The value, if its length tells a direction."""
    if value is not None and not 1e-6 < math.hypot(*value) < 1e6:
        raise ValueError("a direction was wanted, such as [0, 0, 1]: its length tells none")
    return value


def a_place(value: Triple | None) -> Triple | None:
    """The value, if a scanner can have given it."""
    if value is not None and max(map(abs, value)) > FURTHEST_MM:
        raise ValueError(f"coordinates within {FURTHEST_MM:g} mm of the origin were wanted")
    return value


def least_wall_mm(edge_radius_mm: float) -> float:
    """The thinnest wall that both its rounded edges leave standing; rounding eats a thinner one."""
    return round(2 * edge_radius_mm + ROUNDED_MM, 6)


class Pin(Form):
    """A fixation pin of the surgeon's own: where it enters the bone, and the point that it aims at."""

    entry: Triple
    target: Triple
    diameter_mm: float | None = Field(default=None, ge=1.0, le=4.0)

    _check_places = field_validator("entry", "target")(a_place)


class Relief(Form):
    """A region where the base stands further from the bone: soft tissue that stays, or an osteophyte that is not trusted."""

    point: Triple
    radius_mm: float = Field(gt=0.0, le=60.0)
    offset_mm: float = Field(ge=0.0, le=5.0)

    _check_place = field_validator("point")(a_place)
