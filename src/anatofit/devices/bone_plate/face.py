"""The plate's outer face along its middle, and where it is so even that letters on it are read from one side."""

from __future__ import annotations

from collections.abc import Callable
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


Fits = Callable[[float, float], bool]  # of two places of the path, between which something is to stand


def anywhere(_low_mm: float, _high_mm: float) -> bool:
    return True


@dataclass(frozen=True, eq=False)
class Face:
    """Places every half millimetre of the path on the outer face, `(n, 3)`, with the plate's own axes there."""

    places: FloatArray
    along: FloatArray
    across: FloatArray
    out: FloatArray

    @classmethod
    def of(cls, curve: Curve, *, offset_mm: float) -> Face:
        at = np.arange(0.0, curve.length_mm + 1e-9, STEP_MM)
        along, across, out = curve.frames(at)
        return cls(curve.points(at) + (offset_mm + curve.thicknesses_mm(at))[:, None] * out, along, across, out)

    def even(self, low_mm: float, high_mm: float, *, half_mm: float, fits: Fits = anywhere) -> float | None:
        """The place of the path between two, nearest to their middle, around which the face is even for so far to either side, as letters there
        are read, and fits them; None where none is."""
        first, last = int(np.ceil(low_mm / STEP_MM - _ROUNDED)), int(np.floor(high_mm / STEP_MM + _ROUNDED))
        places = range(max(first, 0), min(last, len(self.places) - 1) + 1)
        centre = (low_mm + high_mm) / 2 / STEP_MM
        found = (
            n
            for n in sorted(places, key=lambda n: abs(n - centre))
            if self._even_at(n, half_mm) and fits(*self.ends_mm(n * STEP_MM, half_mm=half_mm))
        )
        number = next(found, None)
        return None if number is None else number * STEP_MM

    def ends_mm(self, middle_mm: float, *, half_mm: float) -> tuple[float, float]:
        """Of the path, where letters end whose middle is at one of its places: on a face that is bent in, further from it than they are long.

        Raises ValueError where the face ends before them.
        """
        middle = round(middle_mm / STEP_MM)
        around = self._around(middle, half_mm)
        if around is None:
            raise ValueError("the face ends before the letters")
        ahead = np.einsum("ij,j->i", self.places[around] - self.places[middle], self.along[middle])
        low, high = np.interp([-half_mm, half_mm], ahead, STEP_MM * np.arange(around.start, around.stop))
        return float(low), float(high)

    def _around(self, middle: int, half_mm: float) -> slice | None:
        """The places that letters of half a width reach to either side, seen against the face's normal in their middle; None beyond its ends."""
        ahead = np.einsum("ij,j->i", self.places - self.places[middle], self.along[middle])
        after = np.flatnonzero(ahead[middle:] >= half_mm - _ROUNDED * STEP_MM)
        before = np.flatnonzero(ahead[: middle + 1] <= _ROUNDED * STEP_MM - half_mm)
        return slice(int(before[-1]), middle + int(after[0]) + 1) if len(after) and len(before) else None

    def _even_at(self, middle: int, half_mm: float) -> bool:
        around = self._around(middle, half_mm)
        if around is None:
            return False
        rest, out = self.places[around] - self.places[middle], self.out[middle]
        off, aside = (np.abs(np.einsum("ij,j->i", rest, way)).max() for way in (out, self.across[middle]))
        turned = np.einsum("ij,j->i", self.out[around], out).min()
        return bool(off < OFF_MM and aside < ASIDE_MM and turned > np.cos(np.deg2rad(TURNED_DEG)))
