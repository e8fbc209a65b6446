"""What to order where a guide is forecast to tell its seat hardly: the shortest longer base that tells it, and the nearest way in that does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from anatofit.devices.cutting_guide.approach import normals_of
from anatofit.devices.cutting_guide.facing import free_sides
from anatofit.devices.cutting_guide.spec import CuttingGuideSpec
from anatofit.devices.cutting_guide.ways import may_be_taken
from anatofit.devices.envelope import read_envelope
from anatofit.devices.guide.spelled import as_written, spelled
from anatofit.devices.guide.telling import SURELY, WRONG_SEAT_RATIO
from anatofit.errors import PrescriptionError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import FloatArray, unit_vector

LONGER = (
    1.25,
    1.5,
    1.75,
    2.0,
)  # of the base's reach: twice as long asks for twice as much bone to be laid bare. Proposal
TURNS_DEG = (10.0, -10.0, 20.0, -20.0)  # of the way in, about the middle of the cuts' normals
_WHOLE_MM = 1.0

# the forecast for a spec along a way out
Forecast = Callable[[CuttingGuideSpec, FloatArray], float]


def hardly_told(anatomy: Anatomy, spec: CuttingGuideSpec, way_lps: FloatArray, forecast: Forecast) -> list[str]:
    """What is to be said of a guide along a way; nothing where it is forecast to tell its seat surely enough."""
    told = _or_none(spec, way_lps, forecast)
    if told >= SURELY * WRONG_SEAT_RATIO:
        return []
    better = [*_longer(spec, way_lps, forecast), *_turned(anatomy, spec, way_lps, forecast)]
    what = (
        f"{' or '.join(better)} would make it more, by the same forecast"
        if better
        else "no longer base and no way in within 20° makes it surely more: the bone is even there. See that it cannot be put on wrongly"
    )
    return [
        f"put on turned round, or as one for the other side, this guide is forecast to stand {told:.2f} times as far from the bone as in its seat; "
        f"{WRONG_SEAT_RATIO:g} at least are wanted where that is measured (CG-SEAT-1). {what}"
    ]


def _longer(spec: CuttingGuideSpec, way_lps: FloatArray, forecast: Forecast) -> Iterator[str]:
    """The shortest of the longer bases that is surely told."""
    rows = read_envelope("anatofit.devices.cutting_guide").rows
    for times in LONGER:
        reach = float(np.ceil(times * spec.foot_reach_mm / _WHOLE_MM) * _WHOLE_MM)
        if rows["foot_reach_mm"].reason_against(reach):
            return
        told = _or_none(spec.model_copy(update={"foot_reach_mm": reach}), way_lps, forecast)
        if told >= SURELY * WRONG_SEAT_RATIO:
            yield f"foot_reach_mm = {reach:g} with this way in ordered ({told:.2f} times)"
            return


def _turned(anatomy: Anatomy, spec: CuttingGuideSpec, way_lps: FloatArray, forecast: Forecast) -> Iterator[str]:
    """The nearest way in that is surely told."""
    across = unit_vector(np.sum(normals_of(spec), axis=0))
    for turn in TURNS_DEG:
        c, s = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
        along = across * float((across * way_lps).sum())
        way = as_written(along + c * (way_lps - along) + s * np.cross(across, way_lps), anatomy)
        may_be = may_be_taken(spec, way) and bool(free_sides(anatomy, [way], spec))
        told = _or_none(spec, way, forecast) if may_be else 0.0
        if told >= SURELY * WRONG_SEAT_RATIO:
            yield f"{spelled('approach', way, anatomy)}, {abs(turn):g}° from this one ({told:.2f} times),"
            return


def _or_none(spec: CuttingGuideSpec, way_lps: FloatArray, forecast: Forecast) -> float:
    try:
        return forecast(spec, way_lps)
    except PrescriptionError:
        return 0.0
