"""Channels and windows: tubes around them, what they take of the body as fields, and the exact tools that then cut their walls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from anatofit.devices.guide.footprint import FINE_STEP_MM
from anatofit.devices.guide.layout import Sleeve, Triple
from anatofit.devices.guide.letters import letters_tool
from anatofit.devices.guide.nodes import relative
from anatofit.devices.guide.planned import GuidePlan
from anatofit.geometry.bridge import cylinder
from anatofit.geometry.field import FieldArray
from anatofit.geometry.ground import Ground
from anatofit.geometry.solids import rod

OVER_MM = 60.0  # how far cutting tools reach beyond what they cut: through any guide
# A tube is made so much thicker on the finest lattice: rounded ends and the lattice take up to that of its wall, and more of it as the
# square of a wider step, as all that is evened out over steps does.
TUBE_MORE_MM = 0.1
BENEATH_MM = 12.0  # a channel is cut from so far beneath its entry: more than a base dips within its own width
WINDOW_OVER_MM = 3.0  # a window is cut so far beyond the base, and through nothing that stands on it
NARROWER_MM = 0.1  # on each side: the exact tool then cuts all of a wall, and no two faces coincide


def tube_of(ground: Ground, sleeve: Sleeve, plan: GuidePlan) -> FieldArray:
    """The tube around a channel, from within the bone."""
    x, y, z = relative(ground, plan, np.array(sleeve.entry_lps_mm))
    a, b, c = plan.seat.turned(np.array(sleeve.axis_lps))
    return rod(
        x,
        y,
        z,
        axis=(float(a), float(b), float(c)),
        low_mm=sleeve.low_mm,
        high_mm=sleeve.top_mm,
        radius_mm=sleeve.outer_diameter_mm / 2 + TUBE_MORE_MM * (plan.seat.step_mm / FINE_STEP_MM) ** 2,
    )


def round_hollows(ground: Ground, plan: GuidePlan, sleeves: Sequence[Sleeve]) -> Iterator[FieldArray]:
    """What channels and windows take of the body, a little narrower: their edges are rounded with all others, and the exact
    tools then cut their walls."""
    for s in sleeves:
        yield hollow(ground, plan, s.entry_lps_mm, s.axis_lps, s.diameter_mm / 2 - NARROWER_MM, high_mm=OVER_MM)
    for window in plan.windows:
        radius = window.diameter_mm / 2 - NARROWER_MM
        yield hollow(ground, plan, window.centre_lps_mm, window.axis_lps, radius, high_mm=through_mm(plan))


def hollow(
    ground: Ground,
    plan: GuidePlan,
    at: Triple,
    axis: Triple,
    radius_mm: float,
    *,
    low_mm: float = -BENEATH_MM,
    high_mm: float,
) -> FieldArray:
    """A round hollow along an axis, between two places along it."""
    x, y, z = relative(ground, plan, np.array(at))
    a, b, c = (float(v) for v in plan.seat.turned(np.array(axis)))
    return rod(x, y, z, axis=(a, b, c), low_mm=low_mm, high_mm=high_mm, radius_mm=radius_mm)


def through_mm(plan: GuidePlan) -> float:
    """How far above the bone a window is cut: through the base and through nothing that stands on it."""
    return max([plan.contact_offset_mm, *(r.offset_mm for r in plan.reliefs)]) + plan.base_thickness_mm + WINDOW_OVER_MM


def round_tools(plan: GuidePlan, sleeves: Sequence[Sleeve]) -> list[Any]:
    """The channels, windows and letters that are cut out of the body."""
    found = [_channel(s.entry_lps_mm, s.axis_lps, s.diameter_mm, high_mm=OVER_MM) for s in sleeves]
    found += [_channel(w.centre_lps_mm, w.axis_lps, w.diameter_mm, high_mm=through_mm(plan)) for w in plan.windows]
    return [*found, *(letters_tool(text) for text in plan.texts)]


def _channel(at: Any, axis: Any, diameter_mm: float, *, high_mm: float) -> Any:
    """A round channel from the bone's side to `high_mm` above a place on it."""
    out = np.array(axis)
    start = np.array(at) - BENEATH_MM * out
    return cylinder(start_lps_mm=start, axis_lps=out, length_mm=BENEATH_MM + high_mm, diameter_mm=diameter_mm)
