"""The ways in that are tried where the order names none, and which of them is taken.

Where points of cuts were put on the bone's surface, only ways that lead to that side are tried: see `sides`; where neither they nor a wedge
tell a side, those that face another bone or lead behind a recognised one only where no other offers ground: see `facing`. A way must hold the guide:
of those that offer ground, none is taken that holds less than `HOLDS` of what the best does. Among the
rest that one is taken whose slots leave least bone before a wedge's hinge line to the hand, counted in whole widths of the narrowest
blade; the hold decides between equals. For what a slot does not lead is sawn freehand towards the cortex that is to stay whole, whereas
above that share the hold hardly moves the cut: see `HOLDS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.cutting_guide.across import Across, least_free
from anatofit.devices.cutting_guide.approach import (
    FURTHEST_ENTRY_DEG,
    STEEPEST_BLADE_DEG,
    footing,
    footprint_mm2,
    lean_deg,
    left_mm,
    normals_of,
    off_entry_deg,
)
from anatofit.devices.cutting_guide.facing import free_sides
from anatofit.devices.cutting_guide.lengths import with_lengths
from anatofit.devices.cutting_guide.sides import Side, seen_from, sides_told
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec, WedgeCut
from anatofit.devices.guide.beside import others_of
from anatofit.devices.guide.hold import BORDER_MM, HOLDS, Footing, least_mm2
from anatofit.errors import PrescriptionError, Reason
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.words import counted

TURN_DEG = 10.0  # between the ways that are tried
BEHIND = 0.02  # cosine to the back that is rounding: one degree
NARROWEST_MM = 10.0  # of blades: a slot that leaves less before the hinge line leaves nothing to one of them. Proposal


@dataclass(frozen=True, eq=False)
class WayIn:
    """A way out that was tried, with ground enough for a guide. score: its hold, as far as other bones leave its slots room;
    left_mm: before the hinge line of a wedge, see `left_mm`."""

    way_lps: FloatArray
    hold: float
    score: float
    left_mm: float


def ways_in(anatomy: Anatomy, spec: CuttingGuideSpec, cuts: Sequence[Across]) -> list[WayIn]:
    """The ways out along which the bone offers a guide footing, that first which is taken. Raises PrescriptionError where none does."""
    bone, others = anatomy.surfaces["host"], others_of(anatomy)
    near = _near(bone, spec, unit_vector(np.sum(normals_of(spec), axis=0)))
    sides = sides_told(bone, spec)
    ways = [way for way in _ways(spec) if seen_from(way, sides, most_deg=spec.steepest_deg)]
    untold = not sides and not any(isinstance(cut, WedgeCut) for cut in spec.surgery.cut)
    free = free_sides(anatomy, ways, spec) if untold else ways
    tried, refused = _tried(near, spec, cuts, free, others)
    if not tried and len(free) < len(ways):
        tried, refused = _tried(near, spec, cuts, ways, others)
    if not tried:
        raise PrescriptionError(Reason("no-footing", _no_footing(*refused, sides, spec)))
    return best_first(tried)


def _tried(
    near: Mesh, spec: CuttingGuideSpec, cuts: Sequence[Across], ways: Sequence[FloatArray], others: Mesh | None
) -> tuple[list[WayIn], tuple[list[Footing], float]]:
    """Those of the ways along which the bone offers ground enough; with what it offers along each, and the most that is wanted."""
    specs = [with_lengths(spec, cuts, way) for way in ways]
    found = [footing(near, spec, way, others) for spec, way in zip(specs, ways, strict=True)]
    enough = [least_mm2(footprint_mm2(spec)) for spec in specs]
    tried = [
        WayIn(way, f.hold, round(f.hold * least_free(cuts, way), 9), left_mm(spec, way))
        for way, spec, f, least in zip(ways, specs, found, enough, strict=True)
        if f.area_mm2 >= least
    ]
    return tried, (found, max(enough, default=0.0))


def best_first(tried: Sequence[WayIn]) -> list[WayIn]:
    """Those that hold well enough first, of them those that leave least to the hand, of equals those that hold best."""
    enough = HOLDS * max(way.score for way in tried)
    return sorted(tried, key=lambda way: (way.score < enough, way.left_mm // NARROWEST_MM, -way.score))


def _ways(spec: CuttingGuideSpec) -> Iterator[FloatArray]:
    """The ways out that are looked at: along the cuts, on the side where a wedge's saw enters."""
    across = unit_vector(np.sum(normals_of(spec), axis=0))
    first = _first_way(spec, across)
    second = np.cross(across, first)
    for turn in np.deg2rad(np.arange(0.0, 360.0, TURN_DEG)):
        way = np.cos(turn) * first + np.sin(turn) * second
        if may_be_taken(spec, way):
            yield way


def may_be_taken(spec: CuttingGuideSpec, way: FloatArray) -> bool:
    """Whether a way out lies near enough to the cuts and to where a wedge's saw enters, and far enough to the front."""
    steep = any(lean_deg(way, n) > STEEPEST_BLADE_DEG for n in normals_of(spec))
    return not steep and off_entry_deg(spec, way) <= FURTHEST_ENTRY_DEG + 0.01 and _from_front(spec, way)


def _from_front(spec: CuttingGuideSpec, way: FloatArray) -> bool:
    """Whether a way out leads as far to the front of a bone whose front was located as its wedge asks: behind the knee no guide is set down."""
    fronts = [
        (np.array(cut.front), cut.to_front)
        for cut in spec.surgery.cut
        if isinstance(cut, WedgeCut) and cut.front is not None
    ]
    return all(float((way * front).sum()) >= least - BEHIND for front, least in fronts)


def _first_way(spec: CuttingGuideSpec, across: FloatArray) -> FloatArray:
    """The way that is tried first: to where the saw of a wedge enters, else any along the cuts."""
    outs = [np.array(cut.out) for cut in spec.surgery.cut if isinstance(cut, WedgeCut)]
    towards = np.mean(outs, axis=0) if outs else np.cross(across, np.eye(3)[int(np.argmin(np.abs(across)))])
    return unit_vector(towards - across * float((towards * across).sum()))


def _no_footing(found: Sequence[Footing], enough: float, sides: Sequence[Side], spec: CuttingGuideSpec) -> str:
    if not found:
        return f"no way in leads to all cuts. {_to_do(sides, spec)}"
    most = max(f.area_mm2 for f in found)
    return f"the bone offers at most {most:.0f} mm² of ground beside the cuts; {enough:.0f} mm² at least are wanted. {_to_do(sides, spec)}"


def _to_do(sides: Sequence[Side], spec: CuttingGuideSpec) -> str:
    if not sides:
        return "See whether the plan lies on the bone"
    return (
        f"Only ways within {spec.steepest_deg:g}° of where the bone looks at the points of cuts were tried, for {counted(len(sides), 'cut')} "
        "of the plan have theirs on its surface or before it: move them into the middle of the bone, or order an approach"
    )


def _near(bone: Mesh, spec: CuttingGuideSpec, across: FloatArray) -> Mesh:
    """The slice of the bone that a base could lie on or look past: all of it between the outermost feet."""
    points = np.array([cut.point for cut in spec.surgery.cut])
    at = (points * across).sum(axis=1)
    where = (bone.vertices_lps_mm * across).sum(axis=1)[bone.faces]
    reach = spec.foot_reach_mm + BORDER_MM
    keep = (where.max(axis=1) >= at.min() - reach) & (where.min(axis=1) <= at.max() + reach)
    return Mesh(bone.vertices_lps_mm, bone.faces[keep])
