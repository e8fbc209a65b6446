"""Heads, limbs and plates as sums of soft-edged bodies, whose noise, blur, metal, cut bone and jumps are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from anatofit.model.grid import Grid
from anatofit.model.volume import Volume
from tests.ingest.dicom_writer import Series, one_slice

Array = NDArray[np.float64]
AIR, TISSUE, BONE = -1000.0, 40.0, 1000.0
BLUR_SIGMA_MM = 0.5


def places(shape_kji: tuple[int, int, int], spacing_kji: tuple[float, ...]) -> tuple[Array, Array, Array]:
    """x, y, z in mm of every voxel, zero in the middle of the box."""
    axes = [(np.arange(n) - (n - 1) / 2) * s for n, s in zip(shape_kji, spacing_kji, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    return x, y, z


def step(distance_mm: Array, sigma_mm: float = BLUR_SIGMA_MM) -> Array:
    """1 inside a body, 0 outside, across an edge behind a Gaussian blur."""
    return np.asarray(ndtr(-distance_mm / sigma_mm))


def ellipsoid(x: Array, y: Array, z: Array, radii: tuple[float, float, float]) -> Array:
    """Nearly the distance from an ellipsoid's surface, negative inside; exact for a ball."""
    level = np.sqrt((x / radii[0]) ** 2 + (y / radii[1]) ** 2 + (z / radii[2]) ** 2)
    slope = np.sqrt((x / radii[0] ** 2) ** 2 + (y / radii[1] ** 2) ** 2 + (z / radii[2] ** 2) ** 2)
    return np.asarray(level * (level - 1) / np.maximum(slope, 1e-9))


def head(x: Array, y: Array, z: Array, *, sigma_mm: float = BLUR_SIGMA_MM) -> Array:
    """Scalp, skull of 6 mm and brain, with a nose in front and a bony knob on the left: nothing of it is symmetric front to back."""
    hu = AIR + (TISSUE - AIR) * step(ellipsoid(x, y, z, (76.0, 94.0, 90.0)), sigma_mm)
    nose = step(ellipsoid(x, y + 92.0, z + 40.0, (14.0, 18.0, 22.0)), sigma_mm)
    hu = np.maximum(hu, AIR + (TISSUE - AIR) * nose)
    hu += (BONE - TISSUE) * (
        step(ellipsoid(x, y, z, (70.0, 88.0, 84.0)), sigma_mm) - step(ellipsoid(x, y, z, (64.0, 82.0, 78.0)), sigma_mm)
    )
    knob = step(ellipsoid(x - 52.0, y - 20.0, z + 30.0, (9.0, 14.0, 20.0)), sigma_mm)
    return np.asarray(hu + (BONE - hu) * knob)


def holder(x: Array, y: Array, z: Array, *, radius_mm: float = 115.0, thick_mm: float = 3.0) -> Array:
    """How much of a voxel a curved plate behind the head fills."""
    radius = np.hypot(x, y)
    behind = y > 10.0
    return np.asarray(step(np.abs(radius - radius_mm) - thick_mm / 2) * behind * np.ones_like(z))


def volume(hu: Array, spacing_kji: tuple[float, ...], *, noise_hu: float = 0.0, seed: int = 1, **grid: Any) -> Volume:
    """The values as int16 on a grid, with noise, within the scale of a scanner."""
    noisy = hu + np.random.default_rng(seed).normal(0.0, noise_hu, hu.shape) if noise_hu else hu
    stored = np.clip(np.rint(noisy), -1024, 3071).astype(np.int16)
    origin = grid.pop("origin_lps_mm", np.array([10.0, -20.0, 300.0]))
    return Volume(Grid(stored.shape, origin, np.array(spacing_kji[::-1]), **grid), stored)  # type: ignore[arg-type]


def drawn(
    shape_kji: tuple[int, int, int], spacing_kji: tuple[float, ...], body: Callable[[Array, Array, Array], Array]
) -> Array:
    """A body's values on a box of voxels."""
    x, y, z = places(shape_kji, spacing_kji)
    return np.asarray(body(x, y, z) + 0.0 * (x + y + z))


def series_of(seen: Volume, **tags: Any) -> Series:
    """A straight volume as a CT series of a head, with more tags if wanted."""
    di, dj, _ = seen.grid.spacing_ijk_mm
    slices = []
    for k, plane in enumerate(seen.hu):
        position = seen.grid.to_lps(np.array([0.0, 0.0, k]))
        ds = one_slice(plane, position=position, orientation=[1, 0, 0, 0, 1, 0], number=k, uid="1.2.3.4")
        ds.PixelSpacing, ds.BodyPartExamined = [dj, di], "HEAD"
        for keyword, value in tags.items():
            setattr(ds, keyword, value)
        slices.append(ds)
    return Series(slices)
