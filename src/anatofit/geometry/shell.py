"""A shell around a centre, read along rays: where each ray enters it and where it leaves it for good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray


@dataclass(frozen=True)
class GapRules:
    """Which gaps along a ray still belong to the shell. Values are of a field that is negative inside.

    A gap whose field stays under `loose` is spongy and of any length; one whose field exceeds `hollow` (an air cell) may be
    `longest_hollow_mm`; any other ends the shell after `longest_soft_mm`.
    """

    loose: float
    hollow: float
    longest_soft_mm: float = 1.5
    longest_hollow_mm: float = 22.0


@dataclass(frozen=True)
class Shell:
    """`(n,)` distances at which rays enter and leave, NaN where a ray meets none."""

    inner_mm: FloatArray
    outer_mm: FloatArray


def shell_along_rays(profiles: NDArray[np.float32], distances_mm: FloatArray, rules: GapRules) -> Shell:
    """Inner and outer distance of the first shell on each ray, to a fraction of a step by linear interpolation.

    profiles: (n, m) field along n rays at the m evenly spaced distances. Returns `(n,)` millimetres each.
    """
    count, steps = profiles.shape
    step = float(distances_mm[1] - distances_mm[0])
    inner = np.full(count, np.nan)
    outer = np.full(count, np.nan)
    soft = np.zeros(count)
    hollow = np.zeros(count)
    open_ = np.ones(count, dtype=bool)
    columns = np.ascontiguousarray(profiles.T)
    for j in range(1, steps):
        before, now = columns[j - 1], columns[j]
        crossing = (before < 0) != (now < 0)
        if crossing.any():
            at = distances_mm[j - 1] + step * before / np.where(crossing, before - now, 1.0)
            entry = crossing & (now < 0) & np.isnan(inner)
            inner[entry] = at[entry]
            leave = crossing & (now >= 0) & open_ & ~np.isnan(inner)
            outer[leave] = at[leave]
        inside = now < 0
        started = ~np.isnan(inner)
        air = now > rules.hollow
        soft = np.where(inside, 0.0, soft + np.where(started & ~air & (now >= rules.loose), step, 0.0))
        hollow = np.where(inside, 0.0, hollow + np.where(started & air, step, 0.0))
        open_ &= ~started | ((soft <= rules.longest_soft_mm) & (hollow <= rules.longest_hollow_mm))
        if not open_.any():
            break
    inner[np.isnan(outer)] = np.nan
    return Shell(inner, outer)
