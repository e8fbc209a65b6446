"""Directions as the order states them: in the axes of its own plan, so that they can be put into it as they stand."""

from __future__ import annotations

import numpy as np

from anatofit.devices.guide.beside import others_known
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.words import counted

DECIMALS = 4  # a hundredth of a degree


def as_written(direction_lps: FloatArray, anatomy: Anatomy) -> FloatArray:
    """`(3,)` the unit direction in LPS that an order has which states this one as it is spelled: a guide is designed along that, so that
    ordering it makes the same guide."""
    written = np.round(anatomy.as_ordered(unit_vector(direction_lps)), DECIMALS)
    return unit_vector(np.round(np.einsum("i,ij->j", written, anatomy.order_axes_lps), 9))


def spelled(key: str, direction_lps: FloatArray, anatomy: Anatomy) -> str:
    """`key = [0.8660, -0.5000, 0.0000]`."""
    x, y, z = anatomy.as_ordered(unit_vector(direction_lps))
    return f"{key} = [{x:z.{DECIMALS}f}, {y:z.{DECIMALS}f}, {z:z.{DECIMALS}f}]"


def chosen(way_lps: FloatArray, anatomy: Anatomy, *, passed_over: int = 0) -> str:
    """What to say of a way in that nobody ordered, before which so many were passed over."""
    why = (
        f": along {counted(passed_over, 'way')} before it a guide has no room, falls apart or tells its seat less surely"
        if passed_over
        else ""
    )
    see = (
        "See whether it can be reached there"
        if others_known(anatomy)
        else "See whether it can be reached there, and that no other bone stands there: none beside this one was seen ([source] neighbours names them)"
    )
    return (
        f"the way in was chosen by the program, as {spelled('approach', way_lps, anatomy)} would order it{why}. {see}"
    )
