"""Places along the rim of the defect as the plan draws it, and the local directions at each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray


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


def free_frames(
    rim: FloatArray, plan: Mapping[str, Any], way: FloatArray
) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
    """Place, direction along the rim and direction away from the plate, where no tab lies."""
    around = np.roll(rim, -2, axis=0) - np.roll(rim, 2, axis=0)
    turn = float(np.cross(rim - rim.mean(axis=0), around).sum(axis=0) @ way)
    tabs = [
        (np.array(t["centre_lps_mm"]), max(float(t["length_mm"]), float(t["width_mm"])) / 2 + 1.0)
        for t in plan.get("tabs", ())
    ]
    out = []
    for place, along in zip(rim, around, strict=True):
        away = np.cross(along, way) * np.sign(turn)
        if np.linalg.norm(away) > 1e-6 and all(np.linalg.norm(place - c) > r for c, r in tabs):
            out.append((place, along / np.linalg.norm(along), away / np.linalg.norm(away)))
    return out
