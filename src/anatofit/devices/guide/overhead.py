"""What stands over a place of a guide on its way out: a guide is taken away there, and no drill comes to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from anatofit.devices.guide.beside import ROOM_MM
from anatofit.devices.guide.footprint import plane_axes
from anatofit.devices.guide.layout import Seat, Sleeve
from anatofit.errors import Reason
from anatofit.geometry.bridge import frame_on
from anatofit.geometry.ground import heights_mm
from anatofit.geometry.pierce import pierced
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

FAR_MM = 150.0  # above its entry nothing stands in a drill's way from so far on: a drill with its machine is not longer
_AROUND = 12  # places around a tube's axis
_STEP_MM, _APART_MM = 1.0, 2.0  # along it and across: no bone is narrower


def above_bone_mm(places_lps_mm: FloatArray, seat: Seat, height: FloatArray) -> FloatArray:
    """`(n,)` how far places stand above the bone's topmost surface in their columns; inf beside the bone."""
    local = [((places_lps_mm - np.array(seat.origin_lps_mm)) * axis).sum(axis=1) for axis in seat.frame.T]
    x, y = plane_axes(seat)
    i = np.clip(np.rint((local[0] - x[0]) / seat.step_mm).astype(int), 0, len(x) - 1)
    j = np.clip(np.rint((local[1] - y[0]) / seat.step_mm).astype(int), 0, len(y) - 1)
    there = height[j, i]
    return np.where(np.isfinite(there), local[2] - there, np.inf)


@dataclass(frozen=True, eq=False)
class OtherBones:
    """The other bones near a plan, and their heights over the columns of its seat."""

    bones: Mesh
    seat: Seat
    tops: FloatArray

    @classmethod
    def over(cls, seat: Seat, bones: Mesh | None) -> OtherBones | None:
        """Those over a seat; None where there are none."""
        return None if bones is None else cls(bones, seat, heights_mm(bones, seat.grid(), low_z_mm=seat.low_mm[2]))

    def over_tube(self, tube: Sleeve) -> bool:
        """Whether one stands over a tube on the guide's way out, or so near that the tube would be cut away."""
        return float(above_bone_mm(_within(tube), self.seat, self.tops).min()) < ROOM_MM

    def before(self, tube: Sleeve) -> bool:
        """Whether one stands in the way of a drill to a tube's entry."""
        axis = np.array(tube.axis_lps)
        at, _ = pierced(self.bones, np.array(tube.entry_lps_mm) + FAR_MM * axis, -axis)
        return bool(((at > 0.0) & (at < FAR_MM)).any())

    def bars(self, tube: Sleeve) -> bool:
        """Whether a tube can be neither built whole nor used."""
        return self.over_tube(tube) or self.before(tube)


def barred(pins: Sequence[Sleeve], others: OtherBones | None) -> Iterator[Reason]:
    """A reason for each ordered pin that another bone stands over or before."""
    for number, pin in enumerate(pins, start=1):
        if others is not None and others.bars(pin):
            said = (
                f"another bone stands over the sleeve of pin {number} on the guide's way out, within {ROOM_MM:g} mm of it, or in the way of its drill. "
                "Move or aim it away from that bone, or let the program place the pins"
            )
            yield Reason("way-blocked", said)


def _within(tube: Sleeve) -> FloatArray:
    """`(n, 3)` places in a tube from its entry up, and as far beyond its wall as other bones are kept."""
    u, v, axis = frame_on(np.array(tube.axis_lps)).T
    turn = 2 * np.pi * np.arange(_AROUND) / _AROUND
    circle = np.outer(np.cos(turn), u) + np.outer(np.sin(turn), v)
    radius = tube.outer_diameter_mm / 2 + ROOM_MM
    disc = np.concatenate([r * circle for r in np.linspace(0.0, radius, 2 + int(radius / _APART_MM))])
    along = np.arange(0.0, tube.top_mm + _STEP_MM, _STEP_MM)[:, None] * axis
    return np.asarray((np.array(tube.entry_lps_mm) + along[:, None, :] + disc[None]).reshape(-1, 3))
