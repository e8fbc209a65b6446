"""A grid of numbers as text: a header of '# key = value' lines, then rows; bounded, and refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from anatofit.ingest.surface.raw import refused
from anatofit.model.frame import FloatArray

# The finest height map of the largest foot with room around it, 0.25 mm on 200 by 450 mm, has 1.4 million cells; a cell takes up to 24 letters.
MOST_CELLS = 2_000_000
MOST_BYTES = 24 * MOST_CELLS
_MOST_HEADER_LINES = 100
_LONGEST_LINE = 24 * 20_000
_KEY = re.compile(r"#\s*([a-z_]{1,40})\s*=\s*(\S.{0,200})")
_APART = re.compile(r"[,;\t]")
# A number as programs write it: nothing that Python alone reads, such as 1_000.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_NOTHING = frozenset({"", "nan", "na", "-"})
ABOVE, BELOW = "above", "below"


@dataclass(frozen=True, eq=False)
class GridText:
    """What a file states. values: (nj, ni) rows as they stand, nan where a cell is empty. from_above: as one looks down on the foot."""

    header: Mapping[str, str]
    values: FloatArray
    cell_mm: float
    from_above: bool

    def xy_mm(self) -> tuple[FloatArray, FloatArray]:
        """(nj, ni) each: places of the cells' middles in right-handed axes as seen from above, y up the page."""
        j, i = np.indices(self.values.shape)
        return np.asarray((1.0 if self.from_above else -1.0) * i * self.cell_mm), np.asarray(-j * self.cell_mm)


def read_grid(data: bytes, *, what: str, cells_mm: tuple[float, float]) -> GridText:
    """The grid in a file's bytes. what: for messages. cells_mm: least and greatest size of a cell. Raises ScanUnsuitableError."""
    if len(data) > MOST_BYTES:
        raise refused("grid-size", f"The {what} has {len(data)} bytes, at most {MOST_BYTES} are read")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise refused("grid-header", f"The {what} is no text") from error
    header, rows = _parted(lines, what)
    cell = _cell_mm(header, what, cells_mm)
    view = header.get("view", "")
    if view not in (ABOVE, BELOW):
        raise refused(
            "grid-header",
            f"The {what} does not state view = above or below: whether rows and columns are seen from above the foot or from below",
        )
    return GridText(header, _values(rows, what), cell, view == ABOVE)


def _parted(lines: list[str], what: str) -> tuple[Mapping[str, str], list[str]]:
    """Header by key, each once, and the rows."""
    header: dict[str, str] = {}
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.startswith("#"):
            rows.append(line)
        elif rows or number > _MOST_HEADER_LINES:
            raise refused(
                "grid-header", f"Line {number} of the {what} is a header line among the rows, or one too many"
            )
        elif match := _KEY.fullmatch(line.strip()):
            if match[1] in header:
                raise refused("grid-header", f"Line {number} of the {what} states {match[1]} again")
            header[match[1]] = match[2].strip()
    while rows and not rows[-1].strip():
        rows.pop()
    return MappingProxyType(header), rows


def _cell_mm(header: Mapping[str, str], what: str, allowed: tuple[float, float]) -> float:
    numbers = numbers_of(header, "cell_mm", count=1)
    if numbers is None or not allowed[0] <= numbers[0] <= allowed[1]:
        raise refused(
            "grid-header", f"The {what} does not state cell_mm as a number from {allowed[0]:g} to {allowed[1]:g}"
        )
    return numbers[0]


def numbers_of(header: Mapping[str, str], key: str, *, count: int) -> tuple[float, ...] | None:
    """The numbers that a key states, parted by commas; None where it does not state so many."""
    parts = [part.strip() for part in header.get(key, "").split(",")]
    if len(parts) != count or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    return tuple(float(part) for part in parts)


def _values(rows: list[str], what: str) -> FloatArray:
    if len(rows) < 2:
        raise refused("grid-size", f"The {what} has {len(rows)} rows")
    if any(len(row) > _LONGEST_LINE for row in rows):
        raise refused("grid-size", f"A row of the {what} is longer than any foot")
    width = len(_APART.split(rows[0]))
    if width < 2 or width * len(rows) > MOST_CELLS:
        raise refused(
            "grid-size", f"The {what} has {len(rows)} rows of {width} cells, at most {MOST_CELLS} cells are read"
        )
    values = np.full((len(rows), width), np.nan)
    for number, row in enumerate(rows):
        cells = [cell.strip() for cell in _APART.split(row)]
        if len(cells) != width:
            raise refused(
                "grid-numbers", f"Row {number + 1} of the {what} has {len(cells)} cells, the first has {width}"
            )
        values[number] = [_number(cell, number, what) for cell in cells]
    return values


def _number(cell: str, row: int, what: str) -> float:
    if cell.lower() in _NOTHING:
        return float("nan")
    if not _NUMBER.fullmatch(cell):
        raise refused("grid-numbers", f"Row {row + 1} of the {what} has a cell that is no number")
    return float(cell)
