"""A bone that spans the middle of the body, as a skull, a jaw or a sacrum: on which half of it a plan lies, told by its own middle plane."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from anatofit.errors import Reason, ScanUnsuitableError
from anatofit.geometry.chirality import own_mirror
from anatofit.locate.ends import laid
from anatofit.locate.long_bone import SIDES
from anatofit.model.frame import Laterality, Plane
from anatofit.model.mesh import Mesh

# From the left to the right of it: the condyles of a femur, the broadest end that a paired bone has, are 95 mm apart at most. What is
# narrower, as most vertebrae and a child's jaw are, is not judged.
LEAST_WIDE_MM = 100.0
# Of that width, by which a bone may differ from its own mirror image (root mean square, the farthest tenth left out): a skull and a
# sacrum differ by 0.9 %, skulls that were cut by up to 1.1 %, of paired bones and their ends none so stout by less than 2 %. Proposal.
ALIKE_SHARE = 0.015
# Of a middle plane's normal from the patient's left: a head lies turned by up to about 25 degrees.
TURNED_DEG = 40.0
# A plan that comes so near to the middle may be meant for either half: half the breadth of a plate or a guide's foot, and 2 mm to which
# a bone's middle is known. Proposal.
NEAR_MIDDLE_MM = 10.0
Places = Sequence[Sequence[float]]
_OTHER = {Laterality.LEFT: Laterality.RIGHT, Laterality.RIGHT: Laterality.LEFT}
_BETWEEN = " .+-"  # words of a mark
_SIDE_WORD = re.compile(r"\b(LEFT|RIGHT)\b|^(L|R)(?=$|[ .+-]+[A-Z])|[ .+-](L|R)$")


def middle_plane(bone: Mesh) -> Plane | None:
    """The bone's own middle plane, normal to the patient's left; None for a bone that does not span the middle of the body.

    bone: closed, LPS mm.
    """
    if np.ptp(bone.vertices_lps_mm[:, 0]) < LEAST_WIDE_MM * np.cos(np.radians(TURNED_DEG)) or laid(bone) is not None:
        return None
    found = own_mirror(bone)
    return None if found is None else _upheld(bone, *found)


def _upheld(bone: Mesh, plane: Plane, rms_mm: float) -> Plane | None:
    """The plane with its normal to the left, where the bone is wide and alike enough on both sides of it."""
    left = float(plane.normal_lps[0])
    wide_mm = float(np.ptp(plane.signed_distance_mm(bone.vertices_lps_mm)))
    if abs(left) < np.cos(np.radians(TURNED_DEG)) or wide_mm < LEAST_WIDE_MM or rms_mm > ALIKE_SHARE * wide_mm:
        return None
    return Plane(plane.point_lps_mm, plane.normal_lps * np.sign(left))


def lies_on_ordered_half(middle: Plane, places_lps_mm: Places, ordered: Laterality) -> bool:
    """Whether a plan's places, `(n, 3)`, reach into the ordered half of a bone, left or right, clear of its middle.

    Raises ScanUnsuitableError where all of them lie on the other half, clear of the middle.
    """
    furthest_mm = _furthest_mm(middle, places_lps_mm, ordered)
    if furthest_mm < -NEAR_MIDDLE_MM:
        raise ScanUnsuitableError(Reason("wrong-side", _said(ordered, -furthest_mm)))
    return furthest_mm > NEAR_MIDDLE_MM


def reaches_over(middle: Plane, places_lps_mm: Places, ordered: Laterality) -> bool:
    """Whether any of a plan's places, `(n, 3)`, lies on the other half than the ordered one, left or right, clear of the middle."""
    return _furthest_mm(middle, places_lps_mm, _OTHER[ordered]) > NEAR_MIDDLE_MM


def check_each(middle: Plane, named: Sequence[tuple[str, Places]], ordered: Laterality) -> None:
    """Raises ScanUnsuitableError for each named thing of a plan whose places, `(n, 3)`, all lie on the other half than the ordered one:
    it would bear the letter of the wrong side."""
    reasons = [
        Reason(
            "wrong-side",
            f"{what} lies on the {SIDES[_OTHER[ordered]]} half of the bone, {off_mm:.0f} mm and more from the bone's own middle plane; the order is "
            f"for the {SIDES[ordered]} side, which it would bear. Check its coordinates, order a guide for each side, or one for no side, with "
            'laterality = "U"',
        )
        for what, places in named
        if (off_mm := -_furthest_mm(middle, places, ordered)) > NEAR_MIDDLE_MM
    ]
    if reasons:
        raise ScanUnsuitableError(reasons)


def check_marks(middle: Plane, marked: Sequence[tuple[str, Places]]) -> None:
    """Raises ScanUnsuitableError for marks that name a side, as "S1 L" does, of places, `(n, 3)` each, that all lie on the other half."""
    reasons = [
        Reason(
            "wrong-side",
            f'what is marked "{mark}" lies on the {SIDES[_OTHER[side]]} half of the bone, {off_mm:.0f} mm and more from the bone\'s own middle '
            "plane. Exchange the marks, or check the plan's coordinates and, of a surface, the frame that is stated",
        )
        for mark, places in marked
        if (side := side_in(mark)) and (off_mm := -_furthest_mm(middle, places, side)) > NEAR_MIDDLE_MM
    ]
    if reasons:
        raise ScanUnsuitableError(reasons)


def side_in(mark: str) -> Laterality | None:
    """The side that a mark names by a word of its own, a letter last or first: "S1 L", "LEFT 2", "R-S2"; none of "L4" or "L 4", nor where it
    names both."""
    named = {word.group().strip(_BETWEEN)[0] for word in _SIDE_WORD.finditer(mark.upper())}
    return Laterality(named.pop()) if len(named) == 1 else None


def _furthest_mm(middle: Plane, places_lps_mm: Places, side: Laterality) -> float:
    """How far the places reach to a side, from the middle; less than 0: not over it."""
    left_mm = middle.signed_distance_mm(np.asarray(places_lps_mm, dtype=np.float64))
    return float((left_mm if side is Laterality.LEFT else -left_mm).max())


def _said(ordered: Laterality, off_mm: float) -> str:
    return (
        f"all of the plan lies on the {SIDES[_OTHER[ordered]]} half of the bone, {off_mm:.0f} mm and more from the bone's own middle plane; the order "
        f"is for the {SIDES[ordered]} side. Check the order's side, the plan's coordinates and, of a surface, the frame that is stated; a plan "
        'that is meant for no side is ordered with laterality = "U"'
    )
