"""IN-TOP: the top of an insole against the foot and what the plan adds to it, worked out anew from models/sole.stl and plan.json.

The formulas are those of docs/how-to/insoles.md. The foot is looked at by rays, evened by a kernel of its own, and held below its
steepest rise place by place; none of the design's code is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.finding import Requirement
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.verify.insole_plan import InsoleFrame, frame_of
from anatofit.verify.subject import Measurement, Subject
from anatofit.verify.surface import BoolArray, Surface, face_vectors, spread_points, submesh, unit_rows

SAMPLES = 12_000
_STEP_MM = 0.5
_AROUND_MM = 13.0  # of the lattice beyond the outline
_REACH_MM = 24.0  # a steepest rise is followed so far at most
_DEEP_MM = 400.0  # rays start so far beneath the sole
_NO_FOOT_MM = 1e3
_UPWARD = 0.15  # faces of the top look up at least so far


@dataclass(frozen=True, eq=False)
class Expected:
    """Heights of the top on a lattice. low_mm: x and y of node (0, 0)."""

    low_mm: FloatArray
    height_mm: FloatArray

    def at(self, xy: FloatArray) -> FloatArray:
        """(n,) between nodes, by the four around each place."""
        u = (xy - self.low_mm) / _STEP_MM
        i, j = np.floor(u).astype(np.int64).T
        a, b = u[:, 0] - i, u[:, 1] - j
        h = self.height_mm
        low, high = h[j, i] * (1 - a) + h[j, i + 1] * a, h[j + 1, i] * (1 - a) + h[j + 1, i + 1] * a
        return np.asarray(low * (1 - b) + high * b)


@dataclass(frozen=True, eq=False)
class _Places:
    """Places on the exported top inside its rounded edge. local_mm: (n, 3) in the foot's frame. lean: (n,) cosine against dorsal."""

    local_mm: FloatArray
    lean: FloatArray


def insole_top_median(subject: Subject, _: Requirement) -> Measurement:
    """The median distance of the exported top from the foot with what the plan adds, in mm."""
    off, values = _off(subject)
    return Measurement(float(np.median(off)), "", values)


def insole_top_p99(subject: Subject, _: Requirement) -> Measurement:
    """The same, 99th percentile."""
    off, values = _off(subject)
    return Measurement(float(np.percentile(off, 99)), "", values)


def insole_slope(subject: Subject, _: Requirement) -> Measurement:
    """The greatest slope of the exported top in degrees, over all its faces inside the rounded edge."""
    frame = frame_of(subject.plan)
    top = _top(subject)
    vectors = face_vectors(top)
    up = unit_rows(vectors) @ frame.axes[2]
    local = frame.local(top.triangles_lps_mm.mean(axis=1))
    judged = np.linalg.norm(vectors, axis=1) > 1e-3
    judged[judged] = frame.inside_edge(local[judged])
    steep = np.degrees(np.arccos(np.clip(up[judged], -1.0, 1.0)))
    x, y, _z = local[judged][int(steep.argmax())]
    where = f"steepest {x:.0f} mm from the heel's rearmost point, {abs(y):.0f} mm {'medial' if y * frame.sign > 0 else 'lateral'} of the second ray"
    return Measurement(float(steep.max()), where, {"p99_deg": float(np.percentile(steep, 99))})


def _off(subject: Subject) -> tuple[FloatArray, dict[str, float]]:
    places = subject.once("insole places", lambda: _places(subject))
    expected = subject.once("insole top", lambda: expected_top(subject))
    signed = (places.local_mm[:, 2] - expected.at(places.local_mm[:, :2])) * places.lean
    off = np.abs(signed)
    return off, {"mean_signed_mm": float(signed.mean()), "most_mm": float(off.max()), "places_count": float(len(off))}


def _places(subject: Subject) -> _Places:
    frame = frame_of(subject.plan)
    points, normals, _faces = spread_points(_top(subject), SAMPLES)
    local = frame.local(points)
    inside = frame.inside_edge(local)
    if inside.sum() < SAMPLES // 4:
        raise ValueError(f"{int(inside.sum())} places of the top lie inside its edge; {SAMPLES // 4} are wanted")
    return _Places(local[inside], (normals @ frame.axes[2])[inside])


def _top(subject: Subject) -> Mesh:
    return subject.once("insole top faces", lambda: _seen_from_above(subject))


def _seen_from_above(subject: Subject) -> Mesh:
    """The faces that look up; of a part with a lattice those alone over which nothing of it lies."""
    dorsal = frame_of(subject.plan).axes[2]
    up = unit_rows(face_vectors(subject.part)) @ dorsal > _UPWARD
    if subject.plan.get("filling"):
        surface = subject.once("surface", lambda: Surface(subject.part))
        middles = subject.part.triangles_lps_mm[up].mean(axis=1)
        _, above = surface.rays(middles, np.broadcast_to(dorsal, middles.shape), reach_mm=_DEEP_MM)
        up[up] = above < 0
    return submesh(subject.part, up)


def expected_top(subject: Subject) -> Expected:
    """What the plan asks for, from the sole."""
    if subject.sole is None:
        raise subject.absent("models/sole.stl")
    plan, frame = subject.plan, frame_of(subject.plan)
    low = np.floor(frame.outline.min(axis=0) - _AROUND_MM)
    count = np.ceil((frame.outline.max(axis=0) + _AROUND_MM - low) / _STEP_MM).astype(int) + 1
    x, y = np.meshgrid(*(low[n] + _STEP_MM * np.arange(count[n]) for n in range(2)))
    foot = sole_heights(Surface(subject.sole), frame, x, y)
    bed = plan["bed"]
    ceiling = _ceiling(plan, frame, x, y)
    highest = float(ceiling.max()) + float(bed["round_mm"])
    held = _held(_even(foot, float(bed["smoothing_mm"])), float(bed["steepest_deg"]), highest)
    height = _under(held, ceiling, float(bed["round_mm"]))
    height += _posts(plan, frame, x, y) + _along(x, plan["lift"], "value")
    for oval in plan["raised"]:
        height += _oval(oval, x, y)
    return Expected(low, height - _thinned(plan["skive"], x, y, height - float(plan["ground_mm"])))


def sole_heights(sole: Surface, frame: InsoleFrame, x: FloatArray, y: FloatArray) -> FloatArray:
    """Where rays from beneath first meet the sole; nan where they do not."""
    flat = np.stack([x.ravel(), y.ravel(), np.full(x.size, -_DEEP_MM)], axis=1)
    near = np.flatnonzero(_under_foot(frame.local(sole.mesh.vertices_lps_mm)[:, :2], flat[:, :2]))
    starts = frame.lps(flat[near])
    distance, _ = sole.first_hits(starts, starts + 2 * _DEEP_MM * frame.axes[2])
    out = np.full(x.size, np.nan)
    out[near] = np.where(np.isfinite(distance), distance - _DEEP_MM, np.nan)
    return out.reshape(x.shape)


def _under_foot(vertices: FloatArray, places: FloatArray) -> BoolArray:
    """Places in whose cell of 4 mm, or beside it, the sole has a corner, or that lie between such along x: others need no ray."""
    low = vertices.min(axis=0) - 8.0
    cells = np.floor((vertices - low) / 4.0).astype(np.int64)
    grid = np.zeros(cells.max(axis=0) + 4, dtype=bool)
    for di in (-1, 0, 1):
        for dj in (-1, 0, 1):
            grid[cells[:, 0] + di, cells[:, 1] + dj] = True
    grid = np.logical_or.accumulate(grid, axis=0) & np.logical_or.accumulate(grid[::-1], axis=0)[::-1]
    at = np.floor((places - low) / 4.0).astype(np.int64)
    within = ((at >= 0) & (at < grid.shape)).all(axis=1)
    out = np.zeros(len(places), dtype=bool)
    out[within] = grid[at[within, 0], at[within, 1]]
    return out


def _even(height: FloatArray, by_mm: float) -> FloatArray:
    """The foot's heights weighted by a bell around each node, the foot alone."""
    if by_mm <= 0:
        return height
    reach = int(4.0 * by_mm / _STEP_MM + 0.5)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) * _STEP_MM / by_mm) ** 2)
    there = np.isfinite(height)

    def spread(values: FloatArray) -> FloatArray:
        for axis in (0, 1):
            values = np.apply_along_axis(lambda line: np.convolve(line, bell, mode="same"), axis, values)
        return values

    return np.where(
        there, spread(np.where(there, height, 0.0)) / np.maximum(spread(there.astype(float)), 1e-12), np.nan
    )


def _held(height: FloatArray, steepest_deg: float, highest_mm: float) -> FloatArray:
    """At each node the least, over all nodes around, of their height and the way to them times the steepest rise; what comes out above
    the highest does not count, so that no way is followed further than that."""
    rise = np.tan(np.radians(steepest_deg)) * _STEP_MM
    reach = min(int((highest_mm - np.nanmin(height)) / rise) + 1, int(_REACH_MM / _STEP_MM))
    full = np.pad(np.where(np.isfinite(height), height, _NO_FOOT_MM), reach, constant_values=_NO_FOOT_MM)
    nj, ni = height.shape
    least = full[reach : reach + nj, reach : reach + ni].copy()
    for dj in range(-reach, reach + 1):
        for di in range(-reach, reach + 1):
            more = rise * float(np.hypot(dj, di))
            np.minimum(least, full[reach + dj : reach + dj + nj, reach + di : reach + di + ni] + more, out=least)
    return least


def _under(foot: FloatArray, ceiling: FloatArray, round_mm: float) -> FloatArray:
    least = np.minimum(foot, ceiling)
    near = np.clip(round_mm - np.abs(foot - ceiling), 0.0, None)
    return np.asarray(least - near * near / (4.0 * round_mm)) if round_mm > 0 else least


def _ceiling(plan: Mapping[str, Any], frame: InsoleFrame, x: FloatArray, y: FloatArray) -> FloatArray:
    rows = plan["ceilings"]
    along = [float(row["x_mm"]) for row in rows]
    lateral, medial = (np.interp(x, along, [float(row[key]) for row in rows]) for key in ("lateral_mm", "medial_mm"))
    half = float(plan["bed"]["across_mm"])
    return np.asarray(lateral + (medial - lateral) * _ease((frame.sign * y + half) / (2.0 * half)))


def _posts(plan: Mapping[str, Any], frame: InsoleFrame, x: FloatArray, y: FloatArray) -> FloatArray:
    rows = plan["borders"]
    along = [float(row["x_mm"]) for row in rows]
    lateral, medial = (np.interp(x, along, [float(row[key]) for row in rows]) for key in ("lateral_mm", "medial_mm"))
    rise = np.tan(np.radians(_along(x, plan["posting"], "value")))
    across = frame.sign * y
    return np.where(rise >= 0, rise * np.clip(across - lateral, 0, None), -rise * np.clip(medial - across, 0, None))


def _oval(oval: Mapping[str, Any], x: FloatArray, y: FloatArray) -> FloatArray:
    angle = np.radians(float(oval["turn_deg"]))
    off = [x - float(oval["at_mm"][0]), y - float(oval["at_mm"][1])]
    u = (off[0] * np.cos(angle) + off[1] * np.sin(angle)) / float(oval["half_mm"][0])
    v = (off[1] * np.cos(angle) - off[0] * np.sin(angle)) / float(oval["half_mm"][1])
    return np.asarray(float(oval["height_mm"]) * _ease((1.0 - np.sqrt(u * u + v * v)) / (1.0 - float(oval["flat"]))))


def _thinned(skive: Mapping[str, Any] | None, x: FloatArray, y: FloatArray, over: FloatArray) -> FloatArray:
    if skive is None:
        return np.zeros_like(x)
    line = float(skive["at_mm"][0]) + float(skive["lean"]) * (y - float(skive["at_mm"][1]))
    share = _ease(1.0 - (line - x) / float(skive["length_mm"]))
    return np.asarray(np.clip(over - float(skive["high_mm"]), 0.0, None) * share)


def _along(x: FloatArray, stations: Sequence[Mapping[str, Any]], key: str) -> FloatArray:
    """A value along x that stands still at each station and goes over smoothly between them; 0 without stations."""
    out = np.zeros_like(x)
    if not stations:
        return out
    at: FloatArray = np.array([float(s["x_mm"]) for s in stations])
    value: FloatArray = np.array([float(s[key]) for s in stations])
    before = np.clip(np.searchsorted(at, x, side="right") - 1, 0, max(len(at) - 2, 0))
    if len(at) == 1:
        return np.asarray(out + value[0])
    share = (x - at[before]) / (at[before + 1] - at[before])
    return np.asarray(value[before] + (value[before + 1] - value[before]) * _ease(share))


def _ease(t: FloatArray) -> FloatArray:
    """Flat at 0 and at 1, and even beyond."""
    within = np.clip(t, 0.0, 1.0)
    return np.asarray(within**2 * (3.0 - 2.0 * within))
