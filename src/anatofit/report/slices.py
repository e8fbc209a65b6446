"""The implant in the scan it was made from: axial, coronal and sagittal slices with the outline of the finished part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray, Plane
from anatofit.model.mesh import Mesh
from anatofit.model.pictures import Figure, ScanLook, ScanSlice
from anatofit.model.volume import Volume
from anatofit.report import colour, directions
from anatofit.report.directions import View
from anatofit.report.png import encode_png
from anatofit.report.stamps import edge_letters, scale_bar

VIEWS: Mapping[str, View] = {
    "Axial, seen from the feet": View(directions.FOOT, directions.FRONT),
    "Coronal, seen from the front": View(directions.FRONT, directions.HEAD),
    "Sagittal, seen from the left": View(directions.LEFT, directions.HEAD),
}
_LOW_HU, _HIGH_HU = -500.0, 1500.0  # bone window: width 2000, level 500
_OUTSIDE_HU = -1000
_PITCH_MM = 0.4  # a whole head across a third of the page shows no more
_AROUND_MM = 12.0  # of soft tissue beside the bone
_BETWEEN_PX = 10


def look(volume: Volume, piece: Mesh) -> ScanLook:
    """The slices through the middle of a piece of bone."""
    points = piece.vertices_lps_mm
    # the place of the piece nearest to its middle: a curved piece does not hold its own middle
    middle = points[np.linalg.norm(points - points.mean(axis=0), axis=1).argmin()]
    return ScanLook(volume.grid.direction_lps, {name: cut(volume, v, middle, _PITCH_MM) for name, v in VIEWS.items()})


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


def _sample(volume: Volume, points_lps_mm: FloatArray) -> NDArray[np.int16]:
    from scipy.ndimage import map_coordinates

    kji = np.moveaxis(volume.grid.to_index(points_lps_mm)[..., ::-1], -1, 0)
    return np.asarray(map_coordinates(volume.hu, kji, np.int16, order=1, cval=_OUTSIDE_HU))


def grey(hu: NDArray[np.int16]) -> NDArray[np.uint8]:
    """CT values in the bone window."""
    return np.asarray(np.clip((hu - _LOW_HU) / (_HIGH_HU - _LOW_HU), 0.0, 1.0) * 255.0, dtype=np.uint8)


def columns_and_rows(flat: ScanSlice, points_lps_mm: FloatArray) -> FloatArray:
    """`(..., 2)` where points fall on the slice, in pixels."""
    offset = (np.asarray(points_lps_mm) - flat.origin_lps_mm) / flat.pitch_mm
    return np.stack([offset @ flat.right_lps, -(offset @ flat.up_lps)], axis=-1)


def draw_slices(seen: ScanLook, parts: Iterable[Mesh], head: FloatArray) -> Figure:
    """All slices side by side at one scale; `head` are points around which they are shown."""
    meshes = list(parts)
    panels = [_panel(flat, VIEWS[name], meshes, head) for name, flat in seen.slices.items()]
    tallest = max(len(panel) for panel in panels)
    gap = np.full((tallest, _BETWEEN_PX, 3), 255, np.uint8)
    padded = [np.pad(p, ((0, tallest - len(p)), (0, 0), (0, 0)), constant_values=255) for p in panels]
    pixels = np.hstack([strip for panel in padded for strip in (gap, panel)][1:])
    places = "; ".join(
        f"{name[:1].lower() + name[1:]} ({_place(flat, VIEWS[name])})" for name, flat in seen.slices.items()
    )
    caption = (
        "The implant in the scan. Black is air; within the outline, a sinus that the defect opens into. Blue line: where the "
        "slice cuts the finished implant; holes and engraving show as rings and "
        f"notches. From left to right: {places}. Bone window (2000 HU wide about 500 HU)."
    )
    return Figure("slices", "slices", caption, encode_png(np.ascontiguousarray(pixels)))


def _place(flat: ScanSlice, view: View) -> str:
    axis = int(np.abs(view.toward_lps).argmax())
    return f"{'xyz'[axis]} = {flat.origin_lps_mm[axis]:.1f} mm".replace("-", "\u2212")


def _panel(flat: ScanSlice, view: View, meshes: Iterable[Mesh], head: FloatArray) -> NDArray[np.uint8]:
    pixels = np.repeat(grey(flat.hu)[..., None], 3, axis=-1)
    plane = Plane(flat.origin_lps_mm, view.toward_lps)
    for mesh in meshes:
        _trace(pixels, columns_and_rows(flat, section(mesh, plane)))
    places, around = columns_and_rows(flat, head), _AROUND_MM / flat.pitch_mm
    left, top = np.maximum(places.min(axis=0) - around, 0).astype(int)
    right, bottom = np.ceil(places.max(axis=0) + around).astype(int)
    shown = np.ascontiguousarray(pixels[top:bottom, left:right])
    edge_letters(shown, view)
    scale_bar(shown, flat.pitch_mm)
    return shown


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


def _trace(pixels: NDArray[np.uint8], pieces: FloatArray) -> None:
    """Draws straight pieces `(k, 2, 2)`, columns and rows, two pixels wide."""
    if not len(pieces):
        return
    steps = int(np.ceil(np.abs(pieces[:, 1] - pieces[:, 0]).max() * 2)) + 1
    along = np.linspace(0.0, 1.0, steps)[None, :, None]
    places = np.rint(pieces[:, :1] * (1 - along) + pieces[:, 1:] * along).astype(int).reshape(-1, 2)
    for right, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
        column, row = places[:, 0] + right, places[:, 1] + down
        good = (column >= 0) & (row >= 0) & (column < pixels.shape[1]) & (row < pixels.shape[0])
        pixels[row[good], column[good]] = colour.OUTLINE
