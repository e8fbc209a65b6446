"""What a socket's plan says of each place of the limb's chart: how far inside or outside the skin its inner face lies, how thick its wall is,
and where it ends.

docs/how-to/sockets.md gives the formulas; verify/ works them out again by its own code.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.socket.layout import Patch, Shape, Station, Trim
from anatofit.model.frame import FloatArray

_ABOVE = 1.15  # of the flare's whole height: above the trim line it goes on so far


def trim_at(trim: Sequence[Trim], angle: FloatArray) -> FloatArray:
    """v of the trim line at angles in radians: monotone cubic pieces (Fritsch and Carlson 1980) between its points."""
    from scipy.interpolate import PchipInterpolator

    points = sorted((t.angle_deg % 360.0, t.v_mm) for t in trim)
    at, v = np.array([(a + turn, z) for turn in (-360.0, 0.0, 360.0) for a, z in points]).T
    return np.asarray(PchipInterpolator(at, v)(np.degrees(angle) % 360.0))


def station_at(stations: Sequence[Station], v_mm: FloatArray) -> FloatArray:
    """Straight between stations."""
    return np.interp(v_mm, [s.v_mm for s in stations], [s.value_mm for s in stations])


def share_of(patch: Patch, ball_mm: float, v_mm: FloatArray, angle: FloatArray) -> FloatArray:
    """1 within the even part of a patch, whose corners are round, eased to 0 over its falloff."""
    (v0, a0), (v1, a1) = patch.start, patch.end
    along = np.clip((v_mm - v0) / (v1 - v0), 0.0, 1.0) if v1 != v0 else np.zeros_like(v_mm)
    low, high = min(v0, v1), max(v0, v1)
    off = np.maximum(np.maximum(low - v_mm, v_mm - high), 0.0)
    turn = np.radians(a0 + along * ((a1 - a0 + 180.0) % 360.0 - 180.0))
    away = (angle - turn + np.pi) % (2 * np.pi) - np.pi
    beside = patch.radius_mm * np.cos(np.minimum(v_mm - ball_mm, 0.0) / ball_mm) * np.abs(away)
    corner = min(patch.half_mm)
    beyond = np.hypot(*(np.maximum(o - (h - corner), 0.0) for o, h in zip((off, beside), patch.half_mm, strict=True)))
    return eased(1.0 - np.maximum(beyond - corner, 0.0) / patch.falloff_mm)


def eased(share: FloatArray) -> FloatArray:
    """0 to 1, slope and curvature 0 at both ends."""
    t = np.clip(share, 0.0, 1.0)
    return np.asarray(t**3 * (10.0 - t * (15.0 - 6.0 * t)))


def rectified_mm(shape: Shape, v_mm: FloatArray, angle: FloatArray) -> FloatArray:
    """How far outside the liner, along the skin's normal, the socket's inner face lies, its flare left aside."""
    v_mm, angle = np.broadcast_arrays(v_mm, angle)
    out = -station_at(shape.inset, v_mm)
    for patch in shape.patches:
        out = out + patch.depth_mm * share_of(patch, shape.frame.ball_mm, v_mm, angle)
    return np.asarray(out)


def offset_mm(shape: Shape, v_mm: FloatArray, angle: FloatArray) -> FloatArray:
    """How far outside the evened skin, along its normal, the socket's inner face lies."""
    below = (trim_at(shape.trim, angle) - v_mm) / shape.flare.along_mm
    flare = shape.flare.out_mm * np.square(np.clip(1.0 - below, 0.0, _ABOVE))
    return np.asarray(shape.liner_mm + rectified_mm(shape, v_mm, angle) + flare)


def wall_mm(shape: Shape, v_mm: FloatArray, angle: FloatArray) -> FloatArray:
    """The wall's planned thickness."""
    v_mm, angle = np.broadcast_arrays(v_mm, angle)
    out = station_at(shape.wall, v_mm)
    for patch in shape.patches:
        if patch.thicker_mm:
            out = out + patch.thicker_mm * share_of(patch, shape.frame.ball_mm, v_mm, angle)
    return np.asarray(out)
