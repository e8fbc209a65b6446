"""Landmarks and axes of a tibia by its shape: plateau, spines and tuberosity above, malleolus below.

The transverse axis joins the middles of the two plateaus (Grood and Suntay 1983), the mechanical axis runs from between them to
the middle of the ankle (Paley 2002, Principles of Deformity Correction, chapter 1). The side follows from what a tibia always
has: the plateau stands behind the shaft, and the malleolus is medial.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.field import BoolArray
from anatofit.locate.ends import Stood, Top, furthest, seen_from_above, stood
from anatofit.locate.located import BoneAxes, LocatedBone, Sign, Unlike, lacking
from anatofit.model.frame import FloatArray

PLATEAU_DEEP_SHARE = (
    0.07  # of the length: 24 of 340 mm hold the joint surfaces with their slope, and less than the tuberosity
)
STEEPEST_DEG = 35.0  # joint surface, posterior slope and concavity included; the flanks of the spines are steeper
ABOVE_SHARE, BELOW_SHARE = (
    0.009,
    0.015,
)  # off the plane of both plateaus, 3 and 5 of 340 mm: the spines rise 8, the borders fall away
LEAST_PART = 0.2  # of the larger part: less is a facet of the border
NOTCH_SHARE = 0.12  # of the width, each way from the middle: the spines
ROUNDS = 4  # of plane and axes, each from the last: the second changes them by a degree, the fourth by less than 0.01
ANKLE_SHARE = 0.07  # of the length: above the malleolus' notch, in the metaphysis
TUBEROSITY_SHARES = (0.05, 0.16)  # of the length below the joint
OVERHANG_SHARES = (0.06, 0.17)  # of the length from above: through the plateau, and through the shaft under it


@dataclass(frozen=True, eq=False)
class Plateau:
    """The joint surfaces at the knee: their middles at one end and the other of the transverse axis, and their plane's normal."""

    one_lps_mm: FloatArray
    other_lps_mm: FloatArray
    normal_lps: FloatArray
    width_mm: float

    @property
    def middle_lps_mm(self) -> FloatArray:
        """(3,) between the two."""
        return np.asarray((self.one_lps_mm + self.other_lps_mm) / 2)


def find_plateau(bone: Stood) -> Plateau | None:
    """The plateau of a tibia whose knee is up; None where that end is no plateau."""
    for _ in range(ROUNDS):
        found = _plateau(seen_from_above(bone, deep_mm=PLATEAU_DEEP_SHARE * bone.length_mm))
        if found is None:
            return None
        up = found.middle_lps_mm - ankle_middle(bone)
        bone = stood(bone.mesh, up, np.cross(up, found.one_lps_mm - found.other_lps_mm))
    return found


def _plateau(top: Top) -> Plateau | None:
    mask = _joint_surface(top)
    points = top.points_lps_mm(mask)
    if len(points) < 100:
        return None
    flat = points @ top.bone.axes_lps[:2].T
    wide = np.linalg.eigh(np.cov(flat.T))[1][:, 1]
    across = flat @ wide
    low, high = np.percentile(across, [1, 99])
    width, middle = float(high - low), float(low + high) / 2
    one, other = points[across > middle + NOTCH_SHARE * width], points[across < middle - NOTCH_SHARE * width]
    if min(len(one), len(other)) < 30:
        return None
    normal = _normal(points)
    return Plateau(one.mean(axis=0), other.mean(axis=0), normal * np.sign(normal @ top.bone.up_lps), width)


def _joint_surface(top: Top) -> BoolArray:
    """The largest even part of what is seen from above: near one plane, and nowhere steep."""
    from scipy.ndimage import label

    with np.errstate(invalid="ignore"):
        mask = np.asarray(np.isfinite(top.height_mm) & (top.steep() < STEEPEST_DEG))
        for _ in range(ROUNDS):
            off = _off_plane(top, mask) / top.bone.length_mm
            mask = (
                np.isfinite(top.height_mm) & (top.steep() < STEEPEST_DEG) & (off < ABOVE_SHARE) & (off > -BELOW_SHARE)
            )
    parts, count = label(mask)
    sizes = np.bincount(parts.ravel())[1:]
    # the spines may part the two surfaces
    kept = 1 + np.flatnonzero(sizes >= LEAST_PART * sizes.max()) if count else np.zeros(0, dtype=int)
    return np.isin(parts, kept)


def _off_plane(top: Top, mask: BoolArray) -> FloatArray:
    """(nj, ni) how far the surface stands above the plane that fits the mask's part of it best."""
    x, y = np.meshgrid(top.x_mm, top.y_mm)
    terms = np.stack([x, y, np.ones_like(x)], axis=-1)
    fitted, *_ = np.linalg.lstsq(terms[mask], top.height_mm[mask], rcond=None)
    return np.asarray(top.height_mm - terms @ fitted)


def _normal(points: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.eigh(np.cov(points.T))[1][:, 0])


def ankle_middle(bone: Stood) -> FloatArray:
    """(3,) where the middle line of the lower end leaves the bone: the middle of the plafond."""
    middle = bone.middles_lps_mm(np.array([ANKLE_SHARE]))[0]
    over = bone.turned_over()
    below = seen_from_above(over, deep_mm=ANKLE_SHARE * bone.length_mm)
    x, y, _ = over.axes_lps @ middle
    j, i = int(np.abs(below.y_mm - y).argmin()), int(np.abs(below.x_mm - x).argmin())
    return np.asarray(np.array([x, y, below.height_mm[j, i]]) @ over.axes_lps)


def find_tibia(bone: Stood) -> LocatedBone | Unlike:
    """Landmarks, planes and side of a whole tibia, either end up; what is unlike a tibia where it is none."""
    bone = max(bone, bone.turned_over(), key=Stood.largest_mm2)
    if why := lacking(_signs_of_ends(bone)):
        return Unlike(why)
    plateau = find_plateau(bone)
    return Unlike(("its larger end has no two even joint surfaces",)) if plateau is None else _found(bone, plateau)


def _found(bone: Stood, plateau: Plateau) -> LocatedBone | Unlike:
    ankle = ankle_middle(bone)
    under, through = bone.middles_lps_mm(1 - np.array(OVERHANG_SHARES))[::-1]
    forward, tip = under - through, bone.tip_lps_mm() - ankle
    axes = BoneAxes.of(
        plateau.middle_lps_mm - ankle, plateau.one_lps_mm - plateau.other_lps_mm, front_like=forward, medial_like=tip
    )
    if why := lacking(_signs(bone, plateau, axes.local(forward), axes.local(tip))):
        return Unlike(why)
    medial, lateral = sorted([plateau.one_lps_mm, plateau.other_lps_mm], key=lambda p: -float(p @ axes.medial_lps))
    landmarks = {
        "medial_plateau": medial, "lateral_plateau": lateral, "knee_centre": plateau.middle_lps_mm, "ankle_centre": ankle,
        "tuberosity": _tuberosity(bone, plateau, axes), "medial_malleolus": bone.tip_lps_mm(),
    }  # fmt: skip
    return LocatedBone(
        "tibia",
        axes.laterality,
        landmarks,
        axes.planes(plateau.middle_lps_mm, plateau.normal_lps),
        _figures(plateau, ankle, axes),
    )


def _signs_of_ends(bone: Stood) -> list[Sign]:
    """Ranges, here and below: half as much again around what is known of adults' bones, either way."""
    knee, ankle = bone.largest_mm2(), bone.turned_over().largest_mm2()
    return [
        Sign("the larger end over the smaller one (areas)", knee / max(ankle, 1e-9), 1.6, 3.2),
        Sign("the narrowest of the shaft over the larger end (areas)", bone.narrowest_mm2() / knee, 0.05, 0.145),
    ]


def _signs(bone: Stood, plateau: Plateau, forward_mm: FloatArray, tip_mm: FloatArray) -> list[Sign]:
    return [
        Sign("the width of the joint surface over the length", plateau.width_mm / bone.length_mm, 0.14, 0.28),
        Sign("how far the larger end stands off the shaft, in widths", forward_mm[1] / plateau.width_mm, 0.06, 0.25),
        Sign("how far the tip below lies to one side, in widths", tip_mm[0] / plateau.width_mm, 0.15, 0.42),
        Sign("how far the tip reaches below, in lengths", -tip_mm[2] / bone.length_mm, 0.012, 0.06),
    ]


def _figures(plateau: Plateau, ankle: FloatArray, axes: BoneAxes) -> dict[str, float]:
    """Angles as Paley defines them: of the joint line seen from the front, of its slope seen from the side."""
    return {
        "mechanical_axis_mm": float(np.linalg.norm(plateau.middle_lps_mm - ankle)),
        "medial_proximal_tibial_angle_deg": axes.frontal_angle_deg(plateau.normal_lps),
        "posterior_slope_deg": axes.slope_deg(plateau.normal_lps),
    }


def _tuberosity(bone: Stood, plateau: Plateau, axes: BoneAxes) -> FloatArray:
    """(3,) the foremost place below the joint."""
    points = bone.mesh.vertices_lps_mm
    below = (plateau.middle_lps_mm - points) @ axes.up_lps / bone.length_mm
    return furthest(points[(below > TUBEROSITY_SHARES[0]) & (below < TUBEROSITY_SHARES[1])], axes.front_lps)
