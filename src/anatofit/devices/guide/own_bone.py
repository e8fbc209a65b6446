"""What the bone itself asks of a pin: enough of it along the pin to hold, and none above the sleeve in the drill's way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.guide.layout import Sleeve
from anatofit.errors import Reason
from anatofit.geometry.bridge import frame_on
from anatofit.geometry.pierce import pierced
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh

PIN_BONE_MM = 5.0  # of bone along each pin: three turns of a threaded wire, proposal
DRILL_MM = 40.0  # above a sleeve's top: a drill comes in from there
_BESIDE_MM = 0.1  # of the channel's wall: the lattice and a triangle's flatness
_AROUND = 12
_SURE_MM = 0.05  # more than written coordinates differ by


def holds(bone: Mesh, pin: Sleeve) -> bool:
    """Whether a pin finds bone enough, and its drill comes to it past the bone."""
    return pin.depth_mm is not None and pin.depth_mm >= PIN_BONE_MM + _SURE_MM and not is_under(bone, pin)


def is_under(bone: Mesh, pin: Sleeve) -> bool:
    """Whether bone stands above a pin's sleeve in the way of its drill."""
    axis = np.array(pin.axis_lps)
    return _comes_near(bone, pin, axis) and any(
        ((at > 0.0) & (at < DRILL_MM)).any() for at, _ in (pierced(bone, start, -axis) for start in _starts(pin))
    )


def _comes_near(bone: Mesh, pin: Sleeve, axis_lps: FloatArray) -> bool:
    """Whether any corner of the bone lies so near to the drill's way that its triangles could come into it."""
    rest = bone.vertices_lps_mm - np.array(pin.entry_lps_mm)
    along = rest[:, 0] * axis_lps[0] + rest[:, 1] * axis_lps[1] + rest[:, 2] * axis_lps[2]
    far = bone.longest_edge_mm
    there = (along > pin.top_mm - far) & (along < pin.top_mm + DRILL_MM + far)
    away = np.square(rest[there]).sum(axis=1) - np.square(along[there])
    return bool((away < (pin.diameter_mm / 2 + _BESIDE_MM + far) ** 2).any())


def _starts(pin: Sleeve) -> Iterator[FloatArray]:
    """Places around a drill's way, on its axis and around its channel, where it comes in."""
    u, v, axis = frame_on(np.array(pin.axis_lps)).T
    start, radius = np.array(pin.entry_lps_mm) + (pin.top_mm + DRILL_MM) * axis, pin.diameter_mm / 2 + _BESIDE_MM
    yield start
    for turn in 2 * np.pi * np.arange(_AROUND) / _AROUND:
        yield start + radius * (np.cos(turn) * u + np.sin(turn) * v)


def under_bone(bone: Mesh, pins: Sequence[Sleeve]) -> Iterator[Reason]:
    """A reason for each ordered pin whose drill would meet the bone before its sleeve."""
    for number, pin in enumerate(pins, start=1):
        if is_under(bone, pin):
            said = (
                f"the bone itself stands above the sleeve of pin {number}, in the way of its drill. Move it, lean it towards the way in, or let the program "
                "place the pins"
            )
            yield Reason("way-blocked", said)
