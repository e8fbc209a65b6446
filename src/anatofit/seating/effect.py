"""What a rest that is off does to the cuts and axes of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector
from anatofit.model.mesh import Mesh
from anatofit.model.seating import AxisSeat, CutSeat, Motion, Spread
from anatofit.seating.pose import Pose, vector_of

DIGITS = 4  # of every figure: a tenth of a micrometre, so that the last digits of a processor's sines do not show
AXES = {"sleeves": "sleeve", "trajectories": "trajectory", "screws": "screw", "oblongs": "screw", "pins": "pin"}
_WITHIN = 0.95


@dataclass(frozen=True, eq=False)
class Moved:
    """Poses about the middle of the contact, and what they do to points and directions."""

    pose: Pose
    middle_lps_mm: FloatArray

    @property
    def turns_rad(self) -> FloatArray:
        """(n, 3)."""
        return vector_of(self.pose.rotations)

    def direction(self, vector: FloatArray) -> FloatArray:
        """(n, 3) where a direction points."""
        return np.asarray((self.pose.rotations * vector).sum(axis=2))

    def point(self, point_lps_mm: FloatArray) -> FloatArray:
        """(n, 3) where a point of the guide lies."""
        return np.asarray(self.direction(point_lps_mm - self.middle_lps_mm) + self.middle_lps_mm + self.pose.shifts_mm)


def magnitudes(values: FloatArray) -> Spread:
    """Of figures without a sign."""
    low, high = (float(v) for v in np.percentile(values, [50.0, 100 * _WITHIN]))
    return Spread(median=round(low, DIGITS), low=0.0, high=round(high, DIGITS))


def signed(values: FloatArray) -> Spread:
    """Of figures with one."""
    beyond = 50.0 * (1 - _WITHIN)
    low, middle, high = (round(float(v), DIGITS) + 0.0 for v in np.percentile(values, [beyond, 50.0, 100.0 - beyond]))
    return Spread(median=middle, low=low, high=high)


def cuts_of(plan: Mapping[str, Any], bone: Mesh, moved: Moved) -> tuple[CutSeat, ...]:
    """Every slot of a plan."""
    return tuple(_cut(number, slot, bone, moved) for number, slot in enumerate(plan.get("slots", ()), start=1))


def _cut(number: int, slot: Mapping[str, Any], bone: Mesh, moved: Moved) -> CutSeat:
    point, frame = np.array(slot["point_lps_mm"]), frame_of_cut(slot)
    normal = frame[:, 0]
    edge = outline(bone, point, normal)
    there, turned = moved.point(point), moved.direction(normal)
    # (n, k): how far the moved plane lies from each point of the planned edge, along the planned normal
    off = ((there[:, None, :] - edge) * turned[:, None, :]).sum(axis=2) / (turned * normal).sum(axis=1)[:, None]
    edges, angles = np.abs(off).max(axis=1), angle_deg(turned, normal)
    worst = int(np.argmax(np.square(off).mean(axis=0)))
    return CutSeat(
        number=number,
        angle_deg=magnitudes(angles),
        edge_mm=magnitudes(edges),
        edge_at_lps_mm=_triple(edge[worst]),
        by=_motions_of_edge(moved, point, frame, edge[worst], off[:, worst]),
        edges_mm=_row(edges),
        angles_deg=_row(angles),
    )


def frame_of_cut(slot: Mapping[str, Any]) -> FloatArray:
    """(3, 3) columns: across the cut, along the slot, and the blade's way out."""
    across = unit_vector(np.array(slot["normal_lps"]))
    way = np.array(slot["blade_way_lps"])
    way = unit_vector(way - across * float((way * across).sum()))
    return np.column_stack([across, np.cross(way, across), way])


def _motions_of_edge(
    moved: Moved, point: FloatArray, frame: FloatArray, edge: FloatArray, off: FloatArray
) -> tuple[Motion, ...]:
    """The three motions that move a point of the cut's edge off the plane, with the share of the mean square that each makes."""
    across, along, way = frame.T
    arm, turns = edge - point, moved.turns_rad
    shift = ((moved.point(point) - point) * across).sum(axis=1)
    parts = [("shift across the cut", "mm", shift, shift)]
    for words, axis in (("turn about the blade's way", way), ("tilt about the length of the slot", along)):
        angle = (turns * axis).sum(axis=1)
        parts.append((words, "deg", np.rad2deg(angle), angle * float((np.cross(axis, arm) * across).sum())))
    total = max(float(np.square(off).mean()), 1e-12)
    motions = [
        Motion(words=words, unit=unit, spread=signed(own), share=round(float((part * off).mean()) / total, 3))
        for words, unit, own, part in parts
    ]
    return tuple(sorted(motions, key=lambda m: -m.share))


def axes_of(plan: Mapping[str, Any], moved: Moved) -> tuple[AxisSeat, ...]:
    """Every axis of a plan along which is drilled."""
    return tuple(_axis(name, row, moved) for name, row in _rows(plan))


def _rows(plan: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, name in AXES.items():
        for number, row in enumerate(plan.get(key, ()), start=1):
            yield f"{name} {row.get('number', number)}", row


def _axis(name: str, row: Mapping[str, Any], moved: Moved) -> AxisSeat:
    entry, axis = np.array(row["entry_lps_mm"]), unit_vector(np.array(row["axis_lps"]))
    there, turned = moved.point(entry), moved.direction(axis)
    # a drill ends at its target where it has one, else the axis where it leaves the bone
    depth = row.get("target_mm", row.get("depth_mm"))
    entries = _beside(entry, there, turned)
    return AxisSeat(
        name=name,
        angle_deg=magnitudes(angle_deg(turned, axis)),
        entry_mm=magnitudes(entries),
        end_mm=None if depth is None else magnitudes(_beside(entry - float(depth) * axis, there, turned)),
        entries_mm=_row(entries),
    )


def _beside(point: FloatArray, there: FloatArray, turned: FloatArray) -> FloatArray:
    """(n,) how far lines pass from a point."""
    rest = point - there
    along = (rest * turned).sum(axis=1)
    return np.asarray(np.sqrt(np.square(rest - along[:, None] * turned).sum(axis=1)))


def angle_deg(turned: FloatArray, direction: FloatArray) -> FloatArray:
    """(n,) angles between directions of length one and a single one, right for small ones too."""
    across = np.sqrt(np.square(np.cross(turned, direction)).sum(axis=1))
    return np.asarray(np.rad2deg(np.arctan2(across, (turned * direction).sum(axis=1))))


def outline(bone: Mesh, point: FloatArray, normal: FloatArray) -> FloatArray:
    """(k, 3) points where a plane meets the piece of the surface that lies nearest to a point of it; the point alone where none does."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    v = bone.vertices_lps_mm - point
    side = v[:, 0] * normal[0] + v[:, 1] * normal[1] + v[:, 2] * normal[2]
    above = side >= 0
    corners = above[bone.faces].sum(axis=1)
    crossing = bone.faces[(corners > 0) & (corners < 3)]
    if not len(crossing):
        return np.asarray(point[None, :])
    pairs = np.sort(np.stack([crossing, np.roll(crossing, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    edges, number = np.unique(pairs[above[pairs[:, 0]] != above[pairs[:, 1]]], axis=0, return_inverse=True)
    both = number.reshape(-1, 2)  # every triangle that a plane crosses has two edges that it crosses
    links = coo_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(len(edges), len(edges)))
    piece = connected_components(links, directed=False)[1]
    a, b = side[edges[:, 0]], side[edges[:, 1]]
    share = (a / (a - b))[:, None]
    met = v[edges[:, 0]] + share * (v[edges[:, 1]] - v[edges[:, 0]])
    nearest = piece[int(np.argmin(np.square(met).sum(axis=1)))]
    return np.asarray(met[piece == nearest] + point)


def _row(values: FloatArray) -> tuple[float, ...]:
    return tuple(round(float(v), DIGITS) for v in values)


def _triple(values: Sequence[float] | FloatArray) -> tuple[float, float, float]:
    x, y, z = (round(float(v), 3) + 0.0 for v in values)
    return (x, y, z)
