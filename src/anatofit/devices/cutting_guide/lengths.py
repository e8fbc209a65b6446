"""How long a slot is, and how wide the base beneath it, where the order leaves both to the bone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.cutting_guide.across import SHORTEST_MM, Across
from anatofit.devices.cutting_guide.spec import LEAST_MM, Cut, CuttingGuideSpec
from anatofit.devices.guide.layout import Pair, triple
from anatofit.model.frame import FloatArray

LED = 0.8  # of the bone's width in the cut: a slot over less leads a part of it alone, and a blade is fanned for the rest: proposal
LONGEST_MM = 60.0  # that it chooses: a longer one asks for more bone to be laid bare than is usual. Proposal
NARROWEST_MM, WIDEST_MM = (
    26.0,
    80.0,
)  # base that it chooses: around a slot of 20 mm and its walls, and the most that can be ordered
_STEP_MM = 0.5  # that lengths are rounded to


def with_lengths(spec: CuttingGuideSpec, across: Sequence[Across], way_lps: FloatArray) -> CuttingGuideSpec:
    """The spec with a length for every slot and a width of the base, as ordered or by the bone as it is seen along a way out."""
    cuts = tuple(_sized(a, spec.slot_length_mm, way_lps) for a in across)
    longest = max(cut.length_mm or 0.0 for cut in cuts)
    width = spec.foot_width_mm or min(max(NARROWEST_MM, longest + 2 * spec.slot_wall_mm), WIDEST_MM)
    surgery = spec.surgery.model_copy(update={"cut": cuts})
    return spec.model_copy(update={"surgery": surgery, "foot_width_mm": width})


def _sized(across: Across, ordered_mm: float, way_lps: FloatArray) -> Cut:
    """The cut with its slot's length, and in the middle of the bone where it may be moved there: beside other bones, as near to it as they let it."""
    cut, (low, high) = across.cut, across.width_mm(way_lps)
    span = across.span_mm(way_lps)
    first, last = across.free_mm(way_lps, span)
    ordered, along = cut.length_mm or ordered_mm, cut.movable_along_lps
    if along is None:
        return cut.model_copy(update={"length_mm": ordered or _about_mm((low, high), (first, last))})
    if np.isfinite([first, last]).any():
        first, last = max(first, span[0]), min(last, span[1])
    length = ordered or _fitting(LED * (high - low), last - first)
    middle = _held((low + high) / 2, first + length / 2, last - length / 2)
    moved = np.array(cut.point) + middle / float((along * across.along_lps(way_lps)).sum()) * along
    return cut.model_copy(update={"length_mm": length, "point": triple(moved)})


def _about_mm(width_mm: Pair, free_mm: Pair) -> float:
    """A length about the cut's own point: long enough to lead LED of the bone's width, but no longer than the bone is wide."""
    low, high = width_mm
    wanted, shorter = LED * (high - low), max(min(-low, high), 0.0)
    length = wanted if shorter >= wanted / 2 else min(2 * (wanted - shorter), high - low)
    return _fitting(length, 2 * max(min(-free_mm[0], free_mm[1]), 0.0))


def _fitting(wanted_mm: float, free_mm: float) -> float:
    length = float(np.clip(np.ceil(wanted_mm / _STEP_MM) * _STEP_MM, SHORTEST_MM, LONGEST_MM))
    return (
        length if length <= free_mm else max(float(np.floor(free_mm / _STEP_MM) * _STEP_MM), LEAST_MM["slot_length_mm"])
    )


def _held(wanted_mm: float, low_mm: float, high_mm: float) -> float:
    """Between two ends, or in their middle where they cross."""
    return float(np.clip(wanted_mm, low_mm, high_mm)) if low_mm <= high_mm else (low_mm + high_mm) / 2
