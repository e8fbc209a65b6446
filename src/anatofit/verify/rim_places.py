"""Places along the rim of the defect as the plan draws it, and the local directions at each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray, unit_vector

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
