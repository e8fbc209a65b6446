"""The impression of a foot: the hollow that flat ground encloses in a block."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.halfedges import bodies_of
from anatofit.locate.foot.faces import FACES_ASKED, Faces, facing, in_plane
from anatofit.model.frame import FloatArray
from anatofit.model.heights import BoolArray
from anatofit.model.mesh import IntArray, Mesh

# A block: places within so much of a plane, together so much of the area, with a hollow inside them at least so deep.
_FLAT_MM, _FLAT_SHARE, _HOLLOW_FROM_MM = 0.9, 0.12, 1.5
# Of the whole area, and of the flat part's length: an arch is a hollow, too, but a short one.
_HOLLOW_AREA, _HOLLOW_LONG = 0.1, 0.55
_HOLLOW_DEEP_MM = 4.0  # in the mean: a foot goes some 20 mm into foam, the pads of a sole stand out by 2
_RIM_MM = 4.0  # of flat around the hollow, at the least
_SEEDS = 60
_SAME_COS = np.cos(np.radians(3.0))
_FIT_NEAR_MM = 12.0


def impression(faces: Faces) -> tuple[Mesh, FloatArray] | None:
    """The hollow as an outward sheet, and which way is dorsal: the ground that encloses it is dorsal of it. None where there is none."""
    for point, normal in _flats(faces):
        found = _hollow(faces, point, normal, np.abs((faces.middles - point) @ normal) <= _FLAT_MM)
        if found is not None:
            return found
    return None


def _hollow(faces: Faces, point: FloatArray, normal: FloatArray, plane: BoolArray) -> tuple[Mesh, FloatArray] | None:
    """The largest piece on one side of the plane that lies within what is flat, and ends nowhere else; None where there is none."""
    heights = (faces.mesh.vertices_lps_mm - point) @ normal
    across = in_plane(normal)
    low, high = _spread(faces.middles[plane] @ across.T)
    for sign in (1.0, -1.0):
        deep = np.flatnonzero((heights * sign < -_HOLLOW_FROM_MM)[faces.mesh.faces].all(axis=1))
        for piece in _pieces(faces, deep):
            first, last = _spread(faces.middles[piece] @ across.T)
            enclosed = bool((first > low + _RIM_MM).all() and (last < high - _RIM_MM).all())
            long = float(np.max(last - first)) > _HOLLOW_LONG * float(np.max(high - low))
            deep_mm = -sign * float(np.average((faces.middles[piece] - point) @ normal, weights=faces.areas[piece]))
            if (
                enclosed
                and long
                and deep_mm > _HOLLOW_DEEP_MM
                and not np.isin(faces.mesh.faces[piece], faces.open_vertices).any()
            ):
                hollow = Mesh(faces.mesh.vertices_lps_mm, faces.mesh.faces[piece])
                return facing(hollow, -sign * normal), sign * normal
    return None


def _pieces(faces: Faces, chosen: IntArray) -> list[IntArray]:
    """The connected pieces of some faces that hold a good part of the area, the largest first."""
    if not len(chosen):
        return []
    number = bodies_of(faces.mesh.faces[chosen])
    size = np.bincount(number, weights=faces.areas[chosen])
    large = [n for n in np.argsort(-size) if size[n] > _HOLLOW_AREA * faces.areas.sum()]
    return [chosen[number == n] for n in large]


def _spread(flat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Reaches in eight directions of the plane, the lower and the upper ends."""
    turns = np.arange(8) * np.pi / 8
    along = flat @ np.stack([np.cos(turns), np.sin(turns)])
    return along.min(axis=0), along.max(axis=0)


def _flats(faces: Faces) -> list[tuple[FloatArray, FloatArray]]:
    """Point and normal of the planes that hold a good part of the area, the largest first, each once: out of planes fitted around
    faces spread over the surface. A block has one above and one below."""
    from scipy.spatial import cKDTree

    chosen = slice(None, None, len(faces.areas) // FACES_ASKED + 1)
    middles, areas = faces.middles[chosen], faces.areas[chosen]
    total = np.cumsum(areas)
    asked = np.searchsorted(total, (np.arange(_SEEDS) + 0.5) / _SEEDS * total[-1])
    tree = cKDTree(middles)
    fitted = [_fitted(middles[tree.query_ball_point(middles[s], _FIT_NEAR_MM)]) for s in asked]
    found: list[tuple[float, FloatArray, FloatArray]] = []
    for point, normal in (_refitted(middles, *fit) for fit in fitted if fit is not None):
        held = float(areas[np.abs((middles - point) @ normal) <= _FLAT_MM].sum())
        known = any(abs(normal @ n) > _SAME_COS and abs((point - p) @ n) < 2 * _FLAT_MM for _, p, n in found)
        if held > _FLAT_SHARE * total[-1] and not known:
            found.append((held, point, normal))
    return [(p, n) for _, p, n in sorted(found, key=lambda one: -one[0])]


def _fitted(points: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    if len(points) < 4:
        return None
    middle = points.mean(axis=0)
    return middle, np.linalg.eigh((points - middle).T @ (points - middle))[1][:, 0]


def _refitted(middles: FloatArray, point: FloatArray, normal: FloatArray) -> tuple[FloatArray, FloatArray]:
    for reach in (3.0, 1.5, 1.0):
        near = np.abs((middles - point) @ normal) <= reach * _FLAT_MM
        again = _fitted(middles[near])
        if again is None:
            break
        point, normal = again
    return point, normal
