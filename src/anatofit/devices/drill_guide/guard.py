"""What a drilled hole keeps away from: how far it stays off, and the lean about its entry that would bring it there.

Both are known before anything is built, and an order that comes too near is refused then: a guide led there would never be used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatofit.devices.drill_guide.layout import KeptOut
from anatofit.devices.drill_guide.lines import Line
from anatofit.devices.guide.layout import Sleeve
from anatofit.devices.guide.overhead import FAR_MM
from anatofit.errors import Reason
from anatofit.geometry.closest import NearSurface
from anatofit.geometry.pierce import pierced
from anatofit.model.anatomy import ELSEWHERE_MM
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.model.words import bracketed

REACH_MM = 300.0  # farther than any drill's length
ASIDE_MM = 50.0  # from the nearest trajectory to a ball: it guards no drill of this guide, and is told. Proposal
_SURE_MM = (
    0.05  # more than a pin is to keep: places along an axis lie 0.1 mm apart, the finding is measured without steps
)
_STEP_MM = 0.1  # between places along the axis
_SPACING_MM = 0.4  # of the surface's places that a leaning drill is turned to


@dataclass(frozen=True)
class Safe:
    """Distance of the drilled hole, mm, less than 0 within, and how deep beneath the entry; the lean that would reach it, degrees,
    None where none does."""

    away_mm: float
    depth_mm: float
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
    away, depth = min(place for place, _ in found)
    lean = round(0.0 if away <= 0 else min(leans), 6) if leans or away <= 0 else None
    return Safe(round(away, 6), round(depth, 6), lean)


def too_near(line: Line, safe: Safe | None, *, least_mm: float, play_deg: float) -> Iterator[Reason]:
    """A reason where a trajectory comes nearer to what is kept out of than it may, or as near as its sleeve lets the drill lean."""
    if safe is None:
        return
    if safe.away_mm < least_mm:
        where = f"passes {safe.away_mm:.1f} mm from" if safe.away_mm > 0 else f"reaches {-safe.away_mm:.1f} mm into"
        wanted = f"{least_mm:g} mm at least are wanted. Move its entry or target"
        more = ", or lower keep_out_mm if so near is meant" if safe.away_mm > 0 else ", or correct what is kept out of"
    elif safe.breach_deg is not None and safe.breach_deg < play_deg:
        where = f"meets, with a lean of {safe.breach_deg:.1f}°,"
        wanted = f"its sleeve lets the drill lean by {play_deg:.1f}°. Move its entry or target"
        more = ", or order a longer sleeve_mm or a smaller drill_clearance_mm"
    else:
        return
    x, y, z = line.at(-safe.depth_mm)
    said = (
        f"the drill of trajectory {line.number} {where} what is kept out of, {safe.depth_mm:.0f} mm beneath its entry "
        f"near {bracketed((x, y, z))} mm; {wanted}{more}"
    )
    yield Reason("keep-out", said)


def elsewhere(lines: Sequence[Line], balls: Sequence[KeptOut]) -> Iterator[Reason]:
    """A reason for each ball far from every trajectory: it guards nothing, and looks as if it did."""
    for number, away in enumerate(_balls_mm(lines, balls), start=1):
        if away > ELSEWHERE_MM:
            said = (
                f"ball {number} that the plan keeps out of ([[plan.keep_out]] point) lies {away:.0f} mm from the nearest trajectory; "
                f"{ELSEWHERE_MM:g} mm at most are wanted. Give it in the unit and frame of the other places of the plan"
            )
            yield Reason("plan-misses-bone", said)


def aside(lines: Sequence[Line], balls: Sequence[KeptOut]) -> Iterator[str]:
    """A sentence for each ball that is nowhere near a trajectory."""
    for number, away in enumerate(_balls_mm(lines, balls), start=1):
        if away > ASIDE_MM:
            yield f"ball {number} that the plan keeps out of lies {away:.0f} mm from the nearest trajectory: see that its numbers are as they were meant"


def _balls_mm(lines: Sequence[Line], balls: Sequence[KeptOut]) -> list[float]:
    """From each ball to the nearest planned hole."""
    return [
        min(_ball_mm(line.entry_lps_mm, line.axis_lps, line.target_mm, ball)[0] for line in lines) for ball in balls
    ]


@dataclass(frozen=True, eq=False)
class Keep:
    """What pins keep out of, and by how much: their whole way to the end of the far cortex, as wide as their channel."""

    surface: Mesh | None
    balls: Sequence[KeptOut]
    least_mm: float

    @property
    def some(self) -> bool:
        """Whether anything is kept out of."""
        return self.surface is not None or bool(self.balls)

    @cached_property
    def _near(self) -> NearSurface | None:
        return None if self.surface is None else NearSurface(self.surface, spacing_mm=_SPACING_MM)

    def away_mm(self, pin: Sleeve) -> float:
        """From a pin's drilled hole, its tip included, to the nearest that is kept out of; infinite where nothing is."""
        entry, axis, radius = np.array(pin.entry_lps_mm), np.array(pin.axis_lps), pin.diameter_mm / 2
        deep = REACH_MM if pin.depth_mm is None else pin.depth_mm
        found = [_ball_mm(entry, axis, deep, ball)[0] for ball in self.balls]
        if self.surface is not None and self._near is not None:
            found.append(_surface_mm(self._near, self.surface, entry, axis, deep)[0])
        return min(found, default=np.inf) - radius

    def met_by(self, pin: Sleeve) -> bool:
        """Whether a pin comes nearer than it may."""
        return self.away_mm(pin) < self.least_mm + _SURE_MM

    def reasons(self, pins: Sequence[Sleeve]) -> Iterator[Reason]:
        """A reason for each ordered pin that comes too near."""
        for number, pin in enumerate(pins, start=1):
            if self.met_by(pin):
                yield Reason(f"plan.pin[{number}]", self._said(pin))

    def _said(self, pin: Sleeve) -> str:
        away, wanted = self.away_mm(pin), f"{self.least_mm:g} mm at least are wanted (keep_out_mm)"
        where = f"passes {away:.1f} mm from" if away > 0 else "goes through"
        return f"its way to the end of the far cortex {where} what is kept out of; {wanted}. Move it, or lean it away"


def _ball_mm(entry: FloatArray, axis: FloatArray, deep_mm: float, ball: KeptOut) -> tuple[float, float]:
    """From the line of a hole to a ball, and how deep beneath the entry it is nearest."""
    rest = np.array(ball.point_lps_mm) - entry
    along = float(np.clip(-(rest * axis).sum(), 0.0, deep_mm))
    return float(np.sqrt(np.square(rest + along * axis).sum())) - ball.radius_mm, along


def _surface_mm(
    near: NearSurface, surface: Mesh, entry: FloatArray, axis: FloatArray, deep_mm: float
) -> tuple[float, float]:
    """From the line of a hole to a surface, less than 0 within it, and how deep beneath the entry it is nearest."""
    depth = np.linspace(0.0, deep_mm, max(2, int(np.ceil(deep_mm / _STEP_MM)) + 1))
    away = near.distance_mm(entry - np.outer(depth, axis), reach_mm=REACH_MM)
    walls, _ = pierced(surface, entry + FAR_MM * axis, -axis)
    inside = np.searchsorted(walls[walls > 0], depth + FAR_MM) % 2 == 1
    signed = np.where(inside, -away, away)
    least = int(np.argmin(signed))
    return float(signed[least]), float(depth[least])


def _of_ball(line: Line, radius_mm: float, ball: KeptOut) -> tuple[tuple[float, float], float]:
    rest = np.array(ball.point_lps_mm) - line.entry_lps_mm
    away, depth = _ball_mm(line.entry_lps_mm, line.axis_lps, line.target_mm, ball)
    return (away - radius_mm, depth), float(_leans(line, rest[None], radius_mm + ball.radius_mm)[0])


def _of_surface(line: Line, radius_mm: float, surface: Mesh) -> tuple[tuple[float, float], float]:
    near = NearSurface(surface, spacing_mm=_SPACING_MM)
    away, depth = _surface_mm(near, surface, line.entry_lps_mm, line.axis_lps, line.target_mm)
    leans = _leans(line, near.samples_mm - line.entry_lps_mm, radius_mm)
    return (away - radius_mm, depth), float(leans.min(initial=np.inf))


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
