"""The contact face of a part: places spread evenly over what of it faces bone nearby, each with the share of the face that it stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.errors import GeometryError
from anatofit.geometry.closest import NearSurface
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh
from anatofit.seating.lattice import Lattice, lattice_around

PLACES = 400  # of the face: some 1.5 mm apart on a guide of 10 cm², far closer than a misfit bends (8 mm)
NEAR_MM = 1.0  # beyond the planned offset, what still counts as contact
_EACH_MM2 = 0.15  # of surface to a candidate
_MOST = 60_000
_FACING = -0.7  # cosine between the face's normal and the way off the bone: opposed within 45 degrees
_FEWEST = 50
_SPACING_MM = 0.6


@dataclass(frozen=True, eq=False)
class ContactFace:
    """places_lps_mm: (m, 3). shares: (m,), of the face's area, one in sum. bone: the lattice around it."""

    places_lps_mm: FloatArray
    shares: FloatArray
    area_mm2: float
    bone: Lattice


def contact_face(part: Mesh, bone: Mesh, *, offset_mm: float) -> ContactFace:
    """The face. Raises GeometryError where too little of the part faces bone nearby."""
    points, normals, each_mm2 = _candidates(part)
    reach = offset_mm + NEAR_MM
    bounds = np.stack([points.min(axis=0) - reach, points.max(axis=0) + reach])
    near = NearSurface(bone, spacing_mm=_SPACING_MM, bounds_mm=bounds).distance_mm(points, reach_mm=reach) < reach
    points, normals = points[near], normals[near]
    if len(points) >= _FEWEST:
        lattice = lattice_around(bone, points)
        _, *slope = lattice.at(*points.T)
        faces = sum(normals[:, n] * slope[n] for n in range(3)) < _FACING
        points = points[np.asarray(faces)]
    if len(points) < _FEWEST:
        raise GeometryError(
            f"{len(points)} places of the part face bone within {reach:g} mm; {_FEWEST} are wanted to press it on"
        )
    chosen, shares = _spread(points)
    return ContactFace(points[chosen], shares, round(len(points) * each_mm2, 1), lattice)


def _candidates(part: Mesh) -> tuple[FloatArray, FloatArray, float]:
    """Places at even steps of area through the triangles as they stand; their normals, and the area of a step."""
    a, b, c = np.moveaxis(part.triangles_lps_mm, 1, 0)
    across = np.cross(b - a, c - a)
    twice = np.sqrt(np.square(across).sum(axis=1))
    total = np.cumsum(twice) / 2
    count = int(np.clip(total[-1] / _EACH_MM2, 1000, _MOST))
    number = np.arange(count)
    face = np.minimum(np.searchsorted(total, (number + 0.5) * total[-1] / count), len(total) - 1)
    # two irrational steps spread the places within the triangles (the plastic number's: Roberts 2018)
    u, v = (number * 0.7548776662466927) % 1.0, (number * 0.5698402909980532) % 1.0
    over = u + v > 1.0
    u, v = np.where(over, 1.0 - u, u)[:, None], np.where(over, 1.0 - v, v)[:, None]
    points = a[face] + u * (b[face] - a[face]) + v * (c[face] - a[face])
    return points, across[face] / np.maximum(twice[face], 1e-12)[:, None], float(total[-1] / count)


def _spread(points: FloatArray) -> tuple[IntArray, FloatArray]:
    """Places one after the other, each the farthest from those before; and the share of all points that is nearest to each."""
    away = np.square(points - points.mean(axis=0)).sum(axis=1)
    best = np.full(len(points), np.inf)
    owner = np.zeros(len(points), dtype=np.int64)
    chosen = []
    for number in range(min(PLACES, len(points))):
        chosen.append(int(np.argmax(away if number == 0 else best)))
        squared = np.square(points - points[chosen[-1]]).sum(axis=1)
        owner[squared < best] = number
        best = np.minimum(best, squared)
    return np.array(chosen), np.bincount(owner, minlength=len(chosen)) / len(points)
