"""The core of a shell: what lies surely between its two tables, be it diploe or the air of a sinus.

A frontal sinus opens to the nose, so no closing of the bone alone can tell its air from the air outside. Rays from inside
the head can (see `geometry.shell`): they know where the shell ends for good. What they call inside is laid into the bone
CORE_MM away from both tables, so that the bone's own surface stays untouched and a closing joins the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatofit.geometry.chart import Chart, nearest_filled, read_map
from anatofit.model.frame import FloatArray

CORE_MM = 1.5  # half the closing that joins core and tables, so that it does
SPIKE_CELLS = 5  # a pinhole of a thin sinus wall lets single rays through: a median over this many cells bars them
FAR_MM = 4.0


def core_of_shell(
    chart: Chart, outer_mm: FloatArray, inner_mm: FloatArray, points_lps_mm: FloatArray
) -> NDArray[np.float32]:
    """`(n,)` millimetres at `(n, 3)` points, negative inside the core; positive wherever a table is not known.

    outer_mm, inner_mm: (size, size) heights on the chart, NaN where a direction meets no shell.
    """
    cells, distance = chart.to_cells(points_lps_mm)
    outer, inner = (without_spikes(table) for table in (outer_mm, inner_mm))
    known = read_map(np.isfinite(outer_mm).astype(np.float64), cells) > 0.99
    beyond = np.maximum(distance - read_map(outer, cells), read_map(inner, cells) - distance)
    depth = beyond * read_map(steepness(outer, chart), cells) + CORE_MM
    return np.where(known, np.clip(depth, -FAR_MM, FAR_MM), FAR_MM).astype(np.float32)


def without_spikes(table_mm: FloatArray) -> FloatArray:
    """The table with unknown cells filled from their neighbours and single rays that went astray set right."""
    from scipy import ndimage

    return np.asarray(ndimage.median_filter(nearest_filled(table_mm), SPIKE_CELLS))


def steepness(outer_mm: FloatArray, chart: Chart) -> FloatArray:
    """Millimetres across the sheet for one along the ray: the cosine between ray and normal."""
    dy, dx = np.gradient(outer_mm, chart.step_mm)
    return np.asarray(1.0 / np.sqrt(1.0 + (dx**2 + dy**2) * (chart.radius_mm / outer_mm) ** 2))
