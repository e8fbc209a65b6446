"""Which voxels a person or another program marked as the bone that is meant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.model.grid import Grid
from anatofit.model.volume import read_only


@dataclass(frozen=True)
class LabelMap:
    """`inside` is read-only and indexed [k, j, i] as the scan is. step_mm: the longest step of the grid that it was drawn on."""

    grid: Grid
    inside: NDArray[np.bool_]
    step_mm: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "inside", read_only(self.inside, self.grid, "inside"))
