"""Differences of solids that prove themselves by their volumes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anatofit.errors import GeometryError
from anatofit.geometry.bridge import checked, united

# Share of the body's volume by which |A| - |A and B| - |A minus B| may differ from zero: rounding only.
VOLUME_TOLERANCE = 1e-6


def difference(body: Any, tools: Sequence[Any], *, what: str) -> Any:
    """`body` minus the union of `tools`; GeometryError if the volumes do not add up, NothingLeftError if nothing is left."""
    if not tools:
        return body
    tool = checked(united(tools), f"the tool for {what}")
    common, rest = body.split(tool)
    whole, shared, left = body.volume(), common.volume(), checked(rest, f"the body after {what}").volume()
    if abs(whole - shared - left) > VOLUME_TOLERANCE * abs(whole):
        raise GeometryError(f"{what}: volumes do not add up ({whole:.6f} is not {shared:.6f} + {left:.6f} mm3)")
    return rest


def largest(solid: Any) -> tuple[Any, float]:
    """The connected piece of the greatest volume, hollows filled, and the volume in mm3 of the other pieces."""
    checked(solid, "the body")
    pieces = sorted(solid.decompose(), key=lambda p: p.volume(), reverse=True)
    return pieces[0], float(sum(max(p.volume(), 0.0) for p in pieces[1:]))
