"""Simple bodies with a signed distance (negative inside, millimetres, exact to first order at the surface)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float, float]
SMOOTH_MM = 4.0  # over this length bodies of one bone run into each other


def blend(first: NDArray[Any], second: NDArray[Any], over_mm: float) -> NDArray[Any]:
    """Distance to both bodies together, the seam between them rounded over a length (zero: a sharp seam)."""
    nearer = np.minimum(first, second)
    if over_mm <= 0.0:
        return np.asarray(nearer)
    close = np.maximum(over_mm - np.abs(first - second), 0.0) / over_mm
    return np.asarray(nearer - close * close * (0.25 * over_mm))


class Body(Protocol):
    """Something with a distance and a ball around it."""

    def distance_mm(self, x: NDArray[Any], y: NDArray[Any], z: NDArray[Any]) -> NDArray[Any]:
        """Signed distance at points x, y, z."""

    def ball(self) -> tuple[Point, float]:
        """Centre and radius of a ball that holds the body."""


@dataclass(frozen=True)
class Ellipsoid:
    """Half axes along x, y, z; a `shell_mm` above zero leaves only its wall, that thick, centred on the surface."""

    centre: Point
    half_axes: Point
    shell_mm: float = 0.0
    front_y: float | None = None  # the shell is open in front of this plane

    def distance_mm(self, x: NDArray[Any], y: NDArray[Any], z: NDArray[Any]) -> NDArray[Any]:
        """Signed distance, first order."""
        u, v, w = ((p - c) / a for p, c, a in zip((x, y, z), self.centre, self.half_axes, strict=True))
        a, b, c = self.half_axes
        level = np.sqrt(u * u + v * v + w * w)
        slope = np.sqrt((u / a) ** 2 + (v / b) ** 2 + (w / c) ** 2)
        distance = level * (level - 1.0) / np.maximum(slope, 1e-6)
        if self.shell_mm:
            distance = np.abs(distance) - self.shell_mm / 2
        if self.front_y is not None:
            distance = np.maximum(distance, self.front_y - y)
        return np.asarray(distance)

    def ball(self) -> tuple[Point, float]:
        """Centre and radius of a ball that holds the body."""
        return self.centre, max(self.half_axes) + self.shell_mm


@dataclass(frozen=True)
class Rod:
    """A rod with round ends that tapers from `radius` at `start` to `end_radius`."""

    start: Point
    end: Point
    radius: float
    end_radius: float | None = None

    def distance_mm(self, x: NDArray[Any], y: NDArray[Any], z: NDArray[Any]) -> NDArray[Any]:
        """Signed distance (first order where it tapers)."""
        axis = np.subtract(self.end, self.start)
        length2 = float(axis @ axis)
        p = [q - s for q, s in zip((x, y, z), self.start, strict=True)]
        t = np.clip((p[0] * axis[0] + p[1] * axis[1] + p[2] * axis[2]) / length2, 0.0, 1.0)
        off = sum((q - t * a) ** 2 for q, a in zip(p, axis, strict=True))
        end = self.radius if self.end_radius is None else self.end_radius
        return np.asarray(np.sqrt(off) - (self.radius + (end - self.radius) * t))

    def ball(self) -> tuple[Point, float]:
        """Centre and radius of a ball that holds the body."""
        middle = 0.5 * np.add(self.start, self.end)
        reach = 0.5 * float(np.linalg.norm(np.subtract(self.end, self.start)))
        return (float(middle[0]), float(middle[1]), float(middle[2])), reach + max(self.radius, self.end_radius or 0.0)


@dataclass(frozen=True)
class Ring:
    """A round tube along an oval: in the x-z plane (a rim seen from the front) or the x-y plane (an arch)."""

    centre: Point
    half_width: float
    half_height: float
    tube: float
    upright: bool = True
    lean: float = 0.0  # how far the outer side of an upright ring lies further back, mm per mm of x
    behind_y: float | None = None  # only the part in front of this plane

    def distance_mm(self, x: NDArray[Any], y: NDArray[Any], z: NDArray[Any]) -> NDArray[Any]:
        """Signed distance, first order for a near-round oval."""
        u = x - self.centre[0]
        v, off = (z - self.centre[2], y - self.centre[1]) if self.upright else (y - self.centre[1], z - self.centre[2])
        off = off - self.lean * u
        a, b = self.half_width, self.half_height
        level = np.sqrt((u / a) ** 2 + (v / b) ** 2)
        slope = np.sqrt((u / a**2) ** 2 + (v / b**2) ** 2)
        across = level * (level - 1.0) / np.maximum(slope, 1e-6)
        distance = np.sqrt(across**2 + off**2 / (1.0 + self.lean**2)) - self.tube
        return np.asarray(distance if self.behind_y is None else np.maximum(distance, y - self.behind_y))

    def ball(self) -> tuple[Point, float]:
        """Centre and radius of a ball that holds the body."""
        reach = max(self.half_width, self.half_height) + self.tube
        return self.centre, reach * (1.0 + abs(self.lean))


@dataclass(frozen=True)
class Cylinder:
    """An endless cylinder about a line parallel to z, with half axes in x and y, between two heights."""

    centre_x: float
    centre_y: float
    half_x: float
    half_y: float
    low_z: float
    high_z: float

    def distance_mm(self, x: NDArray[Any], y: NDArray[Any], z: NDArray[Any]) -> NDArray[Any]:
        """Signed distance, first order."""
        u, v = (x - self.centre_x) / self.half_x, (y - self.centre_y) / self.half_y
        level = np.sqrt(u * u + v * v)
        slope = np.sqrt((u / self.half_x) ** 2 + (v / self.half_y) ** 2)
        side = level * (level - 1.0) / np.maximum(slope, 1e-6)
        return np.asarray(np.maximum(side, np.maximum(self.low_z - z, z - self.high_z)))

    def ball(self) -> tuple[Point, float]:
        """Centre and radius of a ball that holds the body."""
        middle = 0.5 * (self.low_z + self.high_z)
        reach = float(np.hypot(max(self.half_x, self.half_y), 0.5 * (self.high_z - self.low_z)))
        return (self.centre_x, self.centre_y, middle), reach
