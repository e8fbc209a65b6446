"""Rounding of a body that is given as a field: what a ball of a given radius can reach from inside stays, and what none can reach
from outside is filled."""

from __future__ import annotations

import numpy as np

from anatofit.errors import NothingLeftError
from anatofit.geometry.bridge import mesh_of_field
from anatofit.geometry.field import BoolArray, FieldArray, near_band, near_surface, points_of, unsigned_field
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid

CREASE_SLOPE = 0.85  # of a distance field: 1 on smooth ground, less where two surfaces are equally near
CUSP_STEPS = 0.6  # of the lattice, standard deviation: the least at which ridges of one step go
CUSP_MM = 0.05  # more than that moves a face that curves with 2 mm: half the square of 0.27 mm, times both curvatures
TEETH_STEPS = 2.0  # of the lattice, standard deviation: a row of teeth a few steps apart goes; a round of 2 mm rises by one at most
MOST_STEPS = 2.0  # every edge has its fold this near beneath its surface; deeper ones lie between faces far apart


def thin(values: FieldArray, grid: Grid, *, radius_mm: float) -> BoolArray:
    """Nodes inside a body, near its surface, that have two surfaces equally near: edges, and walls an opening would take."""
    step = float(grid.spacing_ijk_mm.max())
    found = np.zeros(values.shape, dtype=bool)
    k, j, i = np.nonzero((values < 0) & (values > -min(radius_mm, MOST_STEPS * step)))
    rise2 = np.zeros(len(k), dtype=np.float32)
    for axis in range(3):
        line = np.moveaxis(values, axis, -1)
        first, second = (n for m, n in enumerate((k, j, i)) if m != axis)
        at = (k, j, i)[axis]
        rise2 += np.square(line[first, second, np.minimum(at + 1, line.shape[-1] - 1)] - line[first, second, at - 1])
    found[k, j, i] = rise2 < (2 * step * CREASE_SLOPE) ** 2
    return found


def opened(
    values: FieldArray, grid: Grid, *, radius_mm: float, edges_lps_mm: FloatArray, one_piece: bool = False
) -> FieldArray:
    """Morphological opening with a ball: convex edges get `radius_mm`, anything thinner than twice that goes.

    Only what lies near `edges_lps_mm` is worked on; elsewhere the field must be a distance and the body thick enough.
    Distances are exact to the triangles of the body's own surface; the result never lies outside the body.
    `one_piece`: what the ball cannot reach without leaving the body goes too, though it may touch the rest.
    Raises NothingLeftError where nothing is left.
    """
    if not len(edges_lps_mm):
        return values
    step = float(grid.spacing_ijk_mm.max())
    reach = radius_mm + 2 * step
    near = near_band(edges_lps_mm, grid, band_mm=2 * radius_mm + 3 * step)
    # Nodes that change keep a radius and a step to the border of the band, beyond which the body is taken to be what its field says.
    change = near_band(edges_lps_mm, grid, band_mm=radius_mm + 2 * step)
    inside = values < 0
    depth = unsigned_field(
        near_surface(mesh_of_field(values, grid), grid, band_mm=reach), grid, band_mm=reach, region=inside & near
    )
    eroded = values + np.float32(radius_mm)
    eroded[near] = np.where(inside[near], radius_mm - depth[near], radius_mm)
    if not (eroded < 0).any():
        raise NothingLeftError(
            f"nothing of the body is thicker than {2 * radius_mm:.2f} mm; a larger defect or a smaller edge radius is wanted"
        )
    if one_piece and (apart := _apart(eroded < 0)).any():
        eroded[apart] = radius_mm
        change |= near_band(points_of(grid, apart), grid, band_mm=reach)
    distance = unsigned_field(
        near_surface(mesh_of_field(eroded, grid), grid, band_mm=reach),
        grid,
        band_mm=reach,
        region=change & (eroded >= 0) & (values < step),
    )
    result = values.copy()
    grown = np.where(eroded[change] < 0, -radius_mm, distance[change] - radius_mm)
    result[change] = np.maximum(values[change], grown)
    return result


def closed(values: FieldArray, grid: Grid, *, radius_mm: float) -> FieldArray:
    """Morphological closing with a ball: what it cannot reach from outside, gaps narrower than twice `radius_mm` and the corners of
    wider ones, becomes a part of the body, which loses nothing.

    The field is positive on the lattice's border. Only what the nodes show to be out of reach is worked on; there distances are exact to the
    triangles of the body's own surface. In a wedge the ball's middles end in an edge, which a lattice draws as a row of teeth: what is
    filled is evened out. Raises NothingLeftError where there is no body.
    """
    from scipy.ndimage import gaussian_filter

    step = float(grid.spacing_ijk_mm.max())
    there = _out_of_reach(values < 0, radius_mm / step)
    filled = -opened(-values, grid, radius_mm=radius_mm, edges_lps_mm=points_of(grid, there))
    share = np.clip((values - filled) / np.float32(step), 0.0, 1.0)
    evened = filled + share * (gaussian_filter(filled, TEETH_STEPS) - filled)
    return np.asarray(np.minimum(values, evened), dtype=np.float32)


def _out_of_reach(inside: BoolArray, radius: float) -> BoolArray:
    """Nodes outside that no ball of a radius in steps covers whose middle keeps that far from all nodes inside."""
    from scipy.ndimage import distance_transform_edt

    middles = distance_transform_edt(~inside) > radius
    return np.asarray(~inside & (distance_transform_edt(~middles) > radius))


def _apart(inside: BoolArray) -> BoolArray:
    """Nodes that hang together with fewer others than the most do, by faces."""
    from scipy.ndimage import label

    pieces, _ = label(inside)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return np.asarray(inside & (pieces != sizes.argmax()))


def sharp(values: FieldArray, grid: Grid, *, least_deg: float) -> FloatArray:
    """`(n, 3)` middles of the convex edges of a body's surface that are sharper than `least_deg` between their two faces.

    A field that is no distance hides them from `thin`: its slope is not one beside an edge either.
    """
    mesh = mesh_of_field(values, grid)
    corners = mesh.triangles_lps_mm
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.sqrt(np.square(normal).sum(axis=1)), 1e-12)[:, None]
    start, end = mesh.faces.ravel(), np.roll(mesh.faces, -1, axis=1).ravel()
    face = np.repeat(np.arange(len(mesh.faces)), 3)
    order = np.lexsort((start > end, np.maximum(start, end), np.minimum(start, end)))
    one, other = face[order[0::2]], face[order[1::2]]
    turn = (normal[one] * normal[other]).sum(axis=1)
    middle = (mesh.vertices_lps_mm[start[order[0::2]]] + mesh.vertices_lps_mm[end[order[0::2]]]) / 2
    convex = ((corners.mean(axis=1)[other] - middle) * normal[one]).sum(axis=1) < 0
    return np.asarray(middle[convex & (turn < np.cos(np.deg2rad(least_deg)))])


def without_cusps(values: FieldArray) -> FieldArray:
    """The body without what is finer than its lattice: where two roundings meet, ridges of a step stand out as thin walls.

    Only taken away, and only what a Gaussian of `CUSP_STEPS` moves by more than `CUSP_MM`: faces and rounded edges stay.
    """
    from scipy.ndimage import gaussian_filter

    return np.asarray(np.maximum(values, gaussian_filter(values, CUSP_STEPS) - np.float32(CUSP_MM)))
