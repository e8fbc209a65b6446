"""What stands on a base must not stand in each other's way: distances between channels, sleeves, bars and plates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations, product

import numpy as np

from anatofit.devices.guide.layout import Sleeve
from anatofit.errors import Reason
from anatofit.geometry.bridge import frame_on
from anatofit.model.frame import FloatArray

LEAST_WALL_MM = 1.5  # between a drill's way and the sleeve of another
COLLAR_MM = 1.0  # around a sleeve's top, where a drill's collar comes to stop
WAY_MM = 40.0  # above a sleeve's top: a drill's chuck comes from there
_STEP_MM = 0.5
_MOUTH_MM = 1.0  # beneath a sleeve's top its edges are rounded: no wall is asked for there
_HAIR_MM = 0.1  # of a wall that a collar's room may take: less than the 0.15 mm by which one is proved short
_SPOKES = 24


@dataclass(frozen=True, eq=False)
class Box:
    """A block: its middle, `(3, 3)` columns of its axes, half its sides, all in LPS mm."""

    middle_lps_mm: FloatArray
    frame_lps: FloatArray
    half_mm: FloatArray

    def away_mm(self, points_lps_mm: FloatArray) -> FloatArray:
        """`(n,)` how far from the block points are, 0 inside."""
        rest = points_lps_mm - self.middle_lps_mm
        local = np.stack([(rest * axis).sum(axis=1) for axis in self.frame_lps.T], axis=1)
        return np.asarray(np.sqrt(np.square(np.maximum(np.abs(local) - self.half_mm, 0.0)).sum(axis=1)))


def way_of(sleeve: Sleeve, *, above_mm: float = WAY_MM) -> FloatArray:
    """`(n, 3)` places along the way that a drill takes through a sleeve, half a millimetre apart."""
    along = np.arange(sleeve.low_mm, sleeve.top_mm + above_mm, _STEP_MM)
    return np.asarray(np.array(sleeve.entry_lps_mm) + np.outer(along, np.array(sleeve.axis_lps)))


@dataclass(frozen=True)
class Lack:
    """What two channels leave between them, and what is wanted there, mm."""

    left_mm: float
    wanted_mm: float


def lack(one: Sleeve, other: Sleeve) -> Lack | None:
    """Of the wall between two sleeves, which is to be the thinner one's own, or of the room for a drill's way beside a sleeve.

    None where nothing lacks.
    """
    way = min(_way_to_tube(one, other), _way_to_tube(other, one))
    if way < LEAST_WALL_MM:
        return Lack(max(way, 0.0), LEAST_WALL_MM)
    wall, wanted = min(_wall(one, other), _wall(other, one)), min(_own_wall(one), _own_wall(other))
    return Lack(wall, wanted) if wall < wanted else None


def _own_wall(sleeve: Sleeve) -> float:
    return round((sleeve.outer_diameter_mm - sleeve.diameter_mm) / 2, 3)


def _wall(one: Sleeve, other: Sleeve) -> float:
    """The least wall that two channels leave above the bone."""
    within = one.model_copy(update={"low_mm": 0.0}), other.model_copy(update={"low_mm": 0.0})
    return _way_to_tube(*within, above_mm=0.0)


def _way_to_tube(one: Sleeve, other: Sleeve, *, above_mm: float = WAY_MM) -> float:
    rest = way_of(one, above_mm=above_mm) - np.array(other.entry_lps_mm)
    axis = np.array(other.axis_lps)
    along = np.clip((rest * axis).sum(axis=1), other.low_mm, other.top_mm)
    away = np.sqrt(np.square(rest - np.outer(along, axis)).sum(axis=1))
    return float(away.min()) - (one.diameter_mm + other.diameter_mm) / 2


def standing_up(sleeves: Sequence[Sleeve], *, least_mm: float) -> Iterator[tuple[int, int, float]]:
    """Of each sleeve whose collar's room takes of the least wall of another: its number, the other's, and how far up that wall is cut away."""
    for a, b in permutations(range(len(sleeves)), 2):
        up = up_beside(sleeves[a], sleeves[b], least_mm=least_mm)
        if up > 0.0:
            yield a, b, up


def up_beside(one: Sleeve, other: Sleeve, *, least_mm: float) -> float:
    """How high above the top of one sleeve, and so near that its collar needs the room, a wall around the other's channel stands."""
    u, v, axis = frame_on(np.array(other.axis_lps)).T
    turn = 2 * np.pi * np.arange(_SPOKES) / _SPOKES
    ring = (other.diameter_mm / 2 + least_mm - _HAIR_MM) * (np.outer(np.cos(turn), u) + np.outer(np.sin(turn), v))
    up = np.append(np.arange(0.0, other.top_mm - _MOUTH_MM, _STEP_MM), other.top_mm - _MOUTH_MM)
    tube = np.array(other.entry_lps_mm) + np.outer(up, axis)[:, None, :] + ring
    rest = tube.reshape(-1, 3) - np.array(one.entry_lps_mm)
    along = (rest * np.array(one.axis_lps)).sum(axis=1)
    off = np.sqrt(np.square(rest - np.outer(along, np.array(one.axis_lps))).sum(axis=1))
    near = along[off < one.outer_diameter_mm / 2 + COLLAR_MM]
    return float(near.max(initial=-np.inf)) - one.top_mm


def room_beside(sleeve: Sleeve, boxes: Sequence[Box]) -> float:
    """How much room is left between a sleeve's tube, or its drill's way above, and blocks; inf without any."""
    way, top = way_of(sleeve), np.array(sleeve.entry_lps_mm) + sleeve.top_mm * np.array(sleeve.axis_lps)
    above = ((way - top) * np.array(sleeve.axis_lps)).sum(axis=1) > 0
    radius = np.where(above, sleeve.diameter_mm, sleeve.outer_diameter_mm) / 2
    return min((float((box.away_mm(way) - radius).min()) for box in boxes), default=float("inf"))


def collisions(sleeves: Sequence[Sleeve], pins: Sequence[Sleeve]) -> list[Reason]:
    """A reason for each two channels that leave too little wall between them."""
    named = [(f"trajectory {n}", s) for n, s in enumerate(sleeves, start=1)]
    named += [(f"pin {n}", p) for n, p in enumerate(pins, start=1)]
    reasons = []
    for (a, one), (b, other) in combinations(named, 2):
        found = lack(one, other)
        if found is not None:
            said = (
                f"between the channels of {a} and {b}, or a drill's way and the other's sleeve, {found.left_mm:.1f} mm would be left; "
                f"{found.wanted_mm:g} mm at least are wanted. Move them apart, lower sleeve_wall_mm, shorten a sleeve, or order two guides"
            )
            reasons.append(Reason("no-room", said))
    return reasons


def in_collars(sleeves: Sequence[Sleeve], pins: Sequence[Sleeve], *, least_mm: float) -> Iterator[Reason]:
    """A reason for each pin whose sleeve stands up where a drill's collar comes to stop, and would be cut away there."""
    for (a, one), (n, pin) in product(enumerate(sleeves, start=1), enumerate(pins, start=1)):
        up = up_beside(one, pin, least_mm=least_mm)
        if up > 0.0:
            said = (
                f"the sleeve of pin {n} stands {in_tenths(up)} mm up beside the top of that of trajectory {a}, where a drill's collar comes to stop. "
                "Move the pin away, lower pin_sleeve_mm, or raise sleeve_mm"
            )
            yield Reason("no-room", said)


def in_tenths(length_mm: float) -> str:
    """A length as it is told that is too much: upwards, so that it is never told as nothing."""
    return f"{np.ceil(10 * length_mm - 1e-6) / 10:.1f}"
