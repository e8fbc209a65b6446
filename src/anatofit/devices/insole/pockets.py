"""Pockets under what is over the target of pressure: where, how wide, and how deep."""

from __future__ import annotations

import numpy as np

from anatofit.devices.insole.bedded import Bedded
from anatofit.devices.insole.foundation import TISSUE_KPA_PER_MM
from anatofit.devices.insole.layout import PEAK, InsolePlan, Raised
from anatofit.devices.insole.spec import InsoleSpec
from anatofit.model.frame import FloatArray
from anatofit.model.heights import BoolArray

MOST_POCKETS = 6
_NEAR_MM = 20.0  # what lies so near to a peak and over the target belongs to it
_HALF_MM = (8.0, 18.0)  # half axes of a pocket
_MARGIN_MM = 4.0  # of a pocket beyond what is over the target
_FLAT = 0.45
_ROUNDS = 25
_STEP_MM = 0.1  # pockets are deepened by no less
_LEAST_MM = 0.5  # shallower, a pocket takes 20 kPa off at most (40 kPa/mm), less than maps of one foot differ by from step to step (proposal)
_RESPONSE = 0.8  # of the way that the tissue would give: the load goes elsewhere


def pockets_under(bedded: Bedded, before: FloatArray, plan: InsolePlan, spec: InsoleSpec) -> tuple[Raised, ...]:
    """Pockets under what is over the target, measured and predicted, each deepened until it is not, or until no more thickness may go."""
    room = spec.thickness_mm - spec.floor_mm - max((-r.height_mm for r in plan.raised if r.height_mm < 0), default=0.0)
    pockets: tuple[Raised, ...] = ()
    kpa = before
    for _ in range(_ROUNDS):
        deeper = tuple(_deeper(p, bedded, kpa, spec.target_kpa) for p in pockets)
        deeper = _new(deeper, bedded, kpa, spec.target_kpa)
        deeper = _within(deeper, bedded, room)
        if deeper == pockets:
            break
        pockets, kpa = deeper, bedded.with_(deeper)
    return tuple(p for p in pockets if p.height_mm <= -_LEAST_MM and _measured(p, bedded, spec.target_kpa))


def hot(bedded: Bedded, target: float) -> BoolArray:
    """(n,) places near which the map itself shows more than the target: what the model alone predicts over it gets no pocket."""
    from scipy.spatial import cKDTree

    at = np.column_stack([bedded.springs.x_mm, bedded.springs.y_mm])
    over = at[bedded.springs.kpa > target]
    return cKDTree(over).query(at)[0] <= _HALF_MM[0] if len(over) else np.zeros(len(at), dtype=bool)


def _measured(pocket: Raised, bedded: Bedded, target: float) -> bool:
    under = radius_in(pocket, bedded.springs.x_mm, bedded.springs.y_mm) < 1.0
    return float(bedded.springs.kpa[under].max(initial=0.0)) > target


def _over(bedded: Bedded, kpa: FloatArray, target: float) -> FloatArray:
    return np.where(bedded.on_insole & (kpa > target), kpa - target, 0.0)


def radius_in(pocket: Raised, x: FloatArray, y: FloatArray) -> FloatArray:
    dx, dy = x - pocket.at_mm[0], y - pocket.at_mm[1]
    return np.hypot(dx / pocket.half_mm[0], dy / pocket.half_mm[1])


def _deeper(pocket: Raised, bedded: Bedded, kpa: FloatArray, target: float) -> Raised:
    under = radius_in(pocket, bedded.springs.x_mm, bedded.springs.y_mm) < 0.8
    over = float(_over(bedded, kpa, target)[under].max(initial=0.0))
    if over <= 0:
        return pocket
    more = max(_STEP_MM, _RESPONSE * over / TISSUE_KPA_PER_MM)
    return pocket.model_copy(update={"height_mm": -round(round((-pocket.height_mm + more) / _STEP_MM) * _STEP_MM, 6)})


def _new(pockets: tuple[Raised, ...], bedded: Bedded, kpa: FloatArray, target: float) -> tuple[Raised, ...]:
    """One more pocket, under the highest place over the target that none of them has."""
    over = np.where(hot(bedded, target), _over(bedded, kpa, target), 0.0)
    for pocket in pockets:
        over = np.where(radius_in(pocket, bedded.springs.x_mm, bedded.springs.y_mm) < 1.0, 0.0, over)
    if over.max() <= 0 or len(pockets) >= MOST_POCKETS:
        return pockets
    x, y = bedded.springs.x_mm, bedded.springs.y_mm
    peak = int(over.argmax())
    near = (np.hypot(x - x[peak], y - y[peak]) < _NEAR_MM) & (over > 0)
    weight = over[near] / over[near].sum()
    at = np.array([float((x[near] * weight).sum()), float((y[near] * weight).sum())])
    spread = [np.sqrt(float((weight * (v[near] - m) ** 2).sum())) for v, m in zip((x, y), at, strict=True)]
    half = [round(float(np.clip(2.0 * s + _MARGIN_MM, *_HALF_MM)), 1) for s in spread]
    return (
        *pockets,
        Raised(
            kind="pocket", why=PEAK, at_mm=(round(float(at[0]), 1), round(float(at[1]), 1)), half_mm=(half[0], half[1]),
            turn_deg=0.0, flat=_FLAT, height_mm=-_LEAST_MM,
        ),
    )  # fmt: skip


def _within(pockets: tuple[Raised, ...], bedded: Bedded, room_mm: float) -> tuple[Raised, ...]:
    """No deeper together than the room that thickness and floor leave, where they lie over each other too."""
    single = tuple(p.model_copy(update={"height_mm": max(p.height_mm, -round(room_mm, 6))}) for p in pockets)
    deepest = -float(bedded.lowered(single).min(initial=0.0))
    if deepest <= room_mm + 1e-9:
        return single
    share = room_mm / deepest
    steps = [int(np.floor(-p.height_mm * share / _STEP_MM)) for p in single]
    return tuple(
        p.model_copy(update={"height_mm": -round(n * _STEP_MM, 6)}) for p, n in zip(single, steps, strict=True)
    )
