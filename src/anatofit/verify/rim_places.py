"""Places along the rim of the defect as the plan draws it, and the local directions at each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray, unit_vector

_OVERHEAD = 0.8  # a way in steeper than 53 degrees: the front of the head then is the upper side of what one sees
_ENDS = (("left", "right"), ("rear", "front"), ("upper", "lower"))  # of x, y and z in LPS, and against them
BESIDE_TAB_MM = 3.2  # a fillet of 1.6 mm, and lines 1.5 mm to either side of a place


def even_loop(loop: FloatArray, count: int) -> FloatArray:
    """`count` places at equal distances along a closed line."""
    if loop.ndim != 2 or loop.shape[1] != 3 or len(loop) < 8 or not np.isfinite(loop).all():
        raise ValueError(
            "the plan's rim is not a loop of at least 8 points; plan.json as the device wrote it is wanted"
        )
    ring = np.concatenate([loop, loop[:1]])
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1))])
    at = np.arange(count) / count * run[-1]
    return np.stack([np.interp(at, run, ring[:, n]) for n in range(3)], axis=1)


def _at_tab(place: FloatArray, tab: Mapping[str, Any]) -> bool:
    """Within a tab's footprint, or beside it as far as its fillet and the lines around a place reach."""
    rest = place - np.asarray(tab["centre_lps_mm"], dtype=np.float64)
    outward, normal = (unit_vector(np.asarray(tab[k], dtype=np.float64)) for k in ("outward_lps", "normal_lps"))
    across = abs(float(rest @ np.cross(normal, outward)))
    beside = float(np.linalg.norm(rest)) < float(tab["length_mm"]) / 2 + BESIDE_TAB_MM
    return beside and across < float(tab["width_mm"]) / 2 + BESIDE_TAB_MM


def free_frames(
    rim: FloatArray, plan: Mapping[str, Any], way: FloatArray
) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
    """Place, direction along the rim and direction away from the plate, where no tab lies."""
    around = np.roll(rim, -2, axis=0) - np.roll(rim, 2, axis=0)
    turn = float(np.cross(rim - rim.mean(axis=0), around).sum(axis=0) @ way)
    out = []
    for place, along in zip(rim, around, strict=True):
        away = np.cross(along, way) * np.sign(turn)
        if np.linalg.norm(away) > 1e-6 and not any(_at_tab(place, t) for t in plan.get("tabs", ())):
            out.append((place, along / np.linalg.norm(along), away / np.linalg.norm(away)))
    return out


def by_side(rim: FloatArray, kept: FloatArray, way: FloatArray) -> str:
    """How many of a rim's places `(n, 3)` were kept `(k, 3)` on each of its four sides, named after the patient: "by side: upper
    3 of 30, lower none of 28". A place belongs to the side in whose direction it lies from the rim's middle."""
    names, of_rim = _sides(rim - rim.mean(axis=0), way)
    of_kept = _sides(kept - rim.mean(axis=0), way)[1]
    told = []
    for side, name in enumerate(names):
        total, count = int((of_rim == side).sum()), int((of_kept == side).sum())
        if total:
            told.append(f"{name} {count or 'none'} of {total}")
    return f"by side: {', '.join(told)}"


def _sides(rest: FloatArray, way: FloatArray) -> tuple[list[str], NDArray[np.intp]]:
    """The names of the four sides as one looks along the way in, and the number of the side in whose direction each lies."""
    up = np.eye(3)[2 if abs(way[2]) < _OVERHEAD else 1]
    across = unit_vector(np.cross(up, way))
    axes = np.stack([unit_vector(np.cross(way, across)), across])
    ends = np.concatenate([axes, -axes])
    main = np.abs(axes).argmax(axis=1)
    names = [_ENDS[m][0 if end[m] > 0 else 1] for end, m in zip(ends, [*main, *main], strict=True)]
    return names, np.asarray((rest @ ends.T).argmax(axis=1))
