"""The cuts that a guide leads for a wedge: the angle between them, where their planes meet, the bone they leave, the blade's stop.

Planes are those of the slots as they are in the exported part; the hinge line is the ordered one, as far as it runs through the
exported bone.
"""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.words import counted
from anatofit.verify.plan_slots import PlannedSlot
from anatofit.verify.slot_walls import SlotFit
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.wedge_plan import Wedge, cut_fits, hinge_ends, outline_points, wedge_of

_RIM_MM = (
    1.5  # beside the slot, its lead-in and the edge of its wall: the face that a collar or a mark on the blade stops at
)


def wedge_angle(subject: Subject, _: Requirement) -> Measurement:
    """The difference in degrees between the angle of the two slots and the ordered one."""
    wedge = wedge_of(subject)
    first, second = (fit.normal_lps for fit in cut_fits(subject, wedge))
    turn = float(np.rad2deg(np.arctan2(np.cross(second, first) @ wedge.axis_lps, first @ second)))
    said = f"{abs(turn):.3f}° between slots {wedge.cuts[0]} and {wedge.cuts[1]}; {wedge.angle_deg:g}° are ordered"
    return Measurement(abs(turn - wedge.angle_deg), said, {"between_deg": turn})


def wedge_hinge(subject: Subject, _: Requirement) -> Measurement:
    """The largest distance in mm, where the ordered hinge line runs through the bone, between it and the line in which the planes of
    two slots meet; of one slot, its plane."""
    wedge = wedge_of(subject)
    fits, ends = cut_fits(subject, wedge), hinge_ends(subject, wedge)
    off = {fit.slot.number: np.abs((ends - fit.middle_lps_mm) @ fit.normal_lps) for fit in fits}
    values = {f"slot_{n}_mm": float(away.max()) for n, away in off.items()}
    if len(fits) == 1:
        return Measurement(max(values.values()), "distance of the hinge line from the slot's plane", values)
    away = _from_meeting_mm(fits, ends)
    return Measurement(
        float(away.max()), "distance of the hinge line from that in which the slots' planes meet", values
    )


def _from_meeting_mm(fits: list[SlotFit], ends: FloatArray) -> FloatArray:
    """How far places lie from the line in which two planes meet."""
    normals = np.stack([fit.normal_lps for fit in fits])
    sides = np.array([fit.normal_lps @ fit.middle_lps_mm for fit in fits])
    line = unit_vector(np.cross(*normals))
    point = np.linalg.solve(np.vstack([normals, line]), np.append(sides, line @ ends.mean(axis=0)))
    rest = ends - point
    return np.asarray(np.linalg.norm(rest - np.outer(rest @ line, line), axis=1))


def hinge_bridge(subject: Subject, _: Requirement) -> Measurement:
    """The bone in mm from the hinge line to the other cortex, in the plane of a slot and square to the line; the least of the cuts.

    It is seen along the hinge line, as on a radiograph: the widest place of the bridge from front to back.
    """
    if subject.host is None:
        raise subject.absent("models/host.stl")
    wedge = wedge_of(subject)
    left, entries = {}, {}
    for fit in cut_fits(subject, wedge):
        out = wedge.out_of(fit.normal_lps, fit.slot.point_lps_mm)
        at = (outline_points(subject.host, fit.middle_lps_mm, fit.normal_lps) - wedge.hinge_lps_mm) @ out
        left[fit.slot.number], entries[fit.slot.number] = -float(at.min()), float(at.max())
    values = {f"slot_{n}_mm": value for n, value in left.items()}
    values |= {f"slot_{n}_entry_mm": value for n, value in entries.items()}
    said = f"the saw enters {max(entries.values()):.1f} mm from the hinge"
    return Measurement(min(left.values()), said, values, failed=min(entries.values()) <= 0)


def blade_stop(subject: Subject, _: Requirement) -> Measurement:
    """The largest difference in mm between the way of a blade from a slot's mouth to the hinge line and the planned one, at its ends."""
    wedge = wedge_of(subject)
    off, values = [], {}
    for fit in cut_fits(subject, wedge):
        entry = subject.plan["slots"][fit.slot.number - 1]
        planned = np.asarray(entry["hinge_mm"], dtype=np.float64)
        found = _ways_mm(fit.slot, wedge, _mouth_mm(subject, fit.slot))
        off.append(float(np.abs(found - planned).max()))
        values[f"slot_{fit.slot.number}_least_mm"] = float(found.min())
        values[f"slot_{fit.slot.number}_most_mm"] = float(found.max())
    return Measurement(max(off), f"worst of {counted(len(off), 'slot')}", values)


def _mouth_mm(subject: Subject, slot: PlannedSlot) -> float:
    """How high the part stands around the mouth of a slot, along the blade from its middle. Raises ValueError where nothing does."""
    across, along, up = slot.local(subject.part.vertices_lps_mm).T
    rim = slot.opening_mm / 2 + slot.lead_in_mm + _RIM_MM
    near = (np.abs(across) < rim) & (np.abs(along) < slot.length_mm / 2)
    near &= np.abs(up - slot.top_mm) < (slot.top_mm - slot.low_mm) / 2  # the bone's side of the block is no mouth
    if not near.any():
        raise ValueError(f"nothing of the part stands around the mouth of slot {slot.number}")
    return float(up[near].max())


def _ways_mm(slot: PlannedSlot, wedge: Wedge, mouth_mm: float) -> FloatArray:
    """From the mouth's two ends along the blade to the hinge line."""
    normal, _, up = slot.frame.T
    half = slot.length_mm / 2
    ends = slot.lps(np.array([(0.0, -half, mouth_mm), (0.0, half, mouth_mm)]))
    out = wedge.out_of(normal, slot.point_lps_mm)
    return np.asarray((ends - wedge.hinge_lps_mm) @ out / float(up @ out))
