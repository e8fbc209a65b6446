"""What a surgeon's plan is written in: tables, places and directions, which are turned as one when the plan's frame is another."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

Triple = tuple[float, float, float]
FURTHEST_MM = 5000.0  # beyond the reach of any scanner's coordinates


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


# How three numbers of a form are turned: a place with its origin, a direction without.
PLACE, DIRECTION = "place", "direction"
Place = Annotated[Triple, AfterValidator(a_place), PLACE]
Direction = Annotated[Triple, AfterValidator(a_direction), DIRECTION]
