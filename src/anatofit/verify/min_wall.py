"""CR-WALL: how thin and how thick the part is, by the largest ball that fits between its walls.

The wall at a place is the diameter of the largest ball inside the part that touches the surface there. It counts as a
wall only where the ball lies between two opposite faces (contacts more than 120° apart): edges and rounded rims have a
ball that goes to zero and no wall. A feather edge, whose faces lean together by less than 60°, does count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from anatofit.model.frame import FloatArray
from anatofit.verify.balls import THICKEST_MM, Balls, inscribed_balls, settle
from anatofit.verify.bench import Bench
from anatofit.verify.measurement import CannotMeasureError, Measurement
from anatofit.verify.sheets import Sheets, on_strokes
from anatofit.verify.surface import BoolArray

_FEWEST = 50  # places below which a region was not measured
_LEAST_SHARE = 0.2  # of the region's places must lie between two faces
_SETTLED = 96  # thinnest and thickest places whose ball is measured again by exact distance


@dataclass(frozen=True)
class Walls:
    """The balls at the bench's samples, and which samples are engraved strokes' sides."""

    balls: Balls
    strokes: BoolArray


def find_walls(bench: Bench) -> Walls:
    """Balls at every sample of the part."""
    points, normals = bench.samples
    return Walls(inscribed_balls(bench.surface, points, normals), on_strokes(points, normals, bench.plan))


def smallest_wall(bench: Bench, walls: Walls, region: BoolArray | None, what: str) -> Measurement:
    """The thinnest wall of a region (None: anywhere but between engraved strokes), exact at the thinnest places."""
    chosen, diameters, share = _of_region(walls, region, what)
    thin = chosen[np.argsort(diameters, kind="stable")[:_SETTLED]]
    exact = settle(bench.surface, walls.balls, thin)
    where = bench.samples[0][thin[int(exact.argmin())]]
    return Measurement(float(exact.min()), f"thinnest at LPS {_place(where)}", _spread(diameters, share))


def largest_wall(bench: Bench, walls: Walls, region: BoolArray | None, what: str) -> Measurement:
    """The thickest wall of a region; 25 mm stands for anything thicker."""
    chosen, diameters, share = _of_region(walls, region, what)
    thick = chosen[np.argsort(-diameters, kind="stable")[:_SETTLED]]
    exact = settle(bench.surface, walls.balls, thick)
    where = bench.samples[0][thick[int(exact.argmax())]]
    return Measurement(float(exact.max()), f"thickest at LPS {_place(where)}", _spread(diameters, share))


def body_of(sheets: Sheets) -> BoolArray:
    """Both faces more than 2 mm inside the rim; tabs, holes and the engraving have requirements of their own."""
    return sheets.body


def _of_region(walls: Walls, region: BoolArray | None, what: str) -> tuple[Any, FloatArray, float]:
    inside = ~walls.strokes if region is None else region & ~walls.strokes
    # a place from which no wall is met within 25 mm is thick, not unmeasured
    judged = inside & (walls.balls.walls | (walls.balls.diameters_mm >= THICKEST_MM))
    count, share = int(judged.sum()), float(judged.sum() / max(inside.sum(), 1))
    if count < _FEWEST or share < _LEAST_SHARE:
        raise CannotMeasureError(
            f"{what}: {count} places ({share:.0%}) lie between two faces; {_FEWEST} and {_LEAST_SHARE:.0%} are wanted"
        )
    chosen = np.flatnonzero(judged)
    return chosen, walls.balls.diameters_mm[chosen], share


def _spread(diameters: FloatArray, share: float) -> dict[str, float]:
    low, half, high = (float(v) for v in np.percentile(diameters, (5, 50, 95)))
    return {"p5": low, "p50": half, "p95": high, "judged_share": share, "places": float(len(diameters))}


def _place(point: FloatArray) -> str:
    return "({:.1f}, {:.1f}, {:.1f}) mm".format(*point)
