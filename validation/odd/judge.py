"""How far the phantom's features lie from their places in a volume that somebody read: the volume's own word is its grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from validation.odd.layout import Layout
from validation.odd.phantom import (
    AIR_HU,
    BODIES,
    CENTRE_LPS_MM,
    ISO_HU,
    JUDGED_RADIUS_MM,
    RAMP_END_MM,
    TISSUE_HU,
    FloatArray,
    iso_distance_mm,
    phantom_hu,
    read_level,
    truth_at,
)

# Where nothing was resampled a place may be wrong by this much; the rounding of stored numbers takes 0.0007 of it.
EXACT_MM = 1e-3
# A resampled volume may be worse than plain linear interpolation between the true samples by a quarter.
RESAMPLED_FACTOR, RESAMPLED_MM = 1.25, 0.01
# Outside the phantom there is air, or what stands for no picture.
OUTSIDE_HU = -950.0
# Nodes that are looked at together.
SLAB_NODES = 500_000


@dataclass(frozen=True)
class Read:
    """A volume as read: affine_lps: (3, 4) index i, j, k to LPS mm. hu: indexed [k, j, i]."""

    affine_lps: FloatArray
    hu: NDArray[np.generic]

    def points(self, k: int = 0, count: int | None = None) -> FloatArray:
        """(n, 3) LPS mm of the nodes of `count` layers from k (of all), in the order of `hu.ravel()`."""
        layers, j, i = np.indices((count or self.hu.shape[0], *self.hu.shape[1:])).reshape(3, -1)
        index = np.stack([i, j, layers + k], axis=1)
        with np.errstate(invalid="ignore"):  # a peer may place nodes nowhere
            return np.asarray(index @ self.affine_lps[:, :3].T + self.affine_lps[:, 3])

    def judged(self) -> tuple[FloatArray, FloatArray, float]:
        """Places and HU of the nodes within the judged radius, and the highest HU beyond it; slab by slab, however many nodes."""
        places, values, beyond = [np.empty((0, 3))], [np.empty(0)], -np.inf
        slab = max(1, SLAB_NODES // max(1, int(np.prod(self.hu.shape[1:]))))
        for k in range(0, self.hu.shape[0], slab):
            hu = np.asarray(self.hu[k : k + slab], dtype=np.float64)
            points, hu = self.points(k, len(hu)), hu.ravel()
            near = np.linalg.norm(points - CENTRE_LPS_MM, axis=1) < JUDGED_RADIUS_MM
            places.append(points[near])
            values.append(hu[near])
            beyond = max(beyond, float(hu[~near].max(initial=-np.inf)))
        return np.concatenate(places), np.concatenate(values), beyond


@dataclass(frozen=True)
class Figures:
    """surface_mm: the largest error of a reading of distance inside a ramp. centre_mm: largest shift of a body's centre of mass.

    hu: largest error where HU is the same all around. outside_hu: the highest outside. lacking: share of the bodies not there.
    """

    surface_mm: float
    centre_mm: float
    hu: float
    outside_hu: float
    lacking: float


def measure(read: Read, *, margin_mm: float = 0.02) -> Figures:
    """The figures of a volume against the formulas."""
    inside, seen, beyond_hu = read.judged()
    if len(inside) == 0:
        return Figures(np.inf, np.inf, np.inf, beyond_hu, 1.0)
    truth = truth_at(inside, margin_mm=margin_mm)
    surface, centre, lacking = 0.0, 0.0, 0.0
    cell_mm3 = abs(float(np.linalg.det(read.affine_lps[:, :3])))
    for body in BODIES:
        at, level, steep = truth.ramps[body.name]
        error = np.abs(read_level(body, seen[at]) - level) / np.maximum(steep, 1)
        surface = max(surface, float(error.max(initial=0.0)))
        lacking = max(lacking, 1 - len(at) * cell_mm3 / _RAMP_MM3[body.name])
        around = body.level(inside)[0] < body.ramp_mm / 2 + 1
        centre = max(centre, _shift_mm(inside[around], seen[around], truth.hu[around]))
    flat = float(np.abs(seen - truth.hu)[truth.flat].max(initial=0.0))
    return Figures(surface, centre, flat, beyond_hu, lacking)


def _shift_mm(points: FloatArray, seen: FloatArray, true: FloatArray) -> float:
    """Between the centres of mass of what is seen and what should be seen at the same nodes."""
    weights = [np.clip(hu - TISSUE_HU, 0, None) for hu in (seen, true)]
    if min(w.sum() for w in weights) < 1:
        return float("inf")
    return float(np.linalg.norm(weights[0] @ points / weights[0].sum() - weights[1] @ points / weights[1].sum()))


def _ramp_volumes() -> dict[str, float]:
    """mm³ of each body's ramp without its ends, by fine sampling."""
    h = 0.25
    axis = np.arange(-JUDGED_RADIUS_MM, JUDGED_RADIUS_MM, h)
    out = {}
    for body in BODIES:
        reach = max(body.half_mm) + body.ramp_mm
        sides = [axis[np.abs(axis - c) < reach + 6] for c in body.centre_lps_mm - CENTRE_LPS_MM]
        grid = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 3) + CENTRE_LPS_MM
        out[body.name] = float((np.abs(body.level(grid)[0]) < body.ramp_mm / 2 - RAMP_END_MM).sum()) * h**3
    return out


_RAMP_MM3 = _ramp_volumes()
# Counting nodes in a ramp is as good as this.
LACKING = 0.35


def displacement_mm(read: Read) -> float:
    """How far the worst body is from its place, for volumes that are wrong by any amount: bodies are known again by their HU."""
    from scipy import ndimage

    hu = np.asarray(read.hu, dtype=np.float64)
    labels, count = ndimage.label(hu > ISO_HU)
    if count < len(BODIES):
        return float("inf")
    numbers = np.arange(1, count + 1)
    peaks = ndimage.maximum(hu, labels, numbers)
    worst = 0.0
    for body in BODIES:
        number = int(numbers[np.argmin(np.abs(peaks - body.hu))])
        kji = np.array(ndimage.center_of_mass(np.clip(hu - TISSUE_HU, 0, None), labels, number))
        with np.errstate(invalid="ignore"):
            place = read.affine_lps[:, :3] @ kji[::-1] + read.affine_lps[:, 3]
        worst = max(worst, float(np.linalg.norm(place - body.centre_lps_mm)))
    return worst


def linear_reading(at: Layout, points_lps_mm: FloatArray) -> FloatArray:
    """HU by plain linear interpolation between the true samples of a layout, each slice at its own place."""
    from scipy.ndimage import map_coordinates

    along = at.first @ at.normal
    order = np.argsort(along)
    along, first = along[order], at.first[order]
    samples = np.stack([phantom_hu(at.points(int(k))) for k in order])
    k = np.interp(points_lps_mm @ at.normal, along, np.arange(len(along)))
    low = np.minimum(k.astype(int), len(along) - 2)
    corner = first[low] + (k - low)[:, None] * (first[low + 1] - first[low])
    offset = points_lps_mm - corner
    index = np.stack([k, offset @ at.column / at.row_mm, offset @ at.row / at.column_mm])
    return np.asarray(map_coordinates(samples, index, order=1, mode="constant", cval=AIR_HU))


def resampled_bars(read: Read, at: Layout, *, margin_mm: float) -> tuple[float, float, float]:
    """What surface_mm, centre_mm and hu may be on the nodes of a resampled volume: those of linear interpolation, and a quarter."""
    values = np.full(read.hu.size, AIR_HU)
    points = read.points()
    near = np.linalg.norm(points - CENTRE_LPS_MM, axis=1) < JUDGED_RADIUS_MM
    values[near] = linear_reading(at, points[near])
    reference = measure(Read(read.affine_lps, values.reshape(read.hu.shape)), margin_mm=margin_mm)
    return (
        RESAMPLED_FACTOR * reference.surface_mm + RESAMPLED_MM,
        RESAMPLED_FACTOR * reference.centre_mm + RESAMPLED_MM,
        RESAMPLED_FACTOR * reference.hu + 2.0,
    )


def surface_figures(vertices_lps_mm: FloatArray) -> tuple[float, float]:
    """Of a surface at ISO_HU: 95th percentile of its vertices' distance from the bodies, and of the bodies' from its vertices."""
    from scipy.spatial import cKDTree

    to_bodies = float(np.percentile(iso_distance_mm(vertices_lps_mm), 95))
    wanted = np.concatenate([_on_surface(n) for n in range(len(BODIES))])
    return to_bodies, float(np.percentile(cKDTree(vertices_lps_mm).query(wanted)[0], 95))


def _on_surface(number: int) -> FloatArray:
    """(n, 3) places on a body's surface."""
    body = BODIES[number]
    rng = np.random.default_rng(number)
    points = body.centre_lps_mm + rng.uniform(-12, 12, size=(20000, 3))
    level, _ = body.level(points)
    at = body.ramp_mm / 2 - (ISO_HU - TISSUE_HU) / 800.0
    return np.asarray(points[np.abs(level - at) < 0.1])
