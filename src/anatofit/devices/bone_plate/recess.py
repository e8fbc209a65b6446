"""Recesses of the heads: how wide and how deep, so that enough plate is left beneath, over bone that rises beside the hole too."""

from __future__ import annotations

import numpy as np

from anatofit.devices.bone_plate.rim import rim_of
from anatofit.devices.bone_plate.spec import LEAST_SHOULDER_MM, BonePlateSpec, PlannedScrew
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.nearest import Nearest
from anatofit.model.frame import FloatArray

LEAST_RECESS_MM = 0.3
SHOULDER_SHARE = 0.6  # of a thin plate that is left beneath a head: 0.9 mm of 1.5 mm, above the least wall of metals that are printed
EVEN_MM = 0.05  # bone that rises so little beneath a head is even


def over_rim_mm(
    near: Nearest, centre: FloatArray, axis: FloatArray, along: FloatArray, asked: PlannedScrew, spec: BonePlateSpec
) -> float:
    """The least plate, along the axis, between the level of the outer face and the underside beneath the recess.

    Bone that rises beside the hole leaves less there than in the hole's middle.
    """
    head, bore = head_mm(spec, asked), hole_mm(spec, asked)
    stretch = spec.oblong_mm if (asked.kind or spec.hole_kind) == "oblong" else 0.0
    rims = (
        rim_of(near, centre, axis, along, radius_mm=wide / 2, stretch_mm=stretch, level_mm=spec.contact_offset_mm)
        for wide in (bore, (bore + head) / 2, head)
    )
    return min(float(rim.deep_mm.min()) for rim in rims)


def hole_mm(spec: BonePlateSpec, asked: PlannedScrew) -> float:
    return (asked.diameter_mm or spec.screw_diameter_mm) + spec.hole_clearance_mm


def head_mm(spec: BonePlateSpec, asked: PlannedScrew) -> float:
    screw = asked.diameter_mm or spec.screw_diameter_mm
    return max(spec.head_diameter_mm * screw / spec.screw_diameter_mm, screw + spec.hole_clearance_mm + 0.4)


def recess(
    spec: BonePlateSpec, asked: PlannedScrew, thick: float, lean: float, outer: float, over_rim: float, number: int
) -> dict[str, object]:
    """Sizes of a hole and of the recess of its head."""
    kind, screw = asked.kind or spec.hole_kind, asked.diameter_mm or spec.screw_diameter_mm
    hole, head = hole_mm(spec, asked), head_mm(spec, asked)
    half = np.deg2rad((spec.cone_deg if kind == "locking" else spec.countersink_deg) / 2)
    slant = head / 2 * float(np.tan(np.deg2rad(lean)))
    most = min(thick - slant, over_rim + EVEN_MM) - min(LEAST_SHOULDER_MM, SHOULDER_SHARE * thick)
    deep = min((head - hole) / 2 / float(np.tan(half)), most)
    if most < LEAST_RECESS_MM:
        said = (
            f"the head of screw {number} has no room in a plate of {thick:.1f} mm: it would be sunk {max(deep, 0.0):.1f} "
            "mm. Raise thickness_mm, aim it more steeply, or move it off the run-out"
        )
        raise PrescriptionError(Reason("no-room", said))
    rise = hole / 2 * float(np.tan(np.deg2rad(lean)))
    return {
        "kind": kind,
        "screw_mm": screw,
        "diameter_mm": round(hole, 6),
        "recess_diameter_mm": round(head, 6),
        "recess_depth_mm": round(deep, 6),
        "recess_floor_mm": round(max(head - 2 * deep * float(np.tan(half)), hole), 6),
        "stretch_mm": spec.oblong_mm if kind == "oblong" else 0.0,
        "low_mm": round(spec.contact_offset_mm + rise, 6),
        "top_mm": round(outer - deep, 6),
    }
