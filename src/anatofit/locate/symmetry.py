"""The mid-sagittal plane: the plane in which the outer surface of the vault is most like its own mirror image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.chart import Chart, read_map
from anatofit.model.frame import FloatArray, Plane

TRIM_MM = 4.0  # differences count up to here: a defect or a sinus must not pull the plane
STARTS_DEG = (-16.0, 0.0, 16.0)  # a head lies turned by up to about 25°
ARM_MM = 60.0  # a slope of the plane and a shift of so many times that move the vault about alike
TRY_SIZE, FINAL_SIZE = 0.08, 0.02  # widths of the first and the last search: 4.6° or 4.8 mm, and 1.1° or 1.2 mm
TRY_ENDS, FINAL_ENDS = 2e-3, 1e-5  # where they end: a tenth of a degree or millimetre, and less than anyone can see
SEARCH_POINTS = 1500
FINAL_POINTS = 6000


@dataclass(frozen=True)
class Symmetry:
    """The plane (normal to the patient's left) and the spread of what is symmetric, with what share that is."""

    plane: Plane
    rms_mm: float
    symmetric_share: float


def find_midplane(chart: Chart, outer_mm: FloatArray, vault: NDArray[np.bool_]) -> Symmetry:
    """The plane that minimises the trimmed mean radial difference between the vault and its mirror image.

    outer_mm: (n, n) distance of the outer table on the chart, NaN where there is none. vault: (n, n) mask.
    """
    points = (chart.centre_lps_mm + chart.directions() * np.nan_to_num(outer_mm)[..., None])[
        vault & np.isfinite(outer_mm)
    ]
    coarse = points[:: max(1, len(points) // SEARCH_POINTS)]
    tries = []
    for yaw in STARTS_DEG:
        for roll in STARTS_DEG:
            start = np.array([np.tan(np.radians(yaw)), np.tan(np.radians(roll)), 0.0])
            tries.append(_search(start, TRY_SIZE, TRY_ENDS, chart, outer_mm, coarse))
    best = min(tries, key=lambda found: (round(float(found.fun), 9), tuple(found.x)))
    final = _search(best.x, FINAL_SIZE, FINAL_ENDS, chart, outer_mm, points[:: max(1, len(points) // FINAL_POINTS)])
    plane = _plane(final.x, chart.centre_lps_mm)
    return describe_symmetry(chart, outer_mm, points, plane)


def describe_symmetry(chart: Chart, outer_mm: FloatArray, points: FloatArray, plane: Plane) -> Symmetry:
    """How symmetric the vault is about a plane: RMS of the differences under the trim, and their share."""
    difference = _differences(chart, outer_mm, points, plane)
    small = np.abs(difference) < TRIM_MM
    rms = float(np.sqrt(np.mean(difference[small] ** 2))) if small.any() else TRIM_MM
    return Symmetry(plane, rms, float(small.mean()) if small.size else 0.0)


def _plane(parameters: FloatArray, centre_lps_mm: FloatArray) -> Plane:
    """Normal (1, a, b) towards the patient's left, shifted by c times ARM_MM along x from the centre."""
    a, b, c = np.round(parameters, 7)
    return Plane(centre_lps_mm + np.array([c * ARM_MM, 0.0, 0.0]), np.array([1.0, a, b]))


def _search(start: FloatArray, size: float, ends: float, chart: Chart, outer_mm: FloatArray, points: FloatArray) -> Any:
    """Nelder and Mead's simplex from a start, `size` wide in both slopes and in the shift, until it is `ends` wide."""
    from scipy import optimize

    simplex = start + np.vstack([np.zeros(3), size * np.eye(3)])
    options = {"xatol": ends, "fatol": ends, "initial_simplex": simplex, "maxiter": 200}
    return optimize.minimize(_cost, start, args=(chart, outer_mm, points), method="Nelder-Mead", options=options)


def _cost(parameters: FloatArray, chart: Chart, outer_mm: FloatArray, points: FloatArray) -> float:
    if np.abs(parameters[:2]).max() > 1.0:
        return TRIM_MM
    difference = _differences(chart, outer_mm, points, _plane(parameters, chart.centre_lps_mm))
    return float(np.mean(np.minimum(np.abs(difference), TRIM_MM))) if len(difference) > len(points) // 3 else TRIM_MM


def _differences(chart: Chart, outer_mm: FloatArray, points: FloatArray, plane: Plane) -> FloatArray:
    """Radial differences between mirrored points and the surface, where both exist."""
    cells, distance = chart.to_cells(plane.reflect(points))
    difference = distance - read_map(outer_mm, cells)
    return np.asarray(difference[np.isfinite(difference)])
