"""Slots against their planned planes: each wall as a plane fitted to its own triangles, the middle between the two.

A wall is what faces the planned plane within `_LEAN_DEG`, within `_NEAR_MM` of where it is to be, along the slot's length and
height. Planes are fitted to the whole area of the triangles, faces that stand off by more than the rest weigh little: what stands
in the way of a blade is judged by `blade`. A slot whose walls are not found, or are missing beneath its mouth, fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.words import counted
from anatofit.verify.plan_slots import PlannedSlot, slots_of
from anatofit.verify.robust_fit import fitted, over_faces
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, Surface, face_vectors, unit_rows

_LEAN_DEG = 5.0  # a hundred times what is allowed
_NEAR_MM = 0.6  # twelve times what is allowed, and less than any wall is thick
_MOUTH_MM = (1.0, 2.0, 3.0)  # beneath the lead-in, where no bone stands: a slot is walled there on both sides
_STATIONS = 41
_LEAST_WALLED = 0.75  # of the slot's length


@dataclass(frozen=True)
class SlotFit:
    """How a slot lies: its middle plane and its width over the corners of length and height, mm; its lean in degrees.

    middle: across = a + b along + c up of the middle plane; None where a wall is missing.
    """

    slot: PlannedSlot
    off_mm: FloatArray
    width_off_mm: FloatArray
    lean_deg: float
    walled: float
    missing: str
    middle: FloatArray | None = None

    @property
    def normal_lps(self) -> FloatArray:
        """The unit normal of the slot's middle plane as it was measured. Raises ValueError where there is none."""
        _, along, up = self._middle
        return unit_vector(self.slot.frame @ np.array([1.0, -along, -up]))

    @property
    def middle_lps_mm(self) -> FloatArray:
        """The place of that plane beside the slot's planned middle. Raises ValueError where there is none."""
        return self.slot.lps(np.array([self._middle[0], 0.0, 0.0]))

    @property
    def _middle(self) -> FloatArray:
        if self.middle is None:
            raise ValueError(f"slot {self.slot.number}: {self.missing}")
        return self.middle

    @property
    def found(self) -> bool:
        """Both walls, or the one planned, are there, and lead a blade beneath the mouth."""
        return not self.missing


def slot_plane_mm(subject: Subject, _: Requirement) -> Measurement:
    """The largest distance in mm of a slot's middle plane from the planned one, over length and height; a missing slot counts its width."""
    fits = slot_fits(subject)
    return _worst(fits, [float(np.abs(f.off_mm).max()) if f.found else f.slot.opening_mm for f in fits], "mm")


def slot_plane_deg(subject: Subject, _: Requirement) -> Measurement:
    """The largest angle in degrees between a slot's middle plane and the planned one; a missing slot counts 90."""
    fits = slot_fits(subject)
    return _worst(fits, [f.lean_deg if f.found else 90.0 for f in fits], "deg")


def slot_opening(subject: Subject, _: Requirement) -> Measurement:
    """The largest difference in mm between a slot's width and the planned one, over length and height; a missing slot counts it all.

    A slot with one wall has no width: the wall's distance from half a blade off the planned plane stands for it.
    """
    fits = slot_fits(subject)
    return _worst(fits, [float(np.abs(f.width_off_mm).max()) if f.found else f.slot.opening_mm for f in fits], "mm")


def _worst(fits: list[SlotFit], measured: Iterable[float], unit: str) -> Measurement:
    found = list(measured)
    worst = int(np.argmax(found))
    missing = [f"slot {f.slot.number}: {f.missing}" for f in fits if f.missing]
    values = {f"slot_{f.slot.number}_{unit}": value for f, value in zip(fits, found, strict=True)}
    values |= {f"slot_{f.slot.number}_walled_share": f.walled for f in fits}
    said = "; ".join(missing) or f"worst of {counted(len(fits), 'slot')}: slot {fits[worst].slot.number}"
    return Measurement(found[worst], said, values, failed=bool(missing))


def slot_fits(subject: Subject) -> list[SlotFit]:
    """How each planned slot lies in the part; measured once."""
    return subject.once("slot fits", lambda: [_fit(subject, slot) for slot in slots_of(subject.plan)])


def _fit(subject: Subject, slot: PlannedSlot) -> SlotFit:
    corners = np.array([(1.0, a, u) for a in (-0.5, 0.5) for u in (slot.low_mm, slot.top_mm)])
    corners[:, 1] *= slot.length_mm
    planes = {side: _wall(subject, slot, side, off) for side, off in slot.walls_mm.items()}
    walled = _walled(subject, slot)
    if any(plane is None for plane in planes.values()):
        return SlotFit(slot, np.zeros(0), np.zeros(0), 90.0, walled, "no wall was found where one is planned")
    off = {side: corners @ plane - side * slot.walls_mm[side] for side, plane in planes.items() if plane is not None}
    middle = np.mean([plane for plane in planes.values() if plane is not None], axis=0)
    lean = float(np.rad2deg(np.arctan(np.hypot(middle[1], middle[2]))))
    wider = np.sum([side * away for side, away in off.items()], axis=0)
    missing = (
        "" if walled >= _LEAST_WALLED else f"walled over {walled:.0%} of its length; {_LEAST_WALLED:.0%} are wanted"
    )
    middle[0] -= np.mean([side * slot.walls_mm[side] for side in off])
    return SlotFit(slot, np.mean(list(off.values()), axis=0), wider, lean, walled, missing, middle)


def _wall(subject: Subject, slot: PlannedSlot, side: int, off_mm: float) -> FloatArray | None:
    """Across = a + b along + c up of the wall on a side; None where there are no such faces."""
    keep = _faces(subject.part.triangles_lps_mm.mean(axis=1), unit_rows(face_vectors(subject.part)), slot, side, off_mm)
    if keep.sum() < 2:
        return None
    points, weights = over_faces(slot.local(subject.part.triangles_lps_mm[keep]))
    across, along, up = points.T
    return fitted(np.stack([np.ones(len(up)), along, up], axis=1), across, weights)


def _faces(centres: FloatArray, normals: FloatArray, slot: PlannedSlot, side: int, off_mm: float) -> BoolArray:
    """Which faces are a slot's wall on a side: they face the planned plane, and lie where the wall is to be."""
    across, along, up = slot.local(centres).T
    faces = -side * (normals @ slot.frame[:, 0]) > np.cos(np.deg2rad(_LEAN_DEG))
    near = np.abs(across - side * off_mm) < _NEAR_MM
    return np.asarray(faces & near & (np.abs(along) < slot.length_mm / 2) & (up > slot.low_mm) & (up < slot.top_mm))


def _walled(subject: Subject, slot: PlannedSlot) -> float:
    """The share of the slot beneath its mouth from which straight across there is a wall on each side, where one is planned."""
    surface = subject.once("surface", lambda: Surface(subject.part))
    along = np.linspace(-0.5, 0.5, _STATIONS) * (slot.length_mm - 1.0)
    up = [max(slot.top_mm - slot.lead_in_mm - down, slot.low_mm) for down in _MOUTH_MM]
    starts = slot.lps(np.array([(0.0, a, u) for a in along for u in up]))
    held = np.ones(len(starts), dtype=bool)
    for side, off in slot.walls_mm.items():
        away, _ = surface.first_hits(starts, starts + side * (off + _NEAR_MM) * slot.frame[:, 0])
        held &= np.abs(away - off) < _NEAR_MM
    return float(held.mean())
