"""A surface as a body meets it that is set down on it along one way: how high it stands, where it can be stood on, what is in the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.field import BoolArray, FieldArray, field_and_tops, graded_field, top_of_columns
from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid
from anatofit.model.mesh import Mesh

SMOOTH_MM = 1.5  # standard deviation by which the border of a tread is evened out: what a finger would feel as a ragged edge goes
EVEN_MM = 1.0  # standard deviation of what the ways to the surface are evened out with
SMALLEST_MM = (
    1.5  # half the width of the narrowest tongue that a tread keeps, and of the narrowest cleft that it bridges
)


@dataclass(frozen=True, eq=False)
class Ground:
    """A surface on a lattice whose last axis k is the way out.

    low_mm: the seat's own coordinates (x, y, z along i, j, k) of node (0, 0, 0). surface: (nk, nj, ni) signed distance, exact
    within a band, or as `graded_field` has it. height_mm: (nj, ni) z of the topmost surface of each column, nan where there is none. others: (nk, nj, ni)
    positive where anything else is in the way (`shadow_of`).
    """

    grid: Grid
    low_mm: FloatArray
    surface: FieldArray
    height_mm: FloatArray
    others: FieldArray | None = None

    @property
    def xyz_mm(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Coordinates of the nodes in the seat's frame, as arrays that broadcast to (nk, nj, ni)."""
        lattice = zip(self.low_mm, self.grid.spacing_ijk_mm, self.grid.shape_kji[::-1], strict=True)
        x, y, z = (low + step * np.arange(n) for low, step, n in lattice)
        return x[None, None, :], y[None, :, None], z[:, None, None]

    def blocked(self, offset_mm: FieldArray | float) -> FieldArray:
        """Positive where the surface, grown by `offset`, or anything else stands here or anywhere further along the way out."""
        room = np.minimum.accumulate((self.surface - offset_mm)[::-1], axis=0)[::-1]
        blocked = np.asarray(-room, dtype=np.float32)
        return blocked if self.others is None else np.maximum(blocked, self.others)

    def feet_mm(self) -> tuple[FloatArray, FloatArray]:
        """x and y of the surface's point nearest to each node, `(nk, nj, ni)` each; right within the band.

        The way there is evened out over a millimetre, so that facets of the surface do not fray what is bounded by it.
        """
        _, rise_y, rise_x = np.gradient(self._even(), *self.grid.spacing_ijk_mm[::-1])
        x, y, _ = self.xyz_mm
        return x - self.surface * rise_x, y - self.surface * rise_y

    def feet_z_mm(self) -> FloatArray:
        """z of those points, `(nk, nj, ni)`."""
        rise_z = np.gradient(self._even(), self.grid.spacing_ijk_mm[2], axis=0)
        return np.asarray(self.xyz_mm[2] - self.surface * rise_z)

    def _even(self) -> FieldArray:
        from scipy.ndimage import gaussian_filter

        return np.asarray(gaussian_filter(self.surface, EVEN_MM / self.grid.spacing_ijk_mm[::-1]))


def heights_mm(mesh: Mesh, grid: Grid, *, low_z_mm: float) -> FloatArray:
    """`(nj, ni)` z of the topmost surface over each column of a lattice, nan beside the mesh; however few nodes it has along k."""
    return _heights(top_of_columns(mesh, grid), grid, low_z_mm)


def _heights(top_k: FieldArray, grid: Grid, low_z_mm: float) -> FloatArray:
    top = top_k.astype(np.float64)
    return np.where(np.isfinite(top), low_z_mm + top * grid.spacing_ijk_mm[2], np.nan)


def ground_of(mesh: Mesh, grid: Grid, *, low_mm: FloatArray, band_mm: float, exact_mm: float | None = None) -> Ground:
    """The surface of a closed mesh as it is met on the way in, exact within the band, or as near to it as `exact_mm` says.

    Raises GeometryError for an open mesh.
    """
    if exact_mm is None:
        surface, top_k = field_and_tops(mesh, grid, band_mm=band_mm)
    else:
        surface, top_k = graded_field(mesh, grid, band_mm=band_mm, exact_mm=exact_mm)
    return Ground(grid, low_mm, surface, _heights(top_k, grid, float(low_mm[2])))


def shadow_of(mesh: Mesh, grid: Grid, *, room_mm: float) -> FieldArray:
    """(nk, nj, ni), positive where a closed mesh, grown by `room_mm`, stands here or anywhere further along k, beyond the lattice too."""
    step = float(grid.spacing_ijk_mm.max())
    surface, top_k = field_and_tops(mesh, grid, band_mm=room_mm + 4 * step)
    here = room_mm - np.minimum.accumulate(surface[::-1], axis=0)[::-1]
    beyond = room_mm - signed_mask(top_k > grid.shape_kji[0] - 1, step_mm=step)
    return np.asarray(np.maximum(here, beyond[None]), dtype=np.float32)


def overhung_mm(mesh: Mesh, grid: Grid, height_mm: FloatArray, *, low_z_mm: float, room_mm: float) -> FieldArray:
    """(nj, ni) in the plane, positive where a mesh stands over the surface of that height, or within `room_mm` of such a place."""
    top = heights_mm(mesh, grid, low_z_mm=low_z_mm)
    over = np.isfinite(top) & ~(top < height_mm)
    return np.asarray(room_mm - signed_mask(over, step_mm=float(grid.spacing_ijk_mm.max())), dtype=np.float32)


def tread(height_mm: FloatArray, *, step_mm: float, steepest_deg: float) -> FieldArray:
    """Signed distance in the plane, negative where a body can stand: the surface is there and no steeper than `steepest_deg`.

    (nj, ni) heights in; specks and clefts narrower than some 3 mm are evened out.
    """
    from scipy.ndimage import binary_closing, binary_opening, gaussian_filter

    rise_y, rise_x = np.gradient(height_mm, step_mm)
    with np.errstate(invalid="ignore"):
        stands = np.hypot(rise_x, rise_y) < np.tan(np.deg2rad(steepest_deg))
    ball = disc(round(SMALLEST_MM / step_mm))
    stands = binary_opening(binary_closing(stands, ball) & np.isfinite(height_mm), ball)
    return np.asarray(gaussian_filter(signed_mask(stands, step_mm=step_mm), SMOOTH_MM / step_mm), dtype=np.float32)


def signed_mask(mask: BoolArray, *, step_mm: float) -> FloatArray:
    """Signed distance in mm of a mask in the plane, negative inside; far away where the mask is empty."""
    from scipy.ndimage import distance_transform_edt

    if not mask.any():
        return np.full(mask.shape, float(max(mask.shape)) * step_mm)
    return np.asarray((distance_transform_edt(~mask) - distance_transform_edt(mask)) * step_mm)


def disc(radius: int) -> BoolArray:
    """A disc of nodes, to filter a plane by."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return np.asarray(x * x + y * y <= radius * radius)


def lie_of(height_mm: FloatArray, at: tuple[int, int], *, step_mm: float, radius_mm: float) -> FloatArray:
    """Unit normal (x, y, z) of the plane that fits the ground best around a column (j, i)."""
    reach = round(radius_mm / step_mm)
    j, i = (slice(max(0, c - reach), c + reach + 1) for c in at)
    part = height_mm[j, i]
    gy, gx = np.mgrid[: part.shape[0], : part.shape[1]] * step_mm
    there = np.isfinite(part)
    terms = np.stack([gx[there], gy[there], np.ones(int(there.sum()))], axis=1)
    rise_x, rise_y, _ = np.linalg.lstsq(terms, part[there], rcond=None)[0]
    normal = np.array([-rise_x, -rise_y, 1.0])
    return np.asarray(normal / np.linalg.norm(normal))
