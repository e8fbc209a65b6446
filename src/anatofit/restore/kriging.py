"""A map's shape across a hole by kriging on the sphere: both sides of the head seen as one sample of a smooth, nearly even skull.

What a skull has in common with its mirror image and what tells its sides apart are two random fields, one even, one odd in
the midplane (Matérn covariances of slope 3/2, Stein, Interpolation of Spatial Data, 1999, sec. 2.7), about a trend. The
best linear guess then takes from rim, mirror and trend what each is worth, in a hole across the midline as beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.chart import Chart
from anatofit.model.frame import FloatArray, Plane
from anatofit.restore.fill import Mask, Sheet

MOST_PLACES = 500  # known cells of a side that take part: more change the guess by less than the members differ
RASTERS = range(3, 40)
RIM_CELLS = 2  # the guess is wanted here too, so that it can be bent to the rim
VAGUE = 1e-9  # keeps a trend that too few places fix from running off


@dataclass(frozen=True)
class Sides:
    """Unit directions `(n, n, 3)` of a map's cells and their mirror images; distances are meant on a sphere of `radius_mm`."""

    here: FloatArray
    normal_lps: FloatArray
    radius_mm: float

    @classmethod
    def of(cls, chart: Chart, plane: Plane) -> Sides:
        """The sides of a chart whose centre lies on the plane."""
        return cls(chart.directions(), plane.normal_lps, chart.radius_mm)

    def mirrored(self, directions: FloatArray) -> FloatArray:
        """`(..., 3)` directions on the other side."""
        return np.asarray(directions - 2.0 * (directions @ self.normal_lps)[..., None] * self.normal_lps)


@dataclass(frozen=True)
class Variogram:
    """How a map varies: over `reach_mm` by `even_mm` on both sides alike, by `odd_mm` over `odd_reach_mm` between them.

    noise_mm: of one reading. curved: the trend is a quadratic in direction (an ellipsoid, nearly), else a constant.
    """

    even_mm: float
    reach_mm: float
    odd_mm: float
    odd_reach_mm: float
    noise_mm: float
    curved: bool

    def between(self, first: FloatArray, second: FloatArray, sides: Sides) -> FloatArray:
        """`(n, m)` covariance in mm² of `(n, 3)` and `(m, 3)` directions."""
        near = _chord_mm(first, second, sides.radius_mm)
        across = _chord_mm(first, sides.mirrored(second), sides.radius_mm)
        even = _matern(near, self.reach_mm) + _matern(across, self.reach_mm)
        odd = _matern(near, self.odd_reach_mm) - _matern(across, self.odd_reach_mm)
        return np.asarray(self.even_mm**2 * even + self.odd_mm**2 * odd)

    def trend(self, directions: FloatArray) -> FloatArray:
        """`(n, terms)` functions that the trend is made of."""
        x, y, z = directions.T
        one = np.ones_like(x)
        return np.stack([one, x, y, z, x * x - z * z, y * y - z * z, x * y, y * z, z * x] if self.curved else [one], 1)


# A vault differs from its ellipsoid by a centimetre over most of its length, its sides by half a millimetre; a reading is
# a tenth of a voxel. Thickness swells and thins by 1.5 mm over a gyrus or two, the inner table is read less surely.
OUTER = Variogram(even_mm=10.0, reach_mm=120.0, odd_mm=0.6, odd_reach_mm=40.0, noise_mm=0.1, curved=True)
THICKNESS = Variogram(even_mm=1.5, reach_mm=25.0, odd_mm=0.5, odd_reach_mm=20.0, noise_mm=0.2, curved=False)


def kriged(sheet: Sheet, sides: Sides, variogram: Variogram) -> tuple[FloatArray, Mask]:
    """The best linear guess of the map's wanted cells and of the rim around them, and the cells where it was made."""
    from scipy import ndimage

    where = ndimage.binary_dilation(sheet.wanted, iterations=RIM_CELLS) & (sheet.known | sheet.wanted)
    out = np.zeros_like(sheet.values)
    places, heights = _places(sheet, sides)
    if len(heights) and where.any():
        out[where] = _guess(places, heights, sides.here[where], sides, variogram)
    return out, np.asarray(where)


def _places(sheet: Sheet, sides: Sides) -> tuple[FloatArray, FloatArray]:
    """`(n, 3)` directions and `(n,)` heights that are known, here and on the other side, thinned evenly."""
    here = _thinned(sheet.known, sheet.wanted)
    there = _thinned(np.isfinite(sheet.mirror), np.zeros_like(sheet.wanted))
    places = np.concatenate([sides.here[here], sides.mirrored(sides.here[there])])
    return places, np.concatenate([sheet.values[here], sheet.mirror[there]])


def _thinned(mask: Mask, hole: Mask) -> Mask:
    """The cells of a mask that lie on a raster, on one of half its step near the hole: the finest that keeps few enough."""
    from scipy import ndimage

    away = ndimage.distance_transform_edt(~hole) if hole.any() else np.full(mask.shape, np.inf)
    row, column = np.indices(mask.shape)
    kept = np.zeros_like(mask)
    for step in RASTERS:
        each = np.where(away < 1.6 * step, (step + 1) // 2, step)
        kept = mask & (row % each == 0) & (column % each == 0)
        if kept.sum() <= MOST_PLACES:
            break
    return kept


def _guess(
    places: FloatArray, heights: FloatArray, asked: FloatArray, sides: Sides, variogram: Variogram
) -> FloatArray:
    """`(m,)` universal kriging (Cressie, Statistics for Spatial Data, 1993, sec. 3.4): the trend by generalised least squares."""
    from scipy.linalg import cho_factor, cho_solve

    covariance = variogram.between(places, places, sides)
    covariance[np.diag_indices(len(places))] += variogram.noise_mm**2
    factor = cho_factor(covariance, lower=True)
    trend = variogram.trend(places)
    weighted = cho_solve(factor, trend)
    normal = trend.T @ weighted
    slope = np.linalg.solve(normal + VAGUE * np.trace(normal) * np.eye(len(normal)), weighted.T @ heights)
    rest = cho_solve(factor, heights - trend @ slope)
    return np.asarray(variogram.between(asked, places, sides) @ rest + variogram.trend(asked) @ slope)


def _chord_mm(first: FloatArray, second: FloatArray, radius_mm: float) -> FloatArray:
    return np.asarray(radius_mm * np.sqrt(np.maximum(0.0, 2.0 - 2.0 * (first @ second.T))))


def _matern(distance_mm: FloatArray, reach_mm: float) -> FloatArray:
    scaled = np.sqrt(3.0) / reach_mm * distance_mm
    return np.asarray((1.0 + scaled) * np.exp(-scaled))
