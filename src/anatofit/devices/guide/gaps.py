"""Gaps between what stands on a base: too narrow ones are filled, or where they end the two that face each other would hang together by a skin."""

from __future__ import annotations

import numpy as np

from anatofit.devices.guide.layout import Letters
from anatofit.devices.guide.nodes import along_axes
from anatofit.devices.guide.planned import GuidePlan
from anatofit.geometry.field import FieldArray
from anatofit.geometry.ground import Ground
from anatofit.geometry.morph import closed
from anatofit.geometry.solids import rounded_box

BEFORE_MM = 0.5  # beside letters, before which nothing is filled: less than they keep off fillets and edges
_DEEP_MM = 10.0  # before their face: more than what is filled reaches


def without_gaps(body: FieldArray, ground: Ground, plan: GuidePlan, gaps_mm: float) -> FieldArray:
    """The body with all gaps filled that are narrower than `gaps_mm`, but for what lies before letters."""
    filled = closed(body, ground.grid, radius_mm=gaps_mm / 2)
    for text in plan.texts:
        filled = np.maximum(filled, np.minimum(body, -_before(text, ground, plan)))
    return filled


def _before(text: Letters, ground: Ground, plan: GuidePlan) -> FieldArray:
    """The room before a block of letters, negative inside."""
    right, up = np.array(text.right_lps), np.array(text.up_lps)
    toward = np.cross(right, up)
    middle = np.array(text.origin_lps_mm) + _DEEP_MM / 2 * toward
    x, y, z = along_axes(ground, plan, middle, np.column_stack([right, up, toward]))
    half = (text.width_mm / 2 + BEFORE_MM, text.block_height_mm / 2 + BEFORE_MM, _DEEP_MM / 2)
    return rounded_box(x, y, z, half_mm=half, radius_mm=BEFORE_MM)
