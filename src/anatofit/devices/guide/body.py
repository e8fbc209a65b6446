"""The body that guides share: base, what stands on it and what is cut out of both, in one piece.

What stands on the base joins it with fillets; whatever the bone, grown by the offset, would meet on the way out is taken away, so
that the guide leaves its seat as it came. Edges are rounded as fields; channels, windows and letters are cut as exact solids, so
that their axes are those of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from anatofit.devices.guide.base import base_of, offset_mm
from anatofit.devices.guide.fallen import apart, by_way
from anatofit.devices.guide.gaps import without_gaps
from anatofit.devices.guide.layout import Sleeve
from anatofit.devices.guide.planned import GuidePlan
from anatofit.errors import Reason, refuse
from anatofit.geometry.boolean import difference, largest
from anatofit.geometry.bridge import mesh_of, mesh_of_field, solid_of
from anatofit.geometry.canonical import canonical
from anatofit.geometry.field import FieldArray, points_of, sample, smooth_union
from anatofit.geometry.ground import Ground
from anatofit.geometry.morph import opened, sharp, thin, without_cusps
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import unit_vector
from anatofit.model.part import Part
from anatofit.model.words import bracketed

PART = "guide"
SIMPLIFY_MM = 0.00005  # closes up float32 slivers; more could fold a surface deeper than a checker calls rounding
SHARP_DEG = 30.0  # beyond the steps of a lattice on a curved face; an edge of 90° is drawn as two of 45°
EVEN_STEPS = 0.7  # of the lattice, standard deviation: a face that curves with 2 mm moves by 0.02 mm
MOST_CRUMBS_MM3 = 5.0  # what a tool cuts off at an edge; more is a piece of the guide
MOST_LOOSE = (
    0.25  # of the body before edges are rounded: less is an island of the footing that bears nothing, and is left out
)
MOST_LOST = 0.3  # of the body by rounding its edges: more hung on a neck that no ball of the edge's radius passes


def rounded_body(
    anatomy: Anatomy,
    ground: Ground,
    plan: GuidePlan,
    *,
    standing: Iterable[FieldArray],
    hollows: Iterable[FieldArray],
    tubes: Sequence[Sleeve],
    gaps_mm: float = 0.0,
) -> FieldArray:
    """Base and what stands on it, `tubes` among it, as one field, clear of the bone all the way out, hollows taken, edges rounded.

    gaps_mm: what stands so near to the base or to each other that no wider gap is left is joined, but for the room before letters
    and over windows.
    Raises PrescriptionError where it falls apart, or a tube stands on what falls off.
    """
    offset = offset_mm(ground, plan)
    body = base_of(ground, plan, offset)
    for part in standing:
        body = smooth_union(body, part, radius_mm=plan.fillet_mm)
    body = without_gaps(_closed_border(body), ground, plan, gaps_mm) if gaps_mm else body
    body = np.maximum(body, ground.blocked(offset))
    for hollow in hollows:
        body = np.maximum(body, -hollow)
    body = _closed_border(body)
    _holds_together(body, anatomy, plan)
    edges = np.concatenate(
        [
            points_of(ground.grid, thin(body, ground.grid, radius_mm=plan.edge_radius_mm)),
            sharp(body, ground.grid, least_deg=SHARP_DEG),
        ]
    )
    rounded = opened(body, ground.grid, radius_mm=plan.edge_radius_mm, edges_lps_mm=edges, one_piece=True)
    lost = float((body < 0).sum() - (rounded < 0).sum()) * plan.seat.step_mm**3
    if lost > MOST_LOST * float((body < 0).sum()) * plan.seat.step_mm**3:
        raise apart(lost, anatomy, plan)
    refuse(_fallen(rounded, ground, tubes, by_way(anatomy, plan)))
    return _evened(without_cusps(rounded), ground, offset)


def _evened(body: FieldArray, ground: Ground, offset: FieldArray) -> FieldArray:
    """The body without folds of a lattice step on its outside, as stand where two creases meet; the face to the bone stays."""
    from scipy.ndimage import gaussian_filter

    share = np.clip(ground.surface - offset - 1.0, 0.0, 1.0)
    return np.asarray(body + share * (gaussian_filter(body, EVEN_STEPS) - body), dtype=np.float32)


def carved(
    values: FieldArray, anatomy: Anatomy, ground: Ground, plan: GuidePlan, tools: Sequence[Any], *, what: str
) -> tuple[Part, ...]:
    """The one part "guide": closed, in one piece, tools cut out of it, its coordinates exact in float32."""
    solid, dropped = largest(solid_of(mesh_of_field(values, ground.grid)))
    solid = difference(solid, tools, what=what)
    solid, crumbs = largest(solid.simplify(SIMPLIFY_MM))
    if crumbs > MOST_CRUMBS_MM3:
        raise apart(crumbs, anatomy, plan)
    metadata = {"device": plan.device, "case": plan.case, "dropped_mm3": f"{dropped + crumbs:.3f}"}
    return (Part(PART, canonical(mesh_of(solid)), metadata),)


def _holds_together(body: FieldArray, anatomy: Anatomy, plan: GuidePlan) -> None:
    """Raises PrescriptionError where what stands on the bone is no longer one body once its slots and channels are taken out."""
    from scipy.ndimage import label

    pieces, _ = label(body < 0)
    sizes = np.sort(np.bincount(pieces.ravel())[1:]) * plan.seat.step_mm**3
    if len(sizes) > 1 and float(sizes[:-1].sum()) > MOST_LOOSE * float(sizes.sum()):
        raise apart(float(sizes[:-1].sum()), anatomy, plan)


def _fallen(body: FieldArray, ground: Ground, tubes: Sequence[Sleeve], way: str) -> Iterator[Reason]:
    """A reason for each tube that is no longer there: the base beneath it hung on a neck that no ball of the edges' radius passes. way: which
    way in it has, and another as what to do."""
    for tube in tubes:
        axis = np.array(tube.axis_lps)
        side = unit_vector(np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))]))
        spokes = np.stack([side, -side, np.cross(axis, side), -np.cross(axis, side)])
        wall = np.array(tube.entry_lps_mm) + tube.top_mm / 2 * axis
        wall = wall + (tube.diameter_mm + tube.outer_diameter_mm) / 4 * spokes
        if int((sample(body, ground.grid, wall) < 0).sum()) < len(spokes) / 2:
            said = (
                f"the base beneath the channel at {bracketed(tube.entry_lps_mm)} mm hangs on the rest by a neck narrower than its rounded edges, and "
                "falls off. Move that pin or trajectory nearer to the others, or name pins of your own ([[plan.pin]]) where the program placed it; lower "
                f"edge_radius_mm or foot_reach_mm, or order two guides. {way}"
            )
            yield Reason("no-room", said)


def _closed_border(values: FieldArray) -> FieldArray:
    """The field with a positive border, so that its surface closes inside the lattice."""
    for axis in range(3):
        face = np.moveaxis(values, axis, 0)
        face[0] = np.maximum(face[0], 0.5)
        face[-1] = np.maximum(face[-1], 0.5)
    return values
