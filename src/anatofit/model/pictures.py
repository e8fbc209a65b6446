"""What the report shows beside its words: pictures, maps on the parts, and the bodies that turn in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh


@dataclass(frozen=True)
class ScanSlice:
    """A flat cut through a scan: `hu[row, column]` lies at `origin + pitch * (column * right - row * up)`."""

    hu: NDArray[np.int16]
    origin_lps_mm: FloatArray
    right_lps: FloatArray
    up_lps: FloatArray
    pitch_mm: float


@dataclass(frozen=True)
class ScanLook:
    """What pictures keep of a scan: its axes (columns i, j, k in LPS), along which bone was cut out, slices by name, and of
    each slice a square close-up, all at one scale."""

    axes_lps: FloatArray
    slices: Mapping[str, ScanSlice]
    close_ups: Mapping[str, ScanSlice] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """One picture of the report. `section` is where the page puts it; `name` is its file name without ending."""

    name: str
    section: str
    caption: str
    png: bytes


@dataclass(frozen=True)
class PartMaps:
    """A light copy of a part with, at each vertex, clearance to the host and thickness in mm (NaN: none) and area."""

    mesh: Mesh
    clearance_mm: FloatArray
    thickness_mm: FloatArray
    area_mm2: FloatArray


@dataclass(frozen=True)
class Pictures:
    """All of them, made from the bodies alone; `viewer` is what the page's 3D view reads."""

    figures: tuple[Figure, ...]
    maps: Mapping[str, PartMaps]
    viewer: Mapping[str, Any]
