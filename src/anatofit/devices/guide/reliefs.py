"""Regions that a plan relieves, held against bone and base: one that meets neither relieves nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.guide.footprint import plane_axes
from anatofit.devices.guide.forms import Relief
from anatofit.devices.guide.layout import Seat
from anatofit.errors import Reason
from anatofit.geometry.field import FieldArray
from anatofit.geometry.nearest import Nearest
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh


def off_bone(bone: Mesh, reliefs: Sequence[Relief]) -> Iterator[Reason]:
    """A reason for each region in which no place of the bone lies: its numbers are those of another place, frame or unit."""
    if not reliefs:
        return
    points = np.array([relief.point for relief in reliefs], dtype=np.float64)
    away_mm = np.linalg.norm(points - Nearest(bone).asked(points)[0], axis=1)
    for number, (relief, away) in enumerate(zip(reliefs, away_mm, strict=True), start=1):
        if away > relief.radius_mm:
            said = (
                f"relief {number} meets no bone: its point lies {away:.1f} mm off, its radius is {relief.radius_mm:g} mm. Check its "
                "coordinates, or raise radius_mm"
            )
            yield Reason("plan-misses-bone", said)


def beside_base(reliefs: Sequence[Relief], seat: Seat, height: FloatArray, ground: FieldArray) -> list[str]:
    """A sentence for each region in which the base does not stand."""
    x, y = plane_axes(seat)
    there = (ground < 0) & np.isfinite(height)
    columns = np.stack([c[there] for c in np.broadcast_arrays(x[None, :], y[:, None], height)], axis=-1)
    places = [seat.to_seat(np.array(relief.point)) for relief in reliefs]
    away_mm = [float(np.sqrt(np.square(columns - at).sum(axis=1).min())) for at in places]
    return [
        f"relief {number} relieves nothing: the base ends {away - relief.radius_mm:.1f} mm before it"
        for number, (relief, away) in enumerate(zip(reliefs, away_mm, strict=True), start=1)
        if away > relief.radius_mm
    ]
