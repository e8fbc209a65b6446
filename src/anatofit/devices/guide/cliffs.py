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
    from scipy.ndimage import distance_transform_edt

    parts, large = _pieces(height, ground < -neck_mm, step_mm=step_mm)
    # from the middle of what stays, which a ball of the radius goes through; what lies down a cliff beside it is another ground
    away, (j, i) = distance_transform_edt(~large[parts], return_indices=True)
    with np.errstate(invalid="ignore"):
        beside = np.abs(height - height[j, i]) <= CLIFF * np.maximum(away, 1.0) * step_mm
    beside &= away * step_mm <= neck_mm + step_mm
    return np.where(beside, ground, np.maximum(ground, np.float32(step_mm)))


def past_cliffs_mm(height: FloatArray, ground: FieldArray, seat: Seat, held_mm: FloatArray) -> FieldArray:
    """Positive past the edge of a cliff, and a little before it; for small pieces of ground there, unless one of places `(n, 2)` that
    must be held stands on it, too.

    A base that followed its evened border over an edge, or reached for bone that is seen far beneath, would hang down the cliff as a
    finger. Clefts as narrow as a tread bridges are none.
    """
    from scipy.ndimage import grey_closing

    bridged = disc(round(SMALLEST_MM / seat.step_mm))
    whole = grey_closing(np.where(np.isfinite(height), height, -_FAR_MM), footprint=bridged)
    past = _fallen(whole, step_mm=seat.step_mm) | _shelves(whole, ground, seat, held_mm)
    return np.asarray(_BRINK_STEPS * seat.step_mm - signed_mask(past, step_mm=seat.step_mm), dtype=np.float32)


def _fallen(height: FloatArray, *, step_mm: float) -> BoolArray:
    """Columns at the foot of a cliff: nothing, or bone further down than any slope falls that is none."""
    from scipy.ndimage import maximum_filter

    highest = maximum_filter(height, footprint=disc(round(_CLIFF_WIDE_MM / step_mm)))
    return np.asarray(height < highest - CLIFF * _CLIFF_WIDE_MM)


def _shelves(height: FloatArray, ground: FieldArray, seat: Seat, held_mm: FloatArray) -> BoolArray:
    """Small pieces of ground past a cliff on which none of the places stands."""
    from scipy.ndimage import distance_transform_edt

    parts, kept = _pieces(height, ground < 0, step_mm=seat.step_mm)
    x, y = plane_axes(seat)
    j, i = distance_transform_edt(parts == 0, return_distances=False, return_indices=True)
    for place in held_mm:
        at = int(np.argmin(np.abs(y - place[1]))), int(np.argmin(np.abs(x - place[0])))
        kept[parts[j[at], i[at]]] = True
    kept[0] = False
    return np.asarray((ground < 0) & (distance_transform_edt(~kept[parts]) > _BRINK_STEPS))


def _pieces(height: FloatArray, inside: BoolArray, *, step_mm: float) -> tuple[NDArray[np.int64], BoolArray]:
    """Labels of the pieces that no cliff parts, 0 beside them, and for each label whether it is a large one."""
    from scipy.ndimage import label

    with np.errstate(invalid="ignore"):
        cliff = np.hypot(*np.gradient(height, step_mm)) > CLIFF
    parts, count = label(inside & ~cliff)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    sizes[0] = 0
    return parts, np.asarray((sizes >= LEAST_PART * sizes.max()) & (sizes > 0))


def hem_mm(height: FloatArray, ground: FieldArray, *, step_mm: float, steepest_deg: float) -> FieldArray:
    """The lowest that a base may reach over each column of the plane: not much beneath the ground beside it.

    Seen along the way in a cliff is as narrow as the border of a tread is inexact: a base that followed that border down would be
    a finger as long as the cliff is high.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter, maximum_filter

    inside = (ground < 0) & np.isfinite(height)
    if not inside.any():
        return np.full(height.shape, -_FAR_MM, dtype=np.float32)
    j, i = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    highest = maximum_filter(height[j, i], footprint=disc(round(RIM_MM / step_mm)))
    even = gaussian_filter(highest, RIM_MM / 2 / step_mm)
    return np.asarray(even - RIM_MM * np.tan(np.deg2rad(steepest_deg)) - HANG_MM, dtype=np.float32)
