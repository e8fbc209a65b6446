"""The sole of a foot as it is seen from below: heights over a plane on a lattice, and what lies within the foot's outline."""

from __future__ import annotations

import numpy as np

from anatofit.geometry.ground import heights_mm
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.grid import Grid
from anatofit.model.heights import BoolArray, HeightMap
from anatofit.model.mesh import Mesh

STEP_MM = 1.0  # of the lattice: a sole's features are centimetres wide
EVEN_MM = 2.5  # standard deviation that evens out facets and noise before places are looked for
# Share of the foot's length above the plane that still counts as sole with its flanks: 30 of 250 mm, the height of a deep heel cup.
FLANK_SHARE = 0.12
_BELOW = np.array([1.0, -1.0, -1.0])  # half a turn about x: what was below is on top


def axes_of(distal: FloatArray, dorsal: FloatArray) -> FloatArray:
    """(3, 3) rows: distal as near as can be, left, dorsal; right-handed."""
    z = unit_vector(dorsal)
    y = unit_vector(np.cross(z, distal))
    return np.stack([np.cross(y, z), y, z])


def seen_from_below(
    mesh: Mesh, origin_lps_mm: FloatArray, axes_lps: FloatArray, *, high_mm: float, step_mm: float = STEP_MM
) -> HeightMap:
    """The lowest surface over each node, nan where it lies higher than `high_mm`; of open meshes too. The largest piece alone."""
    local = (mesh.vertices_lps_mm - origin_lps_mm) @ axes_lps.T
    low_faces = mesh.faces[(local[:, 2] < high_mm)[mesh.faces].any(axis=1)]
    if not len(low_faces):
        return HeightMap(origin_lps_mm, axes_lps, np.zeros(2), step_mm, np.full((2, 2), np.nan))
    below = local * _BELOW
    seen = below[low_faces].reshape(-1, 3)
    low = np.floor(seen.min(axis=0)) - 2 * step_mm
    i, j = (int(n) for n in np.ceil((seen.max(axis=0)[:2] - low[:2]) / step_mm) + 3)
    grid = Grid((2, j, i), np.zeros(3), np.full(3, step_mm))
    height = -heights_mm(Mesh(below - low, low_faces), grid, low_z_mm=float(low[2]))[::-1]
    height = np.where(height <= high_mm, height, np.nan)
    at = np.array([low[0], -(low[1] + step_mm * (j - 1))])
    return HeightMap(origin_lps_mm, axes_lps, at, step_mm, np.where(_largest(np.isfinite(height)), height, np.nan))


def _largest(mask: BoolArray) -> BoolArray:
    from scipy.ndimage import label

    pieces, count = label(mask)
    if count < 2:
        return mask
    return np.asarray(pieces == 1 + int(np.argmax(np.bincount(pieces.ravel())[1:])))


def evened(sole: HeightMap, *, by_mm: float = EVEN_MM) -> FloatArray:
    """(nj, ni) heights without noise and facets, each the mean of those of the sole around it; nan beside it."""
    from scipy.ndimage import gaussian_filter

    there = sole.there
    weight = gaussian_filter(there.astype(np.float64), by_mm / sole.step_mm)
    summed = gaussian_filter(np.where(there, sole.height_mm, 0.0), by_mm / sole.step_mm)
    return np.where(there, summed / np.maximum(weight, 1e-9), np.nan)
