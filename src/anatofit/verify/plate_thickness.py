"""BP-THICK: how thick a plate is along its middle, against the profile of its plan.

Every quarter of a millimetre a ray comes down along the plate's normal to the outer face; from there it is the shortest way to the
underside. Left out are holes, with a millimetre around their heads, and engraved letters; where they leave nothing of the middle of a
short plate, two lines to its sides are measured. A sliver of the outer face, whose normal rounding has turned, is no underside.
"""

from __future__ import annotations

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.words import bracketed
from anatofit.verify.regions import in_text, planned
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, Surface, face_vectors, submesh, unit_rows, wide

_STEP_MM = 0.25
_ABOVE_MM = 12.0  # rays begin so far above the bone
_BESIDE_MM = 1.0  # around a hole's head
_UNDER = -0.5  # cosine between a face's normal and the plate's: what faces the bone
_WALL_MM = 0.05  # a hole's wall lies so far from where it was planned at most
_FEWEST = 3
_SIDE_SHARE = 0.7  # of what is flat of the outer face to either side of the middle


def plate_thickness(subject: Subject, _: Requirement) -> Measurement:
    """The largest difference in mm between measured and planned thickness, of all places beside holes and letters."""
    places, normals, deep = _judged(subject)
    surface = subject.once("surface", lambda: Surface(subject.part))
    starts = places + _ABOVE_MM * normals
    away, face = surface.first_hits(starts, places - deep[:, None] * normals)
    met = face >= 0
    outer = starts - np.where(met, away, 0.0)[:, None] * normals
    found = np.where(met, _to_underside(subject, outer, places, normals), 0.0)
    wanted, step, inside = _wanted_beneath(subject, outer)
    inside &= ~_of_holes(outer, subject) | ~met  # the head of a hole that leans over the place
    if not inside.any():
        raise ValueError("the outer face lies beyond the path's ends or within holes above every place beside them")
    found, wanted, step, places = found[inside], wanted[inside], step[inside], places[inside]
    off = np.maximum(np.abs(found - wanted) - step, 0.0)
    worst = int(np.argmax(off))
    said = f"worst of {len(off)} places near {bracketed(places[worst], 1)} mm: {found[worst]:.2f} mm, planned {wanted[worst]:.2f} mm"
    return Measurement(
        float(off[worst]), said, {"least": float(found.min()), "most": float(found.max())}, failed=not met.all()
    )


def _judged(subject: Subject) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Places beside holes and letters, the plate's normals there, and how far beneath a place rays may go on. Raises ValueError."""
    places, normals, wanted = _along(subject)
    aside = _flat_half_mm(subject) * _SIDE_SHARE
    across = np.cross(normals, unit_rows(np.gradient(places, axis=0)))
    for sides in ((0.0,), (-1.0, 1.0)):
        found = np.concatenate([places + (side * aside)[:, None] * across for side in sides])
        ways, deep = np.tile(normals, (len(sides), 1)), np.tile(2 * aside * abs(sides[0]), len(sides))
        level = np.tile(wanted, len(sides))[:, None]
        judged = ~_in_holes(found, subject) & ~in_text(found + ways * level, subject.plan)
        if judged.sum() >= _FEWEST:
            return found[judged], ways[judged], deep[judged]
    raise ValueError(f"{int(judged.sum())} places of the plate lie beside holes and letters; {_FEWEST} are wanted")


def _flat_half_mm(subject: Subject) -> FloatArray:
    """From the middle to where bevel or rounding begin, at each place along the path."""
    stations, plan = planned(subject.plan, "stations"), subject.plan
    share, radius = (float(plan.get(key, 0.0)) for key in ("bevel_share", "edge_radius_mm"))
    flat = [float(s.get("width_mm", 0.0)) / 2 - share * float(s["thickness_mm"]) - radius for s in stations]
    at = np.array([s["at_mm"] for s in stations], dtype=np.float64)
    return np.interp(np.arange(at[0], at[-1], _STEP_MM), at, np.maximum(flat, 0.0))


def _along(subject: Subject) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Places along the path, the plate's normals there, and the planned thickness, between stations by straight lines."""
    stations = planned(subject.plan, "stations")
    at = np.array([s["at_mm"] for s in stations], dtype=np.float64)
    fine = np.arange(at[0], at[-1], _STEP_MM)
    rows = [
        np.array([s[k] for s in stations], dtype=np.float64) for k in ("point_lps_mm", "normal_lps", "thickness_mm")
    ]
    places, normals = (np.stack([np.interp(fine, at, row[:, n]) for n in range(3)], axis=1) for row in rows[:2])
    return places, unit_rows(normals), np.interp(fine, at, rows[2])


def _wanted_beneath(subject: Subject, outer: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """The planned thickness where the path is nearest to each outer place, how much it changes over a step there, and whether that
    is before the path's ends.

    Where the path bends, or the bone is uneven, the outer face above a place belongs to another one, and which is known to a step.
    """
    from scipy.spatial import cKDTree

    places, _, wanted = _along(subject)
    _, nearest = cKDTree(places).query(outer)
    return wanted[nearest], np.abs(np.gradient(wanted))[nearest], (nearest > 0) & (nearest < len(places) - 1)


def _to_underside(subject: Subject, outer: FloatArray, places: FloatArray, normals: FloatArray) -> FloatArray:
    from scipy.spatial import cKDTree

    centres = subject.part.triangles_lps_mm.mean(axis=1)
    _, nearest = cKDTree(places).query(centres)
    facing = np.einsum("ij,ij->i", unit_rows(face_vectors(subject.part)), normals[nearest])
    under = (facing < _UNDER) & wide(subject.part) & ~_of_holes(centres, subject)
    return Surface(submesh(subject.part, under)).distance_mm(outer)


def _of_holes(points: FloatArray, subject: Subject) -> BoolArray:
    """Which points lie within a hole or its head: where the plate bends, walls of a hole look down on another stretch of it."""
    out = np.zeros(len(points), dtype=bool)
    for hole in [*planned(subject.plan, "screws"), *planned(subject.plan, "oblongs")]:
        entry, axis = (np.asarray(hole[key], dtype=np.float64) for key in ("entry_lps_mm", "axis_lps"))
        rest = points - entry
        high = np.einsum("ij,j->i", rest, axis)
        aside = np.linalg.norm(rest - np.outer(high, axis), axis=1)
        wide_mm = (float(hole["recess_diameter_mm"]) + float(hole["stretch_mm"])) / 2
        out |= (aside < wide_mm + _WALL_MM) & (np.abs(high) < _ABOVE_MM)
    return out


def _in_holes(places: FloatArray, subject: Subject) -> BoolArray:
    out = np.zeros(len(places), dtype=bool)
    for hole in [*planned(subject.plan, "screws"), *planned(subject.plan, "oblongs")]:
        away = np.linalg.norm(places - np.asarray(hole["entry_lps_mm"], dtype=np.float64), axis=1)
        out |= away < (float(hole["recess_diameter_mm"]) + float(hole["stretch_mm"])) / 2 + _BESIDE_MM
    return out
