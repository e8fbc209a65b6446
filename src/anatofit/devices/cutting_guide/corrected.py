"""The bone as it is to stand after a wedge: what lies distal of the cuts turned about the hinge line, what lay between them gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from anatofit.devices.cutting_guide.layout import CuttingGuidePlan, PlannedWedge, Slot
from anatofit.devices.guide.beside import others_of
from anatofit.errors import GeometryError
from anatofit.geometry.boolean import largest
from anatofit.geometry.bridge import mesh_of, solid_of
from anatofit.geometry.osteotomy import corrected, turned_about
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Plane
from anatofit.model.mesh import Mesh
from anatofit.model.words import bracketed

CORRECTED = "corrected_bone"
MEET_MM3 = 5.0  # of two bones in each other, more than before: less may be the edges of the scan. Proposal


def corrected_bone(anatomy: Anatomy, plan: CuttingGuidePlan) -> Mapping[str, Mesh]:
    """The model "corrected_bone" of a plan with a wedge; nothing of any other.

    Both parts are rigid: what the hinge bends, and what the saw takes, are not shown.
    """
    return {} if plan.wedge is None else {CORRECTED: _corrected(anatomy, plan.wedge, plan.slots)}


def meets_others(anatomy: Anatomy, wedge: PlannedWedge | None, slots: Sequence[Slot]) -> list[str]:
    """A word where the bone as it is to stand after a wedge lies in another bone, as it did not before: whether that stays where it is or
    goes along with the distal part, as the fibula of a tibia does that is tied to it at the ankle."""
    others = others_of(anatomy)
    if wedge is None or others is None:
        return []
    try:
        stays, along = solid_of(others), solid_of(_turned_along(others, wedge))
    except GeometryError:  # bones of a scan that ends within them
        return [
            "whether the corrected bone would stand in another bone was not judged: the other bones are no closed surface"
        ]
    before, after = stays ^ solid_of(anatomy.surfaces["host"]), solid_of(_corrected(anatomy, wedge, slots))
    met = min((beside ^ after for beside in (stays, along)), key=lambda solid: solid.volume())
    more = met.volume() - before.volume()
    if more < MEET_MM3:
        return []
    middle = bracketed(mesh_of(largest(met)[0]).bounds_lps_mm.mean(axis=0))
    return [
        f"once corrected, the bone would stand {more:.0f} mm³ deep in another bone, near {middle} mm in the report's axes, were that turned with the distal "
        "part or not: the correction is not reached with it whole. See what is to be done with it"
    ]


def _turned_along(others: Mesh, wedge: PlannedWedge) -> Mesh:
    """Other bones turned as the distal part is."""
    hinge, axis = np.array(wedge.hinge_lps_mm), np.array(wedge.axis_lps)
    turned = turned_about(others.vertices_lps_mm, hinge_lps_mm=hinge, axis_lps=axis, angle_deg=wedge.angle_deg)
    return replace(others, vertices_lps_mm=turned)


def _corrected(anatomy: Anatomy, wedge: PlannedWedge, slots: Sequence[Slot]) -> Mesh:
    proximal, distal = (slots[wedge.cuts[n] - 1] for n in (0, -1))
    return corrected(
        anatomy.surfaces["host"],
        stands=_plane(proximal, 1.0),
        turns=_plane(distal, -1.0),
        hinge_lps_mm=np.array(wedge.hinge_lps_mm),
        axis_lps=np.array(wedge.axis_lps),
        angle_deg=wedge.angle_deg,
    )


def _plane(slot: Slot, side: float) -> Plane:
    return Plane(np.array(slot.point_lps_mm), side * np.array(slot.normal_lps))
