"""The plate's middle line on the bone, with its own frame at every place: along it, across it, and out of the bone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from anatofit.devices.bone_plate.layout import Station
from anatofit.model.frame import FloatArray

FINE_MM = 0.25  # between the places that nodes are compared with


@dataclass(frozen=True, eq=False)
class Around:
    """Where points lie beside a curve, `(n,)` each: length along it, how far aside, beyond its ends (0 between them) and above it."""

    at_mm: FloatArray
    aside_mm: FloatArray
    beyond_mm: FloatArray
    above_mm: FloatArray


@dataclass(frozen=True, eq=False)
class Curve:
    """A smooth curve through stations; between them every quantity is a cubic spline, width and thickness are linear."""

    stations: tuple[Station, ...]

    @classmethod
    def of(cls, stations: Sequence[Station]) -> Curve:
        return cls(tuple(stations))

    @property
    def length_mm(self) -> float:
        return self.stations[-1].at_mm

    @cached_property
    def _at(self) -> FloatArray:
        return np.array([s.at_mm for s in self.stations])

    @cached_property
    def _points(self) -> CubicSpline:
        return CubicSpline(self._at, np.array([s.point_lps_mm for s in self.stations]))

    @cached_property
    def _normals(self) -> CubicSpline:
        return CubicSpline(self._at, np.array([s.normal_lps for s in self.stations]))

    def points(self, at_mm: FloatArray) -> FloatArray:
        """`(n, 3)` places on the bone."""
        return np.asarray(self._points(np.clip(at_mm, 0.0, self.length_mm)))

    def frames(self, at_mm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """`(n, 3)` each: unit vectors along the curve, across it, and out of the bone; right-handed."""
        at = np.clip(at_mm, 0.0, self.length_mm)
        along = _unit(np.asarray(self._points(at, 1)))
        out = np.asarray(self._normals(at))
        out = _unit(out - along * np.einsum("ij,ij->i", out, along)[:, None])
        return along, np.cross(out, along), out

    def widths_mm(self, at_mm: FloatArray) -> FloatArray:
        return np.interp(at_mm, self._at, [s.width_mm for s in self.stations])

    def thicknesses_mm(self, at_mm: FloatArray) -> FloatArray:
        return np.interp(at_mm, self._at, [s.thickness_mm for s in self.stations])

    @cached_property
    def _fine(self) -> tuple[FloatArray, FloatArray, cKDTree]:
        at = np.linspace(0.0, self.length_mm, max(2, int(np.ceil(self.length_mm / FINE_MM)) + 1))
        points = self.points(at)
        return at, points, cKDTree(points)

    def near_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(n,)` distance of points to the curve, to its fine places."""
        return np.asarray(self._fine[2].query(points_lps_mm, workers=-1)[0])

    def around(self, points_lps_mm: FloatArray) -> Around:
        """Where points lie beside the curve, in the frame of its nearest place."""
        fine, places, tree = self._fine
        _, nearest = tree.query(points_lps_mm, workers=-1)
        along, _, _ = self.frames(fine)
        rest = points_lps_mm - places[nearest]
        step = np.einsum("ij,ij->i", rest, along[nearest])
        at = fine[nearest] + step
        inside = np.clip(at, 0.0, self.length_mm)
        _, across, out = self.frames(inside)
        rest = points_lps_mm - self.points(inside)
        aside, above = (np.einsum("ij,ij->i", rest, axes) for axes in (across, out))
        return Around(inside, aside, np.maximum(np.maximum(-at, at - self.length_mm), 0.0), above)


def _unit(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))
