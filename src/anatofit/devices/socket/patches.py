"""A rectification laid on one limb: regions at its landmarks, and what is taken in by level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anatofit.devices.socket.field import eased, share_of
from anatofit.devices.socket.layout import Patch, Station
from anatofit.devices.socket.limb import Limb
from anatofit.devices.socket.skin import Skin
from anatofit.devices.socket.spec import SocketSpec
from anatofit.errors import PrescriptionError, Reason
from anatofit.geometry.capsule import Capsule
from anatofit.model.frame import FloatArray
from anatofit.model.rectification import BY_HAND, SIDED, Reduction, Region

_EVERY_MM = 5.0  # between stations: a girth is straight over so much
_BENEATH_MM = 2.0  # below the distal end: less is how well that is known
_GAP_EVEN, _GAP_FADES = 0.45, 0.85  # of the ball's quarter: the room below the end is even so far, and gone there


def patches_of(limb: Limb, skin: Skin, spec: SocketSpec) -> tuple[tuple[Patch, ...], tuple[str, ...]]:
    """Every region on its place, and a word on those that were left out. Raises PrescriptionError where a landmark is not known."""
    laid, left = [], []
    for region in (*spec.rectification.region, *spec.surgery.region):
        if lacking := _lacking(limb, region):
            if not region.optional:
                raise PrescriptionError(Reason("rectification", f"the region {region.name!r} {lacking}"))
            left.append(f"the region {region.name!r} was left out: it {lacking.split('. ')[0]}")
        else:
            laid.append(_laid(limb, skin, region, spec.strength_percent / 100.0))
            left += _beneath(limb, region)
    return (*laid, *_gap(limb, spec)), tuple(left)


def _beneath(limb: Limb, region: Region) -> Iterator[str]:
    """A word on a region that was ordered below the limb."""
    low = Capsule(limb.frame.ball_mm).pole_mm
    ends = [(region.at, region.proximal_mm), *([] if region.to is None else [(region.to, region.to_proximal_mm)])]
    below = max(low - limb.marks[mark][0] - proximal for mark, proximal in ends)
    if below > _BENEATH_MM:
        yield f"the region {region.name!r} would lie {below:.0f} mm below the distal end: it was moved up to it, and what reaches over the end is not made"


def _lacking(limb: Limb, region: Region) -> str:
    """Why a region cannot be placed; nothing where it can."""
    for mark in filter(None, (region.at, region.to)):
        if mark not in limb.marks:
            return f"lies at {mark}, {_unknown(limb, mark)}"
    if region.medial_deg and not limb.frame.medial_sign:
        return "is moved to the medial side, and the side is not known. Order it with a waiver of limb-side, or take another template"
    return ""


def _unknown(limb: Limb, mark: str) -> str:
    """Why a landmark is not known, and what helps."""
    by_hand = f"Mark it by hand (locate.landmark.{mark})"
    if mark in SIDED and not limb.frame.medial_sign:
        return (
            f"for which the side must be known. {by_hand}, order the side with a waiver of limb-side, or take another template "
            '("tsb" and "hydrostatic" need no side)'
        )
    if mark in BY_HAND:
        return f"which no scan of a limb at rest shows: mark it by hand (locate.landmark.{mark})"
    return f"which the scan does not show. {by_hand}, or take another template"


def _laid(limb: Limb, skin: Skin, region: Region, strength: float) -> Patch:
    turn = limb.frame.medial_sign * region.medial_deg
    start = _moved(limb, region.at, region.proximal_mm, turn)
    end = start if region.to is None else _moved(limb, region.to, region.to_proximal_mm, turn)
    v, angle = np.array([start, end]).T
    reach = skin.lattice.read(skin.reach_mm, v, np.radians(angle))
    return Patch(
        name=region.name, source=region.source, start=start, end=end, half_mm=(region.half_along_mm, region.half_around_mm),
        falloff_mm=region.falloff_mm, radius_mm=round(float(reach.mean()), 3), depth_mm=round(strength * region.depth_mm, 6),
        thicker_mm=region.thicker_mm,
    )  # fmt: skip


def _moved(limb: Limb, mark: str, proximal_mm: float, turn_deg: float) -> tuple[float, float]:
    v, angle = limb.marks[mark]
    low = Capsule(limb.frame.ball_mm).pole_mm
    return round(max(v + proximal_mm, low), 3), round((angle + turn_deg + 180.0) % 360.0 - 180.0, 3)


def _gap(limb: Limb, spec: SocketSpec) -> Iterator[Patch]:
    """Room below the distal end."""
    if not spec.distal_gap_mm:
        return
    quarter = limb.frame.ball_mm * np.pi / 2
    pole = round(Capsule(limb.frame.ball_mm).pole_mm, 3)
    yield Patch(
        name="distal gap", source="distal_gap_mm of the order", start=(pole, 0.0), end=(pole, 0.0),
        half_mm=(round(_GAP_EVEN * quarter, 3), 0.0), falloff_mm=round((_GAP_FADES - _GAP_EVEN) * quarter, 3), radius_mm=0.0,
        depth_mm=spec.distal_gap_mm, thicker_mm=0.0,
    )  # fmt: skip


def inset_of(limb: Limb, spec: SocketSpec, top_mm: float) -> tuple[Station, ...]:
    """By how much the limb is taken in by level: an area times a share is a perimeter times an inset. Nothing where the distal gap is."""
    rows = spec.rectification.reduction
    if not rows or not spec.strength_percent:
        return (Station(v_mm=0.0, value_mm=0.0),)
    v = np.arange(Capsule(limb.frame.ball_mm).pole_mm, top_mm + _EVERY_MM, _EVERY_MM)
    share = spec.strength_percent / 1e4 * _percent(limb, rows, v)
    inset = share * limb.half_girth_mm(v) * (1.0 - _of_gap(limb, spec, v))
    return tuple(Station(v_mm=round(float(a), 3), value_mm=round(float(b), 4)) for a, b in zip(v, inset, strict=True))


def _of_gap(limb: Limb, spec: SocketSpec, v_mm: FloatArray) -> FloatArray:
    """The share of the distal gap by level: a reduction would eat the room that was ordered there."""
    shares = [share_of(gap, limb.frame.ball_mm, v_mm, np.zeros_like(v_mm)) for gap in _gap(limb, spec)]
    return np.asarray(sum(shares, start=np.zeros_like(v_mm)))


def _percent(limb: Limb, rows: Sequence[Reduction], v: FloatArray) -> FloatArray:
    """Eased from each row's level to the next. Raises PrescriptionError where a level is not known."""
    for row in rows:
        if row.at not in limb.marks:
            raise PrescriptionError(
                Reason("rectification", f"a reduction lies at {row.at}, which is not known. Take another landmark")
            )
    points = sorted((limb.marks[row.at][0] + row.proximal_mm, row.percent) for row in rows)
    at, percent = np.array(points).T
    after = (
        np.clip(np.searchsorted(at, v, side="right"), 1, len(at) - 1) if len(at) > 1 else np.zeros(len(v), dtype=int)
    )
    before = np.maximum(after - 1, 0)
    share = eased((v - at[before]) / np.maximum(at[after] - at[before], 1e-6))
    return np.asarray(percent[before] + share * (percent[after] - percent[before]))
