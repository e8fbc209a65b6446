"""How sharp the image is within a slice, whatever the kernel is called: the width of the blur at the skin, where air ends.

Names of kernels are each maker's own (PS3.3, C.8.2.1: a label), so the image is measured: Sanders, Hurwitz and Samei, Med Phys 2016;43:5330
("Patient-specific quantification of image quality: an automated method for measuring spatial resolution in clinical CT images") use the
same edge. Profiles through the skin, each laid at its own half height and shortened to the skin's normal, make one finely sampled edge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray

SLICES = 24
# Air outside and tissue inside must hold this far from the edge; what lies between is the edge.
CLEAR_MM, REACH_MM = 2.5, 5.0
AIR_HU, TISSUE_HU, HALF_HU = -900.0, -250.0, -500.0
# Skin that a profile meets more slantingly than 37 degrees, or that recedes by more than this from slice to slice, blurs by itself.
STEEPEST, RECEDES_MM = 0.75, 0.25
BIN_MM, LEAST_PROFILES = 0.1, 200
# A pixel that an edge crosses holds some of both sides: of edges as sharp as can be, 30 % have one between these heights, and of
# edges that a mask has cut into the image, leaving tissue alone, none.
LOWER_HALF, LEAST_CROSSED = (0.15, 0.45), 0.15
# From the distance between a quarter and three quarters of an edge behind a Gaussian blur to the blur's width at half height.
HALF_WIDTH_BY_QUARTERS = 2.3548 / (2 * 0.67449)


def blur_mm(hu: NDArray[Any], spacing_mm: tuple[float, float, float]) -> float | None:
    """Full width at half height of the blur within the slices of `hu` (first axis: slices); None where too little skin shows, and
    where its edge is one that a mask has cut."""
    middles = np.unique(np.linspace(1, len(hu) - 2, SLICES).round().astype(int)) if len(hu) > 2 else ()
    found = [p for k in middles for p in _profiles(hu[k - 1 : k + 2], spacing_mm)]
    if sum(len(places) for places, _ in found) < LEAST_PROFILES or _is_cut([heights for _, heights in found]):
        return None
    return _width_mm(np.concatenate([p.ravel() for p, _ in found]), np.concatenate([h.ravel() for _, h in found]))


def _profiles(three: NDArray[Any], spacing_mm: tuple[float, ...]) -> Iterator[tuple[FloatArray, FloatArray]]:
    """From each side of the middle one of three slices: places along the skin's normal and heights from 0 (air) to 1."""
    _, down, across = spacing_mm
    turned = three.transpose(0, 2, 1)
    for planes, along_mm, beside_mm in (
        (three, across, down), (three[:, :, ::-1], across, down), (turned, down, across), (turned[:, :, ::-1], down, across),
    ):  # fmt: skip
        yield _side(planes, along_mm, beside_mm)


def _side(planes: NDArray[Any], along_mm: float, beside_mm: float) -> tuple[FloatArray, FloatArray]:
    """Profiles along the last axis, each through the first tissue from its beginning."""
    reach = int(np.ceil(REACH_MM / along_mm))
    edges = np.stack([_first_edge(plane, reach) for plane in planes])
    slope = np.full(edges.shape[1], np.nan)
    slope[1:-1] = (edges[1, 2:] - edges[1, :-2]) * along_mm / (2 * beside_mm)
    recedes = np.abs(_smooth(edges[2] - edges[0])) / 2 * along_mm
    rows = np.flatnonzero(np.isfinite(edges[1]) & (np.abs(slope) < STEEPEST) & (recedes < RECEDES_MM))
    first = np.floor(edges[1][rows]).astype(int)
    at = first[:, None] + np.arange(-reach, reach + 1)
    values = planes[1][rows[:, None], at].astype(np.float64)
    places = (at - edges[1][rows][:, None]) * along_mm / np.hypot(1, slope[rows])[:, None]
    outside, inside = (np.nanmean(np.where(p > CLEAR_MM, values, np.nan), axis=1) for p in (-places, places))
    clear = (outside < AIR_HU) & (inside > TISSUE_HU)
    low, high = outside[clear][:, None], inside[clear][:, None]
    return places[clear], (values[clear] - low) / (high - low)


def _is_cut(sides: Sequence[FloatArray]) -> bool:
    """Whether hardly any profile has a pixel on the air's half of its edge."""
    crossed = [((h > LOWER_HALF[0]) & (h < LOWER_HALF[1])).any(axis=1) for h in sides]
    return bool(np.concatenate(crossed).mean() < LEAST_CROSSED)


def _smooth(values: FloatArray) -> FloatArray:
    """The mean over five neighbours, so that noise in single edges does not pass for a slant."""
    padded = np.pad(values, 2, constant_values=np.nan)
    return np.asarray(sum(padded[n : n + len(values)] for n in range(5)) / 5)


def _first_edge(plane: NDArray[Any], reach: int) -> FloatArray:
    """Where each row first rises through half height, between pixels; NaN where that is not well inside the row."""
    tissue = plane > HALF_HU
    at = np.argmax(tissue, axis=1)
    rows = np.flatnonzero((at > reach) & (at < plane.shape[1] - reach - 1))
    edge = np.full(len(plane), np.nan)
    low, high = plane[rows, at[rows] - 1].astype(np.float64), plane[rows, at[rows]].astype(np.float64)
    edge[rows] = at[rows] - (high - HALF_HU) / (high - low)
    return edge


def _width_mm(places: FloatArray, heights: FloatArray) -> float | None:
    """The blur of the edge that all profiles make together, by its quarter and three quarters."""
    bins = np.rint(places / BIN_MM).astype(int)
    middles = np.arange(-int(CLEAR_MM / BIN_MM), int(CLEAR_MM / BIN_MM) + 1)
    order = np.argsort(bins, kind="stable")
    starts = np.searchsorted(bins[order], [middles, middles + 1])
    known = starts[1] > starts[0]
    edge = np.array([np.median(heights[order[a:b]]) for a, b in starts.T[known]])
    quarter, three_quarters = (_crossing(middles[known] * BIN_MM, edge, level) for level in (0.25, 0.75))
    width = (three_quarters - quarter) * HALF_WIDTH_BY_QUARTERS
    return float(width) if np.isfinite(width) and width > 0 else None


def _crossing(places: FloatArray, edge: FloatArray, level: float) -> float:
    """Where the edge first reaches `level`; NaN where it never does."""
    over = np.flatnonzero(edge >= level)
    if not len(over) or over[0] == 0:
        return float("nan")
    a, b = over[0] - 1, over[0]
    return float(places[a] + (level - edge[a]) / (edge[b] - edge[a]) * (places[b] - places[a]))
