"""Gaps between what stands on a base: too narrow ones are filled, or where they end the two that face each other would hang together by a skin."""

from __future__ import annotations

import numpy as np

from anatofit.devices.guide.layout import Letters, Window
from anatofit.devices.guide.nodes import along_axes, relative
from anatofit.devices.guide.planned import GuidePlan
from anatofit.geometry.field import FieldArray
from anatofit.geometry.ground import Ground
from anatofit.geometry.morph import closed
from anatofit.geometry.solids import rod, rounded_box

BEFORE_MM = (
    0.5  # beside letters and windows, before which nothing is filled: less than these keep off fillets and edges
)
_FAR_MM = 60.0  # along a window: through any guide
_DEEP_MM = 10.0  # before their face: more than what is filled reaches


def without_gaps(body: FieldArray, ground: Ground, plan: GuidePlan, gaps_mm: float) -> FieldArray:
    """The body with all gaps filled that are narrower than `gaps_mm`, but for what lies before letters and over windows."""
    filled = closed(body, ground.grid, radius_mm=gaps_mm / 2)
    for room in (*(_before(t, ground, plan) for t in plan.texts), *(_over(w, ground, plan) for w in plan.windows)):
        filled = np.maximum(filled, np.minimum(body, -room))
    return filled


def _over(window: Window, ground: Ground, plan: GuidePlan) -> FieldArray:
    """The room over a window and beneath it, negative inside."""
    a, b, c = (float(v) for v in plan.seat.turned(np.array(window.axis_lps)))
    radius = window.diameter_mm / 2 + BEFORE_MM
    return rod(
        *relative(ground, plan, np.array(window.centre_lps_mm)),
        axis=(a, b, c),
        low_mm=-_FAR_MM,
        high_mm=_FAR_MM,
        radius_mm=radius,
    )


def _before(text: Letters, ground: Ground, plan: GuidePlan) -> FieldArray:
    """The room before a block of letters, negative inside."""
    right, up = np.array(text.right_lps), np.array(text.up_lps)
    toward = np.cross(right, up)
    middle = np.array(text.origin_lps_mm) + _DEEP_MM / 2 * toward
    x, y, z = along_axes(ground, plan, middle, np.column_stack([right, up, toward]))
    half = (text.width_mm / 2 + BEFORE_MM, text.block_height_mm / 2 + BEFORE_MM, _DEEP_MM / 2)
    return rounded_box(x, y, z, half_mm=half, radius_mm=BEFORE_MM)
