"""Bone that is still there but far behind where it should be: what is restored lies in front of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from anatofit.restore.fill import Mask
from anatofit.restore.tables import BodyTables, RestoredTables, Tables

SUNKEN_MM = 3.0  # the two sides' tables differ by less beside a hole where the mirror image was bent to meet them
UNDER_MM = 1.5  # the host is taken away from the piece; farther behind its outer face something else begins
SUNKEN_REACH_MM = 10.0  # height of a supra-orbital rim


def sunken_beside(hole: Mask, tables: Tables, body: BodyTables, no_twin: Mask) -> Mask:
    """Cells that hang together with the hole and stand SUNKEN_MM behind the mirror image, or are not there at all.

    Below a defect of the brow the orbital roof is still there, and rays that meet it call the place bone; the rim in front of
    it is missing all the same. Looked for no farther than SUNKEN_REACH_MM: beyond, it is the two sides that differ.
    """
    from scipy import ndimage

    behind = ~np.isfinite(tables.outer_mm) | (body.outer_mm - tables.outer_mm > SUNKEN_MM)
    near = ndimage.distance_transform_edt(~hole) * tables.chart.step_mm <= SUNKEN_REACH_MM
    sunken = hole | (behind & np.isfinite(body.outer_mm) & near & ~no_twin)
    together = ndimage.binary_propagation(hole, mask=ndimage.binary_opening(sunken, iterations=2) | hole)
    return np.asarray(ndimage.binary_fill_holes(together) & ~hole)


def above_sunken_bone(restored: RestoredTables, tables: Tables, sunken: Mask, hole: Mask) -> RestoredTables:
    """What is restored over sunken bone lies in front of it, and is no thicker than the rest of the piece."""
    thickness = float(np.nanmedian((restored.outer_mm - restored.inner_mm)[hole & ~sunken]))
    floor = np.fmax(tables.outer_mm - UNDER_MM, restored.outer_mm - thickness)
    return replace(restored, inner_mm=np.where(sunken, floor, restored.inner_mm))
