"""How letters on a face are looked at, and whether a tube stands in every look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.guide.layout import Letters, Sleeve
from anatofit.geometry.bridge import frame_on
from anatofit.geometry.field import BoolArray
from anatofit.model.frame import FloatArray

# A reader turns the part in the hand: at 30 degrees letters keep 0.87 of their height. Proposal.
LEANS_DEG = (0.0, 15.0, 30.0)
_WAYS = 12  # to lean to
_FAR_MM = 40.0  # longer than what stands on a base is high
_STEP_MM = 1.0  # along a look; a pin's sleeve is 4 mm thick and more
_SPREAD_MM = 1.5  # between places of a block of letters, at most


def hides(tubes: Sequence[Sleeve], looks: Sequence[Sequence[FloatArray]]) -> bool:
    """Whether tubes stand in every look at some block of letters. looks: of each block those that are free without them."""
    return any(all(any(in_tube(t, ways).any() for t in tubes) for ways in of_one) for of_one in looks if of_one)


def in_tube(tube: Sleeve, places: FloatArray) -> BoolArray:
    """`(n,)` which places lie in the wall or channel of a tube."""
    rest = places - np.array(tube.entry_lps_mm)
    along = (rest * np.array(tube.axis_lps)).sum(axis=1)
    off = np.sqrt(np.square(rest - np.outer(along, tube.axis_lps)).sum(axis=1))
    return np.asarray((off < tube.outer_diameter_mm / 2) & (along > tube.low_mm) & (along < tube.top_mm))


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
    far = np.arange(_STEP_MM / 2, _FAR_MM, _STEP_MM)
    for lean in np.deg2rad(LEANS_DEG):
        for turn in 2 * np.pi * np.arange(_WAYS if lean else 1) / _WAYS:
            way = np.cos(lean) * toward + np.sin(lean) * (np.cos(turn) * u + np.sin(turn) * v)
            yield (block[:, None, :] + far[:, None] * way).reshape(-1, 3)
