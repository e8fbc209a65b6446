"""The nouns that plans of guides are made of: few numbers, rounded, in LPS mm or in the seat's own frame."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from anatofit.model.frame import FloatArray
from anatofit.model.grid import Grid

Triple = tuple[float, float, float]
Pair = tuple[float, float]


class Frozen(BaseModel):
    """A part of a plan."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Seat(Frozen):
    """Where a guide sits: origin, the axes x, y, z in LPS (z is the way out), and the lattice that it is built on.

    low_mm: the seat's coordinates of the lattice's first node.
    """

    origin_lps_mm: Triple
    axes_lps: tuple[Triple, Triple, Triple]
    low_mm: Triple
    shape_kji: tuple[int, int, int]
    step_mm: float

    @property
    def frame(self) -> FloatArray:
        """`(3, 3)` columns x, y, z in LPS, orthonormal to the last digit."""
        return orthonormal(np.array(self.axes_lps).T)

    def grid(self) -> Grid:
        """The lattice."""
        return Grid(self.shape_kji, self.to_lps(np.array(self.low_mm)), np.full(3, self.step_mm), self.frame)

    def to_lps(self, point_mm: FloatArray) -> FloatArray:
        """`(..., 3)` points of the seat's frame in LPS mm."""
        along = (point_mm[..., n, None] * axis for n, axis in enumerate(self.frame.T))
        return np.asarray(np.array(self.origin_lps_mm) + sum(along))

    def to_seat(self, point_lps_mm: FloatArray) -> FloatArray:
        """One point of LPS in the seat's frame, mm."""
        return self.turned(np.asarray(point_lps_mm) - np.array(self.origin_lps_mm))

    def turned(self, direction_lps: FloatArray) -> FloatArray:
        """A direction of LPS in the seat's frame."""
        return np.array([float((np.asarray(direction_lps) * axis).sum()) for axis in self.frame.T])


class Pad(Frozen):
    """A rounded rectangle of the footprint, in x and y of the seat."""

    centre_mm: Pair
    half_mm: Pair
    radius_mm: float


class Bridge(Frozen):
    """A strip of the base between two places of its plan, in x and y of the seat."""

    start_mm: Pair
    end_mm: Pair
    half_width_mm: float


class Relieved(Frozen):
    """A region of the bone from which the base stands further off."""

    point_lps_mm: Triple
    radius_mm: float
    offset_mm: float


class Sleeve(Frozen):
    """A round channel for a pin or a drill: entry on the bone, axis outward, its hole and the wall around it.

    low_mm and top_mm: where the tube begins and ends, along the axis from the entry. depth_mm: from the entry to where the axis
    leaves the far cortex. None where the axis does not leave the bone.
    """

    entry_lps_mm: Triple
    axis_lps: Triple
    diameter_mm: float
    outer_diameter_mm: float
    low_mm: float
    top_mm: float
    depth_mm: float | None

    @property
    def drilled_mm(self) -> float:
        """How deep the bone is drilled, from the entry."""
        return self.depth_mm or 0.0

    @property
    def drilled_lps_mm(self) -> FloatArray:
        """`(2, 3)` from where to where the bone is drilled."""
        entry = np.array(self.entry_lps_mm)
        return np.stack([entry, entry - self.drilled_mm * np.array(self.axis_lps)])


class Window(Frozen):
    """A round opening of the base through which the bone is seen."""

    centre_lps_mm: Triple
    axis_lps: Triple
    diameter_mm: float


class Letters(Frozen):
    """Engraved lines. origin: middle of the block on the face; right and up as read."""

    string: str
    lines: tuple[str, ...]
    origin_lps_mm: Triple
    right_lps: Triple
    up_lps: Triple
    height_mm: float
    depth_mm: float
    width_mm: float
    block_height_mm: float


def orthonormal(columns: FloatArray) -> FloatArray:
    """Axes that were rounded, orthonormal again to the last digit; the third is kept."""
    w = columns[:, 2] / np.linalg.norm(columns[:, 2])
    u = columns[:, 0] - w * float((columns[:, 0] * w).sum())
    u /= np.linalg.norm(u)
    return np.column_stack([u, np.cross(w, u), w])


def triple(vector: Any) -> Triple:
    """Three numbers rounded to 1e-6, without negative zeros."""
    x, y, z = (round(float(v), 6) + 0.0 for v in vector)
    return (x, y, z)
