"""Ground that a cliff parts: what of it a base stands on, where it ends before an edge, and how far it may hang beneath one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.devices.guide.footprint import plane_axes
from anatofit.devices.guide.layout import Seat
from anatofit.geometry.field import BoolArray, FieldArray
from anatofit.geometry.ground import SMALLEST_MM, disc, signed_mask
from anatofit.model.frame import FloatArray

_FAR_MM = 1e4  # beneath any bone
CLIFF = 4.0  # rise over run (76°): steeper than any base stands, and an edge past which other bone is seen
RIM_MM = (
    2.0  # around a column, where the ground is looked for that it hangs from: as far as a tread's border is evened out
)
HANG_MM = 2.5  # beneath what the steepest ground falls over that width, no base reaches down a cliff: proposal
_CLIFF_WIDE_MM = 1.0  # over which a fall is looked for
_BRINK_STEPS = 1.5  # of the lattice, before an edge: seen along the way in, a wall is as wide as the lattice is inexact
LEAST_PART = 0.25  # of the largest piece of ground: less is an island that bears nothing, as the body is built


def without_islands(height: FloatArray, ground: FieldArray, *, step_mm: float, neck_mm: float) -> FieldArray:
    """The ground without its small pieces, and without what hangs on it by a neck narrower than twice `neck_mm`: what stands there
    falls off, past an edge of the bone where other bone is seen far beneath, or when a base's edges are rounded by that radius."""
    from scipy.ndimage import distance_transform_edt, label

    parts, _ = label((ground < -neck_mm) & ~_cliff(height, step_mm))
    # from the middle of what stays, which a ball of the radius goes through; what lies down a cliff beside it is another ground
    away, (j, i) = distance_transform_edt(~_large(parts)[parts], return_indices=True)
    with np.errstate(invalid="ignore"):
        beside = np.abs(height - height[j, i]) <= CLIFF * np.maximum(away, 1.0) * step_mm
    beside &= away * step_mm <= neck_mm + step_mm
    return np.where(beside, ground, np.maximum(ground, np.float32(step_mm)))


def past_cliffs_mm(height: FloatArray, ground: FieldArray, seat: Seat, held_mm: FloatArray) -> FieldArray:
    """Positive past the edge of a cliff, and a little before it; and for what edges leave of the ground that is narrower than a tread's
    tongues, or a small piece, unless one of places `(n, 2)` that must be held stands on it. Negative everywhere without an edge.

    A base that followed its evened border over an edge, or reached for bone that is seen far beneath, would hang down the cliff as a
    finger. Clefts as narrow as a tread bridges are none, nor is a step between two grounds that it stands on.
    """
    from scipy.ndimage import binary_opening

    step, inside = seat.step_mm, ground < 0
    edge = _edges(height, inside, seat, held_mm)
    before = _BRINK_STEPS * step - signed_mask(edge, step_mm=step)
    rest = inside & (before < 0)
    broad = binary_opening(rest, disc(round(SMALLEST_MM / step)))
    lost = rest & ~_held(broad, seat, held_mm) & edge.any()
    return np.asarray(np.maximum(before, -signed_mask(lost, step_mm=step)), dtype=np.float32)


def _edges(height: FloatArray, inside: BoolArray, seat: Seat, held_mm: FloatArray) -> BoolArray:
    """Columns at the foot of a cliff, where there is nothing, or bone further down than any slope falls, that bears nothing."""
    from scipy.ndimage import grey_closing, maximum_filter, minimum_filter

    bridged, wide, beside = (disc(round(mm / seat.step_mm)) for mm in (SMALLEST_MM, _CLIFF_WIDE_MM, 2 * _CLIFF_WIDE_MM))
    whole = grey_closing(np.where(np.isfinite(height), height, -_FAR_MM), footprint=bridged)
    fall = CLIFF * _CLIFF_WIDE_MM
    fallen = whole < maximum_filter(whole, footprint=wide) - fall
    bears = _held(inside & ~fallen, seat, held_mm)
    lowest = minimum_filter(np.where(bears, whole, _FAR_MM), footprint=beside)
    return np.asarray(fallen & (lowest > whole + fall))


def _held(ground: BoolArray, seat: Seat, places_mm: FloatArray) -> BoolArray:
    """The large pieces of ground, and the nearest to each place."""
    from scipy.ndimage import distance_transform_edt, label

    parts, _ = label(ground)
    kept = _large(parts)
    x, y = plane_axes(seat)
    j, i = distance_transform_edt(parts == 0, return_distances=False, return_indices=True)
    for place in places_mm:
        at = int(np.argmin(np.abs(y - place[1]))), int(np.argmin(np.abs(x - place[0])))
        kept[parts[j[at], i[at]]] = True
    kept[0] = False
    return np.asarray(kept[parts])


def _large(parts: NDArray[np.int64]) -> BoolArray:
    """For each label whether its piece is a large one; 0 is none."""
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= LEAST_PART * sizes.max()) & (sizes > 0))


def hem_mm(height: FloatArray, ground: FieldArray, *, step_mm: float, steepest_deg: float) -> FieldArray:
    """The lowest that a base may reach over each column of the plane: not much beneath the highest ground beside it.

    Seen along the way in a cliff is as narrow as the border of a tread is inexact: a base that followed that border down would be
    a finger as long as the cliff is high. Where ground that it stands on lies at the foot, it goes down to that: cut off before
    it, it would be torn along the step.
    """
    from scipy.ndimage import binary_opening, distance_transform_edt, gaussian_filter, maximum_filter, minimum_filter

    inside = (ground < 0) & np.isfinite(height)
    if not inside.any():
        return np.full(height.shape, -_FAR_MM, dtype=np.float32)
    j, i = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    rim, broad = disc(round(RIM_MM / step_mm)), disc(round(SMALLEST_MM / step_mm))
    even = gaussian_filter(maximum_filter(height[j, i], footprint=rim), RIM_MM / 2 / step_mm)
    level = binary_opening(inside & ~_cliff(height, step_mm), broad)
    foot = minimum_filter(np.where(level, height, _FAR_MM), footprint=rim)
    return np.asarray(np.minimum(even - RIM_MM * np.tan(np.deg2rad(steepest_deg)), foot) - HANG_MM, dtype=np.float32)


def _cliff(height: FloatArray, step_mm: float) -> BoolArray:
    """Columns over which the ground is a cliff."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.hypot(*np.gradient(height, step_mm)) > CLIFF)
