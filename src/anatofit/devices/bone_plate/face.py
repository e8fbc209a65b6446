"""The plate's outer face along its middle, and where it is so even that letters on it are read from one side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.model.frame import FloatArray

STEP_MM = 0.5
OFF_MM = 1.5  # from the plane of the letters' middle: an arc of 25 mm on a radius of 50 mm leaves it so far, proposal
ASIDE_MM = (
    0.8  # from the line that the letters' middle points along: a fifth of their height and more looks crooked, proposal
)
_ROUNDED = 1e-5  # of a step: stretches end at holes, whose places are rounded to 1e-6 mm, and may be just as long as their letters
TURNED_DEG = 25.0  # from the letters' middle: depth and width of a stroke stay within a tenth of what they are there


@dataclass(frozen=True, eq=False)
class Face:
    """Places every half millimetre along the outer face, `(n, 3)`, with the plate's own axes there."""

    places: FloatArray
    across: FloatArray
    out: FloatArray

    @classmethod
    def of(cls, curve: Curve, *, offset_mm: float) -> Face:
        at = np.arange(0.0, curve.length_mm + 1e-9, STEP_MM)
        _, across, out = curve.frames(at)
        return cls(curve.points(at) + (offset_mm + curve.thicknesses_mm(at))[:, None] * out, across, out)

    def even(self, low_mm: float, high_mm: float, *, half_mm: float) -> float | None:
        """The place nearest to the middle of a stretch around which the face is even for so far to either side; None where none is."""
        first, last = int(np.ceil(low_mm / STEP_MM - _ROUNDED)), int(np.floor(high_mm / STEP_MM + _ROUNDED))
        reach = int(np.ceil(half_mm / STEP_MM))
        places = range(max(first, reach), min(last, len(self.places) - 1 - reach) + 1)
        centre = (low_mm + high_mm) / 2 / STEP_MM
        found = (n for n in sorted(places, key=lambda n: abs(n - centre)) if self._even_at(n, reach))
        number = next(found, None)
        return None if number is None else number * STEP_MM

    def _even_at(self, middle: int, reach: int) -> bool:
        around = slice(middle - reach, middle + reach + 1)
        rest, out = self.places[around] - self.places[middle], self.out[middle]
        off, aside = (np.abs(np.einsum("ij,j->i", rest, way)).max() for way in (out, self.across[middle]))
        turned = np.einsum("ij,j->i", self.out[around], out).min()
        return bool(off < OFF_MM and aside < ASIDE_MM and turned > np.cos(np.deg2rad(TURNED_DEG)))
