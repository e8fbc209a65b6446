"""What a surface shows of a foot: the whole, the sole alone, or its hollow in a block; and which way is dorsal, by the shape."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatofit.geometry.halfedges import bodies_of, edges_of
from anatofit.geometry.orient import face_areas
from anatofit.locate.foot.located import FootForm
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.heights import BoolArray
from anatofit.model.mesh import IntArray, Mesh

# The edge of a sole that was scanned alone is longer than twice the foot; that of an ankle about as long as the foot.
_SHEET_EDGE = 1.6
# A block: places within so much of a plane, together so much of the area, with a hollow inside them at least so long and deep.
_FLAT_MM, _FLAT_SHARE, _HOLLOW_FROM_MM = 0.9, 0.12, 1.5
_HOLLOW_AREA, _HOLLOW_LONG = (
    0.1,
    0.55,
)  # of the whole area, and of the flat part's length: an arch is a hollow, too, but a short one
_HOLLOW_DEEP_MM = 4.0  # in the mean: a foot goes some 20 mm into foam, the pads of a sole stand out by 2
_RIM_MM = 4.0  # of flat around the hollow, at the least
_SEEDS = 60
_SAME_COS = np.cos(np.radians(3.0))
_FIT_NEAR_MM = 12.0
# A foot stands on its sole: faces that look within 35 degrees the same way, no deeper than 2.4 % of the longest extent behind the plane.
_SOLE_COS, _SOLE_DEEP = np.cos(np.radians(35.0)), 0.024
_CUT_EVEN_MM = 0.8  # standard deviation of heights under which a place is as flat as a cut; noise makes 0.3 of it
_ASKED, _FACES_ASKED, _TRIED = 1500, 8000, 80
# The edge of a sheet lies higher than its inside by this at least, or nothing tells its two sides apart.
_RISES_MM = 0.8


@dataclass(frozen=True, eq=False)
class Shown:
    """The part of the surface that holds the sole, outward, and which way is dorsal. confidence: that dorsal is told."""

    form: FootForm
    mesh: Mesh
    dorsal_lps: FloatArray
    confidence: float


@dataclass(frozen=True, eq=False)
class _Faces:
    """A mesh with what is asked of its faces."""

    mesh: Mesh

    @cached_property
    def vectors(self) -> FloatArray:
        return face_areas(self.mesh.vertices_lps_mm, self.mesh.faces)

    @cached_property
    def areas(self) -> FloatArray:
        return np.asarray(np.linalg.norm(self.vectors, axis=1))

    @cached_property
    def middles(self) -> FloatArray:
        return np.asarray(self.mesh.triangles_lps_mm.mean(axis=1))

    @cached_property
    def axes(self) -> FloatArray:
        """(3, 3) principal axes of the surface as rows, the longest first."""
        off = self.middles - np.average(self.middles, axis=0, weights=self.areas)
        return np.asarray(np.linalg.eigh((off * self.areas[:, None]).T @ off)[1].T[::-1])

    @cached_property
    def open_vertices(self) -> IntArray:
        """(n,) vertices of edges with one face alone."""
        return np.asarray(np.unique(_open_edges(self.mesh.faces)))

    @cached_property
    def longest_mm(self) -> float:
        return float(np.ptp(self.mesh.vertices_lps_mm @ self.axes[0]))


def shown(mesh: Mesh, *, up_lps: FloatArray | None = None) -> Shown | None:
    """What the surface shows; None where nothing tells which way is dorsal. up_lps: where a person stated it, for sheets that are too flat."""
    faces = _Faces(mesh)
    block = _impression(faces)
    if block is not None:
        return block
    if _open_edge_mm(mesh) > _SHEET_EDGE * faces.longest_mm:
        return _sheet(faces, up_lps)
    dorsal = _standing(faces)
    return None if dorsal is None else Shown(FootForm.FULL, mesh, dorsal, 1.0)


def _open_edge_mm(mesh: Mesh) -> float:
    return float(np.linalg.norm(np.diff(mesh.vertices_lps_mm[_open_edges(mesh.faces)], axis=1), axis=2).sum())


def _open_edges(faces: IntArray) -> IntArray:
    """(n, 2) vertices of edges with one face alone."""
    edges = edges_of(faces)
    half = edges.order[edges.starts[edges.counts == 1]]
    return np.stack([faces.ravel()[half], np.roll(faces, -1, axis=1).ravel()[half]], axis=1)


def _sheet(faces: _Faces, up_lps: FloatArray | None) -> Shown | None:
    """The edge of a sole rises around heel and borders: it is dorsal of what it encloses."""
    normal = faces.axes[2]
    height = faces.middles @ normal
    edge = faces.mesh.vertices_lps_mm[faces.open_vertices] @ normal
    rises = float(np.median(edge) - np.average(height, weights=faces.areas))
    if abs(rises) < _RISES_MM:
        if up_lps is None:
            return None
        rises = float(up_lps @ normal)
    dorsal = normal * np.sign(rises)
    return Shown(FootForm.SHEET, facing(faces.mesh, -dorsal), dorsal, min(1.0, abs(rises) / (4 * _RISES_MM)))


def facing(mesh: Mesh, way_lps: FloatArray) -> Mesh:
    """The sheet with its triangles turned so that most of them look that way."""
    looks = float(face_areas(mesh.vertices_lps_mm, mesh.faces).sum(axis=0) @ way_lps)
    return mesh if looks >= 0 else Mesh(mesh.vertices_lps_mm, mesh.faces[:, ::-1])


def _impression(faces: _Faces) -> Shown | None:
    """The hollow in the flat surface of a block: it is enclosed by flat faces, and they are dorsal of it."""
    for point, normal in _flats(faces):
        found = _hollow(faces, point, normal, np.abs((faces.middles - point) @ normal) <= _FLAT_MM)
        if found is not None:
            return found
    return None


def _hollow(faces: _Faces, point: FloatArray, normal: FloatArray, plane: BoolArray) -> Shown | None:
    """The largest piece on one side of the plane that lies within what is flat, and ends nowhere else; None where there is none."""
    heights = (faces.mesh.vertices_lps_mm - point) @ normal
    across = _in_plane(normal)
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
                return Shown(FootForm.IMPRESSION, facing(hollow, -sign * normal), sign * normal, 1.0)
    return None


def _pieces(faces: _Faces, chosen: IntArray) -> list[IntArray]:
    """The connected pieces of some faces that hold a good part of the area, the largest first."""
    if not len(chosen):
        return []
    number = bodies_of(faces.mesh.faces[chosen])
    size = np.bincount(number, weights=faces.areas[chosen])
    large = [n for n in np.argsort(-size) if size[n] > _HOLLOW_AREA * faces.areas.sum()]
    return [chosen[number == n] for n in large]


def _in_plane(normal: FloatArray) -> FloatArray:
    """(2, 3) two axes in the plane."""
    first = unit_vector(np.cross(normal, np.eye(3)[int(np.abs(normal).argmin())]))
    return np.stack([first, np.cross(normal, first)])


def _spread(flat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Reaches in eight directions of the plane, the lower and the upper ends."""
    turns = np.arange(8) * np.pi / 8
    along = flat @ np.stack([np.cos(turns), np.sin(turns)])
    return along.min(axis=0), along.max(axis=0)


def _flats(faces: _Faces) -> list[tuple[FloatArray, FloatArray]]:
    """Point and normal of the planes that hold a good part of the area, the largest first, each once: out of planes fitted around
    faces spread over the surface. A block has one above and one below."""
    from scipy.spatial import cKDTree

    chosen = slice(None, None, len(faces.areas) // _FACES_ASKED + 1)
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


def _standing(faces: _Faces) -> FloatArray | None:
    """Dorsal by what the foot stands on: of all ways to lay it down, that on the largest and longest place."""
    chosen = slice(None, None, len(faces.areas) // _FACES_ASKED + 1)
    size, middle = faces.areas[chosen], faces.middles[chosen]
    normals = faces.vectors[chosen] / np.maximum(size, 1e-12)[:, None]
    deep = _SOLE_DEEP * faces.longest_mm
    asked = _sphere()
    masks = [(normals @ d > _SOLE_COS) & ((height := middle @ d) > height.max() - deep) for d in asked]
    areas = np.array([size[mask].sum() for mask in masks])
    tried = np.argsort(-areas)[:_TRIED]
    score = [areas[n] * _long_mm(middle[masks[n]]) * _rounded(middle[masks[n]] @ asked[n]) for n in tried]
    best = int(tried[int(np.argmax(score))])
    if not masks[best].any():
        return None
    return -unit_vector((normals[masks[best]] * size[masks[best]][:, None]).sum(axis=0))


def _rounded(height: FloatArray) -> float:
    """Near 1 for a sole, which rises at its rim and under its arch; little for the plane in which a leg was cut."""
    return float(np.clip(height.std() / _CUT_EVEN_MM, 0.1, 1.0)) if len(height) else 0.0


def _long_mm(points: FloatArray) -> float:
    """Extent along the longest axis."""
    if len(points) < 4:
        return 0.0
    off = points - points.mean(axis=0)
    return float(np.ptp(off @ np.linalg.eigh(off.T @ off)[1][:, -1]))


def _sphere() -> FloatArray:
    """(n, 3) directions spread evenly (Fibonacci sphere), neighbours some 6 degrees apart."""
    n = np.arange(_ASKED)
    z = 1 - (2 * n + 1) / _ASKED
    angle = n * np.pi * (3 - np.sqrt(5))
    r = np.sqrt(1 - z**2)
    return np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1)
