"""How long a slot is, and how wide the base beneath it, where the order leaves both to the bone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.cutting_guide.spec import Cut, CuttingGuideSpec
from anatofit.geometry.section_lines import section, span_mm
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

LED = 0.8  # of the bone's width in the cut: a slot over less leads a part of it alone, and a blade is fanned for the rest: proposal
SHORTEST_MM = (
    20.0  # that the program chooses, of a narrow bone: BRP's default, room for a blade of 10 to 15 mm to swing
)
LONGEST_MM = 60.0  # that it chooses: a longer one asks for more bone to be laid bare than is usual. Proposal
NARROWEST_MM, WIDEST_MM = (
    26.0,
    80.0,
)  # base that it chooses: around a slot of 20 mm and its walls, and the most that can be ordered
_STEP_MM = 0.5  # that lengths are rounded up to


@dataclass(frozen=True, eq=False)
class Across:
    """The bone in the plane of a cut: the cut, its unit normal, and the outline in which its plane cuts the bone."""

    cut: Cut
    normal_lps: FloatArray
    outline_lps_mm: FloatArray

    def width_mm(self, way_lps: FloatArray) -> tuple[float, float]:
        """How far the bone reaches from the cut's point to either end of a slot that is entered against a way out."""
        out = unit_vector(way_lps - self.normal_lps * float((way_lps * self.normal_lps).sum()))
        return span_mm(self.outline_lps_mm, np.array(self.cut.point), np.cross(out, self.normal_lps))


def across_cuts(bone: Mesh, spec: CuttingGuideSpec) -> list[Across]:
    """The bone in the plane of each cut."""
    found = []
    for cut in spec.surgery.cut:
        normal = unit_vector(np.array(cut.normal))
        found.append(Across(cut, normal, section(bone, np.array(cut.point), normal)))
    return found


def with_lengths(spec: CuttingGuideSpec, across: Sequence[Across], way_lps: FloatArray) -> CuttingGuideSpec:
    """The spec with a length for every slot and a width of the base, as ordered or by the bone as it is seen along a way out."""
    cuts = tuple(
        a.cut.model_copy(update={"length_mm": a.cut.length_mm or spec.slot_length_mm or _length_mm(a, way_lps)})
        for a in across
    )
    longest = max(cut.length_mm or 0.0 for cut in cuts)
    width = spec.foot_width_mm or min(max(NARROWEST_MM, longest + 2 * spec.slot_wall_mm), WIDEST_MM)
    surgery = spec.surgery.model_copy(update={"cut": cuts})
    return spec.model_copy(update={"surgery": surgery, "foot_width_mm": width})


def _length_mm(across: Across, way_lps: FloatArray) -> float:
    """Long enough to lead LED of the bone's width about the cut's point, but no longer than the bone is wide."""
    low, high = across.width_mm(way_lps)
    wanted = LED * (high - low)
    shorter = min(-low, high)
    length = wanted if shorter >= wanted / 2 else min(2 * (wanted - max(shorter, 0.0)), high - low)
    return float(np.clip(np.ceil(length / _STEP_MM) * _STEP_MM, SHORTEST_MM, LONGEST_MM))
