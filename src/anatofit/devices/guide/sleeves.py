"""Sleeves: where their axes enter the bone and leave it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.guide.layout import Sleeve, Triple, triple
from anatofit.errors import Reason
from anatofit.geometry.pierce import pierced
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

ROOT_MM = 3.0  # a tube is built from so far beneath the bone's surface; what is in the bone is then cut away
HOLLOW_MM = (
    45.0  # a wider hollow is no medullary canal (the widest, of a distal femur, is some 40 mm): the bone ends before it
)
MOVED_MM = (
    3.0  # from an ordered entry to the surface: cartilage above it or a burr's hollow beneath it is no deeper. Proposal
)
DEEP_MM = 6.0  # of an entry beneath the surface: one that was read from a picture lies less deep, and targets lie deeper. Proposal
_ABOVE_MM = 2.0  # a line is followed from so far above its entry


def surface_entry(bone: Mesh, point_lps_mm: FloatArray, axis_lps: FloatArray, *, within_mm: float) -> FloatArray | None:
    """Where a line that comes in against `axis` first meets the bone within a distance of a point; None where it does not."""
    at, enters = pierced(bone, point_lps_mm + within_mm * axis_lps, -axis_lps)
    met = at[enters & (at >= 0.0) & (at <= 2 * within_mm)]
    return None if not len(met) else np.asarray(point_lps_mm + (within_mm - met[0]) * axis_lps)


def off_surface(what: str, bone: Mesh, point_lps_mm: FloatArray, axis_lps: FloatArray, *, within_mm: float) -> Reason:
    """Why `surface_entry` finds none: where along the axis the bone lies from the entry that was ordered."""
    at, enters = pierced(bone, point_lps_mm, -axis_lps)
    behind, ahead = np.flatnonzero(at <= 0.0), at[enters & (at > 0.0)]
    if len(behind) and enters[behind[-1]]:
        where = f"the entry of {what} lies {-at[behind[-1]]:.0f} mm deep in the bone along its axis"
    elif len(ahead):
        where = f"the bone begins {ahead[0]:.0f} mm beyond the entry of {what} along its axis"
    elif len(at):
        where = f"all bone along the axis of {what} lies behind its entry, as if entry and target were exchanged"
    else:
        where = f"{what} meets no bone along its axis"
    said = f"{where}; a surface within {within_mm:g} mm of the entry is wanted. Check its coordinates"
    return Reason("plan-misses-bone", said)


def exchanged(
    what: str,
    bone: Mesh,
    ordered_lps_mm: FloatArray,
    target_lps_mm: FloatArray,
    entry_lps_mm: FloatArray,
    axis_lps: FloatArray,
) -> Iterator[Reason]:
    """A reason where an ordered entry lies in the bone as deep as a target does, and its target by the surface at the other end, as an entry does.

    entry_lps_mm: where the axis, outward, enters the bone (see `surface_entry`).
    """
    deep, end = float(((entry_lps_mm - ordered_lps_mm) * axis_lps).sum()), depth_mm(bone, entry_lps_mm, axis_lps)
    if deep < DEEP_MM or end is None:
        return
    left = end - float(((entry_lps_mm - target_lps_mm) * axis_lps).sum())
    if abs(left) <= MOVED_MM:
        where = f"{left:.0f} mm beneath" if left >= 0 else f"{-left:.0f} mm above"
        said = (
            f"the entry of {what} lies {deep:.0f} mm deep in the bone along its axis, and its target {where} the surface at the other end, as if entry "
            "and target were exchanged. Give the entry on the surface that is meant, or exchange them"
        )
        yield Reason("plan-misses-bone", said)


def depth_mm(
    bone: Mesh, entry_lps_mm: FloatArray, axis_lps: FloatArray, *, hollow_mm: float = HOLLOW_MM
) -> float | None:
    """From an entry to where the line leaves the bone for good, across its medullary canal; None where it enters none."""
    at, enters = pierced(bone, entry_lps_mm + _ABOVE_MM * axis_lps, -axis_lps)
    at, enters = at[at > 0.0], enters[at > 0.0]
    end: float | None = None
    for distance, entering in zip(at - _ABOVE_MM, enters, strict=True):
        if entering and end is not None and distance - end > hollow_mm:
            break
        if not entering:
            end = float(distance)
    return end


def sleeve(
    bone: Mesh, entry_lps_mm: FloatArray, axis_lps: FloatArray, *, hole_mm: float, wall_mm: float, length_mm: float
) -> Sleeve:
    """The sleeve of an axis that enters the bone at a place."""
    depth = depth_mm(bone, entry_lps_mm, axis_lps)
    return Sleeve(
        entry_lps_mm=triple(entry_lps_mm),
        axis_lps=triple(axis_lps),
        diameter_mm=round(hole_mm, 6),
        outer_diameter_mm=round(hole_mm + 2 * wall_mm, 6),
        low_mm=-ROOT_MM,
        top_mm=round(length_mm, 6),
        depth_mm=None if depth is None else round(depth, 6),
    )


def moved(what: str, ordered_lps_mm: Sequence[Triple], sleeves: Sequence[Sleeve]) -> Iterator[str]:
    """A sentence for each entry that was ordered so far off the bone's surface, or beneath it, that another place may be meant."""
    for number, (ordered, at) in enumerate(zip(ordered_lps_mm, sleeves, strict=True), start=1):
        off = float(((np.array(ordered) - np.array(at.entry_lps_mm)) * np.array(at.axis_lps)).sum())
        if abs(off) > MOVED_MM:
            yield (
                f"the entry of {what} {number} was ordered {abs(off):.1f} mm {'above' if off > 0 else 'beneath'} the bone's surface, and was moved to it "
                "along the axis: see whether it is the place that is meant, and check frame and unit of the plan"
            )
