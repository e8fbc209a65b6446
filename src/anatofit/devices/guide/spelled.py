"""Directions as the order states them: in the axes of its own plan, so that they can be put into it as they stand."""

from __future__ import annotations

from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector


def spelled(key: str, direction_lps: FloatArray, anatomy: Anatomy) -> str:
    """`key = [0.87, -0.50, 0.00]`."""
    x, y, z = anatomy.as_ordered(unit_vector(direction_lps))
    return f"{key} = [{x:z.2f}, {y:z.2f}, {z:z.2f}]"


def chosen(way_lps: FloatArray, anatomy: Anatomy) -> str:
    """What to say of a way in that nobody ordered."""
    return f"the way in was chosen by the program, as {spelled('approach', way_lps, anatomy)} would order it. See whether it can be reached there"
