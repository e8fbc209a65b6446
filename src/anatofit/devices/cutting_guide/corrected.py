"""The bone as it is to stand after a wedge: what lies distal of the cuts turned about the hinge line, what lay between them gone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from anatofit.devices.cutting_guide.layout import CuttingGuidePlan, Slot
from anatofit.geometry.osteotomy import corrected
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Plane
from anatofit.model.mesh import Mesh

CORRECTED = "corrected_bone"


def corrected_bone(anatomy: Anatomy, plan: CuttingGuidePlan) -> Mapping[str, Mesh]:
    """The model "corrected_bone" of a plan with a wedge; nothing of any other.

    Both parts are rigid: what the hinge bends, and what the saw takes, are not shown.
    """
    wedge = plan.wedge
    if wedge is None:
        return {}
    proximal, distal = (plan.slots[wedge.cuts[n] - 1] for n in (0, -1))
    mesh = corrected(
        anatomy.surfaces["host"],
        stands=_plane(proximal, 1.0),
        turns=_plane(distal, -1.0),
        hinge_lps_mm=np.array(wedge.hinge_lps_mm),
        axis_lps=np.array(wedge.axis_lps),
        angle_deg=wedge.angle_deg,
    )
    return {CORRECTED: mesh}


def _plane(slot: Slot, side: float) -> Plane:
    return Plane(np.array(slot.point_lps_mm), side * np.array(slot.normal_lps))
