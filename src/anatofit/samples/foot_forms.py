"""The computed foot as other devices would have taken it: a sheet of its sole, its impression in foam, a height map, and a map of pressures
under it. The pressures are synthetic: made to have the peaks that walking has, measured on nobody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.geometry.bridge import mesh_of_field
from anatofit.geometry.ground import heights_mm
from anatofit.model.frame import FloatArray, Laterality
from anatofit.model.grid import Grid
from anatofit.model.mesh import IntArray, Mesh
from anatofit.samples.foot import LONG_MM, PADS, skin, toe_box_mm, turned_over

_BELOW = np.array([1.0, -1.0, -1.0])
# Foam: how far around the foot the block reaches, how thick it is, and how deep the foot went in.
_AROUND_MM, _BLOCK_MM, _PRESSED_MM = 30.0, 45.0, 18.0
# Synthetic peaks in kPa: x and y of a right foot of 250 mm, how wide, how high. Heel, first to third and fifth head, great toe.
PEAKS = (
    (*PADS[0], 290.0),
    (*PADS[1], 230.0),
    (174.0, -3.0, 12.0, 310.0),
    (167.0, -19.0, 12.0, 250.0),
    (*PADS[2], 160.0),
    (234.0, 17.0, 11.0, 270.0),
)  # fmt: skip
_BORNE_KPA, _BORNE_MM = 45.0, 4.0  # of the rest of the sole, where it lies within so much of the plane
_EDGE_MM = 3.0


@dataclass(frozen=True, eq=False)
class Sole:
    """The computed sole from below. x_mm, y_mm: (nj, ni) nodes in the foot's own frame. height_mm: nan beside the foot."""

    x_mm: FloatArray
    y_mm: FloatArray
    height_mm: FloatArray


def sole_seen(foot: Mesh, *, step_mm: float, around_mm: float = 6.0) -> Sole:
    """The lowest surface of a foot in its own frame, over a lattice."""
    low, high = foot.vertices_lps_mm.min(axis=0), foot.vertices_lps_mm.max(axis=0)
    start = np.array([low[0] - around_mm, -high[1] - around_mm, -high[2] - 1.0])
    ni, nj = (int(n) for n in np.ceil((high - low + 2 * around_mm)[:2] / step_mm) + 1)
    grid = Grid((2, nj, ni), np.zeros(3), np.full(3, step_mm))
    height = -heights_mm(Mesh(foot.vertices_lps_mm * _BELOW - start, foot.faces), grid, low_z_mm=float(start[2]))[::-1]
    x, y = np.meshgrid(start[0] + step_mm * np.arange(ni), -start[1] - step_mm * np.arange(nj)[::-1])
    return Sole(x, y, height)


def last(laterality: Laterality, *, length_mm: float = LONG_MM, room_mm: float = 12.0, step_mm: float = 1.5) -> Mesh:
    """A shoe last for the computed foot, in the foot's own frame: an even bottom with a sharp edge, sides that bulge, room at the toes."""
    grown = length_mm / LONG_MM
    low, high = np.array([-12.0, -70.0, -3.0]), np.array([LONG_MM + room_mm + 12.0, 56.0, 45.0])
    x, y, z = (np.arange(a, b, step_mm) for a, b in zip(low, high, strict=True))
    bulge = 5.0 * (1.0 - np.exp(-np.maximum(z, 0.0) / 7.0))
    stretched = x * LONG_MM / (LONG_MM + room_mm)
    off = toe_box_mm(stretched[None, :], y[:, None])[None] - bulge[:, None, None]
    field = np.maximum(off, np.maximum(-z, z - 40.0)[:, None, None]).astype(np.float32)
    made = mesh_of_field(field, Grid(field.shape, low, np.full(3, step_mm)))
    made = Mesh(made.vertices_lps_mm * grown, made.faces)
    return made if laterality is Laterality.RIGHT else turned_over(made)


def plantar_sheet(foot: Mesh, *, high_mm: float = 20.0) -> Mesh:
    """The sole alone, open: what looks down and lies no higher than so much above the plane."""
    corners = foot.triangles_lps_mm
    down = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] < 0
    used, faces = np.unique(foot.faces[down & (corners[..., 2].max(axis=1) < high_mm)], return_inverse=True)
    return Mesh(foot.vertices_lps_mm[used], faces.reshape(-1, 3))


def impression(foot: Mesh, *, step_mm: float = 2.0, closed: bool = True) -> Mesh:
    """A foam block into which the foot was pressed; its upper surface alone where it is not to be closed."""
    seen = sole_seen(foot, step_mm=step_mm, around_mm=_AROUND_MM)
    top = np.fmin(np.where(np.isfinite(seen.height_mm), seen.height_mm, np.inf), _PRESSED_MM)
    nj, ni = top.shape
    upper = np.stack([seen.x_mm, seen.y_mm, top], axis=-1).reshape(-1, 3)
    number = np.arange(nj * ni).reshape(nj, ni)
    surface = _quads(number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:])
    if not closed:
        return Mesh(upper, surface)
    lower = upper * [1.0, 1.0, 0.0] + [0.0, 0.0, _PRESSED_MM - _BLOCK_MM]
    rim = np.concatenate([number[0, :-1], number[:-1, -1], number[-1, :0:-1], number[:0:-1, 0]])
    after = np.roll(rim, -1)
    deep = nj * ni
    walls = np.concatenate([np.stack([rim, rim + deep, after], 1), np.stack([after, rim + deep, after + deep], 1)])
    return Mesh(np.concatenate([upper, lower]), np.concatenate([surface, surface[:, ::-1] + deep, walls]))


def _quads(a: IntArray, b: IntArray, c: IntArray, d: IntArray) -> IntArray:
    """Two triangles for each cell, counter-clockwise seen from above."""
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])


def height_map_text(foot: Mesh, *, cell_mm: float = 2.0, view: str = "below", high_mm: float = 20.0) -> str:
    """A height map of the sole, heel at the lower end of the page."""
    seen = sole_seen(foot, step_mm=cell_mm)
    height = np.where(seen.height_mm <= high_mm, seen.height_mm, np.nan)
    page = _page(height, view)
    head = f"# anatofit height map\n# computed: nobody's foot\n# unit = mm\n# cell_mm = {cell_mm:g}\n# view = {view}\n"
    return head + _rows(page, "{:.3f}")


def pressure_kpa(
    x_mm: FloatArray, y_mm: FloatArray, height_mm: FloatArray, *, laterality: Laterality, length_mm: float = LONG_MM
) -> FloatArray:
    """The synthetic pressures at places of the computed foot, 0 where the sole is not there."""
    grown = length_mm / LONG_MM
    x, y = x_mm / grown, y_mm / grown * (1.0 if laterality is Laterality.RIGHT else -1.0)
    height = np.where(np.isfinite(height_mm), height_mm / grown, np.inf)
    borne = _BORNE_KPA * np.clip((_BORNE_MM - height) / _EDGE_MM, 0.0, 1.0)
    peaks = [high * np.exp(-((x - px) ** 2 + (y - py) ** 2) / wide**2) for px, py, wide, high in PEAKS]
    return np.asarray(np.where(height < 2.5 * _BORNE_MM, np.maximum(borne, np.max(peaks, axis=0)), 0.0))


def pressure_map_text(
    laterality: Laterality,
    *,
    length_mm: float = LONG_MM,
    cell_mm: float = 5.0,
    view: str = "above",
    placed: bool = False,
) -> str:
    """A synthetic map of the greatest pressures under the computed foot; its position stated where `placed`."""
    foot = skin(laterality, length_mm=length_mm)
    seen = sole_seen(foot, step_mm=cell_mm, around_mm=2 * cell_mm)
    kpa = pressure_kpa(seen.x_mm, seen.y_mm, seen.height_mm, laterality=laterality, length_mm=length_mm)
    page = _page(kpa, view)
    head = "# anatofit pressure map\n# SYNTHETIC: computed, measured on nobody\n# unit = kPa\n"
    head += f"# cell_mm = {cell_mm:g}\n# view = {view}\n"
    if placed:
        head += "".join(f"# {key} = {at[0]:.2f}, {at[1]:.2f}\n" for key, at in _stated(seen, view, length_mm).items())
    return head + _rows(page, "{:.1f}")


def gait_text(
    laterality: Laterality,
    *,
    length_mm: float = LONG_MM,
    cell_mm: float = 5.0,
    rate_hz: float = 50.0,
    step_s: float = 0.7,
) -> str:
    """Synthetic frames of one step: the map of the greatest pressures, which each place has for a while, from the heel to the toes."""
    seen = sole_seen(skin(laterality, length_mm=length_mm), step_mm=cell_mm, around_mm=2 * cell_mm)
    kpa = pressure_kpa(seen.x_mm, seen.y_mm, seen.height_mm, laterality=laterality, length_mm=length_mm)
    when = 0.2 + 0.6 * seen.x_mm / length_mm
    head = f"# anatofit gait\n# SYNTHETIC: computed, measured on nobody\n# unit = kPa\n# cell_mm = {cell_mm:g}\n# view = above\n# rate_hz = {rate_hz:g}\n"
    times = np.arange(round(step_s * rate_hz)) / round(step_s * rate_hz)
    frames = (_page(kpa * np.exp(-(((t - when) / 0.22) ** 2)), "above") for t in times)
    return head + "\n".join(_rows(frame, "{:.1f}") for frame in frames)


def _stated(seen: Sole, view: str, length_mm: float) -> dict[str, FloatArray]:
    """Heel's centre and a place on the second ray, along columns and down rows of the page, mm from the first cell's middle."""
    left, right = float(seen.y_mm.max()), float(seen.y_mm.min())
    top = float(seen.x_mm.max())
    places = {"heel_mm": (33.0 * length_mm / LONG_MM, 0.0), "toe_mm": (173.0 * length_mm / LONG_MM, 0.0)}
    return {key: np.array([left - y if view == "above" else y - right, top - x]) for key, (x, y) in places.items()}


def _page(values: FloatArray, view: str) -> FloatArray:
    """(nx, ny) toes at the top: seen from above the foot's left is on the left, seen from below on the right."""
    page = values.T[::-1]
    return page[:, ::-1] if view == "above" else page


def _rows(page: FloatArray, form: str) -> str:
    return "".join(",".join("" if np.isnan(v) else form.format(v) for v in row) + "\n" for row in page)
