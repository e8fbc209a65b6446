"""Flat cuts through a scan: whole slices, square windows of them, and the line in which a plane cuts a mesh."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray, Plane
from anatofit.model.mesh import Mesh
from anatofit.model.pictures import ScanLook, ScanSlice
from anatofit.model.volume import Volume
from anatofit.report import directions
from anatofit.report.directions import View

VIEWS: Mapping[str, View] = {
    "Axial, seen from the feet": View(directions.FOOT, directions.FRONT),
    "Coronal, seen from the front": View(directions.FRONT, directions.HEAD),
    "Sagittal, seen from the left": View(directions.LEFT, directions.HEAD),
}
WINDOW_PX = 520  # a side of a square window: three of them lie side by side
_LOW_HU, _HIGH_HU = -500.0, 1500.0  # bone window: width 2000, level 500
_OUTSIDE_HU = -1000
_PITCH_MM = 0.4  # a whole head across a third of the page shows no more
_BESIDE_MM = 10.0  # of bone around the piece in a close-up: room for tabs
_SMALLEST_CLOSE_MM = 40.0  # a closer look shows the scan's voxels, and no more of the bone


def look(volume: Volume, piece: Mesh) -> ScanLook:
    """The slices through the middle of a piece of bone, whole and close up."""
    points = piece.vertices_lps_mm
    # the place of the piece nearest to its middle: a curved piece does not hold its own middle
    middle = points[np.linalg.norm(points - points.mean(axis=0), axis=1).argmin()]
    whole = {name: cut(volume, v, middle, _PITCH_MM) for name, v in VIEWS.items()}
    return ScanLook(volume.grid.direction_lps, whole, _close_ups(volume, piece, middle))


def _close_ups(volume: Volume, piece: Mesh, middle: FloatArray) -> dict[str, ScanSlice]:
    cuts = {name: section(piece, Plane(middle, view.toward_lps)).reshape(-1, 3) for name, view in VIEWS.items()}
    frames = {name: framing(VIEWS[name], points if len(points) else middle[None]) for name, points in cuts.items()}
    side_mm = max(_SMALLEST_CLOSE_MM, 2 * _BESIDE_MM + max(extent for _, extent in frames.values()))
    return {name: close_up(volume, VIEWS[name], centre, side_mm) for name, (centre, _) in frames.items()}


def framing(view: View, points_lps_mm: FloatArray) -> tuple[FloatArray, float]:
    """The middle of the points as the view shows them, at the depth of their mean, and their extent in mm."""
    axes = np.stack([view.right_lps, view.up_lps, view.toward_lps])
    seen = points_lps_mm @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    centre = np.append((low + high)[:2] / 2, seen[:, 2].mean())
    return np.asarray(centre @ axes), float((high - low)[:2].max())


def corners(volume: Volume) -> FloatArray:
    """`(8, 3)` corners of the scan in LPS mm."""
    last = np.array(volume.grid.shape_kji[::-1]) - 1
    ijk = np.stack(np.meshgrid(*[(0, n) for n in last], indexing="ij"), axis=-1).reshape(-1, 3)
    return volume.grid.to_lps(ijk.astype(np.float64))


def cut(volume: Volume, view: View, centre: FloatArray, pitch_mm: float) -> ScanSlice:
    """The whole slice through a place, as the view shows it."""
    across, upward = corners(volume) @ view.right_lps, corners(volume) @ view.up_lps
    x = np.arange(across.min(), across.max() + pitch_mm / 2, pitch_mm)
    y = np.arange(upward.max(), upward.min() - pitch_mm / 2, -pitch_mm)
    depth = float(centre @ view.toward_lps) * view.toward_lps
    points = x[None, :, None] * view.right_lps + y[:, None, None] * view.up_lps + depth
    origin = x[0] * view.right_lps + y[0] * view.up_lps + depth
    return ScanSlice(_sample(volume, points), origin, view.right_lps, view.up_lps, pitch_mm)


def close_up(volume: Volume, view: View, centre: FloatArray, side_mm: float, *, side_px: int = WINDOW_PX) -> ScanSlice:
    """A square window of the scan around a place, as the view shows it; what lies beyond the scan is air."""
    points, pitch_mm = _square(view.right_lps, view.up_lps, centre, side_mm, side_px)
    return ScanSlice(_sample(volume, points), points[0, 0], view.right_lps, view.up_lps, pitch_mm)


def _square(
    right: FloatArray, up: FloatArray, centre: FloatArray, side_mm: float, side_px: int = WINDOW_PX
) -> tuple[FloatArray, float]:
    """`(n, n, 3)` places of a square window, and its pitch in mm."""
    pitch_mm = side_mm / side_px
    steps = (np.arange(side_px) - (side_px - 1) / 2) * pitch_mm
    return centre + steps[None, :, None] * right - steps[:, None, None] * up, pitch_mm


def _sample(volume: Volume, points_lps_mm: FloatArray) -> NDArray[np.int16]:
    from scipy.ndimage import map_coordinates

    kji = np.moveaxis(volume.grid.to_index(points_lps_mm)[..., ::-1], -1, 0)
    return np.asarray(map_coordinates(volume.hu, kji, np.int16, order=1, cval=_OUTSIDE_HU))


def window(flat: ScanSlice, centre_lps_mm: FloatArray, side_mm: float) -> ScanSlice:
    """A square window of a slice; what lies beyond the slice is air."""
    from scipy.ndimage import map_coordinates

    offset = centre_lps_mm - flat.origin_lps_mm
    centre = flat.origin_lps_mm + (offset @ flat.right_lps) * flat.right_lps + (offset @ flat.up_lps) * flat.up_lps
    points, pitch_mm = _square(flat.right_lps, flat.up_lps, centre, side_mm)
    places = np.moveaxis(columns_and_rows(flat, points)[..., ::-1], -1, 0)
    hu = np.asarray(map_coordinates(flat.hu, places, np.int16, order=1, cval=_OUTSIDE_HU))
    return ScanSlice(hu, points[0, 0], flat.right_lps, flat.up_lps, pitch_mm)


def grey(hu: NDArray[np.int16]) -> NDArray[np.uint8]:
    """CT values in the bone window."""
    return np.asarray(np.clip((hu - _LOW_HU) / (_HIGH_HU - _LOW_HU), 0.0, 1.0) * 255.0, dtype=np.uint8)


def columns_and_rows(flat: ScanSlice, points_lps_mm: FloatArray) -> FloatArray:
    """`(..., 2)` where points fall on the slice, in pixels."""
    offset = (np.asarray(points_lps_mm) - flat.origin_lps_mm) / flat.pitch_mm
    return np.stack([offset @ flat.right_lps, -(offset @ flat.up_lps)], axis=-1)


def section(mesh: Mesh, plane: Plane) -> FloatArray:
    """`(k, 2, 3)` the straight pieces in which a plane cuts a mesh."""
    distance = plane.signed_distance_mm(mesh.vertices_lps_mm)[mesh.faces]
    above = distance > 0
    met = above.any(axis=1) & ~above.all(axis=1)
    a, d, up = mesh.triangles_lps_mm[met], distance[met], above[met]
    b, e = np.roll(a, -1, axis=1), np.roll(d, -1, axis=1)
    crossed = up != np.roll(up, -1, axis=1)  # two of the three edges
    part = d[crossed] / (d[crossed] - e[crossed])
    return np.asarray(a[crossed] + part[:, None] * (b[crossed] - a[crossed])).reshape(-1, 2, 3)
