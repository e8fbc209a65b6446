"""A planned plate as lines on its bone: its outline, its path and its holes, so that a plan shows where it goes before it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from anatofit.geometry.joined import joined
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import Mesh
from anatofit.report import colour
from anatofit.report.body import Body
from anatofit.report.display import rod

_LINE_MM = 0.35  # half the thickness of a drawn line
_SIDES, _ROUND = 6, 24  # of a drawn line; pieces of a ring


def lines(plan: Mapping[str, Any]) -> Iterator[Body]:
    """The lines as one body, over the plate's outer face; nothing of a plan without a path."""
    stations = plan.get("stations", ())
    if len(stations) < 2:
        return
    path, across, along = _course(stations, float(plan["contact_offset_mm"]))
    half = np.array([float(s["width_mm"]) / 2 for s in stations])[:, None] * across
    last, first = (_round(path[n], sign * half[n], sign * along[n]) for n, sign in ((-1, 1.0), (0, -1.0)))
    outline = np.concatenate([path + half, last, (path - half)[::-1], first])
    rings = [_ring(screw) for screw in (*plan.get("screws", ()), *plan.get("oblongs", ()))]
    closed = [_rods(loop, np.roll(loop, -1, axis=0)) for loop in (outline, *rings)]
    drawn = joined([piece for pieces in (_rods(path[:-1], path[1:]), *closed) for piece in pieces])
    yield Body(drawn, colour.IMPLANT, name="Plate, outlined")


def _course(stations: Any, offset_mm: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The path on the outer face, `(n, 3)`, and the directions across and along it."""
    middle, out = (np.array([s[k] for s in stations], dtype=np.float64) for k in ("point_lps_mm", "normal_lps"))
    along = np.gradient(middle, axis=0)
    along /= np.linalg.norm(along, axis=1)[:, None]
    high = np.array([offset_mm + float(s["thickness_mm"]) for s in stations])[:, None]
    across = np.cross(out, along)
    return middle + high * out, across / np.linalg.norm(across, axis=1)[:, None], along


def _round(middle: FloatArray, half: FloatArray, ahead: FloatArray) -> FloatArray:
    """Half a circle from `half` over `ahead` to the other side."""
    turn = np.linspace(0.0, np.pi, _ROUND // 2 + 1)[1:-1, None]
    return np.asarray(middle + np.cos(turn) * half + np.sin(turn) * float(np.linalg.norm(half)) * ahead)


def _ring(screw: Mapping[str, Any]) -> FloatArray:
    """The rim of a screw's head, as long as its hole is."""
    middle, axis, along = (np.array(screw[k], dtype=np.float64) for k in ("centre_lps_mm", "axis_lps", "along_lps"))
    turn = 2 * np.pi * np.arange(_ROUND)[:, None] / _ROUND
    stretch = float(screw["stretch_mm"]) / 2 * np.sign(np.round(np.cos(turn), 9))
    radius = float(screw["recess_diameter_mm"]) / 2
    return np.asarray(
        middle + (radius * np.cos(turn) + stretch) * along + radius * np.sin(turn) * np.cross(axis, along)
    )


def _rods(starts: FloatArray, ends: FloatArray) -> list[Mesh]:
    pairs = zip(starts, ends, strict=True)
    return [rod(a, b, radius_mm=_LINE_MM, sides=_SIDES) for a, b in pairs if not np.allclose(a, b)]
