"""Which places of a part lie on the walls of its planned slots, channels and windows: their edges at the bone are as sharp as its slope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.verify.plan_bores import PlannedBore, bores_of, windows_of
from anatofit.verify.plan_slots import PlannedSlot, slots_of
from anatofit.verify.regions import planned
from anatofit.verify.surface import BoolArray

LISTS = ("pins", "sleeves")  # of a plan, that name round channels


def on_channel_walls(points_lps_mm: FloatArray, plan: Mapping[str, Any]) -> BoolArray:
    """`(n,)` True on, or within, a planned slot, channel or window; a plate's holes are not among them."""
    bores = [bore for key in LISTS for bore in bores_of(plan, key)]
    slots = slots_of(plan) if planned(plan, "slots") else []
    features: list[PlannedBore | PlannedSlot] = [*bores, *windows_of(plan), *slots]
    out = np.zeros(len(points_lps_mm), dtype=bool)
    for feature in features:
        out |= feature.on_walls(points_lps_mm)
    return out
