"""The outline of an insole from that of the foot: moved outwards, its hollows between toes bridged, cut to length, smooth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anatofit.devices.insole.foot import Foot
from anatofit.devices.insole.layout import Raised, Skive
from anatofit.devices.insole.spec import InsoleSpec
from anatofit.geometry.region import Region
from anatofit.model.frame import FloatArray

STEP_MM = 0.5
# Shares of the foot's length. Hollows whose curve is narrower than the first are bridged: between toes, and a little of the waist. No
# corner is narrower than the second, so that bevel and roundings fit inside it. The third evens the outline out (standard deviation).
_BRIDGED_SHARE, _ROUND_SHARE, _EVEN_SHARE = 0.26, 0.052, 0.012
_POINTS = 144  # that the curve runs through, some 4 mm apart
_BEHIND_HEADS_SHARE = (
    0.045  # a three-quarter insole ends so far behind the line of the heads: the pads of the ball stay free
)
_SULCUS_SHARE = 0.075  # the crease behind the toes lies so far in front of that line
_SKIVE_MM = 18.0
_TOLD_MM = 1.0  # of an oval beyond the end is worth a word
_ROUNDED = 2.2  # radii of the edges that its front end is high at least: both are rounded
# A last's edge is found on a lattice of a quarter of a millimetre, and evening fills its hollows a little: so far within it the insole surely
# lies within the last.
_WITHIN_LAST_MM, _AROUND_LAST_MM = 1.0, 12.0


def outline_of(foot: Foot, spec: InsoleSpec) -> FloatArray:
    """(n, 2) closed, counter-clockwise seen from above: around the foot, or within the bottom of the last where there is one."""
    line, long = foot.line, foot.length_mm
    bottom = _around_foot(foot, spec) if foot.last_mm is None else _within_last(foot.last_mm)
    region = bottom.opened(_ROUND_SHARE * long)
    if spec.length != "full":
        at, lean = front_line(line, spec, long)
        x, y = region.nodes
        region = region.cut((x - at[0] - lean * (y - at[1])) / np.hypot(1.0, lean)).opened(_ROUND_SHARE * long)
    loop = region.line(even_mm=_EVEN_SHARE * long)
    drawn = spec.length == "full" and foot.last_mm is None
    return _counted(_longer(loop, line, spec, float(foot.outline_mm[:, 0].max())) if drawn else loop)


def _around_foot(foot: Foot, spec: InsoleSpec) -> Region:
    share = _BRIDGED_SHARE * foot.length_mm
    region = Region.within(foot.outline_mm, around_mm=share + 0.05 * foot.length_mm, step_mm=STEP_MM)
    return region.grown(spec.edge_offset_mm).closed(share)


def _within_last(last_mm: FloatArray) -> Region:
    return Region.within(last_mm, around_mm=_AROUND_LAST_MM, step_mm=STEP_MM).grown(-_WITHIN_LAST_MM)


def front_line(
    line: tuple[FloatArray, FloatArray], spec: InsoleSpec, length_mm: float
) -> tuple[tuple[float, float], float]:
    """A point of the line that an insole of less than full length ends at, and how it leans (dx/dy)."""
    first, fifth = line
    lean = float((first[0] - fifth[0]) / (first[1] - fifth[1]))
    share = _SULCUS_SHARE if spec.length == "sulcus" else -_BEHIND_HEADS_SHARE
    return (round(float(first[0]) + share * length_mm, 6), round(float(first[1]), 6)), round(lean, 6)


def skive_of(line: tuple[FloatArray, FloatArray], spec: InsoleSpec, length_mm: float) -> Skive | None:
    """How the front end of a shorter insole thins out."""
    if spec.length == "full":
        return None
    at, lean = front_line(line, spec, length_mm)
    high = max(spec.floor_mm, _ROUNDED * spec.edge_radius_mm)
    return Skive(at_mm=at, lean=lean, length_mm=_SKIVE_MM, high_mm=round(high, 6))


def beyond_end(raised: Sequence[Raised], skive: Skive | None) -> tuple[str, ...]:
    """A sentence for each oval that reaches beyond the end of a shorter insole, where it is thinned away."""
    if skive is None:
        return ()
    reach = ((oval, _reach_mm(oval, skive)) for oval in raised)
    return tuple(
        f"the oval of {oval.why} reaches {beyond:.0f} mm beyond the front end of the insole and is thinned away there: "
        f"{_back(oval)}order a longer insole (length)"
        for oval, beyond in reach
        if beyond >= _TOLD_MM
    )


def _back(oval: Raised) -> str:
    """What moves it, where the order says its place."""
    return (
        "move it back (x_mm), or "
        if oval.why.startswith("element")
        else "leave it out, put an [[plan.element]] in its place, or "
    )


def _reach_mm(oval: Raised, skive: Skive) -> float:
    """How far in front of the end line the border of an oval lies."""
    slant = float(np.hypot(1.0, skive.lean))
    ahead = (oval.at_mm[0] - skive.at_mm[0] - skive.lean * (oval.at_mm[1] - skive.at_mm[1])) / slant
    turn = np.deg2rad(oval.turn_deg)
    along, across = np.cos(turn) - skive.lean * np.sin(turn), np.sin(turn) + skive.lean * np.cos(turn)
    return ahead + float(np.hypot(oval.half_mm[0] * along, oval.half_mm[1] * across)) / slant


def _longer(loop: FloatArray, line: tuple[FloatArray, FloatArray], spec: InsoleSpec, tip_mm: float) -> FloatArray:
    """The toes' part drawn out so that it ends `toe_room_mm` beyond the longest toe."""
    start = float(min(line[0][0], line[1][0]))
    more = tip_mm + spec.toe_room_mm - float(loop[:, 0].max())
    share = np.clip((loop[:, 0] - start) / (float(loop[:, 0].max()) - start), 0.0, None)
    return np.asarray(loop + np.outer(more * share**2, [1.0, 0.0]))


def _counted(loop: FloatArray) -> FloatArray:
    """So many points evenly along it, from its rearmost, rounded."""
    loop = np.roll(loop, -int(np.argmin(loop[:, 0])), axis=0)
    closed = np.vstack([loop, loop[:1]])
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    at = np.linspace(0.0, way[-1], _POINTS, endpoint=False)
    return np.asarray(np.round(np.column_stack([np.interp(at, way, closed[:, n]) for n in range(2)]), 3) + 0.0)
