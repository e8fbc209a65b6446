"""How much each member counts: learnt on holes of the defect's size cut in the same skull, where both sides are whole."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.chart import Chart
from anatofit.model.frame import Plane
from anatofit.restore.ensemble import Weights, learn_weights
from anatofit.restore.fill import Mask, Sheet
from anatofit.restore.tables import EDGE_MARGIN_MM, Tables, agrees, mirrored_mask

TRIAL_RASTER_MM = 12
MOST_TRIALS = 8
TRIAL_RING_MM = 12.0  # whole bone around a trial, as around the defect
# A vault is a bent plate: the flattest sheet through its rim lies too deep. Thickness is none: a bent one overshoots.
OUTER_MEMBERS = frozenset({"biharmonic", "mirrored, harmonic", "mirrored, biharmonic", "bowl"})
THICKNESS_MEMBERS = frozenset({"harmonic", "mirrored, harmonic", "bowl"})


def trial_weights(
    tables: Tables, hole_radius_mm: float, taken: Mask, allowed: Mask, plane: Plane, *, near: Mask
) -> tuple[Weights, Weights]:
    """Weights learnt on round holes of the defect's size cut in the same skull, where both sides are whole, nearest to the defect or its twin (`near`)."""
    usable = (
        agrees(tables.outer_mm, np.isfinite(tables.outer_mm))
        & np.isfinite(tables.outer_mm)
        & np.isfinite(tables.mirror_outer_mm)
        & allowed
        & ~taken
        & ~mirrored_mask(taken, tables.chart, plane)
    )
    holes, margins = _trial_holes(tables.chart, hole_radius_mm, usable, near)
    known = np.isfinite(tables.outer_mm) & allowed
    known &= agrees(tables.outer_mm, known)
    learnt = []
    for values, mirror, allowed_members in (
        (tables.outer_mm, tables.mirror_outer_mm, OUTER_MEMBERS),
        (tables.outer_mm - tables.inner_mm, tables.mirror_outer_mm - tables.mirror_inner_mm, THICKNESS_MEMBERS),
    ):
        sheet = Sheet(np.where(known, values, 0.0), known, np.zeros_like(known), np.where(usable, mirror, np.nan))
        learnt.append(learn_weights(sheet, holes, margins, allowed=allowed_members))
    return learnt[0], learnt[1]


def _trial_holes(chart: Chart, radius_mm: float, usable: Mask, near: Mask) -> tuple[list[Mask], list[Mask]]:
    """Up to eight discs of which nine tenths are usable, those nearest to the marked cells first."""
    from scipy import ndimage

    line = (np.arange(chart.size) - (chart.size - 1) / 2) * chart.step_mm
    x, y = np.meshgrid(line, line)
    away = ndimage.distance_transform_edt(~near) if near.any() else np.hypot(x, y)
    found = []
    for cx in range(-120, 121, TRIAL_RASTER_MM):
        for cy in range(-120, 121, TRIAL_RASTER_MM):
            disc = np.hypot(x - cx, y - cy) <= radius_mm
            ring = (np.hypot(x - cx, y - cy) <= radius_mm + TRIAL_RING_MM) & ~disc
            if disc.any() and min(usable[disc].mean(), usable[ring].mean()) >= 0.95:
                found.append((float(away[disc].mean()), cx, cy))
    picked = [(cx, cy) for _, cx, cy in sorted(found)[:MOST_TRIALS]]
    discs = [np.hypot(x - cx, y - cy) <= radius_mm for cx, cy in picked]
    wide = [np.hypot(x - cx, y - cy) <= radius_mm + EDGE_MARGIN_MM for cx, cy in picked]
    return discs, wide
