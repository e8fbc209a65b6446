"""The largest ball inside a part that touches its surface at a given place: what a wall's thickness is measured by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.verify.surface import BoolArray, Surface, dense_points

# Thicker than any wall that a requirement asks about.
THICKEST_MM = 25.0
CLOUD_SPACING_MM = 0.4
_MOST_CLOUD = 300_000
_NEAREST = 6
_ROUNDS = 8
# Contacts seen from the ball's centre under less than 60° from the place itself are the same face (its facets and
# scan noise), not another wall: shrinking the ball onto them would measure roughness (denoising of Peters 2018).
_SAME_FACE = 0.5
# Contacts more than 120° apart make a wall: two faces that lean on each other by less than 60°. At a right-angled
# edge they are 90° apart, and the thickness that goes to zero there is the edge's own, not a wall's.
_OPPOSITE = 0.866


@dataclass(frozen=True)
class Balls:
    """`(n,)` diameters in mm and centres; `walls` is True where the ball lies between two opposite faces."""

    diameters_mm: FloatArray
    centres_lps_mm: FloatArray
    walls: BoolArray


def inscribed_balls(surface: Surface, points_lps_mm: FloatArray, normals: FloatArray) -> Balls:
    """Shrinking balls (Ma, Bae, Choi 2012) that start from the wall straight across, found by VTK's rays.

    points_lps_mm, normals: (n, 3) places on the surface and unit normals outward. The nearest points come from a
    cloud on the surface 0.4 mm apart, so a diameter is too large by at most 0.04 mm at 1 mm; `settle` makes it exact.
    """
    across, _ = surface.rays(points_lps_mm, -normals, reach_mm=THICKEST_MM)
    radius = np.minimum(across, THICKEST_MM) / 2
    squareness = np.where(np.isfinite(across), 1.0, 0.0)
    tree, cloud = _cloud(surface)
    active = np.arange(len(radius))
    for _ in range(_ROUNDS):
        centres = points_lps_mm[active] - normals[active] * radius[active, None]
        near, at = tree.query(centres, k=_NEAREST)
        new, cosine = _touching(cloud[at] - points_lps_mm[active, None], normals[active], near, radius[active])
        smaller = np.isfinite(new)
        active = active[smaller]
        if not len(active):
            break
        radius[active], squareness[active] = new[smaller], cosine[smaller]
    return Balls(2 * radius, points_lps_mm - normals * radius[:, None], squareness >= _OPPOSITE)


def settle(surface: Surface, balls: Balls, which: NDArray[np.int64]) -> FloatArray:
    """The diameters of some balls, cut to what VTK's distance from their centres leaves."""
    room = np.abs(surface.signed_distance_mm(balls.centres_lps_mm[which]))
    radius = balls.diameters_mm[which] / 2
    return np.asarray(radius + np.minimum(room, radius))


def _cloud(surface: Surface) -> tuple[Any, FloatArray]:
    from scipy.spatial import cKDTree

    cloud = dense_points(surface.mesh, CLOUD_SPACING_MM, most=_MOST_CLOUD)
    return cKDTree(cloud), cloud


def _touching(
    offset: FloatArray, normals: FloatArray, near: FloatArray, radius: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Radius through the nearest point that intrudes from another face (inf: none does), and its cosine seen from the place."""
    depth = -np.einsum("nki,ni->nk", offset, normals)
    square = np.einsum("nki,nki->nk", offset, offset)
    cosine = depth / np.sqrt(np.maximum(square, 1e-18))
    intrudes = (near < (radius * (1 - 1e-3) - 1e-4)[:, None]) & (cosine > _SAME_FACE)
    first = intrudes.argmax(axis=1)
    rows = np.arange(len(first))
    new = np.where(intrudes.any(axis=1), square[rows, first] / np.maximum(2 * depth[rows, first], 1e-9), np.inf)
    return np.asarray(np.where(new < radius, new, np.inf)), np.asarray(cosine[rows, first])
