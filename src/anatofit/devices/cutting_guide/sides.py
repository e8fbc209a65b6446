"""On which side of the bone a guide is meant to be, where the order's cuts tell it by their points.

A cut's point is the middle of its slot. One in the middle of the bone leaves every side open; one that lies on the bone's surface, or
before it, was put where the guide is to stand, and the guide is set down from where the bone looks there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.cutting_guide.approach import within_deg
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, WedgeCut
from anatofit.devices.guide.fixation import ENTRY_WITHIN_MM
from anatofit.geometry.nearest import Nearest
from anatofit.geometry.pierce import pierced
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

# Beneath the surface a point still counts as put on it: whole millimetres round by so much. Not deeper, for the middle of a thin bone
# lies little deeper: of a fibula's shaft, 8 mm thick, points meant as its middle lie 1 to 4 mm deep.
DEEPEST_MM = 0.5
AROUND_MM = 5.0  # the bone's normal is taken of so much of it: a ridge or a facet is no side
_CLEAR_MM = 1.0  # above the surface, where what stands over a place is looked for


@dataclass(frozen=True, eq=False)
class Side:
    """Where the bone looks at the point of a cut that was put on it, out of the bone."""

    normal_lps: FloatArray
    out_lps: FloatArray

    def off_deg(self, way_lps: FloatArray) -> float:
        """The angle between a way out and where the bone looks, in the plane of the cut."""
        return within_deg(way_lps, self.out_lps, self.normal_lps)


def sides_told(bone: Mesh, spec: CuttingGuideSpec) -> list[Side]:
    """The side of each plain cut whose point lies on the bone or no more than 15 mm before it, with open sky above: no wall of a canal
    tells a side, nor of a hollow. A wedge tells by itself where its saw enters."""
    cuts = [cut for cut in spec.surgery.cut if not isinstance(cut, WedgeCut)]
    points = np.array([cut.point for cut in cuts]).reshape(-1, 3)
    return [
        Side(np.array(cut.normal), out) for cut, out in zip(cuts, _outs(bone, points), strict=True) if out is not None
    ]


def _outs(bone: Mesh, points: FloatArray) -> Iterator[FloatArray | None]:
    """The bone's normal at each point that was put on it; None of the others."""
    reach = ENTRY_WITHIN_MM + AROUND_MM
    for point in points:
        near = Nearest(bone, bounds_mm=np.stack([point - reach, point + reach]))
        yield None if near.empty else _out(bone, near, point)


def _out(bone: Mesh, near: Nearest, point: FloatArray) -> FloatArray | None:
    foot, _ = near.asked(point[None])
    (out,) = near.facing(foot, radius_mm=AROUND_MM)
    above = float(((point - foot[0]) * out).sum())
    if not -DEEPEST_MM <= above <= ENTRY_WITHIN_MM:
        return None
    at, _ = pierced(bone, foot[0], out)
    return None if (at > _CLEAR_MM).any() else np.asarray(out)


def seen_from(way_lps: FloatArray, sides: Sequence[Side], *, most_deg: float) -> bool:
    """Whether a way out leads to every side that is told."""
    return all(side.off_deg(way_lps) <= most_deg for side in sides)
