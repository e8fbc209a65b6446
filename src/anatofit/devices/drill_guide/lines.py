"""The planned axes on the bone: where each drill enters, whether it gets there, how deep it goes, and what it keeps away from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from anatofit.devices.drill_guide.spec import DrillGuideSpec, Trajectory
from anatofit.devices.guide.fixation import ENTRY_WITHIN_MM
from anatofit.devices.guide.overhead import FAR_MM
from anatofit.devices.guide.sleeves import exchanged, off_surface, surface_entry
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.bridge import frame_on
from anatofit.geometry.pierce import pierced
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

STEEPEST_ENTRY_DEG = 70.0  # between a drill and the bone's normal: beyond it the drill runs along the bone
_AROUND = 12  # lines around an axis
_SURE_MM = 0.5  # roughness of the bone's own facets


@dataclass(frozen=True, eq=False)
class Line:
    """An axis, outward, through its entry on the bone; top_mm: of its sleeve, above the entry; target_mm: of the tip, below it."""

    number: int
    trajectory: Trajectory
    entry_lps_mm: FloatArray
    axis_lps: FloatArray
    top_mm: float
    target_mm: float
    hole_mm: float
    outer_mm: float

    def at(self, along_mm: float) -> FloatArray:
        """The place so far out along the axis from the entry."""
        return np.asarray(self.entry_lps_mm + along_mm * self.axis_lps)

    def around(self, places_lps_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """For `(n, 3)` places how far out along the axis they lie from the entry, and how far beside it."""
        rest = places_lps_mm - self.entry_lps_mm
        along = (rest * self.axis_lps).sum(axis=1)
        return along, np.sqrt(np.square(rest - np.outer(along, self.axis_lps)).sum(axis=1))

    def ring(self, along_mm: float, radius_mm: float) -> FloatArray:
        """`(n, 3)` places around the axis at a height."""
        u, v, _ = frame_on(self.axis_lps).T
        turn = 2 * np.pi * np.arange(_AROUND) / _AROUND
        return np.asarray(self.at(along_mm) + radius_mm * (np.outer(np.cos(turn), u) + np.outer(np.sin(turn), v)))


def lines_of(bone: Mesh, spec: DrillGuideSpec, others: Mesh | None = None) -> tuple[Line, ...]:
    """The axes of an order. Raises PrescriptionError with every one that misses the bone or that bone stands in the way of."""
    found, reasons = [], []
    for number, trajectory in enumerate(spec.surgery.trajectory, start=1):
        line = _line(bone, spec, trajectory, number)
        if isinstance(line, Reason):
            reasons.append(line)
            continue
        ends = np.array(trajectory.entry), np.array(trajectory.target)
        reasons += exchanged(f"trajectory {number}", bone, *ends, line.entry_lps_mm, line.axis_lps)
        reasons += _blocked(bone, line, spec)
        reasons += _beside(others, line, spec)
        found.append(line)
    if reasons:
        raise PrescriptionError(reasons)
    return tuple(found)


def _line(bone: Mesh, spec: DrillGuideSpec, trajectory: Trajectory, number: int) -> Line | Reason:
    """The axis of a trajectory, or why it meets no bone near its entry."""
    ordered, axis = np.array(trajectory.entry), unit_vector(np.array(trajectory.entry) - np.array(trajectory.target))
    entry = surface_entry(bone, ordered, axis, within_mm=ENTRY_WITHIN_MM)
    if entry is None:
        return off_surface(f"trajectory {number}", bone, ordered, axis, within_mm=ENTRY_WITHIN_MM)
    target = float(((entry - np.array(trajectory.target)) * axis).sum())
    top = spec.top_mm(trajectory) if trajectory.drill_mm is None else trajectory.drill_mm - target
    hole = spec.hole_mm(trajectory)
    return Line(number, trajectory, entry, axis, round(top, 6), target, hole, hole + 2 * spec.sleeve_wall_mm)


def _blocked(bone: Mesh, line: Line, spec: DrillGuideSpec) -> Iterator[Reason]:
    """A reason where bone stands in the way of the drill, or of the outer half of its sleeve, each with its margin of tissue."""
    edge = line.trajectory.diameter_mm / 2
    for what, radius, allowed in (
        *(
            ("the drill", r, r * np.tan(np.deg2rad(STEEPEST_ENTRY_DEG)) + _SURE_MM)
            for r in (edge, edge + spec.tissue_mm)
        ),
        ("the sleeve", line.outer_mm / 2 + spec.tissue_mm, line.top_mm / 2),
    ):
        met = highest_mm(bone, line, radius)
        if met > allowed:
            said = (
                f"bone stands {met:.0f} mm above the entry of trajectory {line.number}, within {radius:.1f} mm of its axis, in the way of {what}; "
                f"{allowed:.0f} mm at most is slope. Move the entry or lean the axis away{'' if radius == edge else ', or order less tissue_mm'}"
            )
            yield Reason("way-blocked", said)
            return


def _beside(others: Mesh | None, line: Line, spec: DrillGuideSpec) -> Iterator[Reason]:
    """A reason where another bone stands in the way of the drill above its entry."""
    radius = line.trajectory.diameter_mm / 2 + spec.tissue_mm
    met = -np.inf if others is None else highest_mm(others, line, radius)
    if met > 0:
        said = (
            f"another bone stands {met:.0f} mm above the entry of trajectory {line.number}, within {radius:.1f} mm of its axis, in the way of the drill. "
            "Move the entry or lean the axis away, or order less tissue_mm"
        )
        yield Reason("way-blocked", said)


def highest_mm(bone: Mesh, line: Line, radius_mm: float) -> float:
    """How far above the entry the lines around an axis first meet bone on the drill's way in."""
    met = [-np.inf]
    for start in line.ring(FAR_MM, radius_mm):
        at, _ = pierced(bone, start, -line.axis_lps)
        ahead = at[at > 0.0]
        met.append(FAR_MM - float(ahead[0]) if len(ahead) else -np.inf)
    return max(met)


def bone_along_mm(bone: Mesh, line: Line) -> float:
    """How much of the way from entry to target is bone."""
    at, enters = pierced(bone, line.at(_SURE_MM), -line.axis_lps)
    depth, inside = at - _SURE_MM, 0.0
    begin: float | None = None
    for where, entering in zip(depth[at > 0], enters[at > 0], strict=True):
        if entering and begin is None:
            begin = float(where)
        elif not entering and begin is not None:
            inside += max(0.0, min(float(where), line.target_mm) - min(begin, line.target_mm))
            begin = None
    return round(inside, 6)
