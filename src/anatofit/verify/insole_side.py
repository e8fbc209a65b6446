"""IN-SIDE: which foot an insole is for, by its own shape: by its arch, or by how far its front end reaches on either half.

Its ground is its largest flat face, its length its longest way in that, its heel the end that is narrower; nothing of the plan is used
but where along it the arch stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, face_vectors, unit_rows

_ARCH = (0.34, 0.56)  # share of the length, from the heel, over which the arch of a full insole stands
_BORDER = 0.55  # of half the width: what lies further out belongs to one border
_BAND = (0.35, 0.75)  # of half the width: where its front is looked for, off corners and middle


@dataclass(frozen=True, eq=False)
class _Own:
    """Middles of the faces as the part itself shows them. share: (n,) along it from its heel. x, y: mm towards toes and to the left of one who
    looks that way, ground beneath. height: over the ground. size: of each face. upward: which look up."""

    share: FloatArray
    x: FloatArray
    y: FloatArray
    height: FloatArray
    size: FloatArray
    upward: BoolArray


def insole_side(subject: Subject, requirement: Requirement) -> Measurement:
    """By how much the arch rises higher on the ordered side's medial border than on the other, in mm, by the part's own shape."""
    share = requirement.parameters.get("arch_share", _ARCH)
    return _of_side(requirement, _arch_left(_own(subject), share), "arch")


def insole_front(subject: Subject, requirement: Requirement) -> Measurement:
    """By how much its front end reaches further on the ordered side's medial half than on the other, in mm, by the part's own shape."""
    return _of_side(requirement, _front_left(_own(subject)), "front end")


def _of_side(requirement: Requirement, left_over_right: float, by: str) -> Measurement:
    ordered = str(requirement.parameters["laterality"])
    if ordered not in ("R", "L"):
        return Measurement(0.0, f"the side was {ordered or 'not named'}; R or L is wanted", failed=True)
    found = "right" if left_over_right > 0 else "left"
    more = left_over_right if ordered == "R" else -left_over_right
    return Measurement(more, f"by its {by} it is for the {found} foot", {"left_over_right_mm": left_over_right})


def _arch_left(own: _Own, arch: Sequence[float]) -> float:
    """How much higher the left border of the midfoot is than the right."""
    band = (own.share > arch[0]) & (own.share < arch[1]) & own.upward
    y = own.y - (own.y[band].max() + own.y[band].min()) / 2
    half = np.ptp(own.y[band]) / 2
    borders = [band & (s * y > _BORDER * half) for s in (1, -1)]
    left, right = (float(np.average(own.height[b], weights=own.size[b])) for b in borders)
    return left - right


def _front_left(own: _Own) -> float:
    """How much further the left half reaches to the front than the right."""
    off = (own.y - (own.y.max() + own.y.min()) / 2) / (np.ptp(own.y) / 2)
    left, right = (float(own.x[(s * off > _BAND[0]) & (s * off < _BAND[1])].max()) for s in (1, -1))
    return left - right


def _own(subject: Subject) -> _Own:
    return subject.once("insole own", lambda: _looked(subject))


def _looked(subject: Subject) -> _Own:
    vectors = face_vectors(subject.part)
    normals, size = unit_rows(vectors), np.linalg.norm(vectors, axis=1)
    down = _largest_flat(normals, size)
    points = subject.part.triangles_lps_mm.mean(axis=1)
    ground = float(np.average(points @ down, weights=size * (normals @ down > 0.999)))
    flat = points - np.outer(points @ down, down)
    middle = np.average(flat, axis=0, weights=size)
    off = (flat - middle) * np.sqrt(size / size.sum())[:, None]
    along = np.linalg.svd(off, full_matrices=False)[2][0]
    x = (flat - middle) @ along
    if _wide(flat, along, down, x, 0.12) > _wide(flat, along, down, x, 0.72):
        along, x = -along, -x
    y = (flat - middle) @ np.cross(-down, along)
    return _Own((x - x.min()) / np.ptp(x), x, y, ground - points @ down, size, normals @ down < -0.2)


def _largest_flat(normals: FloatArray, size: FloatArray) -> FloatArray:
    """The direction that most of the area shares within half a degree: that of a flat ground."""
    rounded = np.round(normals, 3)
    unique, which = np.unique(rounded, axis=0, return_inverse=True)
    best = int(np.bincount(which.ravel(), weights=size).argmax())
    near = normals @ unit_rows(unique[best][None])[0] > 0.9999
    mean = (normals[near] * size[near, None]).sum(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def _wide(flat: FloatArray, along: FloatArray, down: FloatArray, x: FloatArray, share: float) -> float:
    at = x.min() + share * np.ptp(x)
    near = np.abs(x - at) < 0.04 * np.ptp(x)
    return float(np.ptp(flat[near] @ np.cross(down, along)))
