"""Where the slices of a series are: order, step and axes out of each slice's own position and orientation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.header.instance import Instance
from anatofit.ingest.rules import found, listed
from anatofit.ingest.series.which import files_of
from anatofit.model.frame import FloatArray
from anatofit.model.scan import ScanFinding
from anatofit.model.words import bracketed, counted

# Slices whose steps depart from even by more than 1 % of the step (at least 0.01 mm, the second decimal of a position
# tag) move a surface by more than the rounding of tags can: they count as uneven.
EVEN_FRACTION = 0.01
EVEN_MM = 0.01
# Two slices nearer than this fraction of the step are two pictures of one place.
SAME_FRACTION = 0.1
# Sideways shift over the whole stack that the rounding of position and orientation tags can cause.
SIDEWAYS_MM = 0.05
# Directions differ when a component differs by more: 2e-4 moves the far pixel of a 250 mm image by 0.05 mm.
DIRECTION = 2e-4
# Pairs of slices at each distance through which a line is laid where no line passes all: a slip that spares one pair is found.
PAIRS = 48
# A tilt below this is not worth a word; scanners note tenths of a degree.
TILT_DEG = 0.1


def even_tolerance_mm(step_mm: float) -> float:
    """How far a slice may lie off its even place."""
    return max(EVEN_MM, EVEN_FRACTION * step_mm)


AXIS_NAMES = "xyz"
PLANES = {0: "sagittal", 1: "coronal", 2: "axial"}


@dataclass(frozen=True)
class Stack:
    """Slices along their common normal.

    order: indices of the instances, ascending along the normal. along_mm: (n,) distance of each ordered slice along it.
    origin_lps_mm: (3,) centre of the first pixel of the first slice. axes_lps: (3, 3) columns: along a row (columns
    ascending), along a column (rows ascending), normal; right-handed. step_mm: even step between slices, 0 for one.
    uneven_mm: the largest departure of a slice from its even place. positions_lps_mm: (n, 3) centre of each ordered slice's first
    pixel. lean: (2,) mm along a row and along a column by which each mm of the normal shifts the slices, as a tilted gantry does.
    """

    order: tuple[int, ...]
    along_mm: FloatArray
    origin_lps_mm: FloatArray
    axes_lps: FloatArray
    step_mm: float
    uneven_mm: float
    axis: int
    places_mm: FloatArray
    positions_lps_mm: FloatArray
    lean: FloatArray

    @property
    def tilt_deg(self) -> float:
        """How far the slices lean against their stack, 0 where they do not."""
        return math.degrees(math.atan(float(np.linalg.norm(self.lean))))

    @property
    def even(self) -> bool:
        """The slices lie so near to even, unsheared places that they are taken to lie on them."""
        return self.tilt_deg == 0 and self.uneven_mm <= even_tolerance_mm(self.step_mm)

    @property
    def sideways_mm(self) -> FloatArray:
        """`(n, 2)` how far each slice lies off the first one along row and column direction, beside the even shift of a tilt."""
        offsets = (self.positions_lps_mm - self.positions_lps_mm[0]) @ self.axes_lps
        return np.asarray(offsets[:, :2] - np.outer(offsets[:, 2], self.lean))

    @property
    def plane(self) -> str:
        """Axial, coronal or sagittal, with a word where the slices are turned."""
        turned = math.degrees(math.acos(min(1.0, abs(float(self.axes_lps[self.axis, 2])))))
        return PLANES[self.axis] + (f", turned by {turned:.1f} degrees" if turned > TILT_DEG else "")

    @property
    def height_mm(self) -> float:
        """From the first slice's centre to the last one's, with one step for their own thickness."""
        return float(self.along_mm[-1] - self.along_mm[0]) + self.step_mm


def stack_of(instances: Sequence[Instance]) -> tuple[Stack | None, list[ScanFinding]]:
    """The stack and what is wrong with it; no stack where positions or orientations do not make one."""
    unplaced = [i for i in instances if i.position_lps_mm is None or i.orientation is None]
    if unplaced:
        named = files_of(unplaced) if len(unplaced) < len(instances) else ""
        what = f"{len(unplaced)} of {counted(len(instances), 'slice')} {'bears' if len(unplaced) == 1 else 'bear'} no position or no orientation{named}"
        return None, [found("position-missing", what, measured=len(unplaced), limit=0)]
    orientations = np.array([i.orientation for i in instances], dtype=np.float64)
    positions = np.array([i.position_lps_mm for i in instances], dtype=np.float64)
    problem = _orientation_problem(orientations, positions)
    if problem is not None:
        return None, [problem]
    return _stacked(orientations, positions), []


def _orientation_problem(orientations: FloatArray, positions: FloatArray) -> ScanFinding | None:
    rows, columns = orientations[:, :3], orientations[:, 3:]
    skew = max(
        float(np.abs(np.linalg.norm(rows, axis=1) - 1).max()),
        float(np.abs(np.linalg.norm(columns, axis=1) - 1).max()),
        float(np.abs(np.einsum("ij,ij->i", rows, columns)).max()),
    )
    if skew > 1e-3:  # tags carry four decimals at the least
        what = f"The orientation departs from two perpendicular unit directions by {skew:.4f}, at most 0.001 is allowed"
        return found("orientation", what, measured=skew, limit=1e-3)
    groups = _orientation_groups(orientations)
    if len(groups) == 1:
        return None
    others = sorted(positions[i].tolist() for group in groups[1:] for i in group)
    places = listed([bracketed(other, 1) for other in others])
    sizes = ", ".join(str(len(g)) for g in groups)
    what = f"{len(groups)} orientations in one series ({sizes} slices), one is wanted; the others at {places} mm"
    return found("mixed-orientation", what, measured=len(groups), limit=1)


def _orientation_groups(orientations: FloatArray) -> list[list[int]]:
    """Indices of like orientations, the largest group first."""
    left = list(range(len(orientations)))
    groups: list[list[int]] = []
    while left:
        like = np.abs(orientations[left] - orientations[left[0]]).max(axis=1) <= DIRECTION
        groups.append([i for i, same in zip(left, like, strict=True) if same])
        left = [i for i, same in zip(left, like, strict=True) if not same]
    return sorted(groups, key=len, reverse=True)


def _stacked(orientations: FloatArray, positions: FloatArray) -> Stack:
    """The stack along the normal."""
    axes = _axes(orientations.mean(axis=0))
    along = positions @ axes[:, 2]
    order = np.lexsort((positions[:, 2], positions[:, 1], positions[:, 0], along))
    along = along[order]
    step, uneven = _even_step(along)
    axis = int(np.argmax(np.abs(axes[:, 2])))
    positions = positions[order]
    lean = _lean(along - along[0], (positions - positions[0]) @ axes[:, :2])
    return Stack(
        tuple(map(int, order)), along, positions[0], axes, step, uneven, axis, positions[:, axis], positions, lean
    )


def _lean(along: FloatArray, sideways: FloatArray) -> FloatArray:
    """The slope of the line on which the slices lie, or else on which most of them do; 0 where the rounding of tags explains it.

    along: (n,), sideways: (n, 2) mm from the first slice. The line of all slices is theirs where it passes each of them: one that
    slipped would bend it, and its neighbours be named in its place (consensus of the most: Fischler and Bolles 1981).
    """
    none = np.zeros(2)
    if along[-1] <= EVEN_MM or float(np.abs(sideways).max()) <= SIDEWAYS_MM:
        return none
    slope = np.asarray(along @ sideways / float(along @ along))
    if float(np.ptp(sideways - np.outer(along, slope), axis=0).max()) <= SIDEWAYS_MM:
        return slope
    most = _consensus(along, sideways)
    height = float(np.ptp(along[most]))
    if height <= EVEN_MM:
        return slope
    centred = along[most] - along[most].mean()
    slope = np.asarray(centred @ sideways[most] / float(centred @ centred))
    return slope if float(np.abs(slope).max()) * height > SIDEWAYS_MM else none


def _consensus(along: FloatArray, sideways: FloatArray) -> NDArray[np.bool_]:
    """Which slices lie on the line, through two of them, that passes the most: the first such line of a fixed choice of pairs."""
    count = len(along)
    best = np.zeros(count, dtype=bool)
    for apart in sorted({1, *(max(1, count * part // 8) for part in (1, 2, 4, 6))}):
        for first in np.unique(np.linspace(0, count - 1 - apart, min(PAIRS, count - apart)).astype(int)):
            rise = float(along[first + apart] - along[first])
            if rise <= EVEN_MM:
                continue
            slope = (sideways[first + apart] - sideways[first]) / rise
            off = sideways - sideways[first] - np.outer(along - along[first], slope)
            passed = np.linalg.norm(off, axis=1) <= SIDEWAYS_MM
            best = passed if passed.sum() > best.sum() else best
    return best


def _axes(orientation: FloatArray) -> FloatArray:
    """Right-handed orthonormal axes as columns; directions off an LPS axis by rounding only are set on it."""
    row = orientation[:3] / np.linalg.norm(orientation[:3])
    column = orientation[3:] - row * float(orientation[3:] @ row)
    column /= np.linalg.norm(column)
    axes = np.stack([row, column, np.cross(row, column)], axis=1)
    snapped = np.rint(axes)
    return snapped if np.abs(axes - snapped).max() < 1e-6 else axes


def _even_step(along: FloatArray) -> tuple[float, float]:
    if len(along) < 2:
        return 0.0, 0.0
    step = float(along[-1] - along[0]) / (len(along) - 1)
    even = along[0] + step * np.arange(len(along))
    return round(step, 9), float(np.abs(along - even).max())
