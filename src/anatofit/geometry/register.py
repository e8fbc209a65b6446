"""One surface laid on another: turned and moved (scaled where asked), from every attitude that the principal axes allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from anatofit.errors import GeometryError
from anatofit.geometry.orient import face_areas
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray, Mesh

# Points spread over each surface: coarse ones for the many starts, fine ones for the best of them.
COARSE, FINE = 250, 1500
DENSER = 10
STARTS_REFINED = 3
# Turns about the longest axis that are tried: a round shaft has no second axis of its own.
TURNS = 8
# The farthest points have no counterpart where one surface reaches farther than the other.
TRIM = 0.9
_COARSE_STEPS, _FINE_STEPS = 12, 30
_STILL = 1e-6  # of the size: a step that moves the points less ends the search


@dataclass(frozen=True)
class Placement:
    """Where a surface came to lie: `scale * points @ turn.T + move_mm`. rms_mm: root mean square distance of the surfaces'
    points from the other's tangent planes, the farthest tenth left out, in the reference's size."""

    turn: FloatArray
    move_mm: FloatArray
    scale: float
    rms_mm: float

    def applied(self, points_mm: FloatArray) -> FloatArray:
        """`(n, 3)` points as placed."""
        return np.asarray(self.scale * points_mm @ self.turn.T + self.move_mm)


def spread_points(mesh: Mesh, count: int) -> FloatArray:
    """`(count, 3)` points spread evenly by area over the faces; the same ones for the same mesh.

    Raises GeometryError for a mesh without area.
    """
    return _spread(mesh, count)[0]


def _spread(mesh: Mesh, count: int) -> tuple[FloatArray, FloatArray]:
    """The points, and the unit normal of the face of each."""
    vectors = face_areas(mesh.vertices_lps_mm, mesh.faces)
    area = np.linalg.norm(vectors, axis=1)
    total = np.cumsum(area)
    if not len(total) or total[-1] <= 0:
        raise GeometryError("a surface without area cannot be laid on another")
    face = np.minimum(np.searchsorted(total, (np.arange(count) + 0.5) / count * total[-1]), len(area) - 1)
    # two fractions that never repeat (the plane's golden ratio) spread the points within the faces
    n = np.arange(1, count + 1)
    u, v = (n * 0.7548776662466927) % 1, (n * 0.5698402909980532) % 1
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    a, b, c = np.moveaxis(mesh.vertices_lps_mm[mesh.faces[face]], 1, 0)
    return np.asarray(a + u[:, None] * (b - a) + v[:, None] * (c - a)), np.asarray(vectors[face] / area[face, None])


def register(moving: Mesh, reference: Mesh, *, scaled: bool = False) -> Placement:
    """The best of all starts: `moving` turned, moved (and scaled evenly where `scaled`), never mirrored, onto `reference`.

    Iterated closest points with trimming (Besl and McKay 1992; Chetverikov et al. 2002), both ways, from the principal axes in
    their four right-handed attitudes and in turns about the longest one. Raises GeometryError for a mesh without area.
    """
    coarse = _Pair(_Spread.of(moving, COARSE), _Spread.of(reference, COARSE), scaled)
    tried = [_settled(start, coarse, _COARSE_STEPS) for start in _starts(coarse)]
    fine = _Pair(_Spread.of(moving, FINE), _Spread.of(reference, FINE), scaled)
    best = sorted(tried, key=lambda p: p.rms_mm)[:STARTS_REFINED]
    return min((_settled(p, fine, _FINE_STEPS) for p in best), key=lambda p: p.rms_mm)


@dataclass(frozen=True)
class _Spread:
    """Points that ask, and a denser set that answers: the distance to a surface then hardly depends on where its points lie."""

    points: FloatArray
    dense: FloatArray
    normals: FloatArray
    tree: cKDTree

    @classmethod
    def of(cls, mesh: Mesh, count: int) -> _Spread:
        dense, normals = _spread(mesh, DENSER * count)
        return cls(spread_points(mesh, count), dense, normals, cKDTree(dense))


@dataclass(frozen=True)
class _Pair:
    moving: _Spread
    reference: _Spread
    scaled: bool


def _axes(points: FloatArray) -> FloatArray:
    """Principal axes as columns, the longest first, right-handed."""
    off = points - points.mean(axis=0)
    axes = np.linalg.eigh(off.T @ off)[1][:, ::-1]
    return np.asarray(axes * np.array([1.0, 1.0, np.linalg.det(axes)]))


def _starts(pair: _Pair) -> list[Placement]:
    moving, reference = pair.moving.points, pair.reference.points
    own, other = _axes(moving), _axes(reference)
    scale = _size(reference) / _size(moving) if pair.scaled else 1.0
    starts = []
    for end in (1.0, -1.0):
        for n in range(TURNS):
            c, s = np.cos(2 * np.pi * n / TURNS), np.sin(2 * np.pi * n / TURNS)
            about = np.array([[end, 0, 0], [0, end * c, -s], [0, end * s, c]])
            turn = other @ about @ own.T
            move = reference.mean(axis=0) - scale * turn @ moving.mean(axis=0)
            starts.append(Placement(turn, move, scale, np.inf))
    return starts


def size_mm(mesh: Mesh) -> float:
    """Root mean square distance of the surface from its middle."""
    return _size(spread_points(mesh, FINE))


def _size(points: FloatArray) -> float:
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _settled(start: Placement, pair: _Pair, steps: int) -> Placement:
    place, still = start, _STILL * _size(pair.reference.points)
    for _ in range(steps):
        there, nearest, back, own = _distances(place, pair)
        near, near_back = there <= np.quantile(there, TRIM), back <= np.quantile(back, TRIM)
        # found from both sides, so that neither surface may shrink away; the farthest have no counterpart
        first = np.concatenate([pair.moving.points[near], pair.moving.dense[own[near_back]]])
        second = np.concatenate([pair.reference.dense[nearest[near]], pair.reference.points[near_back]])
        fitted = _fit(first, second, pair.scaled)
        moved = float(np.abs(fitted.applied(pair.moving.points) - place.applied(pair.moving.points)).max())
        place = fitted
        if moved < still:
            break
    return Placement(place.turn, place.move_mm, place.scale, _rms(place, pair))


def _rms(place: Placement, pair: _Pair) -> float:
    """Both ways in one figure: from the tangent plane of the nearest point, which its place within the surface hardly changes."""
    there, nearest, back, own = _distances(place, pair)
    to = place.applied(pair.moving.points) - pair.reference.dense[nearest]
    fro = pair.reference.points - place.applied(pair.moving.dense[own])
    turned = pair.moving.normals[own] @ place.turn.T
    heights = (to * pair.reference.normals[nearest]).sum(axis=1), (fro * turned).sum(axis=1)
    kept = (there <= np.quantile(there, TRIM), back <= np.quantile(back, TRIM))
    return float(np.sqrt(np.mean([np.mean(h[k] ** 2) for h, k in zip(heights, kept, strict=True)])))


def _distances(place: Placement, pair: _Pair) -> tuple[FloatArray, IntArray, FloatArray, IntArray]:
    """From each surface's points to the other surface, in the reference's size, with the dense point that each lies nearest to."""
    there, nearest = pair.reference.tree.query(place.applied(pair.moving.points))
    away = (pair.reference.points - place.move_mm) @ place.turn / place.scale
    back, own = pair.moving.tree.query(away)
    return there, nearest, back * place.scale, own


def _fit(first: FloatArray, second: FloatArray, scaled: bool) -> Placement:
    """The turn, move (and scale) that bring one set nearest to the other (Umeyama 1991); never a mirroring."""
    a, b = first - first.mean(axis=0), second - second.mean(axis=0)
    u, size, vt = np.linalg.svd(b.T @ a)
    hand = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turn = (u * hand) @ vt
    scale = float((size * hand).sum() / (a**2).sum()) if scaled else 1.0
    return Placement(turn, second.mean(axis=0) - scale * turn @ first.mean(axis=0), scale, np.inf)
