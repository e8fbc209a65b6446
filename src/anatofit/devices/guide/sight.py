"""How letters on a face are looked at, and whether base or tubes stand in every look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.devices.guide.footprint import plane_axes
from anatofit.devices.guide.layout import Letters, Seat, Sleeve
from anatofit.geometry.bridge import frame_on
from anatofit.geometry.field import BoolArray, FieldArray, smooth_union
from anatofit.geometry.solids import rod
from anatofit.model.frame import FloatArray

# A reader turns the part in the hand: at 30 degrees letters keep 0.87 of their height. Proposal.
LEANS_DEG = (0.0, 15.0, 30.0)
_WAYS = 12  # to lean to
SPARE_MM = 0.3  # what a lattice's step, rounding, and the way between places of a look may take of a face that stands before letters
_FAR_MM = 40.0  # longer than what stands on a base is high
_STEP_MM = 1.0  # along a look; a pin's sleeve is 4 mm thick and more
_FIRST_MM = 0.25  # from a face a look begins: half as deep as strokes are cut, so that no fillet takes more of them
_SPREAD_MM = 1.5  # between places of a block of letters, at most


@dataclass(frozen=True, eq=False)
class Look:
    """One look at a block of letters that nothing stands in before there are pins.

    places: `(n, 3)` on the ways to the reader, LPS mm; away: `(n,)` how far each is from what a sleeve of a pin would join with a fillet.
    """

    places_lps_mm: FloatArray
    away_mm: FieldArray
    fillet_mm: float

    def meets(self, tube: Sleeve) -> bool:
        """Whether a tube stands in it, or its fillet."""
        tubes = tube_away_mm(tube, self.places_lps_mm) - np.float32(SPARE_MM)
        return bool((smooth_union(self.away_mm, tubes, radius_mm=self.fillet_mm) < 0).any())


@dataclass(frozen=True, eq=False)
class Base:
    """The base of a guide: so thick around each place of its ground, also of steep ground."""

    ground: Any  # cKDTree of the places of the ground, LPS mm
    thick_mm: float

    @classmethod
    def over(cls, seat: Seat, height: FloatArray, ground: FieldArray, *, thick_mm: float) -> Base:
        """The base on the ground of a lattice: negative where it stands."""
        from scipy.spatial import cKDTree

        x, y = plane_axes(seat)
        there = (ground < 0) & np.isfinite(height)
        columns = np.broadcast_arrays(x[None, :], y[:, None], height)
        return cls(cKDTree(seat.to_lps(np.stack([c[there] for c in columns], axis=-1))), thick_mm)

    def away_mm(self, places_lps_mm: FloatArray, *, within_mm: float = 0.0) -> FieldArray:
        """`(n,)` how far places are from the base, negative in it; inf further off than asked."""
        near, _ = self.ground.query(places_lps_mm, distance_upper_bound=self.thick_mm + within_mm)
        return np.asarray(near - self.thick_mm, dtype=np.float32)


def left_by(tubes: Sequence[Sleeve], looks: Sequence[Sequence[Look]]) -> list[list[Look]]:
    """Of each block of letters that can be read at all the looks that tubes leave. looks: of each block those that are free without them."""
    return [[look for look in of_one if not any(look.meets(t) for t in tubes)] for of_one in looks if of_one]


def hidden_by(tube: Sleeve, left: Sequence[Sequence[Look]]) -> int:
    """How many blocks of letters are hidden, by what was there or by a tube that is added: it stands in every look that was left."""
    return sum(all(look.meets(tube) for look in of_one) for of_one in left)


def in_tube(tube: Sleeve, places: FloatArray) -> BoolArray:
    """`(n,)` which places lie in the wall or channel of a tube."""
    return np.asarray(tube_away_mm(tube, places) < 0)


def tube_away_mm(tube: Sleeve, places: FloatArray) -> FieldArray:
    """`(n,)` how far places are from a tube, negative in its wall or channel; no more than that beside its rims."""
    away = (places - np.array(tube.entry_lps_mm)).T
    radius = tube.outer_diameter_mm / 2
    return rod(*away, axis=tube.axis_lps, low_mm=tube.low_mm, high_mm=tube.top_mm, radius_mm=radius)


def looks_at(letters: Letters) -> Iterator[FloatArray]:
    """For each look, straight ones first, `(n, 3)` places on the ways from the block's face to the reader."""
    right, up = np.array(letters.right_lps), np.array(letters.up_lps)
    toward = np.cross(right, up)
    sides = (
        np.linspace(-size / 2, size / 2, 2 + int(size / _SPREAD_MM))
        for size in (letters.width_mm, letters.block_height_mm)
    )
    across, along = np.meshgrid(*sides)
    block = np.array(letters.origin_lps_mm) + np.outer(across, right) + np.outer(along, up)
    u, v, _ = frame_on(toward).T
    far = np.arange(_FIRST_MM, _FAR_MM, _STEP_MM)
    for lean in np.deg2rad(LEANS_DEG):
        for turn in 2 * np.pi * np.arange(_WAYS if lean else 1) / _WAYS:
            way = np.cos(lean) * toward + np.sin(lean) * (np.cos(turn) * u + np.sin(turn) * v)
            yield (block[:, None, :] + far[:, None] * way).reshape(-1, 3)
