"""Measures of a limb by level: area, perimeter as a tape lies, volume below; and its lengths."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from anatofit.locate.limb.located import ByLevel, LimbLandmark
from anatofit.locate.limb.standing import Standing
from anatofit.locate.limb.unrolled import crossed
from anatofit.model.frame import FloatArray

STEP_MM = 10.0
_SLICE_MM = 1.0  # areas are summed to volumes over slices so thick: 0.1 per cent of a limb


def measured(limb: Standing, tendon_level_mm: float) -> ByLevel:
    """Cuts every 10 mm above the distal end, as far as the skin is whole around the limb."""
    levels = np.arange(STEP_MM, limb.top_mm, STEP_MM)
    area = np.array([cut.area_mm2 for cut in limb.cuts(levels)])
    return ByLevel(levels, tendon_level_mm - levels, area, girths_mm(limb, levels), volumes_mm3(limb, levels))


def girths_mm(limb: Standing, levels_mm: FloatArray) -> FloatArray:
    """(n,) perimeters as a tape lies."""
    return np.array([_tape_mm(limb.met(z), z) for z in levels_mm.tolist()])


def mean_girth_mm(limb: Standing) -> float:
    """The perimeter as a tape lies, in the mean over the limb between its rounded end and its opening."""
    return float(girths_mm(limb, limb.top_mm * np.linspace(0.3, 0.9, 7)).mean())


def _tape_mm(corners: FloatArray, level_mm: float) -> float:
    """Length of the convex line around a cut."""
    from scipy.spatial import ConvexHull

    return float(
        ConvexHull(np.concatenate(crossed(corners, level_mm))).area
    )  # of a flat hull, scipy calls its length so


def volumes_mm3(limb: Standing, levels_mm: FloatArray, *, from_mm: float = 0.0) -> FloatArray:
    """(n,) what of the limb lies between a level and each of these, by its areas (Simpson's rule over slices of a millimetre)."""
    high = float(levels_mm[-1])
    edges = np.linspace(from_mm, high, max(2, round((high - from_mm) / _SLICE_MM)) + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    at_edges, at_middles = (np.array([cut.area_mm2 for cut in limb.cuts(at)]) for at in (edges, middles))
    slices = (at_edges[:-1] + 4 * at_middles + at_edges[1:]) * np.diff(edges) / 6
    return np.asarray(np.interp(levels_mm, edges, np.concatenate([[0.0], np.cumsum(slices)])))


def lengths(limb: Standing, landmarks: Mapping[str, LimbLandmark], by_level: ByLevel) -> dict[str, float]:
    """Lengths along the long axis, and what is measured at the level of the patellar tendon; each name ends in its unit."""
    level = {name: float(limb.local(mark.point_lps_mm[None])[0, 2]) for name, mark in landmarks.items()}
    tendon = level["patellar_tendon"]
    figures = {
        "limb_length_mm": tendon - level["distal_end"],
        "tibia_length_mm": tendon - level["distal_tibia"],
        "tubercle_to_end_mm": level["tibial_tubercle"] - level["distal_end"],
        "skin_above_tendon_mm": limb.top_mm - tendon,
    }
    if by_level.level_mm[0] <= tendon <= by_level.level_mm[-1]:
        at = {"area_mm2": by_level.area_mm2, "perimeter_mm": by_level.perimeter_mm, "volume_mm3": by_level.volume_mm3}
        figures |= {f"tendon_{n}": float(np.interp(tendon, by_level.level_mm, v)) for n, v in at.items()}
    return figures
