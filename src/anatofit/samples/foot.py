"""A foot that the project computes: nobody's, every measure of it by formula. Heel, ball, toes and arch lie where they are said to lie.

In its own frame x runs from the rearmost point of the heel along the second ray, z up from the plane it stands on, and y to the left
of one who looks along x with z up: to the medial side of a right foot. A left foot is the mirror image. All lengths are those of
a foot of 250 mm and grow with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from anatofit.geometry.bridge import mesh_of_field
from anatofit.geometry.field import FieldArray, smooth_union
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

LONG_MM: Final = 250.0
# Discs that the outline rolls around: centre and radius. The ball is widest at 73 % and 63 % of the length, as in adults.
HEEL = (33.0, 0.0, 33.0)
_MIDFOOT = (100.0, -8.0, 28.0)
_BALL = (165.0, -12.0, 24.0)
_FIRST = (182.0, 14.88, 21.0)
_FIFTH = (158.0, -41.12, 15.0)
# Each toe: where it begins, where it ends, and its radius; the first is the longest.
_TOES = (
    ((182.0, 15.0), (236.5, 17.0), 13.5),
    ((180.0, -6.0), (233.0, -5.0), 8.5),
    ((174.0, -20.0), (222.0, -22.0), 8.0),
    ((166.0, -32.0), (208.0, -36.5), 7.5),
    ((158.0, -41.0), (190.0, -48.0), 8.0),
)
PADS = ((33.0, 0.0, 17.0), (180.0, 17.0, 13.0), (156.0, -41.0, 11.0))  # what it stands on: x, y, how wide
_LIFT_MM = 2.0  # of the sole between the pads
_ARCH_FROM, _ARCH_TO = 62.0, 160.0
_LATERAL, _MEDIAL = -34.0, 24.0
# Crease behind the toes: how deep, how wide, how far in front of the line of the ball.
_CREASE_MM, _CREASE_WIDE_MM, _CREASE_AHEAD_MM = 4.0, 7.0, 20.0
# Height of the dorsum of the foot along x, and how it falls to the sides of a ridge that lies on the medial side.
_BACK = np.array(
    [
        (0, 50), (30, 62), (60, 88), (80, 92), (100, 80), (120, 67), (140, 56), (165, 43), (185, 33), (200, 27), (235, 22), (262, 16),
    ],
    dtype=np.float64,
)  # fmt: skip
_RIDGE_Y, _RIDGE_WIDE, _RIDGE_FALL = 6.0, 45.0, 0.33
_LEG = (62.0, 0.0, 42.0, 32.0)  # centre and half axes of the shank where it is cut
_LEG_FROM_MM = 40.0
CUT_MM = 90.0
_EDGE_MM = 8.0  # radius by which sole, sides and back run into each other; at the heel 18


@dataclass(frozen=True)
class FootTruth:
    """What is known of the computed foot, in its own frame (x distal, y left, z dorsal), mm; y of a left foot turned over."""

    length_mm: float
    heel_width_mm: float
    ball_width_mm: float
    landmarks: dict[str, FloatArray]


def sole_mm(x: FloatArray, y: FloatArray, *, arch_mm: float) -> FloatArray:
    """Height of the sole over the plane away from the foot's border, of a right foot of 250 mm; least, and zero, under the pads."""
    pads = np.max([np.exp(-(((x - px) / wide) ** 2) - ((y - py) / wide) ** 2) for px, py, wide in PADS], axis=0)
    along = np.clip((x - _ARCH_FROM) / (_ARCH_TO - _ARCH_FROM), 0.0, 1.0)
    ahead = x - (_FIRST[0] + _CREASE_AHEAD_MM) - 0.43 * (y - _FIRST[1])
    crease = _CREASE_MM * np.exp(-((ahead / _CREASE_WIDE_MM) ** 2))
    arch = arch_mm * np.sin(np.pi * along) ** 2 * _eased((y - _LATERAL) / (_MEDIAL - _LATERAL))
    return np.asarray(_LIFT_MM * (1.0 - pads) + arch + crease)


def skin(
    laterality: Laterality,
    *,
    length_mm: float = LONG_MM,
    arch_mm: float = 18.0,
    step_mm: float = 2.0,
    ankle: bool = True,
) -> Mesh:
    """The closed skin, cut 90 mm above the plane, in its own frame. step_mm: of the lattice, and so the edges of the triangles, for
    a foot of 250 mm. ankle: without, the dorsum of the foot is cut with the toes, 30 mm above the plane."""
    grid = _grid(step_mm)
    x, y, z = _nodes(grid)
    values = _body(x, y, z, arch_mm)
    values = smooth_union(values, _leg(x, y, z), radius_mm=10.0)
    values = np.maximum(values, z - (CUT_MM if ankle else 30.0)).astype(np.float32)
    mesh = mesh_of_field(values, grid)
    points = mesh.vertices_lps_mm * (length_mm / LONG_MM)
    return Mesh(points, mesh.faces) if laterality is Laterality.RIGHT else turned_over(Mesh(points, mesh.faces))


def turned_over(mesh: Mesh) -> Mesh:
    """The mirror image in the plane of x and z, outward again: the other foot."""
    return Mesh(mesh.vertices_lps_mm * [1.0, -1.0, 1.0], mesh.faces[:, [0, 2, 1]])


def in_lps(mesh: Mesh) -> Mesh:
    """The foot as it lies in a patient who stands: distal to the front."""
    x, y, z = mesh.vertices_lps_mm.T
    return Mesh(np.stack([y, -x, z], axis=1), mesh.faces)


def truth(laterality: Laterality, *, length_mm: float = LONG_MM) -> FootTruth:
    """The measures and landmarks that the formulas give."""
    grown = length_mm / LONG_MM
    places = {
        "pternion": (0.0, 0.0, 30.0),
        "toe_tip": (LONG_MM, 17.0, 10.0),
        "metatarsale_tibiale": (_FIRST[0], _FIRST[1] + _FIRST[2], 15.0),
        "metatarsale_fibulare": (_FIFTH[0], _FIFTH[1] - _FIFTH[2], 12.0),
        "heel": (*PADS[0][:2], 0.0),
        "first_metatarsal_head": (*PADS[1][:2], 0.0),
        "fifth_metatarsal_head": (*PADS[2][:2], 0.0),
    }
    over = np.array([1.0, 1.0 if laterality is Laterality.RIGHT else -1.0, 1.0]) * grown
    landmarks = {name: np.array(place) * over for name, place in places.items()}
    across = landmarks["metatarsale_tibiale"][:2] - landmarks["metatarsale_fibulare"][:2]
    return FootTruth(length_mm, 2 * HEEL[2] * grown, float(np.linalg.norm(across)), landmarks)


def _body(x: FloatArray, y: FloatArray, z: FloatArray, arch_mm: float) -> FieldArray:
    """Between sole and back, within the outline, its edges rounded."""
    edge = _EDGE_MM + 10.0 * _eased((70.0 - x) / 40.0)
    ridge = np.interp(x, _BACK[:, 0], _BACK[:, 1])
    back = ridge * (1.0 - _RIDGE_FALL * ((y - _RIDGE_Y) / _RIDGE_WIDE) ** 2)
    flat = outline_mm(x, y)
    sides = _smooth_max(sole_mm(x, y, arch_mm=arch_mm) - z, flat + np.zeros_like(z), edge)
    return np.asarray(_smooth_max(sides, z - back, edge), dtype=np.float32)


def outline_mm(x: FloatArray, y: FloatArray) -> FloatArray:
    """Signed distance to the outline of a right foot seen from above, negative inside."""
    joined = ((HEEL, _MIDFOOT), (_MIDFOOT, _FIRST), (HEEL, _FIFTH), (_FIFTH, _FIRST), (_MIDFOOT, _BALL))
    parts = [_cone(x, y, first, last) for first, last in joined]
    parts += [_cone(x, y, (*start, radius), (*end, radius)) for start, end, radius in _TOES]
    return np.asarray(np.min(parts, axis=0))


def toe_box_mm(x: FloatArray, y: FloatArray) -> FloatArray:
    """The same with the hollows between the toes bridged, as a shoe does."""
    tips = [(*end, radius) for _, end, radius in _TOES]
    bridges = [_cone(x, y, one, other) for one, other in pairwise([_FIRST, *tips, _FIFTH])]
    return np.asarray(np.min([outline_mm(x, y), *bridges], axis=0))


def _cone(x: FloatArray, y: FloatArray, first: tuple[float, ...], last: tuple[float, ...]) -> FloatArray:
    """Signed distance to the hull of two discs."""
    way = np.array(last[:2]) - np.array(first[:2])
    long = float(np.hypot(*way))
    along = ((x - first[0]) * way[0] + (y - first[1]) * way[1]) / long
    off = np.abs((x - first[0]) * way[1] - (y - first[1]) * way[0]) / long
    lean = (first[2] - last[2]) / long
    upright = np.sqrt(1 - lean**2)
    where = along * upright - off * lean
    side = off * upright + along * lean - first[2]
    near, far = np.hypot(along, off) - first[2], np.hypot(along - long, off) - last[2]
    return np.asarray(np.where(where < 0, near, np.where(where > upright * long, far, side)))


def _leg(x: FloatArray, y: FloatArray, z: FloatArray) -> FieldArray:
    cx, cy, half_x, half_y = _LEG
    around = (np.hypot((x - cx) / half_x, (y - cy) / half_y) - 1.0) * half_y
    return np.asarray(np.maximum(around, _LEG_FROM_MM - z), dtype=np.float32)


def _smooth_max(a: FloatArray, b: FloatArray, radius: FloatArray) -> FloatArray:
    blend = np.maximum(radius - np.abs(a - b), 0.0)
    return np.asarray(np.maximum(a, b) + blend**2 / (4 * radius))


def _eased(t: FloatArray) -> FloatArray:
    t = np.clip(t, 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))


def _grid(step_mm: float) -> Grid:
    low, high = np.array([-8.0, -66.0, -6.0]), np.array([258.0, 52.0, 98.0])
    i, j, k = (int(n) for n in np.ceil((high - low) / step_mm) + 1)
    return Grid((k, j, i), low, np.full(3, step_mm))


def _nodes(grid: Grid) -> tuple[FloatArray, FloatArray, FloatArray]:
    x, y, z = (
        np.asarray(low + step * np.arange(n))
        for low, step, n in zip(grid.origin_lps_mm, grid.spacing_ijk_mm, grid.shape_kji[::-1], strict=True)
    )
    return x[None, None, :], y[None, :, None], z[:, None, None]
