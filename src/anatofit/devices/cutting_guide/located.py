"""A wedge told by sides and distances, on a tibia or femur whose joint line and mechanical axis were located; and what it corrects.

Where the order names no distance, those of the usual operations are taken. Proximal tibia, opening: the saw enters 40 mm below
the joint line, towards the tip of the fibula's head, and stops 10 mm before the other cortex, 15 mm below the joint (Lobenhoffer
and Agneskirchner, KSSTA 2003; Nakamura et al., KSSTA 2017: a hinge at the level of the fibula's head). Closing: the first cut
runs along the joint, 20 mm below it (Coventry, JBJS 1965). Distal femur: a cut from 60 mm above the joint line down to 40 mm
above it, just above the other condyle, 10 mm before its cortex (Brinkman et al., Oper Orthop Traumatol 2014: 5 to 10 mm). All of
them are proposals that a surgeon has to confirm for each bone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatofit.devices.cutting_guide.layout import Angle
from anatofit.devices.cutting_guide.wedge_form import Wedge
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.osteotomy import turned_about
from anatofit.geometry.section_lines import chord, reach_mm, section
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

START_MM = {
    ("tibia", "opening"): 40.0,
    ("tibia", "closing"): 20.0,
    ("femur", "opening"): 60.0,
    ("femur", "closing"): 60.0,
}
HINGE_BELOW_MM = {
    ("tibia", "opening"): 15.0,
    ("tibia", "closing"): 20.0,
    ("femur", "opening"): 40.0,
    ("femur", "closing"): 40.0,
}
FROM_CORTEX_MM = 10.0
UNDER_CORTEX_MM = (
    10.0  # the slot's middle is the middle of the bone as wide as it is so far beneath where the saw enters
)
STEEPEST_DEG = 45.0  # of a cut to the joint line: steeper, it runs along the bone more than through it
_HALVINGS = 26  # of the bone's width, until the hinge is found to a thousandth of a micrometre
_LOOK_MM = 80.0  # of bone beyond what is looked at: no cut leads further away from the joint
_WANTED = {"tibia": ("knee_centre", "ankle_centre"), "femur": ("hip_centre", "knee_centre")}
# Name of the figure, the bone, the joint line's landmarks from and to, the axis' landmarks from and to.
_ANGLES = (
    ("medial_proximal_tibial_angle_deg", ("lateral_plateau", "medial_plateau"), ("knee_centre", "ankle_centre")),
    ("lateral_distal_femoral_angle_deg", ("medial_condyle", "lateral_condyle"), ("knee_centre", "hip_centre")),
)
SLOPE = "posterior_slope_deg"


@dataclass(frozen=True)
class _Bone:
    """A located bone. into: from the joint along the mechanical axis into the bone; up: the joint's normal; distal: along the axis."""

    mesh: Mesh
    kind: str
    joint_lps_mm: FloatArray
    up: FloatArray
    front: FloatArray
    medial: FloatArray
    into: FloatArray

    @property
    def distal(self) -> FloatArray:
        return self.into if self.kind == "tibia" else -self.into

    @property
    def away(self) -> FloatArray:
        """Square to the joint, into the bone."""
        return -self.up if self.kind == "tibia" else self.up


def located(anatomy: Anatomy, form: Wedge) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Hinge, direction of the hinge line, where the saw enters, and the distal direction. Raises PrescriptionError."""
    bone = _located(anatomy)
    entry = bone.medial if form.side == "medial" else -bone.medial
    start_mm = form.start_mm or START_MM[bone.kind, form.kind]
    below_mm = form.hinge_below_joint_mm or HINGE_BELOW_MM[bone.kind, form.kind]
    cortex_mm = form.hinge_from_cortex_mm or FROM_CORTEX_MM
    bone = _near_joint(bone, max(start_mm, below_mm) + _LOOK_MM)
    start = _cortex(bone, bone.joint_lps_mm + start_mm * bone.into, entry)
    hinge = _hinge(bone, start, entry, below_mm=below_mm, cortex_mm=cortex_mm)
    return hinge, bone.front, _in_the_middle(bone, start, hinge), bone.distal


def _located(anatomy: Anatomy) -> _Bone:
    marks, planes, kind = anatomy.landmarks, anatomy.planes, anatomy.bone
    if kind not in _WANTED or not {"joint", "sagittal", "coronal"} <= set(planes):
        long_mm = float(np.ptp(anatomy.surfaces["host"].vertices_lps_mm, axis=0).max())
        said = (
            f"the wedge is told by side and distances, and this bone, {long_mm:.0f} mm long, was not recognised as a whole tibia or femur, whose joint "
            "line and mechanical axis they are measured from. Give the whole bone ([locate] bone says why it is none), or hinge, hinge_axis, start and distal"
        )
        raise PrescriptionError(Reason("not-located", said))
    up = planes["joint"].normal_lps
    front = _front_in_joint(anatomy)
    medial = np.cross(up, front)
    medial = medial if _dot(medial, planes["sagittal"].normal_lps) > 0 else -medial
    from_, to = (np.asarray(marks[name]) for name in _WANTED[kind])
    into = unit_vector(to - from_) if kind == "tibia" else unit_vector(from_ - to)
    return _Bone(anatomy.surfaces["host"], kind, planes["joint"].point_lps_mm, up, front, medial, into)


def _near_joint(bone: _Bone, reach_mm: float) -> _Bone:
    """The same bone as far as that from the plane of the joint: it is cut many times until the hinge is found."""
    rest, up = bone.mesh.vertices_lps_mm - bone.joint_lps_mm, bone.up
    away = np.abs(rest[:, 0] * up[0] + rest[:, 1] * up[1] + rest[:, 2] * up[2])
    faces = bone.mesh.faces[(away < reach_mm)[bone.mesh.faces].any(axis=1)]
    used, faces = np.unique(faces, return_inverse=True)
    return replace(bone, mesh=Mesh(bone.mesh.vertices_lps_mm[used], faces.reshape(-1, 3)))


def _cortex(bone: _Bone, level: FloatArray, towards: FloatArray) -> FloatArray:
    """The outermost place of the bone to a side, seen from the front, on the plane through `level` along the joint."""
    outline = section(bone.mesh, level, bone.up)
    if not len(outline):
        raise _beside("the bone ends before the level where the saw is to enter (start_mm)")
    _, most = reach_mm(outline, level, towards)
    return np.asarray(level + most * towards)


def _hinge(bone: _Bone, start: FloatArray, entry: FloatArray, *, below_mm: float, cortex_mm: float) -> FloatArray:
    """The place at its distance from the joint from which the cut through `start` would go so far to the other cortex."""
    level = bone.joint_lps_mm + below_mm * bone.away
    outline = section(bone.mesh, level, bone.up)
    if not len(outline):
        raise _beside("the bone ends before the level of the hinge (hinge_below_joint_mm)")
    low, high = reach_mm(outline, level, entry)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        at = level + middle * entry
        if _beyond_mm(bone, at, start) < cortex_mm:
            low = middle
        else:
            high = middle
    at = np.asarray(level + high * entry)
    if _dot(start - at, entry) <= 0 or abs(_beyond_mm(bone, at, start) - cortex_mm) > 0.01:
        raise _beside(f"no place between the cortices lies {cortex_mm:g} mm before the far one (hinge_from_cortex_mm)")
    lean = float(np.rad2deg(np.arccos(min(1.0, abs(_dot(_plane(bone, at, start)[0], bone.up))))))
    if lean > STEEPEST_DEG:
        raise _beside(f"the cut would lie {lean:.0f}° to the joint line; {STEEPEST_DEG:g}° at most are wanted")
    return _on_line_in_bone(bone, at, start)


def _plane(bone: _Bone, hinge: FloatArray, start: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The normal of the cut, and the direction in it, square to the hinge line, to where the saw enters."""
    away = start - hinge
    out = unit_vector(away - bone.front * _dot(away, bone.front))
    return np.cross(bone.front, out), out


def _beyond_mm(bone: _Bone, hinge: FloatArray, start: FloatArray) -> float:
    normal, out = _plane(bone, hinge, start)
    return -reach_mm(section(bone.mesh, hinge, normal), hinge, out)[0]


def _on_line_in_bone(bone: _Bone, hinge: FloatArray, start: FloatArray) -> FloatArray:
    """The middle of the hinge line's way through the bone."""
    normal, out = _plane(bone, hinge, start)
    ends = chord(section(bone.mesh, hinge, normal), hinge, out, bone.front)
    if ends is None:
        raise _beside("the hinge line runs beside the bone")
    return np.asarray(hinge + sum(ends) / 2 * bone.front)


def _in_the_middle(bone: _Bone, start: FloatArray, hinge: FloatArray) -> FloatArray:
    """Where the saw enters, moved along the hinge line to the middle of the bone beneath it."""
    normal, out = _plane(bone, hinge, start)
    outline = section(bone.mesh, hinge, normal)
    depth = _dot(start - hinge, out)
    beneath = hinge + max(depth - UNDER_CORTEX_MM, depth / 2) * out
    ends = chord(outline, beneath, out, bone.front)
    if ends is None:
        raise _beside("the cut runs beside the bone where the saw enters")
    return np.asarray(hinge + depth * out + sum(ends) / 2 * bone.front)


def _beside(said: str) -> PrescriptionError:
    return PrescriptionError(Reason("hinge", f"{said}. Look at the located landmarks, and give other distances"))


def alignment(
    anatomy: Anatomy, hinge_lps_mm: FloatArray, axis_lps: FloatArray, proximal_lps: FloatArray, *, angle_deg: float
) -> tuple[Angle, ...]:
    """The angles at the joint before and after the correction, those that were located; landmarks distal of the cut turn."""
    marks = {name: np.asarray(at) for name, at in anatomy.landmarks.items() if np.asarray(at).shape == (3,)}
    after = {
        name: turned_about(at, hinge_lps_mm=hinge_lps_mm, axis_lps=axis_lps, angle_deg=angle_deg)
        if _dot(at - hinge_lps_mm, proximal_lps) < 0
        else at
        for name, at in marks.items()
    }
    found = []
    for name, line, axis in _ANGLES:
        if name in anatomy.figures and "coronal" in anatomy.planes and {*line, *axis} <= set(marks):
            normal = anatomy.planes["coronal"].normal_lps
            change = _seen_deg(after, line, axis, normal) - _seen_deg(marks, line, axis, normal)
            before = anatomy.figures[name]
            found.append(Angle(name=name, before_deg=round(before, 6), after_deg=round(before + change, 6)))
    if SLOPE in anatomy.figures and {"joint", "sagittal"} <= set(anatomy.planes) and "ankle_centre" in marks:
        before = anatomy.figures[SLOPE]
        change = _slope_deg(anatomy, after) - _slope_deg(anatomy, marks)
        found.append(Angle(name=SLOPE, before_deg=round(before, 6), after_deg=round(before + change, 6)))
    return tuple(found)


def _slope_deg(anatomy: Anatomy, marks: dict[str, FloatArray]) -> float:
    """By how much the plane of a tibia's joint, which stands, falls to the back against the square of its axis."""
    axis = unit_vector(marks["knee_centre"] - marks["ankle_centre"])
    return float(np.rad2deg(np.arcsin(_dot(_front_in_joint(anatomy), axis))))


def _front_in_joint(anatomy: Anatomy) -> FloatArray:
    """From back to front in the plane of the joint, square to the direction across."""
    planes = anatomy.planes
    front = unit_vector(np.cross(planes["joint"].normal_lps, planes["sagittal"].normal_lps))
    return front if _dot(front, planes["coronal"].normal_lps) > 0 else -front


def _seen_deg(marks: dict[str, FloatArray], line: tuple[str, str], axis: tuple[str, str], normal: FloatArray) -> float:
    """The angle between two lines as it is seen along a direction."""
    a, b = (marks[to] - marks[from_] for from_, to in (line, axis))
    a, b = (v - normal * _dot(v, normal) for v in (a, b))
    return float(np.rad2deg(np.arctan2(np.linalg.norm(np.cross(a, b)), _dot(a, b))))


def _dot(a: FloatArray, b: FloatArray) -> float:
    return float((a * b).sum())
