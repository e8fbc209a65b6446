"""Which ways face another bone near to the cuts, or the back of a recognised one: no guide is set down there where another side is free.

Tibia and fibula, radius and ulna are joined by a membrane along which vessels and nerves run; bones that meet in a joint, by its capsule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.cutting_guide.approach import within_deg
from anatofit.devices.cutting_guide.fibula import by_unseen_fibula
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec
from anatofit.devices.guide.behind import leads_behind
from anatofit.devices.guide.beside import others_of
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

# From a cut's point to the other bone: half the width of a shaft and the room between the two, of a lower leg some 30 mm. Proposal.
NEAR_MM = 40.0
# Between a way out and the direction to the other bone, in the cut's plane: less than a right angle, or a way along a joint, as to the
# side of a heel bone beneath the talus, would count as one into it. Proposal.
FACING_DEG = 75.0


def free_sides(anatomy: Anatomy, ways_lps: Sequence[FloatArray], spec: CuttingGuideSpec) -> list[FloatArray]:
    """Those of the ways out that face no other bone from any cut, nor the fibula of a tibia that nobody sees, and do not lead behind a
    recognised bone."""
    ways = [way for way in ways_lps if not leads_behind(anatomy, way) and not by_unseen_fibula(anatomy, way)]
    others = others_of(anatomy)
    return ways if others is None else turned_away(ways, spec, others)


def turned_away(ways_lps: Sequence[FloatArray], spec: CuttingGuideSpec, others: Mesh) -> list[FloatArray]:
    """Those of the ways out that face no other bone from any cut."""
    towards = [(np.array(cut.normal), to) for cut in spec.surgery.cut if (to := _towards(np.array(cut.point), others)) is not None]  # fmt: skip
    return [way for way in ways_lps if all(within_deg(way, to, normal) >= FACING_DEG for normal, to in towards)]


def _towards(point_lps_mm: FloatArray, others: Mesh) -> FloatArray | None:
    """(3,) from a place to the nearest corner of another bone; None where none is near."""
    rest = others.vertices_lps_mm - point_lps_mm
    away = np.square(rest).sum(axis=1)
    nearest = int(np.argmin(away))
    return np.asarray(rest[nearest]) if away[nearest] < NEAR_MM**2 else None
