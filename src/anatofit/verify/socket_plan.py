"""The plan of a socket as numbers: the limb's frame and chart, what is asked of the inner face and of the wall at each place of it, the trim line.

The formulas are those of docs/how-to/sockets.md; none of the design's code is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector


@dataclass(frozen=True, eq=False)
class SocketFrame:
    """axes: (3, 3) rows front, square to it, proximal. ball: radius of the half ball, and level of its middle. sign: 1 where y is medial."""

    origin: FloatArray
    axes: FloatArray
    ball: float
    sign: int

    def local(self, points_lps_mm: FloatArray) -> FloatArray:
        """(n, 3) LPS mm to the limb's frame."""
        return np.asarray((points_lps_mm - self.origin) @ self.axes.T)

    def lps(self, local_mm: FloatArray) -> FloatArray:
        """The way back."""
        return np.asarray(local_mm @ self.axes + self.origin)

    def rays(self, v: FloatArray, angle: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(n, 3) starts and unit ways of the chart's rays, in the limb's frame."""
        sunk = np.clip(self.ball - v, 0.0, None) / self.ball
        way = np.column_stack([np.cos(sunk) * np.cos(angle), np.cos(sunk) * np.sin(angle), -np.sin(sunk)])
        start = np.column_stack([np.zeros(len(v)), np.zeros(len(v)), np.maximum(v, self.ball)])
        return start, way

    def chart(self, local_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(n,) v and angle of places."""
        x, y, z = local_mm.T
        sunk = np.arctan2(np.clip(self.ball - z, 0.0, None), np.hypot(x, y))
        return np.where(z > self.ball, z, self.ball * (1.0 - sunk)), np.arctan2(y, x)

    @property
    def lowest(self) -> float:
        """v of the ray straight down."""
        return self.ball * (1.0 - np.pi / 2.0)


def frame_of(plan: Mapping[str, Any]) -> SocketFrame:
    """The frame. Raises KeyError for a plan of another device."""
    frame = plan["shape"]["frame"]
    x, _, z = (np.array(axis, dtype=np.float64) for axis in frame["axes_lps"])
    z = unit_vector(z)
    x = unit_vector(x - z * float(x @ z))
    axes = np.stack([x, np.cross(z, x), z])
    return SocketFrame(
        np.array(frame["origin_lps_mm"], dtype=np.float64), axes, float(frame["ball_mm"]), int(frame["medial_sign"])
    )


def trim_line(plan: Mapping[str, Any], angle: FloatArray) -> FloatArray:
    """v of the trim line: cubic pieces whose slopes are limited so that they never leave what their two points span."""
    from scipy.interpolate import pchip_interpolate

    rows = sorted((float(t["angle_deg"]) % 360.0, float(t["v_mm"])) for t in plan["shape"]["trim"])
    at = np.array([a + turn for turn in (-360.0, 0.0, 360.0) for a, _ in rows])
    return np.asarray(pchip_interpolate(at, np.array([v for _, v in rows] * 3), np.degrees(angle) % 360.0))


def asked_offset(plan: Mapping[str, Any], frame: SocketFrame, v: FloatArray, angle: FloatArray) -> FloatArray:
    """(n,) how far outside the evened limb the inner face is asked to lie, along the limb's normal."""
    shape = plan["shape"]
    out = float(shape["liner_mm"]) - _between(shape["inset"], v)
    for patch in shape["patches"]:
        out = out + float(patch["depth_mm"]) * patch_share(patch, frame, v, angle)
    bent = 1.0 - (trim_line(plan, angle) - v) / float(shape["flare"]["along_mm"])
    return np.asarray(out + float(shape["flare"]["out_mm"]) * np.clip(bent, 0.0, None) ** 2)


def asked_wall(plan: Mapping[str, Any], frame: SocketFrame, v: FloatArray, angle: FloatArray) -> FloatArray:
    """(n,) how thick the wall is asked to be."""
    out = _between(plan["shape"]["wall"], v)
    for patch in plan["shape"]["patches"]:
        out = out + float(patch["thicker_mm"]) * patch_share(patch, frame, v, angle)
    return out


def patch_share(patch: Mapping[str, Any], frame: SocketFrame, v: FloatArray, angle: FloatArray) -> FloatArray:
    """(n,) 1 in the even part of a region, 0 beyond its falloff."""
    (v0, a0), (v1, a1) = ((float(a), float(b)) for a, b in (patch["start"], patch["end"]))
    half_along, half_around = (float(h) for h in patch["half_mm"])
    share = np.zeros_like(v) if v0 == v1 else np.clip((v - v0) / (v1 - v0), 0.0, 1.0)
    middle = np.radians(a0 + share * _signed_deg(a1 - a0))
    turn = np.abs(np.angle(np.exp(1j * (angle - middle))))
    wide = float(patch["radius_mm"]) * np.cos(np.clip(frame.ball - v, 0.0, None) / frame.ball)
    along = np.maximum(np.clip(min(v0, v1) - v, 0.0, None), np.clip(v - max(v0, v1), 0.0, None))
    corner = min(half_along, half_around)
    x, y = np.clip(along - half_along + corner, 0.0, None), np.clip(wide * turn - half_around + corner, 0.0, None)
    t = np.clip(1.0 - np.clip(np.sqrt(x * x + y * y) - corner, 0.0, None) / float(patch["falloff_mm"]), 0.0, 1.0)
    return np.asarray(6.0 * t**5 - 15.0 * t**4 + 10.0 * t**3)


def _signed_deg(angle: float) -> float:
    return (angle + 180.0) % 360.0 - 180.0


def _between(stations: Sequence[Mapping[str, Any]], v: FloatArray) -> FloatArray:
    return np.interp(v, [float(s["v_mm"]) for s in stations], [float(s["value_mm"]) for s in stations])
