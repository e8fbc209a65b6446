"""Where on the ground of a guide there is room: for sleeves, windows, and what else stands on the base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from anatofit.geometry.field import FieldArray
from anatofit.model.frame import FloatArray


@dataclass(eq=False)
class Room:
    """The base from above: x (ni,) and y (nj,) in mm, and how far outside of the base, and of what is free of it, each place lies."""

    x_mm: FloatArray
    y_mm: FloatArray
    ground_mm: FieldArray
    border_mm: FieldArray

    def nearest_free(self, target_mm: tuple[float, float], *, radius_mm: float) -> tuple[int, int] | None:
        """The column (j, i) nearest to a target on which a disc has room; None where there is none."""
        away = np.square(self.x_mm - target_mm[0])[None, :] + np.square(self.y_mm - target_mm[1])[:, None]
        away = np.where(self.border_mm <= -radius_mm, away, np.inf)
        best = int(np.argmin(away))
        j, i = divmod(best, len(self.x_mm))
        return (j, i) if np.isfinite(away[j, i]) else None

    def near(
        self, target_mm: tuple[float, float], *, radius_mm: float, spread_mm: float, within_mm: float
    ) -> Iterator[tuple[int, int]]:
        """The columns on which a disc has room, the nearest to a target first, each so far from those before and not too far from the
        first; the room stays as it is."""
        rest, first = replace(self), None
        while (at := rest.nearest_free(target_mm, radius_mm=radius_mm)) is not None:
            first = first or at
            if np.hypot(*(self._mm(at) - self._mm(first))) <= within_mm:
                yield at
            rest.take(at, radius_mm=spread_mm - radius_mm)

    def to_base_mm(self, place_mm: FloatArray) -> FloatArray:
        """`(2,)` from a place to the nearest column of the base, seen along the way in; there is always some base."""
        j, i = np.nonzero(self.ground_mm < 0)
        off = np.stack([self.x_mm[i] - place_mm[0], self.y_mm[j] - place_mm[1]], axis=1)
        return np.asarray(off[int(np.argmin(np.square(off).sum(axis=1)))])

    def _mm(self, at: tuple[int, int]) -> FloatArray:
        return np.array([self.x_mm[at[1]], self.y_mm[at[0]]])

    def take(self, at: tuple[int, int], *, radius_mm: float) -> None:
        """A disc around a column is free no longer."""
        away = np.hypot(self.x_mm - self.x_mm[at[1]], (self.y_mm - self.y_mm[at[0]])[:, None])
        self.border_mm = np.maximum(self.border_mm, radius_mm - away).astype(np.float32)
