"""The phantom seen by a scanner: tissues in layers, blur, partial volume, a head holder, noise. Works slab by slab.

Across a plane edge a Gaussian blur of a step is the normal distribution of the distance, so each surface is drawn from
its distance alone; the voxel's own box is added to the blur as variance (side squared over twelve).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.grid import Grid
from anatofit.model.volume import Volume
from anatofit.samples import face
from anatofit.samples.bodies import SMOOTH_MM, Body, blend
from anatofit.samples.directions import DirectionTable, build_table
from anatofit.samples.phantom import FAR_MM, HeadPhantom

AIR_HU, FAT_HU, SCALP_HU, FLUID_HU, BRAIN_HU, EYE_HU = -1000.0, -60.0, 50.0, 10.0, 38.0, 22.0
# The middle of the vault of a clinical head CT holds 950 HU where it is 5 mm thick and 740 HU where it is 7 mm thick.
CORTEX_HU, DIPLOE_HU, FACE_HU, SUTURE_HU = 1450.0, 820.0, 1150.0, 250.0
HOLDER_HU, FOAM_HU = 420.0, -880.0
PADDING_HU = -1024  # outside the circle that the scanner reconstructs
REACH = 3.5  # blurs beyond this many standard deviations are not drawn
SLAB_VOXELS = 4_000_000


@dataclass(frozen=True)
class Scanner:
    """Blur (standard deviation, mm), noise (HU) and its seed, and whether a head holder is in view."""

    blur_mm: float = 0.5
    noise_hu: float = 8.0
    seed: int = 1
    holder: bool = True

    def width_mm(self, grid: Grid) -> float:
        """Standard deviation of the whole blur on a grid."""
        return float(np.sqrt(self.blur_mm**2 + np.mean(grid.spacing_ijk_mm**2) / 12.0))


def scan_phantom(phantom: HeadPhantom, grid: Grid, scanner: Scanner | None = None) -> Volume:
    """CT values of the phantom on a grid; the same numbers for the same arguments."""
    used = scanner or Scanner()
    table = build_table(phantom)
    hu = np.empty(grid.shape_kji, dtype=np.int16)
    noise = np.random.default_rng(used.seed)
    rows = max(1, SLAB_VOXELS // (grid.shape_kji[1] * grid.shape_kji[2]))
    for first in range(0, grid.shape_kji[0], rows):
        last = min(first + rows, grid.shape_kji[0])
        slab = _Slab(phantom, grid, (first, last), used.width_mm(grid))
        clean = slab.draw(table, holder=used.holder)
        for index in range(first, last):
            hu[index] = _noisy(clean[index - first], noise, used.noise_hu)
    _pad_outside_circle(hu)
    return Volume(grid, hu)


def _noisy(plane: NDArray[Any], noise: np.random.Generator, sigma_hu: float) -> NDArray[np.int16]:
    """Noise as a sum of integers (the same on every machine), a little blurred in the plane as reconstruction does."""
    rows, columns = plane.shape
    raw = noise.integers(0, 2**63, size=(rows + 2, columns + 2), dtype=np.int64)
    total = sum(((raw >> shift) & 0x7FFF for shift in (0, 15, 30, 45)), start=np.zeros_like(raw)) - 2 * 0x7FFF
    across = total[:, :-2] + 2 * total[:, 1:-1] + total[:, 2:]
    both = across[:-2] + 2 * across[1:-1] + across[2:]
    spread = np.sqrt(4 * (2.0**15) ** 2 / 12.0) * 6.0  # of four uniform numbers, through the kernel 1 2 1 twice
    return np.asarray(np.clip(np.rint(plane + both * (sigma_hu / spread)), -1024, 3071).astype(np.int16))


def _pad_outside_circle(hu: NDArray[np.int16]) -> None:
    rows, columns = hu.shape[1:]
    y, x = np.ogrid[:rows, :columns]
    radius = 0.5 * max(rows, columns)
    outside = np.hypot(y - 0.5 * (rows - 1), x - 0.5 * (columns - 1)) > radius
    hu[:, outside] = PADDING_HU


class _Slab:
    """Some slices of the scan in the head's frame."""

    def __init__(self, phantom: HeadPhantom, grid: Grid, rows: tuple[int, int], width_mm: float) -> None:
        self.phantom, self.width_mm = phantom, width_mm
        pose, steps = phantom.pose, grid.direction_lps * grid.spacing_ijk_mm
        self.to_index = np.linalg.inv(pose.matrix.T @ steps)
        self.shift = pose.to_head(grid.to_lps(np.array([0.0, 0.0, float(rows[0])])))
        self.shape = (rows[1] - rows[0], *grid.shape_kji[1:])
        per_index = pose.matrix.T @ steps
        k, j, i = (np.arange(n, dtype=np.float64) for n in self.shape)
        self.x, self.y, self.z = (
            (
                per_index[a, 2] * k[:, None, None]
                + per_index[a, 1] * j[None, :, None]
                + per_index[a, 0] * i
                + self.shift[a]
            ).astype(np.float32)
            for a in range(3)
        )

    def inside(self, distance: NDArray[Any]) -> NDArray[np.float32]:
        """How much of a voxel lies inside: 1 deep in, 0 far out, the normal distribution between."""
        from scipy.special import ndtr

        scaled = distance / np.float32(-self.width_mm)
        out = (scaled > 0).astype(np.float32)
        edge = np.abs(scaled) < REACH
        out[edge] = ndtr(scaled[edge])
        return out

    def union(self, bodies: list[Body], over_mm: float = 0.0) -> NDArray[np.float32]:
        """Distance to the nearest body, each evaluated only around its ball; seams rounded over a length."""
        total = np.full(self.shape, FAR_MM, dtype=np.float32)
        for body in bodies:
            box = self._box(body)
            if box is not None:
                total[box] = blend(total[box], body.distance_mm(self.x[box], self.y[box], self.z[box]), over_mm)
        return total

    def _box(self, body: Body) -> tuple[slice, slice, slice] | None:
        centre, radius = body.ball()
        middle = self.to_index @ (np.array(centre) - self.shift)
        reach = (radius + REACH * self.width_mm + SMOOTH_MM + 1.0) * np.linalg.norm(self.to_index, axis=1)
        low = np.maximum(np.floor(middle - reach).astype(int), 0)[::-1]
        high = np.minimum(np.ceil(middle + reach).astype(int)[::-1] + 1, self.shape)
        return tuple(slice(a, b) for a, b in zip(low, high, strict=True)) if (low < high).all() else None  # type: ignore[return-value]

    def draw(self, table: DirectionTable, *, holder: bool) -> NDArray[np.float32]:
        """Clean HU of the slab."""
        hu = np.full(self.shape, AIR_HU, dtype=np.float32)
        if holder:
            self._holder(hu)
        radius = np.sqrt(self.x**2 + self.y**2 + self.z**2)
        layers = table.look(self.x, self.y, self.z, radius)
        self._soft_tissue(hu, layers)
        self._bone(hu, layers)
        return hu

    def _holder(self, hu: NDArray[np.float32]) -> None:
        """Two curved plates with foam between, behind the head, not touching it."""
        x, y, z = self.x, self.y, self.z
        radius = np.hypot(x, y + 22.0)
        ends = np.maximum(0.72 * np.abs(x) - (y + 22.0), np.maximum(-70.0 - z, z - 80.0))
        for low, high, value in ((129.0, 139.0, FOAM_HU), (127.0, 129.5, HOLDER_HU), (138.5, 141.0, HOLDER_HU)):
            _lay(hu, value, self.inside(np.maximum(np.maximum(low - radius, radius - high), ends)))

    def _soft_tissue(self, hu: NDArray[np.float32], layers: dict[str, NDArray[np.float32]]) -> None:
        flesh = np.minimum(layers["skin"], self.union(face.flesh()))
        _lay(hu, SCALP_HU, self.inside(flesh))
        fat = np.maximum(np.maximum(flesh + 1.6, -layers["galea"]), layers["skin"] - 4.0)
        _lay(hu, FAT_HU, self.inside(fat))
        _lay(hu, FLUID_HU, self.inside(layers["inner"] - 0.8))
        _lay(hu, BRAIN_HU, self.inside(layers["inner"] + 2.6))
        _lay(hu, FLUID_HU, self.inside(self.union(face.ventricles())))
        _lay(hu, FAT_HU - 35.0, self.inside(self.union(face.orbits())))
        _lay(hu, EYE_HU, self.inside(self.union(face.eyes())))
        _lay(hu, AIR_HU, self.inside(self.union(face.airways())))

    def _bone(self, hu: NDArray[np.float32], layers: dict[str, NDArray[np.float32]]) -> None:
        shell = self.inside(layers["outer"]) - self.inside(layers["inner"])
        diploe = self.inside(layers["diploe_out"]) - self.inside(layers["diploe_in"])
        value = CORTEX_HU - (CORTEX_HU - DIPLOE_HU - layers["texture"]) * np.clip(diploe, 0.0, 1.0)
        value -= np.clip(value - SUTURE_HU, 0.0, None) * layers["suture"]
        kept = np.clip(shell, 0.0, 1.0) * (1.0 - self.inside(self.union(face.openings())))
        kept *= 1.0 - self.inside(layers["wall"])
        carved = 1.0 - self.inside(self.union(face.orbits()))
        hu += (value - hu) * kept * carved
        _lay(hu, FACE_HU, self.inside(self.union(face.bones(), SMOOTH_MM)) * carved * (1.0 - kept))
        _lay(hu, AIR_HU, self.inside(self.union(face.sinuses())))


def _lay(hu: NDArray[np.float32], value: float, share: NDArray[np.float32]) -> None:
    """Covers `share` of each voxel with a tissue of `value` HU, in place."""
    hu += (np.float32(value) - hu) * share
