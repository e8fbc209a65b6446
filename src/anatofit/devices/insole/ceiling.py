"""How high the top of an insole follows the foot along its two borders: as ordered, and no higher than the foot's own flank carries it."""

from __future__ import annotations

import numpy as np

from anatofit.devices.insole.bed import Top, eased
from anatofit.devices.insole.foot import Foot, rounded
from anatofit.devices.insole.layout import Ceiling
from anatofit.devices.insole.spec import InsoleSpec
from anatofit.model.frame import FloatArray

# Places along the foot as shares of its length, from the heel. The heel cup is whole to a quarter; the arch's wall is highest in the
# middle of the foot, and has fallen to the forefoot's just behind the heads (proposals, after the shells of podiatric laboratories).
_CUP, _ARCH, _ARCH_END = 0.22, (0.36, 0.50), 0.70
_EVERY_SHARE = 0.02
_NEAR_SHARE, _EVEN_SHARE = 0.03, 0.024  # a low place of a flank is felt so far along, and evened out by this
_REAR_SHARE = 0.06  # of the length: what lies further back is the back of the heel, and counts for both sides
_BELOW_MM = 0.4  # the rim lies so far beneath where the flank is left, so that it is even
_OVER_MM = 2.0
_TOLD_MM = 1.5  # a cup or wall that is lower than ordered by this is worth a word


def ceilings_of(top: Top, foot: Foot, outline: FloatArray, spec: InsoleSpec) -> tuple[Ceiling, ...]:
    """Stations along the foot, evenly. top: what of the foot may be followed, right up to `highest_mm`."""
    share = np.arange(0.0, 1.0 + _EVERY_SHARE / 2, _EVERY_SHARE)
    lateral, medial = ordered_mm(share, spec)
    carried = _carried(top, foot, outline, up_to_mm=highest_mm(spec), share=share)
    rows = zip(share, np.minimum(lateral, carried[0]), np.minimum(medial, carried[1]), strict=True)
    return tuple(Ceiling(x_mm=foot.at(s), lateral_mm=rounded(low), medial_mm=rounded(high)) for s, low, high in rows)


def highest_mm(spec: InsoleSpec) -> float:
    """No ceiling is higher."""
    return max(spec.heel_cup_mm, spec.arch_height_mm, spec.lateral_wall_mm, spec.forefoot_depth_mm) + _OVER_MM


def ordered_mm(share: FloatArray, spec: InsoleSpec) -> tuple[FloatArray, FloatArray]:
    """(n,) lateral and medial, at shares of the length."""
    into, out = eased((share - _CUP) / (_ARCH[0] - _CUP)), eased((share - _ARCH[1]) / (_ARCH_END - _ARCH[1]))
    walls = []
    for wall in (spec.lateral_wall_mm, spec.arch_height_mm):
        height = spec.heel_cup_mm + (wall - spec.heel_cup_mm) * into
        walls.append(height + (spec.forefoot_depth_mm - wall) * out)
    return walls[0], walls[1]


def lower_than_ordered(ceilings: tuple[Ceiling, ...], spec: InsoleSpec, foot: Foot) -> tuple[str, ...]:
    """A sentence where the foot's flank carries the heel cup or the lateral wall much less high than ordered."""
    share = np.array([(c.x_mm - foot.start_mm) / foot.length_mm for c in ceilings])
    lateral, medial = (np.array([getattr(c, f"{side}_mm") for c in ceilings]) for side in ("lateral", "medial"))
    heel, middle = share <= _CUP, (share >= _ARCH[0]) & (share <= _ARCH[1])
    found = (
        ("heel cup", "heel_cup_mm", spec.heel_cup_mm, float(np.minimum(lateral, medial)[heel].min())),
        ("lateral wall", "lateral_wall_mm", spec.lateral_wall_mm, float(lateral[middle].min())),
    )
    return tuple(
        f"the {what} is {got:.1f} mm high at its lowest where {wanted:g} mm were ordered ({key}): above that the foot's own side is steeper "
        f"than {spec.steepest_deg:g}\u00b0. A larger edge_offset_mm or steepest_deg lets it rise"
        for what, key, wanted, got in found
        if wanted - got > _TOLD_MM
    )


def _carried(
    top: Top, foot: Foot, outline: FloatArray, *, up_to_mm: float, share: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(n,) lateral and medial: how high the foot, no steeper than may be, has risen where the rim of the insole begins."""
    from scipy.ndimage import gaussian_filter1d

    middle = outline.mean(axis=0)
    inner = outline + (middle - outline) * (1.8 / np.hypot(*(outline - middle).T))[:, None]
    risen = np.minimum(top.at_mm(*inner.T), up_to_mm)
    at = (outline[:, 0] - foot.start_mm) / foot.length_mm
    is_medial = outline[:, 1] * foot.frame.medial_sign > 0
    found = []
    for side in (~is_medial, is_medial):
        counts = side | (at < _REAR_SHARE)
        lowest = [risen[counts & (np.abs(at - max(s, 0.0)) < _NEAR_SHARE)].min(initial=up_to_mm) for s in share]
        found.append(gaussian_filter1d(np.array(lowest), _EVEN_SHARE / _EVERY_SHARE, mode="nearest") - _BELOW_MM)
    return found[0], found[1]
