"""Whether the fibula of a tibia is among the other bones that are known: of one that is not, nobody can keep clear."""

from __future__ import annotations

import numpy as np

from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray

NEAR_MM = (
    25.0  # between tibia and fibula, wherever they run side by side along the upper leg: some 5 to 15 mm. Proposal
)
LATERAL = 0.5  # cosine between a way out and the lateral side: within 60° of it a blade or guide comes by the fibula. Proposal
UPPER_MM = 120.0  # of the tibia below the joint, where a guide of the knee may meet it


def fibula_unseen(anatomy: Anatomy) -> bool:
    """True of a recognised tibia where no other bone that is known stands lateral of its upper part, near to it."""
    if anatomy.bone != "tibia" or "sagittal" not in anatomy.planes:
        return False
    return "neighbours" not in anatomy.surfaces or not _stands_there(anatomy)


def by_unseen_fibula(anatomy: Anatomy, way_lps: FloatArray) -> bool:
    """Whether a way out leads to the side on which the fibula of a recognised tibia stands that nobody sees."""
    if not fibula_unseen(anatomy):
        return False
    return float((way_lps * anatomy.planes["sagittal"].normal_lps).sum()) < -LATERAL


def _stands_there(anatomy: Anatomy) -> bool:
    from scipy.spatial import cKDTree

    bone, places = anatomy.surfaces["host"].vertices_lps_mm, anatomy.surfaces["neighbours"].vertices_lps_mm
    sagittal, joint = anatomy.planes["sagittal"], anatomy.planes.get("joint")
    there = ((places - sagittal.point_lps_mm) * sagittal.normal_lps).sum(axis=1) < 0.0
    if joint is not None:
        below = -((places - joint.point_lps_mm) * joint.normal_lps).sum(axis=1)
        there &= (below > 0.0) & (below < UPPER_MM)
    if not there.any():
        return False
    away, _ = cKDTree(bone).query(places[there], distance_upper_bound=NEAR_MM)
    return bool(np.isfinite(away).any())
