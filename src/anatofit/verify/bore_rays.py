"""Round holes asked by rays: are they open right through, and how wide are they where they are walled all round."""

from __future__ import annotations

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.verify.surface import Surface, spokes

SPOKES = 24
_NEAR_WALL = 0.8  # rays parallel to the axis at this share of the radius must pass freely


def is_clear(
    surface: Surface, centre: FloatArray, axis: FloatArray, diameter_mm: float, *, from_mm: float, to_mm: float
) -> bool:
    """Nothing is met between two places along the axis, in its middle and around."""
    around = spokes(axis, SPOKES)
    starts = np.concatenate([centre[None], centre + around * (_NEAR_WALL * diameter_mm / 2)])
    met = surface.first_hits(starts + axis * from_mm, starts + axis * to_mm)[0]
    return not bool(np.isfinite(met).any())


def walled_diameter_mm(
    surface: Surface, centre: FloatArray, axis: FloatArray, *, along_mm: FloatArray, widest_mm: float
) -> float | None:
    """The mean distance between opposite walls at the places along the axis where all rays meet one; None where they do nowhere."""
    around = spokes(axis, SPOKES)
    found = []
    for along in along_mm:
        place = np.repeat((centre + axis * along)[None], len(around), axis=0)
        reach = surface.first_hits(place, place + around * widest_mm)[0]
        if np.isfinite(reach).all():
            found.append(2.0 * float(reach.mean()))
    return float(np.median(found)) if found else None
