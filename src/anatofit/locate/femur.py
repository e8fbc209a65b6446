"""Landmarks and axes of a femur by its shape: the head above, the condyles below.

The mechanical axis runs from the middle of the head, a sphere fitted to it, to the middle of the knee between the condyles; the
joint line touches both condyles below (Paley 2002, chapter 1), the transverse axis runs along both behind (Grood and Suntay 1983).
The side follows from what a femur always has: the head is medial of the shaft, and the condyles stand behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.field import BoolArray
from anatofit.locate.ends import Stood, Top, seen_from_above, stood
from anatofit.locate.located import BoneAxes, LocatedBone, Sign, Unlike, lacking
from anatofit.model.frame import FloatArray, unit_vector

CAP_MM = 9.0  # of the highest point: of a head of 22 mm radius and of nothing else beside it
HEAD_OFF_MM = 1.5  # off the sphere: cartilage, fovea and osteophytes lie within it or are left out
HEAD_REACH = 1.05  # radii from the middle; and only its upper and inner part, where it has no neck
ROUNDS = 5  # of sphere, axes and condyles, each from the last
CONDYLE_SHARE = 0.05  # of the length: through both condyles
SHAFT_SHARES = (0.3, 0.4, 0.5, 0.6, 0.7)
CONDYLES_SHARE = 0.12  # of the length: what is seen of the condyles from behind
NOTCH_SHARE = 0.15  # of the width, each way from the middle: the notch


@dataclass(frozen=True, eq=False)
class Ball:
    """A fitted sphere, and the root mean square distance of the points from it."""

    middle_lps_mm: FloatArray
    radius_mm: float
    rms_mm: float


@dataclass(frozen=True, eq=False)
class Condyles:
    """The lowest and the hindmost points of either condyle; the order of the two is the same in both."""

    lowest_lps_mm: FloatArray
    hindmost_lps_mm: FloatArray
    width_mm: float

    @property
    def middle_lps_mm(self) -> FloatArray:
        """(3,) between the lowest points."""
        return np.asarray(self.lowest_lps_mm.mean(axis=0))


def fit_head(bone: Stood) -> Ball:
    """The sphere that the highest part of the bone lies on."""
    points, up = bone.mesh.vertices_lps_mm, bone.up_lps
    along = points @ up
    near = points[along > along.max() - CAP_MM]
    ball = _sphere(near)
    for _ in range(ROUNDS):
        away = np.linalg.norm(points - ball.middle_lps_mm, axis=1)
        on = (np.abs(away - ball.radius_mm) < HEAD_OFF_MM) & (along > ball.middle_lps_mm @ up)
        if int(on.sum()) < 20:
            return ball
        ball = _sphere(points[on])
    return ball


def _sphere(points: FloatArray) -> Ball:
    """By least squares of the squared distances (Coope 1993), about the points' own middle."""
    origin = points.mean(axis=0)
    p = points - origin
    terms = np.column_stack([2 * p, np.ones(len(p))])
    found, *_ = np.linalg.lstsq(terms, (p**2).sum(axis=1), rcond=None)
    radius = float(np.sqrt(max(found[3] + found[:3] @ found[:3], 0.0)))
    off = np.linalg.norm(p - found[:3], axis=1) - radius
    return Ball(origin + found[:3], radius, float(np.sqrt(np.mean(off**2))))


def find_femur(bone: Stood) -> LocatedBone | Unlike:
    """Landmarks, planes and side of a whole femur, either end up; what is unlike a femur where it is none."""
    head, bone = min(((fit_head(end), end) for end in (bone, bone.turned_over())), key=lambda found: found[0].rms_mm)
    if why := lacking(_signs_of_head(bone, head)):
        return Unlike(why)
    condyles = find_condyles(bone, head)
    return (
        Unlike(("its end away from the head has no two condyles",))
        if condyles is None
        else _found(bone, head, condyles)
    )


def find_condyles(bone: Stood, head: Ball) -> Condyles | None:
    """Both condyles as they are met along the mechanical axis and from behind; None where that end has no two."""
    across = _widest(bone)
    behind = _behind(bone)
    found = None
    for _ in range(ROUNDS):
        found = _condyles(bone, across, behind)
        if found is None:
            return None
        up = head.middle_lps_mm - found.middle_lps_mm
        bone, across = stood(bone.mesh, up), found.hindmost_lps_mm[1] - found.hindmost_lps_mm[0]
    return found


def _widest(bone: Stood) -> FloatArray:
    """(3,) the direction in which the lower end is widest."""
    spread = bone.cuts(np.array([CONDYLE_SHARE]))[0].spread_mm2
    return np.asarray(np.linalg.eigh(spread)[1][:, 1] @ bone.axes_lps[:2])


def _behind(bone: Stood) -> FloatArray:
    """(3,) from the middle of the shaft to that of the condyles, across the bone."""
    middles = bone.middles_lps_mm(np.array([CONDYLE_SHARE, *SHAFT_SHARES]))
    away = middles[0] - middles[1:].mean(axis=0)
    return np.asarray(away - (away @ bone.up_lps) * bone.up_lps)


def _condyles(bone: Stood, across: FloatArray, behind: FloatArray) -> Condyles | None:
    back = unit_vector(np.cross(bone.up_lps, across))
    back = back * np.sign(back @ behind)
    deep = CONDYLES_SHARE * bone.length_mm
    # both are seen with the same axis to the right
    below = seen_from_above(stood(bone.mesh, -bone.up_lps, back), deep_mm=deep)
    width, lowest = _either_side(below, np.isfinite(below.height_mm))
    hind = seen_from_above(stood(bone.lower_end(deep), back, bone.up_lps), deep_mm=bone.length_mm)
    _, hindmost = _either_side(hind, np.isfinite(hind.height_mm) & (hind.y_mm[:, None] < bone.low_mm + deep))
    return Condyles(lowest, hindmost, width) if len(lowest) == len(hindmost) == 2 else None


def _either_side(top: Top, mask: BoolArray) -> tuple[float, FloatArray]:
    """The width of what a mask shows, and the summits (2, 3) on either side of its notch; none where it has no two sides."""
    seen = np.repeat(top.x_mm[None, :], len(top.y_mm), axis=0)
    if not mask.any():
        return 0.0, np.zeros((0, 3))
    low, high = np.percentile(seen[mask], [0.5, 99.5])
    width, middle = float(high - low), float(low + high) / 2
    sides = [mask & (seen < middle - NOTCH_SHARE * width), mask & (seen > middle + NOTCH_SHARE * width)]
    summits = [top.summit_lps_mm(side) for side in sides if side.any()]
    return width, np.array(summits)


def _found(bone: Stood, head: Ball, condyles: Condyles) -> LocatedBone | Unlike:
    knee = condyles.middle_lps_mm
    inward = _off_shaft(bone, head.middle_lps_mm)
    axes = BoneAxes.of(
        head.middle_lps_mm - knee,
        condyles.hindmost_lps_mm[1] - condyles.hindmost_lps_mm[0],
        front_like=-_behind(bone),
        medial_like=inward,
    )
    if why := lacking(_signs(bone, head, condyles, axes.local(inward), axes.local(_behind(bone)))):
        return Unlike(why)
    lateral, medial = sorted(condyles.lowest_lps_mm, key=lambda p: float(p @ axes.medial_lps))
    joint = _joint_normal(medial - lateral, axes)
    landmarks = {
        "hip_centre": head.middle_lps_mm,
        "medial_condyle": medial,
        "lateral_condyle": lateral,
        "knee_centre": knee,
    }
    return LocatedBone("femur", axes.laterality, landmarks, axes.planes(knee, joint), _figures(head, knee, joint, axes))


def _off_shaft(bone: Stood, point_lps_mm: FloatArray) -> FloatArray:
    """(3,) from the shaft's own axis, drawn out, to a point."""
    middles = bone.middles_lps_mm(np.array(SHAFT_SHARES))
    along = unit_vector(middles[-1] - middles[0])
    away = point_lps_mm - middles.mean(axis=0)
    return np.asarray(away - (away @ along) * along)


def _joint_normal(line: FloatArray, axes: BoneAxes) -> FloatArray:
    """Square to the line that touches both condyles, in the frontal plane."""
    normal = np.cross(line, axes.front_lps)
    return np.asarray(normal * np.sign(normal @ axes.up_lps))


def _figures(head: Ball, knee: FloatArray, joint: FloatArray, axes: BoneAxes) -> dict[str, float]:
    return {
        "mechanical_axis_mm": float(np.linalg.norm(head.middle_lps_mm - knee)),
        "lateral_distal_femoral_angle_deg": axes.frontal_angle_deg(joint),
        "head_diameter_mm": 2 * head.radius_mm,
    }


def _signs_of_head(bone: Stood, head: Ball) -> list[Sign]:
    """Ranges, here and below: half as much again around what is known of adults' bones, either way."""
    return [
        Sign("the head's radius over the length", head.radius_mm / bone.length_mm, 0.04, 0.07),
        Sign("how far the head is off a sphere, in radii", head.rms_mm / head.radius_mm, 0.0, 0.025),
    ]


def _signs(bone: Stood, head: Ball, condyles: Condyles, inward_mm: FloatArray, behind_mm: FloatArray) -> list[Sign]:
    gap = float(np.abs(np.diff(condyles.lowest_lps_mm @ bone.up_lps))[0])
    return [
        Sign("the width of the condyles over the length", condyles.width_mm / bone.length_mm, 0.12, 0.27),
        Sign("how far the head lies to one side, in its radii", inward_mm[0] / head.radius_mm, 1.0, 3.5),
        Sign("how far the condyles stand behind the shaft, in widths", -behind_mm[1] / condyles.width_mm, 0.08, 0.45),
        Sign("how much lower one condyle stands, in widths", gap / condyles.width_mm, 0.0, 0.25),
    ]
