"""Slots that let air to the skin: along the limb, evenly spread over what neither presses nor relieves, the calf first."""

from __future__ import annotations

import numpy as np

from anatofit.devices.guide.layout import triple
from anatofit.devices.socket.field import share_of, wall_mm
from anatofit.devices.socket.layout import Slot
from anatofit.devices.socket.spec import SocketSpec
from anatofit.devices.socket.walls import Walls
from anatofit.geometry.affine import turned
from anatofit.model.frame import FloatArray

_BRIDGE_MM = 14.0  # of wall between slots, and between a slot and a region: more than three times a wall's thickness
_FROM_BRIM_MM, _FROM_BALL_MM = 30.0, 20.0  # the brim stays whole, and so does what carries the adapter
_APART = 0.02  # of a region's depth: what is less is beside it


def slots_of(walls: Walls, spec: SocketSpec) -> tuple[tuple[Slot, ...], tuple[str, ...]]:
    """As many as were ordered and have room, and a word where they are fewer."""
    if not spec.slots:
        return (), ()
    places = [place for place in _raster(walls, spec) if _free(walls, spec, *place)]
    kept = sorted(places, key=lambda p: (-round(abs(p[1]), 3), p[0]))[: spec.slots]
    notes = (
        ()
        if len(kept) == spec.slots
        else (f"{len(kept)} of {spec.slots} slots have room beside regions, brim and distal end",)
    )
    return tuple(_slot(walls, spec, *place) for place in kept), notes


def _raster(walls: Walls, spec: SocketSpec) -> list[tuple[float, float]]:
    """(v, angle) in rows along the limb; every second row lies between the places of the one below."""
    low = walls.shape.frame.ball_mm + _FROM_BALL_MM + spec.slot_length_mm / 2
    high = walls.shape.top_mm - _FROM_BRIM_MM - spec.slot_length_mm / 2
    girth = 2 * np.pi * float(walls.skin.reach_mm.min(axis=1).max())
    count = max(int(girth / (spec.slot_width_mm + _BRIDGE_MM)), 1)
    rows = np.arange(low, high, spec.slot_length_mm + _BRIDGE_MM)
    turns = 2 * np.pi / count * (np.arange(count) + 0.5) - np.pi
    return [(float(v), float(turn + np.pi / count * (row % 2))) for row, v in enumerate(rows) for turn in turns]


def _free(walls: Walls, spec: SocketSpec, v: float, angle: float) -> bool:
    """Whether no region lies at the slot, and the brim lies well above it."""
    half = spec.slot_length_mm / 2 + _BRIDGE_MM
    beside = (spec.slot_width_mm / 2 + _BRIDGE_MM) / float(
        walls.skin.lattice.read(walls.skin.reach_mm, np.array([v]), np.array([angle]))[0]
    )
    at, turn = (
        g.ravel() for g in np.meshgrid(v + half * np.linspace(-1, 1, 9), angle + beside * np.linspace(-1, 1, 5))
    )
    ball = walls.shape.frame.ball_mm
    shares = [share_of(patch, ball, at, turn) for patch in walls.shape.patches if patch.depth_mm]
    below = walls.trim_mm()[
        np.rint(turn / (2 * np.pi) * walls.skin.lattice.around).astype(int) % walls.skin.lattice.around
    ]
    return all(float(s.max()) < _APART for s in shares) and bool(
        (below - v > _FROM_BRIM_MM + spec.slot_length_mm / 2).all()
    )


def _slot(walls: Walls, spec: SocketSpec, v: float, angle: float) -> Slot:
    step = np.array([0.0, 1.0, -1.0, 0.0, 0.0])
    turn = np.array([0.0, 0.0, 0.0, 0.02, -0.02])
    at = walls.inner_mm(v + step, angle + turn)
    along, around = at[1] - at[2], at[3] - at[4]
    out = np.cross(around, along)
    out, along = (w / np.linalg.norm(w) for w in (out, along))
    wall = float(wall_mm(walls.shape, np.array([v]), np.array([angle]))[0])
    centre = at[0] + wall / 2 * out
    frame = walls.shape.frame
    return Slot(
        centre_lps_mm=triple(turned(frame.axes.T, list(centre[:, None]), np.array(frame.origin_lps_mm))[0]),
        axis_lps=triple(_way(frame.axes, out)), along_lps=triple(_way(frame.axes, along)),
        width_mm=spec.slot_width_mm, length_mm=spec.slot_length_mm, wall_mm=round(wall, 6),
    )  # fmt: skip


def _way(axes: FloatArray, way: FloatArray) -> FloatArray:
    return np.asarray(turned(axes.T, list(way[:, None]), np.zeros(3))[0])
