"""An insole cut into a closed body for each of its zones, for a slicer that fills each by its own density."""

from __future__ import annotations

import numpy as np

from anatofit.devices.insole.layout import Filling, InsolePlan
from anatofit.devices.insole.zones import ZONES
from anatofit.geometry.partition import cells_of, pieces_of
from anatofit.model.frame import Plane
from anatofit.model.mesh import IntArray, Mesh


def pieces_by_zone(mesh: Mesh, plan: InsolePlan, filling: Filling) -> tuple[Mesh, dict[str, Mesh]]:
    """The insole with the corners that its pieces have on its surface, and those that are not empty by the name of their zone."""
    cells = cells_of(mesh, _planes(plan, filling))
    names = [zone.name for zone in filling.zones]
    whole, pieces = pieces_of(cells, _zone_of_cell(names))
    return whole, {name: piece for name, piece in zip(names, pieces, strict=True) if len(piece.faces)}


def _planes(plan: InsolePlan, filling: Filling) -> list[Plane]:
    """Upright planes: three across, from the heel; then two along, from the medial side. In front is distal, or lateral."""
    x, y, _ = plan.frame.axes
    origin, sign = np.array(plan.frame.origin_lps_mm), plan.frame.medial_sign
    across = [(line.at_mm[0] * x + line.at_mm[1] * y, x - line.lean * y) for line in filling.across]
    along = [(sign * at * y, -sign * y) for at in filling.medial_mm]
    return [Plane(origin + at, normal) for at, normal in (*across, *along)]


def _zone_of_cell(names: list[str]) -> IntArray:
    """(32,) the number of the zone that a cell belongs to, by the planes that it lies in front of."""
    bits = (np.arange(32)[:, None] >> np.arange(5)) & 1
    station, column = bits[:, :3].sum(axis=1), bits[:, 3:].sum(axis=1)
    return np.array([names.index(ZONES[s][c]) for s, c in zip(station, column, strict=True)])
