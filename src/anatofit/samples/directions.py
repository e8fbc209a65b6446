"""Everything of the phantom that depends on direction alone, tabulated once: drawing a voxel is then a look-up.

Between nodes a quarter of a degree apart a radius is interpolated linearly; the error stays below a micrometre.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.samples.phantom import HeadPhantom
from anatofit.samples.sutures import suture_per_mm, suture_share
from anatofit.samples.vault import OUTER_SHARE, diploe_mm, outer_radius_mm, thickness_mm

PER_DEGREE = 4
GALEA_MM, SCALP_MM = 3.0, 6.5


@dataclass(frozen=True)
class DirectionTable:
    """Named arrays (polar angle, azimuth) over the sphere; azimuth wraps round."""

    values: dict[str, NDArray[np.float32]]

    def look(
        self, x: NDArray[Any], y: NDArray[Any], z: NDArray[Any], radius: NDArray[Any]
    ) -> dict[str, NDArray[np.float32]]:
        """Distances in mm to every layer, and the diploe's texture in HU, at points of the head's frame."""
        near = radius > 20.0  # deeper there is brain only
        r = radius[near]
        polar = np.arccos(np.clip(z[near] / r, -1.0, 1.0))
        azimuth = np.arctan2(y[near], x[near])
        weights = _weights(polar, azimuth, self.values["outer"].shape)
        table = {name: _bilinear(array, weights) for name, array in self.values.items()}
        layers = _layers(r, table)
        layers["texture"] = _texture(x[near], y[near], z[near])
        return {name: _spread(values, near, _DEEP.get(name, 0.0)) for name, values in layers.items()}


_DEEP = {
    "outer": -99.0,
    "inner": -99.0,
    "skin": -99.0,
    "galea": -99.0,
    "diploe_out": -99.0,
    "diploe_in": -99.0,
    "wall": 99.0,
}


def _spread(values: NDArray[Any], where: NDArray[np.bool_], elsewhere: float) -> NDArray[np.float32]:
    out = np.full(where.shape, elsewhere, dtype=np.float32)
    out[where] = values
    return out


def _layers(r: NDArray[np.float32], t: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    depth = r - t["outer"]
    outer = depth * t["outer_cos"]
    return {
        "outer": outer,
        "inner": (depth + t["thickness"]) * t["inner_cos"],
        "diploe_out": outer + t["cortex_out"],
        "diploe_in": outer + t["cortex_out"] + t["diploe"],
        "galea": outer + t["sunk"] - GALEA_MM,
        "skin": outer + t["sunk"] - SCALP_MM,
        "wall": t["wall"] * r,
        "suture": suture_share(t["suture"] * r),
    }


def _texture(x: NDArray[Any], y: NDArray[Any], z: NDArray[Any]) -> NDArray[np.float32]:
    """Marrow spaces: density of the diploe changes over a few millimetres."""
    one = np.sin(1.9 * x + 0.7 * y) * np.sin(1.7 * y - 0.5 * z) * np.sin(1.8 * z + 0.6 * x)
    two = np.sin(0.8 * x - 0.5 * z) * np.sin(0.9 * y + 0.4 * x)
    return np.asarray(90.0 * one + 45.0 * two)


def _weights(polar: NDArray[Any], azimuth: NDArray[Any], shape: tuple[int, ...]) -> tuple[NDArray[Any], ...]:
    rows, columns = shape
    p = polar * np.float32((rows - 1) / np.pi)
    a = (azimuth + np.float32(np.pi)) * np.float32((columns - 1) / (2 * np.pi))
    i, j = np.minimum(p.astype(np.int32), rows - 2), np.minimum(a.astype(np.int32), columns - 2)
    return i * np.int32(columns) + j, p - i, a - j


def _bilinear(array: NDArray[np.float32], weights: tuple[NDArray[Any], ...]) -> NDArray[np.float32]:
    base, u, v = weights
    flat, columns = array.ravel(), array.shape[1]
    upper = flat[base] + (flat[base + 1] - flat[base]) * v
    lower = flat[base + columns] + (flat[base + columns + 1] - flat[base + columns]) * v
    return np.asarray(upper + (lower - upper) * u)


def build_table(phantom: HeadPhantom) -> DirectionTable:
    """Radii, slopes, sutures and the hole over the sphere."""
    polar = np.linspace(0.0, np.pi, 180 * PER_DEGREE + 1)[:, None]
    azimuth = np.linspace(-np.pi, np.pi, 360 * PER_DEGREE + 1)[None]
    directions = np.stack(
        np.broadcast_arrays(np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)), -1
    )
    outer = outer_radius_mm(phantom.vault, directions)
    thick = thickness_mm(phantom.vault, directions)
    diploe = diploe_mm(thick)
    wall = np.full(outer.shape, 1.0) if phantom.hole is None else phantom.hole.distance_per_mm(directions)
    sunken = 0.0 if phantom.hole is None else phantom.hole.sunken_mm
    outer_cos = _cosine(outer, polar)
    values = {
        "outer": outer, "outer_cos": outer_cos, "thickness": thick, "inner_cos": _cosine(outer - thick, polar),
        "cortex_out": OUTER_SHARE * (thick - diploe) * outer_cos, "diploe": diploe * outer_cos,
        "wall": wall, "sunk": sunken * np.clip(-wall / 0.15, 0.0, 1.0) ** 2, "suture": suture_per_mm(directions),
    }  # fmt: skip
    return DirectionTable({name: np.ascontiguousarray(array, dtype=np.float32) for name, array in values.items()})


def _cosine(radius: NDArray[Any], polar: NDArray[Any]) -> NDArray[Any]:
    """Cosine between the radius and the surface's normal."""
    step = np.pi / (radius.shape[0] - 1)
    along = np.gradient(radius, step, axis=0)
    wrapped = np.concatenate([radius[:, -2:-1], radius, radius[:, 1:2]], axis=1)
    round_ = (wrapped[:, 2:] - wrapped[:, :-2]) / (2 * step)
    sine = np.maximum(np.sin(polar), np.sin(step))
    return np.asarray(1.0 / np.sqrt(1.0 + (along / radius) ** 2 + (round_ / (radius * sine)) ** 2))
