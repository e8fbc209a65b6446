"""Where the slices of a series are: order, step and axes out of each slice's own position and orientation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatofit.ingest.headers import Instance
from anatofit.ingest.rules import found, listed
from anatofit.model.frame import FloatArray
from anatofit.model.scan import ScanFinding
from anatofit.model.words import counted

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
    uneven_mm: the largest departure of a slice from its even place.
    """

    order: tuple[int, ...]
    along_mm: FloatArray
    origin_lps_mm: FloatArray
    axes_lps: FloatArray
    step_mm: float
    uneven_mm: float
    axis: int
    places_mm: FloatArray

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
        what = f"{len(unplaced)} of {counted(len(instances), 'slice')} {'bears' if len(unplaced) == 1 else 'bear'} no position or no orientation"
        return None, [found("position-missing", what, measured=len(unplaced), limit=0)]
    orientations = np.array([i.orientation for i in instances], dtype=np.float64)
    positions = np.array([i.position_lps_mm for i in instances], dtype=np.float64)
    problem = _orientation_problem(orientations, positions)
    if problem is not None:
        return None, [problem]
    stack, sideways = _stacked(orientations, positions)
    findings = _spacing_findings(stack, count=len(instances))
    findings += _sideways_findings(stack, sideways)
    findings += _tilt_tag_findings(instances, stack, tilted=any(f.rule == "gantry-tilt" for f in findings))
    return stack, findings


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
    places = listed([f"({x:.1f}, {y:.1f}, {z:.1f})" for x, y, z in others])
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


def _stacked(orientations: FloatArray, positions: FloatArray) -> tuple[Stack, FloatArray]:
    """The stack along the normal, and each ordered slice's sideways offset `(n, 2)` from the first."""
    axes = _axes(orientations.mean(axis=0))
    along = positions @ axes[:, 2]
    order = np.lexsort((positions[:, 2], positions[:, 1], positions[:, 0], along))
    along = along[order]
    step, uneven = _even_step(along)
    axis = int(np.argmax(np.abs(axes[:, 2])))
    sideways = (positions[order] - positions[order[0]]) @ axes[:, :2]
    stack = Stack(tuple(map(int, order)), along, positions[order[0]], axes, step, uneven, axis, positions[order, axis])
    return stack, sideways


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


def _spacing_findings(stack: Stack, *, count: int) -> list[ScanFinding]:
    """Duplicates, gaps and uneven steps, each with its places."""
    steps = np.diff(stack.along_mm)
    typical = float(np.median(steps[steps > EVEN_MM])) if (steps > EVEN_MM).any() else 0.0
    same = steps <= max(EVEN_MM, SAME_FRACTION * typical)
    findings = [_duplicates(stack, same)] if same.any() else []
    if same.all():
        return findings
    firsts = np.concatenate([[0], np.flatnonzero(~same) + 1])
    steps, places = np.diff(stack.along_mm[firsts]), stack.places_mm[firsts]
    base = float(np.median(steps))
    tolerance = even_tolerance_mm(base)
    multiples = np.rint(steps / base)
    gap = (multiples >= 2) & (np.abs(steps - multiples * base) <= 0.05 * base * multiples)
    uneven = ~gap & (np.abs(steps - base) > 2 * tolerance)
    letter = AXIS_NAMES[stack.axis]
    if gap.any():
        findings.append(_gaps(steps, places, gap, multiples=multiples, base=base, letter=letter))
    if uneven.any():
        findings.append(_uneven(steps, places, uneven, base=base, tolerance=2 * tolerance, letter=letter))
    if not findings and stack.uneven_mm > tolerance:
        what = f"Slices lie up to {stack.uneven_mm:.3f} mm off their even places, at most {tolerance:.3f} mm is allowed"
        findings.append(found("uneven-spacing", what, measured=stack.uneven_mm, limit=tolerance, unit="mm"))
    return findings


def _duplicates(stack: Stack, same: NDArray[np.bool_]) -> ScanFinding:
    letter = AXIS_NAMES[stack.axis]
    places = sorted({round(float(p), 3) for p in stack.places_mm[1:][same]})
    what = f"{counted(int(same.sum()), 'slice')} too many: several lie at {letter} = {listed([f'{p:.2f}' for p in places])} mm"
    return found("duplicate-slice", what, measured=float(same.sum()), limit=0, unit="slices", positions_mm=places)


def _gaps(
    steps: FloatArray, places: FloatArray, gap: NDArray[np.bool_], *, multiples: FloatArray, base: float, letter: str
) -> ScanFinding:
    where = np.flatnonzero(gap)
    lost = int((multiples[where] - 1).sum())
    named = listed(
        [f"{int(multiples[i]) - 1} between {letter} = {places[i]:.2f} and {places[i + 1]:.2f} mm" for i in where]
    )
    what = (
        f"{counted(lost, 'slice')} {'is' if lost == 1 else 'are'} missing where the series steps {base:.3f} mm: {named}"
    )
    ends = [p for i in where for p in (places[i], places[i + 1])]
    return found("missing-slice", what, measured=lost, limit=0, unit="slices", positions_mm=ends)


def _uneven(
    steps: FloatArray, places: FloatArray, uneven: NDArray[np.bool_], *, base: float, tolerance: float, letter: str
) -> ScanFinding:
    where = np.flatnonzero(uneven)
    named = listed([f"{steps[i]:.3f} mm between {letter} = {places[i]:.2f} and {places[i + 1]:.2f}" for i in where])
    what = f"The series steps {base:.3f} mm and departs from it by more than {tolerance:.3f} mm: {named}"
    worst = float(np.abs(steps[where] - base).max())
    ends = [p for i in where for p in (places[i], places[i + 1])]
    return found("uneven-spacing", what, measured=worst, limit=tolerance, unit="mm", positions_mm=ends)


def _sideways_findings(stack: Stack, sideways: FloatArray) -> list[ScanFinding]:
    """A tilt where the shift grows evenly from slice to slice, a jump where it does not."""
    if len(sideways) < 2 or float(np.abs(sideways).max()) <= SIDEWAYS_MM:
        return []
    along = stack.along_mm - stack.along_mm[0]
    if along[-1] <= EVEN_MM:
        return []
    slope = along @ sideways / float(along @ along)
    left = np.linalg.norm(sideways - np.outer(along, slope), axis=1)
    tilt_deg = math.degrees(math.atan(float(np.linalg.norm(slope))))
    if float(left.max()) > max(SIDEWAYS_MM, 0.1 * float(np.abs(sideways).max())):
        return [_jump(stack, sideways)]
    shift = float(np.abs(sideways).max())
    what = f"Each slice is shifted against the one before, a tilt of {tilt_deg:.2f} degrees, {shift:.1f} mm in all"
    ends = (stack.places_mm[0], stack.places_mm[-1])
    return [found("gantry-tilt", what, measured=tilt_deg, limit=0, unit="degrees", positions_mm=ends)]


def _jump(stack: Stack, sideways: FloatArray) -> ScanFinding:
    off = np.linalg.norm(sideways - np.median(sideways, axis=0), axis=1)
    places = stack.places_mm[off > SIDEWAYS_MM]
    named = listed([f"{p:.2f}" for p in places])
    what = (
        f"Up to {off.max():.2f} mm beside the others: {counted(len(places), 'slice')}, "
        f"at {AXIS_NAMES[stack.axis]} = {named} mm"
    )
    return found("shifted-slices", what, measured=float(off.max()), limit=SIDEWAYS_MM, unit="mm", positions_mm=places)


def _tilt_tag_findings(instances: Sequence[Instance], stack: Stack, *, tilted: bool) -> list[ScanFinding]:
    """A tilt that the scanner notes must show in the orientation, or nobody knows what the positions mean."""
    tag_deg = max((abs(i.tilt_tag_deg) for i in instances if i.tilt_tag_deg is not None), default=0.0)
    turned_deg = math.degrees(math.acos(min(1.0, abs(float(stack.axes_lps[stack.axis, 2])))))
    if tilted or tag_deg <= TILT_DEG or turned_deg > TILT_DEG or stack.axis != 2:
        return []
    what = f"The scanner notes a gantry tilt of {tag_deg:.1f} degrees, but the slices' orientation shows none"
    return [found("tilt-contradiction", what, measured=tag_deg, limit=TILT_DEG, unit="degrees")]
