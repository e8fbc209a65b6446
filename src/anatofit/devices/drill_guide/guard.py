"""What a drilled hole keeps away from: how far it stays off, and the lean about its entry that would bring it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.drill_guide.layout import KeptOut
from anatofit.devices.drill_guide.lines import FAR_MM, Line
from anatofit.geometry.closest import NearSurface
from anatofit.geometry.pierce import pierced
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

REACH_MM = 300.0  # farther than any drill's length
_STEP_MM = 0.1  # between places along the axis
_SPACING_MM = 0.4  # of the surface's places that a leaning drill is turned to


@dataclass(frozen=True)
class Safe:
    """Distance of the drilled hole, mm, less than 0 within; and the lean that would reach it, degrees, None where none does."""

    away_mm: float
    breach_deg: float | None


def safe_zone(line: Line, surface: Mesh | None, balls: Sequence[KeptOut]) -> Safe | None:
    """The least of all that is kept out of; None where nothing is."""
    if surface is None and not balls:
        return None
    radius = line.trajectory.diameter_mm / 2
    found = [_of_ball(line, radius, ball) for ball in balls]
    if surface is not None:
        found.append(_of_surface(line, radius, surface))
    leans = [lean for _, lean in found if np.isfinite(lean)]
    away = min(away for away, _ in found)
    return Safe(round(away, 6), round(0.0 if away <= 0 else min(leans), 6) if leans or away <= 0 else None)


def _of_ball(line: Line, radius_mm: float, ball: KeptOut) -> tuple[float, float]:
    rest = np.array(ball.point_lps_mm) - line.entry_lps_mm
    along = float(np.clip(-(rest * line.axis_lps).sum(), 0.0, line.target_mm))
    away = float(np.sqrt(np.square(rest + along * line.axis_lps).sum())) - radius_mm - ball.radius_mm
    return away, float(_leans(line, rest[None], radius_mm + ball.radius_mm)[0])


def _of_surface(line: Line, radius_mm: float, surface: Mesh) -> tuple[float, float]:
    near = NearSurface(surface, spacing_mm=_SPACING_MM)
    depth = np.linspace(0.0, line.target_mm, max(2, int(np.ceil(line.target_mm / _STEP_MM)) + 1))
    places = line.entry_lps_mm - np.outer(depth, line.axis_lps)
    away = near.distance_mm(places, reach_mm=REACH_MM)
    walls, _ = pierced(surface, line.at(FAR_MM), -line.axis_lps)
    inside = np.searchsorted(walls[walls > 0], depth + FAR_MM) % 2 == 1
    least = float(np.where(inside, -away, away).min()) - radius_mm
    return least, float(_leans(line, near.samples_mm - line.entry_lps_mm, radius_mm).min(initial=np.inf))


def _leans(line: Line, rest_mm: FloatArray, radius_mm: float) -> FloatArray:
    """By how many degrees the drill, turned about its entry towards each place (from the entry), comes within a radius of it."""
    far = np.sqrt(np.square(rest_mm).sum(axis=1))
    cosine = -(rest_mm * line.axis_lps).sum(axis=1) / np.maximum(far, 1e-9)
    now = np.arccos(np.clip(cosine, -1.0, 1.0))
    deep, beside = line.target_mm, np.sqrt(np.maximum(far**2 - radius_mm**2, 0.0))
    by_side = np.arcsin(np.clip(radius_mm / np.maximum(far, 1e-9), 0.0, 1.0))
    tip = (deep**2 + far**2 - radius_mm**2) / np.maximum(2 * deep * far, 1e-9)
    at = np.where(beside <= deep, by_side, np.arccos(np.clip(tip, -1.0, 1.0)))
    lean = np.maximum(np.rad2deg(now - at), 0.0)
    return np.asarray(np.where(far <= radius_mm, 0.0, np.where(far - radius_mm > deep, np.inf, lean)))
