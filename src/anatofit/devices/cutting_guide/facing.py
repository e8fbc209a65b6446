"""Which ways face another bone near to the cuts, or the back of a recognised one: no guide is set down there where another side is free.

Tibia and fibula, radius and ulna are joined by a membrane along which vessels and nerves run; bones that meet in a joint, by its capsule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.cutting_guide.approach import within_deg
from anatofit.devices.cutting_guide.fibula import by_unseen_fibula
from anatofit.devices.cutting_guide.spec import Cut, CuttingGuideSpec
from anatofit.devices.guide.behind import leads_behind
from anatofit.devices.guide.beside import others_of
from anatofit.geometry.halfedges import bodies_of
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import IntArray, Mesh

# From a cut's point to the other bone: half the width of a shaft and the room between the two, of a lower leg some 30 mm. Proposal.
NEAR_MM = 40.0
# Between a way out and the direction to the other bone, in the cut's plane: less than a right angle, or a way along a joint, as to the
# side of a heel bone beneath the talus, would count as one into it. Proposal.
FACING_DEG = 75.0
BESIDE = 0.7071  # sine of the direction to another bone to the cut's plane: half a right angle parts what lies beside a cut from what lies beyond


def free_sides(anatomy: Anatomy, ways_lps: Sequence[FloatArray], spec: CuttingGuideSpec) -> list[FloatArray]:
    """Those of the ways out that face no other bone from any cut, nor the fibula of a tibia that nobody sees, and do not lead behind a
    recognised bone."""
    ways = [way for way in ways_lps if not leads_behind(anatomy, way) and not by_unseen_fibula(anatomy, way)]
    others = others_of(anatomy)
    return ways if others is None else turned_away(ways, spec, others)


def turned_away(ways_lps: Sequence[FloatArray], spec: CuttingGuideSpec, others: Mesh) -> list[FloatArray]:
    """Those of the ways out that face no other bone from any cut."""
    bodies = bodies_of(others.faces)
    towards = [(np.array(cut.normal), to) for cut in spec.surgery.cut for to in _towards(cut, others, bodies)]
    return [way for way in ways_lps if all(within_deg(way, to, normal) >= FACING_DEG for normal, to in towards)]


def _towards(cut: Cut, others: Mesh, bodies: IntArray) -> Iterator[FloatArray]:
    """(3,) each from a cut's point to the nearest corner of each other bone that is near, beside the cut rather than beyond it."""
    rest = others.vertices_lps_mm - np.array(cut.point)
    away, normal = np.sqrt(np.square(rest).sum(axis=1)), unit_vector(np.array(cut.normal))
    for number in range(int(bodies.max()) + 1):
        corners = others.faces[bodies == number].ravel()
        nearest = int(corners[np.argmin(away[corners])])
        if 0.0 < away[nearest] < NEAR_MM and abs(float((rest[nearest] * normal).sum())) < BESIDE * away[nearest]:
            yield np.asarray(rest[nearest])
