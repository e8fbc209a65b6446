"""A guide put on bone by contact, to judge `anatofit.seating`: its own code throughout, made from the description of the model alone.

The bone is a mesh whose vertices are moved along their normals by a Gaussian field (kriging from a Cholesky factor on nodes); distances
are to its triangles (libigl); the guide's face is sampled by a method of its own. Rigid contact by successive linearisation: each
step is a least distance program (Lawson and Hanson, Solving Least Squares Problems, chapter 23), solved by nonnegative least squares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

Array = NDArray[Any]
HOLD_PER_MM = 0.01  # the model's own: see docs/reference/seating.md
FACE_MM, FACING = 1.0, -0.7
CELL_MM, BOUNDS = (
    1.3,
    150,
)  # the face is followed at one place of each cell of a grid, which bears the pressure on the cell
ROUNDS, STILL_MM, CUTS = 150, 0.004, 8
CROP_MM, NODES_MM = 9.0, 2.5
FARTHEST_MM, FARTHEST_DEG, ENTERED_MM = 5.0, 15.0, 0.02
FACE_POOL = 120_000


@dataclass(frozen=True)
class Model:
    """What a placement is drawn from."""

    sigma_mm: float
    correlation_mm: float
    start_mm: float
    start_deg: float


@dataclass(frozen=True)
class Docked:
    """Rotation about `middle`, then shift; whether the guide seats, and why not."""

    rotation: Array
    shift_mm: Array
    middle: Array
    mean_mm: float
    why_not: str


class Site:
    """A guide and the bone beneath it."""

    def __init__(self, part: tuple[Array, Array], bone: tuple[Array, Array], *, offset_mm: float, out: Array) -> None:
        self.offset_mm, self.out = offset_mm, out / np.linalg.norm(out)
        random = np.random.default_rng(99)
        points, normals = spread(*part, FACE_POOL, random)
        vertices, faces = cropped(*bone, points.min(axis=0) - CROP_MM, points.max(axis=0) + CROP_MM)
        gap, slope = Distance(vertices, faces).signed(points)
        facing = (gap < offset_mm + FACE_MM) & (np.einsum("ij,ij->i", normals, slope) < FACING)
        self.face, self.pressure = celled(points[facing], random)
        self.middle = self.pressure @ self.face
        low, high = self.face.min(axis=0) - CROP_MM, self.face.max(axis=0) + CROP_MM
        self.vertices, self.faces = cropped(vertices, faces, low, high)
        self.normals = vertex_normals(self.vertices, self.faces)
        self._roots: dict[float, Array] = {}

    def warped(self, model: Model, random: np.random.Generator) -> Distance:
        """The true bone of one placement."""
        weights = self._kriging(model.correlation_mm)
        amount = model.sigma_mm * (weights @ random.normal(size=weights.shape[1]))
        return Distance(self.vertices + amount[:, None] * self.normals, self.faces)

    def _kriging(self, length: float) -> Array:
        """(vertices, nodes) from independent normals to the field at the vertices: exact at nodes, kriged between."""
        if length not in self._roots:
            cells = np.unique(np.floor(self.vertices / NODES_MM).astype(int), axis=0, return_index=True)[1]
            nodes = self.vertices[cells]
            root = np.linalg.cholesky(kernel(nodes, nodes, length) + 1e-6 * np.eye(len(nodes)))
            self._roots[length] = np.linalg.solve(root, kernel(nodes, self.vertices, length)).T
        return self._roots[length]

    def dock(self, model: Model, random: np.random.Generator) -> Docked:
        """One placement."""
        bone = self.warped(model, random)
        shift = model.start_mm * random.normal(size=3)
        turn = Rotation.from_rotvec(np.deg2rad(model.start_deg) * random.normal(size=3))
        return _pressed(self, bone, turn, shift, model.sigma_mm)


class Distance:
    """To the triangles of a mesh."""

    def __init__(self, vertices: Array, faces: Array) -> None:
        self.vertices, self.faces = np.ascontiguousarray(vertices), np.ascontiguousarray(faces)
        self._tree = igl.AABB()
        self._tree.init(self.vertices, self.faces)
        a, b, c = (self.vertices[self.faces[:, n]] for n in range(3))
        across = np.cross(b - a, c - a)
        self.normals = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
        self.smooth = vertex_normals(self.vertices, self.faces)

    def signed(self, points: Array) -> tuple[Array, Array]:
        """Distances, negative inside, and the way off the surface."""
        squared, face, nearest = self._tree.squared_distance(self.vertices, self.faces, np.ascontiguousarray(points))
        rest, near = points - nearest, self.smooth[self.faces[face]].sum(axis=1)
        side = np.where(np.einsum("ij,ij->i", rest, near) < 0, -1.0, 1.0)
        gap = side * np.sqrt(squared)
        flat = np.abs(gap) < 1e-3
        way = np.where(flat[:, None], self.normals[face], rest / np.where(flat, 1.0, gap)[:, None])
        return gap, way


def _pressed(site: Site, bone: Distance, turn: Rotation, shift: Array, sigma_mm: float) -> Docked:
    face = site.face - site.middle
    start = (turn, shift)
    for _ in range(8):
        deep = -float(bone.signed(turn.apply(face) + site.middle + shift)[0].min())
        if deep <= 0:
            break
        shift = shift + (1.2 * deep + 0.01) * site.out
    size = float(np.sqrt(site.pressure @ np.square(face).sum(axis=1)))
    metric = np.eye(6)
    metric[3:, 3:] = np.eye(3) - (face.T * site.pressure) @ face / size**2
    reach, rounds = 1.0, 0
    cost, state = _cost(site, bone, face, turn, shift, start, metric, size)
    while reach > STILL_MM and rounds < ROUNDS:
        rounds += 1
        move = _move(site, face, turn, state, metric, size, reach)
        if move is None or np.abs(move).max() < STILL_MM:
            break
        after = (Rotation.from_rotvec(move[3:] / size) * turn, shift + move[:3])
        there, seen = _cost(site, bone, face, *after, start, metric, size)
        if there < cost:
            turn, shift, cost, state, reach = *after, there, seen, min(1.5, 1.6 * reach)
        else:
            reach = 0.4 * min(reach, float(np.abs(move).max()))
    gap = state[0]
    return Docked(
        turn.as_matrix(),
        shift,
        site.middle,
        float(site.pressure @ gap),
        _why_not(site, turn, shift, gap, rounds, sigma_mm),
    )


def _cost(
    site: Site,
    bone: Distance,
    face: Array,
    turn: Rotation,
    shift: Array,
    start: tuple[Rotation, Array],
    metric: Array,
    size: float,
) -> tuple[float, tuple[Array, Array, Array]]:
    gap, way = bone.signed(turn.apply(face) + site.middle + shift)
    off = np.concatenate([shift - start[1], size * (turn * start[0].inv()).as_rotvec()])
    cost = site.pressure @ gap + 0.5 * HOLD_PER_MM * off @ metric @ off + 30.0 * max(0.0, -gap.min())
    return float(cost), (gap, way, off)


def _move(
    site: Site, face: Array, turn: Rotation, state: tuple[Array, Array, Array], metric: Array, size: float, reach: float
) -> Array | None:
    """min c.x + h/2 (x+off)'M(x+off), rows x >= -gap, |x| <= reach: the nearest point of a polyhedron after a change of variables."""
    gap, way, off = state
    rows = np.concatenate([way, np.cross(turn.apply(face), way) / size], axis=1)
    floor = -np.maximum(gap, -0.5 * reach)
    root = np.linalg.cholesky(HOLD_PER_MM * metric).T
    centre = -np.linalg.solve(HOLD_PER_MM * metric, site.pressure @ rows + HOLD_PER_MM * metric @ off)
    held = np.argsort(gap)[:BOUNDS]
    for _ in range(CUTS):
        bounds = np.concatenate([rows[held], np.eye(6), -np.eye(6)])
        move = _nearest(root, centre, bounds, np.concatenate([floor[held], np.full(12, -reach)]))
        if move is None:
            return None
        # bounds that were left out and are not kept join the others
        missed = np.flatnonzero(rows @ move < floor - 1e-4)
        if not len(missed):
            break
        held = np.union1d(held, missed)
    return np.asarray(np.clip(move, -reach, reach))


def _nearest(root: Array, centre: Array, bounds: Array, least: Array) -> Array | None:
    """The x of bounds x >= least for which |root (x - centre)| is least; None where there is none."""
    g = np.linalg.solve(root.T, bounds.T).T
    h = least - bounds @ centre
    scale = 1.0 / max(float(np.abs(h).max()), 1e-9)
    system = np.concatenate([g.T, scale * h[None, :]])
    try:
        rest = system @ nnls(system, np.eye(7)[6], maxiter=5000)[0] - np.eye(7)[6]
    except RuntimeError:
        return None
    if np.linalg.norm(rest) < 1e-10:
        return None
    return np.asarray(centre + np.linalg.solve(root, -rest[:6] / rest[6] / scale))


def _why_not(site: Site, turn: Rotation, shift: Array, gap: Array, rounds: int, sigma_mm: float) -> str:
    if np.linalg.norm(shift) > FARTHEST_MM or np.rad2deg(turn.magnitude()) > FARTHEST_DEG:
        return "ran away"
    if site.pressure @ gap > site.offset_mm + 2 * sigma_mm:
        return "stands off"
    return "found no rest" if rounds >= ROUNDS or gap.min() < -ENTERED_MM else ""


def cut_errors(docked: Docked, point: Array, normal: Array, edge: Array) -> tuple[float, float]:
    """By how much a cut is off: at the place of its edge that moves most (mm along the planned normal), and its angle in degrees."""
    normal = normal / np.linalg.norm(normal)
    turned = docked.rotation @ normal
    there = docked.rotation @ (point - docked.middle) + docked.middle + docked.shift_mm
    # along the planned normal from each edge point to the moved plane
    off = (there - edge) @ turned / (turned @ normal)
    return float(np.abs(off).max()), float(
        np.degrees(np.arctan2(np.linalg.norm(np.cross(normal, turned)), normal @ turned))
    )


def section(vertices: Array, faces: Array, point: Array, normal: Array) -> Array:
    """Points where a plane cuts the mesh, of the ring that is nearest to the plane's point: points within 3 mm hang together."""
    side = (vertices - point) @ (normal / np.linalg.norm(normal))
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    a, b = side[edges[:, 0]], side[edges[:, 1]]
    cut = (a < 0) & (b >= 0)
    share = (a[cut] / (a[cut] - b[cut]))[:, None]
    met = vertices[edges[cut, 0]] * (1 - share) + vertices[edges[cut, 1]] * share
    pairs = cKDTree(met).query_pairs(3.0, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(met), len(met)))
    ring = connected_components(links, directed=False)[1]
    return np.asarray(met[ring == ring[np.argmin(np.linalg.norm(met - point, axis=1))]])


def kernel(a: Array, b: Array, length: float) -> Array:
    """exp(-r² / 2 l²)."""
    squared = np.square(a).sum(1)[:, None] + np.square(b).sum(1)[None, :] - 2 * a @ b.T
    return np.exp(-np.maximum(squared, 0.0) / (2 * length**2))


def spread(vertices: Array, faces: Array, count: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Places at random over a mesh, alike in area, and their normals."""
    a, b, c = (vertices[faces[:, n]] for n in range(3))
    across = np.cross(b - a, c - a)
    area = np.linalg.norm(across, axis=1)
    chosen = random.choice(len(faces), size=count, p=area / area.sum())
    u, v = np.sqrt(random.random(count))[:, None], random.random(count)[:, None]
    points = (1 - u) * a[chosen] + u * (1 - v) * b[chosen] + u * v * c[chosen]
    return points, across[chosen] / np.maximum(area[chosen], 1e-12)[:, None]


def celled(points: Array, random: np.random.Generator) -> tuple[Array, Array]:
    """One of the points in each cell of a grid, and the cell's share of all of them."""
    cells = np.floor(points / CELL_MM + random.random(3)).astype(int)
    _, first, count = np.unique(cells, axis=0, return_index=True, return_counts=True)
    return points[first], count / len(points)


def cropped(vertices: Array, faces: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Triangles that touch a box."""
    corners = vertices[faces]
    keep = faces[((corners.max(axis=1) >= low) & (corners.min(axis=1) <= high)).all(axis=1)]
    used, new = np.unique(keep, return_inverse=True)
    return np.ascontiguousarray(vertices[used]), np.ascontiguousarray(new.reshape(-1, 3))


def vertex_normals(vertices: Array, faces: Array) -> Array:
    """Weighted by area."""
    a, b, c = (vertices[faces[:, n]] for n in range(3))
    across = np.cross(b - a, c - a)
    out = np.zeros_like(vertices)
    for n in range(3):
        np.add.at(out, faces[:, n], across)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
