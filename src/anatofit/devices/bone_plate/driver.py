"""The way of a screw and its driver to the hole: neither bone nor another part of the plate stands over the head."""

from __future__ import annotations

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.layout import Screw
from anatofit.geometry.pierce import pierced
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

DRIVER_MM = 40.0  # above the head: a drill and its chuck, a screw and its driver come from there
BESIDE_MM = 1.0  # around a head: what rises so near to it belongs to the recess
CUT_MM = 0.1  # a printed layer: so much the head's way may take of the outer face beside the recess
STEP_MM = 0.5
ACROSS = (-0.5, 0.0, 0.5)  # of the half width: bevels take what lies further out
_SIDES = 6


def in_the_way(bone: Mesh, curve: Curve, screw: Screw, *, offset_mm: float) -> str:
    """What stands over the head, in words; empty where nothing does."""
    if _under(bone, screw):
        return f"bone stands over its head within {DRIVER_MM:g} mm"
    if (cut := _cut_mm(curve, screw, offset_mm)) > CUT_MM:
        return f"the plate bends up beside its head, and the driver would cut {cut:.1f} mm into it"
    return ""


def _under(bone: Mesh, screw: Screw) -> bool:
    centre, axis, along = (np.array(v) for v in (screw.centre_lps_mm, screw.axis_lps, screw.along_lps))
    turns = 2 * np.pi * np.arange(_SIDES) / _SIDES
    rim = (
        screw.recess_diameter_mm / 2 * (np.outer(np.cos(turns), along) + np.outer(np.sin(turns), np.cross(axis, along)))
    )
    starts = np.concatenate([centre[None], centre + rim])
    return any(((at > 0.0) & (at < DRIVER_MM)).any() for at, _ in (pierced(bone, start, axis) for start in starts))


def _cut_mm(curve: Curve, screw: Screw, offset_mm: float) -> float:
    """How high the plate's outer face, beside the recess, stands into the way that is cut free above the head."""
    centre, axis, along = (np.array(v) for v in (screw.centre_lps_mm, screw.axis_lps, screw.along_lps))
    at = np.arange(0.0, curve.length_mm + 1e-9, STEP_MM)
    places, outer = outer_face(curve, at, offset_mm=offset_mm)
    half, wide = screw.stretch_mm / 2, screw.recess_diameter_mm / 2
    own = curve.points(np.array([screw.at_mm]))[0] if not screw.aside_mm else np.array(screw.entry_lps_mm)
    beside = np.linalg.norm(places - own, axis=1) > half + wide / np.cos(np.deg2rad(screw.lean_deg)) + BESIDE_MM
    rest = outer - centre
    high, ahead = (np.einsum("ij,j->i", rest, way) for way in (axis, along))
    aside = np.linalg.norm(rest - np.outer(high, axis) - np.outer(np.clip(ahead, -half, half), along), axis=1)
    return float(np.max(high[beside & (aside < wide)], initial=0.0))


def outer_face(curve: Curve, at_mm: FloatArray, *, offset_mm: float) -> tuple[FloatArray, FloatArray]:
    """`(n, 3)` places on the bone along and across the plate, and the outer face above each."""
    _, across, out = curve.frames(at_mm)
    level, half = (offset_mm + curve.thicknesses_mm(at_mm))[:, None], curve.widths_mm(at_mm)[:, None] / 2
    places = np.concatenate([curve.points(at_mm) + share * half * across for share in ACROSS])
    return places, places + np.tile(level * out, (len(ACROSS), 1))
