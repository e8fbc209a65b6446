"""Where the pixels of a series are: what the generator knows of each slice, whatever its tags will say."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from validation.odd.phantom import CENTRE_LPS_MM, FloatArray

ROWS, COLUMNS, COUNT = 60, 54, 34
ROW_MM, COLUMN_MM, STEP_MM = 0.8, 0.85, 1.25

# Row and column direction in LPS by patient position: down is to the table, and rows cross columns run to the head where the
# head goes first, to the feet otherwise (PS3.3, C.7.3.1.1.2).
POSITIONS: dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "HFS": ((1, 0, 0), (0, 1, 0)),
    "HFP": ((-1, 0, 0), (0, -1, 0)),
    "HFDR": ((0, 1, 0), (-1, 0, 0)),
    "HFDL": ((0, -1, 0), (1, 0, 0)),
    "FFS": ((-1, 0, 0), (0, 1, 0)),
    "FFP": ((1, 0, 0), (0, -1, 0)),
    "FFDR": ((0, -1, 0), (-1, 0, 0)),
    "FFDL": ((0, 1, 0), (1, 0, 0)),
}
SAGITTAL = ((0, 1, 0), (0, 0, -1))
CORONAL = ((1, 0, 0), (0, 0, -1))


@dataclass(frozen=True)
class Layout:
    """row, column: (3,) unit directions along a row and down a column. first: (n, 3) centre of each slice's first pixel."""

    row: FloatArray
    column: FloatArray
    first: FloatArray
    rows: int
    columns: int
    row_mm: float
    column_mm: float

    @property
    def normal(self) -> FloatArray:
        return np.cross(self.row, self.column)

    def points(self, k: int) -> FloatArray:
        """(rows, columns, 3) LPS mm of slice k's pixels."""
        right = np.arange(self.columns)[None, :, None] * self.column_mm * self.row
        down = np.arange(self.rows)[:, None, None] * self.row_mm * self.column
        return np.asarray(self.first[k] + right + down)

    def take(self, keep: list[int]) -> Layout:
        """The slices of these numbers alone."""
        return replace(self, first=self.first[keep])

    def moved(self, k: int, by_mm: tuple[float, float, float]) -> Layout:
        """Slice k truly elsewhere."""
        first = self.first.copy()
        first[k] += by_mm
        return replace(self, first=first)

    def flipped(self, *, rows: bool = False, columns: bool = False, transposed: bool = False) -> Layout:
        """The same places in another order of storage."""
        first, row, column = self.first, self.row, self.column
        if columns:
            first, row = first + (self.columns - 1) * self.column_mm * row, -row
        if rows:
            first, column = first + (self.rows - 1) * self.row_mm * column, -column
        out = replace(self, first=first, row=row, column=column)
        if not transposed:
            return out
        return replace(out, row=column, column=row, rows=self.columns, columns=self.rows,
                       row_mm=self.column_mm, column_mm=self.row_mm)  # fmt: skip


def layout(
    row: tuple[float, ...] = (1, 0, 0),
    column: tuple[float, ...] = (0, 1, 0),
    *,
    places_mm: FloatArray | None = None,
    step_mm: float = STEP_MM,
    count: int = COUNT,
    along: FloatArray | None = None,
    size: tuple[int, int] = (ROWS, COLUMNS),
    pixel_mm: tuple[float, float] = (ROW_MM, COLUMN_MM),
) -> Layout:
    """Slices around the phantom. along: direction from slice to slice (the normal); places_mm: where along it, from the centre."""
    r, c = np.array(row, dtype=float), np.array(column, dtype=float)
    steps = (np.arange(count) - (count - 1) / 2) * step_mm if places_mm is None else np.asarray(places_mm)
    direction = np.cross(r, c) if along is None else along
    corner = CENTRE_LPS_MM - r * (size[1] - 1) / 2 * pixel_mm[1] - c * (size[0] - 1) / 2 * pixel_mm[0]
    # off the phantom's own planes, so that no symmetry of the sampling helps
    corner = corner + 0.137 * r - 0.211 * c + 0.093 * np.cross(r, c)
    return Layout(r, c, np.round(corner + steps[:, None] * direction, 6), *size, *pixel_mm)


def tilted(degrees: float, *, about: str, count: int = 40, step_mm: float = STEP_MM) -> Layout:
    """A tilted gantry: slices turned about x or y, the table still running along z by `step_mm`."""
    s, c = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    row, column = ((1, 0, 0), (0, c, s)) if about == "x" else ((c, 0, -s), (0, 1, 0))
    return layout(row, column, along=np.array([0.0, 0.0, 1.0]), count=count, step_mm=step_mm)


def sheared(degrees: float, *, about: str, count: int = 36) -> Layout:
    """Slices that stay axial and are pushed sideways from slice to slice: the other way to store a tilt."""
    t = math.tan(math.radians(degrees))
    along = np.array([0.0, -t, 1.0]) if about == "x" else np.array([t, 0.0, 1.0])
    return layout(along=along, count=count)


def turned(seed: int) -> tuple[FloatArray, FloatArray]:
    """Row and column direction of a random rotation."""
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return q[:, 0], q[:, 1]
