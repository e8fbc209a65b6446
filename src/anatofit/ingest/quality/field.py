"""Bone that the field of view cuts off: its area on each side of the image, wherever the reconstructed field ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.pixel.fault import LOWEST_HU
from anatofit.model.frame import FloatArray
from anatofit.model.volume import Volume

# Thin and spongy bone begin near 300 HU, half way up from soft tissue (40 HU) to thin cortex (some 600 HU); contrast in a vessel
# reaches it too, on the side of the neck.
BONE_HU = 300
# Soft tissue and fat, at the edge of air half way down.
TISSUE_HU = -400
# Bone belongs to the body where tissue goes on inwards for this long, sinuses aside, and is wider than this beside it: a plate of a
# head holder or a table is neither (up to 6 mm thick, at any angle to the border).
DEPTH_MM, FILLED_PART, WIDTH_MM = 15.0, 0.8, 9.0
# Lines looked along, at most, on each axis of a side: more make the area no more exact.
LINES = 256
# A round field's border is measured in pieces of so many sectors, straight enough to join their steps into a length.
SECTORS = 90
# Half axes of an ellipse whose edge counts to it, rounding aside.
EDGE = 1.0005
SIDES = ("right", "left", "front", "back")
ENDS = ("foot", "head")


@dataclass(frozen=True)
class CutBone:
    """Area of bone in mm2 where the field ends, by side of the patient: right, left, front, back, foot, head."""

    mm2: dict[str, float]

    def of(self, *sides: str) -> float:
        """The area on these sides together."""
        return sum(self.mm2[side] for side in sides)


@dataclass(frozen=True)
class _View:
    """One side of the volume looked at from outside, as (rows, columns) of lines: where on each line the field begins (as points,
    mm on the two axes of a slice) and whether there is bone of the body."""

    cut: NDArray[np.bool_]
    across_mm: FloatArray
    inward_mm: FloatArray
    cell_mm: tuple[float, float]


def cut_bone(volume: Volume) -> CutBone:
    """The bone that ends where the image or its reconstructed field ends. Axes of the grid run nearest to left, back, head."""
    spacing_kji = tuple(float(v) for v in volume.grid.spacing_ijk_mm[::-1])
    area = {name: _end_mm2(volume.hu[::step], spacing_kji) for name, step in zip(ENDS, (1, -1), strict=True)}
    area |= _side_areas(volume.hu, spacing_kji)
    return CutBone(area)


def _end_mm2(hu: NDArray[Any], spacing_kji: tuple[float, ...]) -> float:
    """The first slice's bone; where the field begins deeper (a slanted end), that of the voxels where it begins."""
    view = _view(hu, spacing_kji)
    return float(view.cut.sum() * view.cell_mm[0] * view.cell_mm[1])


def _side_areas(hu: NDArray[Any], spacing_kji: tuple[float, ...]) -> dict[str, float]:
    """Each side's area. A round border's steps along both axes of a slice are joined, sector by sector, into lengths."""
    _dk, dj, di = spacing_kji
    wide, deep = hu.shape[2] * di, hu.shape[1] * dj
    areas = dict.fromkeys(SIDES, 0.0)
    steps: dict[str, FloatArray] = {}
    for side, array, spacing in _turned(hu, spacing_kji):
        view = _view(array, spacing)
        rows, columns = np.nonzero(view.cut)
        across, inward = view.across_mm[columns], view.inward_mm[rows, columns]
        x, y = {"right": (inward, across), "left": (wide - inward, across), "front": (across, inward),
                "back": (across, deep - inward)}[side]  # fmt: skip
        angle = np.arctan2(y - deep / 2, x - wide / 2)
        sector = np.floor((angle + np.pi) / (2 * np.pi) * SECTORS).astype(int) % SECTORS
        steps[side] = np.asarray(np.bincount(sector, minlength=SECTORS) * (view.cell_mm[0] * view.cell_mm[1]))
    for one in ("right", "left"):
        for two in ("front", "back"):
            _share(areas, steps, one, two)
    return {side: float(area) for side, area in areas.items()}


def _share(areas: dict[str, float], steps: dict[str, FloatArray], one: str, two: str) -> None:
    """Adds what sectors hold of two neighbouring sides: a slanted piece goes to the side that it faces more."""
    quarter = _quarter(one, two)
    a, b = steps[one] * quarter, steps[two] * quarter
    length = np.hypot(a, b)
    areas[one] += float(length[a >= b].sum())
    areas[two] += float(length[a < b].sum())


def _quarter(one: str, two: str) -> NDArray[np.bool_]:
    """The sectors between two sides: x runs to the left, y to the back, sectors from minus 180 degrees."""
    middle = (np.arange(SECTORS) + 0.5) / SECTORS * 2 * np.pi - np.pi
    x, y = np.cos(middle), np.sin(middle)
    return np.asarray(((x > 0) == (one == "left")) & ((y > 0) == (two == "back")))


def _turned(hu: NDArray[Any], spacing: tuple[float, ...]) -> list[tuple[str, NDArray[Any], tuple[float, ...]]]:
    """The volume with each side in turn first: axes (inward, slices, across)."""
    dk, dj, di = spacing
    from_side = hu.transpose(2, 0, 1), (di, dk, dj)
    from_front = hu.transpose(1, 0, 2), (dj, dk, di)
    return [
        ("right", *from_side), ("left", from_side[0][::-1], from_side[1]),
        ("front", *from_front), ("back", from_front[0][::-1], from_front[1]),
    ]  # fmt: skip


def _view(hu: NDArray[Any], spacing: tuple[float, ...]) -> _View:
    """One side, its array axis first: of each line the first voxel inside the field, and whether that is bone of a body."""
    rows, columns = -(-hu.shape[1] // LINES), -(-hu.shape[2] // LINES)
    lines = hu[:, ::rows, ::columns]
    cell = (spacing[1] * rows, spacing[2] * columns)
    first = _first_inside(lines)
    at = np.minimum(first, len(lines) - 1)
    value = np.take_along_axis(lines, at[None], axis=0)[0]
    inside = (first < len(lines)) & (value > TISSUE_HU)
    bone = inside & (value >= BONE_HU)
    cut = bone & _body(lines, first, inside, depth_mm=spacing[0], cell_mm=cell) if bone.any() else bone
    across = np.asarray(np.arange(lines.shape[2]) * cell[1] + spacing[2] / 2)
    inward = np.asarray(first * spacing[0] + spacing[0] / 2)
    return _View(cut, across, inward, cell)


def _first_inside(lines: NDArray[Any]) -> NDArray[np.intp]:
    """Along the first axis, where the run of padding from the border ends; the axis' length where it never does."""
    first = np.full(lines.shape[1:], len(lines), dtype=np.intp)
    for n, plane in enumerate(lines):
        left = first == len(lines)
        reached = left & (plane > LOWEST_HU)
        first[reached] = n
        if reached.sum() == left.sum():
            break
    return first


def _body(
    lines: NDArray[Any],
    first: NDArray[np.intp],
    inside: NDArray[np.bool_],
    *,
    depth_mm: float,
    cell_mm: tuple[float, ...],
) -> NDArray[np.bool_]:
    """Where tissue goes on inwards and to the sides: the body, not a plate beside it."""
    depth = max(1, round(DEPTH_MM / depth_mm))
    rows, columns = np.nonzero(inside)
    at = np.minimum(first[rows, columns] + np.arange(depth)[:, None], len(lines) - 1)
    thick = np.zeros_like(inside)
    thick[rows, columns] = (lines[at, rows, columns] > TISSUE_HU).mean(axis=0) >= FILLED_PART
    reach = [max(1, round(WIDTH_MM / 2 / mm)) for mm in cell_mm]
    padded = np.pad(thick, [(r, r) for r in reach], mode="edge")
    return opened(padded, reach)[reach[0] : -reach[0], reach[1] : -reach[1]]


def opened(mask: NDArray[np.bool_], reach: Sequence[int]) -> NDArray[np.bool_]:
    """The mask's opening by an ellipse of these half axes (in pixels), nothing being outside: in a time that they do not matter for."""
    from scipy.ndimage import distance_transform_edt

    sampling = [1 / r for r in reach]
    inner = distance_transform_edt(np.pad(mask, 1), sampling=sampling)[1:-1, 1:-1] > EDGE
    if not inner.any():
        return np.zeros_like(mask)
    return np.asarray(distance_transform_edt(~inner, sampling=sampling) <= EDGE)
