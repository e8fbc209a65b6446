"""Whether the holes that a catalogue tells of a stock plate are those of its surface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.geometry.bore import Bore, bore_of
from anatofit.model.frame import unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.stock import StockHole

OFF_MM = 0.5  # of a hole's middle and width: the depth of a thread, the facets of a coarse surface. Proposal
BESIDE_MM = 1.0  # along the axis, from the plate: its middle may be told in the hole, or on either face
OPENS_MM = 0.6  # by which a hole opens more towards the bone: a head's cone of 90 degrees opens by 0.9, a rounded edge as much as the other


def wrong_holes(mesh: Mesh, holes: Sequence[StockHole]) -> Iterator[str]:
    """A sentence for each hole that the surface has not as it is told."""
    axes = [unit_vector(np.array(hole.axis)) for hole in holes]
    said = [_against(bore_of(mesh, np.array(h.centre), axis), h) for h, axis in zip(holes, axes, strict=True)]
    if not any(said):
        said = [_turned(number, holes) for number in range(len(holes))]
    yield from (f"hole {number}: {words}" for number, words in enumerate(said, start=1) if words)


def _against(bore: Bore, hole: StockHole) -> str:
    """What of a hole is not so on the surface; empty where all is."""
    if not np.isfinite(bore.walls_mm).all():
        return "its centre lies in no hole of the surface: the plate does not stand around it"
    if not bore.walls_mm.all():
        return "the plate stands in its axis, which does not go clear through a hole of the surface"
    if bore.off_mm > OFF_MM:
        return f"its axis passes {bore.off_mm:.1f} mm beside the middle of the surface's hole, or leans in it"
    if abs(bore.width_mm - hole.diameter_mm) > OFF_MM:
        return f"diameter_mm was {hole.diameter_mm:g}, and the surface's hole is {bore.width_mm:.1f} mm wide where it is narrowest"
    if (beside := max(bore.low_mm, -bore.high_mm)) > BESIDE_MM:
        return f"its centre lies {beside:.1f} mm off the plate along the axis"
    return "its head would enter from the bone: the axis is to point away from it" if bore.opens_mm < -OPENS_MM else ""


def _turned(number: int, holes: Sequence[StockHole]) -> str:
    """Whether the nearest hole's axis points to the other side of the plate: none bends by a right angle from one hole to the next."""
    centres, axes = (np.array([getattr(hole, key) for hole in holes]) for key in ("centre", "axis"))
    away = np.square(centres - centres[number]).sum(axis=1)
    away[number] = np.inf
    nearest = int(away.argmin())
    if (axes[number] * axes[nearest]).sum() > 0:
        return ""
    return f"its axis points to the other side than that of hole {nearest + 1}"
