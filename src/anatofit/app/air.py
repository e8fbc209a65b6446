"""How much of a part lies in a sinus: worked out when it is built, told beside the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from anatofit.model.words import bracketed

if TYPE_CHECKING:
    from anatofit.model.anatomy import Anatomy
    from anatofit.model.part import Part

LEAST_AIR_MM3 = 1.0  # less is the scan's own blur
_MIDDLE = ("in_air_x_lps_mm", "in_air_y_lps_mm", "in_air_z_lps_mm")


def in_air(anatomy: Anatomy, parts: Sequence[Part]) -> dict[str, float]:
    """Of the parts, what lies where bone is missing and the scan shows air, in mm³, and the middle of it in LPS mm."""
    import numpy as np

    from anatofit.geometry.within import within

    places = anatomy.landmarks.get("missing_in_air")
    if places is None:
        return {"in_air_mm3": 0.0} if anatomy.kind == "cranium" else {}
    inside = places[np.any([within(p.mesh, places) for p in parts], axis=0)]
    middle = dict(zip(_MIDDLE, map(float, inside.mean(axis=0)), strict=True)) if len(inside) else {}
    return {"in_air_mm3": len(inside) * anatomy.figures["missing_in_air_mm3"] / len(places), **middle}


def air_remark(built: Mapping[str, float]) -> list[str]:
    """What a surgeon must know of it, from the numbers of the step that built the parts."""
    if built.get("in_air_mm3", 0.0) < LEAST_AIR_MM3:
        return []
    middle = bracketed(built[name] for name in _MIDDLE)
    amount = f"{built['in_air_mm3']:.0f} mm³ of the part itself lie where the scan shows air"
    return [f"{amount}, about LPS {middle} mm"]
