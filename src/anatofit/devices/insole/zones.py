"""Zones of an insole by the parts of the foot, and how much each is filled: less where the foundation model predicts a peak."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from anatofit.devices.insole.bed import eased
from anatofit.devices.insole.foot import Foot, rounded
from anatofit.devices.insole.layout import Filling, Line, Zone
from anatofit.devices.insole.spec import InsoleSpec
from anatofit.geometry.gyroid import density_of, sheet_of
from anatofit.model.frame import FloatArray
from anatofit.model.mesh import IntArray

# By station (from the heel) and column (from the medial side).
ZONES = (
    ("heel", "heel", "heel"),
    ("arch", "arch", "lateral_midfoot"),
    ("first_head", "central_heads", "lateral_heads"),
    ("great_toe", "lesser_toes", "lesser_toes"),
)
# Shares of the foot's length: the heel's end; heads lie so far behind and in front of the line through the first and the fifth (proposals).
_HEEL_SHARE, _BEHIND_SHARE, _FRONT_SHARE = 0.30, 0.085, 0.065
_BLEND_MM = 3.0  # half the way over which one density goes over into the next
_SPARSEST, _DENSEST = (
    0.10,
    0.65,
)  # what slicers fill by without sagging skins, and where a lattice has still open ways: proposals
_STEP = 0.02
_ROUNDS = 60
_RESTS = 0.7  # of the target: a zone that bears less may be filled more, and carry more

Pressed = Callable[[Filling], FloatArray]


class _Tried(NamedTuple):
    """A choice of densities and the greatest pressure in each zone, kPa."""

    filling: Filling
    peaks: FloatArray


def filling_of(spec: InsoleSpec, foot: Foot) -> Filling | None:
    """The zones with one density everywhere; None for a solid insole."""
    if spec.fill == "solid":
        return None
    first, second, fifth = (foot.marks[f"{n}_metatarsal_head"] for n in ("first", "second", "fifth"))
    lean = rounded((first[0] - fifth[0]) / (first[1] - fifth[1]))
    x, y = rounded(first[0]), rounded(first[1])
    behind, front = (rounded(x + share * foot.length_mm) for share in (-_BEHIND_SHARE, _FRONT_SHARE))
    sign = foot.frame.medial_sign
    medial = rounded(sign * (first[1] + second[1]) / 2), rounded(sign * (second[1] + fifth[1]) / 2)
    names = dict.fromkeys(name for row in ZONES for name in row)
    filling = Filling(
        kind=spec.fill,
        across=(Line(at_mm=(foot.at(_HEEL_SHARE), 0.0), lean=0.0), Line(at_mm=(behind, y), lean=lean), Line(at_mm=(front, y), lean=lean)),
        medial_mm=medial,
        zones=tuple(Zone(name=name, density=spec.fill_density) for name in names),
        skin_mm=spec.skin_mm,
        cell_mm=spec.cell_mm,
    )  # fmt: skip
    return _with(filling, [spec.fill_density] * len(names))


def density_at(filling: Filling, x: FloatArray, y: FloatArray, *, sign: int) -> FloatArray:
    """The share that is filled at places, eased from zone to zone."""
    density = {zone.name: zone.density for zone in filling.zones}
    front = [eased((line.beyond(x, y) + _BLEND_MM) / (2 * _BLEND_MM)) for line in filling.across]
    medial = [eased((sign * y - at + _BLEND_MM) / (2 * _BLEND_MM)) for at in filling.medial_mm]
    columns = (medial[0], medial[1] - medial[0], 1.0 - medial[1])
    rows = [sum(share * density[name] for share, name in zip(columns, row, strict=True)) for row in ZONES]
    found = rows[0]
    for share, row in zip(front, rows[1:], strict=True):
        found = found + share * (row - found)
    return np.asarray(found)


def zone_at(filling: Filling, x: FloatArray, y: FloatArray, *, sign: int) -> IntArray:
    """The number of the zone that places lie in."""
    names = [zone.name for zone in filling.zones]
    table = np.array([[names.index(name) for name in row] for row in ZONES])
    station = sum((line.beyond(x, y) >= 0).astype(np.int64) for line in filling.across)
    column = sum((sign * y < at).astype(np.int64) for at in filling.medial_mm)
    return np.asarray(table[station, column])


def softened(filling: Filling, spec: InsoleSpec, zone: IntArray, pressed: Pressed) -> Filling:
    """Densities under which no zone is predicted to bear more than the target, or that come nearest to it.

    zone: (n,) of the model's places, -1 where no insole is. Zones over the target are filled less; where that is not enough, zones that
    bear little are filled more.
    """
    least = density_of(spec.sheet_mm, cell_mm=spec.cell_mm) if filling.kind == "lattice" else _SPARSEST
    best = tried = _tried(filling, zone, pressed)
    for _ in range(_ROUNDS):
        changed = _changed(tried, spec.target_kpa, least)
        if changed is None:
            break
        tried = _tried(changed, zone, pressed)
        if tried.peaks.max() < best.peaks.max() - 1e-9:
            best = tried
        if best.peaks.max() <= spec.target_kpa:
            break
    return best.filling


def peaks_in(zone: IntArray, kpa: FloatArray, count: int) -> FloatArray:
    """(count,) the greatest pressure in each zone."""
    return np.array([kpa[zone == n].max(initial=0.0) for n in range(count)])


def _tried(filling: Filling, zone: IntArray, pressed: Pressed) -> _Tried:
    return _Tried(filling, peaks_in(zone, pressed(filling), len(filling.zones)))


def _changed(tried: _Tried, target: float, least: float) -> Filling | None:
    """A step on; None where there is none."""
    density = np.array([z.density for z in tried.filling.zones])
    softer = np.where(tried.peaks > target, np.maximum(density - _STEP, least), density)
    if (softer < density - 1e-9).any():
        return _with(tried.filling, softer)
    rests = (tried.peaks > 0) & (tried.peaks < _RESTS * target) & (density < _DENSEST - 1e-9)
    if tried.peaks.max() <= target or not rests.any():
        return None
    return _with(tried.filling, np.where(rests, np.minimum(density + _STEP, _DENSEST), density))


def _with(filling: Filling, density: FloatArray | list[float]) -> Filling:
    """The same zones filled so, and with the sheets that do it."""
    zones = []
    for zone, share in zip(filling.zones, density, strict=True):
        sheet = (
            rounded(float(sheet_of(np.array(share), cell_mm=filling.cell_mm))) if filling.kind == "lattice" else None
        )
        zones.append(zone.model_copy(update={"density": rounded(share), "sheet_mm": sheet}))
    return filling.model_copy(update={"zones": tuple(zones)})
