"""A foot that was found, as devices take it."""

from __future__ import annotations

import numpy as np

from anatofit.locate.foot.last import LaidLast
from anatofit.locate.foot.located import LocatedFoot, Measured
from anatofit.model.anatomy import Anatomy
from anatofit.model.pressure import PressureOnFoot


def anatomy_of(foot: LocatedFoot, pressures: PressureOnFoot | None = None, last: LaidLast | None = None) -> Anatomy:
    """The waist of the house, of kind "foot", with the pressures that were laid on it and the last that was laid under it."""
    marks, figures = foot.landmarks, dict(foot.figures)
    nodes = {"footprint": foot.footprint.astype(np.float64)}
    if pressures is not None:
        nodes["pressure_kpa"] = pressures.kpa
        by = f"of the map on the sole, its place {pressures.by}"
        figures["peak_pressure_kpa"] = Measured(pressures.peak_kpa, pressures.overlap, by)
        figures["map_force_n"] = Measured(pressures.force_n, 1.0, "of all cells of the map")
        nodes |= pressures.of_step
        figures |= {name: Measured(value, pressures.overlap, by) for name, value in _of_step(foot, pressures).items()}
    sure = {name: found.confidence for name, found in marks.items()} | {n: m.confidence for n, m in figures.items()}
    return Anatomy(
        kind="foot",
        laterality=foot.laterality,
        surfaces={"host": foot.mesh, "sole": foot.sole_mesh} | ({} if last is None else {"last": last.mesh}),
        curves={**foot.curves} | ({} if last is None else {"last": last.outline_lps_mm}),
        landmarks={name: found.point_lps_mm for name, found in marks.items()},
        planes=foot.planes,
        figures={name: measured.value for name, measured in figures.items()},
        heights={"sole": foot.sole},
        node_values=nodes,
        confidence=sure | {"side": foot.side.confidence},
        told_by={name: found.by for name, found in marks.items()},
    )


# Rear, middle and front of the foot by shares of its length: the usual three masks of plantar pressure (proposal).
_PARTS = {"rearfoot": (-1.0, 0.3), "midfoot": (0.3, 0.6), "forefoot": (0.6, 2.0)}


def _of_step(foot: LocatedFoot, pressures: PressureOnFoot) -> dict[str, float]:
    """The greatest of what the frames of a step say, over each part of the foot; nothing of a map without frames."""
    share = foot.sole.x_mm / foot.figures["foot_length_mm"].value
    within = {part: (share >= low) & (share < high) for part, (low, high) in _PARTS.items()}
    maps = {"peak_kpa": pressures.kpa, **pressures.of_step} if pressures.of_step else {}
    return {
        f"{part}_{name}": float(at[:, inside].max()) for part, inside in within.items() for name, at in maps.items()
    }
