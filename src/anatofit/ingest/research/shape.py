"""What of a research volume's shape a device limits: its slices, their steps and their pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatofit.ingest.research.gridfile import GridFile
from anatofit.ingest.series.stack import AXIS_NAMES
from anatofit.ingest.series.suitability import ROUNDING_MM
from anatofit.ingest.volume.place import target_grid
from anatofit.ingest.volume.turned import lattice_of
from anatofit.model.grid import Grid


@dataclass(frozen=True)
class Shape:
    """What of a scan's shape the limits ask for; slices are counted along the axis with the longest step."""

    grid: Grid
    axis: int
    files: int

    @classmethod
    def of(cls, head: GridFile) -> Shape:
        grid, _ = target_grid(lattice_of(head.affine_lps_mm, head.shape_ijk))
        longest = max(grid.spacing_ijk_mm)
        # of equal steps the one towards the head, as in an axial stack
        axis = max(a for a in range(3) if grid.spacing_ijk_mm[a] > longest - ROUNDING_MM)
        return cls(grid, axis, 1 if head.data_path is None else 2)

    @property
    def letter(self) -> str:
        """The axis from slice to slice."""
        return AXIS_NAMES[self.axis]

    @property
    def step_mm(self) -> float:
        return round(float(self.grid.spacing_ijk_mm[self.axis]), 6)

    @property
    def _others(self) -> tuple[int, int]:
        """Along a row, along a column."""
        first, second = (a for a in range(3) if a != self.axis)
        return first, second

    @property
    def pixel_mm(self) -> tuple[float, float]:
        column, row = (round(float(self.grid.spacing_ijk_mm[a]), 6) for a in self._others)
        return row, column

    @property
    def rows(self) -> int:
        return self.grid.shape_kji[2 - self._others[1]]

    @property
    def columns(self) -> int:
        return self.grid.shape_kji[2 - self._others[0]]

    @property
    def count(self) -> int:
        return self.grid.shape_kji[2 - self.axis]

    @property
    def ends_mm(self) -> tuple[float, float]:
        """Where the first and the last slice lie along the axis, by their first voxels."""
        last = np.zeros(3)
        last[self.axis] = self.count - 1
        first, end = (float(self.grid.to_lps(at)[self.axis]) for at in (np.zeros(3), last))
        return round(first, 4), round(end, 4)

    @property
    def plane(self) -> str:
        return ("sagittal", "coronal", "axial")[self.axis]
