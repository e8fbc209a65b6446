"""The bone in the plane of a cut as a saw meets it along one way, and how much of its width other bones leave to a slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.cutting_guide.spec import Cut, CuttingGuideSpec
from anatofit.devices.guide.beside import ROOM_MM
from anatofit.devices.guide.layout import Pair
from anatofit.geometry.closest import sample_triangles
from anatofit.geometry.section_lines import section, span_mm
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

SHORTEST_MM = (
    20.0  # slot that the program chooses, of a narrow bone: BRP's default, room for a blade of 10 to 15 mm to swing
)
_SAMPLE_MM = 1.0
_CELL_MM = 1.0  # along a slot, in which the front of the bone is told
_TOUCH_MM = 1e-6  # as numbers are rounded: what stands at the end of what is free is met no more, or the end would never be found


@dataclass(frozen=True, eq=False)
class Across:
    """A cut, its unit normal, the `(n, 2, 3)` outline in which its plane cuts the bone, and `(k, 3)` places of other bones that a
    block around its slot would meet; margin_mm: what such a block needs beyond the slot's ends; least_mm: the shortest slot that would be made."""

    cut: Cut
    normal_lps: FloatArray
    outline_lps_mm: FloatArray
    others_lps_mm: FloatArray
    margin_mm: float
    least_mm: float = SHORTEST_MM

    def along_lps(self, way_lps: FloatArray) -> FloatArray:
        """The direction of a slot that is entered against a way out, as `Slot.frame` has it."""
        return np.cross(self._up_lps(way_lps), self.normal_lps)

    def width_mm(self, way_lps: FloatArray) -> Pair:
        """From the cut's point to the two ends of the bone along the slot."""
        return span_mm(self.outline_lps_mm, np.array(self.cut.point), self.along_lps(way_lps))

    def span_mm(self, way_lps: FloatArray) -> Pair:
        """The bone's width, or the shortest slot where that is longer."""
        low, high = self.width_mm(way_lps)
        middle = 0.0 if self.cut.movable_along_lps is None else (low + high) / 2
        return min(low, middle - self.least_mm / 2), max(high, middle + self.least_mm / 2)

    def free_mm(self, way_lps: FloatArray, width_mm: Pair) -> Pair:
        """Of the width, what other bones leave: all that a slot's block would meet stand further from the saw than the bone's front.

        Without end to a side on which there is none.
        """
        if not len(self.others_lps_mm):
            return -np.inf, np.inf
        front, others = (self._seen(places, way_lps) for places in (self._front_lps_mm(), self.others_lps_mm))
        cells = np.floor(front[:, 0] / _CELL_MM)
        low, high = -np.inf, np.inf
        while True:
            span = max(low, width_mm[0]), min(high, width_mm[1])
            within = (front[:, 0] >= span[0]) & (front[:, 0] <= span[1])
            if span[1] <= span[0] or not within.any():
                return span[0], span[0]
            deepest = min(front[within & (cells == cell), 1].max() for cell in np.unique(cells[within]))
            meets = (
                (others[:, 1] > deepest)
                & (others[:, 0] > span[0] - self.margin_mm + _TOUCH_MM)
                & (others[:, 0] < span[1] + self.margin_mm - _TOUCH_MM)
            )
            if not meets.any():
                return low, high
            first, last = others[meets, 0].min() - self.margin_mm, others[meets, 0].max() + self.margin_mm
            low, high = (low, first) if self._is_before(first, last, span) else (last, high)

    def _is_before(self, first: float, last: float, span: Pair) -> bool:
        """Whether what is free before a bone from `first` to `last` is taken: where the cut's point lies, else the longer."""
        if self.cut.movable_along_lps is None and (first >= 0.0) != (last <= 0.0):
            return first >= 0.0
        return first - span[0] >= span[1] - last

    def _up_lps(self, way_lps: FloatArray) -> FloatArray:
        return unit_vector(way_lps - self.normal_lps * float((way_lps * self.normal_lps).sum()))

    def _front_lps_mm(self) -> FloatArray:
        return np.concatenate([self.outline_lps_mm[:, 0], self.outline_lps_mm.mean(axis=1)])

    def _seen(self, places_lps_mm: FloatArray, way_lps: FloatArray) -> FloatArray:
        """`(n, 2)` along a slot, and along the way out, from the cut's point."""
        rest = places_lps_mm - np.array(self.cut.point)
        axes = (self.along_lps(way_lps), self._up_lps(way_lps))
        return np.stack([rest[:, 0] * a[0] + rest[:, 1] * a[1] + rest[:, 2] * a[2] for a in axes], axis=1)


def across_cuts(bone: Mesh, spec: CuttingGuideSpec, others: Mesh | None = None) -> list[Across]:
    """The bone, and others beside it, in the plane of each cut."""
    return [_across(bone, spec, cut, others) for cut in spec.surgery.cut]


def _across(bone: Mesh, spec: CuttingGuideSpec, cut: Cut, others: Mesh | None) -> Across:
    normal, point = unit_vector(np.array(cut.normal)), np.array(cut.point)
    near = np.zeros((0, 3)) if others is None else _near_plane(others, point, normal, spec.block_mm + ROOM_MM)
    least = cut.length_mm or spec.slot_length_mm or SHORTEST_MM
    return Across(cut, normal, section(bone, point, normal), near, spec.slot_wall_mm + ROOM_MM, least)


def _near_plane(mesh: Mesh, point: FloatArray, normal: FloatArray, within_mm: float) -> FloatArray:
    """Places of a surface no further from a plane than that, some `_SAMPLE_MM` apart."""
    rest = mesh.vertices_lps_mm - point
    away = rest[:, 0] * normal[0] + rest[:, 1] * normal[1] + rest[:, 2] * normal[2]
    corners = away[mesh.faces]
    near = mesh.triangles_lps_mm[(corners.min(axis=1) < within_mm) & (corners.max(axis=1) > -within_mm)]
    if not len(near):
        return np.zeros((0, 3))
    places, _ = sample_triangles(near, spacing_mm=_SAMPLE_MM)
    return np.asarray(places[np.abs(((places - point) * normal).sum(axis=1)) < within_mm])


def least_free(across: Sequence[Across], way_lps: FloatArray) -> float:
    """Of the cuts, the least share of the bone's width, or of the shortest slot, that other bones leave; 1 where there are none."""
    shares = []
    for cut in across:
        low, high = cut.span_mm(way_lps)
        a, b = cut.free_mm(way_lps, (low, high))
        shares.append(max(0.0, min(b, high) - max(a, low)) / (high - low))
    return min(shares)
