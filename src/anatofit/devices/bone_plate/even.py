"""Whether a hole stands on even bone: how sharp the plate's edges around it are left."""

from __future__ import annotations

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.layout import Screw
from anatofit.devices.bone_plate.rim import Rim, rim_of
from anatofit.devices.bone_plate.spec import BonePlateSpec
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.nearest import Nearest

SHARPEST_DEG = 61.0  # an edge of less than 60° is a feather that breaks (BP-WALL-1); a degree for facets
EVEN_DEG = 75.0  # an edge around a hole that leans by no more than 15° from square stands on even bone; where a step is near, it is sharper: proposal


def check_even(near: Nearest, spec: BonePlateSpec, curve: Curve, screw: Screw) -> None:
    """Raises PrescriptionError where the plate's edge around the hole would be a feather."""
    sharpest = sharpest_deg(near, spec, curve, screw)
    if sharpest < SHARPEST_DEG:
        said = (
            f"the hole of screw {screw.number} stands on a slope, an edge or a step of the bone, and the plate's edge around it would be a feather "
            f"of {sharpest:.0f}°; {SHARPEST_DEG:g}° at least are wanted. Move it to even bone (at_mm or at_point), or aim it more steeply"
        )
        raise PrescriptionError(Reason("screw-lean", said))


def sharpest_deg(near: Nearest, spec: BonePlateSpec, curve: Curve, screw: Screw) -> float:
    """The plate's sharpest edge around a hole: at the bone, or around the head."""
    offset, head = spec.contact_offset_mm, screw.recess_diameter_mm
    before, thick, behind = curve.thicknesses_mm(screw.at_mm + head / 2 * np.array([-1.0, 0.0, 1.0]))
    slopes = (head - screw.recess_floor_mm) / 2 / screw.recess_depth_mm, -abs(behind - before) / head
    slant = float(np.rad2deg(np.arctan(slopes)).sum())  # the recess's wall opens, the outer face runs out
    under = _rim(near, screw, screw.diameter_mm, offset).edge_deg.min()
    outer = 180.0 + slant - _rim(near, screw, head, offset + thick).edge_deg.max()
    return float(min(under, outer))


def _rim(near: Nearest, screw: Screw, wide_mm: float, level_mm: float) -> Rim:
    centre, axis, along = (np.array(v) for v in (screw.centre_lps_mm, screw.axis_lps, screw.along_lps))
    return rim_of(near, centre, axis, along, radius_mm=wide_mm / 2, stretch_mm=screw.stretch_mm, level_mm=level_mm)
