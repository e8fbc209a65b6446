"""Fracture and cut lines: where they cross the plate, and how far holes and screws keep from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.bone_plate.curve import Curve
from anatofit.devices.bone_plate.layout import Keep, Screw
from anatofit.devices.bone_plate.spec import BonePlateSpec, Line
from anatofit.devices.guide.layout import triple
from anatofit.errors import Reason
from anatofit.geometry.geodesic import evenly, lengths_mm
from anatofit.geometry.nearest import Nearest
from anatofit.model.anatomy import ELSEWHERE_MM
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh

_FINE_MM = 0.5  # between the places of a line over the surface that are looked at
_CROSSES_MM = 3.0  # beside the plate's edge: a line that comes so near crosses it


def far_lines(bone: Mesh, near: Nearest, spec: BonePlateSpec) -> Iterator[Reason]:
    """A reason for each line that has a point far off the bone: what keeps off it there guards nothing, and looks as if it did.

    near: the bone around the path, which answers for most lines; the whole bone is asked about those far off it.
    """
    for number, line in enumerate(spec.surgery.line, start=1):
        points = np.array(line.points or [line.point])
        if _off_mm(near, points) > ELSEWHERE_MM and (off := _off_mm(Nearest(bone), points)) > ELSEWHERE_MM:
            said = (
                f"line {number} of the plan lies {off:.0f} mm from the bone; {ELSEWHERE_MM:g} mm at most are wanted. Check its coordinates, and the frame "
                "and unit of the plan"
            )
            yield Reason("plan-misses-bone", said)


def _off_mm(near: Nearest, points: FloatArray) -> float:
    """From the bone to the point that lies farthest from it."""
    return float(np.linalg.norm(near.asked(points)[0] - points, axis=1).max())


def planned_keeps(spec: BonePlateSpec, curve: Curve) -> tuple[Keep, ...]:
    """The lines of the order as the plan keeps them."""
    return tuple(_keep(line, spec, curve) for line in spec.surgery.line)


def _keep(line: Line, spec: BonePlateSpec, curve: Curve) -> Keep:
    margin = spec.line_margin_mm if line.margin_mm is None else line.margin_mm
    keep = Keep(
        point_lps_mm=None if line.point is None else triple(line.point),
        normal_lps=None if line.normal is None else triple(unit_vector(np.array(line.normal))),
        points_lps_mm=tuple(triple(p) for p in line.points or ()),
        margin_mm=margin,
        at_mm=None,
    )
    at = crossing_mm(keep, curve)
    return keep.model_copy(update={"at_mm": None if at is None else round(at, 6)})


def crossing_mm(keep: Keep, curve: Curve) -> float | None:
    """How far along the path a line crosses it; None where it does not."""
    at = np.arange(0.0, curve.length_mm + 1e-9, _FINE_MM)
    if keep.points_lps_mm:
        around = curve.around(_dense(keep))
        beside = np.abs(around.aside_mm) + around.beyond_mm
        best = int(np.argmin(beside))
        crosses = beside[best] < curve.widths_mm(around.at_mm[[best]])[0] / 2 + _CROSSES_MM
        return (
            float(around.at_mm[best])
            if crosses and curve.near_mm(_dense(keep)).min() < curve.widths_mm(at).max() + _CROSSES_MM
            else None
        )
    away = _off_plane(keep, curve.points(at))
    sides = np.flatnonzero((away[:-1] < 0) != (away[1:] < 0))
    return float(at[sides[0]]) if len(sides) else None


def room_mm(keep: Keep, ends_mm: FloatArray, radii_mm: FloatArray) -> float:
    """How much more than its margin a body keeps from a line: a chain of places `(n, 3)`, as thick as its radii say."""
    if keep.points_lps_mm:
        fine = evenly(ends_mm, count=max(2, round(lengths_mm(ends_mm)[-1] / _FINE_MM) + 1))
        share = lengths_mm(ends_mm) / lengths_mm(ends_mm)[-1]
        thick = np.interp(np.linspace(0.0, 1.0, len(fine)), share, radii_mm)
        away = np.sqrt(np.square(fine[:, None, :] - _dense(keep)[None, :, :]).sum(axis=2)).min(axis=1)
        return float((away - thick).min()) - keep.margin_mm
    away = _off_plane(keep, ends_mm)
    if (away > 0).any() and (away < 0).any():
        return -keep.margin_mm - float(np.abs(away).max())
    return float((np.abs(away) - radii_mm).min()) - keep.margin_mm


def screw_body(screw: Screw) -> tuple[FloatArray, FloatArray]:
    """A screw as a chain of places with radii: head, neck where it meets the bone, tip; an oblong hole's head with its stretch."""
    axis, centre = np.array(screw.axis_lps), np.array(screw.centre_lps_mm)
    ends = np.stack([centre, np.array(screw.entry_lps_mm), centre - screw.length_mm * axis])
    head = (screw.recess_diameter_mm + screw.stretch_mm) / 2
    return ends, np.array([head, max(head, screw.diameter_mm / 2), screw.screw_mm / 2])


def too_near(screw: Screw, keeps: Sequence[Keep]) -> float:
    """How far in mm a screw comes within the margin of a line; 0 and less where it keeps off all."""
    return max([-room_mm(keep, *screw_body(screw)) for keep in keeps], default=-np.inf)


def _off_plane(keep: Keep, points: FloatArray) -> FloatArray:
    return np.asarray(((points - np.array(keep.point_lps_mm)) * np.array(keep.normal_lps)).sum(axis=1))


def _dense(keep: Keep) -> FloatArray:
    points = np.array(keep.points_lps_mm)
    return evenly(points, count=max(2, round(lengths_mm(points)[-1] / _FINE_MM) + 1))
