"""What the orders of guides have in common: pins and regions of relief, as the surgeon's plan gives them."""

from __future__ import annotations

import re

from pydantic import Field

from anatofit.devices.forms import Form, Place

MARK = r"^[A-Z0-9][A-Z0-9 .+-]{0,7}$"  # what fits on a wall beside the case number
ROUNDED_MM = 0.2  # of a wall between its two rounded edges: less is a knife


def two_marks(value: tuple[str, str] | None) -> tuple[str, str] | None:
    """The value, if both of its words can be engraved."""
    if value is not None and not all(re.fullmatch(MARK, mark) for mark in value):
        raise ValueError("two marks of 1 to 8 capitals, digits, spaces, dots, dashes or plus signs were wanted")
    return value


def rounded_away(wall_mm: float, edge_radius_mm: float) -> str:
    """What is wanted of a wall that the rounding of both its edges would eat, as words; nothing of one that stays."""
    least_mm, most_mm = round(2 * edge_radius_mm + ROUNDED_MM, 6), round((wall_mm - ROUNDED_MM) / 2, 6)
    if wall_mm >= least_mm:
        return ""
    return f"at least {least_mm:g} mm is wanted (both its edges rounded). Raise it, or lower edge_radius_mm to {most_mm:g} mm"


class Pin(Form):
    """A fixation pin of the surgeon's own: where it enters the bone, and the point that it aims at."""

    entry: Place
    target: Place
    diameter_mm: float | None = Field(default=None, ge=1.0, le=4.0)


class Relief(Form):
    """A region where the base stands further from the bone: soft tissue that stays, or an osteophyte that is not trusted."""

    point: Place
    radius_mm: float = Field(gt=0.0, le=60.0)
    offset_mm: float = Field(ge=0.0, le=5.0)
