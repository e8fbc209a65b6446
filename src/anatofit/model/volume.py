"""Numbers on a grid: CT values, or a signed field whose zero is a surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.grid import Grid


def read_only(array: NDArray[Any], grid: Grid, what: str) -> NDArray[Any]:
    if array.shape != grid.shape_kji:
        raise ValueError(f"{what} has shape {array.shape}, its grid {grid.shape_kji}")
    view = array.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True)
class Volume:
    """CT values in Hounsfield units on a grid; `hu` is int16 or float32, read-only, indexed [k, j, i]."""

    grid: Grid
    hu: NDArray[Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "hu", read_only(self.hu, self.grid, "hu"))


@dataclass(frozen=True)
class Field:
    """A scalar field on a grid; by convention negative inside a body and positive outside, its surface at zero."""

    grid: Grid
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values, self.grid, "values"))
