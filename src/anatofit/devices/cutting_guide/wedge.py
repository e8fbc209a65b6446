"""From an ordered wedge to its hinge, its cuts, the bone that is left and the angles at the joint, whichever form the order has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.cutting_guide.fibula import fibula_unseen
from anatofit.devices.cutting_guide.layout import PlannedWedge, Slot
from anatofit.devices.cutting_guide.located import SLOPE, alignment, located
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, WedgeCut
from anatofit.devices.cutting_guide.wedge_form import Wedge
from anatofit.devices.guide.layout import Pair, Triple, triple
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.osteotomy import turned_about
from anatofit.geometry.section_lines import chord, reach_mm, section
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

LEAST_DEPTH_MM = 5.0  # from the hinge line to where the saw enters: nearer, the two tell no plane
FLATTEST_DEG = 20.0  # between the direction called distal and the cut: below it, which part lies distal is not told

# That each part of the bone must reach from its cut: a lower one has no room for a pin and its sleeve, and splits. Proposal.
LOWEST_PART_MM = 8.0
MARKS = ("PROX", "DIST")  # of the cuts of a wedge, whose normals point proximally
SLOPE_TOLD_DEG = 1.0  # of slope that a wedge changes: as near as a slope is read from a lateral radiograph: proposal
# Cosine to the front of a way out on the lateral side of a tibia whose fibula nobody can see, 20° from lateral at least: the fibula's
# head stands behind the lateral side, where a guide and its saw would meet it. Proposal.
TO_FRONT = 0.34


@dataclass(frozen=True)
class Hinged:
    """A wedge in space. across: proximal normal of its first cut; out: in that cut, square to the hinge line, to the saw's side.

    axis: the turn by the wedge's angle about it, by the right hand, carries the part that lies distal as the order asks.
    """

    hinge_lps_mm: FloatArray
    start_lps_mm: FloatArray
    axis_lps: FloatArray
    out_lps: FloatArray
    across_lps: FloatArray


@dataclass(frozen=True)
class _Frame:
    """What every cut of a wedge has of the bone: see `WedgeCut`."""

    front: Triple | None
    to_front: float
    by_anatomy: bool


def with_wedge(anatomy: Anatomy, spec: CuttingGuideSpec) -> tuple[CuttingGuideSpec, PlannedWedge | None]:
    """The spec with the cuts of its wedge among its cuts, and the wedge itself; as it was where it orders none.

    Raises PrescriptionError where the wedge is told by an anatomy that was not located, or its hinge line lies beside the bone.
    """
    surgery = spec.surgery
    if not surgery.wedge:
        return spec, None
    (form,) = surgery.wedge
    if form.side and form.kind == "closing" and form.removed is None:  # the cut at start is the one next to the joint
        form = form.model_copy(update={"removed": "proximal" if anatomy.bone == "femur" else "distal"})
    if form.side is None:
        _agrees(anatomy, form)
    hinged = _hinged(form, *(located(anatomy, form) if form.side else _placed(form)))
    frame = _Frame(_front(anatomy), TO_FRONT if _by_fibula(anatomy, form) else 0.0, form.side is not None)
    cuts = _cuts(form, hinged, frame)
    first = len(surgery.cut) + 1
    planned = _measured(anatomy, form, hinged, cuts, numbers=tuple(range(first, first + len(cuts))))
    _check_parts(anatomy.surfaces["host"], cuts)
    return spec.model_copy(update={"surgery": surgery.model_copy(update={"cut": (*surgery.cut, *cuts)})}), planned


def _agrees(anatomy: Anatomy, form: Wedge) -> None:
    """Raises PrescriptionError where the order calls distal what lies towards the head of a bone that was recognised."""
    if anatomy.bone and _dot(anatomy.planes["joint"].normal_lps, np.array(form.distal)) > 0:
        raise _refused(f"the direction called distal points to the head on this {anatomy.bone}. Turn it round")


def _placed(form: Wedge) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    hinge, axis, start, distal = (np.array(v) for v in (form.hinge, form.hinge_axis, form.start, form.distal))
    return hinge, unit_vector(axis), start, unit_vector(distal)


def _hinged(form: Wedge, hinge: FloatArray, line: FloatArray, start: FloatArray, distal: FloatArray) -> Hinged:
    away = start - hinge
    away = away - line * _dot(away, line)
    if float(np.linalg.norm(away)) < LEAST_DEPTH_MM:
        raise _refused(
            f"the saw enters {np.linalg.norm(away):.1f} mm from the hinge line; {LEAST_DEPTH_MM:g} mm at least are wanted to tell a plane. "
            "Move start or hinge"
        )
    out = unit_vector(away)
    across = np.cross(line, out)
    lean = float(np.rad2deg(np.arcsin(min(1.0, abs(_dot(across, distal))))))
    if lean < FLATTEST_DEG:
        raise _refused(
            f"the direction called distal lies {lean:.0f}° from the cut; {FLATTEST_DEG:g}° at least are wanted to tell which part turns. "
            "Give one along the bone"
        )
    across = across if _dot(across, distal) < 0 else -across
    opens = np.cross(out, across)  # a turn about it carries what lies towards the saw proximally
    return Hinged(hinge, start, -opens if form.kind == "opening" else opens, out, across)


def _by_fibula(anatomy: Anatomy, form: Wedge) -> bool:
    """Whether a saw comes in beside a fibula that nobody can see: on the lateral side of a tibia whose neighbours are not told."""
    return form.side == "lateral" and fibula_unseen(anatomy)


def _front(anatomy: Anatomy) -> Triple | None:
    return triple(anatomy.planes["coronal"].normal_lps) if "coronal" in anatomy.planes else None


def _cuts(form: Wedge, at: Hinged, frame: _Frame) -> tuple[WedgeCut, ...]:
    """One cut, or the two that a closing wedge lies between, the proximal first."""
    first = _cut(form, at.start_lps_mm, at.across_lps, at.out_lps, frame)
    if form.kind == "opening":
        return (first,)
    # the wedge closes by a turn that carries its distal face proximally: the other cut lies a turn behind or before
    turn = form.angle_deg if form.removed == "proximal" else -form.angle_deg
    hinge, axis = at.hinge_lps_mm, at.axis_lps
    start = turned_about(at.start_lps_mm, hinge_lps_mm=hinge, axis_lps=axis, angle_deg=turn)
    across, out = (
        turned_about(v, hinge_lps_mm=np.zeros(3), axis_lps=axis, angle_deg=turn) for v in (at.across_lps, at.out_lps)
    )
    second = _cut(form, start, across, out, frame)
    return (second, first) if form.removed == "proximal" else (first, second)


def _cut(form: Wedge, point: FloatArray, across: FloatArray, out: FloatArray, frame: _Frame) -> WedgeCut:
    return WedgeCut(
        point=triple(point),
        normal=triple(across),
        length_mm=form.length_mm,
        height_mm=form.height_mm,
        marks=form.marks or MARKS,
        out=triple(out),
        front=frame.front,
        to_front=frame.to_front,
        by_anatomy=frame.by_anatomy,
    )


def _check_parts(bone: Mesh, cuts: tuple[WedgeCut, ...]) -> None:
    """Raises PrescriptionError where hardly any bone lies proximal or distal of the cuts."""
    for name, cut, side in (("proximal", cuts[0], 1.0), ("distal", cuts[-1], -1.0)):
        normal = side * np.array(cut.normal)
        high = float((bone.vertices_lps_mm @ normal).max()) - _dot(np.array(cut.point), normal)
        if high < LOWEST_PART_MM:
            raise _refused(
                f"the bone reaches {max(high, 0.0):.1f} mm {name} of the cut; {LOWEST_PART_MM:g} mm at least are wanted to hold it. "
                "Move start and hinge away from the bone's end, or see whether distal points to the part that turns"
            )


def _measured(
    anatomy: Anatomy, form: Wedge, at: Hinged, cuts: tuple[WedgeCut, ...], *, numbers: tuple[int, ...]
) -> PlannedWedge:
    bridges, entries = zip(*(_bone_left(anatomy.surfaces["host"], at, cut) for cut in cuts), strict=True)
    gap = 2 * max(entries) * float(np.sin(np.deg2rad(form.angle_deg) / 2))
    return PlannedWedge(
        kind=form.kind,
        angle_deg=form.angle_deg,
        hinge_lps_mm=triple(at.hinge_lps_mm),
        axis_lps=triple(at.axis_lps),
        told_by="anatomy" if form.side else "coordinates",
        cuts=numbers,
        bridge_mm=round(min(bridges), 6),
        entry_mm=round(max(entries), 6),
        gap_mm=round(gap, 6),
        angles=alignment(anatomy, at.hinge_lps_mm, at.axis_lps, at.across_lps, angle_deg=form.angle_deg),
    )


def _bone_left(bone: Mesh, at: Hinged, cut: WedgeCut) -> Pair:
    """From the hinge line to the cortex beyond it, and to that where the saw enters, both in the cut and square to the line."""
    outline = section(bone, at.hinge_lps_mm, np.array(cut.normal))
    out = np.array(cut.out)
    if not len(outline) or chord(outline, at.hinge_lps_mm, out, unit_vector(at.axis_lps)) is None:
        away = float(np.sqrt(np.square(bone.vertices_lps_mm - at.hinge_lps_mm).sum(axis=1)).min())
        raise _refused(
            f"the hinge line does not run through the bone, the nearest of which lies {away:.0f} mm from hinge. Check hinge and hinge_axis, and the frame and "
            "unit that they are given in"
        )
    least, most = reach_mm(outline, at.hinge_lps_mm, out)
    return -least, most


def slope_notes(wedge: PlannedWedge | None) -> list[str]:
    """A note where a wedge tips the plateau to the front or back, which a hinge line aslant does and nobody may have meant."""
    angles = () if wedge is None else wedge.angles
    return [
        f"the wedge changes the posterior slope of the plateau from {a.before_deg:z.1f}° to {a.after_deg:z.1f}°: see whether that is meant"
        for a in angles
        if a.name == SLOPE and abs(a.after_deg - a.before_deg) > SLOPE_TOLD_DEG
    ]


def level(slots: Sequence[Slot], wedge: PlannedWedge | None) -> tuple[Slot, ...]:
    """The slots, the mouths of a wedge's two as far from its hinge line as the farther: a blade set for one cut is set for both,
    and neither block stands over the other's mouth."""
    cuts = () if wedge is None else wedge.cuts
    top = max((slots[n - 1].top_mm for n in cuts), default=0.0)
    return tuple(s.model_copy(update={"top_mm": top}) if n in cuts else s for n, s in enumerate(slots, start=1))


def ending_at_hinge(slots: Sequence[Slot], wedge: PlannedWedge | None) -> tuple[Slot, ...]:
    """The slots, those of a wedge with the way of the blade to its hinge line."""
    cuts = () if wedge is None else wedge.cuts
    return tuple(
        slot.model_copy(update={"hinge_mm": blade_reach(slot, wedge)}) if wedge and n in cuts else slot
        for n, slot in enumerate(slots, start=1)
    )


def blade_reach(slot: Slot, wedge: PlannedWedge) -> Pair:
    """From the mouth of a slot, along the blade, to the hinge line: at the slot's end against its `along`, and at the other."""
    normal, along, up = slot.frame.T
    hinge, point = np.array(wedge.hinge_lps_mm), np.array(slot.point_lps_mm)
    out = np.cross(np.array(wedge.axis_lps), normal)
    ends = [point + slot.top_mm * up + side * slot.length_mm / 2 * along for side in (-1, 1)]
    low, high = (round(_dot(end - hinge, out) / _dot(up, out), 6) for end in ends)
    return low, high


def _refused(said: str) -> PrescriptionError:
    return PrescriptionError(Reason("hinge", said))


def _dot(a: FloatArray, b: FloatArray) -> float:
    return float((a * b).sum())
