"""The side of a bone that its own shape does not tell, told by a known bone that stands beside it: a fibula's by its tibia."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.app.companions import corners_off_mm
from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.locate.halves import middle_plane
from anatofit.locate.located import LocatedBone
from anatofit.locate.long_bone import OTHER, SIDES, locate_long_bone
from anatofit.model.frame import Laterality, Plane, unit_vector
from anatofit.model.mesh import Mesh

# From a bone to one of the same leg: the two share a joint, or run side by side as tibia and fibula do, 5 to 15 mm apart. Those of the
# other leg stand farther off. Proposal.
NEAR_MM = 25.0
# A bone that is so many times as long along another's axis as it is wide across it runs along it. Fibulas are 7 to 9 times so; half a
# pelvis beside a femur is 1.2 times, a patella 0.9. Proposal.
RUNS_ALONG = 2.0


def known_beside(bone: Mesh, others: Sequence[Mesh], ordered: Laterality) -> LocatedBone | None:
    """The first tibia or femur, by its shape, among other bones near to a bone; None of none, where those are of both sides, and of a bone
    that spans the middle of the body: it has those of either leg beside it.

    Raises ScanUnsuitableError where it is of the other side than ordered.
    """
    near = (mesh for mesh in others if float(corners_off_mm(bone, mesh).min()) < NEAR_MM)
    known = [*filter(None, (locate_long_bone(mesh, ordered=Laterality.UNPAIRED, bone=None) for mesh in near))]
    if len({one.laterality for one in known}) != 1 or middle_plane(bone) is not None:
        return None
    found = known[0]
    if ordered in SIDES and found.laterality is not ordered:
        raise ScanUnsuitableError(Reason("wrong-side", _said(found, ordered)))
    return found


def axis_beside(bone: Mesh, beside: LocatedBone) -> dict[str, Plane]:
    """By the name "beside_across" the plane across the axis of a known bone, its normal towards the head, where a bone runs along that
    one, as a fibula does along its tibia; nothing of one that only stands at its end."""
    medial, front, joint = (beside.planes[name] for name in ("sagittal", "coronal", "joint"))
    up = unit_vector(np.cross(medial.normal_lps, front.normal_lps))
    up = up * np.sign((up * joint.normal_lps).sum())
    along = (bone.vertices_lps_mm * up).sum(axis=1)
    across = bone.vertices_lps_mm - np.outer(along, up)
    wide_mm = 2 * float(np.linalg.norm(across - across.mean(axis=0), axis=1).max())
    return {"beside_across": Plane(joint.point_lps_mm, up)} if float(np.ptp(along)) > RUNS_ALONG * wide_mm else {}


def _said(found: LocatedBone, ordered: Laterality) -> str:
    return (
        f"a {SIDES[found.laterality]} {found.bone} by its shape stands beside the bone, the order is for the {SIDES[ordered]} side. Check order, source, "
        f'and the other bones that it names; what is no {found.bone} is ordered beside a bone with [locate] bone = "{OTHER}"'
    )
